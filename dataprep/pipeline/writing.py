"""The third pass: workers write the part of each shard, and the driver concatenates the parts."""

from __future__ import annotations

import shutil
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import accumulate, chain, compress, islice, repeat
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from dataprep.executor import Executor
from dataprep.model import Origin
from dataprep.pipeline.deciding import KNOWN, Fate
from dataprep.pipeline.job import OVERLONG, Processed
from dataprep.pipeline.leaving import Leaving, Rejects, rejects
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report import clusters
from dataprep.pipeline.report.lineage import Story, Trace
from dataprep.pipeline.report.samples import Samples
from dataprep.sources import json_lines
from dataprep.sources.outputs import CLUSTERS, REJECTS, TAGS

NOWHERE = -1
"""The number of no split, for an example that leaves."""


class Outcome:
    """The results of the first two passes: the shards, and the fate of each example that the first
    one kept.

    Shards of other sets, which are only compared with, come first.
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
        """Return the origin of an example, by its number among all."""
        at = bisect_right(self._starts, number) - 1
        if at not in self._kept:
            self._kept[at] = list(self.parts[at].kept)
        return self.parts[at].origin(self._kept[at][number - self._starts[at]])


def write(folder: Path, plan: Plan, outcome: Outcome, executor: Executor) -> None:
    """Write all files of a run, each in the order of the inputs.

    These are `SPLIT.jsonl` for each split, or two files for each fold; `rejects.jsonl`; and, if
    there are any, `tags.jsonl` and the clusters of near duplicates.
    """
    outputs = _outputs(plan)
    setup = partial(Outputs, outputs, any(step.secret for step in plan.built))
    written = executor.map(write_shard, _write_jobs(plan, outcome), setup)
    _write_clusters(folder / CLUSTERS, plan, outcome)  # while the workers write
    with ExitStack() as stack:
        for output in outputs:
            (folder / output.name).parent.mkdir(exist_ok=True)
        files = [stack.enter_context((folder / output.name).open("wb")) for output in outputs]
        rejected = stack.enter_context((folder / REJECTS).open("wb"))
        for shard in written:
            outcome.samples.update(shard.rejects.samples)
            for path, file in (
                *zip(shard.rows, files, strict=True),
                (shard.rejects.path, rejected),
            ):
                if path:
                    _append(path, file)
            for path in {*shard.rows, shard.rejects.path}:
                if path:
                    path.unlink()  # so that the run takes no more disk than its rows twice
    _write_tags(folder / TAGS, outcome)


def _append(path: Path, file: BinaryIO) -> None:
    with path.open("rb") as part:
        shutil.copyfileobj(part, file, json_lines.CHUNK)


def _outputs(plan: Plan) -> tuple[Output, ...]:
    """Return the files of the rows, sorted by name."""
    splits: dict[str, set[int]] = {}
    for number, names in enumerate(plan.outputs.values()):
        for name in names:
            splits.setdefault(name, set()).add(number)
    return tuple(Output(name, frozenset(its)) for name, its in sorted(splits.items()))


def _write_jobs(plan: Plan, outcome: Outcome) -> Iterator[WriteJob]:
    numbers = {name: number for number, name in enumerate(plan.outputs)} | {"": NOWHERE}
    for part, fates in outcome.own:
        splits = array("h", [numbers[fate.split] for fate in fates])
        times = array("q", [fate.times for fate in fates])
        leaving = dict(_leaving(part, fates, outcome))
        yield WriteJob(part.places, splits, times if max(times, default=1) > 1 else None, leaving)


def _write_tags(path: Path, outcome: Outcome) -> None:
    parts = [part for part, _ in outcome.own]
    if any(kind == "tagged" for part in parts for kind, _ in part.counts):
        with path.open("wb") as tags:
            for part in parts:
                _append(part.job.tagged, tags)


def _write_clusters(path: Path, plan: Plan, outcome: Outcome) -> None:
    """Write the clusters; no file where there are none."""
    if plan.parts and any(fate.repeats >= 0 for fate in outcome.fates):
        clusters.write(path, clusters.members_of(_links(outcome), outcome.place))


def _links(outcome: Outcome) -> Iterator[clusters.Link]:
    for number, fate in enumerate(outcome.fates):
        if fate.repeats >= 0:
            kind = outcome.fates[fate.repeats].split and (
                "known" if outcome.fates[fate.repeats] is KNOWN else "kept"
            )
            yield clusters.Link(number, fate.repeats, fate.similarity, kind or "left")


def _leaving(part: Processed, fates: list[Fate], outcome: Outcome) -> Iterator[tuple[int, Leaving]]:
    for ordinal, fate in zip(part.kept, fates, strict=True):
        if not fate.split:
            yield ordinal, Leaving(fate.way_out, fate.reason, found(fate, outcome))


def found(fate: Fate, outcome: Outcome) -> str:
    """Return the evidence for removing an example."""
    if fate.opposes >= 0:
        return f"says the opposite of {outcome.place(fate.opposes)}"
    if fate.repeats < 0:
        return fate.found
    near = f", {fate.similarity:.2f} similar" if fate.similarity < 1 else ""
    return f"repeats {outcome.place(fate.repeats)}{near}"


def stories(outcome: Outcome) -> Iterator[Story]:
    """Yield the lineage of every input record, in order; of a split record, one for each part."""
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


# ----------------------------------------------------------------------------------- in the workers


class Output(NamedTuple):
    """A file of the run, and the splits whose rows it holds, by number."""

    name: str
    splits: frozenset[int]


class Outputs(NamedTuple):
    """How a worker writes shards: the files, and whether reports must not show a record."""

    files: tuple[Output, ...]
    is_secret: bool


class WriteJob(NamedTuple):
    """What to write of a shard: the split of each example that pass 1 kept, `NOWHERE` for none, how
    often, and which of them leave; `times` is None where each is written once.
    """

    part: Processed
    splits: array[int]
    times: array[int] | None
    leaving: Mapping[int, Leaving]


class WrittenShard(NamedTuple):
    """The parts of a shard in the workspace: one for each output, None where it has no row."""

    rows: list[Path | None]
    rejects: Rejects


def write_shard(outputs: Outputs, job: WriteJob) -> WrittenShard:
    """Write the rows and the rejects of one shard; a pure function of the job."""
    rows = _write_rows(outputs.files, job)
    return WrittenShard(rows, rejects(job.part, job.leaving, is_secret=outputs.is_secret))


def _write_rows(files: Sequence[Output], job: WriteJob) -> list[Path | None]:
    """Write the rows of each file, or use the rows of pass 1 where all go the same way."""
    rows, used = job.part.job.rows, set(job.splits)
    if len(used) == 1 and not job.times:
        return [rows if used <= file.splits else None for file in files]
    paths: list[Path | None] = []
    for number, output in enumerate(files):
        path = job.part.job.part(number)
        with (
            rows.open("rb", buffering=json_lines.CHUNK) as lines,
            path.open("wb", buffering=json_lines.CHUNK) as file,
        ):
            file.writelines(_lines_of(output, job, lines))
        paths.append(path)
    return paths


def _lines_of(output: Output, job: WriteJob, lines: Iterable[bytes]) -> Iterable[bytes]:
    here = [split in output.splits for split in job.splits]
    if not job.part.parts and not job.times:
        return compress(lines, here)
    lines, times = iter(lines), job.times or repeat(1)
    return chain.from_iterable(
        [*islice(lines, count)] * often * keeps
        for count, often, keeps in zip(job.part.rows, times, here, strict=False)
    )
