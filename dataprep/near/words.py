"""Texts as the words that are compared: a number for each, many texts at a time.

A word is a run of letters and digits, case and width folded; in scripts that are written without spaces each character
is one, and so is each sign (`+`, `°`, `€`, and ` - `). Punctuation and space are nothing. Digits keep their point and
their minus (`3.14`, `-5`) and lose the commas of thousands; initials lose their points (`U.S.`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Points = NDArray[np.unsignedinteger[Any]]
"""Code points, in as few bytes each as the widest needs."""

NUMBER, NAME, CAPITAL = np.uint64(1 << 63), np.uint64(1 << 62), np.uint64(1 << 61)
"""What a word's code says beside which word it is: a digit in it, a capital in mid-sentence, one after a sentence."""
WORD = np.uint64((1 << 61) - 1)
"""The rest of a code says which word it is, by its letters, its one character, or a hash."""
SPELLED, SINGLE = np.uint64(1 << 60), np.uint64(1 << 59)
LETTERS = 10
"""A word of so many of the letters below, at most, is known by them, 6 bits each; any other of several by a hash."""
_ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789.-"

_SPACE, _STOP, _JOIN, _LETTER, _DIGIT, _SINGLE, _UNKNOWN = 0, 1, 2, 3, 4, 5, 255
_STOPS = frozenset(".!?:;。！？：；\n\r\"'“”‘’「」『』《》()[]（）*#-—•")
_UNSPACED = re.compile(r"CJK|IDEOGRAPHIC|HIRAGANA|KATAKANA|BOPOMOFO|THAI|LAO|KHMER|MYANMAR")
_kinds = np.full(0x110000, _UNKNOWN, np.uint8)
_plain: Points = np.arange(0x110000, dtype=np.uint32)  # of usual width
_folded = np.arange(0x110000, dtype=np.uint32)  # and in lower case

_LETTER_OF = np.full(129, 63, np.uint8)  # the last is that of all others
_LETTER_OF[[ord(letter) for letter in _ALPHABET]] = range(len(_ALPHABET))
_FIRST_BITS = np.uint64(sum(1 << 6 * place for place in range(LETTERS)))
_FIRST_UNSPACED = 0x0E00  # Thai

_BASE = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, odd
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of SplitMix64 (Steele et al. 2014)


class Words(NamedTuple):
    """The codes of the words of many texts one after the other, and where each text ends among them."""

    codes: Codes
    ends: Numbers


def words(texts: Sequence[str]) -> Words:
    """Return the words of texts."""
    points = _points(texts)
    kinds = _kinds_of(points)
    inside = (kinds == _LETTER) | (kinds == _DIGIT)
    single = kinds == _SINGLE
    starts = np.flatnonzero(single | (inside & ~_before(inside)))
    stops = np.flatnonzero(single | (inside & ~_after(inside))) + 1
    ends = np.searchsorted(starts, np.flatnonzero(points == 0))
    if not len(starts):
        return Words(np.empty(0, np.uint64), ends)
    folded = _folded[points]
    several = np.flatnonzero(~single[starts])
    codes = folded[starts] | SINGLE
    codes[several] = _spelled(folded, starts[several], stops[several])
    codes |= np.where(np.maximum.reduceat(kinds * inside, starts) == _DIGIT, NUMBER, np.uint64(0))
    codes |= _capitals(points, kinds, starts)
    return Words(codes, ends)


def code(word: str) -> int:
    """Return which word one is, as a number."""
    return int(words([word]).codes[0] & WORD)


def spelling(code: int) -> str:
    """Return the letters of a word that is known by them, "" of any other."""
    if not code & int(SPELLED):
        return ""
    return "".join(_ALPHABET[code >> 6 * place & 63] for place in range(LETTERS)).rstrip()


def is_unspaced(code: int) -> bool:
    """Tell whether a word is a character of a script without spaces."""
    return bool(code & int(SINGLE)) and (code & 0x1FFFFF) >= _FIRST_UNSPACED


def distinct(values: Codes) -> Codes:
    """Return the values sorted and each once; a sort is many times faster than the hash table of `numpy.unique`."""
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))] if len(values) else values


