"""The executor that runs every job in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dataprep.executor.base import Context, Executor, Job, Result


class LocalExecutor(Executor):
    """Run each job in this process, when its result is asked for."""

    workers = 1

    def map(
        self,
        task: Callable[[Context, Job], Result],
        jobs: Iterable[Job],
        setup: Callable[[], Context],
    ) -> Iterator[Result]:
        """Yield `task(setup(), job)` for each job, in the order of the jobs."""
        context = setup()
        return (task(context, job) for job in jobs)
