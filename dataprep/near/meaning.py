"""Tell whether two nearly equal examples say different things: another number, name or opposite at the same place.

"Sort in ascending order" and "Sort in descending order" share nearly all their words, and are two tasks. So of a pair
that is similar enough the places that differ are looked at. A *swap* is a number for a number, a name for a name, or a
word for one of its group in `opposites`; any other place is a slip, a synonym or an edit. Two texts mean different
things where swaps are the most of what differs, or where a negation, put in or left out, is all that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from rapidfuzz.distance import Levenshtein

from dataprep.near import opposites
from dataprep.near.words import HASH, NAME, NUMBER, words

LONGEST = 12
"""Words of a stretch that is put for another; longer ones are rewritten, not varied."""
_HASH, _NUMBER, _NAME = int(HASH), int(NUMBER), int(NAME)
Stretch = tuple[int, ...]


def differs(first: Sequence[int], second: Sequence[int]) -> bool:
    """Tell whether two sequences of codes mean different things by what stands in one and not in the other."""
    edits = list(_edits(first, second))
    names = {code & _HASH for text in (first, second) for code in text if code & _NAME} - _common()
    swaps = sum(_is_swap(*edit, names) for edit in edits)
    return 2 * swaps > len(edits) or _is_turned(edits)


def _edits(first: Sequence[int], second: Sequence[int]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Yield what stands in the one for what in the other, numbers and names still marked."""
    plain = [[code & _HASH for code in text] for text in (first, second)]
    here = there = 0
    for block in Levenshtein.editops(*plain).as_matching_blocks():
        if (block.a, block.b) != (here, there):
            yield first[here : block.a], second[there : block.b]
        here, there = block.a + block.size, block.b + block.size


def _is_swap(before: Sequence[int], after: Sequence[int], names: set[int]) -> bool:
    """Tell whether one stretch is put for another of the same kind and another meaning."""
    if not before or not after or max(len(before), len(after)) > LONGEST:
        return False
    one, other = ([code & _HASH for code in text] for text in (before, after))
    return (
        _other(
            {code & _HASH for code in before if _is_number(code)}, {code & _HASH for code in after if _is_number(code)}
        )
        or _other(names.intersection(one), names.intersection(other))
        or _are_opposite(one, other)
    )


def _other(one: set[int], other: set[int]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _is_number(code: int) -> bool:
    return bool(code & _NUMBER) or code & _HASH in _numerals()


def _are_opposite(one: list[int], other: list[int]) -> bool:
    """Tell whether words of one group stand on both sides, and not the same ones."""
    here, there = _groups_in(one), _groups_in(other)
    return any(here[group].isdisjoint(there[group]) for group in here.keys() & there.keys())


def _groups_in(text: list[int]) -> dict[int, set[Stretch]]:
    """Return by group the words of it that stand in a stretch."""
    found: dict[int, set[Stretch]] = {}
    for start, code in enumerate(text):
        for word, group in _entries().get(code, ()):
            if tuple(text[start : start + len(word)]) == word:
                found.setdefault(group, set()).add(word)
    return found


def _is_turned(edits: Sequence[tuple[Sequence[int], Sequence[int]]]) -> bool:
    """Tell whether all that differs is one place, and a negation stands there on one side only."""
    if len(edits) != 1:
        return False
    counts = [sum(code & _HASH in _negations() for code in text) for text in edits[0]]
    return counts[0] % 2 != counts[1] % 2


# ------------------------------------------------------------------------------------------------- the lists, as codes


@cache
def _entries() -> dict[int, list[tuple[Stretch, int]]]:
    """Return by its first code each word of the groups, whole, with the number of its group."""
    lines = (opposites.ENGLISH + opposites.CHINESE).splitlines()
    entries = [(word, group) for group, line in enumerate(lines) for word in line.split()]
    every = words([word for word, _ in entries])
    found: dict[int, list[tuple[Stretch, int]]] = {}
    for codes, (_, group) in zip(np.split(every.codes & HASH, every.ends[:-1]), entries, strict=True):
        found.setdefault(int(codes[0]), []).append((tuple(codes.tolist()), group))
    return found


@cache
def _common() -> frozenset[int]:
    return frozenset(_codes(opposites.NO_NAMES))


@cache
def _numerals() -> frozenset[int]:
    return frozenset(_codes(opposites.NUMERALS))


@cache
def _negations() -> frozenset[int]:
    return frozenset(_codes(opposites.NEGATIONS))


def _codes(text: str) -> Stretch:
    return tuple(code & _HASH for code in words([text]).codes.tolist())
