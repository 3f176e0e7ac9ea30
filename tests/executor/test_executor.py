"""Every executor gives the same results, and the pipeline runs on any of them unchanged."""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from commandline import alpaca
from remote import RemoteExecutor

import dataprep
from dataprep import pipeline
from dataprep.commands.privacy import survey
from dataprep.errors import DataprepError
from dataprep.executor import Executor, LocalExecutor
from dataprep.executor.processes import ProcessExecutor
from dataprep.pipeline.plan import Plan
from dataprep.sources import json_lines, shards
from dataprep.sources.source import Source
from dataprep.steps.dedupe import leaders


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Write records that are good, faulty, cleaned, repeated, and nearly repeated."""
    path = tmp_path / "a.jsonl"
    words = [f"word{number}" for number in range(40)]
    texts = [" ".join(words[n % 7 : n % 7 + 12]) + f" of {n // 3}" for n in range(30)]
    rows = [alpaca(f"Question {n}?", f"<b>{text}</b>") for n, text in enumerate(texts)]
    near = [alpaca(f"Question {n}?", f"{texts[n]} indeed") for n in range(5)]
    path.write_bytes(b"".join(map(json_lines.to_line, [*rows, {"a": 1}, *near, rows[3]])))
    return Source(str(path))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_pipeline_writes_the_same_bytes_on_an_executor_of_ones_own(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (("clean", {}), ("dedupe", {"near": True}))
    plan = Plan((source,), "sharegpt", steps, {"val": 0.2, "test": 0.2})
    monkeypatch.setattr(shards, "SIZE", 2000)
    monkeypatch.setattr(leaders, "MANY", 1)
    for name in ("storage", "here", "remote"):
        (tmp_path / name).mkdir()
    executor = RemoteExecutor(tmp_path / "storage")
    here = pipeline.run(plan, tmp_path / "here", workers=1, traced=True)
    remote = pipeline.run(plan, tmp_path / "remote", workers=executor, traced=True)
    assert len(list(shards.cut((source,)))) > 2
    assert executor.tasks == {"process", "_compare_chunk", "write_shard"}
    assert contents(tmp_path / "remote") == contents(tmp_path / "here")
    assert "clusters.parquet" in contents(tmp_path / "remote")
    splits = plan.splits
    assert json.dumps(remote.as_json(splits)) == json.dumps(here.as_json(splits))
    assert not list((tmp_path / "storage").iterdir())


def test_a_survey_finds_the_same_on_an_executor_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [alpaca("Who?", f"ann{number}@sina.com") for number in range(9)]
    path.write_bytes(b"".join(map(json_lines.to_line, [*rows, {"a": 1}])))
    sources = (Source(str(path)),)
    here = survey(sources, ["email"], workers=1)
    assert here.holding == 9
    assert survey(sources, ["email"], workers=RemoteExecutor(tmp_path)) == here


# ------------------------------------------------------------------------------- the two of our own


def slow_for_the_first(factor: int, number: int) -> int:
    time.sleep(0.1 * (number == 0))
    return factor * number


@pytest.mark.parametrize("executor", [LocalExecutor(), ProcessExecutor(2)], ids=["local", "two"])
def test_results_come_in_the_order_of_the_jobs(executor: Executor) -> None:
    with executor:
        for factor in (2, 3):
            found = executor.map(slow_for_the_first, iter(range(50)), partial(int, factor))
            assert list(found) == [factor * number for number in range(50)]


def process_of(context: int, _: int) -> tuple[int, int]:
    time.sleep(0.01)
    return context, os.getpid()


def test_each_worker_sets_up_once() -> None:
    with ProcessExecutor(2) as executor:
        inherited = set(executor.map(process_of, range(20), os.getpid))
        assert {context for context, _ in inherited} == {os.getpid()}  # made before the fork
        own = set(executor.map(process_of, range(20), partial(os.getpid)))
        assert all(context == process for context, process in own)


def fail(_: int, number: int) -> int:
    raise DataprepError(f"job {number} fails")


def test_an_error_of_a_task_comes_out_as_it_is() -> None:
    with ProcessExecutor(2) as executor, pytest.raises(DataprepError, match="job 0 fails"):
        list(executor.map(fail, range(9), int))


def die(_: int, number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number


def stop(*_: object) -> None:
    raise SystemExit(1)


def test_a_dead_worker_ends_the_run_even_where_the_parent_handles_signals() -> None:
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with ProcessExecutor(2) as executor, pytest.raises(DataprepError, match="--workers 1"):
            list(executor.map(die, range(99), int))
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_library_call_leaves_garbage_collection_alone(
    tmp_path: Path, source: Source, workers: int
) -> None:
    before = gc.get_threshold()
    dataprep.convert(source.path, out=tmp_path / "out.jsonl", to="sharegpt", workers=workers)
    assert gc.get_threshold() == before
