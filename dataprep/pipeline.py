"""The one loop that prepare, convert, clean, dedupe and split run through.

1. Over shards: read, check and clean each record, write it as a row beside its fingerprint (`process`).
2. Over the fingerprints alone: what repeats what, and what goes to which split (`decide`).
3. Over shards: write each row, and each record that left, to where it goes (`write`).

The first is a pure function of a shard, so that any number of workers gives the same bytes.
"""

from __future__ import annotations

import heapq
import shutil
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dataprep import containers, executor, files, formats, steps
from dataprep.containers.raw import Raw
from dataprep.errors import DataprepError, RecordError
from dataprep.examine import examine, records
from dataprep.fingerprint import Fingerprint, fingerprint
from dataprep.model import Drop, Example, Origin, Record
from dataprep.plan import Plan, Source
from dataprep.report import Report
from dataprep.steps.dedupe import REASONS

REJECTS = "rejects.jsonl"
Progress = Callable[[str, int], None]
"""Is told each file that is done, and its size in bytes."""


# ------------------------------------------------------------------------------------------------ 1. over the shards


class Shard(NamedTuple):
    """What one worker needs: a source, what to do with its records, and where to put what comes of them."""

    source: Source
    plan: Plan
    rows: Path
    left: Path


@dataclass
class Processed:
    """What became of a shard: rows and fingerprints of those that stay, the records that left, counts.

    `rows` holds one line for each example, `left` one for each record that left. Both have beside them the ordinals
    of their records in the input, and the examples also the input lines where they began.
    """

    shard: Shard
    prints: list[Fingerprint] = field(default_factory=list)
    kept: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    gone: array[int] = field(default_factory=lambda: array("q"))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def process(shard: Shard) -> Processed:
    """Read, check, clean and write out the records of one shard; a pure function of the shard."""
    done = Processed(shard)
    judges = _judges(shard.plan)
    with shard.rows.open("wb") as rows, shard.left.open("wb") as left:
        for ordinal, raw in enumerate(records(shard.source)):
            done.counts["in", shard.source.path] += 1
            try:
                example = _follow(raw, shard, judges, done.counts)
                row = files.to_line(formats.write(shard.plan.format, example))
            except RecordError as error:
                done.gone.append(ordinal)
                left.write(_left(raw, error, done.counts))
            else:
                done.prints.append(fingerprint(example))
                done.kept.append(ordinal)
                done.lines.append(raw.origin.line)
                rows.write(row)
    return done


class _Filtered(RecordError):
    """Say that a step dropped the example."""


def _judges(plan: Plan) -> list[tuple[str, steps.Judge]]:
    names = steps.over("examples")
    return [item for name, options in plan.steps if name in names for item in steps.build(name, options).items()]


def _follow(raw: Raw, shard: Shard, judges: list[tuple[str, steps.Judge]], counts: Counter[tuple[str, str]]) -> Example:
    """Lead one record through reading and every judge, counting what each of them changed."""
    name, example = examine(raw, shard.source)
    counts["format", name] += 1
    for field_ in raw.value.keys() - (shard.source.columns.values() or formats.FORMATS[name].READS):
        counts["unread", field_] += 1
    for label, judge in judges:
        verdict = judge(example)
        if isinstance(verdict, Drop):
            raise _Filtered(verdict.reason)
        counts["changed", label] += verdict is not example
        example = verdict
    return example


def _left(raw: Raw, error: RecordError, counts: Counter[tuple[str, str]]) -> bytes:
    fate = "filtered" if isinstance(error, _Filtered) else "rejected"
    counts[fate, error.reason] += 1
    return _reject(raw, fate, error)


def _reject(raw: Raw, fate: str, error: RecordError) -> bytes:
    """Return the line of `rejects.jsonl` that tells where a record stood, why it left, and the record itself."""
    reject: Record = {
        "path": raw.origin.path,
        "line": raw.origin.line,
        "byte": raw.origin.byte,
        "fate": fate,
        "reason": error.reason,
        "pointer": error.pointer,
        "detail": error.detail,
        "record": raw.value,
    }
    return files.to_line(reject)


# ------------------------------------------------------------------------------------------ 2. over the fingerprints


class Fate(NamedTuple):
    """Where an example goes: a split, or out as the duplicate of another one for that reason."""

    split: str = ""
    reason: str = ""
    repeats: int = -1


