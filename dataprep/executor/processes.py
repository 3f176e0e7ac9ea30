"""The executor that runs jobs in several processes of this machine."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from hashlib import blake2b
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import DataprepError
from dataprep.executor.base import Context, Executor, Job, Result
from dataprep.executor.tuning import tune_process

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
PER_CORE = 4
"""Processes per core at most; more would only take memory."""
AHEAD = 4
"""Jobs per worker that are submitted before their results are asked for."""
CONTEXTS = 2
"""Contexts that a worker keeps."""


class ProcessExecutor(Executor):
    """Run jobs in `workers` processes, which start with the first map and serve all later ones."""

    def __init__(self, workers: int) -> None:
        self.workers = min(workers, PER_CORE * (os.cpu_count() or 1))
        self._pool: ProcessPoolExecutor | None = None
        self._folder: TemporaryDirectory[str] | None = None

    def __exit__(self, *_: object) -> None:
        """Stop the workers; jobs that have not started are dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def map(
        self,
        task: Callable[[Context, Job], Result],
        jobs: Iterable[Job],
        setup: Callable[[], Context],
    ) -> Iterator[Result]:
        """Yield `task(setup(), job)` for each job, in the order of the jobs.

        At most `AHEAD` jobs per worker are taken from `jobs` before their results are asked for.
        """
        pool, sent = self._started(setup)
        submitted = (pool.submit(_run, task, sent, job) for job in jobs)
        with _alive():
            futures = deque(islice(submitted, AHEAD * self.workers))
        return _results(futures, submitted)

    def warm(self, setup: Callable[[], object]) -> None:
        """Submit `setup` once for each worker; the context is ready for an equal setup."""
        pool, sent = self._started(setup)
        with _alive():
            for _ in range(self.workers):
                pool.submit(_warm, sent)

    def _started(self, setup: Callable[[], object]) -> tuple[ProcessPoolExecutor, Path]:
        """Return the running pool and the file from which its workers read `setup`.

        A setup travels once per worker, not with every job. On Linux, workers are forked: the first
        setup runs here before, so that they share the memory of its context, e.g. a large index.
        """
        self._folder = self._folder or TemporaryDirectory(prefix="dataprep-")
        pickled = pickle.dumps(setup)
        path = Path(self._folder.name, blake2b(pickled, digest_size=16).hexdigest())
        if not path.exists():
            path.write_bytes(pickled)
        if not self._pool:
            if sys.platform == "linux":
                _contexts[path] = setup()
            method = "fork" if sys.platform == "linux" else None
            self._pool = ProcessPoolExecutor(self.workers, get_context(method), _start)
            with _alive():
                self._pool.submit(os.getpid).result()  # all workers are forked by now
            _contexts.pop(path, None)
        return self._pool, path


def _results(
    futures: deque[Future[Result]], submitted: Iterator[Future[Result]]
) -> Iterator[Result]:
    """Yield the results in order, and submit one more job for each."""
    while futures:
        with _alive():
            result = futures.popleft().result()
            futures.extend(islice(submitted, 1))
        yield result


@contextmanager
def _alive() -> Iterator[None]:
    """Raise `DataprepError` when a worker has died."""
    try:
        yield
    except BrokenProcessPool:
        raise DataprepError(
            "a worker process was killed, most likely for lack of memory; run this again with "
            "--workers 1, which takes the least"
        ) from None


# ---------------------------------------------------------------------------------- in the workers

_contexts: dict[Path, Any] = {}
"""What setups returned, by the files that they came in, the latest last."""


def _start() -> None:
    """Initialise a worker; on Linux, ask the kernel to kill it with its parent.

    A handler of the parent's could survive SIGTERM, by which the pool stops its workers.
    """
    tune_process()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(task: Callable[[Any, Job], Result], sent: Path, job: Job) -> Result:
    return task(_context(sent), job)


def _warm(sent: Path) -> None:
    _context(sent)


def _context(sent: Path) -> Any:
    """Return the context that the setup in a file makes, once per worker."""
    if sent not in _contexts:
        while len(_contexts) >= CONTEXTS:
            del _contexts[next(iter(_contexts))]
        _contexts[sent] = pickle.loads(sent.read_bytes())()
    return _contexts[sent]
