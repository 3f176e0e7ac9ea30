"""Tell the language of every record of files: row by row for programs, counted for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from dataprep.commands.survey import map_shards
from dataprep.errors import DataError
from dataprep.executor import Workers
from dataprep.formats.reading.examples import examples
from dataprep.model import Example, Origin
from dataprep.pipeline import Progress, quiet
from dataprep.sources.json_lines import to_line
from dataprep.sources.shards import Shard
from dataprep.sources.source import Source
from dataprep.text.languages import Detected, models
from dataprep.text.languages.examples import Part, detect_example
from dataprep.text.languages.names import NAMES, UNKNOWN


class Telling(NamedTuple):
    """How to tell the language of each record."""

    of: Part
    sure: float
    repairs: tuple[str, ...]


class Row(NamedTuple):
    """A record that is an example, and its language."""

    origin: Origin
    told: Detected

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; lines are 1-based, and the language is the best guess also where
        nothing is sure.
        """
        told = self.told
        return {
            "path": self.origin.path,
            "line": self.origin.line,
            "language": told.language,
            "confidence": round(told.confidence, 3),
            "variant": told.variant,
            "others": list(told.others),
        }


class LanguageCounts(NamedTuple):
    """What was told of a shard: a row for each example, and how many records are none."""

    rows: list[Row]
    unread: int


@dataclass
class Languages:
    """How many rows are in which language, each language with its first row's place."""

    of: Part
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Origin] = field(default_factory=dict)
    unread: int = 0

    def take(self, row: Row, sure: float) -> None:
        """Count a row; a language detected with less confidence than `sure` counts as und."""
        code = " + ".join(sorted(row.told.codes)) if row.told.confidence >= sure else UNKNOWN
        self.counts[code] += 1
        self.first.setdefault(code, row.origin)

    @property
    def note(self) -> str:
        """Return what is to be said of records that are no examples, "" where there are none."""
        if not self.unread:
            return ""
        what = "record is no example" if self.unread == 1 else "records are no examples"
        return f"{self.unread:,} {what}, and not counted; `dataprep validate` says why"

    def __str__(self) -> str:
        total = self.counts.total()
        lines = [
            (code, _named(code), f"{count:,}", f"{count / total:.1%}", str(self.first[code]))
            for code, count in sorted(
                self.counts.items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0])
            )
        ]
        head = ("language", "", "rows", "share", "first")
        widths = [max(len(line[column]) for line in (head, *lines)) for column in range(4)]
        return "\n".join(_aligned(line, widths) for line in (head, *lines))


def _named(code: str) -> str:
    return " and ".join(NAMES[one] for one in code.split(" + "))


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    code, name, count, share, first = line
    return (
        f"{code:<{widths[0]}}  {name:<{widths[1]}}  {count:>{widths[2]}}  "
        f"{share:>{widths[3]}}  {first}"
    )


def language(
    sources: tuple[Source, ...],
    tell: Callable[[str], object] | None = None,
    *,
    of: Part,
    sure: float,
    repairs: tuple[str, ...] = (),
    workers: Workers = 0,
    progress: Progress = quiet,
) -> Languages:
    """Return which languages the examples are in, and `tell` each row as a line of JSON, in the
    order of the files.

    Raises `DataError` where no record is an example.
    """
    models.require()
    found = Languages(of)
    setup = partial(Telling, of, sure, repairs)
    for heard in map_shards(hear, sources, setup, workers=workers, progress=progress):
        found.unread += heard.unread
        for row in heard.rows:
            found.take(row, sure)
            if tell:
                tell(to_line(row.as_json()).decode().rstrip("\n"))
    if not found.counts:
        raise DataError(
            "no record is an example; `dataprep validate` says why"
            if found.unread
            else "no records"
        )
    return found


def hear(telling: Telling, shard: Shard) -> LanguageCounts:
    """Tell the languages of one shard; a pure function of the shard."""
    rows: list[Row] = []
    unread = 0
    for piece in shard:
        for raw, _, example in examples(piece, telling.repairs):
            if isinstance(example, Example):
                rows.append(Row(raw.origin, detect_example(example, telling.of, telling.sure)))
            else:
                unread += 1
    return LanguageCounts(rows, unread)