def decide(plan: Plan, prints: list[Fingerprint]) -> list[Fate]:
    """Return the fate of each example, from the fingerprints of all of them in their order."""
    place = steps.build("split", plan.split)
    fates = [Fate(place(print_)) for print_ in prints]
    for name, options in plan.steps:
        if name == "dedupe":
            reason = REASONS[options.get("by", "both")]
            staying = [number for number, fate in enumerate(fates) if fate.split]
            originals = steps.build(name, options)(prints[number] for number in staying)
            for number, original in zip(staying, originals, strict=True):
                if staying[original] != number:
                    fates[number] = Fate("", reason, staying[original])
    return fates


# ------------------------------------------------------------------------------------------------- 3. over the shards


def write(folder: Path, plan: Plan, done: list[Processed], fates: list[Fate]) -> None:
    """Write `SPLIT.jsonl` for each split and `rejects.jsonl`, in the order of the inputs."""
    find = _Places(done)
    with ExitStack() as stack:
        splits = {name: stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in plan.splits}
        rejects = stack.enter_context((folder / REJECTS).open("wb"))
        for part, start in zip(done, find.starts, strict=False):
            mine = fates[start : start + len(part.kept)]
            _write_rows(part, mine, splits)
            rejects.writelines(_rejects(part, mine, find))


def _write_rows(part: Processed, fates: list[Fate], splits: Mapping[str, BinaryIO]) -> None:
    with part.shard.rows.open("rb") as rows:
        for fate, row in zip(fates, rows, strict=True):
            if fate.split:
                splits[fate.split].write(row)


def _rejects(part: Processed, fates: list[Fate], find: _Places) -> Iterator[bytes]:
    """Yield the rejects of a shard in the order of its records."""
    with part.shard.left.open("rb") as left:
        for _, line in heapq.merge(zip(part.gone, left, strict=True), _duplicates(part, fates, find)):
            yield line


def _duplicates(part: Processed, fates: list[Fate], find: _Places) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates of a shard by their ordinals, each with its record, read once more from the input."""
    leaving = {ordinal: fate for ordinal, fate in zip(part.kept, fates, strict=True) if not fate.split}
    if not leaving:
        return
    source = part.shard.source
    for ordinal, raw in enumerate(records(source)):
        if fate := leaving.pop(ordinal, None):
            yield ordinal, _reject(raw, "duplicate", RecordError(fate.reason, f"repeats {find(fate.repeats)}"))
    if leaving:
        raise DataprepError(f"{source.path}: became shorter while it was read; run this again")


class _Places:
    """Find where an example came from by its number among all."""

    def __init__(self, done: list[Processed]) -> None:
        self.done = done
        self.starts = list(accumulate((len(part.kept) for part in done), initial=0))

    def __call__(self, number: int) -> Origin:
        at = bisect_right(self.starts, number) - 1
        return Origin(self.done[at].shard.source.path, self.done[at].lines[number - self.starts[at]])


# ---------------------------------------------------------------------------------------------------------- all three


def run(plan: Plan, folder: Path, *, workers: int = 0, progress: Progress = lambda path, size: None) -> Report:
    """Carry out a plan into an empty folder and return what happened; 0 workers means as many as it is worth.

    Raises `DataprepError` for an input that cannot be opened, before a byte is written, and `DataError` where nothing
    is left to write or a split comes out empty.
    """
    for source in plan.sources:
        containers.check_input(source.path)
    spool = folder / ".spool"
    spool.mkdir()
    shards = [
        Shard(source, plan, spool / f"{number}.rows", spool / f"{number}.left")
        for number, source in enumerate(plan.sources)
    ]
    sizes = [Path(source.path).stat().st_size for source in plan.sources]
    processed = []
    for done, size in zip(
        executor.run(process, shards, workers or executor.workers_for(sum(sizes))), sizes, strict=True
    ):
        processed.append(done)
        progress(done.shard.source.path, size)
    fates = decide(plan, [print_ for done in processed for print_ in done.prints])
    report = _report(plan, processed, fates)
    write(folder, plan, processed, fates)
    shutil.rmtree(spool)
    return report


def _report(plan: Plan, shards: list[Processed], fates: list[Fate]) -> Report:
    report = Report()
    for shard in shards:
        report.add(shard.counts)
    for fate in fates:
        report.counts["split" if fate.split else "duplicate", fate.split or fate.reason] += 1
    report.check(plan.splits)
    return report
