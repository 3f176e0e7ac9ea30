"""Read the examples of a file, with the error of each record that is none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from dataprep.errors import RecordError
from dataprep.formats.reading import repair
from dataprep.formats.reading.records import records
from dataprep.model import Example
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece


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
            example = repair.read(raw, name, source, repairs).example
        except RecordError as error:
            example = error.with_traceback(None)  # a traceback keeps all locals alive
        yield ReadRecord(raw, name, example)
