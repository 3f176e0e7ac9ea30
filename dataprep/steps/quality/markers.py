"""Marks of chat templates and stop tokens that were left in a text."""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import Round, View, first, sign_in

_NAMES = (
    r"im_|start|end|eot|eom|eos|bos|pad|turn|header|role|user|assistant|system|human|bot|tool"
    r"|observation|message|"
    r"channel|think|extra_\d|reserved|python_tag|fim_|place▁holder"
)
_TOKEN = re.compile(
    # most; DeepSeek's; EXAONE's
    rf"<\|(?:[\w▁-]*(?:{_NAMES})[\w▁-]*)\|>|<｜[^｜<>\n]{{1,40}}｜>|\[\|\w{{1,20}}\|\]"
    # Llama 2's and Mistral's
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>"
    r"|</?(?:start|end)_of_turn>|<\|(?:turn|channel)>|<(?:turn|channel)\|>"  # Gemma's
    r"|<(?:beginning|end)_of_sentence>|\]~!?b\[?\]?|\[e~\["  # MiniMax's
    r"|<role>(?:HUMAN|ASSISTANT|SYSTEM|OBSERVATION)</role>|<_(?:user|bot|system|end)>|</?seed:\w+>"
    r"|\[gMASK\]|<sop>|<eop>|<eo[ahmd]>|<bos>|<eos>|reserved_[01]\b|◁/?think▷"
    r"|</s>\s*(?:\Z|<s>|\[INST\])|\A\s*<s>(?!.*</s>.)",
    re.IGNORECASE | re.DOTALL,
)
_MAY = re.compile(r"<<?[/sS]|<[|｜_tTcCbBeErR]|\[[|/iIsSaAtTgGeE]|\]~|◁|## ?[IRHAUS指回助用]")
_BEGINNINGS = ("<", "[", "]~", "◁", "##")
_SIGNS = ("reserved_", "Below is an instruction")
"""A text with a mark has the beginning of one, or one of these words."""
_HEADING = re.compile(
    r"^#{2,3} ?(?:Instruction|Response|Human|Assistant|User|System"
    r"|指令|回答|回复|助手|用户)[ \t]*[:：]"
    r"|Below is an instruction that describes a task",
    re.MULTILINE,
)
_ASKING = tuple(
    f"\n{name}{colon}"
    for name in ("Human", "HUMAN", "User", "USER", "GPT4 Correct User", "用户")
    for colon in ":："
)
_ANSWERING = tuple(
    f"{name}{colon}" for name in ("Assistant", "ASSISTANT", "助手", "Falcon") for colon in ":："
)
"""The names before a turn: of who asks at the beginning of a line, of who answers where the answer
begins.
"""
_WHOLE = re.compile(
    r"\s*(?:USER|(?:GPT4 Correct )?User|Human|用户)[:：].*"
    r"(?:ASSISTANT|Assistant|Falcon|助手)[:：]\s*",
    re.DOTALL,
)
"""A prompt that is a whole template of names, the place for the answer at its end."""
_DIALOGUE = re.compile(
    r"dialog|conversation|chat|script|interview|role|scene|screenplay|transcript|prompt|story|"
    r"对话|聊天|剧本|采访|访谈|角色|扮演|台词|客服|情景|用户|故事",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"token|template|delimiter|special|标记|模板|分词|特殊符号", re.IGNORECASE)
_CODE = re.compile(r"`{3,}.*?(?:`{3,}|\Z)|`[^`\n]+`", re.DOTALL)


def marker(view: View) -> str:
    """Return a mark that a chat template puts around a turn and that stands in a text, outside of
    code.

    They are those of LLaMA-Factory's templates, against which a test holds them, and of a few more
    models. Headings like `### Response:` count at the beginning of a line, the names of speakers
    only in an answer to a prompt that asks for no dialogue. Where a prompt speaks of tokens or
    templates, they are its subject.
    """
    prose = view.example.prose
    texts = "\n".join(prose)
    may_begin = sign_in(texts, _BEGINNINGS) and _MAY.search(texts)
    may = may_begin or sign_in(texts, _SIGNS)
    found = first(map(_mark, prose)) if may else ""
    found = found or first(map(_speaker, view.rounds)) or first(map(_whole, view.prompts))
    return (
        ""
        if found and any(_ABOUT.search(_TOKEN.sub("", prompt)) for prompt in view.prompts)
        else found
    )


def _mark(text: str) -> str:
    found = _search(text)
    return _search(_CODE.sub("", text)) if found and "`" in text else found


def _search(text: str) -> str:
    found = _TOKEN.search(text) or _HEADING.search(text)
    return found[0].strip() if found else ""


def _speaker(said: Round) -> str:
    answer = said.answer.whole.lstrip()
    if ":" not in answer and "：" not in answer:
        return ""
    begins = answer.startswith(_ANSWERING)
    found = (
        first(filter(answer.startswith, _ANSWERING))
        if begins
        else first(filter(f"\n{answer}".__contains__, _ASKING))
    )
    return "" if found and _DIALOGUE.search(said.prompt) else found.strip()


def _whole(prompt: str) -> str:
    return (
        prompt.strip()[-40:]
        if prompt.rstrip()[-1:] in (":", "：") and _WHOLE.fullmatch(prompt)
        else ""
    )
