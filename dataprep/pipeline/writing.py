"""The third pass, over shards: write each row, and each record that left, to where it goes."""

from __future__ import annotations

import heapq
import shutil
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import accumulate, compress, islice
from pathlib import Path
from typing import BinaryIO, cast

from dataprep import files
from dataprep.errors import DataprepError, RecordError
from dataprep.lineage import Story, Trace
from dataprep.model import Origin
from dataprep.pipeline.deciding import TRAIN, Fate
from dataprep.pipeline.reading import OVERLONG, Processed, reject
from dataprep.plan import Plan
from dataprep.records import records

REJECTS = "rejects.jsonl"
TAGS = "tags.jsonl"
"""What steps tell of examples that stay; absent where they tell nothing."""


def write(folder: Path, plan: Plan, done: list[Processed], fates: list[Fate], find: Places) -> None:
    """Write `SPLIT.jsonl` for each split, `rejects.jsonl` and, if there are any, `tags.jsonl`, in the inputs' order."""
    with ExitStack() as stack:
        splits = {name: stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in plan.splits}
        rejects = stack.enter_context((folder / REJECTS).open("wb"))
        for part, start, end in zip(done, find.starts, find.starts[1:], strict=False):
            mine = fates[start:end]
            _write_rows(part, mine, splits)
            rejects.writelines(_rejects(part, mine, find))
    _write_tags(folder / TAGS, done)


def _write_tags(path: Path, done: list[Processed]) -> None:
    if any(kind == "tagged" for part in done for kind, _ in part.counts):
        with path.open("wb") as tags:
            for part in done:
                with part.job.tagged.open("rb") as lines:
                    shutil.copyfileobj(lines, tags, files.CHUNK)


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


def _rejects(part: Processed, fates: list[Fate], find: Places) -> Iterator[bytes]:
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


def _duplicates(part: Processed, leaving: dict[int, Fate], find: Places) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates of a shard by their ordinals, each with its record, read once more from the input."""
    ordinal = 0
    for piece in part.job.shard:
        for raw, _ in records(piece):
            if fate := leaving.pop(ordinal, None):
                yield ordinal, reject(raw, "duplicate", RecordError(fate.reason, f"repeats {find(fate.repeats)}"))
            ordinal += 1
    if leaving:
        raise DataprepError(f"{part.job.shard[-1].source.path}: became shorter while it was read; run this again")


def stories(done: list[Processed], fates: list[Fate], find: Places) -> Iterator[Story]:
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


class Places:
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
