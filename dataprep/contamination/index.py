"""All items of the evaluation sets by their rare words, so that most texts are told clean at a glance.

A text is read once, quickly. An item is looked at more closely only where the text has four words in a row that stand
so in the item (its anchors), or enough of the terms by which the item is told from others (its seeds).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from operator import add, eq
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from dataprep.contamination.items import Item
from dataprep.contamination.likeness import SPOKEN, likely, may_ask
from dataprep.contamination.numbers import LARGE, SMALL
from dataprep.contamination.terms import is_common, pair_of, term_of
from dataprep.contamination.units import Unit, units
from dataprep.contamination.words import LETTERS, holds_characters, is_character, quick

T = TypeVar("T")
Gram = tuple[str, str, str, str]
Anchor = tuple[tuple[int, Gram], ...]
"""The numbers of the items that have a gram, each with the words around it."""
Numbers = npt.NDArray[np.int32]
GRAM = 4
"""Words of an anchor."""
SPAN = 13
"""Words in a row by which an item is found, as in GPT-3's paper (Brown et al. 2020, appendix C)."""
NEIGHBOURS = 2
"""Words around an anchor that must stand as they do in the item; some may be spelled another way."""
SEEDS = 4
"""Terms of an item by which it is looked for in other words, rare ones."""
FEWEST_SEEDS = 2
"""How many of them a text must have at least."""
VARIES = 10**9
"""The cost of an anchor that may be spelled another way: it is taken where there is no other."""
SHARED = 20
"""Items that may share an anchor; what more have is a phrase by which questions are put."""


class Index:
    """The items of all sets as units, and what leads to them."""

    def __init__(self, sets: Mapping[str, Sequence[Item]]) -> None:
        self.units: list[Unit] = [unit for name, items in sets.items() for unit in units(name, items)]
        self.anchors = _anchors(list(chain.from_iterable(sets.values())))
        self.seeds = _Seeds(self.units)

    def near(self, text: str) -> Near:
        """Return the units that a text may hold something of."""
        words = quick(text)
        verbatim: Iterable[int] = ()
        if not self.anchors.keys().isdisjoint(_grams(words)):
            verbatim = self._by_anchors(words)
        if holds_characters(text):
            words += map(add, words, words[1:])
        return Near(sorted(set(verbatim)), sorted(self._by_seeds(words)))

    def _by_anchors(self, words: list[str]) -> Iterator[int]:
        """Yield the units of which the text has an anchor, and by it words that stand so in the unit."""
        for place, gram in enumerate(_grams(words)):
            for number, around in self.anchors.get(gram, ()):
                if sum(map(eq, around, _around(words, place))) >= min(NEIGHBOURS, sum(map(bool, around))):
                    yield number

    def _by_seeds(self, words: Iterable[str]) -> list[int]:
        """Return the units that the text may have in other words."""
        different = set(words)
        found = self.seeds.shared(different)
        if not found:
            return found
        terms = set(map(_terms.__getitem__, different))
        return [number for number in found if may_ask(self.units[number], terms)]


class Near(NamedTuple):
    """The numbers of the units that a text may hold word for word, and of those that it may have in other words."""

    verbatim: list[int]
    reworded: list[int]


class _Terms(dict[str, str]):
    """The terms of quick words, and of two characters together, each told once."""

    MOST = 1_000_000
    """Words that are remembered."""

    def __missing__(self, word: str) -> str:
        if len(self) >= self.MOST:
            self.clear()
        term = self[word] = pair_of(*word) if len(word) == 2 and is_character(word) else term_of(word)
        return term


_terms = _Terms()


class _Seeds:
    """The units that have a word's term among their seeds."""

    MOST = 1_000_000
    """Words that are remembered to be no seeds of any."""

    def __init__(self, units: Sequence[Unit]) -> None:
        found: defaultdict[str, list[int]] = defaultdict(list)
        self.needed: list[int] = []
        for number, unit in enumerate(units):
            seeds = _seeds_of(unit)
            self.needed.append(_needed(unit, seeds))
            for term in seeds:
                found[term].append(number)
        self.by_term = {term: np.array(numbers, np.int32) for term, numbers in found.items()}
        self.none: set[str] = set()

    def _of(self, word: str) -> Numbers | None:
        found = self.by_term.get(_terms[word])
        if found is None:
            if len(self.none) >= self.MOST:
                self.none.clear()
            self.none.add(word)
        return found

    def shared(self, words: Set[str]) -> list[int]:
        """Return the units of which these words have as many seeds as there must be."""
        lists = [numbers for numbers in map(self._of, words - self.none) if numbers is not None]
        if len(lists) < FEWEST_SEEDS:
            return []
        numbers = np.concatenate(lists)
        numbers.sort()
        again = numbers[1:][numbers[1:] == numbers[:-1]]
        if not len(again):
            return []
        return [number for number, count in Counter(again.tolist()).items() if count + 1 >= self.needed[number]]


