"""Cut the inputs into shards: many small files in one, one large file of lines in several.

The cuts depend on the files alone, never on how many processes there are, so that these can be any number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dataprep import containers
from dataprep.files import CHUNK
from dataprep.plan import Source

SIZE = 8 << 20
"""Bytes of a shard: enough to be worth a process's call, little enough that the last one keeps nobody waiting."""
MOST = 1000
"""Files in a shard, for opening one costs as much as reading some hundred kilobytes."""


class Piece(NamedTuple):
    """A file, or of a file of lines the stretch from byte `start`, which begins line `line`, to byte `end`."""

    source: Source
    size: int = 0
    start: int = 0
    line: int = 1
    end: int = -1


Shard = tuple[Piece, ...]


def cut(sources: tuple[Source, ...]) -> Iterator[Shard]:
    """Yield the shards of the inputs, in the order of the inputs."""
    shard: list[Piece] = []
    room = SIZE
    for source in sources:
        for piece in _pieces(source):
            if shard and (room < piece.size or len(shard) == MOST):
                yield tuple(shard)
                shard, room = [], SIZE
            shard.append(piece)
            room -= piece.size
    if shard:
        yield tuple(shard)


def size_of(shard: Shard) -> int:
    """Return how many bytes a shard has."""
    return sum(piece.size for piece in shard)


def _pieces(source: Source) -> Iterator[Piece]:
    size = containers.size(source.file)
    if size <= SIZE or not containers.is_cuttable(source.file, source.encoding):
        yield Piece(source, size)
        return
    start, line = 0, 1
    for end, lines in _cuts(source.file):
        yield Piece(source, end - start, start, line, end)
        start, line = end, line + lines


def _cuts(path: str) -> Iterator[tuple[int, int]]:
    """Yield the byte after a line end near each multiple of `SIZE`, and how many line ends came since the last one."""
    with open(path, "rb") as file:
        size = end = lines = 0
        while chunk := file.read(CHUNK) if size < SIZE else file.readline():
            size += len(chunk)
            end += len(chunk)
            lines += chunk.count(b"\n")
            if size >= SIZE and chunk.endswith(b"\n"):
                yield end, lines
                size = lines = 0
        if size:
            yield end, lines
