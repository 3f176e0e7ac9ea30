"""An index of evaluation items by their rare words, so that most texts need one quick scan.

An item is compared in full only if the text shares a run of words with it, or enough of the terms
that distinguish the item from others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import chain
from math import fsum
from operator import add
from typing import NamedTuple

from dataprep.steps.decontaminate.anchors import Anchors
from dataprep.steps.decontaminate.items import Item
from dataprep.steps.decontaminate.likeness import SPOKEN, least, may_ask
from dataprep.steps.decontaminate.seeds import Seeds
from dataprep.steps.decontaminate.terms import TERMS
from dataprep.steps.decontaminate.units import Unit, units
from dataprep.steps.decontaminate.words import holds_characters, is_character, quick


class Near(NamedTuple):
    """The numbers of the units that a text may hold word for word, and of those that it may have in
    other words.
    """

    verbatim: list[int]
    reworded: list[int]


class Index:
    """The items of all sets as units, and what leads to them."""

    def __init__(self, sets: Mapping[str, Sequence[Item]]) -> None:
        self.sizes = {name: len(items) for name, items in sets.items()}
        self.units: list[Unit] = [
            unit for name, items in sets.items() for unit in units(name, items)
        ]
        self.anchors = Anchors(list(chain.from_iterable(sets.values())))
        self.seeds = Seeds(self.units)
        self.weights = [unit.weights for unit in self.units]
        self.least = [least(unit) for unit in self.units]
        self.pairs = {term for unit in self.units for term in unit.terms if is_character(term)}

    def near(self, text: str) -> Near:
        """Return the units that a text may hold something of."""
        words = quick(text)
        return Near(self.anchors.near(words), self._reworded(text, words))

    def _reworded(self, text: str, words: Sequence[str]) -> list[int]:
        terms = set(map(TERMS.__getitem__, words))
        if self.pairs and holds_characters(text):
            terms |= self.pairs.intersection(map(add, words, words[1:]))
        return [number for number in self.seeds.near(terms) if self._may_ask(number, terms)]

    def _may_ask(self, number: int, terms: Set[str]) -> bool:
        weights = self.weights[number]
        found = weights.keys() & terms
        if len(found) < SPOKEN or fsum(map(weights.__getitem__, found)) < self.least[number]:
            return False
        return may_ask(self.units[number], terms)
