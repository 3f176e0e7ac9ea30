"""Texts that LLaMA-Factory would take for points in time, since all of a field in a `.jsonl` file
are dates.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dataprep.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

LOADED = 10 << 20
"""Bytes of JSON lines from which `datasets` tells the types of a file."""
_DATE = re.compile(rb'"\d{4}-\d\d-\d\d')


def dated_field(path: Path) -> str:
    """Return a field whose texts Arrow takes for points in time, as LLaMA-Factory's loader would,
    "" where none is.

    It does where every text of a field, or of the messages in it, is an ISO 8601 date as far as it
    looks into the file.
    """
    with path.open("rb") as file:
        text = file.read(LOADED) + file.readline()
    return _dated(text) if _DATE.search(text) else ""


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
