"""The rejects of a shard, from the first and the second pass, in the order of its records."""

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
    """The fate of an example that the second pass removes, with reason and evidence."""

    way_out: str
    reason: str
    found: str


class Rejects(NamedTuple):
    """The file with the rejects of a shard, and samples of those from the second pass."""

    path: Path
    samples: Samples


def rejects(part: Processed, leaving: Mapping[int, Leaving], *, is_secret: bool) -> Rejects:
    """Write the rejects of a shard; `leaving` has those of the second pass by ordinal.

    With `is_secret`, samples show no text: a step finds what no report may show.
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
    """Yield the rejects of the second pass by ordinal, with their records read again."""
    for piece, start, end in zip(part.job.shard, [0, *part.ends], part.ends, strict=False):
        lines = {part.lines[ordinal] for ordinal in leaving if start <= ordinal < end}
        if not lines:
            continue
        only = sorted(lines) if piece.end >= 0 else None
        ordinal = start
        for raw, _ in records(piece, only):
            if only:
                ordinal = bisect_left(part.lines, raw.origin.line, ordinal, end)
            if why := leaving.pop(ordinal, None):
                if samples.wants(key := (why.way_out, why.reason)):
                    samples.add(key, [_sample(raw, why.found, is_secret)])
                yield ordinal, reject(raw, why.way_out, RecordError(why.reason, why.found))
            ordinal += 1
    if leaving:
        raise DataprepError(
            f"{part.job.shard[-1].source.path}: became shorter while it was read; run this again"
        )


def _sample(raw: Raw, found: str, is_secret: bool) -> Sample:
    shown = "" if is_secret else shorten(json_lines.to_line(raw.value).decode().rstrip(), SIZE)
    return Sample(*raw.origin[:2], shown, found=found)
