"""Input and target: the first BELLE release, Firefly, WebQA, with no instruction beside."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"input", "inputs", "输入", "context"})


def claims(record: Record) -> bool:
    """Tell it by a field `input` that is alone with an answer of any name."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read the question, its context, the answer, and the system text, history and media beside
    them.
    """
    return fields.read(record)
