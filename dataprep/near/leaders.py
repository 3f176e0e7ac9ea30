"""Which of the examples that are nearly the same stay, and which leave as the repeat of which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dataprep import executor
from dataprep.near.meaning import differs, texts
from dataprep.near.pairs import Measure, alike
from dataprep.near.sketch import Sketches
from dataprep.near.words import Numbers, distinct

CHUNK = 1000
"""Pairs that a process is given at a time."""
FEW = 3
"""Of the examples that one is similar to, so many are looked at where of none it is sure that it stays itself."""
MOST = 8
"""Examples that an example may differ from in meaning, the most similar first; what differs from so many is one of a
template's many, and a copy of it would stand before them."""


class Repeat(NamedTuple):
    """An example that leaves, the one that it repeats, and their similarity."""

    number: int
    original: int
    similarity: float


def near_duplicates(
    sketches: Sketches,
    order: Sequence[int],
    measure: Measure,
    *,
    known: int = 0,
    spare: bool = True,
    workers: int = 1,
) -> Iterator[Repeat]:
    """Yield the examples that leave, in the order in which they are worth keeping.

    Each repeats one that stays and is as similar as the measure asks, the most similar of them: a chain of similar
    examples does not pull in what is similar to its middle only. The first `known` examples always stay. With `spare`
    off, every example that has a near duplicate leaves.
    """
    rank = np.full(len(sketches), -1, np.int64)
    rank[np.asarray(order, np.int64)] = np.arange(len(order))
    found = alike(sketches, np.sort(np.asarray(order, np.int64)), measure, known=known)
    swap = rank[found.first] > rank[found.second]
    better = np.where(swap, found.second, found.first)
    worse = np.where(swap, found.first, found.second)
    sort = np.lexsort((rank[better], -found.similarity, rank[worse]))
    worse, better = worse[sort], better[sort]
    told = _told(sketches, worse, better, workers)
    left: set[int] = set()
    apart = Counter[int]()
    for number, original, similarity, differ in zip(
        worse.tolist(), better.tolist(), found.similarity[sort].tolist(), told, strict=True
    ):
        if number in left or number < known or (spare and original in left) or apart[number] == MOST:
            continue
        if _differ(sketches, np.array([[number], [original]]))[0] if differ is None else differ:
            apart[number] += 1
        else:
            left.add(number)
            yield Repeat(number, original, similarity)
            if not spare and original not in left and original >= known:
                left.add(original)
                yield Repeat(original, number, similarity)


Chunk = tuple[tuple[Path, ...], list[int], list[int]]


def _told(sketches: Sketches, worse: Numbers, better: Numbers, workers: int) -> list[bool | None]:
    """Return whether pairs differ in meaning, of those that will be asked for, told by several processes at once.

    Of the others it is None, for few of them are asked for.
    """
    told: list[bool | None] = [None] * len(worse)
    if workers > 1 and len(worse) > CHUNK:
        wanted = _asked_for(worse, better)
        chunks = (wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK))
        jobs = ((tuple(sketches.stems), worse[at].tolist(), better[at].tolist()) for at in chunks)
        for at, differ in zip(
            wanted.tolist(), chain.from_iterable(executor.run(_differing, jobs, workers)), strict=True
        ):
            told[at] = differ
    return told


def _asked_for(worse: Numbers, better: Numbers) -> Numbers:
    """Return of each example's pairs, which stand side by side, the first with one that is sure to stay.

    That is one with no better ones itself. Where there is none it is the first few.
    """
    run = np.cumsum(np.diff(worse, prepend=worse[:1]) != 0)
    nth = np.arange(len(worse)) - np.searchsorted(run, run)
    sure = np.flatnonzero(~np.isin(better, worse))
    first = sure[np.diff(run[sure], prepend=-1) != 0]
    unsure = np.ones(run[-1] + 1, np.bool_)
    unsure[run[first]] = False
    return np.sort(np.concatenate((first, np.flatnonzero((nth < FEW) & unsure[run]))))


def _differing(chunk: Chunk) -> list[bool]:
    stems, worse, better = chunk
    return _differ(_opened(stems), np.array((worse, better)))


@cache
def _opened(stems: tuple[Path, ...]) -> Sketches:
    """Open sketches once in a process, which ends with the pairs."""
    return Sketches(stems)


def _differ(sketches: Sketches, pairs: Numbers) -> list[bool]:
    """Return whether the two examples of each pair, a column each, mean different things."""
    rows = distinct(pairs.ravel())
    codes, sizes = sketches.codes(rows)
    its = texts(codes, sizes.whole)
    return [differs(its[one], its[other]) for one, other in np.searchsorted(rows, pairs).T.tolist()]
