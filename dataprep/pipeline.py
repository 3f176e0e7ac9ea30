"""The one loop that prepare, convert, clean, dedupe and split run through.

1. Over shards: read, check and clean each record, write it as a row beside its fingerprint (`process`).
2. Over the fingerprints alone: what repeats what, and what goes to which split (`decide`).
3. Over shards: write each row, and each record that left, to where it goes (`write`).

The first is a pure function of a shard, so that any number of workers gives the same bytes.
"""

from __future__ import annotations

import heapq
import os
import shutil
from array import array
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate, chain, compress, islice, repeat
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from dataprep import containers, executor, files, formats, lineage, repair, steps
from dataprep.containers.raw import Raw
from dataprep.errors import DataprepError, RecordError
from dataprep.examine import example_of
from dataprep.fingerprint import Fingerprint, fingerprint
from dataprep.lineage import Story, Trace
from dataprep.model import Drop, Example, Origin, Record
from dataprep.plan import Plan, Source, columns_read
from dataprep.records import records
from dataprep.report import Report
from dataprep.shards import Shard, cut, size_of
from dataprep.steps.dedupe import REASONS

REJECTS = "rejects.jsonl"
OVERLONG = "overlong"
"""The reason of what does not fit the cutoff."""
Progress = Callable[[int, int], object]
"""Is told the size in bytes of each shard that is done, and that of all inputs."""


def quiet(size: int, total: int) -> None:
    """Tell nobody."""


class Fitted(NamedTuple):
    """What is written of one example: itself, its parts, or nothing; `lost` says what is left out for its length."""

    examples: list[Example]
    lost: str = ""


Fit = Callable[[Example], Fitted]
"""Gives the examples that fit the cutoff. It is sent to workers, so it must pickle."""


def keep(example: Example) -> Fitted:
    """Keep every example as it is."""
    return Fitted([example])


# ------------------------------------------------------------------------------------------------ 1. over the shards


class Job(NamedTuple):
    """What one worker needs: a shard, what to do with its records, and where to put what comes of them."""

    shard: Shard
    plan: Plan
    spool: Path
    number: int
    traced: bool = False
    fit: Fit = keep

    @property
    def rows(self) -> Path:
        """Return the file with one line for each example."""
        return self.spool / f"{self.number}.rows"

    @property
    def left(self) -> Path:
        """Return the file with one line for each record that left."""
        return self.spool / f"{self.number}.left"

    @property
    def shortened(self) -> Path:
        """Return the file with one line for each record that stays in part, as the reject that tells what left."""
        return self.spool / f"{self.number}.shortened"


@dataclass
class Processed:
    """What became of a shard: for each record where it began and whether it stays, for each that stays its hashes.

    `ends` has for each piece of the shard how many records there are up to its end. For each record that stays, `parts`
    says how many examples it became, and `shortened` whether a part of it left; both are empty where all stay whole.
    """

    job: Job
    lines: array[int] = field(default_factory=lambda: array("q"))
    stays: bytearray = field(default_factory=bytearray)
    ends: list[int] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list)
    parts: array[int] = field(default_factory=lambda: array("I"))
    shortened: bytearray = field(default_factory=bytearray)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    trace: Trace | None = None

    @property
    def rows(self) -> Iterable[int]:
        """Return for each record that stays how many rows it became."""
        return self.parts or repeat(1, sum(self.stays))

    @property
    def lost(self) -> Iterable[int]:
        """Return for each record that stays whether a part of it left."""
        return self.shortened or repeat(0, sum(self.stays))

    @property
    def kept(self) -> Iterator[int]:
        """Yield the ordinals of the records that stay."""
        return compress(range(len(self.stays)), self.stays)

    @property
    def gone(self) -> Iterator[int]:
        """Yield the ordinals of the records that left."""
        return (ordinal for ordinal, stays in enumerate(self.stays) if not stays)

    def origin(self, ordinal: int) -> Origin:
        """Return where a record stood."""
        return Origin(self.job.shard[bisect_right(self.ends, ordinal)].source.path, self.lines[ordinal])


