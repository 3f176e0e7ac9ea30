"""One record's way: what format it has, and which example it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from dataprep import formats, schema
from dataprep.errors import DataError, RecordError
from dataprep.formats.reading.columns import COLUMNS
from dataprep.formats.reading.records import AGAINST_OWN, identify, plain, records
from dataprep.model import Example, Record
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
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
    record = _mapped(raw.value, source.columns) if source.columns else raw.value
    if not formats.is_valid(name, record):
        for problem in formats.problems(name, record):
            raise against(problem)
    return formats.FORMATS[name].read(record)


def against(problem: schema.Problem, reason: str = "does not match the schema") -> RecordError:
    """Return what a schema has against a record as its error."""
    return RecordError(reason, problem.message, problem.pointer)


def _mapped(record: Record, columns: Columns) -> Record:
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
    """Return the value of a field, or the one that a dotted path leads to, with numbers for the
    places in lists.
    """
    if path in record:
        return record[path]
    value: Any = record
    for step in path.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, TypeError, ValueError, IndexError):
            raise RecordError(
                "no such column", f"'{path}' is not among {', '.join(map(repr, record))}"
            ) from None
    return value


def _pointer(path: str) -> str:
    return "/" + path.replace(".", "/")


def faults(piece: Piece) -> Iterator[tuple[Raw, list[RecordError]]]:
    """Yield each record with all that is against it: nothing where it is a good example."""
    source = piece.source
    good: list[RecordError] = []
    for raw, name in records(piece):
        try:
            example_of(raw, name, source)
        except RecordError as error:
            yield raw, _all_against(raw, name, source) or [error]
        else:
            yield raw, good


def _all_against(raw: Raw, name: str, source: Source) -> list[RecordError]:
    """Return all that the schema of its format has against a record."""
    if raw.error:
        return []
    try:
        record = _mapped(raw.value, source.columns) if source.columns else raw.value
    except RecordError:
        return []
    return [against(problem) for problem in formats.problems(name, record)]


def own_faults(piece: Piece) -> Iterator[tuple[Raw, list[RecordError]]]:
    """Yield each record as it stands in the file, with all that the source's own schema has against
    it.
    """
    source = piece.source
    for raw in plain(piece):
        if raw.error:
            yield raw, [raw.error]
        else:
            problems = schema.own_problems(source.schema, raw.value)
            yield raw, [against(problem, AGAINST_OWN) for problem in problems]


def told_format(sources: Iterable[Source]) -> str:
    """Return the format that the first readable record has, for commands that write what they read."""
    for source in sources:
        if source.format:
            return source.format
        for _, name in records(Piece(source)):
            if name:
                return name
    raise DataError(
        "no record has a known shape; say which it is: --format NAME, or --columns "
        "prompt=…,response=…"
    )


def written_format(sources: Sequence[Source]) -> str:
    """Return the format that the first readable record has, or one with a place for it where that
    is only read.
    """
    name = told_format(sources)
    return name if name in formats.WRITTEN else _roomy(sources)


def _roomy(sources: Iterable[Source]) -> str:
    for source in sources:
        for raw, name in records(Piece(source)):
            with suppress(RecordError):
                return formats.roomy(example_of(raw, name, source)) or "sharegpt"
    return "sharegpt"
