"""Turn texts into the words that are compared: a number per word, many texts at a time.

A word is a run of letters and digits, with case and width folded; in scripts without spaces each
character is a word, and so is each sign (`+`, `°`, `€`, and ` - `). Punctuation and space are
dropped. Numbers keep their point and minus (`3.14`, `-5`) and lose thousands separators; initials
lose their points (`U.S.`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dataprep.text.scripts import UNSPACED

Codes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Array = TypeVar("Array", Codes, Numbers, NDArray[np.uint32])
Points = NDArray[np.unsignedinteger[Any]]
"""Code points, in as few bytes each as the widest needs."""
Looks = NDArray[np.uint16]

NUMBER, NAME, CAPITAL = np.uint64(1 << 63), np.uint64(1 << 62), np.uint64(1 << 61)
"""Flags of a code: the word has a digit, a capital in mid-sentence, or a capital after a sentence.
"""
BORDER = np.uint64(0)
WORD = np.uint64((1 << 61) - 1)
"""The bits of a code that identify the word: its letters, its one character, or a hash."""
SPELLED, SINGLE = np.uint64(1 << 60), np.uint64(1 << 59)
LETTERS = 10
"""Longest word that is spelled out in its code, 6 bits a letter; longer ones are hashed."""
_ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789.-"

_INSIDE, _DIGIT, _SINGLE, _JOIN, _STOP, _CAPITAL, _WORDY, _ODD, _COMMA, _BORDER = (
    1 << bit for bit in range(10)
)
r"""Bit flags for a code point: inside a word, a digit, a word of its own, joins digits, ends a
sentence, a capital, `\w`, may not be NFC, separates thousands, separates texts.
"""
_LETTER_BITS = 10  # below its number in the alphabet
_STRANGE = 63  # the number of a letter that is not in it
_UNSEEN = 0xFFFF
RARE = 256
"""Below one in `RARE` code points that may not be NFC, each is normalised on its own."""
_STOPS = frozenset(".!?:;。！？：；\n\r\"'“”‘’「」『』《》()[]（）*#-—•")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_looks = np.full(0x110000, _UNSEEN, np.uint16)
_looks[0] = _BORDER
_folded = np.arange(0x110000, dtype=np.uint32)  # of usual width, in lower case

_FIRST_BITS = np.uint64(sum(1 << 6 * place for place in range(LETTERS)))
_FIRST = np.array(
    [(1 << 6 * count) - 1 for count in range(LETTERS + 1)], np.uint64
)  # the bits of so many letters
_FIRST_UNSPACED = 0x0E00  # Thai

_BASE = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, odd
_MIX = (
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)  # of SplitMix64 (Steele et al. 2014)


class WordCodes(NamedTuple):
    """The concatenated codes of the words of many texts, and where each text ends."""

    codes: Codes
    ends: Numbers


def words(texts: Sequence[str]) -> WordCodes:
    """Return the words of texts."""
    codes = bordered("\0" + "".join([f"{bare(text)}\0" for text in texts]))[1:]
    border = codes == BORDER
    return WordCodes(codes[~border], np.flatnonzero(border) - np.arange(len(texts)))


def bordered(text: str) -> Codes:
    """Return the codes of the words of a text; each zero character is a border, also at both
    ends.
    """
    points, looks = _read(text)
    inside = (looks & _INSIDE).astype(np.bool_)
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    begins = (looks & (_SINGLE | _BORDER)).astype(np.bool_)
    begins[edges[::2]] = True
    starts = np.flatnonzero(begins)
    seen = looks.take(starts)
    codes = _folded.take(points.take(starts)) | SINGLE
    codes[seen == _BORDER] = BORDER
    codes[_where(seen, _INSIDE)] = _spelled(points, looks, edges[::2], edges[1::2])
    codes[np.searchsorted(starts, _where(looks, _DIGIT), "right") - 1] |= NUMBER
    capitals = _where(seen, _CAPITAL)
    codes[capitals] |= _capitals(points, looks, starts[capitals])
    return codes


def bare(text: str) -> str:
    """Return a text without zero characters, which separate texts."""
    return text.replace("\0", " ") if "\0" in text else text


def code(word: str) -> int:
    """Return the code of one word."""
    return int(words([word]).codes[0] & WORD)


@lru_cache(1 << 16)
def spelling(code: int) -> str:
    """Return the letters of a spelled word, "" for any other."""
    if not code & int(SPELLED):
        return ""
    return "".join(_ALPHABET[code >> 6 * place & 63] for place in range(LETTERS)).rstrip()


def is_unspaced(code: int) -> bool:
    """Return whether a word is a character of a script without spaces."""
    return bool(code & int(SINGLE)) and (code & 0x1FFFFF) >= _FIRST_UNSPACED


def distinct(values: Array) -> Array:
    """Return the sorted distinct values; a sort is many times faster than the hash table of
    `numpy.unique`.
    """
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))] if len(values) else values


def mix(values: Codes) -> Codes:
    """Return the values scattered over all 64 bits, by the finaliser of SplitMix64."""
    values = values ^ (values >> np.uint64(30))
    values *= _MIX[0]
    values ^= values >> np.uint64(27)
    values *= _MIX[1]
    values ^= values >> np.uint64(31)
    return values


def _read(text: str) -> tuple[Points, Looks]:
    """Return the code points of a text and their flags, without thousands separators and points of
    initials.
    """
    points = _points(text)
    looks = _looks_of(points)
    odd, commas, joins = _rare(looks)
    if (composed := _composed(text, odd)) != text:
        points = _points(composed)
        looks = _looks_of(points)
        odd, commas, joins = _rare(looks)
    needless = np.sort(np.concatenate((_thousands(looks, commas), _initials(points, looks, joins))))
    if needless.size:
        stay = np.ones(len(points), np.bool_)
        stay[needless] = False
        points, looks, joins = points[stay], looks[stay], joins[stay[joins]]
        joins -= np.searchsorted(needless, joins)
    _resolve_joins(points, looks, joins)
    return points, looks


def _rare(looks: Looks) -> list[Numbers]:
    """Return the positions that may not be NFC, those of commas, and those of points and
    minuses.
    """
    at = _where(looks, _ODD | _COMMA | _JOIN)
    flags = looks[at]
    return [at[flags & flag != 0] for flag in (_ODD, _COMMA, _JOIN)]


def _composed(text: str, odd: Numbers) -> str:
    """Return the NFC of a text; if candidates are rare, only they and their predecessors are
    normalised.
    """
    if len(odd) * RARE > len(text):
        return unicodedata.normalize("NFC", text)
    firsts, lasts = np.diff(odd, prepend=-2) != 1, np.diff(odd, append=len(text) + 1) != 1
    parts, done = [], 0
    for first, last in zip(odd[firsts].tolist(), odd[lasts].tolist(), strict=True):
        parts += [text[done : first - 1], unicodedata.normalize("NFC", text[first - 1 : last + 1])]
        done = last + 1
    return "".join([*parts, text[done:]])


def _where(looks: Looks, flag: int) -> Numbers:
    """Return where a flag is set; numpy finds true bytes many times faster than wider numbers."""
    return np.flatnonzero((looks & flag).astype(np.bool_))


def _points(text: str) -> Points:
    """Return the code points of a text."""
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    pairs = text.encode("utf-16-le", "surrogatepass")
    if len(pairs) == 2 * len(text):
        return np.frombuffer(pairs, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _looks_of(points: Points) -> Looks:
    """Return the flags of each code point."""
    looks = _looks.take(points)
    if (unseen := looks == _UNSEEN).any():
        for point in distinct(points[unseen]).tolist():
            _note(chr(point))
        looks = _looks.take(points)
    return looks


def _note(character: str) -> None:
    """Store the flags of a character."""
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) > 1 or unicodedata.category(character) == "No":  # ² is another word than 2
        plain = character
    folded = plain.lower()[0]
    may_not_be_nfc = (
        unicodedata.category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"
        or not unicodedata.is_normalized("NFC", character)
    )
    look = _kind(plain) | max(_ALPHABET.find(folded), 0) << _LETTER_BITS
    look |= _CAPITAL * (folded != plain) | _COMMA * (character == ",")
    look |= _WORDY * (character.isalnum() or character == "_") | _ODD * may_not_be_nfc
    if folded not in _ALPHABET:
        look |= _STRANGE << _LETTER_BITS
    _looks[ord(character)], _folded[ord(character)] = look, ord(folded)


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if category[0] in "LM":
        return _SINGLE if _UNSPACED.match(character) else _INSIDE
    if category[0] == "N":
        return _INSIDE | _DIGIT if category == "Nd" else _SINGLE
    if character in ".-":
        return _JOIN
    if category in ("Sm", "Sc", "So", "Sk"):
        return _SINGLE
    return _STOP if character in _STOPS else 0


def _thousands(looks: Looks, at: Numbers) -> Numbers:
    """Return the commas between a digit and exactly three digits."""
    at = at[_is_digit(looks, at - 1) & _is_digit(looks, at + 1)]
    return at[_is_digit(looks, at + 2) & _is_digit(looks, at + 3) & ~_is_digit(looks, at + 4)]


def _is_digit(looks: Looks, at: Numbers) -> NDArray[np.bool_]:
    return (looks.take(at, mode="clip") & _DIGIT).astype(np.bool_)


def _initials(points: Points, looks: Looks, at: Numbers) -> Numbers:
    """Return the points between two single English letters."""
    at = at[points[at] == ord(".")]
    at = at[_is_english(points[at - 1]) & _is_english(points.take(at + 1, mode="clip"))]
    beside = looks[at - 2] | looks.take(at + 2, mode="clip")
    found: Numbers = at[beside & _WORDY == 0]
    return found


def _is_english(points: Points) -> NDArray[np.bool_]:
    lower = points | 32
    return (lower >= ord("a")) & (lower <= ord("z"))


def _resolve_joins(points: Points, looks: Looks, at: Numbers) -> None:
    """Decide by its neighbours whether a point or minus is part of a number, a word, or ends a
    sentence.
    """
    before, after = looks[at - 1], _is_digit(looks, at + 1)
    minus = points[at] == ord("-")
    apart = (points[at - 1] == ord(" ")) & (points.take(at + 1, mode="clip") == ord(" "))
    joins = after & np.where(minus, before & _INSIDE == 0, before & _DIGIT != 0)
    resolved = np.select(
        [joins, minus & apart], [np.uint16(_INSIDE | _DIGIT), np.uint16(_SINGLE)], np.uint16(_STOP)
    )
    looks[at] = looks[at] & ~np.uint16(_JOIN) | resolved


def _capitals(points: Points, looks: Looks, places: Numbers) -> Codes:
    """Return the flag for each word with a capital: a name, perhaps a name at the start of a
    sentence, or none.

    In a text without spaces every capital marks a name; at the beginning of a text none does.
    """
    near, far = looks[places - 1], looks[places - 2]
    opens = (near | far) & _BORDER != 0
    among = (near | far) & _SINGLE != 0
    inside = (near & (_INSIDE | _SINGLE | _STOP) == 0) & (far & _STOP == 0)
    after = _is_end(points[places - 1]) | _is_end(points[places - 2])
    found: Codes = np.select(
        [opens, among | inside, after], [np.uint64(0), NAME, CAPITAL], np.uint64(0)
    )
    return found


def _is_end(points: Points) -> NDArray[np.bool_]:
    found = np.zeros(len(points), np.bool_)
    for sign in ".!?。！？":
        found |= points == ord(sign)
    return found


def _spelled(points: Points, looks: Looks, starts: Numbers, stops: Numbers) -> Codes:
    """Return the code of each run of code points: its letters for a short word, else a hash.

    The letters from each position on are joined in pairs, then taken at the start of each word.
    """
    sizes = stops - starts
    found = letters_of(
        np.append(looks >> _LETTER_BITS, np.zeros(LETTERS, np.uint16)), starts, sizes
    )
    others = np.flatnonzero((sizes > LETTERS) | _has_strange(found))
    found |= SPELLED
    found[others] = _hashes(points, starts[others], stops[others])
    return found


def letters_of(numbers: NDArray[np.uint16], starts: Numbers, sizes: Numbers) -> Codes:
    """Return the first `LETTERS` letters of each word, 6 bits each; `numbers` must be padded by as
    many.
    """
    two = numbers[:-1] | (numbers[1:] << 6)
    four = two[:-2] | (two[2:].astype(np.uint32) << 12)
    found: Codes = four[starts].astype(np.uint64)
    found |= four[starts + 4].astype(np.uint64) << np.uint64(24)
    found |= two[starts + 8].astype(np.uint64) << np.uint64(48)
    return found & _FIRST[np.minimum(sizes, LETTERS)]


def _has_strange(letters: Codes) -> NDArray[np.bool_]:
    """Return which words have a letter outside the alphabet, whose six bits are all set."""
    for shift in (1, 2, 2):
        letters = letters & (letters >> np.uint64(shift))
    found: NDArray[np.bool_] = (letters & _FIRST_BITS) != 0
    return found


def _hashes(points: Points, starts: Numbers, stops: Numbers) -> Codes:
    """Return a polynomial hash of each run of code points, scattered (Karp, Rabin 1987)."""
    sizes = stops - starts
    if not len(sizes):
        return np.empty(0, np.uint64)
    first = np.cumsum(sizes) - sizes
    place = np.arange(sizes.sum()) - np.repeat(first, sizes)
    powers = _powers(1 << int(sizes.max()).bit_length())
    terms = (_folded[points[np.repeat(starts, sizes) + place]] + np.uint64(1)) * powers[place]
    return mix(np.add.reduceat(terms, first)) & (SINGLE - np.uint64(1))


@cache
def _powers(count: int) -> Codes:
    """Return the first powers of the base modulo 2**64."""
    factors = np.full(count, _BASE, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)
