"""Read Arrow's formats in batches: Parquet, Arrow and Feather files, and folders saved by
`datasets`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import date, time
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from dataprep.errors import DataError, DataprepError, RecordError
from dataprep.model import Origin
from dataprep.sources.containers import reader
from dataprep.sources.json_lines import UTF8
from dataprep.sources.packed import on_disk
from dataprep.sources.raw import SURROGATE, Raw, readable

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 500
"""Rows of a batch, which are in memory together."""


@reader(".parquet", binary=True, magic=b"PAR1")
def read_parquet(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Read the rows of a Parquet file; the line of an origin is the row number from 1.

    Types that JSON lacks become text: dates and times in ISO 8601, decimals as written, bytes as
    UTF-8 or else Base64; a map becomes a list of pairs. Raises `DataError` for a broken file.
    """
    with on_disk(stream) as name:
        yield from records_of(_parquet(name), path)


@reader(".arrow", ".feather", binary=True, magic=b"ARROW1")
def read_arrow(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Read the rows of an Arrow file or stream, or of a Feather file, as `read_parquet` does."""
    with on_disk(stream) as name:
        yield from records_of(_arrow(name), path)


def read_saved(folder: str) -> Iterator[Raw]:
    """Read the rows of a split that `datasets` saved in a folder, as `read_parquet` does."""
    yield from records_of(_saved(folder), folder)


def _parquet(name: str) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(name, memory_map=True) as file:
        yield from file.iter_batches(ROWS, use_threads=False)


def _arrow(name: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with pa.memory_map(name) as file:
        if file.read(6) == b"ARROW1":
            with pa.ipc.open_file(file) as reader:
                yield from map(reader.get_batch, range(reader.num_record_batches))
        else:
            file.seek(0)
            with pa.ipc.open_stream(file) as reader:
                yield from reader


def _saved(folder: str) -> Iterator[pa.RecordBatch]:
    state = os.path.join(folder, "state.json")
    try:
        with open(state, "rb") as file:
            names = [str(part["filename"]) for part in orjson.loads(file.read())["_data_files"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise DataError(
            f"{state}: does not name the data's files as `datasets` does; save the data again"
        ) from None
    for name in names:
        yield from _arrow(os.path.join(folder, name))


def records_of(batches: Iterator[pa.RecordBatch], path: str) -> Iterator[Raw]:
    """Yield the rows of batches in order, each with its number as its line."""
    import pyarrow as pa

    line = 0
    try:
        for batch in batches:
            if len(set(batch.schema.names)) < len(batch.schema.names):
                raise DataprepError(f"{path}: two columns have one name; name each column once")
            for start in range(0, batch.num_rows, ROWS):
                for value, error in _rows(batch.slice(start, ROWS)):
                    line += 1
                    yield Raw(Origin(path, line), value, error)
    except (pa.ArrowException, OSError, ValueError) as broken:
        why = " ".join(str(broken).split())[:200]
        raise DataError(
            f"{path}: cannot be read beyond row {line} ({why}); is the file whole?"
        ) from None


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, RecordError | None]]:
    """Yield the value of each row, with an error if it holds text that is not UTF-8.

    Each batch is validated first, because an offset outside of the file would crash the process.
    """
    import pyarrow as pa

    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        loose = batch.cast(
            pa.schema([field.with_type(_loosened(field.type)) for field in batch.schema])
        )
        loose.validate(full=True)
        yield from map(_checked, _values(loose, batch.schema))
    else:
        yield from ((value, None) for value in _values(batch, batch.schema))


def _checked(value: Any) -> tuple[Any, RecordError | None]:
    text = json.dumps(value, ensure_ascii=False)
    if SURROGATE.search(text):
        return readable(text), RecordError(
            "not valid UTF-8", "holds text whose bytes are not UTF-8"
        )
    return value, None


def _loosened(kind: pa.DataType) -> pa.DataType:
    """Return a type with binary in place of text."""
    import pyarrow as pa

    if _is_text(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return _loosened(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_loosened(field.type)) for field in kind])
    if pa.types.is_large_list(kind):
        return pa.large_list(_loosened(kind.value_type))
    return pa.list_(_loosened(kind.value_type)) if pa.types.is_list(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _values(batch: pa.RecordBatch, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    """Yield the rows as JSON values, given their types in the file."""
    rows: list[dict[str, Any]] = batch.to_pylist()
    others = [field for field in schema if not _is_json(field.type) or batch.schema is not schema]
    for row in rows:
        for field in others:
            row[field.name] = _json(row[field.name], field.type)
        yield row


def _is_json(kind: pa.DataType) -> bool:
    """Return whether JSON has all values of a type."""
    from pyarrow import types

    if types.is_nested(kind):
        return not types.is_map(kind) and all(
            _is_json(kind.field(number).type) for number in range(kind.num_fields)
        )
    return _is_text(kind) or any(
        known(kind)
        for known in (types.is_integer, types.is_floating, types.is_boolean, types.is_null)
    )


def _json(value: Any, kind: pa.DataType) -> Any:
    """Return a value as JSON has it; text that is not UTF-8 keeps surrogates for its bytes."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return _json(value, kind.value_type)
    if types.is_map(kind) and value is not None:
        return [[_json(key, kind.key_type), _json(item, kind.item_type)] for key, item in value]
    if isinstance(value, bytes):
        return value.decode(UTF8, "surrogateescape") if _is_text(kind) else _as_text(value)
    if isinstance(value, dict):
        return {field.name: _json(value[field.name], field.type) for field in kind}
    if isinstance(value, list):
        return [_json(item, kind.value_type) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _as_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
