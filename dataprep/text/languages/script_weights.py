"""Measure how much of a text is in which script."""

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
"""The scripts that are weighed by letters, each with the letters that weigh as much as a word."""
RUN = 4
"""Least words in a row that are more than a name or a term."""


def weigh(text: str) -> Counter[str]:
    """Return the weight of each script: its words, or its letters in `LETTERS_A_WORD`."""
    if text.isascii():
        return Counter({"latin": len(words)} if (words := _words("latin").findall(text)) else {})
    weights = Counter[str]()
    for word in _any_word().finditer(text):
        name = str(word.lastgroup)
        weights[name] += len(word[0]) if name in LETTERS_A_WORD else 1
    for name in LETTERS_A_WORD.keys() & weights.keys():
        weights[name] = -(-weights[name] // LETTERS_A_WORD[name])
    return weights


def written_in(script: str, text: str) -> str:
    """Return the words of one script, joined by spaces."""
    return " ".join(_words(script).findall(text))


def in_sentences(script: str, text: str) -> int:
    """Return the weight of a script without names and terms among words of another script."""
    if script in LETTERS_A_WORD:
        return weigh(written_in(script, text))[script]
    word = _word(script)
    runs = re.compile(f"(?:{word}[ ,]+){{{RUN - 1},}}{word}")
    return sum(len(_words(script).findall(run)) for run in runs.findall(text))


def _word(script: str) -> str:
    return f"[{LETTERS[script]}][{LETTERS[script]}'’]*"


@cache
def _any_word() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{script}>{_word(script)})" for script in LETTERS))


@cache
def _words(script: str) -> re.Pattern[str]:
    return re.compile(_word(script))
