"""What is kept of an example while all of them are compared: three short hashes, never the text."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import NamedTuple

from dataprep.model import Example

SIZE = 12  # bytes: two of 10 million different texts fall together with a chance below 1e-14 (birthday bound)


class Fingerprint(NamedTuple):
    """The hashes of an example's prompt (system text and every turn but the last), its answer, and its opening.

    The answer includes the worse answer of a pair and the label. The opening is the first question alone and loosely
    taken: two examples that share it belong together; it is "" where nobody asked. Of a document all are of its text.
    """

    prompt: bytes
    answer: bytes
    opening: bytes = b""


def fingerprint(example: Example, *, opening: bool = True) -> Fingerprint:
    """Return the hashes of an example; runs of white space count as one space, roles and tools as text."""
    first = _hash(_loosely(example.text or example.turns[0].text)) if opening else b""
    if example.text:
        whole = _hash(_fold_space(example.text))
        return Fingerprint(whole, whole, first)
    prompt = [example.system, example.tools]
    for turn in example.turns[:-1]:
        prompt += turn
    if example.images or example.videos or example.audios:
        prompt += [*example.images, *example.videos, *example.audios]
    answer = [example.answer]
    if example.rejected or example.label is not None:
        answer += [*(example.rejected or ()), str(example.label)]
    return Fingerprint(_hash_all(prompt), _hash_all(answer), first)


def length(example: Example) -> int:
    """Return how many characters the texts of an example have."""
    return sum(len(turn.text) for turn in example.turns) + len(example.text)


def _hash_all(texts: list[str]) -> bytes:
    return _hash("\0".join([" ".join(text.split()) if text else "" for text in texts]))


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=SIZE).digest()


def _fold_space(text: str) -> str:
    return " ".join(text.split())


def _loosely(text: str) -> str:
    """Return the text without case, width, punctuation and space; of a text that has nothing else, the text."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return _OTHER.sub("", folded) or _fold_space(folded)


_OTHER = re.compile(r"[\W_]+")
