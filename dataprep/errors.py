"""Faults, and the errors that carry them.

    Exception
    ├── DataprepError        the command or the recipe is wrong; nothing was written (exit status 2)
    │   └── DataError        the data has faults that only its owner can fix (exit status 1)
    └── RecordError          one record is no example; it ends this record's way, never the run

A `Fault` is found once and handed on as it is: errors raise it, results collect it, and the
reporters at the end show it, as text by `str(fault)` or as JSON by `fault.as_json()`. No code reads
the text again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what it is, where it is, and what to do about it.

    `code` is stable, in kebab case, for programs. `found` and `expected` say what is there and what
    should be, `fix` what to do next; each is "" where there is nothing to say. `path` and the
    1-based `line` give the place in a file, `pointer` the place inside the value there as a JSON
    pointer (RFC 6901). An error stops the command or removes the record; a warning and a note do
    not.
    """

    code: str
    found: str
    expected: str = ""
    fix: str = ""
    path: str = ""
    line: int = 0
    pointer: str = ""
    severity: Severity = "error"

    @property
    def message(self) -> str:
        """Return the fault in words, without its place."""
        expected = f", expected {self.expected}" if self.expected else ""
        return "; ".join(filter(None, (f"{self.found}{expected}", self.fix)))

    def under(self, pointer: str) -> Fault:
        """Return the fault of a value that is itself at `pointer` in a larger one."""
        return replace(self, pointer=f"{pointer}{self.pointer}")

    def at(self, path: str, line: int = 0) -> Fault:
        """Return the fault at a place in a file."""
        return replace(self, path=path, line=line)

    def within(self, path: str = "", line: int = 0, pointer: str = "") -> Fault:
        """Return the fault as one at another place; its own place stays in its words.

        So an input's fault becomes a fault of the recipe that names the input.
        """
        own = replace(self, expected="", fix="", severity="error")
        return replace(self, found=str(own), path=path, line=line, pointer=pointer)

    def renamed(self, path: str, name: str) -> Fault:
        """Return the fault with a file's path replaced by the name that the user knows it by."""
        fields = {key: getattr(self, key).replace(path, name) for key in ("found", "fix", "path")}
        return replace(self, **fields)

    def as_json(self) -> dict[str, Any]:
        """Return the fault for programs, with its message in words."""
        return {**asdict(self), "message": self.message}

    def __str__(self) -> str:
        place = f"{self.path}{f':{self.line}' if self.line else ''}"
        severity = "" if self.severity == "error" else f"{self.severity}: "
        pointer = f"{self.pointer}: " if self.pointer else ""
        return f"{f'{place}: ' if place else ''}{severity}{pointer}{self.message}"


BROKEN, EMPTY, NOT_JSON = "broken-file", "empty-file", "not-valid-json"
UNKNOWN_SHAPE = "no-known-shape"
"""The codes of faults that other code acts on."""
CODES = {
    "wrong-usage": "The command, an option or the recipe is wrong.",
    "faulty-data": "The data does not allow what was asked for.",
    BROKEN: "A file ends in the middle, or its rest cannot be parsed.",
    EMPTY: "A file has no records.",
    NOT_JSON: "A record or a file is not valid JSON.",
    "not-yaml": "A recipe is not valid YAML.",
    "not-utf-8": "A recipe is not UTF-8 text.",
    "unreadable-file": "A recipe cannot be opened.",
    "unknown-key": "A key that the schema does not have.",
    "missing-key": "A key that the schema requires is missing.",
    "wrong-type": "A value has the wrong type.",
    "unknown-value": "A value is none of those allowed.",
    "wrong-pattern": "A text does not match its pattern.",
    "wrong-key-name": "The name of a key is not allowed.",
    "wrong-size": "A text, list or object is too short or too long.",
    "out-of-bounds": "A number is too small or too large.",
    "no-choice-fits": "A value fits none of several schemas.",
    "not-allowed": "A value is excluded by the schema.",
    "schema-mismatch": "Another keyword of the JSON Schema fails.",
    "bad-schema": "Your own JSON Schema cannot be used.",
    "wrong-stage": "A key of LLaMA-Factory belongs to another stage of the recipe.",
    "from-recipe-name": "A key follows from the recipe's name and must not be written.",
    "bad-name": "The recipe's name cannot name a data set.",
    "duplicate-name": "Two plugins have the same name.",
    "unknown-step": "There is no step of that name.",
    "wrong-order": "Steps are in an order that cannot work.",
    "removed-argument": "LLaMA-Factory no longer has this argument.",
    "refused-argument": "LLaMA-Factory's own parser refuses the argument.",
    "idle-argument": "The argument does nothing in this run.",
    "pitfall": "LLaMA-Factory accepts the argument and does not do what one would expect.",
    "variable": "A `${variable}` that LLaMA-Factory does not resolve.",
    "unknown-dataset": "The data set is not in dataset_info.json.",
    "misaligned-datasets": "Data sets with different columns cannot be trained together.",
}
"""The meaning of each code that is not the reason of a record's error."""


class DataprepError(Exception):
    """The command or the recipe is wrong; nothing was written (exit status 2).

    Built of one sentence, or of the faults that it stands for; the text has a line for each.
    """

    exit_status = 2
    code = "wrong-usage"
    """The code of an error that is built of a sentence."""

    def __init__(self, *faults: Fault | str) -> None:
        self.faults = tuple(
            Fault(self.code, fault) if isinstance(fault, str) else fault for fault in faults
        )
        super().__init__("\n".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[Any, ...]:  # else a worker's error would come back as text
        return type(self), self.faults


class DataError(DataprepError):
    """The data has faults that only its owner can fix (exit status 1)."""

    exit_status = 1
    code = "faulty-data"


class RecordError(Exception):
    """One record is no example: the error ends this record's way, never the run.

    `reason` is two to five words, counted in the report; the fault's `code` is the same in kebab
    case unless it is given. `found` says what is there, and `expected` what should be, as in "is
    null", "string". `pointer` is the place in the record as a JSON pointer (RFC 6901), "" for the
    whole record. `draft` is what was read of a record whose turns alone are wrong, so that it can
    be repaired.
    """

    draft: Any = None

    def __init__(
        self,
        reason: str,
        found: str = "",
        pointer: str = "",
        *,
        expected: str = "",
        fix: str = "",
        code: str = "",
    ) -> None:
        self.reason = reason
        self.fault = Fault(code or code_of(reason), found, expected, fix, pointer=pointer)
        super().__init__(str(self.fault) if found else reason)

    @property
    def found(self) -> str:
        """Return what is there."""
        return self.fault.found

    @property
    def expected(self) -> str:
        """Return what should be there, "" where `found` says it all."""
        return self.fault.expected

    @property
    def pointer(self) -> str:
        """Return the place in the record as a JSON pointer, "" for the whole record."""
        return self.fault.pointer

    @property
    def detail(self) -> str:
        """Return what was found and expected, "" where the reason says it all."""
        return self.fault.message


def code_of(reason: str) -> str:
    """Return the code of a reason, "empty-answer" for "empty answer"."""
    return reason.lower().replace(" ", "-")


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
