"""Texts that LLaMA-Factory would take for points in time, since all of a field in a `.jsonl` file
are dates.
"""

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
"""Bytes of JSON lines from which `datasets` tells the types of a file."""
_DATE = re.compile(rb'"\d{4}-\d\d-\d\d')
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST = 100
"""Rows at the beginning, among whose texts dates are looked for something else."""


def dated_field(path: Path) -> str:
    """Return a field whose texts Arrow takes for points in time, as LLaMA-Factory's loader would,
    "" where none is.

    It does where every text of a field, or of the messages in it, is an ISO 8601 date as far as it
    looks into the file.
    """
    with path.open("rb") as file:
        text = file.read(LOADED) + file.readline()
    return _dated(text) if _may_be_dated(text) else ""


def _may_be_dated(text: bytes) -> bool:
    """Return whether a field may have dates alone: some text of it is one, and none of the first
    texts is anything else. Arrow, which knows for sure, takes long to load.
    """
    dated: set[Field] = set()
    end = 0
    for match in _DATE.finditer(text):
        if match.start() >= end:  # else in a line that is done
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
"""The keys that lead to a text; a list has none."""


def _texts(value: Any, field: Field = ()) -> Iterator[tuple[Field, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*field, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)


def _dated(text: bytes) -> str:
    import pyarrow.json as pj

    table = pj.read_json(BytesIO(text), pj.ReadOptions(use_threads=False, block_size=len(text)))
    return next((field.name for field in table.schema if _has_time(field.type)), "")


def _has_time(kind: pa.DataType) -> bool:
    import pyarrow as pa

    inner = [kind.field(number).type for number in range(kind.num_fields)]
    return bool(pa.types.is_temporal(kind)) or any(map(_has_time, inner))


IN_SENTENCES = "put the dates into sentences, or add examples of another kind"


def told(field: str) -> str:
    """Return what LLaMA-Factory makes of a field whose texts are all dates."""
    taken = "which LLaMA-Factory's loader takes for a point in time: it drops the rows, or stops"
    return f"every text of '{field}' is a date, {taken}"


def check(path: Path, name: str, instead: str = IN_SENTENCES) -> None:
    """Raise `DataError` for a file of rows that LLaMA-Factory would drop; `name` is what the file
    is to be called.
    """
    if field := dated_field(path):
        raise DataError(f"{name}: {told(field)}; {instead}")
