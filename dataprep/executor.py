"""Map a function over shards: in this process, or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def run(function: Callable[[Shard], Result], shards: Iterable[Shard], workers: int = 1) -> Iterator[Result]:
    """Yield `function(shard)` for each shard, in the order of the shards for any number of workers."""
    if workers <= 1:
        yield from map(function, shards)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(function, shards)


def workers_for(size: int) -> int:
    """Return how many processes are worth their start for `size` bytes of input: one below 32 MiB, else one a core."""
    return 1 if size < 32 << 20 else len(os.sched_getaffinity(0))
