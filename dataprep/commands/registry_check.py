"""Check a registry that others wrote: what LLaMA-Factory would ignore, drop, change or stop at, and
what to write.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.dataset_info.bytes import arrow_faults, file_faults
from dataprep.llamafactory.dataset_info.columns import column_faults, times, type_faults, view
from dataprep.llamafactory.dataset_info.finding import Entry, Finding, meaning, patched
from dataprep.llamafactory.dataset_info.json_edit import edited, members
from dataprep.llamafactory.dataset_info.keys import key_faults, name_faults
from dataprep.llamafactory.dataset_info.paths import files_of, local_file, path_faults
from dataprep.llamafactory.dataset_info.senders import tag_faults
from dataprep.llamafactory.dataset_info.sight import Sight, begun
from dataprep.llamafactory.dataset_info.talk import Talk
from dataprep.sources.atomic import replace_text

ROWS = 100_000
"""Rows of each file that are looked at."""


@dataclass
class CheckedRegistry:
    """What was found in a registry, and what of it was mended."""

    path: Path
    seen: Mapping[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        """Return how many findings are faults."""
        return sum(not finding.note for finding in self.findings)

    @property
    def exit_status(self) -> int:
        """Return 1 where faults are left, else 0."""
        return 1 if self.faults else 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs; `rows_looked_at` names the files that have more rows than
        these.
        """
        return {
            "path": str(self.path),
            "entries": len(self.seen),
            "faults": self.faults,
            "findings": [finding.as_json() for finding in self.findings],
            "fixed": [finding.as_json() for finding in self.fixed],
            "rows_looked_at": self.cut,
        }

    def __str__(self) -> str:
        lines = [f"{self.path}: fixed {_mended(finding)}" for finding in self.fixed]
        lines += [f"{self.path}: {finding}" for finding in self.findings]
        return "\n".join([*lines, self.summary])

    @property
    def summary(self) -> str:
        """Return one sentence that ends the list."""
        notes = len(self.findings) - self.faults
        fixable = sum(finding.fix is not None for finding in self.findings)
        said = f"{times(len(self.seen), 'data set')}, " + (
            times(self.faults, "fault") if self.faults else "all good"
        )
        said += f", {times(notes, 'note')}" if notes else ""
        said += f"; --fix mends {fixable}" if fixable else ""
        cut = "".join(
            f"\nlooked at the first {times(rows)} of {path}" for path, rows in self.cut.items()
        )
        return said + cut


def check(path: Path, *, rows: int = ROWS, fix: bool = False) -> CheckedRegistry:
    """Return what is wrong with a registry, after what is safe to mend was mended where `fix` says
    so.

    Of each data file the first `rows` rows are looked at, all where that is 0. Raises
    `DataprepError` where there is no such file.
    """
    checked = _checked(path, rows)
    if not fix:
        return checked
    with registry.locked(checked.path):
        mended = _fixed(checked)
    again = _checked(path, rows)
    again.fixed = mended
    return again


def _checked(path: Path, rows: int) -> CheckedRegistry:
    if path.is_dir():
        path = path / "dataset_info.json"
    content = path.read_bytes()
    try:
        entries = registry.parse(path, content)
    except DataprepError as error:
        would = "stops, or shows an empty list on its web page"
        said = Finding("cannot be read", "", would, error.faults[0].message, str(path))
        return CheckedRegistry(path, {}, [said])
    checked = CheckedRegistry(path, entries, list(_file_faults(content)))
    for name, entry in entries.items():
        found = _entry_faults(name, entry, str(path.parent), rows, checked.cut)
        checked.findings += [finding._replace(entry=name) for finding in found]
    checked.findings += _aliases(entries)
    return checked


