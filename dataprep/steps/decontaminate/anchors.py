"""Items of evaluation sets by four words in a row (anchors), of which a text that holds some of an
item has one.

Words are those of the quick reading, so that a number may be spelled another way in the text.
Anchors have none where that can be, and the words around them count up to the next number only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, takewhile
from typing import NamedTuple, TypeVar

from dataprep.steps.decontaminate.items import Item
from dataprep.steps.decontaminate.numbers import is_numeric
from dataprep.steps.decontaminate.words import quick

Value = TypeVar("Value")
Gram = tuple[str, str, str, str]
GRAM = 4
"""Words of an anchor."""
SPAN = 13
"""Words in a row by which an item is found, as in GPT-3's paper (Brown et al. 2020, appendix C)."""
AROUND = 5
"""Words before and behind an anchor that are compared; so many of both must stand as they do in the
item.
"""
NUMBER = "#"
RARE = 50
"""Texts of items that may hold the rarest word of an anchor."""
SHARED = 20
"""Items that may share an anchor; what more have is a phrase by which questions are put."""


class _Place(NamedTuple):
    """Where an anchor stands: the number of the item, and the words around it."""

    item: int
    before: tuple[str, ...]
    behind: tuple[str, ...]


class Anchors:
    """The anchors of items, and the search of a text for them."""

    def __init__(self, items: Sequence[Item]) -> None:
        texts = [
            (number, text)
            for number, item in enumerate(items)
            for text in _texts(item)
            if len(text) >= GRAM
        ]
        held = Counter(chain.from_iterable(set(text) for _, text in texts))
        self.places = _places((*each, place) for each in texts for place in _picked(each[1], held))
        others = (each for each in texts if self.places.keys().isdisjoint(grams(each[1])))
        self.places |= _places([(*each, _rarest(each[1], held)) for each in others])

    def near(self, words: list[str]) -> list[int]:
        """Return the numbers of the items of which the words may hold something."""
        if self.places.keys().isdisjoint(grams(words)):
            return []
        return self.at(words, range(len(words) - GRAM + 1))

    def at(self, words: list[str], places: Iterable[int]) -> list[int]:
        """Return the numbers of the items of which the words may hold something at one of these
        places.
        """
        return sorted(set(self._agreeing(words, places)))

    def _agreeing(self, words: list[str], places: Iterable[int]) -> Iterator[int]:
        for place in places:
            for item, before, behind in self.places.get(_gram(words, place), ()):
                agreeing = _agree(before, reversed(words[max(0, place - AROUND) : place]))
                agreeing += _agree(behind, words[place + GRAM : place + GRAM + AROUND])
                if agreeing >= min(AROUND, len(before) + len(behind)):
                    yield item


def _agree(wanted: Iterable[str], found: Iterable[str]) -> int:
    """Return how many of the words next to an anchor agree, the nearest first, to the first that
    does not.

    A number agrees with any number, and what is behind it with anything.
    """
    count = 0
    others = iter(found)
    for word in wanted:
        if not _agrees(word, next(others, "")):
            break
        count += 1
    return count


def _agrees(word: str, other: str) -> bool:
    return bool(other and is_numeric(other)) if word == NUMBER else word in ("", other)


def grams(words: Sequence[Value]) -> Iterator[tuple[Value, Value, Value, Value]]:
    """Yield each four words in a row, or four of what is known of each."""
    return zip(words, words[1:], words[2:], words[3:], strict=False)


def _gram(words: Sequence[str], place: int) -> Gram:
    first, second, third, last = words[place : place + GRAM]
    return first, second, third, last


def _texts(item: Item) -> Iterator[list[str]]:
    """Yield the quick words of what may be found of an item by itself; a short question is one with
    its choices.
    """
    question = quick(item.question)
    yield question
    if len(question) < GRAM:
        yield quick(f"{item.question} {' '.join(item.choices)}")
        yield quick(_lettered(item))
    yield from (words for words in map(quick, (*item.choices, item.answer)) if len(words) >= SPAN)


def _lettered(item: Item) -> str:
    """Return an item as examinations print it, each choice behind its letter."""
    choices = (
        f"{letter} {choice}" for letter, choice in zip("ABCDEFGHIJ", item.choices, strict=False)
    )
    return " ".join([item.question, *choices])


def _places(picked: Iterable[tuple[int, Sequence[str], int]]) -> dict[Gram, tuple[_Place, ...]]:
    """Return where anchors stand, by the anchor, without those that many items share."""
    found: defaultdict[Gram, list[_Place]] = defaultdict(list)
    for number, text, place in picked:
        before, behind = (
            text[max(0, place - AROUND) : place],
            text[place + GRAM : place + GRAM + AROUND],
        )
        found[_gram(text, place)].append(_Place(number, _fixed(before[::-1]), _fixed(behind)))
    return {gram: tuple(places) for gram, places in found.items() if len(places) <= SHARED}


def _fixed(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words next to an anchor, a number as `NUMBER` and "" for all behind it."""
    fixed = tuple(takewhile(lambda word: not is_numeric(word), words))
    return (*fixed, *[NUMBER, *[""] * AROUND][: len(words) - len(fixed)])


def _picked(words: Sequence[str], held: Mapping[str, int]) -> Iterator[int]:
    """Yield where the anchors of a text stand: one in any `SPAN` words in a row, of these the last
    that is good enough.

    Good enough is one with a rare word and none that may be spelled another way, else the best
    there is.
    """
    reach = SPAN - GRAM + 1
    counts = [held[word] for word in words]
    most = max(counts, default=0)
    numeric = [is_numeric(word) for word in words]
    cost = [
        most if any(its) else min(four)
        for four, its in zip(grams(counts), grams(numeric), strict=True)
    ]
    start = 0
    while start + reach <= len(cost) or (start == 0 and cost):
        window = cost[start : start + reach]
        enough = max(RARE, min(window))
        start += len(window) - next(
            back for back, one in enumerate(reversed(window)) if one <= enough
        )
        yield start - 1


def _rarest(words: Sequence[str], held: Mapping[str, int]) -> int:
    """Return where the four words stand that have the rarest word."""
    return min(
        range(len(words) - GRAM + 1),
        key=lambda place: min(map(held.__getitem__, words[place : place + GRAM])),
    )
