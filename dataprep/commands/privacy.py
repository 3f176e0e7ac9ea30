"""Count the personal data and secrets in files by kind and place; the data are never shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from dataprep.commands.survey import map_shards
from dataprep.errors import RecordError
from dataprep.executor import Workers
from dataprep.formats.reading.examples import examples
from dataprep.model import Example, Origin, texts
from dataprep.pipeline import Progress, quiet
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Shard
from dataprep.sources.source import Source
from dataprep.steps.privacy import check_kinds
from dataprep.steps.privacy.find import find

PLACES = 3


@dataclass
class Kind:
    """Counts of one kind of data, and the places of the first records that hold it."""

    found: int = 0
    records: int = 0
    places: list[Origin] = field(default_factory=list)

    def add(self, other: Kind) -> None:
        """Add what there is of this kind in what comes after."""
        self.found += other.found
        self.records += other.records
        self.places = (self.places + other.places)[:PLACES]


@dataclass
class Survey:
    """What records hold, by kind; `unread` are those that are no examples, which are looked at as
    they stand.
    """

    records: int = 0
    unread: int = 0
    holding: int = 0
    kinds: dict[str, Kind] = field(default_factory=dict)

    def take(self, raw: Raw, example: Example | RecordError, kinds: Sequence[str]) -> None:
        """Look at one record."""
        self.records += 1
        if isinstance(example, Example):
            said = [text for _, text in texts(example)]
        else:
            self.unread += 1
            said = [raw.value if isinstance(raw.value, str) else orjson.dumps(raw.value).decode()]
        found = Counter(one.kind for text in said for one in find(text, kinds))
        self.holding += bool(found)
        for kind, count in found.items():
            self.kinds.setdefault(kind, Kind()).add(Kind(count, 1, [raw.origin]))

    def add(self, other: Survey) -> None:
        """Add what stands in the records that come after."""
        self.records += other.records
        self.unread += other.unread
        self.holding += other.holding
        for kind, its in other.kinds.items():
            self.kinds.setdefault(kind, Kind()).add(its)

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs, the most frequent kind first."""
        kinds = {
            kind: {
                "found": its.found,
                "records": its.records,
                "places": [place._asdict() for place in its.places],
            }
            for kind, its in self._most()
        }
        return {
            "records": self.records,
            "unread": self.unread,
            "holding": self.holding,
            "kinds": kinds,
        }

    def _most(self) -> list[tuple[str, Kind]]:
        return sorted(self.kinds.items(), key=lambda item: (-item[1].found, item[0]))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        holding = {0: "none holds", 1: "one holds"}.get(self.holding, f"{self.holding:,} hold")
        yield (
            f"{self.records:,} record{'s' * (self.records != 1)}, {holding} personal data or "
            "secrets"
        )
        if self.kinds:
            yield f"  {'':<13}  {'found':>7}  {'records':>7}  the first at"
        for kind, its in self._most():
            more = ", …" * (its.records > PLACES)
            yield (
                f"  {kind:<13}  {its.found:>7,}  {its.records:>7,}  "
                f"{', '.join(_told(its.places))}{more}"
            )
        if self.unread:
            are = "is no example and was" if self.unread == 1 else "are no examples and were"
            it = "it stands" if self.unread == 1 else "they stand"
            yield f"  {self.unread:,} {are} looked at as {it}; see dataprep validate"


def _told(places: Sequence[Origin]) -> Iterator[str]:
    """Yield places as FILE:LINE, those in the file of the one before as :LINE."""
    before = ""
    for place in places:
        yield f":{place.line}" if place.path == before else str(place)
        before = place.path


def survey(
    sources: tuple[Source, ...],
    kinds: Sequence[str],
    *,
    workers: Workers = 0,
    progress: Progress = quiet,
) -> Survey:
    """Look at every record, with as many processes as it is worth where `workers` is 0; the same
    for any number.
    """
    check_kinds(kinds)
    whole = Survey()
    setup = partial(tuple[str, ...], kinds)
    for part in map_shards(_look, sources, setup, workers=workers, progress=progress):
        whole.add(part)
    return whole


def _look(kinds: Sequence[str], shard: Shard) -> Survey:
    part = Survey()
    for piece in shard:
        for raw, _, example in examples(piece):
            part.take(raw, example, kinds)
    return part
