"""Instruction and response: Dolly (`context`), GPTeacher (`input`), Alpaca with other answers."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"instruction", "指令", "definition"})


def claims(record: Record) -> bool:
    """Claim an instruction with an answer, unless they have Alpaca's two names."""
    return not {"instruction", "output"} <= record.keys() and fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read question, context and answer, and the system message, history and media."""
    return fields.read(record)
