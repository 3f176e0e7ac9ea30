"""Prompt and completion: `prompt` with `completion`, `response`, `answer` or another name of an
answer.
"""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"prompt"})


def claims(record: Record) -> bool:
    """Tell it by a field `prompt` beside an answer of any name."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read the question, its context, the answer, and the system text, history and media beside
    them.
    """
    return fields.read(record)
