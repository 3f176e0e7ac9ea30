"""One record's way: what format it has, and which example it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dataprep import containers, formats, schema
from dataprep.containers.raw import Raw
from dataprep.errors import DataError, RecordError
from dataprep.model import Example, Origin, Record
from dataprep.plan import COLUMNS, Source
from dataprep.shards import Piece


def records(piece: Piece) -> Iterator[tuple[Raw, str]]:
    """Yield each record of a file with its format, in their order.

    One that has no known format has an error, and the format "". Those that stand in one record come one by one, with
    that one's place.
    """
    source = piece.source
    for raw in _read(piece):
        if raw.error:
            yield raw, ""
            continue
        try:
            name = _identify(raw.value, source)
        except RecordError as error:
            yield raw._replace(error=error), ""
            continue
        if name in formats.UNFOLDING:
            yield from ((raw._replace(value=part), name) for part in formats.UNFOLDING[name].unfold(raw.value))
        else:
            yield raw, name


def _read(piece: Piece) -> Iterator[Raw]:
    path, encoding = piece.source.path, piece.source.encoding
    if piece.end < 0:
        return containers.read(path, encoding)
    return containers.read_stretch(path, encoding, piece.start, piece.line, piece.end)


def _identify(value: Any, source: Source) -> str:
    if not isinstance(value, dict):
        raise RecordError("no object", "expected a JSON object with named fields")
    if source.columns:
        return "alpaca"
    return source.format or formats.detect(value)


def examine(raw: Raw, source: Source) -> tuple[str, Example]:
    """Return a record's format and the example that it is; raises `RecordError` with the first thing against it."""
    name = "" if raw.error else _identify(raw.value, source)
    return name, example_of(raw, name, source)


def example_of(raw: Raw, name: str, source: Source) -> Example:
    """Return the example that a record of that format is; raises `RecordError` with the first thing against it."""
    if raw.error:
        raise raw.error
    record = _mapped(raw.value, source.columns) if source.columns else raw.value
    if not schema.is_valid(name, record):
        problem = next(schema.problems(name, record))
        raise RecordError("does not match the schema", problem.message, problem.pointer)
    return formats.FORMATS[name].read(record)


def _mapped(record: Record, columns: Mapping[str, str]) -> Record:
    missing = [column for column in columns.values() if column not in record]
    if missing:
        raise RecordError("no such column", f"'{missing[0]}' is not among {', '.join(map(repr, record))}")
    return {COLUMNS[name]: record[column] for name, column in columns.items()}


def faults(source: Source) -> Iterator[tuple[Origin, RecordError | None]]:
    """Yield each record's place and the first thing against it, None where it is a good example."""
    for raw, name in records(Piece(source)):
        try:
            example_of(raw, name, source)
        except RecordError as error:
            yield raw.origin, error
        else:
            yield raw.origin, None


def told_format(sources: Iterable[Source]) -> str:
    """Return the format that the first readable record has, for commands that write what they read."""
    for source in sources:
        if source.format:
            return source.format
        for _, name in records(Piece(source)):
            if name:
                return name
    raise DataError("no record has a known shape; say which it is: --format NAME, or --columns prompt=…,response=…")
