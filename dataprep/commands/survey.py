"""Look at every record of some files, shard by shard, on any executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import tee

from dataprep.executor import Workers, executor_for
from dataprep.executor.base import Context, Result
from dataprep.pipeline import Progress
from dataprep.sources import inputs
from dataprep.sources.shards import Shard, cut, size_of
from dataprep.sources.source import Source


def map_shards(
    task: Callable[[Context, Shard], Result],
    sources: tuple[Source, ...],
    setup: Callable[[], Context],
    *,
    workers: Workers,
    progress: Progress,
) -> Iterator[Result]:
    """Yield `task(setup(), shard)` for each shard of the files, in their order.

    The shards, and so the results, are the same for any number of workers.
    """
    total = sum(inputs.size(source.file) for source in sources)
    shards, jobs = tee(cut(sources))
    with executor_for(workers, total) as executor:
        for result in executor.map(task, jobs, setup):
            yield result
            progress(size_of(next(shards)), total)
