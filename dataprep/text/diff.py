"""What differs between two texts: marked for people, or cut to the first stretch that does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rapidfuzz.distance import Levenshtein

from dataprep.text.patterns import pattern
from dataprep.text.scripts import UNSPACED

CONTEXT = 24
"""Characters that are shown beside a word that differs."""
LEFT = 120
"""Characters that are shown of a text that goes as a whole."""
Mark = Callable[[str, bool], str]
"""Marks a stretch that stands in the one text only: in the shown one (true), or in the one that it
repeats.
"""


def plain_mark(text: str, added: bool) -> str:
    """Mark a stretch as `git diff --word-diff` does."""
    return f"{{+{text}+}}" if added else f"[-{text}-]"


_WORDS = pattern(r"\s+|[^\W_]+|.", re.DOTALL)
_UNSPACED = pattern(f"[{UNSPACED}]")


def _words(text: str) -> list[str]:
    return [
        word
        for part in _WORDS.findall(text)
        for word in (part if _UNSPACED.search(part) else [part])
    ]


def marked(original: str, text: str, mark: Mark = plain_mark) -> str:
    """Return the text with what differs from the original marked, and long stretches without a
    difference left out.
    """
    if original == text:
        return "the same"
    one, other = _words(original), _words(text)
    here = there = 0
    shown = []
    for block in Levenshtein.editops(one, other).as_matching_blocks():
        changed = ("".join(one[here : block.a]), False), ("".join(other[there : block.b]), True)
        shown += [mark(_visible(its), added) for its, added in changed if its]
        here, there = block.a + block.size, block.b + block.size
        common = "".join(other[block.b : there])
        shown.append(
            _context(
                common,
                at_start=block.a == block.b == 0,
                at_end=(here, there) == (len(one), len(other)),
            )
        )
    return "".join(shown)


def deleted(text: str, mark: Mark = plain_mark) -> str:
    """Return a text that goes as a whole, marked, of a long one its beginning."""
    return mark(_visible(cut(text, LEFT)), False)


def _context(text: str, *, at_start: bool, at_end: bool) -> str:
    """Return what is shown of a stretch without a difference: its ends beside differences."""
    before, after = ("" if at_start else text[:CONTEXT]), ("" if at_end else text[-CONTEXT:])
    shown = text if len(text) <= len(before) + len(after) + 2 else f"{before}…{after}"
    return shown.translate(_SPACE)


_SPACE = {ord("\n"): "⏎", ord("\r"): "␍", ord("\t"): "⇥"}


def _visible(text: str) -> str:
    """Return a text with signs for line ends, and the numbers of characters that nobody sees."""
    return "".join(
        _SPACE.get(ord(sign)) or (sign if _is_seen(sign) else f"<U+{ord(sign):04X}>")
        for sign in text
    )


def _is_seen(sign: str) -> bool:
    hidden = unicodedata.category(sign) in (
        "Cc",
        "Cf",
        "Cn",
        "Co",
        "Zl",
        "Zp",
        "Zs",
    ) or _VARIANT.match(sign)
    return sign == " " or not hidden


_VARIANT = pattern("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def first_difference(before: str, after: str, size: int) -> tuple[str, str]:
    """Return the first stretch in which two texts differ, as each of them has it, of so many
    characters at most.
    """
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    start = max(0, same - CONTEXT)
    return cut(before, size, start), cut(after, size, start)


def cut(text: str, size: int, start: int = 0) -> str:
    """Return so many characters of a text at most, with an ellipsis for each end that is left out."""
    opening, rest = "…" if start else "", text[start:]
    room = size - len(opening)
    return opening + (rest if len(rest) <= room else f"{rest[: room - 1]}…")
