"""Lines of JSON into a Parquet file: faster than by Python objects, and pandas stays unimported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 16 << 20  # bytes of JSON that become one row group


def write(path: Path, lines: Iterable[bytes], schema: pa.Schema) -> None:
    """Write lines, each with its line end, to a Parquet file of that schema."""
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for text in _blocks(lines):
            whole = pj.ReadOptions(use_threads=False, block_size=len(text))
            writer.write_table(pj.read_json(BytesIO(text), whole, pj.ParseOptions(explicit_schema=schema)))


def schema_like(record: dict[str, Any]) -> pa.Schema:
    """Return the schema of records that are like this one: texts stay texts, also where they look like a date."""
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
