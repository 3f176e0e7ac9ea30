"""Find examples that stand more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from dataprep.fingerprint import Fingerprint

OVER = "corpus"
Originals = Callable[[Iterable[Fingerprint]], Iterator[int]]
_KEYS: dict[str, Callable[[Fingerprint], object]] = {
    "prompt": lambda print_: print_.prompt,
    "answer": lambda print_: print_.answer,
    "both": lambda print_: print_[:2],
}
REASONS = {"prompt": "same prompt", "answer": "same answer", "both": "same prompt and answer"}


def dedupe(*, by: Literal["prompt", "answer", "both"] = "both") -> Originals:
    """Keep the first of all examples that are the same.

    by: what must be the same: the prompt (with system text, tools and earlier turns), the answer, or both. Runs of
        white space count as one space; nothing else is folded.

    The function that this gives yields, for each example, the number of the one that it repeats, or its own.
    """
    key = _KEYS[by]

    def originals(prints: Iterable[Fingerprint]) -> Iterator[int]:
        first: dict[object, int] = {}
        for number, print_ in enumerate(prints):
            yield first.setdefault(key(print_), number)

    return originals
