"""One record's way: what format it has, and which example it is."""

from __future__ import annotations

from typing import Any

from dataprep import formats
from dataprep.errors import Fault, RecordError
from dataprep.formats.reading.columns import COLUMNS
from dataprep.formats.reading.fields import MISSING, value_at
from dataprep.formats.reading.records import identify
from dataprep.model import Example, Record
from dataprep.sources.raw import Raw
from dataprep.sources.source import Columns, Source


def examine(raw: Raw, source: Source) -> tuple[str, Example]:
    """Return a record's format and the example that it is; raises `RecordError` with the first
    thing against it.
    """
    name = "" if raw.error else identify(raw.value, source)
    return name, example_of(raw, name, source)


def example_of(raw: Raw, name: str, source: Source) -> Example:
    """Return the example that a record of that format is; raises `RecordError` with the first thing
    against it.
    """
    if raw.error:
        raise raw.error
    record = mapped(raw.value, source.columns) if source.columns else raw.value
    if not formats.is_valid(name, record):
        for problem in formats.problems(name, record):
            raise against(problem)
    return formats.FORMATS[name].read(record)


def against(fault: Fault, reason: str = "does not match the schema") -> RecordError:
    """Return a fault that a schema finds in a record as the record's error."""
    return RecordError(
        reason,
        fault.found,
        fault.pointer,
        expected=fault.expected,
        fix=fault.fix,
        code=fault.code,
    )


def mapped(record: Record, columns: Columns) -> Record:
    """Return a record with the fields that its columns stand for."""
    return {COLUMNS[name]: _column(record, column) for name, column in columns.items()}


def _column(record: Record, column: str | list[str]) -> Any:
    """Return what a column holds; of several the texts that are there, joined by line ends."""
    if isinstance(column, str):
        return _at(record, column)
    texts = [(path, _at(record, path)) for path in column]
    for path, text in texts:
        if text is not None and not isinstance(text, str):
            raise RecordError(
                "not text", f"'{path}' is no text, and only texts can be joined", _pointer(path)
            )
    return "\n".join(text for _, text in texts if text)


def _at(record: Record, path: str) -> Any:
    value = value_at(record, path, MISSING)
    if value is MISSING:
        known = ", ".join(map(repr, record))
        raise RecordError("no such column", f"'{path}' is not among {known}")
    return value


def _pointer(path: str) -> str:
    return "/" + path.replace(".", "/")
