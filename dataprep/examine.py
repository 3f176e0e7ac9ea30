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


def records(piece: Piece) -> Iterator[Raw]:
    """Yield the records of a file in their order; those that stand in one record each with that one's place."""
    source = piece.source
    for raw in _read(piece):
        form = None if raw.error else _unfolding(raw.value, source)
        if form:
            yield from (Raw(raw.origin, part) for part in form.unfold(raw.value))
        else:
            yield raw


def _read(piece: Piece) -> Iterator[Raw]:
    path, encoding = piece.source.path, piece.source.encoding
    if piece.end < 0:
        return containers.read(path, encoding)
    return containers.read_stretch(path, encoding, piece.start, piece.line, piece.end)


def _unfolding(value: Any, source: Source) -> formats.Unfolding | None:
    """Return the format of a record that holds several, None where it holds one."""
    if not isinstance(value, dict) or source.columns:
        return None
    if source.format:
        return formats.UNFOLDING.get(source.format)
    return next((form for form in formats.UNFOLDING.values() if form.claims(value)), None)


def examine(raw: Raw, source: Source) -> tuple[str, Example]:
    """Return a record's format and the example that it is; raises `RecordError` with the first thing against it."""
    name = _identify(raw, source)
    record = _mapped(raw.value, source.columns)
    for problem in schema.problems(name, record):
        raise RecordError("does not match the schema", problem.message, problem.pointer)
    return name, formats.FORMATS[name].read(record)


def _identify(raw: Raw, source: Source) -> str:
    if raw.error:
        raise raw.error
    if not isinstance(raw.value, dict):
        raise RecordError("no object", "expected a JSON object with named fields")
    if source.columns:
        return "alpaca"
    return source.format or formats.detect(raw.value)


def _mapped(record: Record, columns: Mapping[str, str]) -> Record:
    if not columns:
        return record
    missing = [column for column in columns.values() if column not in record]
    if missing:
        raise RecordError("no such column", f"'{missing[0]}' is not among {', '.join(map(repr, record))}")
    return {COLUMNS[name]: record[column] for name, column in columns.items()}


def faults(source: Source) -> Iterator[tuple[Origin, RecordError | None]]:
    """Yield each record's place and the first thing against it, None where it is a good example."""
    for raw in records(Piece(source)):
        try:
            examine(raw, source)
        except RecordError as error:
            yield raw.origin, error
        else:
            yield raw.origin, None


def told_format(sources: Iterable[Source]) -> str:
    """Return the format that the first readable record has, for commands that write what they read."""
    for source in sources:
        if source.format:
            return source.format
        for raw in records(Piece(source)):
            try:
                return _identify(raw, source)
            except RecordError:
                continue
    raise DataError("no record has a known shape; say which it is: --format NAME, or --columns prompt=…,response=…")
