"""Tell whether two nearly equal examples say different things: another number, name or opposite at the same place.

"Sort in ascending order" and "Sort in descending order" share nearly all their words, and are two tasks. So of a pair
that is similar enough the places that differ are looked at. A *swap* is a number for a number, a name for a name, or a
word for one of its group in `opposites`; any other place is a slip, a synonym or an edit. Two texts mean different
things where swaps are the most of what differs, or where a negation, put in or left out, is all that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from dataprep.near import opposites
from dataprep.near.words import CAPITAL, NAME, NUMBER, WORD, is_unspaced, spelling, words

LONGEST = 12
"""Words of a stretch that is put for another; longer ones are rewritten, not varied."""
AROUND = 3
"""Words before and after a place that belong to it where they make a word of a group with what differs there."""
_WORD, _NUMBER, _NAME, _CAPITAL = int(WORD), int(NUMBER), int(NAME), int(CAPITAL)
Text = Sequence[int]
Word = tuple[int, ...]


SHORTEST = 4
"""Letters of a word of which one may be missing; in shorter ones it makes another word."""


REWRITTEN = 6
"""Words on both sides of a place from which on it is another sentence, not an edited one."""


class Edit(NamedTuple):
    """A place where two texts differ: from where to where in the one and the other, and how many words are in both."""

    first: slice
    second: slice
    shared: int = 0


def differs(first: Text, second: Text) -> bool:
    """Tell whether two sequences of codes mean different things by what stands in one and not in the other."""
    plain = [code & _WORD for code in first], [code & _WORD for code in second]
    edits = _edits(*plain)
    if any(map(_is_rewritten, edits)):
        return True
    if len(edits) == 1 and _is_turned(edits[0], *plain) and not _is_slip(edits[0], *plain):
        return True
    swaps = (_is_swap(edit, first, second, plain) and not _is_slip(edit, *plain) for edit in edits)
    return _are_most(swaps, len(edits))


def _are_most(found: Iterable[bool], count: int) -> bool:
    """Tell whether more than half of so many are true, looking at no more of them than it takes."""
    true = false = 0
    for one in found:
        true, false = true + one, false + (not one)
        if 2 * true > count or 2 * false >= count:
            return 2 * true > count
    return False


def _edits(first: Text, second: Text) -> list[Edit]:
    """Return the places where two texts differ; a single word that they share does not part two of them."""
    edits: list[Edit] = []
    here = there = 0
    for block in Levenshtein.editops(first, second).as_matching_blocks():
        if (block.a, block.b) != (here, there):
            gap = here - edits[-1].first.stop if edits else 2
            start = edits.pop() if gap <= 1 else Edit(slice(here, here), slice(there, there), -gap)
            places = slice(start.first.start, block.a), slice(start.second.start, block.b)
            edits.append(Edit(*places, start.shared + gap))
        here, there = block.a + block.size, block.b + block.size
    return edits


def _is_rewritten(edit: Edit) -> bool:
    """Tell whether so much stands for so much else that it is no edit."""
    size = min(edit.first.stop - edit.first.start, edit.second.stop - edit.second.start)
    return bool(size - edit.shared >= REWRITTEN)


def _is_slip(edit: Edit, first: Text, second: Text) -> bool:
    """Tell whether a word stands twice, or a letter of one is missing, for a finger slipped."""
    one, other = first[edit.first], second[edit.second]
    if not one or not other:
        return _is_doubled(edit.first, first) if one else _is_doubled(edit.second, second)
    around = first[max(edit.first.start - 1, 0) : edit.first.stop + 1]
    shorter, longer = sorted(("".join(map(spelling, text)) for text in (one, other)), key=len)
    if len(shorter) < SHORTEST and not any(map(is_unspaced, around)):
        return False
    if shorter.isdigit() and longer.isdigit() and (longer == f"{shorter}0" or not any(map(is_unspaced, around))):
        return False
    lacking = (longer[:at] + longer[at + 1 :] for at, letter in enumerate(longer) if letter != "-")
    return bool(shorter) and shorter in (longer, *lacking)


def _is_doubled(place: slice, text: Text) -> bool:
    stretch, size = text[place], place.stop - place.start
    before = text[max(place.start - size, 0) : place.start]
    return stretch in (before, text[place.stop : place.stop + size])


def _is_turned(edit: Edit, first: Text, second: Text) -> bool:
    """Tell whether a negation stands on one side only: put in, left out, or in a verb that is the same (do, don't)."""
    texts = sorted((first[edit.first], second[edit.second]), key=len)
    counts = [sum(code in _negations() for code in text) for text in texts]
    if counts[0] % 2 == counts[1] % 2:
        return False
    if texts[0]:
        return f"{spelling(texts[0][0])}n" == spelling(texts[1][0])
    return spelling(texts[1][0]) not in _VERBS


def _is_swap(edit: Edit, first: Text, second: Text, plain: tuple[Text, Text]) -> bool:
    """Tell whether one stretch is put for another of the same kind and another meaning."""
    before, after = first[edit.first], second[edit.second]
    if max(len(before), len(after)) > LONGEST or not (_may_tell(before) and _may_tell(after)):
        return False
    return (
        _other(_numbers(before), _numbers(after))
        or _other(_names(before, plain), _names(after, plain))
        or _are_people(plain[0][edit.first], plain[1][edit.second])
        or _are_opposite(edit, *plain)
    )


def _may_tell(text: Text) -> bool:
    """Tell whether anything in a stretch could be one side of a swap; nothing at all could, beside what follows it."""
    telling = _telling()
    return not text or any(code >= _CAPITAL or code in telling for code in text)


def _other(one: set[int], other: set[int]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _numbers(text: Text) -> set[int]:
    """Return the numbers of a stretch, in digits or letters."""
    values = _numerals()
    return {values.get(code & _WORD, code & _WORD) for code in text if code & _NUMBER or code & _WORD in values}


def _names(text: Text, plain: tuple[Text, Text]) -> set[int]:
    """Return the names of a stretch; a capital after a sentence makes one of a word that stands nowhere without."""
    sure = {code & _WORD for code in text if code & _NAME}
    perhaps = {code & _WORD for code in text if code & _CAPITAL}
    perhaps = {code for code in perhaps if sum(words.count(code) for words in plain) == 1}
    return (sure | perhaps) - _common()


def _are_people(one: Text, other: Text) -> bool:
    """Tell whether both are Chinese names of a person: a surname or 小, 阿, 老, and one or two characters."""
    firsts = _firsts()
    return all(2 <= len(text) <= 3 and text[0] in firsts for text in (one, other)) and one[0] != other[0]


def _are_opposite(edit: Edit, first: Text, second: Text) -> bool:
    """Tell whether words of one group stand on both sides, and others, or in another order.

    Where a side has nothing, its word must be what is left of the other's (斤 of 公斤).
    """
    here, there = _groups_at(edit.first, first), _groups_at(edit.second, second)
    are_others = _are_others if first[edit.first] and second[edit.second] else _are_nested
    return any(are_others(here[group], there[group]) for group in here.keys() & there.keys())


def _are_others(one: list[Word], other: list[Word]) -> bool:
    return not {*one} & {*other} or (one != other and sorted(one) == sorted(other))


def _are_nested(one: list[Word], other: list[Word]) -> bool:
    words_ = ((a, b) if len(a) < len(b) else (b, a) for a in one for b in other if a != b)
    return any(shorter in (longer[: len(shorter)], longer[-len(shorter) :]) for shorter, longer in words_)


def _groups_at(place: slice, text: Text) -> dict[int, list[Word]]:
    """Return by group the words of it, the longest, that touch a place."""
    found: dict[int, list[Word]] = {}
    after = place.stop + (place.start == place.stop)  # what follows touches a place where nothing stands
    for start in range(max(place.start - AROUND, 0), min(after, len(text))):
        for word, group in _entries().get(text[start], ()):
            stop = start + len(word)
            if stop > place.start and tuple(text[start:stop]) == word:
                known = found.get(group, [])
                longest = max(len(word), *map(len, known)) if known else len(word)
                found[group] = [one for one in (*known, word) if len(one) == longest]
    return found


# ------------------------------------------------------------------------------------------------- the lists, as codes


_VERBS = frozenset({"isn", "aren", "wasn", "weren", "hasn", "haven", "hadn"})
"""What is no sentence when it is left out; the others leave a verb: I don't know."""


@cache
def _entries() -> dict[int, list[tuple[Word, int]]]:
    """Return by its first code each word of the groups, whole, with the number of its group."""
    lines = (opposites.ENGLISH + opposites.CHINESE).splitlines()
    entries = [(word, group) for group, line in enumerate(lines) for word in line.split()]
    every = words([f" {word} " for word, _ in entries])
    found: dict[int, list[tuple[Word, int]]] = {}
    for codes, (_, group) in zip(np.split(every.codes & WORD, every.ends[:-1]), entries, strict=True):
        found.setdefault(int(codes[0]), []).append((tuple(codes.tolist()), group))
    return found


@cache
def _telling() -> frozenset[int]:
    """Return all words of the lists, and all characters of them."""
    every = (code for entries in _entries().values() for word, _ in entries for code in word)
    return frozenset(every) | _numerals().keys() | _firsts()


@cache
def _common() -> frozenset[int]:
    return frozenset(_codes(opposites.NO_NAMES))


@cache
def _numerals() -> dict[int, int]:
    """Return for each number in letters the code of its digits."""
    lines = map(_codes, opposites.NUMERALS.splitlines())
    return {name: value for value, *names in lines for name in names}


@cache
def _negations() -> frozenset[int]:
    return frozenset(_codes(opposites.NEGATIONS))


@cache
def _firsts() -> frozenset[int]:
    return frozenset(_codes(opposites.SURNAMES))


def _codes(text: str) -> Word:
    return tuple(code & _WORD for code in words([f" {text} "]).codes.tolist())
