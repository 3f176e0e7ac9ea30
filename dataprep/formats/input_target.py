"""Input and target, without an instruction: first BELLE release, Firefly, WebQA."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"input", "inputs", "输入", "context"})


def claims(record: Record) -> bool:
    """Claim records with `input` as their only question."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read question, context and answer, and the system message, history and media."""
    return fields.read(record)
