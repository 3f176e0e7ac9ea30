"""The records of a file as formats take them: taken out of what wraps them, told by their looks,
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import orjson

from dataprep import formats, schema
from dataprep.errors import RecordError
from dataprep.formats.parsing.conversation import is_message
from dataprep.formats.reading.columns import columns_format
from dataprep.model import Record
from dataprep.sources import inputs
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source

REJECT = {
    "path",
    "line",
    "byte",
    "fate",
    "reason",
    "pointer",
    "found",
    "expected",
    "repair",
    "record",
}
"""The fields of a line of `rejects.jsonl`."""
AGAINST_OWN = "does not meet your schema"
"""The reason of a record that the user's own schema has something against."""
LONGEST = 100_000
"""Messages of one conversation that is a whole file; what is longer is no conversation."""


def records(piece: Piece, only: Sequence[int] | None = None) -> Iterator[tuple[Raw, str]]:
    """Yield each record of a file with its format, in their order.

    One that has no known format has an error, and the format "". Those that stand in one record
    come one by one, with that one's place. A list of messages is a record, also where it is a whole
    file. With `only`, of a stretch of a file the records of these lines alone are read, which are
    in their order.
    """
    source = piece.source
    detect = formats.detector()
    for raw in _judged(_read(piece, only), source):
        if not isinstance(raw.value, dict) or "fate" in raw.value:
            raw = _unwrapped(raw)
        if raw.error:
            yield raw, ""
            continue
        try:
            name = identify(raw.value, source, detect)
            if name in formats.UNFOLDING:
                yield from [(part, name) for part in _unfolded(raw, name)]
                continue
        except RecordError as error:
            yield raw._replace(error=error), ""
        else:
            yield raw, name


def identify(value: Any, source: Source, detect: Callable[[Record], str] = formats.detect) -> str:
    """Return the format of a record; raises `RecordError` where it is no record or has no known
    shape.
    """
    if not isinstance(value, dict):
        raise RecordError("no object", "expected a JSON object with named fields")
    if source.columns:
        return columns_format(source.columns)
    return source.format or detect(value)


def judged(raw: Raw, source: Source) -> Raw:
    """Return a record with the first fault that the user's own schema finds as its error."""
    if raw.error:
        return raw
    for fault in schema.own_problems(source.schema, raw.value):
        error = RecordError(
            AGAINST_OWN,
            fault.found,
            fault.pointer,
            expected=fault.expected,
            fix=fault.fix,
            code=fault.code,
        )
        return raw._replace(error=error)
    return raw


def _judged(raws: Iterator[Raw], source: Source) -> Iterator[Raw]:
    return (judged(raw, source) for raw in raws) if source.schema else raws


def _unfolded(raw: Raw, name: str) -> list[Raw]:
    parts = [raw._replace(value=part) for part in formats.UNFOLDING[name].unfold(raw.value)]
    if not parts:
        raise RecordError(
            "holds no example", f"is a record of {name} in which there is nothing to learn"
        )
    return parts


def plain(piece: Piece, only: Sequence[int] | None = None) -> Iterator[Raw]:
    """Yield the records as they stand in the file; what came by standard input has the path "-"."""
    source = piece.source
    if piece.end >= 0:
        raws = inputs.read_stretch(
            source.file, source.encoding, piece.start, piece.line, piece.end, only
        )
    else:
        raws = inputs.read(source.file, source.encoding, source.options)
    if source.spool:
        return (raw._replace(origin=raw.origin._replace(path=source.path)) for raw in raws)
    return raws


def _read(piece: Piece, only: Sequence[int] | None) -> Iterator[Raw]:
    path, encoding = piece.source.file, piece.source.encoding
    raws = plain(piece, only)
    first = None if piece.end >= 0 else next(raws, None)
    if first is None:
        return raws
    if (
        is_message(first.value)
        and not piece.source.columns
        and not inputs.is_cuttable(path, encoding)
    ):
        return _conversation(first, raws)
    return chain([first], raws)


def _conversation(first: Raw, others: Iterator[Raw]) -> Iterator[Raw]:
    """Return one record of all the messages that a file is, or its records as they are where it is
    none.
    """
    messages = [first]
    for raw in others:
        messages.append(raw)
        if raw.error or not is_message(raw.value) or len(messages) > LONGEST:
            return chain(messages, others)
    return iter([first._replace(value=[message.value for message in messages])])


def _unwrapped(raw: Raw) -> Raw:
    """Return a record as a format takes it: a mended reject's own record, a list of messages or
    texts in a field.
    """
    value = raw.value
    if isinstance(value, dict) and value.keys() == REJECT:
        return _unwrapped(_rejected(raw))
    if isinstance(value, list) and value and not raw.error:
        if is_message(value[0]):
            return raw._replace(value={"messages": value})
        if all(isinstance(text, str) for text in value):
            return raw._replace(value={"conversation": value})
    return raw


def _rejected(raw: Raw) -> Raw:
    """Return the record that stands in a line of `rejects.jsonl`, so that one mended there by hand
    is read again.
    """
    record = raw.value["record"]
    if isinstance(record, str):  # a text that was no JSON, and may be now
        try:
            return raw._replace(value=orjson.loads(record))
        except orjson.JSONDecodeError as error:
            why = RecordError("not valid JSON", f"{error.msg} (column {error.colno})")
            return raw._replace(value=record, error=why)
    return raw._replace(value=record)
