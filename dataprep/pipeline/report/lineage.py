"""Where each input record came from, what each step made of it, and where it went: one row a
record, in Parquet.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.sources import json_lines, parquet
from dataprep.sources.raw import Raw

DIGEST = 8  # bytes
_NUMBERS = ("line", "byte", "row")


class Story(NamedTuple):
    """What became of one record of the input, or of one part of it where it was split.

    `digest` is the BLAKE2b hash, 8 bytes as hex, of the record as JSON. `changed` names the rules
    that changed it, in their order. `fate` is a split or a way out; `reason` and `repeats`
    ("file:line") belong to a way out, `row` is the 1-based line of the split's file and 0 for one
    that left.
    """

    path: str
    line: int
    byte: int
    digest: str
    format: str
    changed: str
    fate: str
    reason: str
    repeats: str
    row: int

    @property
    def place(self) -> str:
        """Return the file and line where the record stood."""
        return f"{self.path}:{self.line}"


@dataclass
class Trace:
    """What one shard notes of each of its records, column by column, before its fate is known."""

    bytes: array[int] = field(default_factory=lambda: array("q"))
    digests: bytearray = field(default_factory=bytearray)
    formats: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    fates: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def note(self, raw: Raw, name: str, changed: str, fate: str = "", reason: str = "") -> None:
        """Note one record: its place and hash, its format, the rules that changed it, and why it
        left.
        """
        self.bytes.append(raw.origin.byte)
        self.digests += _hash(raw.value)
        self.formats.append(name)
        self.changed.append(changed)
        self.fates.append(fate)
        self.reasons.append(reason)

    def digest(self, ordinal: int) -> str:
        """Return the hash of the record with that ordinal, as hex."""
        return self.digests[DIGEST * ordinal : DIGEST * (ordinal + 1)].hex()


def digest(record: Any) -> str:
    """Return the hash of a record as hex."""
    return _hash(record).hex()


def _hash(record: Any) -> bytes:
    return blake2b(json_lines.to_line(record), digest_size=DIGEST).digest()


def write(path: Path, stories: Iterable[Story]) -> None:
    """Write the stories in their order."""
    import pyarrow as pa

    schema = pa.schema(
        [(name, pa.int64() if name in _NUMBERS else pa.string()) for name in Story._fields]
    )
    parquet.write(path, stories, schema)


def find(trail: Path, **equal: Any) -> list[Story]:
    """Return the stories in which each of these fields has this value."""
    import pyarrow.parquet as pq

    rows = pq.read_table(trail, filters=[(name, "=", value) for name, value in equal.items()])
    return [Story(**row) for row in rows.to_pylist()]


def paths(trail: Path) -> list[str]:
    """Return the names of the input files, in the order of their records."""
    import pyarrow.parquet as pq

    return list(pq.read_table(trail, columns=["path"])["path"].unique().to_pylist())
