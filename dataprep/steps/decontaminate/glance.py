"""A glance at many texts at a time, which tells nearly all of them clean; only the others are
searched.

It is for texts in ASCII and the dashes and quotes that go with it; where no item has Chinese or
Japanese, for texts in these, too. Words are numbers here, four in a row are one, and terms are
looked up by the thousand; what it passes over has nothing that `Index.near` would find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from dataprep.steps.decontaminate.anchors import GRAM
from dataprep.steps.decontaminate.index import Index, Near
from dataprep.steps.decontaminate.likeness import SPOKEN, may_ask
from dataprep.steps.decontaminate.terms import TERMS
from dataprep.steps.decontaminate.words import holds_characters, is_plain, plain, quick
from dataprep.text.scripts import UNSPACED
from dataprep.text.similarity.words import LETTERS, Codes, Numbers, distinct, letters_of, mix

_PUNCTUATION = r"\u2000-\u206f\u3000-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_BEYOND = re.compile(rf"[^\x00-\x7f{_PUNCTUATION}{UNSPACED}]")
"""What is none of ASCII, the characters of scripts without spaces, and the punctuation of both."""
_SIGNS = " abcdefghijklmnopqrstuvwxyz0123456789"
_NUMBERS = bytes(
    max(_SIGNS.find(chr(code).lower()), 0) if code < 0x80 else 0 for code in range(256)
)
"""The number of each letter and digit, 0 of what parts words."""
_FACTORS = mix(np.arange(1, GRAM + 1, dtype=np.uint64)) | np.uint64(1)
_SLOTS = 17  # bits of the table in which most words are found at once
_HASHED = 21  # bits of the table that tells whether four words in a row may be an anchor
_HIGH, _LOW = np.uint64(32), np.uint64((1 << 32) - 1)
"""A key has the number of a text in its high half, and that of a term or of an item of it in the
low one.
"""
ROUNDING = 1e-6
"""What sums of weights may differ by, put together in another order."""
RECENT = 5_000
"""Words that are looked up one by one, until they are sorted among the others."""
MOST = 1_000_000
"""Words that are remembered."""


class AsciiWords:
    """The words of texts one after the other: a code for each, its text, and where it stands."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.data = b"\0" + b"\0".join(texts) + bytes(LETTERS)
        letters = np.frombuffer(self.data, np.uint8).astype(np.uint16)
        inside = letters != 0
        edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
        self.starts, self.stops = edges[::2], edges[1::2]
        self.codes = _codes(letters, self.starts, self.stops)
        ends = np.cumsum([len(text) + 1 for text in texts])
        self.texts = np.repeat(
            np.arange(len(texts)), np.diff(np.searchsorted(self.starts, ends), prepend=0)
        )

    def __getitem__(self, number: int) -> str:
        return "".join(map(_SIGNS.__getitem__, self.data[self.starts[number] : self.stops[number]]))


def _codes(letters: NDArray[np.uint16], starts: Numbers, stops: Numbers) -> Codes:
    """Return a code for each word: its letters, and of a longer one a hash of both its ends and its
    length.
    """
    sizes = stops - starts
    found = letters_of(letters, starts, sizes)
    long = np.flatnonzero(sizes > LETTERS)
    if long.size:
        behind = letters_of(letters, stops[long] - LETTERS, sizes[long])
        found[long] = mix(
            mix(mix(found[long]) + behind) + sizes[long].astype(np.uint64)
        ) | np.uint64(1 << 63)
    return found


def _gram(*words: Codes) -> Codes:
    """Return a hash of the four words that stand at each place."""
    found = np.zeros(len(words[0]), np.uint64)
    for codes, factor in zip(words, _FACTORS, strict=True):
        found += codes * factor
    return found