def mix(values: Codes) -> Codes:
    """Return the values scattered over all 64 bits, by the finaliser of SplitMix64."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


def _points(texts: Sequence[str]) -> Points:
    """Return the code points of the texts, each ended by 0, without the commas of thousands."""
    text = "\0".join(texts) + "\0"
    if text.count("\0") != len(texts):
        text = "\0".join(text.replace("\0", " ") for text in texts) + "\0"
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = _INITIALS.sub("", _THOUSANDS.sub("", text))
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    pairs = text.encode("utf-16-le", "surrogatepass")
    if len(pairs) == 2 * len(text):
        return np.frombuffer(pairs, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_INITIALS = re.compile(r"\.(?<=\b[A-Za-z]\.)(?=[A-Za-z]\b)")


def _kinds_of(points: Points) -> NDArray[np.uint8]:
    """Return the kind of each code point, that of a point or a minus by its neighbours."""
    kinds = _kinds[points]
    if (unknown := kinds == _UNKNOWN).any():
        for point in np.unique(points[unknown]).tolist():
            plain = unicodedata.normalize("NFKC", chr(point))
            if len(plain) > 1 or unicodedata.category(chr(point)) == "No":  # ² is another word than 2
                plain = chr(point)
            _kinds[point], _plain[point], _folded[point] = _kind(plain), ord(plain), ord(plain.lower()[0])
        kinds = _kinds[points]
    joins = np.flatnonzero(kinds == _JOIN)
    if joins.size:
        digit = kinds == _DIGIT
        ahead = np.minimum(joins + 1, len(points) - 1)
        before, after = digit[joins - 1] & (joins > 0), digit[ahead]
        bare = ~((kinds == _LETTER) | digit)[joins - 1] | (joins == 0)
        apart = (points[joins - 1] == ord(" ")) & (points[ahead] == ord(" "))
        minus = points[joins] == ord("-")
        kinds[joins] = np.where(after & np.where(minus, bare, before), _DIGIT, np.where(minus & apart, _SINGLE, _STOP))
    return kinds


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if category[0] in "LM":
        return _SINGLE if _UNSPACED.match(unicodedata.name(character, "")) else _LETTER
    if category[0] == "N":
        return _DIGIT if category == "Nd" else _SINGLE
    if character in ".-":
        return _JOIN
    if category in ("Sm", "Sc", "So", "Sk"):
        return _SINGLE
    return _STOP if character in _STOPS else _SPACE


def _capitals(points: Points, kinds: NDArray[np.uint8], starts: Numbers) -> Codes:
    """Return for each word what its capital says: a name, perhaps one, for it begins a sentence, or nothing.

    In a text without spaces every capital is a name; at the beginning of a text none says anything.
    """
    found = np.zeros(len(starts), np.uint64)
    capital = _plain[points[starts]] != _folded[points[starts]]
    places = starts[capital]
    near, far = kinds[places - 1], kinds[places - 2]
    opens = (places < 2) | (points[places - 1] == 0) | (points[places - 2] == 0)
    among = (near == _SINGLE) | (far == _SINGLE)
    inside = (near == _SPACE) & (far != _STOP)
    after = np.isin(points[places - 1], _ENDS) | np.isin(points[places - 2], _ENDS)
    found[capital] = np.select([opens, among | inside, after], [np.uint64(0), NAME, CAPITAL], np.uint64(0))
    return found


_ENDS = [ord(sign) for sign in ".!?。！？"]


def _spelled(points: Points, starts: Numbers, stops: Numbers) -> Codes:
    """Return for each stretch of code points its letters where it is a short word of them, else a hash.

    The letters from each place on are joined two by two, and taken where a word starts.
    """
    letters = np.append(_LETTER_OF[np.minimum(points, len(_LETTER_OF) - 1)], np.zeros(LETTERS, np.uint8))
    two = letters[:-1] | (letters[1:].astype(np.uint16) << 6)
    four = two[:-2] | (two[2:].astype(np.uint32) << 12)
    found = four[starts].astype(np.uint64)
    found |= four[starts + 4].astype(np.uint64) << np.uint64(24)
    found |= two[starts + 8].astype(np.uint64) << np.uint64(48)
    sizes = stops - starts
    found &= (np.uint64(1) << (np.uint64(6) * np.minimum(sizes, LETTERS).astype(np.uint64))) - np.uint64(1)
    others = np.flatnonzero((sizes > LETTERS) | _has_strange(found))
    found |= SPELLED
    found[others] = _hashes(points, starts[others], stops[others])
    return found


def _has_strange(letters: Codes) -> NDArray[np.bool_]:
    """Tell whether a letter is one of no alphabet here, whose six bits are all set."""
    for shift in (1, 2, 2):
        letters = letters & (letters >> np.uint64(shift))
    found: NDArray[np.bool_] = (letters & _FIRST_BITS) != 0
    return found


def _hashes(points: Points, starts: Numbers, stops: Numbers) -> Codes:
    """Return a hash of each of these stretches of code points: a polynomial, scattered (Karp, Rabin 1987)."""
    sizes = stops - starts
    if not len(sizes):
        return np.empty(0, np.uint64)
    first = np.cumsum(sizes) - sizes
    place = np.arange(sizes.sum()) - np.repeat(first, sizes)
    powers = _powers(1 << int(sizes.max()).bit_length())
    terms = (points[np.repeat(starts, sizes) + place] + np.uint64(1)) * powers[place]
    return mix(np.add.reduceat(terms, first)) & (SINGLE - np.uint64(1))


@cache
def _powers(count: int) -> Codes:
    """Return so many powers of the base modulo 2**64, from 0 on."""
    factors = np.full(count, _BASE, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


def _before(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate(([False], flags[:-1]))


def _after(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.concatenate((flags[1:], [False]))
