"""Prompt and completion: `prompt` with `completion`, `response`, `answer` or another answer."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"prompt"})


def claims(record: Record) -> bool:
    """Claim `prompt` with any answer."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read question, context and answer, and the system message, history and media."""
    return fields.read(record)
