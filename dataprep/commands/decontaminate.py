"""Tell what of evaluation sets stands in files, set by set, and write nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from dataprep import pipeline
from dataprep.pipeline.plan import Plan
from dataprep.sources import atomic
from dataprep.sources.source import Source
from dataprep.steps import Options

SHOWN = 3
"""Examples that are shown of each set."""


@dataclass(frozen=True)
class Contaminated:
    """What stands in the examples: how many there are, the items of each set, and the hits, each
    with its place.
    """

    examples: int
    items: Mapping[str, int]
    hits: dict[str, list[dict[str, Any]]]

    @property
    def exit_status(self) -> int:
        """Return 1 where anything was found."""
        return 1 if self.hits else 0

    def as_json(self) -> dict[str, Any]:
        """Return all hits as one JSON object."""
        return {"examples": self.examples, "items": self.items, "sets": self.hits}

    def __str__(self) -> str:
        return "\n".join([f"{self.examples:,} examples", *self._lines()])

    def _lines(self) -> Iterator[str]:
        for name in sorted(self.items, key=lambda name: (-len(self.hits.get(name, ())), name)):
            hits = self.hits.get(name, [])
            share = f"in {len(hits):,} ({len(hits) / self.examples:.2%})" if hits else "in none"
            yield f"  {name}, {self.items[name]:,} items: {share}"
            for hit in hits[:SHOWN]:
                yield f"    {hit['path']}:{hit['line']}  {hit['found']}"


def report(
    sources: tuple[Source, ...],
    options: Options,
    *,
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> Contaminated:
    """Look for the items of the evaluation sets in all examples of files."""
    plan = Plan(
        sources, "sharegpt", (("decontaminate", {**options, "action": "tag"}),), repairs=repairs
    )
    hits = defaultdict(list)
    examples = 0
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        atomic.naming(f"{folder}, in the folder TMPDIR"),
        pipeline.executor_of(plan, workers) as executor,
    ):
        for part in pipeline.read(plan, Path(folder), executor, progress=progress, unwritten=True):
            examples += sum(part.stays)
            tags = map(orjson.loads, part.job.tagged.read_bytes().splitlines())
            for hit, names in zip(tags, part.named, strict=True):
                del hit["tag"]
                for name in names:
                    hits[name].append(hit)
    (step,) = plan.built
    return Contaminated(examples, step.compared, dict(hits))
