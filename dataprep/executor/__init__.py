"""Map a task over jobs: in this process, in several, or on any executor of your own."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

from dataprep.executor.base import Executor as Executor
from dataprep.executor.base import Workspace as Workspace
from dataprep.executor.local import LocalExecutor as LocalExecutor
from dataprep.executor.tuning import tune_process as tune_process

Workers = int | Executor
"""How many processes to use, 0 for as many as pay off; or an executor that the caller runs."""
SMALL = 8 << 20
"""Bytes of input below which a second process costs more than it saves."""


def executor_for(workers: Workers, size: int) -> AbstractContextManager[Executor]:
    """Return the executor for `size` bytes of input.

    One that the caller passes stays open; any other stops its workers when it exits.
    """
    if not isinstance(workers, int):
        return nullcontext(workers)
    workers = workers or (1 if size < SMALL else available_cores())
    if workers == 1:
        return LocalExecutor()
    from dataprep.executor.processes import ProcessExecutor  # takes a while to load

    return ProcessExecutor(workers)


def available_cores() -> int:
    """Return on how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
