"""The rows of finished files, given back as Python data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, overload
from weakref import finalize

from dataprep.errors import DataprepError, did_you_mean
from dataprep.model import Record
from dataprep.sources import inputs
from dataprep.sources.json_lines import UTF8
from dataprep.text.shorten import shorten

if TYPE_CHECKING:
    import datasets
    import pandas as pd

SHOWN = 5
"""Rows that a notebook shows."""
LONGEST = 200
"""Characters of a value that a notebook shows."""


class Scratch:
    """A temporary folder that is removed with the last object that refers to it."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="dataprep-"))
        finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """The rows of finished files, read again whenever they are asked for.

    `files` has the file of each split, of data without splits one that is called train.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    scratch: Scratch | None = None

    def __iter__(self) -> Iterator[Record]:
        for path in self.files.values():
            for raw in inputs.read(str(path), UTF8):
                yield raw.value

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, at: str) -> Rows: ...
    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: str | int | slice) -> Rows | Record | list[Record]:
        """Return one row, a slice of rows as a list, or the rows of a split by its name.

        Rows are read from the start each time: iterate to visit many. Raises `DataprepError` for a
        split that there is not.
        """
        if not isinstance(at, str):
            return list(self)[at]
        if at not in self.files:
            raise DataprepError(f"no split '{at}'{did_you_mean(at, self.files)}")
        return Rows({at: self.files[at]}, self.scratch)

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame, with a column `split` if there are several splits."""
        import pandas

        if len(self.files) < 2:
            return pandas.DataFrame(list(self))
        rows = ({"split": split, **row} for split in self.files for row in self[split])
        return pandas.DataFrame(list(rows))

    def to_datasets(self) -> datasets.Dataset | datasets.DatasetDict:
        """Return the rows as a `Dataset`, or several splits as a `DatasetDict`."""
        from datasets import Dataset, DatasetDict

        found = {split: Dataset.from_list(list(self[split])) for split in self.files}
        return found["train"] if [*found] == ["train"] else DatasetDict(found)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        counts = {split: len(self[split]) for split in self.files}
        if len(counts) < 2:
            return f"{len(self):,} row{'s' * (len(self) != 1)}"
        return ", ".join(f"{split} {count:,}" for split, count in counts.items())

    def _repr_html_(self) -> str:
        """Return a page's part with the summary and the first rows, all of it escaped."""
        rows = list(islice(self, SHOWN))
        names = list(dict.fromkeys(name for row in rows for name in row))
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            f"<tr>{''.join(f'<td>{_shown(row.get(name))}</td>' for name in names)}</tr>"
            for row in rows
        )
        return f"<p>{escape(self._summary())}</p><table><tr>{head}</tr>{body}</table>"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(shorten(text, LONGEST))
