"""What one worker is given of a run, and what comes of it: a shard, and what became of its records."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, repeat
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.executor import Workspace
from dataprep.model import Example, Origin
from dataprep.pipeline.report.lineage import Trace
from dataprep.pipeline.report.samples import Samples
from dataprep.sources.shards import Shard
from dataprep.steps.quality.verdicts import Verdict
from dataprep.text.similarity.fingerprint import Fingerprint, pack, unpack

OVERLONG = "overlong"
"""The reason of what does not fit the cutoff."""


class Fitted(NamedTuple):
    """What is written of one example: itself, its parts, or nothing.

    `lost` says what is left out for its length, and `expected` what would fit.
    """

    examples: list[Example]
    lost: str = ""
    expected: str = ""


Fit = Callable[[Example], Fitted]
"""Gives the examples that fit the cutoff. It is sent to workers, so it must pickle."""


def keep(example: Example) -> Fitted:
    """Keep every example as it is."""
    return Fitted([example])


class Job(NamedTuple):
    """A shard, its number among all, and the workspace for its files."""

    shard: Shard
    spool: Workspace
    number: int
    known: bool = False
    """Whether it belongs to another set, which is only compared with."""
    stem: str = ""

    @property
    def rows(self) -> Path:
        """Return the file with one line for each example."""
        return self.spool.file(f"{self.number}.rows")

    @property
    def left(self) -> Path:
        """Return the file with one line for each record that left."""
        return self.spool.file(f"{self.number}.left")

    @property
    def rejects(self) -> Path:
        """Return the file with one line for each record that left in the end, or in part."""
        return self.spool.file(f"{self.number}.rejects")

    @property
    def shortened(self) -> Path:
        """Return the file with one line for each record that stays in part, as the reject that
        tells what left.
        """
        return self.spool.file(f"{self.number}.shortened")

    def part(self, number: int) -> Path:
        """Return the file with the rows for one of the outputs."""
        return self.spool.file(f"{self.number}.{number}.part")

    @property
    def sketches(self) -> Path:
        """Return the path, without suffixes, of the files with what examples are compared by."""
        return self.spool.file(self.stem or str(self.number))

    @property
    def tagged(self) -> Path:
        """Return the file with one line for each tag of an example."""
        return self.spool.file(f"{self.number}.tagged")


@dataclass
class Processed:
    """What became of a shard: for each record where it began and whether it stays, for each that
    stays its hashes.

    `ends` has for each piece of the shard how many records there are up to its end. For each record
    that stays, `parts` says how many examples it became, and `shortened` whether a part of it left;
    both are empty where all stay whole. `lengths` and `values` are what corpus steps ask for beside
    the fingerprints, and `prompts` has the hashes of the prompts that are written of an example in
    parts, each with the example's number. `languages` are noted where a split takes its share of
    each, and `tokens` where a step mixes by them; `noted` are the numbers that judges noted.
    `verdicts` are those of pairs and of labels, by the record's ordinal. `named` has the names of
    each tag that has any, in the order of the file `tagged`.
    """

    job: Job
    lines: array[int] = field(default_factory=lambda: array("q"))
    stays: bytearray = field(default_factory=bytearray)
    ends: list[int] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list)
    lengths: array[int] = field(default_factory=lambda: array("q"))
    values: dict[str, list[Any]] = field(default_factory=dict)
    prompts: list[tuple[int, bytes]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    tokens: array[int] = field(default_factory=lambda: array("q"))
    noted: dict[str, array[float]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    named: list[tuple[str, ...]] = field(default_factory=list)
    parts: array[int] = field(default_factory=lambda: array("I"))
    shortened: bytearray = field(default_factory=bytearray)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: Samples = field(default_factory=Samples)
    trace: Trace | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what is sent from one process to another, the fingerprints in one piece."""
        return {**self.__dict__, "prints": (pack(self.prints), len(self.prints))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was sent."""
        self.__dict__.update(state, prints=unpack(*state["prints"]))

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
    def places(self) -> Processed:
        """Return where its records stood and which stay, without what they were compared by."""
        return Processed(
            self.job, self.lines, self.stays, self.ends, parts=self.parts, shortened=self.shortened
        )

    @property
    def gone(self) -> Iterator[int]:
        """Yield the ordinals of the records that left."""
        return (ordinal for ordinal, stays in enumerate(self.stays) if not stays)

    def origin(self, ordinal: int) -> Origin:
        """Return where a record stood."""
        return Origin(
            self.job.shard[bisect_right(self.ends, ordinal)].source.path, self.lines[ordinal]
        )
