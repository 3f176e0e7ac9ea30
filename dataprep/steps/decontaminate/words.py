"""Split texts into comparable words: no case, width or punctuation, and one spelling of numbers.

There are two ways. `quick` is for every text of a corpus and selects candidates; `tokens` is for
these few and for the evaluation sets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dataprep.steps.decontaminate.numbers import NUMERIC, number_at
from dataprep.text.scripts import UNSPACED

_CHARACTER = re.compile(rf"[{UNSPACED}]")
_FOREIGN = re.compile("[^\x00-\x7f\u2000-\u206f]")
"""Characters that are neither ASCII nor dashes, quotes and spaces of General Punctuation."""
_ASCII = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)
"""Maps ASCII letters to lower case, keeps digits, and turns every other byte into a space."""


_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9f]")
"""Full-width letters and digits, and half-width kana."""


def quick(text: str) -> list[str]:
    """Return the words of a text, numbers as spelled; fast, above all on ASCII."""
    if is_plain(text):
        return plain(text).translate(_ASCII, b"'").decode("ascii").split()
    text = text.replace("’", "'")
    if _WIDE.search(text) or not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFKC", text)
    return _WORD.findall(text.lower().replace("'", ""))


def is_plain(text: str) -> bool:
    """Return whether a text is ASCII except for dashes, quotes and spaces."""
    return text.isascii() or not _FOREIGN.search(text)


def plain(text: str) -> bytes:
    """Return a plain text as ASCII with straight apostrophes; other signs become question marks."""
    return (text if text.isascii() else text.replace("’", "'")).encode("ascii", "replace")


def is_character(word: str) -> bool:
    """Return whether a word begins with a character of a script without spaces."""
    return not word.isascii() and bool(_CHARACTER.match(word))


def holds_characters(text: str) -> bool:
    """Return whether a text has characters of a script without spaces."""
    return not text.isascii() and bool(_CHARACTER.search(text))


# -------------------------------------------------------------------------------------------- exact

_LETTERS = rf"[^\W\d_{UNSPACED}]+"
_TOKEN = re.compile(
    rf"\d+(?:,\d\d\d)+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|[{UNSPACED}]|{_LETTERS}(?:'{_LETTERS})*"
    rf"|[^\w\s-]"
)
_DIGIT = re.compile(r"\d")
LETTERS = frozenset("abcdef")
"""Letters of choices, and the article: they vary with the layout."""


def tokens(text: str) -> list[str]:
    """Return the words of a text with punctuation; each number is one token in digits."""
    folded = _folded(text).lower()
    found = _TOKEN.findall(folded)
    if "'" in folded:
        found = [_joined(token) for token in found]
    if NUMERIC.isdisjoint(found) and not _DIGIT.search(folded):
        return found
    return [token for token, _, _ in _numbered(found)]


def _folded(text: str) -> str:
    """Return a text with letters of usual width and straight apostrophes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'")


def _joined(token: str) -> str:
    """Return `Janet's` and `don't` as one word, which is also how careless writers spell them."""
    return token.replace("'", "") or token


def _numbered(found: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the tokens with their first and end index; the tokens of a number become one in
    digits.
    """
    place = 0
    while place < len(found):
        end, number = number_at(found, place)
        yield number or found[place], place, max(end, place + 1)
        place = max(end, place + 1)


def words(tokens: Iterable[str]) -> list[str]:
    """Return the tokens to compare: no punctuation but percent signs, no letters of choices."""
    return [token for token in tokens if _is_word(token)]


def _is_word(token: str) -> bool:
    return token not in LETTERS if token[0].isalnum() else token == "%"


def size(words: Sequence[str]) -> float:
    """Return the number of words; a character counts 2/3."""
    return sum(2 / 3 if is_character(word) else 1 for word in words)


class Placed(NamedTuple):
    """The words of a text, and where each begins and ends."""

    text: str
    words: list[str]
    places: list[tuple[int, int]]

    def span(self, first: int, end: int) -> str:
        """Return the text from one word to the one before `end`."""
        return self.text[self.places[first][0] : self.places[end - 1][1]]

    def gap(self, place: int) -> str:
        """Return the text between a word and the previous one; outside the text it is a paragraph
        break.
        """
        if not 0 < place < len(self.words):
            return "\n\n"
        return self.text[self.places[place - 1][1] : self.places[place][0]]


def placed(text: str) -> Placed:
    """Return the words of a text with their positions; letters are folded to their usual width."""
    text = _folded(text)
    found = list(_TOKEN.finditer(text.lower()))
    result = Placed(text, [], [])
    for token, first, end in _numbered([_joined(match[0]) for match in found]):
        if _is_word(token):
            result.words.append(token)
            result.places.append((found[first].start(), found[end - 1].end()))
    return result
