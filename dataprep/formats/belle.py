"""BELLE conversations: `{"from": "human" | "assistant", "value"}` messages."""

from __future__ import annotations

from collections.abc import Mapping

from dataprep.formats.parsing import tagged
from dataprep.formats.parsing.conversation import messages_of, shape, turns_of
from dataprep.model import Example, Record, Role

READS = frozenset({"conversations"})
HOLDS = frozenset({"rounds"})
DATASET_INFO = tagged.info(assistant="assistant")
_ROLES: Mapping[str, Role] = {"human": "user", "assistant": "assistant"}
_TAGS: Mapping[Role, str] = {role: tag for tag, role in _ROLES.items()}


def claims(record: Record) -> bool:
    """Claim messages from "human", "assistant" and "system" only."""
    return shape(record) == "belle"


def read(record: Record) -> Example:
    """Read the messages in order."""
    system, turns = turns_of(record["conversations"], _ROLES)
    return Example(turns, system)


def write(example: Example) -> Record:
    """Write one message a turn."""
    return {"conversations": messages_of(example.turns, _TAGS)}
