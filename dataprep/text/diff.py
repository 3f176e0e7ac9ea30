"""Show the difference between two texts: word by word, or only the first place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rapidfuzz.distance import Levenshtein

from dataprep.text.patterns import pattern
from dataprep.text.scripts import UNSPACED
from dataprep.text.shorten import shorten

CONTEXT = 24
"""Characters shown on each side of a difference."""
LEFT = 120
"""Characters shown of a deleted text."""
Mark = Callable[[str, bool], str]
"""Marks a stretch as added (true), or as deleted."""


def plain_mark(text: str, added: bool) -> str:
    """Mark a stretch as `git diff --word-diff` does."""
    return f"{{+{text}+}}" if added else f"[-{text}-]"


_WORDS = pattern(r"\s+|[^\W_]+|.", re.DOTALL)
_UNSPACED = pattern(f"[{UNSPACED}]")
_SPACE = {ord("\n"): "⏎", ord("\r"): "␍", ord("\t"): "⇥"}
_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")
_VARIANT = pattern("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def marked(original: str, text: str, mark: Mark = plain_mark) -> str:
    """Return the text with its differences marked, and long equal stretches left out."""
    if original == text:
        return "the same"
    one, other = _words(original), _words(text)
    here = there = 0
    shown = []
    for block in Levenshtein.editops(one, other).as_matching_blocks():
        deleted_, added = "".join(one[here : block.a]), "".join(other[there : block.b])
        shown += [mark(_visible(deleted_), False)] if deleted_ else []
        shown += [mark(_visible(added), True)] if added else []
        here, there = block.a + block.size, block.b + block.size
        common = "".join(other[block.b : there])
        before = "" if block.a == block.b == 0 else common[:CONTEXT]
        after = "" if (here, there) == (len(one), len(other)) else common[-CONTEXT:]
        if len(common) > len(before) + len(after) + 2:
            common = f"{before}…{after}"
        shown.append(common.translate(_SPACE))
    return "".join(shown)


def deleted(text: str, mark: Mark = plain_mark) -> str:
    """Return the beginning of a deleted text, marked."""
    return mark(_visible(shorten(text, LEFT)), False)


def first_difference(before: str, after: str, size: int) -> tuple[str, str]:
    """Return the first place where two texts differ, at most `size` characters of each."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = max(0, same - CONTEXT)
    return shorten(before, size, start), shorten(after, size, start)


def _words(text: str) -> list[str]:
    """Return words, spaces and signs; a word of a script without spaces is one character."""
    return [
        word
        for part in _WORDS.findall(text)
        for word in (part if _UNSPACED.search(part) else [part])
    ]


def _visible(text: str) -> str:
    """Return a text with signs for line ends, and code points for invisible characters."""
    return "".join(
        _SPACE.get(ord(sign)) or (sign if _is_visible(sign) else f"<U+{ord(sign):04X}>")
        for sign in text
    )


def _is_visible(sign: str) -> bool:
    return sign == " " or not (unicodedata.category(sign) in _HIDDEN or _VARIANT.match(sign))
