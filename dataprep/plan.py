"""What a run is to do: its inputs, its steps and the shape of its output."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import NamedTuple

from dataprep import containers, formats, steps
from dataprep.errors import DataprepError
from dataprep.files import UTF8
from dataprep.steps import Options

COLUMNS = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
"""LLaMA-Factory's names for the columns of a file, and the Alpaca fields that they fill."""


class Source(NamedTuple):
    """One input file and how to read it; no format means that each record's is told by its looks."""

    path: str
    format: str | None = None
    encoding: str = UTF8
    columns: Mapping[str, str] = {}


@dataclass(frozen=True)
class Plan:
    """All that decides what comes out: the inputs, the steps by name with their options, and the output's shape."""

    sources: tuple[Source, ...]
    format: str
    steps: tuple[tuple[str, Options], ...] = ()
    split: Options = field(default_factory=dict)

    def __post_init__(self) -> None:
        formats.written(self.format)
        object.__setattr__(self, "sources", tuple(sorted(self.sources, key=lambda source: source.path)))
        places = Counter(os.path.realpath(source.path) for source in self.sources)
        for source in self.sources:
            if places[os.path.realpath(source.path)] > 1:
                raise DataprepError(f"{source.path}: is an input twice")

    @property
    def compares(self) -> bool:
        """Tell whether examples must be compared with each other, or placed by what they say."""
        return bool(self.split) or any(name in steps.over("corpus") for name, _ in self.steps)

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits that this plan writes; train always."""
        return ["train", *(name for name in ("val", "test") if self.split.get(name))]


def expand(pattern: str) -> list[str]:
    """Return the files that a path or a glob names, sorted; raises `DataprepError` where there are none."""
    paths = sorted(glob(pattern, recursive=True)) if any(sign in pattern for sign in "*?[") else [pattern]
    if not paths and Path(pattern).exists():
        paths = [pattern]
    if not paths:
        raise DataprepError(f"{pattern}: no file has such a name")
    return paths


def sources_of(
    patterns: Iterable[str], form: str | None, encoding: str, columns: Mapping[str, str]
) -> tuple[Source, ...]:
    """Return the files that the patterns name, each once; raises `DataprepError` for one that cannot be opened."""
    if form and columns:
        raise DataprepError("say the format or the columns, not both: columns make a shape of their own")
    encoding = containers.encoding_of(encoding)
    found = sorted({path for pattern in patterns for path in expand(pattern)})
    paths = list({os.path.realpath(path): path for path in found}.values())
    for path in paths:
        containers.check_input(path)
    return tuple(Source(path, form, encoding, columns) for path in paths)
