"""Find the most similar pairs of examples on different sides of a split, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.text.similarity.exact import ALL, Bound, Search
from dataprep.text.similarity.sets import Sets
from dataprep.text.similarity.words import Numbers

SHOWN = 3
"""The number of pairs to report."""
ROUNDS = (1, ALL)
"""How many others each example meets per round; good pairs in one round spare comparisons in the
next.
"""


class Pair(NamedTuple):
    """Two examples by number, with the size of the intersection and union of their pairs of
    words.
    """

    first: int
    second: int
    common: int
    union: int

    @property
    def similarity(self) -> float:
        """Return the Jaccard similarity, 0 to 1."""
        return self.common / self.union


def most_alike(sets: Sets, sides: Numbers, floor: float) -> list[Pair]:
    """Return the `SHOWN` most similar pairs of examples on different sides, the most similar first.

    `sides` has the side of each set, -1 to leave it out. Pairs below `floor` are not reported. Of
    examples that are equal but for punctuation on one side, only the first counts; examples without
    words match nothing.
    """
    labels = _firsts(sets, sides)
    best = _same(sets, labels)
    search = Search(sets, labels, _bound(best, floor))
    for most in ROUNDS:
        for found in search.run(most):
            pairs = {*best, *(Pair(*row) for row in np.stack(found, axis=1).tolist())}
            ranked = sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))
            best = ranked[:SHOWN]
            search.bound = _bound(best, floor)
    return best


def _firsts(sets: Sets, sides: Numbers) -> Numbers:
    """Return the sides, -1 for sets without words and for repeats on one side."""
    order = np.lexsort((sets.sums, sides))
    side, sums = sides[order], sets.sums[order]
    again = order[1:][(side[1:] == side[:-1]) & (sums[1:] == sums[:-1])]
    labels = np.where(sets.sizes > 0, sides, -1)
    labels[again] = -1
    return labels


def _same(sets: Sets, labels: Numbers) -> list[Pair]:
    """Return the first pairs of equal sets."""
    used = np.flatnonzero(labels >= 0)
    order = used[np.argsort(sets.sums[used], kind="stable")]
    equal = sets.sums[order][1:] == sets.sums[order][:-1]
    pairs = sorted(zip(order[:-1][equal].tolist(), order[1:][equal].tolist(), strict=True))[:SHOWN]
    return [
        Pair(first, second, size, size)
        for first, second in pairs
        for size in [int(sets.sizes[first])]
    ]


def _bound(best: list[Pair], floor: float) -> Bound:
    """Return the bound that a pair must exceed to be among the best."""
    if len(best) < SHOWN:
        return Bound.of(floor)
    return Bound(best[-1].common, best[-1].union, strict=True)
