"""What is kept of an example while all of them are compared: three short hashes, never the text."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b
from typing import NamedTuple

from dataprep.model import Example

SIZE = 12  # bytes: two of 10 million different texts fall together with a chance below 1e-14 (birthday bound)


class Fingerprint(NamedTuple):
    """The hashes of an example's prompt (system text and every turn but the last), its answer, and its opening.

    The opening is the first question alone and loosely taken: two examples that share it belong together.
    """

    prompt: bytes
    answer: bytes
    opening: bytes


def fingerprint(example: Example) -> Fingerprint:
    """Return the hashes of an example; runs of white space count as one space, roles and tools as text."""
    *before, answer = example.turns
    prompt = [example.system, example.tools, *(text for turn in before for text in turn)]
    return Fingerprint(
        _hash("\0".join(_fold_space(text) for text in prompt)),
        _hash(_fold_space(answer.text)),
        _hash(_loosely(example.turns[0].text)),
    )


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=SIZE).digest()


def _fold_space(text: str) -> str:
    return " ".join(text.split())


def _loosely(text: str) -> str:
    """Return the text without case, width, punctuation and space; of a text that has nothing else, the text."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded)) or _fold_space(folded)
