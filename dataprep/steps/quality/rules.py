"""All rules of `quality` by the names of their options, and the score that sums them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Note, Tag
from dataprep.steps.base import Ruling
from dataprep.steps.quality import (
    answers,
    characters,
    endings,
    failures,
    lengths,
    markers,
    prompts,
    refusals,
    repetition,
    verdicts,
)
from dataprep.steps.quality.texts import Text, View
from dataprep.text.shorten import shorten

Limits = Mapping[str, float]
"""The limit of each rule by its option; true or false for a rule that searches."""
Action = Literal["drop", "tag"]
Measure = Callable[[View], float]
FOUND = 80
"""The most characters that are shown of a match."""


@dataclass(frozen=True)
class Measured:
    """A rule with a limit: the most that is good, or the least.

    A share is a fraction of 1. A count of characters, words, or tokens has no limit if it is 0.
    `quick` is a cheaper measure that breaks every limit that the measure breaks.
    """

    reason: str
    measure: Measure
    most: bool
    counts: bool = False
    quick: Measure | None = None

    def is_on(self, limit: float) -> bool:
        """Return whether the limit can be broken."""
        return limit > 0 if self.counts or not self.most else limit < 1

    def breaks(self, value: float, limit: float) -> bool:
        """Return whether a value is beyond the limit."""
        return self.is_on(limit) and (value > limit if self.most else value < limit)

    def told(self, value: float, limit: float) -> str:
        """Return a value and the limit that it breaks in words, "" if it breaks none."""
        return f"{shown(value)}, {self.bound(limit)}" if self.breaks(value, limit) else ""

    def may_break(self, limit: float) -> Callable[[View], bool]:
        """Return a quick check whether an example may break the limit."""
        measure = self.quick or self.measure
        if self.most:
            return lambda view: measure(view) > limit
        return lambda view: measure(view) < limit

    def look(self, view: View, limit: float) -> str:
        """Return the value that breaks the limit in words, "" if none does."""
        return self.told(self.measure(view), limit)

    def bound(self, limit: float) -> str:
        """Return the limit in words."""
        return (
            f"at {'most' if self.most else 'least'} {shown(limit)}"
            if self.is_on(limit)
            else "no limit"
        )

    def nearness(self, value: float, limit: float) -> float:
        """Return the square of value / limit: 0 far from the limit, 1 where it is broken."""
        if self.breaks(value, limit):
            return 1.0
        if self.counts or not self.is_on(limit):
            return 0.0
        return float(value / limit if self.most else limit / value) ** 2 if limit else 0.0


@dataclass(frozen=True)
class Sought:
    """A rule that searches for a text, and is on or off."""

    reason: str
    measure: Callable[[View], str]

    def is_on(self, limit: float) -> bool:
        """Return whether the rule is on."""
        return bool(limit)

    def told(self, value: str, limit: float) -> str:
        """Return the match, shortened, "" if there is none."""
        return shortened(value) if value and limit else ""

    def may_break(self, limit: float) -> Callable[[View], object]:
        """Return the search itself, which is quick."""
        return self.measure

    def look(self, view: View, limit: float) -> str:
        """Return the match, shortened, "" if there is none."""
        return self.told(self.measure(view), limit)

    def nearness(self, value: str, limit: float) -> float:
        """Return 1 for a match, else 0."""
        return float(bool(value and limit))


Rule = Measured | Sought


def shown(value: float) -> str:
    """Return a share with two digits, or a count."""
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def shortened(text: str, width: int = FOUND) -> str:
    """Return a text on one line, cut to `width` characters."""
    return shorten(" ".join(text.split()), width)


def rules(tokenizer: str = lengths.NO_TOKENIZER) -> dict[str, Rule]:
    """Return all rules by the names of their options, in the order in which they apply."""
    tokens = lengths.tokens_by(tokenizer)
    return {
        "shortest": Measured(
            "answer too short", _least(lengths.characters), most=False, counts=True
        ),
        "longest": Measured("answer too long", _most(lengths.characters), most=True, counts=True),
        "fewest_words": Measured("too few words", _least(lengths.words), most=False, counts=True),
        "most_words": Measured("too many words", _most(lengths.words), most=True, counts=True),
        "fewest_tokens": Measured("too few tokens", tokens, most=False, counts=True),
        "most_tokens": Measured("too many tokens", tokens, most=True, counts=True),
        "markers": Sought("template marker", markers.marker),
        "failed_calls": Sought("failed call", failures.failed_call),
        "empty_slots": Sought("empty slot", prompts.empty_slot),
        "refusals": Sought("refusal", refusals.refusal),
        "disclaimers": Sought("disclaimer", refusals.disclaimer),
        "only_links": Sought("only links", answers.only_links),
        "open_fences": Sought("open code fence", answers.open_fence),
        "broken_off": Sought("breaks off", endings.breaks_off),
        "equal_pairs": Sought("equal pair", lambda view: verdicts.equal_pair(view.example)),
        "echoes": Measured("repeats the prompt", answers.echo, most=True),
        "letters": Measured(
            "few letters", _least(characters.letters), most=False, quick=_least(characters.plain)
        ),
        "digits": Measured(
            "many digits", _most(characters.digits), most=True, quick=_most(characters.no_plain)
        ),
        "symbols": Measured(
            "many symbols", _most(characters.symbols), most=True, quick=_most(characters.no_plain)
        ),
        "capitals": Measured(
            "many capitals", characters.capitals, most=True, quick=_most(characters.no_plain)
        ),
        "repeated_lines": Measured("repeated lines", _most(repetition.repeated_lines), most=True),
        "repeated_phrases": Measured(
            "repeated phrases",
            _most(repetition.repeated_phrases),
            most=True,
            quick=_most(repetition.repeated_units),
        ),
    }


def _most(measure: Callable[[Text], float]) -> Measure:
    return _over_all(measure, lambda texts: max(map(measure, texts), default=0.0))


def _least(measure: Callable[[Text], float]) -> Measure:
    return _over_all(measure, lambda texts: min(map(measure, texts), default=float("inf")))


def _over_all(measure: Callable[[Text], float], of_many: Callable[[list[Text]], float]) -> Measure:
    """Return a measure of a view that skips `of_many` for the usual single text."""

    def measured(view: View) -> float:
        texts = view.texts
        return measure(texts[0]) if len(texts) == 1 else of_many(texts)

    return measured


SCORE = "score"
LOW = Measured("low score", lambda view: 1.0, most=False)
"""The rule of the score, which sums up all others."""


def score(values: Mapping[str, Any], known: Mapping[str, Rule], limits: Limits) -> float:
    """Return the score of an example from all measures: 1 far from every limit, 1/2 with one
    broken.

    It is 1 / (1 + sum): each rule adds 1 if it is broken, else the square of value / limit; a count
    adds nothing until it is broken.
    """
    return 1 / (1 + sum(rule.nearness(values[name], limits[name]) for name, rule in known.items()))


def check(limits: Limits, known: Mapping[str, Rule]) -> None:
    """Raise `DataprepError` for a share outside 0 to 1, a count below 0, and an empty range."""
    for name, rule in [*known.items(), (SCORE, LOW)]:
        if isinstance(rule, Measured) and not (
            limits[name] >= 0 and (rule.counts or limits[name] <= 1)
        ):
            wanted = "0 or more" if rule.counts else "a share, 0 to 1"
            raise DataprepError(f"{name} is {limits[name]}, expected {wanted}")
    for least, most in _RANGES:
        if 0 < limits[most] < limits[least]:
            raise DataprepError(
                f"{least} is {limits[least]} and {most} is {limits[most]}, between which nothing is"
            )


_RANGES = (
    ("shortest", "longest"),
    ("fewest_words", "most_words"),
    ("fewest_tokens", "most_tokens"),
)


class QualityJudge:
    """Judges examples by the rules that are on; raises `DataprepError` for an invalid limit.

    With `notes_score` it also notes the score of each example that stays.
    """

    def __init__(
        self,
        limits: Limits,
        action: Action,
        tokenizer: str = lengths.NO_TOKENIZER,
        *,
        notes_score: bool = False,
    ) -> None:
        known = rules(tokenizer)
        check(limits, known)
        self.limits = limits
        self.drops = action == "drop"
        self.notes_score = notes_score
        self.has_least_score = LOW.is_on(limits[SCORE])
        self.known = {name: rule for name, rule in known.items() if rule.is_on(limits[name])}
        self._checks = [
            (rule.may_break(limits[name]), rule, limits[name]) for name, rule in self.known.items()
        ]

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that an example breaks, and its score if it is noted."""
        view = View(example)
        found: list[Ruling] = []
        for may_break, rule, limit in self._checks:
            if may_break(view) and (words := rule.look(view, limit)):
                if self.drops:
                    return (Ruling(rule.reason, Drop(rule.reason, words)),)
                found.append(Ruling(rule.reason, Tag(example, rule.reason, words)))
        if self.has_least_score or self.notes_score:
            values = {name: rule.measure(view) for name, rule in self.known.items()}
            summed = score(values, self.known, self.limits)
            if words := LOW.told(summed, self.limits[SCORE]):
                if self.drops:
                    return (Ruling(LOW.reason, Drop(LOW.reason, words)),)
                found.append(Ruling(LOW.reason, Tag(example, LOW.reason, words)))
            if self.notes_score:
                found.append(Ruling(SCORE, Note(example, SCORE, summed)))
        return found