class Glance:
    """What leads to the items, as numbers, and the glance for it."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.anchors = _hashes(index.anchors.places)
        self.table = np.zeros(1 << _HASHED, np.bool_)
        self.table[self.anchors >> np.uint64(64 - _HASHED)] = True
        self.terms = list(dict.fromkeys(chain.from_iterable(unit.terms for unit in index.units)))
        self.numbers = {term: number for number, term in enumerate(self.terms)}
        self.seeds = _Lists(
            np.frombuffer(index.seeds.units.get(term, b""), np.int32) for term in self.terms
        )
        self.asked = _Lists([self.numbers[term] for term in weights] for weights in index.weights)
        self.weights = np.array(
            list(chain.from_iterable(weights.values() for weights in index.weights))
        )
        self.least = np.array(index.least) - ROUNDING
        words = {*self.terms, *chain.from_iterable(index.anchors.places)}
        self.has_characters = any(map(holds_characters, words))
        self._forget()

    def _forget(self) -> None:
        self.codes, self.term_of = np.empty(0, np.uint64), np.empty(0, np.int64)
        self.slot_codes, self.slot_terms = (
            np.zeros(1 << _SLOTS, np.uint64),
            np.zeros(1 << _SLOTS, np.int64),
        )
        self.recent: dict[int, int] = {}

    def takes(self, text: str) -> bool:
        """Tell whether a text is plain, or but for characters that no item has."""
        return is_plain(text) or not (self.has_characters or _BEYOND.search(text))

    def near(self, texts: Sequence[str]) -> dict[int, Near]:
        """Return what `Index.near` finds in these texts, all of which it takes, by the number of
        the text.
        """
        if not texts:
            return {}
        words = AsciiWords([plain(text).translate(_NUMBERS, b"'") for text in texts])
        found = {number: Near([], items) for number, items in self._reworded(words)}
        for number, places in self._with_anchors(words):
            its, anchors = quick(texts[number]), self.index.anchors
            if (
                verbatim := anchors.at(its, places)
                if is_plain(texts[number])
                else anchors.near(its)
            ):
                found[number] = Near(verbatim, found[number].reworded if number in found else [])
        return found

    def _with_anchors(self, words: AsciiWords) -> Iterator[tuple[int, list[int]]]:
        """Yield the texts that have anchors, each with the places of these among its words."""
        if len(words.codes) < GRAM:
            return
        grams = _gram(
            *(words.codes[place : len(words.codes) - GRAM + 1 + place] for place in range(GRAM))
        )
        at = np.flatnonzero(self.table[grams >> np.uint64(64 - _HASHED)])
        at = at[words.texts[at] == words.texts[at + GRAM - 1]]
        at = at[_places(self.anchors, grams[at]) >= 0]
        texts = words.texts[at]
        places = zip(
            texts.tolist(), (at - np.searchsorted(words.texts, texts)).tolist(), strict=True
        )
        for text, its in groupby(places, itemgetter(0)):
            yield text, [place for _, place in its]

    def _reworded(self, words: AsciiWords) -> Iterator[tuple[int, list[int]]]:
        """Yield the texts that may have items in other words, and these items."""
        terms = self._terms_of(words)
        known = np.flatnonzero(terms >= 0)
        held = distinct(_keys(words.texts[known], terms[known]))
        likely = self._likely(held)
        texts = np.array([*likely], np.uint64)
        starts, ends = (
            np.searchsorted(held, its << _HIGH).tolist() for its in (texts, texts + np.uint64(1))
        )
        for (text, items), start, end in zip(likely.items(), starts, ends, strict=True):
            its = {self.terms[number] for number in (held[start:end] & _LOW).tolist()}
            if asked := [item for item in items if may_ask(self.index.units[item], its)]:
                yield text, asked

    def _likely(self, held: Codes) -> dict[int, list[int]]:
        """Return by text the items of which it has seeds and terms enough; `held` has its terms."""
        places, owners = self.seeds.of(held & _LOW)
        seeded = np.sort(_keys(held[owners] >> _HIGH, self.seeds.values[places]))
        twice = distinct(seeded[1:][seeded[1:] == seeded[:-1]])
        places, owners = self.asked.of(twice & _LOW)
        there = _places(held, _keys(twice[owners] >> _HIGH, self.asked.values[places])) >= 0
        counts = np.bincount(owners[there], minlength=len(twice))
        shared = np.bincount(owners[there], self.weights[places[there]], minlength=len(twice))
        enough = (counts >= SPOKEN) & (shared >= self.least[(twice & _LOW).astype(np.int64)])
        found: dict[int, list[int]] = {}
        for key in twice[enough].tolist():
            found.setdefault(key >> 32, []).append(key & 0xFFFFFFFF)
        return found

    def _terms_of(self, words: AsciiWords) -> Numbers:
        """Return the number of each word's term, -1 where no question has it."""
        slots = _slots(words.codes)
        found = self.slot_terms[slots]
        others = np.flatnonzero(self.slot_codes[slots] != words.codes)
        known = _places(self.codes, words.codes[others])
        found[others] = self.term_of[known] if len(self.codes) else known
        new = others[known < 0]
        codes = words.codes[new].tolist()
        for number, code in zip(new.tolist(), codes, strict=True):
            if code not in self.recent:
                self.recent[code] = self.numbers.get(TERMS[words[number]], -1)
        found[new] = [self.recent[code] for code in codes]
        if len(self.recent) > RECENT:
            self._sort_in()
        return found

    def _sort_in(self) -> None:
        if len(self.codes) > MOST:
            self._forget()
            return
        codes = np.concatenate((self.codes, np.array([*self.recent], np.uint64)))
        terms = np.concatenate((self.term_of, np.array([*self.recent.values()], np.int64)))
        order = np.argsort(codes)
        self.codes, self.term_of = codes[order], terms[order]
        slots = _slots(self.codes)
        self.slot_codes[slots], self.slot_terms[slots] = self.codes, self.term_of
        self.recent = {}


