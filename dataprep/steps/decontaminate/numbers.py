"""Normalise numbers: `1,000`, `1000.0`, `one thousand`, `一千` and `1千` are all `1000`.

word2number and cn2an convert a number, but do not find where it ends among words; word2number takes
`two and a half million` for 2,000,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
}
LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_MEASURES = frozenset(
    "个只本元人天年月日周次件张条米斤克吨升名位岁倍块辆棵支把头台间层页题角分秒度小厘毫公千平立"
)
"""Measure words after a Chinese digit that counts; elsewhere the digit is part of a word (一般)."""

Read = tuple[int, Decimal] | None
"""The index after a number and its value, None if there is no number."""


def number_at(words: Sequence[str], at: int) -> tuple[int, str]:
    """Return the index after the number that begins at a word, and the number in digits, or ""."""
    first = words[at]
    if first in SMALL or first == "a":
        read = _english(words, at)
    elif first[0].isdecimal():
        read = _scaled(words, at)
    else:
        read = _chinese(words, at) if first in _DIGITS or first == "十" else None
    if not read:
        return at, ""
    end, value = read
    digits = f"{value:f}"
    return end, digits.rstrip("0").rstrip(".") if "." in digits else digits


def _scaled(words: Sequence[str], at: int) -> Read:
    """Read digits with multipliers: `2.5 million`, `3万`."""
    try:
        value = Decimal(words[at].replace(",", ""))
    except ArithmeticError:
        return None
    at += 1
    while at < len(words) and (times := _times(words[at])):
        value, at = value * times, at + 1
    return at, value


def _times(word: str) -> int:
    return 100 if word == "hundred" else LARGE.get(word, 0) or _MYRIADS.get(word, 0)


def _english(words: Sequence[str], at: int) -> Read:
    """Read `twenty-five`, `two hundred and six`, `a thousand`; "a" counts only before a
    multiplier.
    """
    counter = _Counter()
    start = at
    if words[at] == "a":
        if at + 1 == len(words) or not _times(words[at + 1]):
            return None
        counter.add(1)
        at += 1
    while at < len(words) and (counter.take(words[at]) or _is_and(words, at, start, counter)):
        at += 1
    return at, Decimal(counter.total + counter.part)


def _is_and(words: Sequence[str], at: int, start: int, counter: _Counter) -> bool:
    joins = (
        words[at] == "and" and at > start and bool(_times(words[at - 1])) and at + 1 < len(words)
    )
    return joins and SMALL.get(words[at + 1], 100) < counter.room


class _Counter:
    """The state of an English number: the total, the part below the next multiplier, and the room
    left in it.
    """

    def __init__(self) -> None:
        self.total = self.part = 0
        self.room = 100

    def add(self, value: int) -> bool:
        self.part += value
        self.room = 10 if value >= 20 else 0
        return True

    def take(self, word: str) -> bool:
        """Add a word; return whether it belongs to the number."""
        if SMALL.get(word, 100) < self.room:
            return self.add(SMALL[word])
        if word == "hundred" and 0 < self.part < 100:
            self.part, self.room = 100 * self.part, 100
            return True
        if word in LARGE and self.part:
            self.total, self.part, self.room = self.total + self.part * LARGE[word], 0, 100
            return True
        return False


def _chinese(words: Sequence[str], at: int) -> Read:
    """Read `三百二十`, `二〇〇八`, and a single digit that counts something."""
    end = at
    while end < len(words) and (
        words[end] in _DIGITS or words[end] in _UNITS or words[end] in _MYRIADS
    ):
        end += 1
    signs = words[at:end]
    by_place = all(sign in _DIGITS for sign in signs)
    if by_place and len(signs) < 3 and not (end < len(words) and words[end] in _MEASURES):
        return None
    if by_place:
        return end, Decimal("".join(str(_DIGITS[sign]) for sign in signs))
    return end, Decimal(_by_units(signs))


def _by_units(signs: Sequence[str]) -> int:
    total = part = digit = 0
    for sign in signs:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            part, digit = part + (digit or 1) * _UNITS[sign], 0
        else:
            total, part, digit = (total + part + digit) * _MYRIADS[sign], 0, 0
    return total + part + digit


NUMERIC = frozenset({*SMALL, *LARGE, "hundred", *_DIGITS, "十"})
"""Words without digits that form numbers."""


def is_numeric(word: str) -> bool:
    """Return whether a word is a number or part of one, which may be spelled in other ways."""
    return word in NUMERIC or word[0].isdecimal()
