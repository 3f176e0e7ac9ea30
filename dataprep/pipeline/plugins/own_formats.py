"""A format of the user's own: `read`, which makes an example of a record, and what else the file
has of a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from dataprep.errors import DataprepError, RecordError
from dataprep.model import PLACES, Example, Record
from dataprep.pipeline.plugins.code import called, kind_of, told

UNREAD = "cannot be read by your format"
"""The reason of a record that the user's function fails at."""


def is_format(module: ModuleType) -> bool:
    """Tell whether what a file holds is a format."""
    return callable(getattr(module, "read", None))


def completed(module: ModuleType, path: str) -> ModuleType:
    """Return a module with all that those of `dataprep.formats` have; raises `DataprepError` for
    what is no format.
    """
    its = vars(module)
    if "READS" not in its:
        raise DataprepError(
            f"{path}: has no READS, the fields that 'read' takes: READS = {{'question', 'answer'}}"
        )
    its["READS"], its["HOLDS"] = frozenset(its["READS"]), frozenset(its.get("HOLDS", ()))
    if unknown := its["HOLDS"] - set(PLACES):
        raise DataprepError(
            f"{path}: HOLDS has {', '.join(sorted(unknown))}; there are {', '.join(sorted(PLACES))}"
        )
    its.setdefault("DATASET_INFO", None)
    its["claims"] = _claims(its.get("claims"), path)
    its["read"] = _read(its["read"], path)
    if "unfold" in its:
        its["unfold"] = _unfold(its["unfold"], path)
    if "write" in its:
        its["write"] = _write(its["write"], its["read"], path)
    return module


def _claims(claims: Callable[[Record], Any] | None, path: str) -> Callable[[Record], bool]:
    """Return what tells a record by its looks, which none does where the user's file has nothing
    for it.
    """
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
    """Return what writes an example and reads it back, so that nothing of it is left out in
    silence.
    """

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
    """Return what the user's function makes of a record; where it fails, the record is rejected
    with the line.
    """
    try:
        return function(record)
    except (DataprepError, RecordError):
        raise
    except Exception as error:  # noqa: BLE001  what is raised by a record that is not as expected
        raise RecordError(UNREAD, told(path, error)) from None
