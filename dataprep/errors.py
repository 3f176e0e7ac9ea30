"""The errors that end a command, each with the exit status that it ends with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class DataprepError(Exception):
    """Say that the command or the recipe is wrong; nothing was written (exit status 2)."""

    exit_status = 2


class DataError(DataprepError):
    """Say that the data has faults that only its owner can mend (exit status 1)."""

    exit_status = 1


class RecordError(Exception):
    """Say why one record is no example: it ends that record's way, never the run.

    `reason` is two to five words, counted in the report. `detail` says what was `found` and mostly
    what was `expected`, as in "is null, expected string". `pointer` is the place in the record as a
    JSON pointer (RFC 6901), "" for the record as a whole. `draft` is what was read of it where that
    is no example only for its turns, so that it can be repaired.
    """

    draft: Any = None

    def __init__(self, reason: str, detail: str = "", pointer: str = "") -> None:
        super().__init__(f"{pointer}: {detail}" if pointer and detail else detail or reason)
        self.reason = reason
        self.detail = detail
        self.found, _, self.expected = detail.partition(", expected ")
        self.pointer = pointer


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name nearest to the wrong one, else the whole list
    of known names.
    """
    names = sorted(known)
    if near := nearest(wrong, names):
        return f"; did you mean '{near}'?"
    return f"; known: {', '.join(names)}" if len(names) <= 30 else ""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return the known name nearest to the wrong one, "" where none is near."""
    return next(iter(get_close_matches(wrong, sorted(known), n=1, cutoff=0.6)), "")
