"""What the rules look at: the prompts and the answers of an example, and the lines, words and
characters of each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from dataprep.model import MEDIA, Example
from dataprep.text.scripts import UNSPACED

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+(?:['’][^\W_{UNSPACED}]+)*")
_UNSPACED = re.compile(rf"[{UNSPACED}]+")
_FENCED = re.compile(
    r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class Text:
    """One answer or document.

    `whole` is the text without a block of thoughts, `prose` that without fenced code.
    `is_unspaced` is true where a third of the prose or more is in a script without spaces.
    """

    def __init__(self, text: str) -> None:
        self.whole = _THOUGHT.sub("", text) if "</think>" in text else text
        self.prose = (
            _FENCED.sub("", self.whole)
            if "```" in self.whole or "~~~" in self.whole
            else self.whole
        )
        self.is_unspaced = not self.prose.isascii() and 3 * _unspaced(self.prose) >= len(self.prose)

    @cached_property
    def lines(self) -> list[str]:
        """Return the lines of the prose that are not blank, without the space around them."""
        return [line for line in map(str.strip, self.prose.split("\n")) if line]

    @cached_property
    def words(self) -> list[str]:
        """Return the words of the prose in small letters; in scripts without spaces each character
        is one.
        """
        return words(self.prose)

    @cached_property
    def plain(self) -> float:
        """Return the share of small Latin letters and of Chinese characters in the prose, or less,
        and quickly.
        """
        if not self.prose:
            return 1.0
        rest = _HAN.sub("", self.prose) if self.is_unspaced else self.prose
        small = len(raw := rest.encode(errors="replace")) - len(raw.translate(None, _SMALL))
        return (len(self.prose) - len(rest) + small) / len(self.prose)

    @cached_property
    def kinds(self) -> CharacterCounts:
        """Return how many characters of each kind the prose has."""
        kinds = self.prose.translate(_KINDS)
        upper, other, digits, signs = map(kinds.count, "Uads")
        return CharacterCounts(upper + other, digits, signs, upper)


class CharacterCounts(NamedTuple):
    """How many letters, digits, and punctuation and other signs a text has, and how many capitals
    among its letters.
    """

    letters: int
    digits: int
    symbols: int
    capitals: int

    @property
    def total(self) -> int:
        """Return how many characters there are that are no space."""
        return self.letters + self.digits + self.symbols


class _CharacterKinds(dict[int, str]):
    """Tell the kind of a character by its Unicode category, asked once for each."""

    def __missing__(self, point: int) -> str:
        category = unicodedata.category(chr(point))
        kind = (
            "U"
            if category in ("Lu", "Lt")
            else {"L": "a", "M": "a", "N": "d", "P": "s", "S": "s"}.get(category[0])
        )
        self[point] = kind or " "
        return self[point]


_KINDS = _CharacterKinds()
_SMALL = b"abcdefghijklmnopqrstuvwxyz"
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")


class Round(NamedTuple):
    """A prompt and the answer to it that is wanted."""

    prompt: str
    answer: Text


class View:
    """An example as the rules look at it.

    `texts` are the answers in words, the worse one of a pair too, or the document. `rounds` are
    those answers that are wanted, each with its prompt: neither the worse one of a pair nor one
    with a false label.
    """

    def __init__(self, example: Example) -> None:
        self.example = example
        self.prompts: list[str] = []
        self.texts: list[Text] = []
        self.rounds: list[Round] = []
        turns = iter(example.turns)
        for (asks, prompt), (answers, answer) in zip(turns, turns, strict=True):
            if asks == "user":
                self.prompts.append(prompt)
            if answers == "assistant":
                text = Text(answer)
                self.texts.append(text)
                self.rounds.append(Round(prompt, text))
        if example.label is False:
            del self.rounds[-1:]
        if example.text:
            self.texts = [Text(example.text)]
        elif example.rejected and example.rejected.role == "assistant":
            self.texts.append(Text(example.rejected.text))

    @property
    def has_media(self) -> bool:
        """Tell whether there are images, videos or audios."""
        return any(getattr(self.example, kind) for kind in MEDIA)


def words(text: str) -> list[str]:
    """Return the lower-case words of a text; in scripts without spaces each character is one."""
    return _WORD.findall(text.lower())


def weight(text: str) -> int:
    """Return about how much a text says, in Latin letters: a character of a script without spaces
    counts three.
    """
    return len(text) if text.isascii() else len(text) + 2 * _unspaced(text)


def _unspaced(text: str) -> int:
    return sum(map(len, _UNSPACED.findall(text)))


def any_of(*patterns: str) -> str:
    """Return the pattern of what any of the patterns matches."""
    return f"(?:{'|'.join(patterns)})"


def sign_in(text: str, signs: Iterable[str]) -> str:
    """Return the first of the signs that a text contains, else an empty one."""
    for sign in signs:
        if sign in text:
            return sign
    return ""


def first(found: Iterable[str]) -> str:
    """Return the first text that is not empty, else an empty one."""
    return next(filter(None, found), "")
