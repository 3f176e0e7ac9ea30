"""The batches in which LLaMA-Factory prepares rows: its kto compares each row with the one before
it in its batch.

A row that is alone in the last batch is compared with its own answer (feedback.py:88), so that no
batch is to have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

BATCH = 1000
"""LLaMA-Factory's own `preprocessing_batch_size` (data_args.py:80)."""


def rows_in(files: Iterable[Path], keys: Mapping[str, Any]) -> list[int]:
    """Return how many rows LLaMA-Factory takes of each file of JSON lines, by its own arguments.

    Nothing where one is no such file or is not there.
    """
    paths = list(files)
    if not all(path.suffix == ".jsonl" and path.is_file() for path in paths):
        return []
    rows = map(_rows, paths)
    return [min(count, _number(keys, "max_samples", count)) for count in rows]


def _number(keys: Mapping[str, Any], name: str, default: int) -> int:
    """Return a number of LLaMA-Factory's arguments, the default where it says none that can be
    meant.
    """
    value = keys.get(name)
    return value if isinstance(value, int) and value > 0 else default


def _rows(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(not line.isspace() for line in lines)


def leaves_one(rows: Sequence[int], keys: Mapping[str, Any], batch: int) -> bool:
    """Tell whether batches of that many rows would leave one row alone; `rows` are those of each
    data set.

    `keys` are LLaMA-Factory's: its workers share the rows out in runs that differ by one, each in
    batches of its own.
    """
    workers = _number(keys, "preprocessing_num_workers", 1)
    runs = {size for count in rows for size in (count // workers, -(-count // workers))}
    return any(size > 1 and size % batch == 1 for size in runs)


def fitting(rows: Sequence[int], keys: Mapping[str, Any], batch: int = BATCH) -> int:
    """Return the largest size up to this one by which no batch has one row, the same where there is
    none.
    """
    return next((size for size in range(batch, 1, -1) if not leaves_one(rows, keys, size)), batch)
