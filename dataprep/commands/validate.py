"""Check files record by record and say what is wrong where, all that is alike in one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from dataprep import schema
from dataprep.commands import documents
from dataprep.errors import DataprepError, Fault, RecordError
from dataprep.formats.reading import repair
from dataprep.formats.reading.examples import faults, own_faults
from dataprep.model import Origin
from dataprep.pipeline import Progress, quiet
from dataprep.sources import inputs
from dataprep.sources.json_lines import to_line
from dataprep.sources.shards import cut, size_of
from dataprep.sources.source import Source

PLACES = 3
"""The number of places shown for a group of like faults; smaller groups are shown one by one."""
SPELLINGS = 10
"""Groups of faults that differ only in quoted text; beyond these the quoted text is ignored."""
MOST = 10_000
"""Groups of faults; beyond these only reasons are distinguished, to bound memory."""

_NOUNS = {
    "": ("record", "records"),
    "recipe": ("recipe", "recipes"),
    "dataset_info": ("registry", "registries"),
    "report": ("report", "reports"),
    "lock": ("lock", "locks"),
    "rejects": ("reject", "rejects"),
    "tags": ("tag", "tags"),
    "lineage": ("row of lineage", "rows of lineage"),
}


class RecordFault(NamedTuple):
    """One error of one record: where the record is, and the repairs that would fix it."""

    origin: Origin
    error: RecordError
    repairs: tuple[str, ...] = ()

    @property
    def fault(self) -> Fault:
        """Return the fault with its place in the file, and a repair as what to do about it."""
        fix = f"--repair {','.join(self.repairs)} fixes it" if self.repairs else ""
        fix = "; ".join(filter(None, (self.error.fault.fix, fix)))
        return replace(self.error.fault, path=self.origin.path, line=self.origin.line, fix=fix)

    @property
    def words(self) -> str:
        """Return the reason and the fault, without the place of the record."""
        words = str(self.fault.at(""))
        return f"{self.error.reason}: {words}" if words else self.error.reason

    def __str__(self) -> str:
        return f"{self.origin}: {self.words}"


@dataclass
class FaultGroup:
    """Faults that are alike: how many, the first of them with their number among all, and what they
    have in common.
    """

    reason: str
    pointer: str
    found: str
    expected: str
    repairs: tuple[str, ...]
    count: int = 0
    first: list[tuple[int, RecordFault]] = field(default_factory=list)

    def take(self, number: int, fault: RecordFault) -> None:
        """Count one fault more."""
        self.count += 1
        error = fault.error
        if self.count == 1:
            self.pointer, self.found = error.pointer, error.found
        self.pointer = _common_pointer(self.pointer, error.pointer)
        self.found = _common_words(self.found, error.found)
        if len(self.first) < PLACES:
            self.first.append((number, fault))

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines for people, each with the number of the fault that it begins with."""
        if self.count <= PLACES:
            yield from ((number, str(fault)) for number, fault in self.first)
        else:
            yield self.first[0][0], f"{self._places()}, …: {self.count:,} times: {self._common()}"

    def _places(self) -> str:
        """Return the first places; the file is named where it is another than that of the place
        before.
        """
        origins = [fault.origin for _, fault in self.first]
        paths = ["", *(origin.path for origin in origins)]
        return ", ".join(
            f":{origin.line}" if origin.path == path else str(origin)
            for origin, path in zip(origins, paths, strict=False)
        )

    def _common(self) -> str:
        error = RecordError(self.reason, self.found, self.pointer, expected=self.expected)
        return RecordFault(self.first[0][1].origin, error, self.repairs).words

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs; lines are 1-based, the byte is -1 where none is known."""
        return {
            "code": self.first[0][1].error.fault.code,
            "reason": self.reason,
            "pointer": self.pointer,
            "found": self.found,
            "expected": self.expected,
            "repair": " and ".join(self.repairs),
            "count": self.count,
            "places": [fault.origin._asdict() for _, fault in self.first],
        }


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_STEP = re.compile(r"/\d+(?=/|$)")


def _without_numbers(pointer: str) -> str:
    return _STEP.sub("/*", pointer)


def _plain(found: str) -> str:
    return _NUMBER.sub("*", found)


def _bare(found: str) -> str:
    return _plain(_QUOTED.sub("'…'", found))


def _common_words(found: str, other: str) -> str:
    """Return what two findings have in common: a star stands for numbers, dots for what is in
    quotes.
    """
    if found == other:
        return found
    return _plain(found) if _plain(found) == _plain(other) else _bare(found)


def _common_pointer(pointer: str, other: str) -> str:
    """Return a pointer with a star for each step that is another in the other one, "" where they
    are unlike.
    """
    steps, others = pointer.split("/"), other.split("/")
    if len(steps) != len(others):
        return ""
    return "/".join(step if step == its else "*" for step, its in zip(steps, others, strict=True))


class FaultGroups:
    """Faults, put together where they are alike: constant memory, however many there are."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], FaultGroup] = {}
        self.spellings: Counter[tuple[Any, ...]] = Counter()
        self.total = 0

    def take(self, fault: RecordFault) -> None:
        """Count one fault."""
        self._group_of(fault).take(self.total, fault)
        self.total += 1

    def _group_of(self, fault: RecordFault) -> FaultGroup:
        error = fault.error
        key = (
            error.reason,
            _without_numbers(error.pointer),
            _plain(error.found),
            error.expected,
            fault.repairs,
        )
        if key in self.known:
            return self.known[key]
        like = (*key[:2], _bare(error.found), *key[3:])
        if self.spellings[like] >= SPELLINGS:
            return self.known.setdefault(like, FaultGroup(*like))
        if len(self.known) >= MOST:
            return self.known.setdefault((error.reason,), FaultGroup(error.reason, "", "", "", ()))
        self.spellings[like] += 1
        return self.known.setdefault(key, FaultGroup(*key))

    def __iter__(self) -> Iterator[FaultGroup]:
        return iter(self.known.values())


