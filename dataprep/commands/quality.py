"""Show how the examples of files fare by the rules of quality, before any of them is dropped."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

from dataprep.commands.survey import map_shards
from dataprep.errors import DataError
from dataprep.executor import Workers
from dataprep.formats.reading.examples import examples
from dataprep.model import Example, Origin
from dataprep.pipeline import Progress, quiet
from dataprep.sources.shards import Shard
from dataprep.sources.source import Source
from dataprep.steps import Options
from dataprep.steps.quality import limits_among
from dataprep.steps.quality import rules as known_rules
from dataprep.steps.quality.rules import LOW, SCORE, Limits, Measured, Rule, shortened, shown
from dataprep.steps.quality.texts import View
from dataprep.steps.quality.verdicts import Verdicts

PLACES = 3
PERCENTS = (1, 50, 99)
ALL_PERCENTS = (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)
TENTHS = 10
DOUBLINGS = 17
_BARS = "·▁▂▃▄▅▆▇█"
_WIDTH = 46  # characters that are shown of a prompt and of an answer


class ShownCase(NamedTuple):
    """An example that breaks a rule: where it stands, what was found, and the beginnings of its
    prompt and answer.
    """

    place: Origin
    found: str
    prompt: str
    answer: str


@dataclass
class Fared:
    """How all examples fare by one rule: how many break it, the first of them, and how often it
    measured what.
    """

    count: int = 0
    cases: list[ShownCase] = field(default_factory=list)
    values: Counter[float] = field(default_factory=Counter)

    def add(self, other: Fared) -> None:
        """Add what came of a later shard."""
        self.count += other.count
        self.cases = [*self.cases, *other.cases][:PLACES]
        self.values.update(other.values)

    def percentiles(self, percents: Iterable[int]) -> dict[int, float]:
        """Return below which value so many percent of the examples lie."""
        ordered = sorted(self.values)
        sums = list(accumulate(self.values[value] for value in ordered))
        return {percent: _at(ordered, sums, percent) for percent in percents} if ordered else {}


def _at(ordered: list[float], sums: list[int], percent: int) -> float:
    wanted = max(1, math.ceil(sums[-1] * percent / 100))
    return next(value for value, sum_ in zip(ordered, sums, strict=True) if sum_ >= wanted)


@dataclass
class QualitySurvey:
    """How the examples of some files fare by each rule, and how many would leave by any.

    `counted` says that a tokenizer counted the tokens; without one they are estimated.
    """

    limits: Limits
    name: str = ""
    examples: int = 0
    unread: int = 0
    leave: int = 0
    counted: bool = False
    rules: dict[str, Fared] = field(default_factory=dict)
    verdicts: Verdicts = field(default_factory=Verdicts)

    def add(self, other: QualitySurvey) -> None:
        """Add what came of a later shard."""
        self.examples += other.examples
        self.unread += other.unread
        self.leave += other.leave
        self.verdicts.all += other.verdicts.all
        for name, fared in other.rules.items():
            self.rules.setdefault(name, Fared()).add(fared)

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs, with lengths in characters, words or tokens and shares of
        1.
        """
        known = _known("")
        return {
            "examples": self.examples,
            "unread": self.unread,
            "leave": self.leave,
            "rules": {
                name: _rule_as_json(known[name], self.limits[name], its)
                for name, its in self.rules.items()
            },
            **({"verdicts": self.verdicts.as_json()} if self.verdicts else {}),
        }

    def __str__(self) -> str:
        known = {
            name: rule
            for name, rule in _known("").items()
            if name in self.rules and self._is_shown(name, rule)
        }
        share = self.leave / self.examples
        head = (
            f"{self.name}: {_counted(self.examples, 'example')}, of which {self.leave:,} "
            f"would leave ({share:.1%})"
        )
        lines = [
            head,
            "",
            *_table(known, self.limits, self.rules),
            "",
            SPREAD,
            *[ESTIMATED] * (not self.counted),
        ]
        sought = {
            rule.reason: self.rules[name]
            for name, rule in known.items()
            if not isinstance(rule, Measured)
        }
        silent = [reason for reason, fared in sought.items() if not fared.count]
        lines += [f"  found nowhere: {' · '.join(silent)}"] * bool(silent)
        if self.unread:
            are = (
                "record is no example and is"
                if self.unread == 1
                else "records are no examples and are"
            )
            lines.append(f"  {self.unread:,} {are} left out; dataprep validate names each")
        if self.verdicts:
            lines += ["", *self.verdicts.lines()]
        for name, rule in known.items():
            lines += _cases(rule.reason, self.rules[name])
        return "\n".join(lines)

    def _is_shown(self, name: str, rule: Rule) -> bool:
        """Tell whether a rule has a row: not the least of a length where there is none."""
        return (
            not isinstance(rule, Measured)
            or not rule.counts
            or rule.most
            or rule.is_on(self.limits[name])
        )


