"""The one loop that prepare, convert, clean, dedupe, split and validate run through.

1. Over shards: read, check and clean each record, write it as a row beside its fingerprint (`process`).
2. Over the fingerprints alone: what repeats what, and what goes to which split (`decide`).
3. Over shards: write each row to where it goes (`write`).

The first is a pure function of a shard, so that any number of workers gives the same bytes.
"""

from __future__ import annotations

import heapq
import shutil
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from glob import glob
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from dataprep import executor, files, formats, schema, steps
from dataprep.errors import DataError, DataprepError, RecordError
from dataprep.fingerprint import Fingerprint, fingerprint
from dataprep.model import Drop, Example, Origin, Record
from dataprep.report import Report
from dataprep.steps import Options
from dataprep.steps.dedupe import REASONS

COLUMNS = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
"""LLaMA-Factory's names for the columns of a file, and the Alpaca fields that they fill."""

REJECTS = "rejects.jsonl"
Progress = Callable[[str, int], None]
"""Is told each file that is done, and its size in bytes."""


class Source(NamedTuple):
    """One input file and how to read it; no format means that each record's is told by its looks."""

    path: str
    format: str | None = None
    encoding: str = files.UTF8
    columns: Mapping[str, str] = {}


@dataclass(frozen=True)
class Plan:
    """All that decides what comes out: the inputs, the steps by name with their options, and the output's shape."""

    sources: tuple[Source, ...]
    format: str
    steps: tuple[tuple[str, Options], ...] = ()
    split: Options = field(default_factory=dict)

    def __post_init__(self) -> None:
        formats.named(self.format)
        object.__setattr__(self, "sources", tuple(sorted(self.sources, key=lambda source: source.path)))
        twice = [path for path, count in Counter(source.path for source in self.sources).items() if count > 1]
        if twice:
            raise DataprepError(f"{twice[0]}: is an input twice")

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits that this plan writes; train always."""
        return ["train", *(name for name in ("val", "test") if self.split.get(name))]


def expand(pattern: str) -> list[str]:
    """Return the files that a path or a glob names, sorted; raises `DataprepError` where there are none."""
    paths = sorted(glob(pattern, recursive=True)) if any(sign in pattern for sign in "*?[") else [pattern]
    if not paths and Path(pattern).exists():
        paths = [pattern]
    if not paths:
        raise DataprepError(f"{pattern}: no file has such a name")
    return paths


def told_format(sources: Iterable[Source]) -> str:
    """Return the format that the first readable record has, for commands that write what they read."""
    for source in sources:
        if source.format:
            return source.format
        for raw in files.read(source.path, source.encoding):
            try:
                return _identify(raw, source)
            except RecordError:
                continue
    raise DataError("no record has a known shape; say which it is: --format NAME, or --columns prompt=…,response=…")


# -------------------------------------------------------------------------------------------------- one record's way


def examine(raw: files.Raw, source: Source) -> tuple[str, Example]:
    """Return a record's format and the example that it is; raises `RecordError` with the first thing against it."""
    name = _identify(raw, source)
    record = _mapped(raw.value, source.columns)
    for problem in schema.problems(name, record):
        raise RecordError("does not match the schema", problem.message, problem.pointer)
    return name, formats.FORMATS[name].read(record)


def _identify(raw: files.Raw, source: Source) -> str:
    if raw.error:
        raise raw.error
    if not isinstance(raw.value, dict):
        raise RecordError("no object", "expected a JSON object with named fields")
    if source.columns:
        return "alpaca"
    return source.format or formats.detect(raw.value)


def _mapped(record: Record, columns: Mapping[str, str]) -> Record:
    if not columns:
        return record
    missing = [column for column in columns.values() if column not in record]
    if missing:
        raise RecordError("no such column", f"'{missing[0]}' is not among {', '.join(map(repr, record))}")
    return {COLUMNS[name]: record[column] for name, column in columns.items()}


def faults(source: Source) -> Iterator[tuple[Origin, RecordError | None]]:
    """Yield each record's place and the first thing against it, None where it is a good example."""
    for raw in files.read(source.path, source.encoding):
        try:
            examine(raw, source)
        except RecordError as error:
            yield raw.origin, error
        else:
            yield raw.origin, None


# ------------------------------------------------------------------------------------------------ 1. over the shards


class Shard(NamedTuple):
    """What one worker needs: a source, what to do with its records, and where to put what comes of them."""

    source: Source
    plan: Plan
    rows: Path
    left: Path


