"""BELLE conversations: `{"from": "human" | "assistant", "value"}` messages, as its own training
code takes them.
"""

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
    """Tell it from ShareGPT by answers that are from "assistant", and no other speakers than
    BELLE's.
    """
    return shape(record) == "belle"


def read(record: Record) -> Example:
    """Read the messages in their order."""
    system, turns = turns_of(record["conversations"], _ROLES)
    return Example(turns, system)


def write(example: Example) -> Record:
    """Write one message a turn."""
    return {"conversations": messages_of(example.turns, _TAGS)}
