"""ShareGPT: `{"from": "human" | "gpt" | …, "value"}` messages, with the system text and the tools beside them."""

from __future__ import annotations

from collections.abc import Mapping

from dataprep.model import Example, Record, Role
from dataprep.shapes import conversation
from dataprep.shapes.conversation import messages_of

READS = conversation.READS
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
_TAGS: Mapping[Role, str] = {
    "user": "human",
    "assistant": "gpt",
    "observation": "observation",
    "function_call": "function_call",
}


def claims(record: Record) -> bool:
    """Tell it by its list of messages, unless that has the marks of a more special format."""
    return conversation.shape(record) == "sharegpt"


def read(record: Record) -> Example:
    """Take the system text from the first message or from its field, never from both."""
    return conversation.example_of(record)


def write(example: Example) -> Record:
    """Write one message a turn; the system text and the tools are "" where there are none."""
    messages = messages_of(example.turns, _TAGS)
    return {"conversations": messages, "system": example.system, "tools": example.tools}
