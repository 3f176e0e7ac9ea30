"""Count the tokens of texts by a model's tokenizer, or estimate them from their characters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from dataprep.text.patterns import pattern
from dataprep.text.scripts import EAST_ASIAN

LARGE_VOCABULARY = 60_000
"""From this size on, a vocabulary has most Chinese words; Llama-2's 32,000 spell many in bytes."""

Count = Callable[[Sequence[str]], list[int]]


def counter(folder: Path | None) -> Count | None:
    """Return a function that counts tokens with a model's tokenizer, None if it is not
    available.
    """
    path = folder / "tokenizer.json" if folder else None
    if path is None or not path.is_file():
        return None
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError:
        return None
    tokenizer = Tokenizer.from_file(str(path))

    def count(texts: Sequence[str]) -> list[int]:
        return [
            len(encoding.ids)
            for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    return count


_EAST_ASIAN = pattern(f"[{EAST_ASIAN}]")
_OTHER = pattern(rf"[^\x00-\u024f{EAST_ASIAN}]")


def estimate(text: str, vocabulary: int) -> int:
    """Return the estimated tokens of a text: 1/4 per Latin letter, more for other scripts.

    East Asian characters count 0.67 in a large vocabulary and 1.5 in a small one, other scripts 0.4
    and 0.9. These are our estimates from the tokenizers of Llama and Qwen.
    """
    large = vocabulary >= LARGE_VOCABULARY
    asian, other = len(_EAST_ASIAN.findall(text)), len(_OTHER.findall(text))
    latin = len(text) - asian - other
    return math.ceil(latin / 4 + asian * (0.67 if large else 1.5) + other * (0.4 if large else 0.9))
