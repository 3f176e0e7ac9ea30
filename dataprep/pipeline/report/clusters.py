"""Which examples are nearly the same, in Parquet: one row for each, those of a cluster together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.model import Origin
from dataprep.sources import parquet


class Link(NamedTuple):
    """An example that leaves and the one that it repeats, by their numbers, their similarity, and
    the other's fate.
    """

    number: int
    original: int
    similarity: float
    fate: str


class Member(NamedTuple):
    """One example of a cluster.

    `cluster` counts from 1, in the order of the clusters' first examples. `fate` is "kept", "left",
    or "known" for an example of another set. An example that left has `repeats` ("file:line") and
    `similarity`, 0 to 1.
    """

    cluster: int
    path: str
    line: int
    fate: str
    repeats: str
    similarity: float


def write(path: Path, members: Iterable[tuple[Any, ...]]) -> None:
    """Write the members of all clusters."""
    import pyarrow as pa

    kinds = {int: pa.int64(), str: pa.string(), float: pa.float64()}
    types = {"cluster": int, "line": int, "similarity": float}
    schema = pa.schema([(name, kinds[types.get(name, str)]) for name in Member._fields])
    parquet.write(path, members, schema)


def read(path: Path) -> list[Member]:
    """Return the members of all clusters."""
    import pyarrow.parquet as pq

    return [Member(**row) for row in pq.read_table(path).to_pylist()]


def members_of(links: Iterable[Link], place: Callable[[int], Origin]) -> Iterator[Member]:
    """Yield the examples of each cluster that links make: the one that is repeated, and those that
    repeat it.

    `place` tells where an example stood. Where two repeat each other, for neither stays, the first
    of them opens the cluster.
    """
    clusters: dict[int, list[Link]] = {}
    opener: dict[int, int] = {}
    for link in links:
        first = opener.get(link.original, link.original)
        opener[link.number] = first
        clusters.setdefault(first, []).append(link)
    for number, (first, its) in enumerate(clusters.items(), 1):
        if all(link.number != first for link in its):
            yield Member(number, *place(first)[:2], its[0].fate, "", 1.0)
        for link in its:
            yield Member(
                number, *place(link.number)[:2], "left", str(place(link.original)), link.similarity
            )
