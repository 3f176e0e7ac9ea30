"""Cut the inputs into shards: many small files in one, one large file of lines into several.

The cuts depend on the files alone, so they are the same for any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dataprep.sources import inputs
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.source import Source

SIZE, LEAST = 8 << 20, 2 << 20
"""Bytes of a shard, at most and where there is little to read: enough to be worth a process's call.
"""
SHARDS = 16
"""The least number of shards of a large input, so that no worker waits long for the last one."""
MOST = 1000
"""Most files in a shard: opening one costs as much as reading some hundred kilobytes."""


class Piece(NamedTuple):
    """A file, or the lines of a file from byte `start`, where line `line` begins, to byte `end`."""

    source: Source
    size: int = 0
    start: int = 0
    line: int = 1
    end: int = -1


Shard = tuple[Piece, ...]


def cut(sources: tuple[Source, ...]) -> Iterator[Shard]:
    """Yield the shards of the inputs, in the order of the inputs."""
    sizes = [inputs.size(source.file) for source in sources]
    most = min(SIZE, max(LEAST, sum(sizes) // SHARDS))
    shard: list[Piece] = []
    room = most
    for source, size in zip(sources, sizes, strict=True):
        for piece in _pieces(source, size, most):
            if shard and (room < piece.size or len(shard) == MOST):
                yield tuple(shard)
                shard, room = [], most
            shard.append(piece)
            room -= piece.size
    if shard:
        yield tuple(shard)


def size_of(shard: Shard) -> int:
    """Return the size of a shard in bytes."""
    return sum(piece.size for piece in shard)


def _pieces(source: Source, size: int, most: int) -> Iterator[Piece]:
    if size <= most or not inputs.is_cuttable(source.file, source.encoding):
        yield Piece(source, size)
        return
    start, line = 0, 1
    for end, lines in _cuts(source.file, most):
        yield Piece(source, end - start, start, line, end)
        start, line = end, line + lines


def _cuts(path: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield the byte after a line end near each multiple of `most`, and the line ends since the
    last one.
    """
    with open(path, "rb") as file:
        size = end = lines = 0
        while chunk := file.read(min(CHUNK, most)) if size < most else file.readline():
            size += len(chunk)
            end += len(chunk)
            lines += chunk.count(b"\n")
            if size >= most and chunk.endswith(b"\n"):
                yield end, lines
                size = lines = 0
        if size:
            yield end, lines
