"""Read all records of files: their examples, their faults, and their format."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from dataprep import formats, schema
from dataprep.errors import DataError, RecordError
from dataprep.formats.reading import repair
from dataprep.formats.reading.examine import against, mapped
from dataprep.formats.reading.records import AGAINST_OWN, plain, records
from dataprep.model import Example
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source


class ReadRecord(NamedTuple):
    """A record, the name of its format, "" where none is known, and its example or its error."""

    raw: Raw
    format: str
    example: Example | RecordError


def examples(piece: Piece, repairs: Collection[str] = ()) -> Iterator[ReadRecord]:
    """Yield each record of a file in order, with those of the repairs that it needs."""
    source = piece.source
    example: Example | RecordError
    for raw, name in records(piece):
        try:
            _, name, example, _ = repair.read(raw, name, source, repairs)
        except RecordError as error:
            example = error.with_traceback(None)  # a traceback keeps all locals alive
        yield ReadRecord(raw, name, example)


def faults(piece: Piece) -> Iterator[tuple[Raw, list[RecordError]]]:
    """Yield each record with all that is against it: nothing where it is a good example."""
    good: list[RecordError] = []
    for raw, name, example in examples(piece):
        if isinstance(example, RecordError):
            yield raw, _all_against(raw, name, piece.source) or [example]
        else:
            yield raw, good


def _all_against(raw: Raw, name: str, source: Source) -> list[RecordError]:
    """Return all that the schema of its format has against a record."""
    if raw.error:
        return []
    try:
        record = mapped(raw.value, source.columns) if source.columns else raw.value
    except RecordError:
        return []
    return [against(problem) for problem in formats.problems(name, record)]


def own_faults(piece: Piece) -> Iterator[tuple[Raw, list[RecordError]]]:
    """Yield each record unchanged, with the faults that the user's own schema finds in it."""
    source = piece.source
    for raw in plain(piece):
        if raw.error:
            yield raw, [raw.error]
        else:
            problems = schema.own_problems(source.schema, raw.value)
            yield raw, [against(problem, AGAINST_OWN) for problem in problems]


def told_format(sources: Iterable[Source]) -> str:
    """Return the format of the first readable record, for commands that keep the format."""
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
        for _, _, example in examples(Piece(source)):
            if isinstance(example, Example):
                return formats.roomy(example) or "sharegpt"
    return "sharegpt"
