"""The third pass, over shards: write each row, and each record that left, to where it goes."""

from __future__ import annotations

import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import accumulate, compress, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from dataprep.executor import Workers
from dataprep.model import Origin
from dataprep.pipeline.deciding import KNOWN, TRAIN, Fate
from dataprep.pipeline.job import OVERLONG, Processed
from dataprep.pipeline.leaving import Leaving, Left, Rejects, rejects
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report import clusters
from dataprep.pipeline.report.lineage import Story, Trace
from dataprep.pipeline.report.samples import Samples
from dataprep.sources import json_lines
from dataprep.sources.outputs import CLUSTERS, REJECTS, TAGS


class Outcome:
    """What the first two passes gave: the shards, and the fate of each example that stayed in the
    first.

    The shards of other sets come first, which are only compared with.
    """

    def __init__(self, parts: list[Processed], fates: list[Fate]) -> None:
        self.parts = parts
        self.fates = fates
        self.samples = Samples()
        for part in parts:
            if not part.job.known:
                self.samples.update(part.samples)
        self._starts = list(accumulate((sum(part.stays) for part in parts), initial=0))
        self._kept: dict[int, list[int]] = {}

    @property
    def own(self) -> Iterator[tuple[Processed, list[Fate]]]:
        """Yield the shards of the inputs, each with the fates of its examples."""
        for part, start, end in zip(self.parts, self._starts, self._starts[1:], strict=False):
            if not part.job.known:
                yield part, self.fates[start:end]

    def place(self, number: int) -> Origin:
        """Return where an example came from by its number among all."""
        at = bisect_right(self._starts, number) - 1
        if at not in self._kept:
            self._kept[at] = list(self.parts[at].kept)
        return self.parts[at].origin(self._kept[at][number - self._starts[at]])


def write(folder: Path, plan: Plan, outcome: Outcome, workers: Workers) -> None:
    """Write what the run gives, each file in the order of the inputs.

    That is `SPLIT.jsonl` for each split, or two files for each fold, and `rejects.jsonl`, and where
    there are any `tags.jsonl` and the clusters of examples that are nearly the same.
    """
    # Others write what leaves and the clusters while the rest is written here.
    clustered = workers.run(partial(clusters.write, folder / CLUSTERS), _clusters(plan, outcome))
    left = workers.run(rejects, _left(outcome))
    with ExitStack() as stack:
        splits = _opened(folder, plan, stack)
        for part, fates in outcome.own:
            _write_rows(part, fates, splits)
    _write_tags(folder / TAGS, outcome)
    _write_rejects(folder / REJECTS, left, outcome)
    for _ in clustered:
        pass


def _opened(folder: Path, plan: Plan, stack: ExitStack) -> dict[str, list[BinaryIO]]:
    """Return for each split the files that its rows are written to."""
    paths = sorted({folder / name for names in plan.outputs.values() for name in names})
    for path in paths:
        path.parent.mkdir(exist_ok=True)
    opened = {
        path: stack.enter_context(path.open("wb", buffering=json_lines.CHUNK)) for path in paths
    }
    return {
        split: [opened[folder / name] for name in names] for split, names in plan.outputs.items()
    }


def _write_tags(path: Path, outcome: Outcome) -> None:
    parts = [part for part, _ in outcome.own]
    if any(kind == "tagged" for part in parts for kind, _ in part.counts):
        with path.open("wb") as tags:
            for part in parts:
                with part.job.tagged.open("rb") as lines:
                    shutil.copyfileobj(lines, tags, json_lines.CHUNK)


