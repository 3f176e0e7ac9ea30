"""Write ShareGPT messages, `{"from", "value"}`, and their registry entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, media
from dataprep.formats.parsing.conversation import Message, example_of, messages_of
from dataprep.model import Example, Record, Role, Turn

TAGS: Mapping[Role, str] = {
    "user": "human",
    "assistant": "gpt",
    "observation": "observation",
    "function_call": "function_call",
}


def info(
    *columns: str, assistant: str = "gpt", ranking: bool = False, kto_tag: str = ""
) -> dict[str, Any]:
    """Return the registry entry: these columns under their own names, and all tags."""
    tags = {**TAGS, "assistant": assistant}
    labels = {"kto_tag": kto_tag} if kto_tag else {}
    return {
        "formatting": "sharegpt",
        **({"ranking": True} if ranking else {}),
        "columns": {
            "messages": "conversations",
            **labels,
            **{column: column for column in columns},
        },
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": tags["user"],
            "assistant_tag": tags["assistant"],
            "observation_tag": tags["observation"],
            "function_tag": tags["function_call"],
            "system_tag": "system",
        },
    }


def message(turn: Turn) -> Message:
    """Return one turn as a message."""
    return messages_of([turn], TAGS)[0]


def row(example: Example, **more: Any) -> Record:
    """Return a conversation as a record with more fields; system message and tools may be ""."""
    messages = messages_of(example.turns, TAGS)
    return {"conversations": messages, **more, "system": example.system, "tools": example.tools}


# --------------------------------------------------------------------------------------- with media

Kind = Literal["images", "videos", "audios"]


def claims_media(record: Record, kind: Kind) -> bool:
    """Claim messages with media of a kind."""
    return media.kind_of(record) == kind and fields.is_conversation(
        record, fields.fields_of(record)
    )


def read_media(record: Record) -> Example:
    """Read a conversation and its paths, one for each placeholder."""
    return media.attached(record, example_of(record))


def media_row(example: Example, kind: Kind) -> Record:
    """Return a conversation and its paths as a record; Arrow reads a first empty list as null."""
    paths = list(getattr(example, kind))
    if not paths:
        raise RecordError(
            "format cannot hold it", f"there are no {kind}; sharegpt has no need of them"
        )
    return row(example, **{kind: paths})
