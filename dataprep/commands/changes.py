"""Show what a step would change, as a diff of each record, and write nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from dataprep import repair, steps
from dataprep.containers.raw import Raw
from dataprep.diff import Mark, marked, plain_mark
from dataprep.errors import RecordError
from dataprep.model import Drop, Example, Note, Tag, texts
from dataprep.plan import Source
from dataprep.records import records
from dataprep.shards import Piece
from dataprep.steps import Judges, Options


def diffs(
    sources: tuple[Source, ...],
    step: tuple[str, Options],
    *,
    repairs: Sequence[str] = (),
    head: int | None = None,
    mark: Mark = plain_mark,
) -> Iterator[str]:
    """Yield for each record that a step changes or takes out its place and what differs by which rule; then the count.

    With `head` it ends after so many of these records.
    """
    looking = _Looking(steps.build(*step), repairs, mark)
    for source in sources:
        for raw, name in records(Piece(source)):
            if lines := list(looking.at(raw, name, source)):
                looking.shown += 1
                yield "\n".join((str(raw.origin), *lines))
            if looking.shown == head:
                yield f"the first {head:,}: {looking}"
                return
    yield str(looking)


@dataclass
class _Looking:
    """What is looked for, and how much was found so far."""

    judges: Judges
    repairs: Sequence[str]
    mark: Mark
    records: int = 0
    unread: int = 0
    shown: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        by_rule = " · ".join(f"{name} {count:,}" for name, count in self.done.most_common())
        told = f"{self.shown:,} of {self.records:,} records would change"
        unread = f"; {self.unread:,} are no examples, dataprep validate says why" if self.unread else ""
        return f"{told}{': ' if by_rule else ''}{by_rule}{unread}"

    def at(self, raw: Raw, name: str, source: Source) -> Iterator[str]:
        """Yield a line for each text of a record that a rule changes, and for the reason for which it leaves."""
        self.records += 1
        try:
            example = repair.read(raw, name, source, self.repairs).example
        except RecordError:
            self.unread += 1
            return
        for rule, judge in self.judges.items():
            verdict = judge(example)
            if isinstance(verdict, Drop):
                self.done[verdict.reason] += 1
                yield f"  {rule}: leaves, {verdict.reason}"
                return
            after = verdict.example if isinstance(verdict, (Tag, Note)) else verdict
            yield from self._differing(rule, example, after)
            example = after

    def _differing(self, rule: str, before: Example, after: Example) -> Iterator[str]:
        if after is before:
            return
        self.done[rule] += 1
        for (part, one), (_, other) in zip_longest(texts(before), texts(after), fillvalue=("", "")):
            if one != other:
                yield f"  {rule}, {part}: {marked(one, other, self.mark)}"
