"""The record formats, one module each; the file's name is the format's (`belle_flat.py` is `belle-flat`)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.model import Example, Record


class Format(Protocol):
    """What a format's module has in it.

    `READS` names the fields that `read` takes over. `HOLDS` names what a written record has a place for beyond one
    question and one answer: "rounds", "system", "tools". `DATASET_INFO` is what LLaMA-Factory must be told of a file
    in it, None where it cannot train on the format at all. `claims` tells whether a record looks like this format; a
    format that is only ever asked for by name claims none.
    """

    READS: frozenset[str]
    HOLDS: frozenset[str]
    DATASET_INFO: Mapping[str, Any] | None

    def read(self, record: Record) -> Example: ...
    def write(self, example: Example) -> Record: ...
    def claims(self, record: Record) -> bool: ...


def _load(module: str) -> Format:
    return cast(Format, import_module(f"{__name__}.{module}"))


FORMATS: dict[str, Format] = {name.replace("_", "-"): _load(name) for _, name, _ in iter_modules(__path__)}


def named(name: str) -> Format:
    """Return the format of that name, or raise `DataprepError` with the nearest one."""
    if name not in FORMATS:
        raise DataprepError(f"no format '{name}'{did_you_mean(name, FORMATS)}")
    return FORMATS[name]


def detect(record: Record) -> str:
    """Return the name of the format that a record looks like, or raise `RecordError` with the fields it has."""
    for name, form in FORMATS.items():
        if form.claims(record):
            return name
    fields = ", ".join(f"'{field}'" for field in list(record)[:8])
    raise RecordError("no known shape", f"its fields are {fields}; say which is which: columns prompt=…, response=…")


def write(name: str, example: Example) -> Record:
    """Return the example as a record, or raise `RecordError` with what the format has no place for."""
    form = FORMATS[name]
    beyond = _needs(example) - form.HOLDS
    if beyond:
        raise RecordError("format cannot hold it", f"{name} has no place for {', '.join(sorted(beyond))}; sharegpt has")
    return form.write(example)


def _needs(example: Example) -> set[str]:
    needs = {"rounds": len(example.turns) > 2, "system": example.system, "tools": example.tools or example.calls}
    return {need for need, is_needed in needs.items() if is_needed}
