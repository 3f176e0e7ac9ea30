"""Write Parquet files without importing pandas."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 16 << 20  # bytes of JSON that become one row group
_ROWS = 1 << 16  # rows of columns that do
_CODES = {"int64": "q", "double": "d"}


def write(path: Path, rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> None:
    """Write rows, one value per column, to a Parquet file with this schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(islice(rows, _ROWS)):
            columns = zip(*some, strict=True)
            arrays = [
                _array(column, kind) for column, kind in zip(columns, schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return texts, integers or floats as an array; `pyarrow.array` would import pandas."""
    import pyarrow as pa

    if kind != pa.string():
        return pa.Array.from_buffers(
            kind, len(column), [None, pa.py_buffer(array(_CODES[str(kind)], column))]
        )
    texts = [text.encode() for text in column]
    ends = array("i", accumulate(map(len, texts), initial=0))
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts))
    )


def write_lines(path: Path, lines: Iterable[bytes], schema: pa.Schema) -> None:
    """Write JSON lines to a Parquet file with this schema; faster than through Python objects."""
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for text in _blocks(lines):
            whole = pj.ReadOptions(use_threads=False, block_size=len(text))
            writer.write_table(
                pj.read_json(BytesIO(text), whole, pj.ParseOptions(explicit_schema=schema))
            )


def schema_like(record: dict[str, Any]) -> pa.Schema:
    """Return the schema of records like this one; texts stay texts even if they look like dates."""
    import pyarrow as pa

    return pa.schema([(name, _type_like(value)) for name, value in record.items()])


def _type_like(value: Any) -> pa.DataType:
    import pyarrow as pa

    if isinstance(value, dict):
        return pa.struct([(name, _type_like(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return pa.list_(_type_like(value[0]) if value else pa.string())
    return {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}.get(type(value), pa.string())


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    block, size = [], 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield b"".join(block)
            block, size = [], 0
    if block:
        yield b"".join(block)
