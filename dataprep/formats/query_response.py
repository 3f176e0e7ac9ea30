"""Query and response, as in ms-swift, with `history` and `system`."""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"query"})


def claims(record: Record) -> bool:
    """Claim `query` with any answer."""
    return fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read question, context and answer, and the system message, history and media."""
    return fields.read(record)