def _file_faults(content: bytes) -> Iterator[Finding]:
    """Yield what is wrong with the bytes of the registry, which LLaMA-Factory opens in the
    machine's encoding.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        would = "stops with: Unexpected UTF-8 BOM"
        yield Finding("byte order mark", "", would, "save it without BOM", fix=_TEXT)
    elif not content.isascii():
        would = (
            "opens it in the machine's encoding, which need not be UTF-8: it stops, or "
            "garbles names"
        )
        yield Finding("not ASCII", "", would, "write \\uXXXX for such signs", fix=_TEXT)
    counts = Counter(member.name for member in members(content.decode("utf-8-sig"))[0])
    for name, count in counts.items():
        if count > 1:
            would = f"sees only the last of {count} entries of this name"
            yield Finding(
                "name is there twice", "", would, "rename or remove the others", entry=name
            )


def _mended(finding: Finding) -> str:
    """Return what was wrong and what is written now; null stands for a key that is out."""
    now = "all in ASCII, without a mark" if finding.fix is _TEXT else json.dumps(finding.fix)
    return f"{finding.entry}{finding.key}{': ' * bool(finding.entry)}{finding.kind}\n    now {now}"


_TEXT: dict[str, Any] = {}
"""Stands for a fix that changes no entry: the text is written anew in ASCII."""


def _entry_faults(
    name: str, entry: Any, folder: str, rows: int, cut: dict[str, int]
) -> Iterator[Finding]:
    yield from name_faults(name)
    if not isinstance(entry, dict):
        yield Finding("no object", "", "stops with a TypeError", 'write {"file_name": …}')
        return
    yield from key_faults(entry)
    yield from path_faults(entry, folder)
    file_name = local_file(entry)
    sights = []
    for file in files_of(os.path.join(folder, file_name)) if file_name else ():
        sight, found = _content_faults(entry, file, rows)
        sights.append(sight)
        yield from found
        if sight.rest:
            cut[file] = sight.rows
    yield from _samples(entry, sights)
    yield from _differing(sights)


def _content_faults(entry: Entry, file: str, rows: int) -> tuple[Sight, list[Finding]]:
    sight, raws = begun(file, rows)
    talk = Talk(meaning(entry))
    for raw in raws:
        talk.take(raw)
    its = view(entry, sight, talk)
    found = [
        finding
        for rule in (file_faults, type_faults, column_faults, tag_faults)
        for finding in rule(its)
    ]
    if not any(finding.key == "/file_name" and not finding.note for finding in found):
        found += arrow_faults(its)
    return sight, found


def _samples(entry: Entry, sights: list[Sight]) -> Iterator[Finding]:
    wanted, there = entry.get("num_samples"), sum(sight.rows for sight in sights)
    if (
        not isinstance(wanted, int)
        or isinstance(wanted, bool)
        or not there
        or any(sight.rest for sight in sights)
    ):
        return
    if wanted > there:
        would = f"repeats rows at random up to {wanted:,}, for the file has {there:,}"
        yield Finding(
            "num_samples is stale",
            "/num_samples",
            would,
            "take it out, or say that much on purpose",
        )
    elif wanted < there:
        would = f"takes {wanted:,} of {times(there)} at random"
        yield Finding(
            "part of the rows", "/num_samples", would, "take it out to train on all", note=True
        )


def _differing(sights: list[Sight]) -> Iterator[Finding]:
    for one, other in pairwise(sights):
        if one.fields and other.fields and one.fields.keys() != other.fields.keys():
            names = ", ".join(
                f"'{name}'" for name in sorted(one.fields.keys() ^ other.fields.keys())
            )
            would = (
                f"stops with a cast error, or fills nulls in, for {names} is not in both "
                f"{one.path} and {other.path}"
            )
            instead = "give all files the same fields, or each an entry"
            yield Finding("files of different fields", "/file_name", would, instead)


def _aliases(entries: dict[str, Any]) -> Iterator[Finding]:
    """Yield entries that are the same as one before, by which its rows are trained twice."""
    first: dict[str, str] = {}
    for name, entry in entries.items():
        text = json.dumps(entry, sort_keys=True)
        if text in first:
            would = f"trains the rows twice where both '{first[text]}' and this are asked for"
            yield Finding(
                "same as another", "", would, "keep it only for that", entry=name, note=True
            )
        first.setdefault(text, name)


# --------------------------------------------------------------------------------------------- mend


def _fixed(checked: CheckedRegistry) -> list[Finding]:
    """Apply what the findings say is safe, and return those that were applied; an entry that
    changed since stays.
    """
    content = checked.path.read_bytes()
    before = registry.parse(checked.path, content)
    after = dict(before)
    applied = []
    for finding in checked.findings:
        if finding.fix is None:
            continue
        if finding.fix is not _TEXT:
            if before.get(finding.entry) != checked.seen.get(finding.entry):
                continue
            after[finding.entry] = patched(after[finding.entry], finding.fix)
        applied.append(finding)
    if applied:
        text = edited(content.decode("utf-8-sig"), after)
        replace_text(checked.path, registry.ascii_text(text))
    return applied