SPREAD = (
    "  spread: shares in tenths from 0 to 1, lengths by doublings from 1; higher is more, by "
    "the logarithm; ┊ the limit"
)
ESTIMATED = (
    "  tokens: estimated from the characters, within about a third; --tokenizer FOLDER counts them"
)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _known(tokenizer: str) -> dict[str, Rule]:
    return {**known_rules.rules(tokenizer), SCORE: LOW}


# ------------------------------------------------------------------------------------------ looking


class Looking(NamedTuple):
    """What to look at records with."""

    limits: Limits
    rules: Mapping[str, Rule]
    repairs: tuple[str, ...]


def _looking(limits: Limits, tokenizer: str, repairs: tuple[str, ...]) -> Looking:
    return Looking(limits, known_rules.rules(tokenizer), repairs)


def quality(
    sources: tuple[Source, ...],
    options: Options,
    *,
    repairs: tuple[str, ...] = (),
    workers: Workers = 0,
    progress: Progress = quiet,
) -> QualitySurvey:
    """Return how the examples of files fare by the rules of the step `quality` with these options.

    Raises `DataprepError` for a limit that is none, and `DataError` where no record is an example.
    """
    limits = limits_among(options)
    known_rules.check(limits, known_rules.rules(options["tokenizer"]))
    found = QualitySurvey(
        limits,
        sources[0].path if len(sources) == 1 else f"{len(sources)} files",
        counted=bool(options["tokenizer"]),
    )
    setup = partial(_looking, limits, options["tokenizer"], repairs)
    for part in map_shards(_look, sources, setup, workers=workers, progress=progress):
        found.add(part)
    if not found.examples:
        raise DataError(
            f"{found.name}: no record is an example; `dataprep validate` names what each lacks"
        )
    return found


def _look(looking: Looking, shard: Shard) -> QualitySurvey:
    found = QualitySurvey(looking.limits)
    for piece in shard:
        for raw, _, example in examples(piece, looking.repairs):
            if isinstance(example, Example):
                _take(found, View(example), looking.rules, raw.origin)
            else:
                found.unread += 1
    return found


def _take(quality: QualitySurvey, view: View, known: Mapping[str, Rule], place: Origin) -> None:
    """Count one example."""
    limits = quality.limits
    values: dict[str, Any] = {name: rule.measure(view) for name, rule in known.items()}
    values[SCORE] = known_rules.score(values, known, limits)
    told = {
        name: rule.told(values[name], limits[name]) for name, rule in {**known, SCORE: LOW}.items()
    }
    quality.examples += 1
    quality.verdicts.take(view.example, place)
    quality.leave += any(told.values())
    for name, value in values.items():
        fared = quality.rules.setdefault(name, Fared())
        found = told[name] or (shortened(value) if isinstance(value, str) else "")
        if found:
            _note(fared, view, place, found)
        if not isinstance(value, str) and math.isfinite(value):
            fared.values[_rounded(value)] += 1