def process(job: Job) -> Processed:
    """Read, check, clean and write out the records of one shard; a pure function of the shard."""
    done = Processed(job, trace=Trace() if job.traced else None)
    judges = _judges(job.plan)
    form, comparing, fitting = job.plan.format, job.plan.compares, job.fit is not keep
    with job.rows.open("wb") as rows, job.left.open("wb") as left, job.shortened.open("wb") as shortened:
        for piece in job.shard:
            for raw, name in records(piece):
                done.lines.append(raw.origin.line)
                changed: list[str] = []
                fate = reason = ""
                try:
                    name, example = _follow(raw, name, piece.source, job.plan, judges, done.counts, changed)
                    fitted = _fitted(job.fit, example) if fitting else None
                    lines = _lines(form, fitted.examples) if fitted else files.to_line(formats.write(form, example))
                except RecordError as error:
                    fate, reason = _fate(error), error.reason
                    done.counts[fate, reason] += 1
                    left.write(_reject(raw, fate, error, repair.would_take(raw, piece.source, error)))
                else:
                    rows.write(lines)
                    if comparing:
                        done.prints.append(fingerprint(example))
                    if fitted:
                        _note_parts(done, example, fitted, changed)
                        if fitted.lost:
                            shortened.write(_reject(raw, "filtered", _Filtered(OVERLONG, fitted.lost)))
                done.stays.append(not fate)
                if done.trace:
                    done.trace.note(raw, name, ", ".join(changed), fate, reason)
            done.counts["in", piece.source.path] += len(done.stays) - (done.ends[-1] if done.ends else 0)
            done.ends.append(len(done.stays))
    return done


def _lines(form: str, examples: list[Example]) -> bytes:
    return b"".join(files.to_line(formats.write(form, example)) for example in examples)


def _fitted(fit: Fit, example: Example) -> Fitted:
    """Return what is written of an example; raises `_Filtered` where that is nothing."""
    fitted = fit(example)
    if not fitted.examples:
        raise _Filtered(OVERLONG, fitted.lost)
    return fitted


def _note_parts(done: Processed, example: Example, fitted: Fitted, changed: list[str]) -> None:
    done.parts.append(len(fitted.examples))
    done.shortened.append(bool(fitted.lost))
    if fitted.examples[0] is not example:
        changed.append("split")


class _Filtered(RecordError):
    """Say that a step dropped the example."""


def _judges(plan: Plan) -> list[tuple[str, steps.Judge]]:
    names = steps.over("examples")
    return [item for name, options in plan.steps if name in names for item in steps.build(name, options).items()]


def _follow(
    raw: Raw,
    name: str,
    source: Source,
    plan: Plan,
    judges: Sequence[tuple[str, steps.Judge]],
    counts: Counter[tuple[str, str]],
    changed: list[str],
) -> tuple[str, Example]:
    """Lead one record through reading and every judge, noting which of them changed it; return its format too."""
    if plan.repairs:
        raw, name, example, used = repair.read(raw, name, source, plan.repairs)
        for label in used:
            counts["repaired", label] += 1
            changed.append(label)
    else:
        example = example_of(raw, name, source)
    counts["format", name] += 1
    if raw.encoding:
        counts["encoding", raw.encoding] += 1
    known = columns_read(source.columns) if source.columns else formats.FORMATS[name].READS
    for field_ in raw.value:
        if field_ not in known:
            counts["unread", field_] += 1
    for label, judge in judges:
        verdict = judge(example)
        if verdict is not example:
            if isinstance(verdict, Drop):
                raise _Filtered(verdict.reason)
            counts["changed", label] += 1
            changed.append(label)
            example = verdict
    return name, example


def _fate(error: RecordError) -> str:
    return "filtered" if isinstance(error, _Filtered) else "rejected"


