"""Speakers: the many names of the roles in a conversation."""

from __future__ import annotations

from typing import Literal

from dataprep.errors import RecordError, did_you_mean
from dataprep.model import Role

USER = (
    *(
        "human",
        "user",
        "prompter",
        "client",
        "customer",
        "consumer",
        "caller",
        "visitor",
        "guest",
        "seeker",
    ),
    *(
        "help_seeker",
        "usr",
        "questioner",
        "instruction",
        "question",
        "query",
        "q",
        "patient",
        "student",
        "learner",
    ),
    *(
        "问",
        "用户",
        "人类",
        "客户",
        "顾客",
        "买家",
        "访客",
        "来访者",
        "求助者",
        "咨询者",
        "提问者",
        "患者",
    ),
    *("病人", "学生", "学员", "玩家", "提问", "问题"),
)
ASSISTANT = (
    *(
        "gpt",
        "assistant",
        "bot",
        "model",
        "ai",
        "chatbot",
        "chatgpt",
        "chat_gpt",
        "gpt4",
        "gpt_4",
        "gpt3",
        "bing",
    ),
    *(
        "bard",
        "claude",
        "llama",
        "gemini",
        "moss",
        "belle",
        "counselor",
        "counsellor",
        "therapist",
        "supporter",
    ),
    *(
        "helper",
        "agent",
        "seller",
        "expert",
        "doctor",
        "lawyer",
        "teacher",
        "tutor",
        "answer",
        "answerer",
        "response",
    ),
    *("respondent", "a", "sys_response", "答", "助手", "助理", "机器人", "客服", "卖家", "咨询师"),
    *("心理咨询师", "医生", "律师", "顾问", "老师", "专家", "模型"),
    *("回答", "回答者", "回复", "答案", "智能助手", "小助手"),
)
OBSERVATION = (
    *(
        "observation",
        "observations",
        "tool",
        "tools",
        "function",
        "tool_response",
        "tool_responses",
        "tool_result",
    ),
    *(
        "tool_results",
        "tool_output",
        "function_response",
        "function_result",
        "function_output",
        "api_response",
    ),
    *("environment", "ipython", "工具", "观察"),
)
CALL = (
    "function_call",
    "function_calls",
    "functioncall",
    "tool_call",
    "tool_calls",
    "toolcall",
    "工具调用",
)
SYSTEM = ("system", "sys", "developer", "system_prompt", "系统", "系统提示")

Speaker = Role | Literal["system"]
_SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(USER, "user"),
    **dict.fromkeys(ASSISTANT, "assistant"),
    **dict.fromkeys(OBSERVATION, "observation"),
    **dict.fromkeys(CALL, "function_call"),
    **dict.fromkeys(SYSTEM, "system"),
}


def speaker_of(name: object, pointer: str = "") -> Speaker:
    """Return the role of a speaker's name in any case; raise `RecordError` for an unknown one."""
    known = known_speaker(name)
    if not known:
        raise RecordError("unknown role", _unknown(name), pointer)
    return known


def known_speaker(name: object) -> Speaker | None:
    """Return the role of a speaker's name in any case, None for an unknown one."""
    if not isinstance(name, str):
        return None
    return _SPEAKERS.get(name) or _SPEAKERS.get(_folded(name))


def _unknown(name: object) -> str:
    if not isinstance(name, str):
        return "the speaker's name is no text"
    hint = (
        did_you_mean(_folded(name), _SPEAKERS)
        or "; expected a name such as human, gpt, system or observation"
    )
    return f"'{name}' is no known speaker{hint}"


def _folded(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())