@dataclass
class Validation:
    """How many records there were of each kind, and how many of them have faults."""

    records: Counter[str] = field(default_factory=Counter)
    faulty: int = 0
    groups: FaultGroups = field(default_factory=FaultGroups)

    @property
    def exit_status(self) -> int:
        """Return 1 where there are faults, or nothing that could have any, else 0."""
        return 0 if self.records.total() and not self.faulty else 1

    def __str__(self) -> str:
        counted = [f"{count:,} {_NOUNS[kind][count != 1]}" for kind, count in self.records.items()]
        words = " and ".join(filter(None, [", ".join(counted[:-1]), *counted[-1:]]))
        if not self.records.total():
            return "0 records, nothing to train on"
        if not self.faulty:
            return f"{words}, all good"
        left = "; convert and prepare leave them out as rejects" if [*self.records] == [""] else ""
        return f"{words}, {self.faulty:,} with faults{left}"


def validate(
    sources: Iterable[Source],
    tell: Callable[[str], object] = str,
    *,
    own: Path | None = None,
    every: bool = False,
    as_json: bool = False,
    as_data: bool = False,
    progress: Progress = quiet,
) -> Validation:
    """Tell all that is wrong, a line for faults that are alike, and return the verdict.

    Each record is held to its format, or to the user's `own` schema; recipes, dataset_info.json,
    report.json, rejects and lineage to their own, unless they are to be taken for data. With
    `every`, each fault has its line. Raises `DataprepError` where that schema is none, or stands
    beside a format or columns.
    """
    verdict = Validation()
    groups = verdict.groups
    for found in _faults(_held_to(sources, own), as_data, verdict, progress):
        if every:
            tell(_one(found, as_json))
        else:
            groups.take(found)
    for line in _as_lines(groups) if as_json else _as_text(groups):
        tell(line)
    return verdict


def _held_to(sources: Iterable[Source], own: Path | None) -> list[Source]:
    sources = list(sources)
    if own is None:
        return sources
    if any(source.format or source.columns for source in sources):
        raise DataprepError(
            "say a schema, or a format or columns, not both: a schema judges records as they stand"
        )
    text = schema.own(str(own))
    return [source._replace(schema=text) for source in sources]


def _faults(
    sources: list[Source], as_data: bool, verdict: Validation, progress: Progress
) -> Iterator[RecordFault]:
    """Yield all faults, counting the records and those that have any."""
    total = sum(inputs.size(source.file) for source in sources)
    for source in sources:
        told = not (as_data or source.format or source.columns or source.schema or source.spool)
        if kind := documents.kind_of(source.path) if told else "":
            for found in documents.faults(source.path, kind):
                verdict.records[kind] += 1
                verdict.faulty += bool(found)
                yield from (RecordFault(origin, error) for origin, error in found)
            progress(inputs.size(source.file), total)
        else:
            yield from _of_data(source, verdict, progress, total)


def _of_data(
    source: Source, verdict: Validation, progress: Progress, total: int
) -> Iterator[RecordFault]:
    judged = own_faults if source.schema else faults
    for shard in cut((source,)):
        for piece in shard:
            records = 0
            for raw, errors in judged(piece):
                records += 1
                if errors:
                    verdict.faulty += 1
                    for error in errors:
                        mends = [] if source.schema else repair.would_take(raw, source, error)
                        yield RecordFault(raw.origin, error, tuple(mends))
            verdict.records[""] += records
        progress(size_of(shard), total)


# ------------------------------------------------------------------------------------------ telling


def _one(fault: RecordFault, as_json: bool) -> str:
    if not as_json:
        return str(fault)
    groups = FaultGroups()
    groups.take(fault)
    return next(_as_lines(groups))


def _as_text(groups: FaultGroups) -> Iterator[str]:
    lines = sorted(line for group in groups for line in group.lines())
    return (line for _, line in lines)


def _as_lines(groups: FaultGroups) -> Iterator[str]:
    return (to_line(group.as_json()).decode().rstrip("\n") for group in groups)
