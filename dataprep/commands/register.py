"""Enter one file into the registry, take entries out, show what is in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dataprep import formats
from dataprep.errors import DataError, DataprepError, RecordError, did_you_mean
from dataprep.formats.reading.examples import examples, told_format
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.dataset_info.keys import SOURCES
from dataprep.model import Record
from dataprep.sources import inputs
from dataprep.sources.outputs import REGISTRY
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source

LOADED = (".json", ".jsonl")
"""The suffixes that LLaMA-Factory loads as they are, told by case and without compression."""


def register(file: Path, name: str | None, form: str | None, data: Path) -> str:
    """Merge an entry for `file` into `data/dataset_info.json` and return the sentence that says so.

    Raises `DataprepError` for a file that LLaMA-Factory could not load under that entry,
    `DataError` for a record that it would drop, or read as another than we do.
    """
    relative = os.path.relpath(file, data)
    if Path(relative).parts[0] == "..":
        raise DataprepError(
            f"{file}: lies outside of {data}, where LLaMA-Factory looks; move it there, or give "
            f"--data"
        )
    if file.suffix not in LOADED:
        raise DataprepError(
            f"{file}: LLaMA-Factory would not load it well; `dataprep convert` it to .jsonl first"
        )
    inputs.check_input(str(file))
    name = file.name.split(".")[0] if name is None else name
    registry.check_name(name)
    form = form or told_format([Source(str(file))])
    registry.entry(form, relative)  # what is wrong with that is told before the file is read
    entry = registry.entry(form, relative, _checked(Source(str(file), form)))
    changed = registry.merge(data / REGISTRY, {name: entry})
    return f"{data}/{REGISTRY}: '{name}' is {relative}, {form}" + (
        "" if changed else " (as before)"
    )


def removed(names: tuple[str, ...], data: Path) -> list[str]:
    """Take entries out of `data/dataset_info.json`, all or none, and return a sentence for each;
    their data stays.

    Raises `DataprepError` for a name that is not there.
    """
    path = data / REGISTRY
    there = registry.read(path)
    for name in names:
        if name not in there:
            raise DataprepError(
                f"{path}: has no data set '{name}'{did_you_mean(name, there) if there else ''}"
            )
    registry.merge(path, {}, drop=frozenset(names))
    return [
        f"{path}: '{name}' is out; {_source(there[name])} stays" for name in dict.fromkeys(names)
    ]


def listed(data: Path) -> list[str]:
    """Return a line for each entry of `data/dataset_info.json`: name, formatting, where its data
    is.

    Raises `DataprepError` where there is no registry.
    """
    path = data / REGISTRY
    if not path.exists():
        raise DataprepError(
            f"{path}: no such file; `dataprep register FILE` or `dataprep prepare` makes it"
        )
    entries = registry.read(path)
    width = max(map(len, entries), default=0)
    return [
        f"{name:<{width}}  {_kind(entry):<8}  {_source(entry)}" for name, entry in entries.items()
    ]


def _kind(entry: Any) -> str:
    return str(entry.get("formatting", "alpaca")) if isinstance(entry, dict) else "-"


def _source(entry: Any) -> str:
    """Return where the data of an entry is: a hub's name, or a file."""
    given = entry if isinstance(entry, dict) else {}
    return next((str(given[name]) for name in SOURCES if name in given), "no data")


def _checked(source: Source) -> set[str]:
    """Return the names of all fields that records of the file have; raises `DataError` for one that
    will not load.
    """
    fields = set()
    for raw, name, example in examples(Piece(source)):
        fault = ""
        if isinstance(example, RecordError):
            fault = f"{example.reason}: {example}"
        elif raw.encoding:
            fault = f"is in {raw.encoding}, expected UTF-8"
        elif not _holds(_loaded(raw.value), formats.write(name, example)):
            fault = f"LLaMA-Factory would not read it as {name}"
        if fault:
            raise DataError(
                f"{raw.origin}: {fault}; `dataprep convert` the file to {source.format} and "
                f"register that"
            )
        fields.update(raw.value)
    return fields


def _loaded(record: Record) -> Record:
    """Return a record as LLaMA-Factory takes it: a system message before a conversation is its
    system text.
    """
    for name, messages in record.items():
        first = messages[0] if isinstance(messages, list) and messages else None
        if isinstance(first, dict) and "system" in (first.get("from"), first.get("role")):
            return {
                **record,
                name: messages[1:],
                "system": first.get("value", first.get("content")),
            }
    return record


def _holds(value: Any, written: Any) -> bool:
    """Tell whether a value has all that we would write in its place; more does no harm."""
    if not written:
        return not value
    if isinstance(written, dict):
        return isinstance(value, dict) and all(
            _holds(value.get(name), part) for name, part in written.items()
        )
    if isinstance(written, list):
        same = isinstance(value, list) and len(value) == len(written)
        return same and all(_holds(one, part) for one, part in zip(value, written, strict=True))
    return bool(value == written)
