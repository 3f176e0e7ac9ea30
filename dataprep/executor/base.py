"""The protocol of executors, and the workspace that tasks share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

Context = TypeVar("Context")
Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workspace:
    """Hold everything large that tasks write for each other; jobs and results only name it.

    It is a folder that the driver and all workers see: a local one here, a shared one on a cluster.
    """

    folder: Path

    def file(self, name: str) -> Path:
        """Return the path of a file in the workspace."""
        return self.folder / name

    def remove(self) -> None:
        """Delete the workspace and all its files."""
        shutil.rmtree(self.folder)


class Executor(Protocol):
    """Run tasks over jobs: in this process, in several, or on a cluster.

    It is a context manager: its workers stop when it exits. README.md beside this module says what
    a task may do, and how to add an executor.
    """

    workers: int
    """How many jobs run at a time. Results never depend on it."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the workers; jobs that have not started are dropped."""
        return

    def map(
        self,
        task: Callable[[Context, Job], Result],
        jobs: Iterable[Job],
        setup: Callable[[], Context],
    ) -> Iterator[Result]:
        """Yield `task(setup(), job)` for each job, in the order of the jobs.

        A worker calls `setup` once, before its first job, and reuses the result. Workers start
        before the first result is asked for. Task, setup, jobs and results must pickle. An error
        that a task raises is raised here. Raises `DataprepError` when a worker dies.
        """
        ...

    def warm(self, setup: Callable[[], object]) -> None:
        """Let workers call `setup` now, for a later `map` with an equal one; only a hint."""
        return

    def workspace(self, folder: Path) -> Workspace:
        """Return a new, empty workspace; `folder`, on the driver's disk, must not exist."""
        folder.mkdir()
        return Workspace(folder)
