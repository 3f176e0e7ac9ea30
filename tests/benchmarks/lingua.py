"""How often languages are told right: sentences of lingua's test data, and pairs of words and words
cut out of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from dataprep.text.languages import detect, models

LEIPZIG = Path(__file__).parents[3] / "shared/data/lingua_apache2"
Labelled = list[tuple[str, str]]
RUN = {"zh": r"[一-鿿]{4,}", "ja": r"[ぁ-ヿ一-鿿]{4,}", "th": r"[\u0e01-\u0e4e]{14,}"}


def sentences() -> Labelled:
    return [
        (path.stem, line)
        for path in sorted(LEIPZIG.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def cut(size: int) -> Labelled:
    """Cut one word of five letters and more, or two neighbouring words, out of each sentence.

    Of sentences that are not spaced it is so many times two characters, of Thai seven.
    """
    draw = random.Random(1)
    return [
        (code, draw.choice(some))
        for code, line in sentences()
        if (some := list(_cuts(code, line, size)))
    ]


def _cuts(code: str, line: str, size: int) -> Iterator[str]:
    if code in RUN:
        length = size * (7 if code == "th" else 2)
        yield from (run[:length] for run in re.findall(RUN[code], line))
        return
    words = [word for word in line.split() if re.fullmatch(r"\W*[^\W\d_][^\d_]*", word)]
    if size == 1:
        yield from (word for word in words if len(word) >= (2 if code == "ko" else 5))
    yield from (f"{one} {other}" for one, other in pairwise(words) if size == 2)


def right(texts: Labelled, language: Callable[[str], str]) -> float:
    """Return the share of texts whose language is told right."""
    return sum(language(text) == code for code, text in texts) / len(texts)


def cascade(text: str) -> str:
    return detect(text).language


def fasttext(text: str) -> str:
    found: str = models._fasttext().detect(text, k=1)[0]["lang"]
    return found


def langdetect(text: str) -> str:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    try:
        return str(detect(text)).partition("-")[0]
    except LangDetectException:
        return "und"
    finally:
        DetectorFactory.seed = None  # ours has a seed of its own
