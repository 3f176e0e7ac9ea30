"""How much of a text is written in which script."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

# Unicode's blocks of letters and marks; digits and punctuation are nobody's.
LETTERS = {
    "latin": r"A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u0300-\u036f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a",
    "cyrillic": r"\u0400-\u0481\u0483-\u052f\u2de0-\u2dff\ua640-\ua672\ua674-\ua67d\ua67f-\ua69f",
    "arabic": r"\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff"
    r"\u0750-\u077f\u08a0-\u08ff\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufdf0-\ufdfb\ufe70-\ufefc\u200c",
    "devanagari": r"\u0900-\u0963\u0971-\u097f",
    "han": r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "hangul": r"\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e",
    "greek": r"\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u03f5\u03f7-\u03ff\u1f00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1fdb"
    r"\u1fe0-\u1fec\u1ff2-\u1ffc",
    "hebrew": r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05f2\ufb1d-\ufb28\ufb2a-\ufb4f",
    "armenian": r"\u0531-\u0556\u0561-\u0587",
    "georgian": r"\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2d",
    "bengali": r"\u0980-\u09e3\u09f0\u09f1",
    "gurmukhi": r"\u0a01-\u0a5e\u0a70-\u0a75",
    "gujarati": r"\u0a81-\u0ae3",
    "oriya": r"\u0b01-\u0b63\u0b71",
    "tamil": r"\u0b82-\u0bd7",
    "telugu": r"\u0c00-\u0c63",
    "kannada": r"\u0c80-\u0c83\u0c85-\u0ce3",
    "malayalam": r"\u0d00-\u0d4e\u0d54-\u0d57\u0d5f-\u0d63\u0d7a-\u0d7f",
    "sinhala": r"\u0d81-\u0ddf\u0df2\u0df3",
    "thaana": r"\u0780-\u07b1",
    "ethiopic": r"\u1200-\u135f\u1380-\u138f",
    "thai": r"\u0e01-\u0e3a\u0e40-\u0e4e",
    "lao": r"\u0e81-\u0ece\u0edc-\u0edf",
    "burmese": r"\u1000-\u103f\u1050-\u108f\u109a-\u109d",
    "khmer": r"\u1780-\u17d3",
    "tibetan": r"\u0f00\u0f40-\u0fbc",
}
UNSPACED = {"han": 1, "hangul": 1, "thai": 4, "lao": 4, "burmese": 4, "khmer": 4, "tibetan": 4}
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
        weights[name] += len(word[0]) if name in UNSPACED else 1
    for name in UNSPACED.keys() & weights.keys():
        weights[name] = -(-weights[name] // UNSPACED[name])
    return weights


def written_in(script: str, text: str) -> str:
    """Return the words of one script, with a space between them."""
    return " ".join(_words(script).findall(text))


def in_sentences(script: str, text: str) -> int:
    """Return the weight of what is more than a name or a term among words of another script."""
    if script in UNSPACED:
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
