"""Examples that belong together: they share a key, or are nearly the same, or are joined by a chain
of these.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from dataprep.text.similarity.exact import ALL, Bound, Search
from dataprep.text.similarity.sets import Sets
from dataprep.text.similarity.sketch import Sketches

ROUNDS = (1, 16, ALL)
"""How many each meets in one round; what a round joins need not meet in the next."""


class Components:
    """So many things, of which any two can be joined (union-find)."""

    def __init__(self, count: int) -> None:
        self.parents = list(range(count))

    def find(self, number: int) -> int:
        """Return the one that stands for all that this one is joined with: the first of them."""
        parents = self.parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    def join(self, first: int, second: int) -> None:
        """Put what both are joined with together."""
        low, high = sorted((self.find(first), self.find(second)))
        self.parents[high] = low

    def join_same(self, keys: Iterable[tuple[int, Hashable]]) -> None:
        """Join those with the same key, None being none; one may have several."""
        firsts: dict[Hashable, int] = {}
        for number, key in keys:
            if key is not None and (first := firsts.setdefault(key, number)) != number:
                self.join(first, number)

    def join_alike(self, sketches: Sketches, rows: Sequence[int], threshold: float) -> None:
        """Join those of which the examples in these rows share so many of their pairs of words,
        none left out.

        Those without words are like none.
        """
        sets = Sets(sketches, rows)
        its = np.flatnonzero(sets.sizes)
        self.join_same(zip(its.tolist(), sets.sums[its].tolist(), strict=True))
        first_of_its_like = its[np.unique(sets.sums[its], return_index=True)[1]]
        search = Search(sets, np.full(len(sets), -1, np.int64), Bound.of(threshold))
        for most in ROUNDS:
            search.labels[first_of_its_like] = np.array(self.labels(), np.int64)[first_of_its_like]
            for found in search.run(most):
                self._join_all(search, found.first.tolist(), found.second.tolist())

    def _join_all(self, search: Search, first: list[int], second: list[int]) -> None:
        for pair in zip(first, second, strict=True):
            self.join(*pair)
        for number in {*first, *second}:
            search.labels[number] = self.find(number)

    def labels(self) -> list[int]:
        """Return for each thing the one that stands for it."""
        return [self.find(number) for number in range(len(self.parents))]
