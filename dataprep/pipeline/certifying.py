"""Verify from finished files alone that no example, or near duplicate, is on two sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, combinations
from pathlib import Path

from dataprep.errors import DataError
from dataprep.executor import Executor
from dataprep.model import Origin
from dataprep.pipeline.deciding import ranks
from dataprep.pipeline.job import Job, Processed
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.reading import process, reader_of
from dataprep.pipeline.report.certificate import Border, Certificate, Twins
from dataprep.pipeline.report.report import OUT
from dataprep.pipeline.writing import Outcome
from dataprep.sources.shards import cut
from dataprep.sources.source import Source
from dataprep.steps.split import LOWEST

Sides = Mapping[str, Sequence[Source]]
"""The files of each side, by its name."""


def certify(
    sides: Sides,
    threshold: float,
    folder: Path,
    executor: Executor,
    *,
    together: bool = False,
    called: Callable[[str], str] = str,
) -> Certificate:
    """Compare all examples of each side with all others, exactly, and return the most similar.

    `folder` is for temporary files and must not exist. With `together`, all sides are reported as
    one. `called` maps a path to the name to report. Raises `DataError` for a side without examples.
    """
    spool = executor.workspace(folder)
    plan = Plan(tuple(chain.from_iterable(sides.values())), "sharegpt", sketches=True)
    jobs = (Job(shard, spool, number, known=True) for number, shard in enumerate(cut(plan.sources)))
    parts = [*executor.map(process, jobs, partial(reader_of, plan))]
    of = _sides_of(plan, parts, sides)
    borders = [tuple(sides)] if together else [*combinations(sides, 2)]
    found = _Comparison(parts, of, called)
    certificate = Certificate(
        threshold,
        LOWEST,
        {name: count for name in sides for count in [of.count(name)]},
        [found.between(border) for border in borders],
        _left_out(parts),
    )
    spool.remove()
    return certificate


def _sides_of(plan: Plan, parts: Sequence[Processed], sides: Sides) -> list[str]:
    """Return the side of each example."""
    by_path = {source.path: name for name, sources in sides.items() for source in sources}
    names = [by_path[path] for path in plan.ranks]
    found = [names[rank] for part in parts for rank in ranks(plan, part)]
    for name in sides.keys() - set(found):
        paths = ", ".join(source.path for source in sides[name])
        raise DataError(f"{paths}: no example to compare with; `dataprep validate` says why")
    return found


def _left_out(parts: Sequence[Processed]) -> dict[str, int]:
    """Return how many records are no examples, by reason."""
    total = sum((part.counts for part in parts), Counter[tuple[str, str]]())
    return {reason: count for (kind, reason), count in sorted(total.items()) if kind in OUT}


class _Comparison:
    """All examples, with the side of each, ready to compare."""

    def __init__(self, parts: list[Processed], of: list[str], called: Callable[[str], str]) -> None:
        from dataprep.text.similarity.sets import Sets
        from dataprep.text.similarity.sketch import Sketches

        self.of = of
        self.prompts = [print_.prompt for part in parts for print_ in part.prints]
        self.outcome = Outcome(parts, [])
        self.called = called
        with closing(Sketches([part.job.sketches for part in parts])) as sketches:
            self.sets = Sets(sketches, range(len(of)))

    def between(self, sides: tuple[str, ...]) -> Border:
        """Return the most similar examples on different sides."""
        import numpy as np

        from dataprep.text.similarity.across import most_alike

        labels = [sides.index(name) if name in sides else -1 for name in self.of]
        twins = [
            Twins(pair.similarity, *self._places(labels, pair.first, pair.second))
            for pair in most_alike(self.sets, np.array(labels, np.int64), LOWEST)
        ]
        same = _same_prompts(self.prompts, labels)
        return Border(sides, twins, len(same), self._places(labels, *same[0]) if same else ())

    def _places(self, labels: list[int], *numbers: int) -> tuple[Origin, ...]:
        """Return the origins of examples, in the order of their sides."""
        found = (self.outcome.place(number) for number in sorted(numbers, key=labels.__getitem__))
        return tuple(Origin(self.called(place.path), place.line) for place in found)


def _same_prompts(prompts: Sequence[bytes], labels: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first example of each prompt on several sides, and the first on another side."""
    firsts: dict[bytes, int] = {}
    both: dict[bytes, tuple[int, int]] = {}
    for number, (prompt, label) in enumerate(zip(prompts, labels, strict=True)):
        if label >= 0:
            first = firsts.setdefault(prompt, number)
            if labels[first] != label:
                both.setdefault(prompt, (first, number))
    return [*both.values()]
