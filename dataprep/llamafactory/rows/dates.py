"""Detect texts that LLaMA-Factory would load as timestamps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from dataprep.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

LOADED = 10 << 20
"""The bytes of JSON Lines from which `datasets` infers a file's types."""
_DATE = re.compile(rb'"\d{4}-\d\d-\d\d')
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST = 100
"""The number of first rows in which a text other than a date rules a field out."""


def dated_field(path: Path) -> str:
    """Return a field whose texts Arrow reads as timestamps, "" if there is none.

    Arrow does so if every text of the field, or of its messages, is an ISO 8601 date in the part of
    the file that LLaMA-Factory's loader reads first.
    """
    with path.open("rb") as file:
        text = file.read(LOADED) + file.readline()
    if not _may_be_dated(text):
        return ""
    import pyarrow.json as pj

    table = pj.read_json(BytesIO(text), pj.ReadOptions(use_threads=False, block_size=len(text)))
    return next((field.name for field in table.schema if _has_time(field.type)), "")


def _may_be_dated(text: bytes) -> bool:
    """Tell whether a field may hold only dates: it has some, and no other text in the first rows.

    Only Arrow knows for certain, but it is slow to load.
    """
    dated: set[Field] = set()
    end = 0
    for match in _DATE.finditer(text):
        if match.start() >= end:  # not in a line already read
            start, end = text.rfind(b"\n", 0, match.start()) + 1, text.find(b"\n", match.end())
            end = len(text) if end < 0 else end
            row = orjson.loads(text[start:end])
            dated.update(field for field, value in _texts(row) if _ISO.match(value))
    for line in islice(BytesIO(text), FIRST):
        dated.difference_update(
            field for field, value in _texts(orjson.loads(line)) if not _ISO.match(value)
        )
    return bool(dated)


Field = tuple[str, ...]
"""The keys on the path to a text; lists add none."""


def _texts(value: Any, field: Field = ()) -> Iterator[tuple[Field, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*field, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)


def _has_time(kind: pa.DataType) -> bool:
    import pyarrow as pa

    inner = [kind.field(number).type for number in range(kind.num_fields)]
    return bool(pa.types.is_temporal(kind)) or any(map(_has_time, inner))


IN_SENTENCES = "put the dates into sentences, or add examples of another kind"


def told(field: str) -> str:
    """Explain what LLaMA-Factory does to a field whose texts are all dates."""
    taken = "which LLaMA-Factory's loader takes for a point in time: it drops the rows, or stops"
    return f"every text of '{field}' is a date, {taken}"


def check(path: Path, name: str, instead: str = IN_SENTENCES) -> None:
    """Raise `DataError` if LLaMA-Factory would drop the rows of a file.

    `name` is the file's name in the message.
    """
    if field := dated_field(path):
        raise DataError(f"{name}: {told(field)}; {instead}")
