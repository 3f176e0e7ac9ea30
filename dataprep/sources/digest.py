"""The digest by which two files are known to hold the same bytes."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dataprep.sources.json_lines import CHUNK


class Digest(NamedTuple):
    """The BLAKE2b hash of a file, 16 bytes as hex, its size in bytes and its number of line
    ends.
    """

    blake2b: str
    size: int
    lines: int


_State = tuple[str, int, int]
_kept: dict[_State, Digest] = {}
"""The digests of small files that were already open, by path, size and time of change."""


def digest_of(path: Path) -> Digest:
    """Return the digest of a file; one that `keep` has seen unchanged is not opened again."""
    return _kept.get(_state_of(str(path), os.stat(path))) or _digest(path)


def keep(path: str, file: BinaryIO) -> None:
    """Keep the digest of a file that is open at its start, if it has at most `CHUNK` bytes.

    A larger file is left alone: one more opening costs nothing next to reading all its bytes.
    """
    state = os.fstat(file.fileno())
    if state.st_size <= CHUNK:
        data = file.read()
        file.seek(0)
        hashed = blake2b(data, digest_size=16).hexdigest()
        _kept[_state_of(path, state)] = Digest(hashed, len(data), data.count(b"\n"))


def _state_of(path: str, state: os.stat_result) -> _State:
    return path, state.st_size, state.st_mtime_ns


def _digest(path: Path) -> Digest:
    total, size, lines = blake2b(digest_size=16), 0, 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            total.update(chunk)
            size += len(chunk)
            lines += chunk.count(b"\n")
    return Digest(total.hexdigest(), size, lines)
