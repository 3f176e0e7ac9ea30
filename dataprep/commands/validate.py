"""Check files record by record and say what is wrong where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dataprep.examine import faults
from dataprep.plan import Source


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
        records = f"{self.records:,} record{'s' * (self.records != 1)}"
        if not self.faults:
            return f"{records}, all good"
        return f"{records}, {self.faults:,} with faults; convert and prepare leave them out as rejects"


def validate(sources: Iterable[Source], tell: Callable[[str], object]) -> Verdict:
    """Tell each fault as `path:line: reason: /pointer: what was found and expected`, and return the verdict."""
    records = faulty = 0
    for source in sources:
        for origin, error in faults(source):
            records += 1
            if error:
                faulty += 1
                tell(f"{origin}: {error.reason}" + (f": {error}" if error.detail else ""))
    return Verdict(records, faulty)
