"""OpenAI chat messages: `{"role", "content"}`, with tool calls and tool results."""

from __future__ import annotations

from dataprep.formats.parsing import conversation
from dataprep.model import Example, Record, Role

READS = conversation.READS
HOLDS = frozenset({"rounds", "system", "tools"})
DATASET_INFO = {
    "formatting": "sharegpt",  # its "openai" adds a sentence to every system text
    "columns": {"messages": "messages", "system": "system", "tools": "tools"},
    "tags": {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "observation_tag": "tool",
        "function_tag": "function_call",
        "system_tag": "system",
    },
}
_ROLES: dict[Role, str] = {
    "user": "user",
    "assistant": "assistant",
    "observation": "tool",
    "function_call": "function_call",
}


def claims(record: Record) -> bool:
    """Claim messages with a `role`."""
    return conversation.shape(record) == "messages"


def read(record: Record) -> Example:
    """Read the messages, with the calls in fields of their own."""
    return conversation.example_of(record)


def write(example: Example) -> Record:
    """Write one message a turn; calls are JSON text, since Arrow merges the keys of objects."""
    messages = [{"role": _ROLES[turn.role], "content": turn.text} for turn in example.turns]
    return {"messages": messages, "system": example.system, "tools": example.tools}
