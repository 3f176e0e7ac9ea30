"""Prove that files of one split leak nothing into each other, from the files alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import DataprepError
from dataprep.executor import Workers, executor_for
from dataprep.pipeline.certifying import Sides, certify
from dataprep.pipeline.report.certificate import Certificate
from dataprep.sources import atomic, inputs
from dataprep.sources.source import Source

NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "eval": "test",
}
"""What the files or folders of a side are called, and the side."""


@dataclass(frozen=True)
class Verified:
    """The certificate of each split that was looked at, by its folder; files that make one split
    have none.
    """

    certificates: dict[str, Certificate]

    @property
    def exit_status(self) -> int:
        """Return 0 where all of them hold, else 1."""
        return max(certificate.exit_status for certificate in self.certificates.values())

    def as_json(self) -> dict[str, Any]:
        """Return them as one JSON object."""
        return {folder: certificate.as_json() for folder, certificate in self.certificates.items()}

    def __str__(self) -> str:
        several = len(self.certificates) > 1
        return "\n".join(
            f"{folder}: {certificate}" if several else str(certificate)
            for folder, certificate in self.certificates.items()
        )


def verify(sources: tuple[Source, ...], threshold: float, *, workers: Workers = 0) -> Verified:
    """Compare all examples of each side with those of the others.

    The name of a file or of its folder gives its side: train, val, test and the like; any other
    file is a side of its own. Folders that each have several sides, such as folds, are each a
    split. Raises `DataprepError` if there is only one side.
    """
    found: dict[str, Certificate] = {}
    size = sum(inputs.size(source.file) for source in sources)
    with executor_for(workers, size) as executor:
        for folder, sides in _splits(sources).items():
            with (
                TemporaryDirectory(prefix="dataprep-") as spool,
                atomic.naming(f"{spool}, in the folder TMPDIR"),
            ):
                found[folder] = certify(sides, threshold, Path(spool, "proof"), executor)
    return Verified(found)


def _splits(sources: tuple[Source, ...]) -> dict[str, Sides]:
    """Return the sides of each split, by its folder."""
    by_folder: dict[str, dict[str, list[Source]]] = {}
    for source in sources:
        folder, side = _told(Path(source.path))
        by_folder.setdefault(folder, {}).setdefault(side, []).append(source)
    if len(by_folder) > 1 and any(len(sides) < 2 for sides in by_folder.values()):
        by_folder = {"": _together(by_folder)}
    for sides in by_folder.values():
        if len(sides) < 2:
            paths = ", ".join(source.path for source in next(iter(sides.values())))
            raise DataprepError(
                f"{paths}: is all on one side; name the others too, e.g. train.jsonl test.jsonl"
            )
    order = [*dict.fromkeys(NAMES.values())]
    return {
        folder: dict(
            sorted(
                sides.items(),
                key=lambda its: (order.index(its[0]) if its[0] in order else 9, its[0]),
            )
        )
        for folder, sides in by_folder.items()
    }


def _together(by_folder: dict[str, dict[str, list[Source]]]) -> dict[str, list[Source]]:
    sides: dict[str, list[Source]] = {}
    for its in by_folder.values():
        for side, sources in its.items():
            sides.setdefault(side, []).extend(sources)
    return sides


def _told(path: Path) -> tuple[str, str]:
    """Return the folder of the split that a file is of, and its side."""
    first = re.split(r"[^a-z]", path.name.lower())[0]
    if first in NAMES:
        return str(path.parent), NAMES[first]
    if (name := path.parent.name.lower()) in NAMES:
        return str(path.parent.parent), NAMES[name]
    return str(path.parent), str(path)
