"""The input and the result of a worker: a shard, and the outcome of each of its records."""

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
"""The reason of an example that does not fit the cutoff."""


class Fitted(NamedTuple):
    """The rows of one example: itself, its parts, or none.

    `lost` describes the text that is too long, and `expected` what would fit.
    """

    examples: list[Example]
    lost: str = ""
    expected: str = ""


Fit = Callable[[Example], Fitted]
"""Returns the parts of an example that fit the cutoff. It is sent to workers, so it must pickle."""


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
        """Return the file with a line for each record that left in the first pass."""
        return self.spool.file(f"{self.number}.left")

    @property
    def rejects(self) -> Path:
        """Return the file with a line for each record that left, or left in part."""
        return self.spool.file(f"{self.number}.rejects")

    @property
    def shortened(self) -> Path:
        """Return the file with a line for each record that left in part."""
        return self.spool.file(f"{self.number}.shortened")

    def part(self, number: int) -> Path:
        """Return the file with the rows for one of the outputs."""
        return self.spool.file(f"{self.number}.{number}.part")

    @property
    def sketches(self) -> Path:
        """Return the path of the sketches, without suffixes."""
        return self.spool.file(self.stem or str(self.number))

    @property
    def tagged(self) -> Path:
        """Return the file with one line for each tag of an example."""
        return self.spool.file(f"{self.number}.tagged")


@dataclass
class Processed:
    """The outcome of a shard, in columns.

    Over all records, `lines` holds where each begins and `stays` whether it stays; `ends` counts
    the records up to the end of each piece. Over the records that stay, `prints` holds
    fingerprints; `lengths`, `values`, `languages`, `tokens` and `noted` are empty unless a step
    needs them. `parts` counts the examples that each became, and `shortened` is 1 where a part
    left; both are empty if all stay whole. `prompts` holds the hash of each part's prompt, with the
    example's number. `verdicts` holds the votes of pairs and labels, by ordinal. `named` holds the
    names of each tag that has any, in the order of the file `tagged`.
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
        """Return the state to pickle, with the fingerprints packed."""
        return {**self.__dict__, "prints": (pack(self.prints), len(self.prints))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the pickled state."""
        self.__dict__.update(state, prints=unpack(*state["prints"]))

    @property
    def rows(self) -> Iterable[int]:
        """Return the number of rows of each record that stays."""
        return self.parts or repeat(1, sum(self.stays))

    @property
    def lost(self) -> Iterable[int]:
        """Return whether a part left, for each record that stays."""
        return self.shortened or repeat(0, sum(self.stays))

    @property
    def kept(self) -> Iterator[int]:
        """Yield the ordinals of the records that stay."""
        return compress(range(len(self.stays)), self.stays)

    @property
    def places(self) -> Processed:
        """Return the places and outcomes of the records, without the columns to compare them by."""
        return Processed(
            self.job, self.lines, self.stays, self.ends, parts=self.parts, shortened=self.shortened
        )

    @property
    def gone(self) -> Iterator[int]:
        """Yield the ordinals of the records that left."""
        return (ordinal for ordinal, stays in enumerate(self.stays) if not stays)

    def origin(self, ordinal: int) -> Origin:
        """Return the file and line of a record."""
        return Origin(
            self.job.shard[bisect_right(self.ends, ordinal)].source.path, self.lines[ordinal]
        )
