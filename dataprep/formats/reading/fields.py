"""Look up a field of a record."""

from __future__ import annotations

from typing import Any

from dataprep.model import Record

MISSING: Any = object()


def value_at(record: Record, path: str, default: Any = None) -> Any:
    """Return a field by its name or a dotted path, in which a number is an index of a list."""
    if path in record:
        return record[path]
    value: Any = record
    for step in path.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, TypeError, ValueError, IndexError):
            return default
    return value