def _seeds_of(unit: Unit) -> list[str]:
    """Return the seeds of a unit: its rarest terms, those that anything has last; none where it says too little."""
    if len(unit.weights) < SPOKEN:
        return []
    rarest = sorted(unit.weights, key=lambda term: (is_common(term), -unit.weights[term], term))
    most = SEEDS * 2 if is_character(rarest[0]) else SEEDS
    return rarest[: max(FEWEST_SEEDS, min(most, len(rarest) - 2))]


def _needed(unit: Unit, seeds: Sequence[str]) -> int:
    """Return how many of its seeds a text must have, for without more of them it cannot be like the unit at all."""
    lightest = sorted(unit.weights[term] for term in seeds)
    for count in range(FEWEST_SEEDS, len(seeds)):
        missing = sum(lightest[: len(seeds) - count])
        if likely(unit, unit.total - missing):
            return count
    return max(FEWEST_SEEDS, len(seeds))


# -------------------------------------------------------------------------------------------------------------- anchors


def _grams(words: Sequence[T]) -> Iterator[tuple[T, T, T, T]]:
    return zip(words, words[1:], words[2:], words[3:], strict=False)


def _around(words: Sequence[str], place: int) -> Gram:
    """Return two words before a gram and two behind it, "" where there are none."""
    near = (place - 2, place - 1, place + GRAM, place + GRAM + 1)
    first, second, third, last = (words[at] if 0 <= at < len(words) else "" for at in near)
    return first, second, third, last


def _anchors(items: Sequence[Item]) -> dict[Gram, Anchor]:
    """Return the items by four words in a row, of which each run of `SPAN` words in an item holds some."""
    texts = [_texts(item) for item in items]
    common = Counter(chain.from_iterable({word for text in each for word in text} for each in texts))
    ranks = {word: _rank(word, count) for word, count in common.items()}
    found: defaultdict[Gram, list[tuple[int, Gram]]] = defaultdict(list)
    for number, each in enumerate(texts):
        for text in each:
            for place, gram in _picked(text, ranks):
                found[gram].append((number, _around(text, place)))
    return {gram: tuple(places) for gram, places in found.items() if len(places) <= SHARED}


def _texts(item: Item) -> list[list[str]]:
    """Return the quick words of what may be found of an item by itself; a short question is one with its choices."""
    question, answer = quick(item.question), quick(item.answer)
    texts = [question, *map(quick, item.choices)]
    if len(question) < GRAM:
        texts += [quick(f"{item.question} {' '.join(item.choices)}"), quick(lettered(item))]
    return [*texts, answer] if len(answer) >= SPAN else texts


def lettered(item: Item) -> str:
    """Return an item as examinations print it, each choice behind its letter."""
    return " ".join(
        [item.question, *(f"{letter} {choice}" for letter, choice in zip("ABCDEFGHIJ", item.choices, strict=False))]
    )


def _picked(words: Sequence[str], ranks: Mapping[str, float]) -> Iterator[tuple[int, Gram]]:
    """Yield some of the grams of a text so that there is one among any `SPAN - GRAM + 1` in a row, the best there.

    The best has a rare word, and no number and no letter of a choice.
    """
    reach = SPAN - GRAM + 1
    grams = list(_grams(words))
    cost = [min(each) if max(each) < math.inf else VARIES for each in _grams([ranks[word] for word in words])]
    start = 0
    while start + reach <= len(grams) or (start == 0 and grams):
        window = cost[start : start + reach]
        start += len(window) - window[::-1].index(min(window))
        yield start - 1, grams[start - 1]


def _rank(word: str, count: int) -> float:
    """Return how many items have a word, infinity for one that may be spelled another way or be left out."""
    varies = word in LETTERS or word in SMALL or word in LARGE or word[0].isdecimal()
    return math.inf if varies else count
