"""A format of the user's own: `read`, which turns a record into an example, and the other members
that a format may have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from dataprep.errors import DataprepError, RecordError
from dataprep.model import PLACES, Example, Record
from dataprep.pipeline.plugins.code import called, explained, kind_of

UNREAD = "cannot be read by your format"
"""The reason to reject a record on which the user's function fails."""


def is_format(module: ModuleType) -> bool:
    """Return whether a file is a format."""
    return callable(vars(module).get("read"))


def completed(module: ModuleType, path: str) -> ModuleType:
    """Return the module with every member of a module of `dataprep.formats`; raises
    `DataprepError` if it is no format.
    """
    members = vars(module)
    if "READS" not in members:
        raise DataprepError(
            f"{path}: has no READS, the fields that 'read' takes: READS = {{'question', 'answer'}}"
        )
    members["READS"], members["HOLDS"] = (
        frozenset(members["READS"]),
        frozenset(members.get("HOLDS", ())),
    )
    if unknown := members["HOLDS"] - set(PLACES):
        raise DataprepError(
            f"{path}: HOLDS has {', '.join(sorted(unknown))}; there are {', '.join(sorted(PLACES))}"
        )
    members.setdefault("DATASET_INFO", None)
    members["claims"] = _claims(members.get("claims"), path)
    members["read"] = _read(members["read"], path)
    if "unfold" in members:
        members["unfold"] = _unfold(members["unfold"], path)
    if "write" in members:
        members["write"] = _write(members["write"], members["read"], path)
    return module


def _claims(claims: Callable[[Record], Any] | None, path: str) -> Callable[[Record], bool]:
    """Return the function that detects a record; it claims none if the user's file has none."""
    if claims is None:
        return lambda record: False
    return lambda record: bool(called(path, claims, record))


def _read(read: Callable[[Record], Any], path: str) -> Callable[[Record], Example]:
    def guarded(record: Record) -> Example:
        example = _taken(path, read, record)
        if not isinstance(example, Example):
            raise DataprepError(
                f"{path}: 'read' gives {kind_of(example)} of a record, expected an Example"
            )
        return example

    return guarded


def _unfold(unfold: Callable[[Record], Any], path: str) -> Callable[[Record], Iterator[Record]]:
    def guarded(record: Record) -> Iterator[Record]:
        parts = _taken(path, lambda record: list(unfold(record)), record)
        for part in parts:
            if not isinstance(part, dict):
                raise DataprepError(f"{path}: 'unfold' gives {kind_of(part)}, expected records")
        return iter(parts)

    return guarded


def _write(
    write: Callable[[Example], Any], read: Callable[[Record], Example], path: str
) -> Callable[[Example], Record]:
    """Return a function that writes an example and reads it back, so that nothing gets lost."""

    def guarded(example: Example) -> Record:
        record = called(path, write, example)
        if not isinstance(record, dict):
            raise DataprepError(f"{path}: 'write' gives {kind_of(record)}, expected a record")
        if read(record) != example:
            raise RecordError(
                "format cannot hold it",
                f"{path}: 'read' makes another example of what 'write' makes",
            )
        return record

    return guarded


def _taken(path: str, function: Callable[[Record], Any], record: Record) -> Any:
    """Call the user's function on a record; where it fails, reject the record with the line."""
    try:
        return function(record)
    except (DataprepError, RecordError):
        raise
    except Exception as error:  # noqa: BLE001  raised by an unexpected record
        raise RecordError(UNREAD, explained(path, error)) from None
