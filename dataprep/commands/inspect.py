"""Show what a file is before anything is made of it: encoding, shapes, fields, faults and three
samples.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.reading.examine import example_of
from dataprep.formats.reading.records import records
from dataprep.sources import inputs
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.text.shorten import shorten

SAMPLES = 3
PLACES = 3
WIDTH = 100  # characters of a sample that are shown to people
_KINDS = {
    str: "text",
    bool: "true/false",
    int: "number",
    float: "number",
    list: "list",
    dict: "object",
}


@dataclass
class Field:
    """Statistics of a field: how often it is present and filled, its types, and its length."""

    there: int = 0
    filled: int = 0
    characters: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def take(self, value: Any) -> None:
        """Count one value."""
        self.there += 1
        self.filled += value not in (None, "", [], {})
        self.kinds["null" if value is None else _KINDS.get(type(value), type(value).__name__)] += 1
        if isinstance(value, str):
            self.characters += len(value)


@dataclass
class FaultCount:
    """How often records have one fault, and the places of the first of them."""

    count: int = 0
    places: list[int] = field(default_factory=list)


@dataclass
class Look:
    """What a file holds."""

    path: str
    container: str = ""
    records: int = 0
    encodings: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    needs: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Field] = field(default_factory=dict)
    faults: dict[str, FaultCount] = field(default_factory=dict)
    samples: list[Any] = field(default_factory=list)

    def take(self, raw: Raw, name: str, source: Source) -> None:
        """Count one record."""
        self.records += 1
        self.encodings[raw.encoding or "utf-8"] += 1
        self.shapes[name or "no known shape"] += 1
        if not isinstance(raw.value, dict):
            self._fault(raw, raw.error)
            return
        for key, value in raw.value.items():
            self.fields.setdefault(key, Field()).take(value)
        if len(self.samples) < SAMPLES:
            self.samples.append(raw.value)
        try:
            self.needs.update(example_of(raw, name, source).needs)
        except RecordError as error:
            self._fault(raw, error)

    def _fault(self, raw: Raw, error: RecordError | None) -> None:
        fault = self.faults.setdefault(error.reason if error else "no object", FaultCount())
        fault.count += 1
        if len(fault.places) < PLACES:
            fault.places.append(raw.origin.line)

    def as_json(self) -> dict[str, Any]:
        """Return all results as JSON values; lengths are mean characters, lines count from 1."""
        return {
            "path": self.path,
            "container": self.container,
            "records": self.records,
            "encodings": dict(self.encodings.most_common()),
            "shapes": dict(self.shapes.most_common()),
            "holds": dict(self.needs.most_common()),
            "fields": {
                name: {
                    "there": its.there,
                    "filled": its.filled,
                    "kinds": dict(its.kinds.most_common()),
                    "characters": round(its.characters / its.kinds["text"], 1)
                    if its.kinds["text"]
                    else None,
                }
                for name, its in self.fields.items()
            },
            "faults": {
                reason: {"count": its.count, "lines": its.places} for reason, its in self._worst()
            },
            "samples": self.samples,
        }

    def _worst(self) -> list[tuple[str, FaultCount]]:
        return sorted(self.faults.items(), key=lambda item: -item[1].count)

    def __str__(self) -> str:
        counts = {"shapes": self.shapes, "holds": self.needs}
        said = ", ".join(name for name, _ in self.encodings.most_common())
        lines = [
            f"{self.path}: "
            f"{', '.join(filter(None, [_records(self.records), self.container, said]))}"
        ]
        lines += [f"  {word:<8}  {_listed(counter)}" for word, counter in counts.items() if counter]
        lines += _under("fields", self._field_lines())
        lines += _under(
            "faults", (f"{reason} {its.count:,}  {_lines(its)}" for reason, its in self._worst())
        )
        lines += _under("samples", (_short(sample) for sample in self.samples))
        return "\n".join(lines)

    def _field_lines(self) -> Iterator[str]:
        width = max(map(len, self.fields), default=0)
        for name, its in self.fields.items():
            texts = its.kinds["text"]
            length = f", {its.characters / texts:,.0f} characters on average" if texts else ""
            kinds = " or ".join(kind for kind, _ in its.kinds.most_common())
            yield f"{name:<{width}}  {its.filled / self.records:>4.0%} filled, {kinds}{length}"


def _records(count: int) -> str:
    return f"{count:,} record{'s' * (count != 1)}"


def _listed(counter: Counter[str]) -> str:
    return " · ".join(f"{name} {count:,}" for name, count in counter.most_common())


def _under(word: str, lines: Iterable[str]) -> list[str]:
    """Return lines with the word before the first of them."""
    return [f"  {'' if number else word:<8}  {line}" for number, line in enumerate(lines)]


def _lines(fault: FaultCount) -> str:
    places = ", ".join(map(str, fault.places))
    return (
        f"line{'s' * (len(fault.places) > 1)} {places}{', …' * (fault.count > len(fault.places))}"
    )


def _short(sample: Any) -> str:
    return shorten(json.dumps(sample, ensure_ascii=False), WIDTH)


def inspect(source: Source, most: int | None = None) -> Look:
    """Return what a file holds, or what the first `most` of its records hold."""
    look = Look(source.path, inputs.kind_of(source.file, source.encoding))
    for raw, name in islice(records(Piece(source)), most):
        look.take(raw, name, source)
    return look
