"""Detect the languages of a text in three stages.

1. `prose` removes code, formulas and addresses.
2. `script_weights` and `han`: the script decides if only one language uses it.
3. `models`: among languages that share a script, fastText decides if it is sure, else fastText and
   langdetect together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from dataprep.text.languages import han, models, script_weights
from dataprep.text.languages.names import LANGUAGES, UNKNOWN
from dataprep.text.languages.prose import prose

LEAST = 3
"""Least letters to detect a language that shares its script."""
SHARE = 0.2
"""Least share of a text for a second script to add its language."""
SENTENCE = 8
"""Least words, or Chinese characters, of a second script to add its language."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The language of a text as an ISO 639 code, "und" if unknown, and its probability, 0 to 1.

    `variant` says how Chinese is written: "hans" simplified, "hant" traditional, "" if both agree.
    `others` are the languages of more sentences in the text. `weight` is the amount of text, in
    words or Chinese characters.
    """

    language: str = UNKNOWN
    confidence: float = 0.0
    variant: str = ""
    others: tuple[str, ...] = ()
    weight: int = 0

    @property
    def code(self) -> str:
        """Return the language with its variant."""
        return f"{self.language}-{self.variant}" if self.variant else self.language

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all languages of the text."""
        return (self.code, *self.others)


NOTHING = Detected()


def detect(text: str) -> Detected:
    """Return the language of a text; needs the packages of the extra `language`."""
    text = prose(text)
    weights = script_weights.weigh(text)
    if not weights:
        return NOTHING
    main = max(weights, key=lambda script: (weights[script], script != "latin"))
    found = _in_script(main, text, weights[main])
    if len(weights) == 1 or found.language == UNKNOWN:
        return found
    more = (_in_other_script(script, text, weights[main]) for script in weights if script != main)
    return reduce(join, (other for other in more if other), found)


def join(one: Detected, other: Detected) -> Detected:
    """Return the language of two texts together: that of the longer one, plus the other's if it
    differs.
    """
    if UNKNOWN in (one.language, other.language):
        return other if one.language == UNKNOWN else one
    first, second = (one, other) if one.weight >= other.weight else (other, one)
    variant = first.variant
    if first.language == second.language:
        variant = first.variant or second.variant
    first = replace(first, variant=variant, weight=first.weight + second.weight)
    codes = (first.code, *first.others, *second.codes)
    known = {first.code, *(code.partition("-")[0] for code in codes if "-" in code)}
    others = tuple(code for code in dict.fromkeys(codes) if code not in known)  # zh adds no zh-hans
    return replace(first, others=others)


def _in_script(script: str, text: str, weight: int) -> Detected:
    """Return the language of the words in one script."""
    words = script_weights.written_in(script, text)
    if script == "han":
        return _in_han(words, weight)
    if len(LANGUAGES[script]) == 1:
        return Detected(next(iter(LANGUAGES[script])), 1.0, weight=weight)
    if len(words) < LEAST:
        return NOTHING
    language, confidence = models.language(words, script)
    return Detected(language, confidence, weight=weight)


def _in_han(words: str, weight: int) -> Detected:
    found = han.detect(words.replace(" ", ""))
    if found.language == "zh" and found.kana >= max(SENTENCE, SHARE * weight):
        chinese = Detected("zh", 1.0, found.variant, weight=weight - found.kana)
        return join(chinese, Detected("ja", 1.0, weight=found.kana))
    return Detected(found.language, 1.0, found.variant, weight=weight)


def _in_other_script(script: str, text: str, main: int) -> Detected | None:
    """Return the language of the sentences in a second script, None if they are too few or the
    language is unsure.
    """
    weight = script_weights.in_sentences(script, text)
    if weight < SENTENCE or weight < SHARE * (weight + main):
        return None
    found = _in_script(script, text, weight)
    return found if found.confidence >= models.SURE else None