@dataclass
class Processed:
    """What became of a shard: rows and fingerprints of those that stay, lines of all, counts.

    `rows` holds one line for each example, `left` one for each record that left; `kept_at` and `left_at` hold the
    input lines where these began.
    """

    path: str
    rows: Path
    left: Path
    prints: list[Fingerprint] = field(default_factory=list)
    kept_at: array[int] = field(default_factory=lambda: array("q"))
    left_at: array[int] = field(default_factory=lambda: array("q"))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def process(shard: Shard) -> Processed:
    """Read, check, clean and write out the records of one shard; a pure function of the shard."""
    done = Processed(shard.source.path, shard.rows, shard.left)
    judges = _judges(shard.plan)
    with shard.rows.open("wb") as rows, shard.left.open("wb") as left:
        for raw in files.read(shard.source.path, shard.source.encoding):
            done.counts["in", shard.source.path] += 1
            try:
                example = _follow(raw, shard, judges, done.counts)
                line = files.to_line(formats.write(shard.plan.format, example))
            except _Filtered as end:
                _leave(left, done, raw, "filtered", RecordError(end.reason))
            except RecordError as error:
                _leave(left, done, raw, "rejected", error)
            else:
                rows.write(line)
                done.prints.append(fingerprint(example))
                done.kept_at.append(raw.origin.line)
    return done


class _Filtered(Exception):
    """A step dropped the example."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _judges(plan: Plan) -> list[tuple[str, steps.Judge]]:
    names = steps.over("examples")
    return [item for name, options in plan.steps if name in names for item in steps.build(name, options).items()]


def _follow(
    raw: files.Raw, shard: Shard, judges: list[tuple[str, steps.Judge]], counts: Counter[tuple[str, str]]
) -> Example:
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


def _leave(left: Any, done: Processed, raw: files.Raw, fate: str, error: RecordError) -> None:
    done.counts[fate, error.reason] += 1
    done.left_at.append(raw.origin.line)
    left.write(files.to_line(_reject(raw.origin, fate, error, raw.value)))


def _reject(origin: Origin, fate: str, error: RecordError, record: Any) -> Record:
    return {
        "path": origin.path,
        "line": origin.line,
        "byte": origin.byte,
        "fate": fate,
        "reason": error.reason,
        "pointer": error.pointer,
        "detail": error.detail,
        "record": record,
    }


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


def write(folder: Path, plan: Plan, shards: list[Processed], fates: list[Fate]) -> None:
    """Write `SPLIT.jsonl` for each split and `rejects.jsonl`, in the order of the inputs."""
    find = _Places(shards)
    number = 0
    with ExitStack() as stack:
        splits = {name: stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in plan.splits}
        rejects = stack.enter_context((folder / REJECTS).open("wb"))
        for shard in shards:
            out: list[tuple[int, bytes]] = []
            with shard.rows.open("rb") as rows:
                for line, row in zip(shard.kept_at, rows, strict=True):
                    fate = fates[number]
                    number += 1
                    if fate.split:
                        splits[fate.split].write(row)
                    else:
                        out.append((line, _duplicate(Origin(shard.path, line), fate, find, row)))
            with shard.left.open("rb") as left:
                rejects.writelines(text for _, text in heapq.merge(zip(shard.left_at, left, strict=True), out))


class _Places:
    """Find where an example came from by its number among all."""

    def __init__(self, shards: list[Processed]) -> None:
        self.shards = shards
        self.starts = list(accumulate((len(shard.kept_at) for shard in shards), initial=0))

    def __call__(self, number: int) -> Origin:
        at = bisect_right(self.starts, number) - 1
        return Origin(self.shards[at].path, self.shards[at].kept_at[number - self.starts[at]])


def _duplicate(origin: Origin, fate: Fate, find: _Places, row: bytes) -> bytes:
    detail = f"repeats {find(fate.repeats)}"
    return files.to_line(_reject(origin, "duplicate", RecordError(fate.reason, detail), files.parse(row)))


# ---------------------------------------------------------------------------------------------------------- all three


def run(plan: Plan, folder: Path, *, workers: int = 0, progress: Progress = lambda path, size: None) -> Report:
    """Carry out a plan into an empty folder and return what happened; 0 workers means as many as it is worth.

    Raises `DataprepError` for an input that cannot be opened, before a byte is written, and `DataError` where nothing
    is left to write or a split comes out empty.
    """
    for source in plan.sources:
        files.check_input(source.path, source.encoding)
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
        progress(done.path, size)
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
