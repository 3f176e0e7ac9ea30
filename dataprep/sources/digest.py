"""The digest by which two files are known to hold the same bytes."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from dataprep.sources.json_lines import CHUNK


class Digest(NamedTuple):
    """The BLAKE2b hash of a file, 16 bytes as hex, its size in bytes and its number of line ends."""

    blake2b: str
    size: int
    lines: int


def digest_of(path: Path) -> Digest:
    """Return the digest of a file."""
    total, size, lines = blake2b(digest_size=16), 0, 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            total.update(chunk)
            size += len(chunk)
            lines += chunk.count(b"\n")
    return Digest(total.hexdigest(), size, lines)
