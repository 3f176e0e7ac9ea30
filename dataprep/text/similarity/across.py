"""The most similar pairs of examples that are on two sides, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataprep.text.similarity.exact import ALL, Alike, Bound, Search
from dataprep.text.similarity.sets import Sets
from dataprep.text.similarity.words import Numbers

SHOWN = 3
"""How many pairs are told."""
ROUNDS = (1, ALL)
"""How many each meets in one round; the better the pairs that a round finds, the fewer must meet in
the next.
"""


class Pair(NamedTuple):
    """Two examples by their numbers, and their similarity as a fraction."""

    first: int
    second: int
    common: int
    union: int

    @property
    def similarity(self) -> float:
        """Return it, 0 to 1."""
        return self.common / self.union


def most_alike(sets: Sets, sides: Numbers, floor: float) -> list[Pair]:
    """Return the most similar pairs of examples on different sides, `SHOWN` at most, the most
    similar first.

    `sides` has for each set the number of its side, -1 for those that do not count. Pairs less
    similar than `floor` are not told. Of examples on one side that are the same but for punctuation
    only the first counts, and those without words are like none.
    """
    labels = _firsts(sets, sides)
    best = _same(sets, labels)
    search = Search(sets, labels, _bound(best, floor))
    for most in ROUNDS:
        for found in search.run(most):
            best = _best(best, found)
            search.bound = _bound(best, floor)
    return best


def _firsts(sets: Sets, sides: Numbers) -> Numbers:
    """Return the sides, -1 for what has no words, or is the same as an earlier one on its side."""
    order = np.lexsort((sets.sums, sides))
    side, sums = sides[order], sets.sums[order]
    again = order[1:][(side[1:] == side[:-1]) & (sums[1:] == sums[:-1])]
    labels = np.where(sets.sizes > 0, sides, -1)
    labels[again] = -1
    return labels


def _same(sets: Sets, labels: Numbers) -> list[Pair]:
    """Return the first pairs of equal sets."""
    its = np.flatnonzero(labels >= 0)
    order = its[np.argsort(sets.sums[its], kind="stable")]
    equal = sets.sums[order][1:] == sets.sums[order][:-1]
    pairs = sorted(zip(order[:-1][equal].tolist(), order[1:][equal].tolist(), strict=True))[:SHOWN]
    return [
        Pair(first, second, size, size)
        for first, second in pairs
        for size in [int(sets.sizes[first])]
    ]


def _best(best: list[Pair], found: Alike) -> list[Pair]:
    pairs = {*best, *(Pair(*row) for row in np.stack(found, axis=1).tolist())}
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))[:SHOWN]


def _bound(best: list[Pair], floor: float) -> Bound:
    """Return from where on a pair is better than the last of the best."""
    if len(best) < SHOWN:
        return Bound.of(floor)
    return Bound(best[-1].common, best[-1].union, strict=True)
