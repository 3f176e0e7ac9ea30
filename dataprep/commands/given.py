"""The data that a verb is given: files, or records in memory."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from dataprep import formats
from dataprep.errors import DataprepError
from dataprep.model import Example
from dataprep.pipeline import plugins
from dataprep.sources import atomic
from dataprep.sources.encodings import AUTO
from dataprep.sources.json_lines import UTF8
from dataprep.sources.readers.arrow import ROWS, records_of
from dataprep.sources.source import Columns, Source, sources_of

if TYPE_CHECKING:
    import pandas as pd

RECORDS = "<records>"
"""Stands for the path of records that come from memory: `<records>:17`."""


@contextmanager
def opened(
    data: Any,
    *,
    format: str | None = None,
    encoding: str = AUTO,
    columns: Columns | None = None,
    **options: Any,
) -> Iterator[tuple[Source, ...]]:
    """Give the sources that the data are, or are put into.

    Paths and globs are files. A pandas or `datasets` table, a mapping of such tables by split, and
    an iterable of records or examples are written to JSON Lines files that are removed at the end.
    Raises `DataprepError` for data that cannot be opened.
    """
    columns = columns or {}
    if format and format.endswith(".py"):
        format = plugins.add(format)
    elif format:
        formats.named(format)
    if isinstance(data, str | os.PathLike):
        data = [data]
    parts = _tables(data)
    if not parts:
        items = iter(data)
        first = next(items, None)
        if isinstance(first, Source):
            yield (first, *items)
            return
        if isinstance(first, str | os.PathLike):
            paths = [os.fspath(path) for path in (first, *items)]
            yield sources_of(paths, format, encoding, columns, options)
            return
        parts = {RECORDS: chain([first], items) if first is not None else ()}
    with TemporaryDirectory(prefix="dataprep-") as folder, atomic.naming(folder):
        yield _spooled(parts, Path(folder), format, columns, options)


def _spooled(
    parts: Mapping[str, Iterable[Any]],
    folder: Path,
    format: str | None,
    columns: Columns,
    options: Mapping[str, Any],
) -> tuple[Source, ...]:
    """Write each part to a file in a folder, and return the files as sources."""
    if format and columns:
        raise DataprepError("give a format or columns, not both: columns make a shape of their own")
    if options:
        raise DataprepError(f"'{next(iter(options))}' is an option of files, not of records")
    sources = []
    for number, (name, records) in enumerate(parts.items()):
        spool = folder / f"{number}.jsonl"
        _spool(name, records, spool)
        sources.append(Source(name, format, UTF8, columns, spool=str(spool)))
    return tuple(sources)


def _tables(data: Any) -> dict[str, Iterable[Any]]:
    """Return the rows of tables in memory by the names of their places, {} if the data are none."""
    if (rows := _rows(data)) is not None:
        return {RECORDS: rows}
    if not isinstance(data, Mapping):
        return {}
    splits = {f"<{name}>": _rows(table) for name, table in data.items()}
    found = {name: rows for name, rows in splits.items() if rows is not None}
    if not found or len(found) < len(splits):
        raise DataprepError("the data are a mapping, expected a list of records: [record]")
    return found


def _rows(table: Any) -> Iterable[Any] | None:
    """Return the rows of a pandas or `datasets` table, None for other data.

    A package that has not been imported cannot have made the table, and stays unimported.
    """
    pandas, datasets = sys.modules.get("pandas"), sys.modules.get("datasets")
    if pandas and isinstance(table, pandas.DataFrame):
        return _frame_rows(table)
    if datasets and isinstance(table, datasets.Dataset | datasets.IterableDataset):
        batches = table.with_format("arrow").iter(batch_size=ROWS)
        return (
            raw.value
            for raw in records_of((one for each in batches for one in each.to_batches()), RECORDS)
        )
    return None


def _frame_rows(frame: pd.DataFrame) -> Iterator[dict[Any, Any]]:
    """Yield the rows of a data frame, with None for the values that are missing."""
    for start in range(0, len(frame), ROWS):
        rows = frame.iloc[start : start + ROWS].astype(object)
        yield from rows.where(rows.notna(), None).to_dict("records")


def _spool(name: str, records: Iterable[Any], path: Path) -> None:
    """Write records to a file, one a line."""
    with path.open("wb") as file:
        for number, record in enumerate(records, 1):
            try:
                file.write(_line(record))
            except (TypeError, ValueError) as error:
                raise DataprepError(
                    f"{name}:{number}: cannot be written as JSON: {error}"
                ) from None
    if not path.stat().st_size:
        raise DataprepError(f"{name}: is empty")


def _line(record: Any) -> bytes:
    if isinstance(record, Example):
        record = formats.write(formats.roomy(record), record)
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    try:
        return orjson.dumps(record, default=_plain, option=options)
    except TypeError:  # a lone surrogate may be in it, which is to be rejected in its place
        return json.dumps(record, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Return a value in types that JSON has: arrays as lists, dates as text."""
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(value, numpy.ndarray | numpy.generic):
        return value.tolist()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"holds a value of type {type(value).__name__}")
