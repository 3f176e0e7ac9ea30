"""Hash examples: three short hashes represent an example while all are compared, never its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain
from struct import Struct
from typing import NamedTuple

from dataprep.model import Example

# bytes: two of 10 million different texts fall together with a chance below 1e-14 (birthday bound)
SIZE = 12


class Fingerprint(NamedTuple):
    """The hashes of the prompt (system text and all turns but the last), the answer, and the
    opening.

    The answer includes the rejected answer and the label. The opening is the first question without
    case, punctuation and space: examples that share it belong together. It is "" if not asked for.
    All hashes of a document are of its text.
    """

    prompt: bytes
    answer: bytes
    opening: bytes = b""


def fingerprint(example: Example, *, opening: bool = True) -> Fingerprint:
    """Return the hashes of an example; white space is collapsed, roles and tools count as text."""
    first = _hash(_loosely(example.text or example.turns[0].text).encode()) if opening else b""
    if example.text:
        whole = _hash(_folded(example.text))
        return Fingerprint(whole, whole, first)
    prompt = [_folded(example.system), _folded(example.tools)]
    for role, text in example.turns[:-1]:
        prompt += (role.encode(), _folded(text))
    if example.images or example.videos or example.audios:
        prompt += map(_folded, [*example.images, *example.videos, *example.audios])
    answer = _folded(example.turns[-1].text)
    if example.rejected:
        answer = b"\0".join(
            (answer, example.rejected.role.encode(), _folded(example.rejected.text))
        )
    if example.rejected or example.label is not None:
        answer += b"\0%a" % example.label
    return Fingerprint(_hash(b"\0".join(prompt)), _hash(answer), first)


def beside(example: Example) -> int:
    """Return 56 bits of an example's system text, tools and media, or 0 if it has none."""
    parts = [example.system, example.tools, *example.images, *example.videos, *example.audios]
    return int.from_bytes(_hash(b"\0".join(map(_folded, parts)))[:7]) if any(parts) else 0


def pack(prints: Iterable[Fingerprint]) -> bytes:
    """Return fingerprints as bytes; either all have an opening, or none has."""
    return b"".join(chain.from_iterable(prints))


def unpack(data: bytes, count: int) -> list[Fingerprint]:
    """Return `count` packed fingerprints."""
    opening = len(data) // count - 2 * SIZE if count else 0
    return list(map(Fingerprint._make, Struct(f"{SIZE}s{SIZE}s{opening}s").iter_unpack(data)))


def length(example: Example) -> int:
    """Return the number of characters in the turns or the document of an example."""
    return sum([len(turn.text) for turn in example.turns]) + len(example.text)


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=SIZE).digest()


def _folded(text: str) -> bytes:
    """Return a text as UTF-8 with white space collapsed and stripped."""
    if not text:
        return b""
    if (
        not text.isascii() and not text.replace("\n", " ").isprintable()
    ):  # there may be white space beyond ASCII
        return " ".join(text.split()).encode()
    data = text.encode().translate(_SPACES)
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data.strip(b" ")


_SPACES = bytes(ord(" ") if chr(code).isspace() and code < 0x80 else code for code in range(256))
"""Maps ASCII white space to spaces; several times faster than `split`."""


def _loosely(text: str) -> str:
    """Return the text without case, width, punctuation and space, or the text if nothing else is
    left.
    """
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return _OTHER.sub("", folded) or " ".join(folded.split())


_OTHER = re.compile(r"[\W_]+")
