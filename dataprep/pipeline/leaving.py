"""The rejects of a shard, those of the first pass and those of the second, in the order of its
records.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from dataprep.errors import DataprepError, RecordError
from dataprep.formats.reading.records import records
from dataprep.pipeline.job import Processed
from dataprep.pipeline.reading import reject
from dataprep.pipeline.report.samples import SIZE, Sample, Samples
from dataprep.sources import json_lines
from dataprep.sources.raw import Raw
from dataprep.text.shorten import shorten


class Leaving(NamedTuple):
    """How an example leaves that stayed in the first pass, why, and what led to that."""

    way_out: str
    reason: str
    found: str


class Rejects(NamedTuple):
    """The file with the rejects of a shard, and samples of what left it after the first pass."""

    path: Path
    samples: Samples


def rejects(part: Processed, leaving: Mapping[int, Leaving], *, is_secret: bool) -> Rejects:
    """Write the rejects of a shard, with those that leave by their ordinals.

    Samples show no text where `is_secret`: a step looks for what no report may repeat.
    """
    samples = Samples()
    if not leaving and not any(part.shortened):
        return Rejects(part.job.left, samples)
    with (
        part.job.left.open("rb") as before,
        part.job.shortened.open("rb") as shortened,
        part.job.rejects.open("wb") as file,
    ):
        losing = zip(compress(part.kept, part.lost), shortened, strict=True)
        staying = ((ordinal, line) for ordinal, line in losing if ordinal not in leaving)
        later = _left_later(part, dict(leaving), samples, is_secret) if leaving else ()
        merged = heapq.merge(zip(part.gone, before, strict=True), staying, later)
        file.writelines(line for _, line in merged)
    return Rejects(part.job.rejects, samples)


def _left_later(
    part: Processed, leaving: dict[int, Leaving], samples: Samples, is_secret: bool
) -> Iterator[tuple[int, bytes]]:
    """Yield what left a shard after the first pass by its ordinal, with its record, read once more
    from the input.
    """
    for piece, start, end in zip(part.job.shard, [0, *part.ends], part.ends, strict=False):
        lines = {part.lines[ordinal] for ordinal in leaving if start <= ordinal < end}
        if not lines:
            continue
        only = sorted(lines) if piece.end >= 0 else None
        ordinal = start
        for raw, _ in records(piece, only):
            if only:
                ordinal = bisect_left(part.lines, raw.origin.line, ordinal, end)
            if its := leaving.pop(ordinal, None):
                if samples.wants(key := (its.way_out, its.reason)):
                    samples.add(key, [_sample(raw, its.found, is_secret)])
                yield ordinal, reject(raw, its.way_out, RecordError(its.reason, its.found))
            ordinal += 1
    if leaving:
        raise DataprepError(
            f"{part.job.shard[-1].source.path}: became shorter while it was read; run this again"
        )


def _sample(raw: Raw, found: str, is_secret: bool) -> Sample:
    shown = "" if is_secret else shorten(json_lines.to_line(raw.value).decode().rstrip(), SIZE)
    return Sample(*raw.origin[:2], shown, found=found)
