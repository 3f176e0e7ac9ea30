"""Show what steps would change and take out, as a diff of each record, and write nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from dataprep import pipeline
from dataprep.errors import RecordError
from dataprep.formats.reading.examples import examples, written_format
from dataprep.model import Drop, Example, Note, Tag, texts
from dataprep.pipeline.deciding import TRAIN, Fate, corpus_of, decide
from dataprep.pipeline.job import Processed
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.writing import Outcome, found
from dataprep.sources import atomic
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.steps import ExampleStep, Options
from dataprep.text.diff import Mark, deleted, marked, plain_mark

AGAIN = "written several times"


def diffs(
    sources: tuple[Source, ...],
    *steps: tuple[str, Options],
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    head: int | None = None,
    mark: Mark = plain_mark,
) -> Iterator[str]:
    """Yield for each record that a step changes or takes out its place and what differs by which
    rule; then the count.

    With `head` it ends after so many of these records. Only where a step looks at all examples
    together all are read before the first is shown.
    """
    plan = Plan(sources, written_format(sources), steps, repairs=repairs)
    looking = _Looking(plan.example_steps, mark)
    records = chain.from_iterable(examples(Piece(source), repairs) for source in plan.sources)
    for record, fate in zip(records, _fates(plan, workers), strict=False):
        if lines := list(looking.at(record.example, *fate)):
            looking.shown += 1
            yield "\n".join((str(record.raw.origin), *lines))
        if looking.shown == head:
            yield f"the first {head:,}: {looking}"
            return
    yield str(looking)


def _fates(plan: Plan, workers: int) -> Iterator[tuple[Fate, str]]:
    """Return for each record what becomes of it by the steps over all examples, and what led to
    that.
    """
    if not plan.corpus_steps:
        return repeat((TRAIN, ""))
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        atomic.naming(f"{folder}, in the folder TMPDIR"),
        pipeline.executor_of(plan, workers) as executor,
    ):
        parts = list(pipeline.read(plan, Path(folder), executor))
        with corpus_of(plan, parts, executor) as corpus:
            outcome = Outcome(parts, decide(plan, corpus).fates)
    return chain.from_iterable(_in_order(part, iter(fates), outcome) for part, fates in outcome.own)


def _in_order(
    part: Processed, fates: Iterator[Fate], outcome: Outcome
) -> Iterator[tuple[Fate, str]]:
    """Yield the fate of each record of a shard; of those that left before it is that of one that
    stays.
    """
    for stays in part.stays:
        fate = next(fates) if stays else TRAIN
        yield fate, found(fate, outcome)


@dataclass
class _Looking:
    """What is looked for, and how much was found so far."""

    steps: Sequence[ExampleStep]
    mark: Mark
    records: int = 0
    unread: int = 0
    shown: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        by_rule = " · ".join(f"{name} {count:,}" for name, count in self.done.most_common())
        told = f"{self.shown:,} of {self.records:,} records would change"
        unread = (
            f"; {self.unread:,} are no examples, dataprep validate says why" if self.unread else ""
        )
        return f"{told}{': ' if by_rule else ''}{by_rule}{unread}"

    def at(self, example: Example | RecordError, fate: Fate, found: str) -> Iterator[str]:
        """Yield a line for each text of a record that a rule changes, and for each of one that
        leaves, with why.
        """
        self.records += 1
        if isinstance(example, RecordError):
            self.unread += 1
            return
        for step in self.steps:
            for rule, result in step.rulings(example):
                if isinstance(result, Drop):
                    yield from self._leaving(example, result.reason, result.found)
                    return
                after = result.example if isinstance(result, (Tag, Note)) else result
                yield from self._differing(rule, example, after)
                example = after
        if not fate.split:
            yield from self._leaving(example, fate.reason, found)
        elif fate.times > 1:
            self.done[AGAIN] += 1
            yield f"  {AGAIN}: {fate.times} times"

    def _leaving(self, example: Example, reason: str, found: str) -> Iterator[str]:
        self.done[reason] += 1
        yield f"  leaves, {reason}" + (f": {found}" if found else "")
        for part, text in texts(example):
            if text:
                yield f"  {part}: {deleted(text, self.mark)}"

    def _differing(self, rule: str, before: Example, after: Example) -> Iterator[str]:
        if after is before:
            return
        self.done[rule] += 1
        for (part, one), (_, other) in zip_longest(texts(before), texts(after), fillvalue=("", "")):
            if one != other:
                yield f"  {rule}, {part}: {marked(one, other, self.mark)}"
