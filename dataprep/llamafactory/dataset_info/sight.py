"""Statistics of the fields of a data file, row by row: how often, of which types, and from which
byte on.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from dataprep.errors import EMPTY, DataprepError, RecordError
from dataprep.llamafactory.dataset_info.paths import type_of
from dataprep.model import Origin, Record
from dataprep.sources import inputs
from dataprep.sources.raw import Raw

CHUNK = 10 << 20
"""Bytes of JSON lines by which `datasets` fixes the type of every column (its json builder's
`chunksize`).
"""

BATCH = 1000
"""Rows by which `datasets` fixes the type of every converted column (`map`'s `writer_batch_size`).
"""

DEEPEST = 4
MOST_PATHS = 2000
_KINDS = {
    str: "text",
    bool: "true/false",
    int: "number",
    float: "number",
    list: "list",
    dict: "object",
}
PANDAS_NULLS = frozenset(
    {
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
    }
    | {"NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""The cells that pandas takes for nulls (pandas.read_csv, `keep_default_na`)."""


def kind_of(value: Any) -> str:
    """Return the JSON kind of a value in the words of a report."""
    return "null" if value is None else _KINDS.get(type(value), type(value).__name__)


@dataclass
class Seen:
    """What stands at one path: how often, filled how often, where each kind was first, where it was
    first filled.
    """

    count: int = 0
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    places: dict[str, Origin] = field(default_factory=dict)
    first: Origin | None = None
    first_filled: Origin | None = None
    first_filled_row: int = 0

    def take(self, value: Any, origin: Origin, row: int) -> None:
        """Count one value."""
        kind = kind_of(value)
        self.count += 1
        self.kinds[kind] += 1
        if kind not in self.places:
            self.places[kind] = origin
            self.first = self.first or origin
        if value not in (None, [], {}):
            self.filled += value != ""
            if not self.first_filled:
                self.first_filled, self.first_filled_row = origin, row

    @property
    def own_kinds(self) -> list[str]:
        """Return the kinds that are no null, the commonest first."""
        return [kind for kind, _ in self.kinds.most_common() if kind != "null"]


@dataclass
class Sight:
    """What one file holds in its rows that were looked at; `rest` says that there are more."""

    path: str
    rows: int = 0
    rest: bool = False
    fields: dict[str, Seen] = field(default_factory=dict)
    inner: dict[str, Seen] = field(default_factory=dict)
    bad: Counter[str] = field(default_factory=Counter)
    bad_places: dict[str, Origin] = field(default_factory=dict)
    wrapped: bool = False
    encodings: dict[str, Origin] = field(default_factory=dict)

    def take(self, raw: Raw) -> None:
        """Count one row, with what it holds inside."""
        self.rows += 1
        if raw.encoding:
            self.encodings.setdefault(raw.encoding, raw.origin)
        if raw.error or not isinstance(raw.value, dict):
            self.spoil(raw.error.reason if raw.error else "no object", raw.origin)
            return
        for name, value in raw.value.items():
            self._note(self.fields, name, value, raw.origin)
            self._enter(name, value, raw.origin, DEEPEST)

    def spoil(self, reason: str, origin: Origin) -> None:
        """Count a row that is none."""
        self.bad[reason] += 1
        self.bad_places.setdefault(reason, origin)

    def _note(self, seen: dict[str, Seen], path: str, value: Any, origin: Origin) -> None:
        if path not in seen:
            if len(seen) >= MOST_PATHS:
                return
            seen[path] = Seen()
        seen[path].take(value, origin, self.rows)

    def _enter(self, path: str, value: Any, origin: Origin, depth: int) -> None:
        if not depth:
            return
        if isinstance(value, dict):
            parts = [(f"{path}.{name}", part) for name, part in value.items()]
        elif isinstance(value, list):
            parts = [(f"{path}[]", part) for part in value]
        else:
            return
        for inside, part in parts:
            self._note(self.inner, inside, part, origin)
            self._enter(inside, part, origin, depth - 1)

    @property
    def is_lines(self) -> bool:
        """Tell whether `datasets` reads the file as JSON lines, in chunks."""
        return type_of(self.path) == "json" and inputs.is_cuttable(self.path, "utf-8")


def rows_of(path: str) -> Iterator[Raw]:
    """Return the rows of a file as LLaMA-Factory has them: a line of a .txt, a row of a .csv with
    commas between.

    Raises `DataprepError` where the file is empty or breaks off.
    """
    kind = type_of(path)
    if kind == "text":
        return _lines(path)
    if kind == "csv":
        return _cells(path)
    inputs.check_input(path)
    return inputs.read(path)


def _lines(path: str) -> Iterator[Raw]:
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            yield Raw(Origin(path, number), {"text": line.rstrip("\n")})


def _cells(path: str) -> Iterator[Raw]:
    csv.field_size_limit(2**31 - 1)
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        for row in rows:
            origin = Origin(path, rows.line_num)
            error = RecordError("more cells than columns") if len(row) > len(header) else None
            yield Raw(origin, _by_pandas(dict(zip(header, row, strict=False))), error)


def _by_pandas(row: dict[str, str]) -> Record:
    return {name: None if cell in PANDAS_NULLS else _number(cell) for name, cell in row.items()}


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def begun(path: str, most: int) -> tuple[Sight, Iterator[Raw]]:
    """Return an empty sight of a file and its first `most` rows, which fill it as they are passed
    on; 0 means all.
    """
    sight = Sight(path, wrapped=_is_wrapped(path))
    return sight, _filling(sight, most)


def _filling(sight: Sight, most: int) -> Iterator[Raw]:
    try:
        rows = rows_of(sight.path)
        for raw in islice(rows, most or None):
            sight.take(raw)
            yield raw
        sight.rest = bool(most) and next(rows, None) is not None
    except DataprepError as error:
        fault = error.faults[0]
        if fault.code != EMPTY:
            line = fault.line or sight.rows + 1
            sight.spoil(replace(fault, fix="").message, Origin(sight.path, line))


def _is_wrapped(path: str) -> bool:
    """Tell whether a .json file is one object with its rows in a list inside, which we unwrap and
    LLaMA-Factory not.
    """
    if type_of(path) != "json":
        return False
    with open(path, "rb") as file:
        head = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf")
    if not head.lstrip().startswith(b"{"):
        return False
    try:
        first = next(inputs.read(path), None)
    except DataprepError:
        return False
    return first is not None and first.origin.byte > len(head) - len(head.lstrip()) + 3
