"""How much of a text is written in which script."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from dataprep.text.scripts import LETTERS

LETTERS_A_WORD = {
    "han": 1,
    "hangul": 1,
    "thai": 4,
    "lao": 4,
    "burmese": 4,
    "khmer": 4,
    "tibetan": 4,
}
"""Scripts that are weighed by their letters, each with how many of these weigh as much as a word of
the others.
"""
RUN = 4
"""Words in a row that are more than a name or a term."""


def weigh(text: str) -> Counter[str]:
    """Return how much there is of each script: its words, or its letters where words are not
    spaced.
    """
    if text.isascii():
        return Counter({"latin": len(words)} if (words := _words("latin").findall(text)) else {})
    weights = Counter[str]()
    for word in _any().finditer(text):
        name = str(word.lastgroup)
        weights[name] += len(word[0]) if name in LETTERS_A_WORD else 1
    for name in LETTERS_A_WORD.keys() & weights.keys():
        weights[name] = -(-weights[name] // LETTERS_A_WORD[name])
    return weights


def written_in(script: str, text: str) -> str:
    """Return the words of one script, with a space between them."""
    return " ".join(_words(script).findall(text))


def in_sentences(script: str, text: str) -> int:
    """Return the weight of what is more than a name or a term among words of another script."""
    if script in LETTERS_A_WORD:
        return weigh(written_in(script, text))[script]
    return sum(len(_words(script).findall(run)) for run in _runs(script).findall(text))


def _word(script: str) -> str:
    return f"[{LETTERS[script]}][{LETTERS[script]}'’]*"


@cache
def _any() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{script}>{_word(script)})" for script in LETTERS))


@cache
def _words(script: str) -> re.Pattern[str]:
    return re.compile(_word(script))


@cache
def _runs(script: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_word(script)}[ ,]+){{{RUN - 1},}}{_word(script)}")
