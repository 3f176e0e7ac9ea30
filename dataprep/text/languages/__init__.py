"""Tell in which languages a text is written, each part of the cascade used for what it is best at.

1. `prose`: code, formulas and addresses do not count.
2. `script_weights`, `han`: the script decides where only one language is written in it.
3. `models`: of languages that share a script, fastText decides where it is sure, it and langdetect
   together where not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from dataprep.text.languages import han, models, script_weights
from dataprep.text.languages.names import LANGUAGES, UNTOLD
from dataprep.text.languages.prose import prose

LEAST = 3
"""Letters from which a language is told that its script alone does not tell."""
SHARE = 0.2
"""Share of a text from which another script's language is one of the text's own."""
SENTENCE = 8
"""Words, or characters of Chinese, from which that is so."""


@dataclass(frozen=True, slots=True)
class Told:
    """The language of a text by its ISO 639 code, "und" where it cannot be told, and how probable
    that is, 0 to 1.

    `variant` says how Chinese is written: "hans" simplified, "hant" traditional, "" both alike.
    `others` are the languages of further sentences in the text. `weight` is what there is of it, in
    words or Chinese characters.
    """

    language: str = UNTOLD
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


NOTHING = Told()


def tell(text: str) -> Told:
    """Return the language of a text; needs the packages of the extra `language`."""
    text = prose(text)
    weights = script_weights.weigh(text)
    if not weights:
        return NOTHING
    main = max(weights, key=lambda script: (weights[script], script != "latin"))
    told = _told(main, text, weights[main])
    if len(weights) == 1 or told.language == UNTOLD:
        return told
    beside = (_beside(script, text, weights[main]) for script in weights if script != main)
    return reduce(join, (other for other in beside if other), told)


def join(told: Told, other: Told) -> Told:
    """Return the language of two texts together: that of the longer, with the other's beside it
    where that differs.
    """
    if UNTOLD in (told.language, other.language):
        return other if told.language == UNTOLD else told
    first, second = (told, other) if told.weight >= other.weight else (other, told)
    variant = (
        first.variant or second.variant if first.language == second.language else first.variant
    )
    first = replace(first, variant=variant, weight=first.weight + second.weight)
    return replace(first, others=_distinct(first.code, (*first.others, *second.codes)))


def _distinct(first: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes that say more than the first and each other: zh says nothing beside zh-hans."""
    said = {first, *(code.partition("-")[0] for code in (first, *codes) if "-" in code)}
    return tuple(code for code in dict.fromkeys(codes) if code not in said)


def _told(script: str, text: str, weight: int) -> Told:
    """Return the language of what a text has in one script."""
    words = script_weights.written_in(script, text)
    if script == "han":
        return _in_han(words, weight)
    if len(LANGUAGES[script]) == 1:
        return Told(next(iter(LANGUAGES[script])), 1.0, weight=weight)
    if len(words) < LEAST:
        return NOTHING
    language, confidence = models.language(words, script)
    return Told(language, confidence, weight=weight)


def _in_han(words: str, weight: int) -> Told:
    told = han.tell(words.replace(" ", ""))
    if told.language == "zh" and told.kana >= max(SENTENCE, SHARE * weight):
        return join(
            Told("zh", 1.0, told.variant, weight=weight - told.kana),
            Told("ja", 1.0, weight=told.kana),
        )
    return Told(told.language, 1.0, told.variant, weight=weight)


def _beside(script: str, text: str, main: int) -> Told | None:
    """Return the language of the sentences in another script, None where there are too few, or it
    is not sure.
    """
    weight = script_weights.in_sentences(script, text)
    if weight < SENTENCE or weight < SHARE * (weight + main):
        return None
    told = _told(script, text, weight)
    return told if told.confidence >= models.SURE else None
