"""Query and response, as ms-swift has them: with `history` and `system`."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"query"})


def claims(record: Record) -> bool:
    """Tell it by a field `query` beside an answer of any name."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read the question, its context, the answer, and the system text, history and media beside
    them.
    """
    return fields.read(record)