def _reject(raw: Raw, fate: str, error: RecordError, repairs: Sequence[str] = ()) -> bytes:
    """Return the line of `rejects.jsonl` that tells where a record stood, why it left, and the record itself."""
    reject: Record = {
        "path": raw.origin.path,
        "line": raw.origin.line,
        "byte": raw.origin.byte,
        "fate": fate,
        "reason": error.reason,
        "pointer": error.pointer,
        "found": error.found,
        "expected": error.expected,
        "repair": " and ".join(repairs),
        "record": raw.value,
    }
    return files.to_line(reject)


# ------------------------------------------------------------------------------------------ 2. over the fingerprints


class Fate(NamedTuple):
    """Where an example goes: a split, or out as the duplicate of another one for that reason."""

    split: str = ""
    reason: str = ""
    repeats: int = -1


TRAIN = Fate("train")


def decide(plan: Plan, prints: Sequence[Fingerprint]) -> list[Fate]:
    """Return the fate of each example, from the fingerprints of all of them in their order."""
    place = steps.build("split", plan.split)
    known = {"val": Fate("val"), "test": Fate("test"), "train": TRAIN}
    fates = [known[place(print_)] for print_ in prints]
    for name, options in plan.steps:
        if name == "dedupe":
            reason = REASONS[options.get("by", "both")]
            staying = [number for number, fate in enumerate(fates) if fate.split]
            originals = steps.build(name, options)(prints[number] for number in staying)
            for number, original in zip(staying, originals, strict=True):
                if staying[original] != number:
                    fates[number] = Fate("", reason, staying[original])
    return fates


def _decide(plan: Plan, done: Iterable[Processed]) -> list[Fate]:
    if plan.compares:
        return decide(plan, [print_ for part in done for print_ in part.prints])
    return [TRAIN] * sum(sum(part.stays) for part in done)


# ------------------------------------------------------------------------------------------------- 3. over the shards


def write(folder: Path, plan: Plan, done: list[Processed], fates: list[Fate], find: _Places) -> None:
    """Write `SPLIT.jsonl` for each split and `rejects.jsonl`, in the order of the inputs."""
    with ExitStack() as stack:
        splits = {name: stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in plan.splits}
        rejects = stack.enter_context((folder / REJECTS).open("wb"))
        for part, start, end in zip(done, find.starts, find.starts[1:], strict=False):
            mine = fates[start:end]
            _write_rows(part, mine, splits)
            rejects.writelines(_rejects(part, mine, find))


def _write_rows(part: Processed, fates: list[Fate], splits: Mapping[str, BinaryIO]) -> None:
    with part.job.rows.open("rb") as rows:
        if all(fate is TRAIN for fate in fates):
            shutil.copyfileobj(rows, splits["train"], files.CHUNK)
            return
        for fate, count in zip(fates, part.rows, strict=True):
            its = islice(rows, count)
            if fate.split:
                splits[fate.split].writelines(its)
            else:
                deque(its, maxlen=0)


def _rejects(part: Processed, fates: list[Fate], find: _Places) -> Iterator[bytes]:
    """Yield the rejects of a shard in the order of its records."""
    with part.job.left.open("rb") as left, part.job.shortened.open("rb") as shortened:
        leaving = {ordinal: fate for ordinal, fate in zip(part.kept, fates, strict=True) if not fate.split}
        if not leaving and not any(part.shortened):
            yield from left
            return
        losing = zip(compress(part.kept, part.lost), shortened, strict=True)
        staying = ((ordinal, line) for ordinal, line in losing if ordinal not in leaving)
        duplicates = _duplicates(part, dict(leaving), find) if leaving else ()
        for _, line in heapq.merge(zip(part.gone, left, strict=True), staying, duplicates):
            yield line


