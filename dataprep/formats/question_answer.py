"""Question and answer: `question`, `problem` or 问题, and `answer`, `solution` or 答案.

Other names for both count too.
"""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS | {"q", "a", "Q", "A"}
ASKS = frozenset({"question", "questions", "problem", "ask", "问题", "提问", "问"})


def claims(record: Record) -> bool:
    """Claim any name of a question with any name of an answer."""
    return fields.asks_by(record) in ASKS or _is_short(record)


def _is_short(record: Record) -> bool:
    """Return whether the fields are `q` and `a`; with `b` and `c` they would be choices."""
    names = {fields.fold(name) for name in record}
    return {"q", "a"} <= names and not names & {
        "b",
        "c",
        *fields.PROMPT,
        *fields.ANSWER,
        *fields.MESSAGES,
    }


def read(record: Record) -> Example:
    """Read question, context and answer, and the system message, history and media."""
    if _is_short(record):
        names = {"q": "question", "a": "answer"}
        record = {names.get(fields.fold(name), name): value for name, value in record.items()}
    return fields.read(record)
