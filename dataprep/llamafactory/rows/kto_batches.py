"""The preprocessing batches of stage kto, which compares each row with the one before in its batch.

A row alone in the last batch is compared with its own answer
(`data/processor/feedback.py::preprocess_dataset`), so no batch may have just one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

BATCH = 1000
"""LLaMA-Factory's default (`hparams/data_args.py::preprocessing_batch_size`)."""


def rows_in(files: Iterable[Path], keys: Mapping[str, Any]) -> list[int]:
    """Return how many rows LLaMA-Factory reads from each JSON Lines file.

    `keys` are its arguments. Returns [] if a file is missing or has another suffix.
    """
    paths = list(files)
    if not all(path.suffix == ".jsonl" and path.is_file() for path in paths):
        return []
    counts = []
    for path in paths:
        with path.open("rb") as lines:
            counts.append(sum(not line.isspace() for line in lines))
    return [min(count, _number(keys, "max_samples", count)) for count in counts]


def _number(keys: Mapping[str, Any], name: str, default: int) -> int:
    """Return a positive whole number from LLaMA-Factory's arguments, else the default."""
    value = keys.get(name)
    return value if isinstance(value, int) and value > 0 else default


def leaves_one(rows: Sequence[int], keys: Mapping[str, Any], batch: int) -> bool:
    """Tell whether batches of that size would leave one row alone.

    `rows` counts the rows of each data set. LLaMA-Factory's workers split the rows into runs whose
    lengths differ by one, and each run into batches.
    """
    workers = _number(keys, "preprocessing_num_workers", 1)
    runs = {size for count in rows for size in (count // workers, -(-count // workers))}
    return any(size > 1 and size % batch == 1 for size in runs)


def fitting(rows: Sequence[int], keys: Mapping[str, Any], batch: int = BATCH) -> int:
    """Return the largest batch size up to `batch` that leaves no row alone, `batch` if there is
    none.
    """
    return next((size for size in range(batch, 1, -1) if not leaves_one(rows, keys, size)), batch)