def _duplicates(part: Processed, leaving: dict[int, Fate], find: _Places) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates of a shard by their ordinals, each with its record, read once more from the input."""
    ordinal = 0
    for piece in part.job.shard:
        for raw, _ in records(piece):
            if fate := leaving.pop(ordinal, None):
                yield ordinal, _reject(raw, "duplicate", RecordError(fate.reason, f"repeats {find(fate.repeats)}"))
            ordinal += 1
    if leaving:
        raise DataprepError(f"{part.job.shard[-1].source.path}: became shorter while it was read; run this again")


def _stories(done: list[Processed], fates: list[Fate], find: _Places) -> Iterator[Story]:
    """Yield the story of every record of the input, in their order; one for each part of one that was split."""
    rows = Counter[str]()
    left = iter(fates)
    for part in done:
        trace = cast(Trace, part.trace)
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
                fate.split or trace.fates[ordinal] or "duplicate",
                fate.reason,
                str(find(fate.repeats)) if fate.repeats >= 0 else "",
                0,
            )
            if not fate.split:
                yield story
                continue
            for _ in range(count):
                rows[fate.split] += 1
                yield story._replace(row=rows[fate.split])
            if lost:
                yield story._replace(fate="filtered", reason=OVERLONG)


class _Places:
    """Find where an example came from by its number among all."""

    def __init__(self, done: list[Processed]) -> None:
        self.done = done
        self.starts = list(accumulate((sum(part.stays) for part in done), initial=0))
        self.kept: dict[int, list[int]] = {}

    def __call__(self, number: int) -> Origin:
        at = bisect_right(self.starts, number) - 1
        if at not in self.kept:
            self.kept[at] = list(self.done[at].kept)
        return self.done[at].origin(self.kept[at][number - self.starts[at]])


# ---------------------------------------------------------------------------------------------------------- all three


def run(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 0,
    traced: bool = False,
    progress: Progress = quiet,
    fit: Fit = keep,
) -> Report:
    """Carry out a plan into an empty folder and return what happened; 0 workers means as many as it is worth.

    A traced run also writes `lineage.parquet`, with a row for each record of the input. `fit` decides about examples
    that are too long, after cleaning; whole conversations are what is compared and placed in splits, so that all parts
    of one are on one side.
    Raises `DataprepError` for an input that is not there, before a byte is written, and `DataError` where nothing is
    left to write or a split comes out empty.
    """
    total = sum(containers.size(source.file) for source in plan.sources)
    before = _states(plan)
    spool = folder / ".spool"
    spool.mkdir()
    jobs = (Job(shard, plan, spool, number, traced, fit) for number, shard in enumerate(cut(plan.sources)))
    done = []
    for part in executor.run(process, jobs, workers or executor.workers_for(total)):
        done.append(part)
        progress(size_of(part.job.shard), total)
    fates = _decide(plan, done)
    report = _report(plan, done, fates)
    find = _Places(done)
    write(folder, plan, done, fates, find)
    if traced:
        lineage.write(folder / lineage.NAME, _stories(done, fates, find))
    for path, state in _states(plan).items():
        if before[path] != state:
            raise DataprepError(f"{path}: was changed while it was read; run this again when it is whole")
    shutil.rmtree(spool)
    return report


def _states(plan: Plan) -> dict[str, tuple[int, int]]:
    """Return the size and the mtime of each file to read, by which a change of it shows."""
    paths = {path for source in plan.sources for path in containers.on_disk(source.file)}
    return {path: (state.st_size, state.st_mtime_ns) for path in sorted(paths) for state in [os.stat(path)]}


def _report(plan: Plan, done: list[Processed], fates: list[Fate]) -> Report:
    report = Report()
    for part in done:
        report.add(part.counts)
    kept = zip(
        fates,
        chain.from_iterable(part.rows for part in done),
        chain.from_iterable(part.lost for part in done),
        strict=True,
    )
    for (fate, rows, lost), count in Counter((fate[:2], rows, lost) for fate, rows, lost in kept).items():
        _count(report, *fate, rows, lost, count)
    report.check(plan.splits)
    return report


def _count(report: Report, split: str, reason: str, rows: int, lost: int, count: int) -> None:
    """Count examples that became so many rows each, and lost a part or none."""
    if not split:
        report.counts["duplicate", reason] += count
        return
    report.counts["split", split] += rows * count
    report.counts["filtered", OVERLONG] += lost * count
    report.counts["added", "parts"] += (rows + lost - 1) * count
