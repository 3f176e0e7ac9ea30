"""Group examples that share a key or are near duplicates, transitively."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from dataprep.text.similarity.exact import ALL, Bound, Search
from dataprep.text.similarity.sets import Sets
from dataprep.text.similarity.sketch import Sketches

ROUNDS = (1, 16, ALL)
"""How many others each example meets per round; those joined in one round need not meet in the
next.
"""


class Components:
    """The connected components of numbered things (union-find)."""

    def __init__(self, count: int) -> None:
        self.parents = list(range(count))

    def find(self, number: int) -> int:
        """Return the representative of a component: its lowest number."""
        parents = self.parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    def join(self, first: int, second: int) -> None:
        """Merge the components of two things."""
        low, high = sorted((self.find(first), self.find(second)))
        self.parents[high] = low

    def join_same(self, keys: Iterable[tuple[int, Hashable]]) -> None:
        """Join things with the same key, ignoring None; a thing may have several keys."""
        firsts: dict[Hashable, int] = {}
        for number, key in keys:
            if key is not None and (first := firsts.setdefault(key, number)) != number:
                self.join(first, number)

    def join_alike(self, sketches: Sketches, rows: Sequence[int], threshold: float) -> None:
        """Join the things whose examples have at least this similarity; none is missed.

        Examples without words match nothing.
        """
        sets = Sets(sketches, rows)
        nonempty = np.flatnonzero(sets.sizes)
        self.join_same(zip(nonempty.tolist(), sets.sums[nonempty].tolist(), strict=True))
        distinct_ones = nonempty[np.unique(sets.sums[nonempty], return_index=True)[1]]
        search = Search(sets, np.full(len(sets), -1, np.int64), Bound.of(threshold))
        for most in ROUNDS:
            search.labels[distinct_ones] = np.array(self.labels(), np.int64)[distinct_ones]
            for found in search.run(most):
                first, second = found.first.tolist(), found.second.tolist()
                for pair in zip(first, second, strict=True):
                    self.join(*pair)
                for number in {*first, *second}:
                    search.labels[number] = self.find(number)

    def labels(self) -> list[int]:
        """Return the representative of each thing."""
        return [self.find(number) for number in range(len(self.parents))]
