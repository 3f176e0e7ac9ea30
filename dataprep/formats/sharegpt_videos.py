"""ShareGPT with films: `videos` beside the conversation, one path for each `<video>` in it."""

from __future__ import annotations

from collections.abc import Mapping

from dataprep.errors import RecordError
from dataprep.model import Example, Record, Role
from dataprep.shapes import conversation, fields, media
from dataprep.shapes.conversation import example_of, messages_of

READS = conversation.READS | media.NAMES
HOLDS = frozenset({"rounds", "system", "tools", "videos"})
DATASET_INFO = {
    "formatting": "sharegpt",
    "columns": {"messages": "conversations", "system": "system", "tools": "tools", "videos": "videos"},
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
    """Tell it by a list of messages with `videos` beside it."""
    return media.kind_of(record) == "videos" and fields.is_conversation(record, fields.fields_of(record))


def read(record: Record) -> Example:
    """Read the conversation, and the paths beside it, which must be as many as their signs in it."""
    return media.attached(record, example_of(record))


def write(example: Example) -> Record:
    """Write one message a turn, and the paths; never none, for pyarrow takes a first empty list for one of nulls."""
    if not example.videos:
        raise RecordError("format cannot hold it", "there are no videos; sharegpt has no need of them")
    return {
        "conversations": messages_of(example.turns, _TAGS),
        "system": example.system,
        "tools": example.tools,
        "videos": list(example.videos),
    }
