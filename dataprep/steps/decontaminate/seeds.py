"""Items of evaluation sets by their rare terms (seeds), of which a text that has an item in other
words has some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from itertools import accumulate

import numpy as np

from dataprep.steps.decontaminate.likeness import SPOKEN
from dataprep.steps.decontaminate.terms import is_common
from dataprep.steps.decontaminate.units import Unit
from dataprep.steps.decontaminate.words import is_character

SEEDS = 4
"""Seeds of an item, a pair of characters counting half."""
FEWEST = 2
"""How many of them a text must have."""


class Seeds:
    """The seeds of units, and the search of terms for them."""

    def __init__(self, units: Sequence[Unit]) -> None:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, unit in enumerate(units):
            for term in _seeds_of(unit):
                found[term].append(number)
        self.units = {
            term: np.array(numbers, np.int32).tobytes() for term, numbers in found.items()
        }

    def near(self, terms: Set[str]) -> list[int]:
        """Return the numbers of the units of which these terms are seeds enough."""
        lists = [*filter(None, map(self.units.get, terms))]
        if len(lists) < FEWEST:
            return []
        numbers = np.sort(np.frombuffer(b"".join(lists), np.int32))
        return list(dict.fromkeys(numbers[1:][numbers[1:] == numbers[:-1]].tolist()))


def _seeds_of(unit: Unit) -> list[str]:
    """Return the seeds of a unit: its rarest terms, those that anything has last; none where it
    says too little.
    """
    if len(unit.weights) < SPOKEN:
        return []
    rarest = sorted(unit.weights, key=lambda term: (is_common(term), -unit.weights[term], term))
    sizes = accumulate(0.5 if is_character(term) else 1 for term in rarest)
    most = sum(size <= SEEDS for size in sizes)
    return rarest[: max(FEWEST, min(most, len(rarest) - 2))]