def _clusters(plan: Plan, outcome: Outcome) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the members of all clusters at once, as plain tuples, which are sent fast; nothing
    where there are none.
    """
    if plan.parts and any(fate.repeats >= 0 for fate in outcome.fates):
        yield [tuple(member) for member in clusters.members_of(_links(outcome), outcome.place)]


def _links(outcome: Outcome) -> Iterator[clusters.Link]:
    for number, fate in enumerate(outcome.fates):
        if fate.repeats >= 0:
            kind = outcome.fates[fate.repeats].split and (
                "known" if outcome.fates[fate.repeats] is KNOWN else "kept"
            )
            yield clusters.Link(number, fate.repeats, fate.similarity, kind or "left")


def _write_rows(
    part: Processed, fates: list[Fate], splits: Mapping[str, Sequence[BinaryIO]]
) -> None:
    with part.job.rows.open("rb", buffering=json_lines.CHUNK) as rows:
        if all(fate is TRAIN for fate in fates):
            shutil.copyfileobj(rows, splits["train"][0], json_lines.CHUNK)
            return
        if part.parts or any(fate.times > 1 for fate in fates):
            _write_each(part, fates, rows, splits)
            return
        for file, its in _splits_of(splits).items():
            rows.seek(0)
            file.writelines(compress(rows, [fate.split in its for fate in fates]))


def _write_each(
    part: Processed, fates: list[Fate], rows: BinaryIO, splits: Mapping[str, Sequence[BinaryIO]]
) -> None:
    """Write the rows of examples in parts, or of those that are there several times, one example
    after the other.
    """
    for fate, count in zip(fates, part.rows, strict=True):
        its = [*islice(rows, count)]
        for file in splits[fate.split] if fate.split else ():
            file.writelines(its * fate.times)


def _splits_of(splits: Mapping[str, Sequence[BinaryIO]]) -> dict[BinaryIO, set[str]]:
    """Return for each file the splits whose rows are written to it."""
    found: dict[BinaryIO, set[str]] = {}
    for split, its in splits.items():
        for file in its:
            found.setdefault(file, set()).add(split)
    return found


def _write_rejects(path: Path, left: Iterable[Rejects], outcome: Outcome) -> None:
    with path.open("wb") as file:
        for its in left:
            outcome.samples.update(its.samples)
            with its.path.open("rb") as lines:
                shutil.copyfileobj(lines, file, json_lines.CHUNK)


def _left(outcome: Outcome) -> Iterator[Left]:
    for part, fates in outcome.own:
        yield Left(part.places, dict(_leaving(part, fates, outcome)))


def _leaving(part: Processed, fates: list[Fate], outcome: Outcome) -> Iterator[tuple[int, Leaving]]:
    for ordinal, fate in zip(part.kept, fates, strict=True):
        if not fate.split:
            yield ordinal, Leaving(fate.way_out, fate.reason, found(fate, outcome))


def found(fate: Fate, outcome: Outcome) -> str:
    """Return what of an example that left, or of another one, led to that."""
    if fate.opposes >= 0:
        return f"says the opposite of {outcome.place(fate.opposes)}"
    if fate.repeats < 0:
        return fate.found
    near = f", {fate.similarity:.2f} similar" if fate.similarity < 1 else ""
    return f"repeats {outcome.place(fate.repeats)}{near}"


def stories(outcome: Outcome) -> Iterator[Story]:
    """Yield the story of every record of the input, in their order; one for each part of one that
    was split.
    """
    rows = Counter[str]()
    for part, fates in outcome.own:
        trace = cast(Trace, part.trace)
        left = iter(fates)
        kept = zip(part.rows, part.lost, strict=True)
        for ordinal, stays in enumerate(part.stays):
            fate = next(left) if stays else Fate("", trace.reasons[ordinal])
            count, lost = next(kept) if stays else (1, False)
            story = Story(
                *part.origin(ordinal)[:2],
                trace.bytes[ordinal],
                trace.digest(ordinal),
                trace.formats[ordinal],
                trace.changed[ordinal],
                fate.split or trace.fates[ordinal] or fate.way_out,
                fate.reason,
                str(outcome.place(fate.repeats)) if fate.repeats >= 0 else "",
                0,
            )
            if not fate.split:
                yield story
                continue
            for _ in range(count * fate.times):
                rows[fate.split] += 1
                yield story._replace(row=rows[fate.split])
            if lost:
                yield story._replace(fate="filtered", reason=OVERLONG)
