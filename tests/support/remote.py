"""An executor whose workers share nothing with the driver but the workspace."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dataprep.executor import Executor, Workspace
from dataprep.executor.base import Context, Job, Result

REMOTE = """
import pickle, sys
task, setup, job = pickle.load(sys.stdin.buffer)
pickle.dump(task(setup(), job), sys.stdout.buffer)
"""


class RemoteExecutor(Executor):
    """Run each job in a new Python process; the workspace is in the folder `storage`."""

    workers = 2

    def __init__(self, storage: Path) -> None:
        self.storage = storage
        self.tasks: set[str] = set()

    def map(
        self,
        task: Callable[[Context, Job], Result],
        jobs: Iterable[Job],
        setup: Callable[[], Context],
    ) -> Iterator[Result]:
        for job in jobs:
            self.tasks.add(task.__name__)
            sent = pickle.dumps((task, setup, job))
            command = [sys.executable, "-c", REMOTE]
            yield pickle.loads(subprocess.check_output(command, input=sent))

    def workspace(self, folder: Path) -> Workspace:
        return super().workspace(self.storage / folder.name)
