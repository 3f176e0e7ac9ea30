"""Check files record by record and say what is wrong where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dataprep import pipeline
from dataprep.convert import sources_of


@dataclass(frozen=True)
class Verdict:
    """How many records there were and how many of them are no examples."""

    records: int
    faults: int

    @property
    def exit_status(self) -> int:
        """Return 1 where the data has faults, else 0."""
        return 1 if self.faults else 0

    def __str__(self) -> str:
        if not self.faults:
            return f"{self.records:,} records, all good"
        return f"{self.records:,} records, {self.faults:,} with faults; convert and prepare leave them out as rejects"


def validate(
    patterns: Iterable[str], form: str | None, encoding: str, columns: Mapping[str, str], tell: Callable[[str], object]
) -> Verdict:
    """Tell each fault as `path:line: reason: /pointer: what was found and expected`, and return the verdict."""
    records = faults = 0
    for source in sources_of(patterns, form, encoding, dict(columns)):
        for origin, error in pipeline.faults(source):
            records += 1
            if error:
                faults += 1
                tell(f"{origin}: {error.reason}" + (f": {error}" if error.detail else ""))
    return Verdict(records, faults)
