"""Map a function over shards: in this process, or in several."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def run(function: Callable[[Shard], Result], shards: Iterable[Shard], workers: int = 1) -> Iterator[Result]:
    """Yield `function(shard)` for each shard, in the order of the shards for any number of workers."""
    if workers <= 1:
        yield from map(function, shards)
        return
    with ProcessPoolExecutor(workers, initializer=_end_with_parent) as pool:
        yield from pool.map(function, shards)


def _end_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is killed, for nobody would take its results."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def workers_for(size: int) -> int:
    """Return how many processes are worth their start for `size` bytes of input: one below 8 MiB, else one a core."""
    return 1 if size < 8 << 20 else len(os.sched_getaffinity(0))
