"""The pipeline of prepare, convert, clean, dedupe and split, in three passes.

1. `reading`, on workers, shard by shard: read, check and clean each record; write it as a row, and
   note its fingerprint.
2. `deciding`, in this process, from the fingerprints alone: find duplicates and split the rest.
3. `writing`, on workers, shard by shard: write each row and each rejected record to its file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain, repeat
from pathlib import Path

from dataprep.errors import DataprepError
from dataprep.executor import Executor, Workers, Workspace, executor_for
from dataprep.pipeline import index
from dataprep.pipeline.certifying import certify
from dataprep.pipeline.deciding import SPLIT, TRAIN, Decided, Fate, FateKind, corpus_of, decide
from dataprep.pipeline.job import OVERLONG, Fit, Job, Processed, keep
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.reading import Reader, process, reader_of
from dataprep.pipeline.report import lineage
from dataprep.pipeline.report.certificate import Certificate
from dataprep.pipeline.report.report import Report
from dataprep.pipeline.writing import Outcome, stories, write
from dataprep.sources import inputs
from dataprep.sources.outputs import LINEAGE, SEGMENT, split_file
from dataprep.sources.shards import cut, size_of
from dataprep.sources.source import Source
from dataprep.steps.base import Joined
from dataprep.steps.quality.verdicts import Verdict
from dataprep.steps.split import NEAR

Progress = Callable[[int, int], object]
"""Receives the bytes of each finished shard, and those of all inputs."""


def quiet(size: int, total: int) -> None:
    """Report no progress."""


def run(
    plan: Plan,
    folder: Path,
    *,
    workers: Workers = 0,
    traced: bool = False,
    progress: Progress = quiet,
    fit: Fit = keep,
    known: Path | None = None,
) -> Report:
    """Run a plan into an empty folder and return the report.

    `workers` is a number of processes, 0 for as many as pay off, or an executor. A traced run also
    writes `lineage.parquet`, with a row for each input record. `fit` cuts or drops long examples
    after cleaning; whole conversations are compared and split, so that all parts of one are on one
    side. `known` is an index of earlier examples, with which all are compared; those that stay are
    written as its new segment. Raises `DataprepError` for a missing input, before a byte is
    written, and `DataError` if nothing is left to write or a split is empty.
    """
    total = _size(plan)
    before = _states(plan)
    with executor_for(workers, total) as executor:
        spool = executor.workspace(folder / ".spool")
        setup = partial(reader_of, plan, fit, traced=traced)
        parts = [
            *(index.read(known, plan) if known else ()),
            *_processed(_jobs(plan, spool), setup, total, executor, progress),
        ]
        outcome, joined = _decided(plan, parts, executor, folder / SEGMENT if known else None)
        report = _report(plan, outcome, joined)
        write(folder, plan, outcome, executor)
        spool.remove()
        if len(plan.splits) > 1:
            report.certificate = _certificate(plan, folder, executor)
    if traced:
        lineage.write(folder / LINEAGE, stories(outcome))
    for path, state in _states(plan).items():
        if before[path] != state:
            raise DataprepError(
                f"{path}: was changed while it was read; run this again when it is whole"
            )
    return report


def _decided(
    plan: Plan, parts: list[Processed], executor: Executor, segment: Path | None
) -> tuple[Outcome, Joined]:
    """Run the second pass and drop the fingerprints; write `segment` for an index."""
    with corpus_of(plan, parts, executor) as corpus:
        all_train = [TRAIN] * sum(sum(part.stays) for part in parts)
        decided = decide(plan, corpus) if plan.compares else Decided(all_train)
        outcome = Outcome(parts, decided.fates)
        if segment:
            index.write(segment, plan, outcome, corpus)
    for part in parts:
        part.prints.clear()
    return outcome, decided.joined


def executor_of(plan: Plan, workers: Workers = 0) -> AbstractContextManager[Executor]:
    """Return the executor for a plan; 0 workers means as many as pay off."""
    return executor_for(workers, _size(plan))


def _certificate(plan: Plan, folder: Path, executor: Executor) -> Certificate:
    """Compare the rows in the files that were written."""
    split = plan.placing
    names = {
        name: f"{name}/test.jsonl" if split.folds else split_file(name) for name in plan.splits
    }
    sides = {name: [Source(str(folder / file), plan.format)] for name, file in names.items()}
    called = {str(folder / file): file for file in names.values()}
    return certify(
        sides,
        split.threshold or NEAR,
        folder / ".proof",
        executor,
        together=bool(split.folds),
        called=called.__getitem__,
    )


def read(
    plan: Plan,
    folder: Path,
    executor: Executor,
    *,
    progress: Progress = quiet,
    unwritten: bool = False,
) -> Iterator[Processed]:
    """Run the first pass alone, with its files in a workspace in `folder`.

    With `unwritten` it writes no rows, so that the plan's format need not hold them.
    """
    jobs = _jobs(plan, executor.workspace(folder / ".spool"))
    jobs = (job._replace(known=True) for job in jobs) if unwritten else jobs
    setup = partial(reader_of, plan)
    return _processed(jobs, setup, _size(plan), executor, progress)


def _size(plan: Plan) -> int:
    return sum(inputs.size(source.file) for source in (*plan.sources, *plan.known))


def _processed(
    jobs: Iterable[Job],
    setup: Callable[[], Reader],
    total: int,
    executor: Executor,
    progress: Progress,
) -> Iterator[Processed]:
    for part in executor.map(process, jobs, setup):
        yield part
        progress(size_of(part.job.shard), total)


def _jobs(plan: Plan, spool: Workspace) -> Iterator[Job]:
    """Yield a job for each shard, first those of other sets."""
    shards = chain(zip(cut(plan.known), repeat(True)), zip(cut(plan.sources), repeat(False)))
    for number, (shard, known) in enumerate(shards):
        yield Job(shard, spool, number, known)


def _states(plan: Plan) -> dict[str, tuple[int, int]]:
    """Return the size and mtime of each file to read, to notice a change."""
    paths = {
        path for source in (*plan.sources, *plan.known) for path in inputs.on_disk(source.file)
    }
    paths.update(plan.beside)
    return {
        path: (state.st_size, state.st_mtime_ns)
        for path in sorted(paths)
        for state in [os.stat(path)]
    }


def _report(plan: Plan, outcome: Outcome, joined: Joined) -> Report:
    report = Report(joined=joined, samples=outcome.samples)
    most = TRAIN.kind
    for part in outcome.parts:
        if part.job.known:
            report.count_known(part.counts)
    for step in plan.built:
        report.note_sets(step.compared)
    for part, fates in outcome.own:
        report.add(part.counts)
        report.verdicts.all += _verdicts(part, fates)
        kinds = (most if fate is TRAIN else fate.kind for fate in fates)
        for (kind, rows, lost), count in Counter(
            zip(kinds, part.rows, part.lost, strict=True)
        ).items():
            _count(report, kind, rows, lost, count)
    report.check(plan.splits)
    return report


def _verdicts(part: Processed, fates: Iterable[Fate]) -> Iterator[Verdict]:
    """Yield the verdicts of the examples of a shard that stay in the end."""
    if part.verdicts:
        staying = (ordinal for ordinal, fate in zip(part.kept, fates, strict=True) if fate.split)
        yield from (part.verdicts[ordinal] for ordinal in staying if ordinal in part.verdicts)


def _count(report: Report, kind: FateKind, rows: int, lost: int, count: int) -> None:
    """Count examples that became so many rows each, and lost a part or none."""
    if kind.way != SPLIT:
        report.counts[kind.way, kind.name] += count
        return
    report.counts[SPLIT, kind.name] += rows * kind.times * count
    report.counts["filtered", OVERLONG] += lost * count
    report.counts["added", "parts of conversations that were split"] += (rows + lost - 1) * count
    report.counts["added", "rows written several times"] += rows * (kind.times - 1) * count
