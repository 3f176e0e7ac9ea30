"""LLaMA-Factory's v1 format: messages of typed parts, with a loss weight each."""

from __future__ import annotations

from dataprep.formats.parsing import calls, fields, media, typed
from dataprep.model import Example, Record

READS = frozenset({"messages", "tools"})
HOLDS = frozenset({"rounds", "system", "tools"})
# LLaMA-Factory trains on it with USE_V1=1 only, which has a registry of its own.
DATASET_INFO = None


def claims(record: Record) -> bool:
    """Claim messages with parts that have a type and a value."""
    if not typed.are_typed(record.get("messages")) or media.kind_of(record):
        return False
    return fields.is_conversation(record, fields.fields_of(record))


def read(record: Record) -> Example:
    """Read each message's parts as one turn."""
    system, turns = typed.turns_of(record["messages"], "/messages")
    return Example(turns, system, calls.tools_text(record.get("tools")))


def write(example: Example) -> Record:
    """Write one message a turn; only answers count in the loss."""
    return {"messages": typed.messages_of(example.system, example.turns), "tools": example.tools}
