"""Decide whether two nearly equal examples mean different things: another number, name or opposite.

"Sort in ascending order" and "Sort in descending order" share nearly all words, but are two tasks.
So the edits between two similar texts are examined. A *swap* replaces a number by a number, a name
by a name, or a word by another of its group in `lists/opposites_*.txt`; any other edit is a slip, a
synonym or a rewording. Two texts mean different things if most edits are swaps, or if the only edit
adds or removes a negation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple, cast

import numpy as np
from rapidfuzz.distance import Levenshtein

from dataprep.text.similarity.words import (
    CAPITAL,
    NAME,
    NUMBER,
    WORD,
    Codes,
    Numbers,
    is_unspaced,
    mix,
    spelling,
    words,
)
from dataprep.text.word_lists import read_list

LONGEST = 12
"""Most words of a swap; longer edits are rewordings."""
AROUND = 3
"""Words next to an edit that may form a word of a group with it."""
SHORTEST = 4
"""Least letters of a word for a missing letter to be a slip; shorter words become another word."""
REWRITTEN = 6
"""Words on both sides of an edit that make it another sentence."""
_FIRST_SIGN, _SIGN_BITS = 0x10000, np.uint64(64 - 20)
"""The signs are the 2**20 characters above the first 65,536."""
_WORD, _NUMBER, _NAME, _CAPITAL = int(WORD), int(NUMBER), int(NAME), int(CAPITAL)
Word = tuple[int, ...]


class CodedText(NamedTuple):
    """The codes of an example, and a character per word, to compare strings.

    Two different words share a character with a chance of one in a million, which hides their
    difference.
    """

    codes: Codes
    signs: str

    def codes_at(self, place: slice) -> list[int]:
        """Return the codes of a slice."""
        found: list[int] = self.codes[place].tolist()
        return found

    def words(self, place: slice) -> list[int]:
        """Return the words of a slice."""
        return [code & _WORD for code in self.codes_at(place)]

    def count(self, word: int) -> int:
        """Return how often a word occurs."""
        return int(np.count_nonzero(self.codes & WORD == word))

    def names(self, word: int) -> bool:
        """Return whether a word occurs as a name."""
        return bool(np.any(self.codes & (WORD | NAME) == word | _NAME))


class Edit(NamedTuple):
    """A place where two texts differ: its slice in each, and the words shared within.

    `before` and `after` are the codes there.
    """

    first: slice
    second: slice
    shared: int
    before: list[int]
    after: list[int]


def texts(codes: Codes, sizes: Numbers) -> list[CodedText]:
    """Return the examples whose codes are concatenated, with these sizes."""
    points = (mix(codes & WORD) >> _SIGN_BITS).astype(np.uint32) + np.uint32(_FIRST_SIGN)
    signs = points.tobytes().decode("utf-32-le" if sys.byteorder == "little" else "utf-32-be")
    ends = np.cumsum(sizes).tolist()
    return [
        CodedText(codes[start:end], signs[start:end])
        for start, end in zip([0, *ends], ends, strict=False)
    ]


def differs(first: CodedText, second: CodedText) -> bool:
    """Return whether two texts, made together, mean different things."""
    edits = _edits(first, second)
    for edit in edits:
        least = REWRITTEN + edit.shared
        if len(edit.before) >= least and len(edit.after) >= least:
            return True  # another sentence
    if len(edits) == 1 and _is_turned(edits[0]) and not _is_slip(edits[0], first, second):
        return True
    if len(edits) == 2 and any(_is_other_number(edit, first) for edit in edits):
        return True
    swaps = (_is_swap(edit, first, second) and not _is_slip(edit, first, second) for edit in edits)
    return _are_most(swaps, len(edits))


def _is_other_number(edit: Edit, first: CodedText) -> bool:
    """Return whether one number in digits replaces another among words, which is no typing slip."""
    if not (len(edit.before) == len(edit.after) == 1 and edit.before[0] & edit.after[0] & _NUMBER):
        return False
    return not any(map(is_unspaced, first.words(slice(edit.first.start - 1, edit.first.stop + 1))))


def _are_most(found: Iterable[bool], count: int) -> bool:
    """Return whether more than half of `count` values are true, reading no more than needed."""
    true = false = 0
    for one in found:
        true, false = true + one, false + (not one)
        if 2 * true > count or 2 * false >= count:
            return 2 * true > count
    return False


def _edits(first: CodedText, second: CodedText) -> list[Edit]:
    """Return the places where two texts differ; a single shared word does not separate two of
    them.
    """
    return [
        Edit(here, there, shared, first.codes_at(here), second.codes_at(there))
        for here, there, shared in _places(first.signs, second.signs)
    ]


def _places(first: str, second: str) -> Iterator[tuple[slice, slice, int]]:
    begin = stop = beside = after = shared = 0
    for kind, here, there in cast(
        list[tuple[str, int, int]], Levenshtein.editops(first, second).as_list()
    ):
        if stop + after and here - stop <= 1:
            shared += here - stop
        else:
            if stop + after:
                yield slice(begin, stop), slice(beside, after), shared
            begin, beside, shared = here, there, 0
        stop, after = here + (kind != "insert"), there + (kind != "delete")
    if stop + after:
        yield slice(begin, stop), slice(beside, after), shared


def _is_slip(edit: Edit, first: CodedText, second: CodedText) -> bool:
    """Return whether a word is doubled or lacks a letter."""
    if not edit.before or not edit.after:
        return _is_doubled(edit.first, first) if edit.before else _is_doubled(edit.second, second)
    shorter, longer = sorted((_spelt(edit.before), _spelt(edit.after)), key=len)
    if not shorter or not _lacks_a_letter(shorter, longer):
        return False
    around = first.words(slice(max(edit.first.start - 1, 0), edit.first.stop + 1))
    if len(shorter) < SHORTEST and not any(map(is_unspaced, around)):
        return False
    are_numbers = shorter.isdigit() and longer.isdigit()
    return not are_numbers or (longer != f"{shorter}0" and any(map(is_unspaced, around)))


def _spelt(stretch: list[int]) -> str:
    return (
        spelling(stretch[0] & _WORD)
        if len(stretch) == 1
        else "".join([spelling(code & _WORD) for code in stretch])
    )


def _lacks_a_letter(shorter: str, longer: str) -> bool:
    """Return whether two strings are equal or differ by one missing letter."""
    if len(longer) - len(shorter) != 1:
        return shorter == longer
    return any(
        longer[:at] + longer[at + 1 :] == shorter
        for at, letter in enumerate(longer)
        if letter != "-"
    )


def _is_doubled(place: slice, text: CodedText) -> bool:
    stretch, size = text.signs[place], place.stop - place.start
    before = text.signs[max(place.start - size, 0) : place.start]
    return stretch in (before, text.signs[place.stop : place.stop + size])


def _is_turned(edit: Edit) -> bool:
    """Return whether a negation is on one side only: added, removed, or in the same verb (do,
    don't).
    """
    shorter, longer = sorted(
        ([code & _WORD for code in its] for its in (edit.before, edit.after)), key=len
    )
    counts = [sum(code in _negations() for code in stretch) for stretch in (shorter, longer)]
    if counts[0] % 2 == counts[1] % 2:
        return False
    if shorter:
        return f"{spelling(shorter[0])}n" == spelling(longer[0])
    return spelling(longer[0]) not in _VERBS


def _is_swap(edit: Edit, first: CodedText, second: CodedText) -> bool:
    """Return whether one slice replaces another of the same kind with another meaning."""
    before, after = edit.before, edit.after
    if len(before) > LONGEST or len(after) > LONGEST:
        return False
    opens = not first.codes[max(edit.first.start - 1, 0)]
    if not opens and not (_may_tell(before) and _may_tell(after)):
        return False
    if before and after:
        both = first, second
        if _other(_numbers(before), _numbers(after)):
            return True
        if _other(_names(before, both, opens), _names(after, both, opens)):
            return True
    return _are_people(before, after) or _are_opposite(edit, first, second)


def _may_tell(stretch: list[int]) -> bool:
    """Return whether a slice could be one side of a swap; an empty slice could."""
    return not stretch or max(stretch) >= _CAPITAL or not _telling().isdisjoint(stretch)


def _other(one: list[int], other: list[int]) -> bool:
    """Return whether both sides differ, or have another order (Rome to Milan, Milan to Rome)."""
    return bool(one and other) and (
        set(one).isdisjoint(other) or (one != other and sorted(one) == sorted(other))
    )


def _numbers(stretch: list[int]) -> list[int]:
    """Return the numbers of a slice, in digits or letters."""
    values = _numerals()
    return [
        values.get(code & _WORD, code & _WORD)
        for code in stretch
        if code & _NUMBER or code & _WORD in values
    ]


def _names(stretch: list[int], both: tuple[CodedText, CodedText], opens: bool) -> list[int]:
    """Return the names of a slice.

    A capital after a sentence marks a name if the word never occurs without it; at the start of a
    text, if it is a name elsewhere.
    """
    names = {code & _WORD for code in stretch if code & _NAME}
    for word in (code & _WORD for code in stretch if code & _CAPITAL):
        if sum(text.count(word) for text in both) == 1 or _is_named(word, both):
            names.add(word)
    if opens and _is_named(stretch[0] & _WORD, both):
        names.add(stretch[0] & _WORD)
    names -= _common()
    return [code & _WORD for code in stretch if code & _WORD in names] if names else []


def _is_named(word: int, both: tuple[CodedText, CodedText]) -> bool:
    return any(text.names(word) for text in both)


def _are_people(one: list[int], other: list[int]) -> bool:
    """Return whether both are Chinese names of a person: a surname or 小, 阿, 老, and one or two
    characters.
    """
    firsts = _firsts()
    return (
        all(2 <= len(text) <= 3 and text[0] & _WORD in firsts for text in (one, other))
        and one[0] & _WORD != other[0] & _WORD
    )


def _are_opposite(edit: Edit, first: CodedText, second: CodedText) -> bool:
    """Return whether both sides have words of one group that differ in kind or order.

    If one side is empty, its word must be part of the other's (斤 of 公斤).
    """
    if not (here := _groups_at(edit.first, first)):
        return False
    there = _groups_at(edit.second, second)
    are_others = _are_others if edit.before and edit.after else _are_nested
    return any(are_others(here[group], there[group]) for group in here.keys() & there.keys())


def _are_others(one: list[Word], other: list[Word]) -> bool:
    return not {*one} & {*other} or (one != other and sorted(one) == sorted(other))


def _are_nested(one: list[Word], other: list[Word]) -> bool:
    words_ = ((a, b) if len(a) < len(b) else (b, a) for a in one for b in other if a != b)
    return any(
        shorter in (longer[: len(shorter)], longer[-len(shorter) :]) for shorter, longer in words_
    )


def _groups_at(place: slice, text: CodedText) -> dict[int, list[Word]]:
    """Return the longest words of each group that touch a place."""
    found: dict[int, list[Word]] = {}
    first = max(place.start - AROUND, 0)
    after = place.stop + (
        place.start == place.stop
    )  # what follows touches a place where nothing stands
    near = text.words(slice(first, after + _longest()))
    entries = _entries()
    for start, code in enumerate(near[: after - first]):
        for spelt, word, group in entries.get(code, ()):
            stop = start + len(spelt)
            if stop > place.start - first and tuple(near[start:stop]) == spelt:
                known = found.get(group, [])
                longest = max(len(word), *map(len, known)) if known else len(word)
                found[group] = [one for one in (*known, word) if len(one) == longest]
    return found


# ------------------------------------------------------------------------------ the lists, as codes


def make_ready() -> None:
    """Read the lists now instead of on first use."""
    for read in (_longest, _telling, _common, _negations):
        read()


_VERBS = frozenset({"isn", "aren", "wasn", "weren", "hasn", "haven", "hadn"})
"""Verbs that may lose a negation without leaving a sentence; others leave a verb: I don't know."""


@cache
def _entries() -> dict[int, list[tuple[Word, Word, int]]]:
    """Return the words of the groups by their first code: as spelled, as listed, and their group.

    Chinese words may be spelled in traditional characters too.
    """
    lines = _list("opposites_en") + _list("opposites_zh")
    simple = [(word, group) for group, line in enumerate(lines) for word in line.split()]
    table = str.maketrans({pair[0]: pair[1] for pair in _list("traditional")})
    spelt = _each([word for word, _ in simple])
    traditional = _each([word.translate(table) for word, _ in simple])
    found: dict[int, list[tuple[Word, Word, int]]] = {}
    for word, other, (_, group) in zip(spelt, traditional, simple, strict=True):
        for one in {word, other}:
            found.setdefault(one[0], []).append((one, word, group))
    return found


def _each(every: Sequence[str]) -> list[Word]:
    """Return the codes of each word."""
    made = words([f" {word} " for word in every])
    return [tuple(codes.tolist()) for codes in np.split(made.codes & WORD, made.ends[:-1])]


@cache
def _longest() -> int:
    """Return the most codes of a word in the groups."""
    return max(len(word) for entries in _entries().values() for word, _, _ in entries)


@cache
def _telling() -> frozenset[int]:
    """Return all words and characters of the lists."""
    every = (code for entries in _entries().values() for word, _, _ in entries for code in word)
    return frozenset(every) | _numerals().keys() | _firsts()


@cache
def _common() -> frozenset[int]:
    return frozenset(_codes(" ".join(_list("no_names"))))


@cache
def _numerals() -> dict[int, int]:
    """Return the code of its digits for each number in letters."""
    lines = map(_codes, _list("numerals"))
    return {name: value for value, *names in lines for name in names}


@cache
def _negations() -> frozenset[int]:
    return frozenset(_codes(" ".join(_list("negations"))))


@cache
def _firsts() -> frozenset[int]:
    return frozenset(_codes(" ".join(_list("surnames"))))


def _list(name: str) -> list[str]:
    return read_list("dataprep.steps.dedupe", name)


def _codes(text: str) -> Word:
    return tuple(code & _WORD for code in words([f" {text} "]).codes.tolist())