def _slots(codes: Codes) -> Codes:
    """Return where in a table a word is looked for first."""
    found: Codes = (codes * _FACTORS[0]) >> np.uint64(64 - _SLOTS)
    return found


class _Lists:
    """Lists of numbers, one after the other."""

    def __init__(self, lists: Iterable[Sequence[int] | NDArray[np.int32]]) -> None:
        arrays = [np.asarray(one, np.int64) for one in lists]
        self.sizes = np.array([len(one) for one in arrays], np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.values = np.concatenate([np.empty(0, np.int64), *arrays])

    def of(self, numbers: Codes) -> tuple[Numbers, Numbers]:
        """Return the places of the values of these lists, and for each in which of the lists
        it is.
        """
        numbers = numbers.astype(np.int64)
        sizes = self.sizes[numbers]
        owners = np.repeat(np.arange(len(numbers)), sizes)
        return np.repeat(self.starts[numbers] - np.cumsum(sizes) + sizes, sizes) + np.arange(
            len(owners)
        ), owners


def _hashes(anchors: Iterable[Sequence[str]]) -> Codes:
    """Return the hashes of those of the anchors that plain texts can have, sorted."""
    plain_ones = [anchor for anchor in anchors if all(word.isascii() for word in anchor)]
    words = list(chain.from_iterable(plain_ones))
    known = {word: number for number, word in enumerate(dict.fromkeys(words))}
    codes = AsciiWords([word.encode().translate(_NUMBERS) for word in known]).codes
    each = codes[np.array([known[word] for word in words], np.int64)].reshape(-1, GRAM)
    return distinct(_gram(*each.T))


def _keys(texts: Numbers | Codes, others: Numbers) -> Codes:
    """Return a text and a term or an item of it as one number."""
    return texts.astype(np.uint64) << _HIGH | others.astype(np.uint64)


def _places(known: Codes, values: Codes) -> Numbers:
    """Return where these values stand among the known ones, which are sorted; -1 where they
    do not.
    """
    if not len(known):
        return np.full(len(values), -1)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[at] == values, at, -1)
