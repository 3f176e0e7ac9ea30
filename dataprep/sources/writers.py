"""Turn finished JSON lines into the file that was asked for: `.jsonl`, a `.json` array, or
`.parquet`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import orjson

from dataprep.errors import DataprepError
from dataprep.sources import parquet

Writer = Callable[[Path, Path], None]


def _as_array(lines: Path, out: Path) -> None:
    with lines.open("rb") as rows, out.open("wb") as file:
        file.write(b"[")
        for number, row in enumerate(rows):
            file.write((b",\n" if number else b"\n") + row.rstrip(b"\n"))
        file.write(b"\n]\n")


def _as_parquet(lines: Path, out: Path) -> None:
    with lines.open("rb") as rows:
        schema = parquet.schema_like(orjson.loads(rows.readline()))
        rows.seek(0)
        parquet.write_lines(out, rows, schema)


WRITERS: dict[str, Writer] = {".jsonl": os.replace, ".json": _as_array, ".parquet": _as_parquet}


def writer_of(out: Path) -> Writer:
    """Return the writer for a suffix, or raise `DataprepError` with the known suffixes."""
    if out.suffix not in WRITERS:
        right = ", ".join(f"{out.name.split('.')[0]}{suffix}" for suffix in WRITERS)
        raise DataprepError(f"{out}: is no kind of file that is written; name it {right}")
    return WRITERS[out.suffix]
