"""Map a function over shards: in this process, or in several."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # takes a while to load
    from concurrent.futures import ProcessPoolExecutor

Shard = TypeVar("Shard")
Result = TypeVar("Result")
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>
HELD, LARGE = 256 << 20, 32 << 20
"""Bytes that are held free at most, and those of a block from which on it is given back at once."""
MOST = 4
"""Processes that are started for each core at most."""
YOUNG = 50_000
"""Objects that are made before those that are not used any more are looked for in cycles."""


class Workers:
    """So many processes that are started with the first work and kept for what comes next; one
    works right here.

    Used as a context, at whose end they end.
    """

    def __init__(self, count: int = 1) -> None:
        self.count = at_most(count)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def run(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """Yield `function(shard)` for each shard, in the order of the shards; several begin before
        one is asked for.
        """
        _hold_memory()
        if self.count <= 1:
            return map(function, shards)
        if not self._pool:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            # Forked, they share what is ready here: an index of test items, a format of the user's
            # own.
            context = get_context("fork") if sys.platform == "linux" else None
            self._pool = ProcessPoolExecutor(self.count, context, _begin)
        return self._pool.map(function, shards)


def at_most(count: int) -> int:
    """Return how many processes are started of so many: more than `MOST` for each core would only
    take memory.
    """
    return min(count, MOST * (os.cpu_count() or 1))


def run(
    function: Callable[[Shard], Result], shards: Iterable[Shard], workers: int = 1
) -> Iterator[Result]:
    """Yield `function(shard)` for each shard, in the order of the shards, from so many processes of
    their own.
    """
    with Workers(workers) as its:
        yield from its.run(function, shards)


def _begin() -> None:
    """Set up a process, which Linux is to end with the one that started it, for nobody else takes
    its results.
    """
    import ctypes

    _hold_memory()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@cache
def _hold_memory() -> None:
    """Keep freed memory for the next batch, which is as large, and look for cycles seldom, for
    examples make none.

    Left alone, glibc gives the memory of each large array back and has the kernel clear it anew for
    the next one, and Python goes through all that is known of a million examples again and again.
    This is a tenth of a run's time.
    """
    import ctypes

    gc.set_threshold(YOUNG, 50, 100)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_TRIM_THRESHOLD, HELD)
        mallopt(M_MMAP_THRESHOLD, LARGE)


def workers_for(size: int) -> int:
    """Return how many processes are worth their start for `size` bytes of input: one below 8 MiB,
    else one a core.
    """
    return 1 if size < 8 << 20 else len(os.sched_getaffinity(0))