def _note(fared: Fared, view: View, place: Origin, found: str) -> None:
    fared.count += 1
    if len(fared.cases) < PLACES:
        prompt = view.prompts[-1] if view.prompts else ""
        fared.cases.append(
            ShownCase(
                place, found, shortened(prompt, _WIDTH), shortened(view.example.answer, _WIDTH)
            )
        )


def _rounded(value: float) -> float:
    """Return a share to three digits, a count to three significant ones, so that there are few
    different values.
    """
    if isinstance(value, float):
        return round(value, 3)
    return round(value, 3 - len(str(value))) if value > 999 else value


# ------------------------------------------------------------------------------------------ showing


def _rule_as_json(rule: Rule, limit: float, fared: Fared) -> dict[str, Any]:
    cases = [
        {
            "path": case.place.path,
            "line": case.place.line,
            "found": case.found,
            "prompt": case.prompt,
            "answer": case.answer,
        }
        for case in fared.cases
    ]
    told: dict[str, Any] = {
        "reason": rule.reason,
        "limit": limit,
        "on": rule.is_on(limit),
        "count": fared.count,
    }
    if isinstance(rule, Measured):
        told["percentiles"] = {
            str(percent): value for percent, value in fared.percentiles(ALL_PERCENTS).items()
        }
        told["spread"] = _spread(rule, fared)
    return {**told, "examples": cases}


def _table(known: Mapping[str, Rule], limits: Limits, rules: Mapping[str, Fared]) -> Iterator[str]:
    """Yield a row for each rule that measures, and for each other that found something."""
    total = max(sum(fared.values.values()) for fared in rules.values())
    yield (
        f"  {'':<18} {'break it':>15} {'':>3} {'1%':>7} {'50%':>7} {'99%':>7}  {'limit':<16} spread"
    )
    for name, rule in known.items():
        fared, limit = rules[name], limits[name]
        if isinstance(rule, Measured):
            yield _row(rule, limit, fared, total)
        elif fared.count:
            off = "" if limit else "off"
            yield f"  {rule.reason:<18} {_share(fared.count, total)}{'':>29}  {off}".rstrip()


def _row(rule: Measured, limit: float, fared: Fared, total: int) -> str:
    count = _share(fared.count, total) if rule.is_on(limit) else " " * 15
    found = fared.percentiles(PERCENTS)
    values = " ".join(f"{shown(found[percent]) if found else '':>7}" for percent in PERCENTS)
    return (
        f"  {rule.reason:<18} {count} {'':>3} {values}  {rule.bound(limit):<16} "
        f"{_bars(rule, limit, fared)}"
    ).rstrip()


def _share(count: int, total: int) -> str:
    return f"{count:>8,} {count / total:>6.1%}" if total else f"{count:>8,} {'':>6}"


def _cases(reason: str, fared: Fared) -> Iterator[str]:
    if fared.cases:
        yield ""
        yield f"  {reason}, {fared.count:,}"
    for case in fared.cases:
        said = f"{case.prompt} → {case.answer}" if case.prompt else case.answer
        yield f"    {case.place}  {case.found}"
        yield f"        {said}"


def _spread(rule: Measured, fared: Fared) -> list[int]:
    """Return how many values are in each tenth from 0 to 1, or of a count in each doubling from 1
    on.
    """
    bins = [0] * (DOUBLINGS if rule.counts else TENTHS)
    for value, count in fared.values.items():
        bins[min(_bin(rule, value), len(bins) - 1)] += count
    return bins


def _bin(rule: Measured, value: float) -> int:
    return max(int(value), 1).bit_length() - 1 if rule.counts else int(value * TENTHS)


def _bars(rule: Measured, limit: float, fared: Fared) -> str:
    """Return a bar for each part of the spread, and a line where the limit is."""
    bins = _spread(rule, fared)
    most = math.log1p(max(bins, default=0)) or 1.0
    bars = [_BARS[math.ceil(math.log1p(count) / most * (len(_BARS) - 1))] for count in bins]
    if rule.is_on(limit):
        bars.insert(min(_bin(rule, limit) + (rule.most and rule.counts), len(bins)), "┊")
    return "".join(bars)
