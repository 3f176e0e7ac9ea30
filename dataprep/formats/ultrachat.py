"""UltraChat: the texts of a conversation in turn, under `data`, `dialog` or `conversation`, the first of who asks."""

from __future__ import annotations

from typing import Any

from dataprep.errors import RecordError
from dataprep.model import Example, Record, Turn

FIELDS = ("data", "dialog", "dialogue", "conversation", "utterances")
READS = frozenset({*FIELDS, "system"})


def claims(record: Record) -> bool:
    """Tell it by a list of texts, two or more."""
    return any(_is_talk(record[name]) for name in FIELDS if name in record)


def _is_talk(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(text, str) for text in value)


def read(record: Record) -> Example:
    """Take the texts in turn as questions and answers."""
    texts = next((record[name] for name in FIELDS if name in record), None)
    if texts is None:
        raise RecordError("no messages", f"expected a list of texts in one of {', '.join(map(repr, FIELDS))}")
    turns = (Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts))
    return Example(tuple(turns), record.get("system") or "")
