"""ShareGPT: `{"from": "human" | "gpt" | …, "value"}` messages, with the system text and the tools beside them."""

from __future__ import annotations

from collections.abc import Mapping

from dataprep.conversation import messages_of, turns_of
from dataprep.errors import RecordError
from dataprep.model import Example, Record, Role

READS = frozenset({"conversations", "system", "tools"})
HOLDS = frozenset({"rounds", "system", "tools"})
DATASET_INFO = {
    "formatting": "sharegpt",
    "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
    "tags": {
        "role_tag": "from",
        "content_tag": "value",
        "user_tag": "human",
        "assistant_tag": "gpt",
        "observation_tag": "observation",
        "function_tag": "function_call",
        "system_tag": "system",
    },
}
_ROLES: Mapping[str, Role] = {
    "human": "user",
    "gpt": "assistant",
    "observation": "observation",
    "function_call": "function_call",
}
_TAGS: Mapping[Role, str] = {role: tag for tag, role in _ROLES.items()}


def claims(record: Record) -> bool:
    """Tell it by its `conversations`, unless an answer is from "assistant", as BELLE has it."""
    messages = record.get("conversations")
    return isinstance(messages, list) and not any(
        isinstance(m, dict) and m.get("from") == "assistant" for m in messages
    )


def read(record: Record) -> Example:
    """Take the system text from the first message or from its field, never from both."""
    spoken, turns = turns_of(record["conversations"], _ROLES)
    written = record.get("system") or ""
    if spoken and written and spoken != written:
        raise RecordError("two system texts", "one in the conversation and another in 'system'", "/system")
    return Example(turns, spoken or written, record.get("tools") or "")


def write(example: Example) -> Record:
    """Write one message a turn; the system text and the tools are "" where there are none."""
    messages = messages_of(example.turns, _TAGS)
    return {"conversations": messages, "system": example.system, "tools": example.tools}
