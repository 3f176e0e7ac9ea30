"""Read datasets by their hub name, or from a folder laid out like one: `hub:OWNER/NAME`,
`hub:NAME#SPLIT`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dataprep.errors import DataprepError
from dataprep.sources.raw import Raw
from dataprep.sources.readers.arrow import ROWS, records_of

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "hub:"


def is_hub(path: str) -> bool:
    """Return whether a path names a dataset on a hub."""
    return path.startswith(PREFIX)


def read_hub(path: str) -> Iterator[Raw]:
    """Stream the rows of a split, `train` by default; the line of an origin is the row number.

    `datasets` finds, downloads and decodes it. Raises `DataprepError` if it cannot be found or
    reached.
    """
    yield from records_of(_batches(path), path)


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    import datasets

    name, _, split = path.removeprefix(PREFIX).partition("#")
    try:
        rows = datasets.load_dataset(name, split=split or "train", streaming=True)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise DataprepError(f"{path}: {' '.join(str(error).split())}") from None
    for table in rows.with_format("arrow").iter(batch_size=ROWS):
        yield from table.to_batches()
