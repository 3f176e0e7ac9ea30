"""Which of the examples that are nearly the same stay, and which leave as the repeat of which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dataprep.near.meaning import differs
from dataprep.near.pairs import Measure, alike
from dataprep.near.sketch import Sketches


class Repeat(NamedTuple):
    """An example that leaves, the one that it repeats, and their similarity."""

    number: int
    original: int
    similarity: float


def near_duplicates(
    sketches: Sketches, order: Sequence[int], measure: Measure, *, known: int = 0, spare: bool = True
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
    left: set[int] = set()
    for number, original, similarity in zip(
        worse[sort].tolist(), better[sort].tolist(), found.similarity[sort].tolist(), strict=True
    ):
        if number in left or number < known or (spare and original in left):
            continue
        if not _differ(sketches, number, original):
            left.add(number)
            yield Repeat(number, original, similarity)
            if not spare and original not in left and original >= known:
                left.add(original)
                yield Repeat(original, number, similarity)


def _differ(sketches: Sketches, first: int, second: int) -> bool:
    return differs(*(sketches.codes(np.array([number]))[0].tolist() for number in (first, second)))
