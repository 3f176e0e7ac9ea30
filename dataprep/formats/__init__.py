"""The record formats, one module each; `belle_flat.py` is the format `belle-flat`.

`parsing` holds what formats share; `reading` detects formats and reads examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Protocol, cast

from dataprep import schema
from dataprep.errors import DataprepError, Fault, RecordError, did_you_mean
from dataprep.model import Example, Record


class Format(Protocol):
    """The module of a format.

    `READS` names the fields that `read` uses. `claims` checks whether a record looks like the
    format; at most one format claims a record, and a format that users name explicitly claims none.
    """

    READS: frozenset[str]

    def read(self, record: Record) -> Example: ...
    def claims(self, record: Record) -> bool: ...


class Unfolding(Format, Protocol):
    """The module of a format with several examples a record; `unfold` yields a record for each."""

    def unfold(self, record: Record) -> Iterator[Record]: ...


class Written(Format, Protocol):
    """The module of a format that is also written.

    `HOLDS` names the parts from `model.PLACES` that a record can hold beyond one question and one
    answer. `DATASET_INFO` is the registry entry for LLaMA-Factory, None if it cannot train on the
    format.
    """

    HOLDS: frozenset[str]
    DATASET_INFO: Mapping[str, Any] | None

    def write(self, example: Example) -> Record: ...


def _load(module: str) -> Format:
    return cast(Format, import_module(f"{__name__}.{module}"))


def name_of(module: str) -> str:
    """Return the name of the format in a module."""
    return module.replace("_", "-")


FORMATS: dict[str, Format] = {
    name_of(name): _load(name) for _, name, is_package in iter_modules(__path__) if not is_package
}
UNFOLDING = {
    name: cast(Unfolding, form) for name, form in FORMATS.items() if hasattr(form, "unfold")
}
WRITTEN = {name: cast(Written, form) for name, form in FORMATS.items() if hasattr(form, "write")}
OWN: dict[str, str] = {}
"""The formats that are the user's own, each with its file; they are the first to be asked what a
record is.
"""


def add(module: str, form: ModuleType, path: str) -> Callable[[], None]:
    """Register a user's own format, and return a function that removes it."""
    name, OWN[name_of(module)] = name_of(module), path
    FORMATS[name] = cast(Format, form)
    if hasattr(form, "unfold"):
        UNFOLDING[name] = cast(Unfolding, form)
    if hasattr(form, "write"):
        WRITTEN[name] = cast(Written, form)
    return partial(_remove, name)


def _remove(name: str) -> None:
    for known in (OWN, FORMATS, UNFOLDING, WRITTEN):
        known.pop(name, None)


def is_valid(name: str, record: Record) -> bool:
    """Return whether a record meets its format's schema; a user's own format has none."""
    return name in OWN or schema.is_valid(name, record)


def problems(name: str, record: Record) -> Iterator[Fault]:
    """Yield the faults that a format's schema finds in a record."""
    return iter(()) if name in OWN else schema.problems(name, record)


def named(name: str) -> Format:
    """Return a format by its name; raise `DataprepError` with the nearest name for others."""
    if name not in FORMATS:
        raise DataprepError(f"no format '{name}'{did_you_mean(name, FORMATS)}")
    return FORMATS[name]


def written(name: str) -> Written:
    """Return a written format by its name; raise `DataprepError` for other names."""
    if name in FORMATS and name not in WRITTEN:
        raise DataprepError(f"'{name}' is only read; written are {', '.join(sorted(WRITTEN))}")
    named(name)
    return WRITTEN[name]


def detector() -> Callable[[Record], str]:
    """Return a function that detects the format of a record; it tries the last format first.

    It raises `RecordError` with the record's fields if no format claims it.
    """
    own = [(name, FORMATS[name]) for name in OWN]
    likely = [(name, form) for name, form in FORMATS.items() if name not in OWN]

    def detect(record: Record) -> str:
        for name, form in own:
            if form.claims(record):
                return name
        for place, (name, form) in enumerate(likely):
            if form.claims(record):
                if place:
                    likely.insert(0, likely.pop(place))
                return name
        raise _unknown(record)

    return detect


def detect(record: Record) -> str:
    """Return the name of a record's format; raise `RecordError` with its fields for others."""
    return detector()(record)


def _unknown(record: Record) -> RecordError:
    fields = ", ".join(f"'{field}'" for field in list(record)[:8])
    return RecordError(
        "no known shape",
        f"its fields are {fields}; say which is which: columns prompt=…, response=…",
    )


class NoPlaceError(RecordError):
    """A format lacks a place for part of an example; `roomy` names one that has it, or is ""."""

    def __init__(self, name: str, beyond: Iterable[str], roomy: str) -> None:
        has = f"{roomy or 'no format'} has"
        super().__init__(
            "format cannot hold it", f"{name} has no place for {', '.join(sorted(beyond))}; {has}"
        )
        self.roomy = roomy


def write(name: str, example: Example) -> Record:
    """Return an example as a record; raise `NoPlaceError` if the format cannot hold all of it."""
    form = WRITTEN[name]
    if beyond := example.needs - form.HOLDS:
        raise NoPlaceError(name, beyond, roomy(example))
    return form.write(example)


def roomy(example: Example) -> str:
    """Return a format that holds all parts of an example, "" if none does."""
    holding = (
        name
        for name in ("sharegpt", "preference", *WRITTEN)
        if example.needs <= WRITTEN[name].HOLDS
    )
    return next(holding, "")
