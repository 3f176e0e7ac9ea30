"""The record formats, one module each; the file's name is the format's (`belle_flat.py` is
`belle-flat`).

`parsing` holds what formats share; `reading` finds the format of a record and makes an example of
it.
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
    """What a format's module has in it.

    `READS` names the fields that `read` takes over. `claims` tells whether a record looks like this
    format; of all formats one at most claims a record, and a format that is only ever asked for by
    name claims none.
    """

    READS: frozenset[str]

    def read(self, record: Record) -> Example: ...
    def claims(self, record: Record) -> bool: ...


class Unfolding(Format, Protocol):
    """What a format's module has in it where one record holds several: `unfold` gives them, each
    for `read`.
    """

    def unfold(self, record: Record) -> Iterator[Record]: ...


class Written(Format, Protocol):
    """What a format's module has in it where the format is also written.

    `HOLDS` names what a written record has a place for beyond one question and one answer, of
    `model.PLACES`. `DATASET_INFO` is what LLaMA-Factory must be told of a file in it, None where it
    cannot train on the format at all.
    """

    HOLDS: frozenset[str]
    DATASET_INFO: Mapping[str, Any] | None

    def write(self, example: Example) -> Record: ...


def _load(module: str) -> Format:
    return cast(Format, import_module(f"{__name__}.{module}"))


def name_of(module: str) -> str:
    """Return what the format in a module of that name is called."""
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
    """Make a format of the user's own known, and return what makes it unknown again."""
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
    """Tell whether a record meets the schema of its format; a format of the user's own has none."""
    return name in OWN or schema.is_valid(name, record)


def problems(name: str, record: Record) -> Iterator[Fault]:
    """Yield what the schema of a format has against a record."""
    return iter(()) if name in OWN else schema.problems(name, record)


def named(name: str) -> Format:
    """Return the format of that name, or raise `DataprepError` with the nearest one."""
    if name not in FORMATS:
        raise DataprepError(f"no format '{name}'{did_you_mean(name, FORMATS)}")
    return FORMATS[name]


def written(name: str) -> Written:
    """Return the format of that name, or raise `DataprepError` where there is none or it is only
    read.
    """
    if name in FORMATS and name not in WRITTEN:
        raise DataprepError(f"'{name}' is only read; written are {', '.join(sorted(WRITTEN))}")
    named(name)
    return WRITTEN[name]


def detector() -> Callable[[Record], str]:
    """Return what tells the formats of a file's records, each tried first as what the last one was.

    It gives the name of the format that a record looks like, or raises `RecordError` with the
    fields that it has.
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
    """Return the name of the format that a record looks like, or raise `RecordError` with the
    fields it has.
    """
    return detector()(record)


def _unknown(record: Record) -> RecordError:
    fields = ", ".join(f"'{field}'" for field in list(record)[:8])
    return RecordError(
        "no known shape",
        f"its fields are {fields}; say which is which: columns prompt=…, response=…",
    )


class NoPlaceError(RecordError):
    """Say that a format has no place for something that an example has; `roomy` is one that has, ""
    for none.
    """

    def __init__(self, name: str, beyond: Iterable[str], roomy: str) -> None:
        has = f"{roomy or 'no format'} has"
        super().__init__(
            "format cannot hold it", f"{name} has no place for {', '.join(sorted(beyond))}; {has}"
        )
        self.roomy = roomy


def write(name: str, example: Example) -> Record:
    """Return the example as a record, or raise `NoPlaceError` with what the format has no place
    for.
    """
    form = WRITTEN[name]
    if beyond := example.needs - form.HOLDS:
        raise NoPlaceError(name, beyond, roomy(example))
    return form.write(example)


def roomy(example: Example) -> str:
    """Return a format that has a place for all that an example has, "" for none."""
    holding = (
        name
        for name in ("sharegpt", "preference", *WRITTEN)
        if example.needs <= WRITTEN[name].HOLDS
    )
    return next(holding, "")
