"""The one loop, over files that hold everything at once: good, bad, cleaned, dropped and repeated
records.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from commandline import alpaca
from paths import SHARED

from dataprep import pipeline
from dataprep.errors import DataError, DataprepError
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.report import Report
from dataprep.sources import inputs, json_lines, shards
from dataprep.sources.source import Source
from dataprep.steps.dedupe import leaders

STEPS: tuple[tuple[str, dict[str, Any]], ...] = (("clean", {}), ("dedupe", {"near": True}))
SPLIT = {"val": 0.2, "test": 0.2}


def chat(*texts: str) -> dict[str, object]:
    turns = [
        {"from": ("human", "gpt")[number % 2], "value": text} for number, text in enumerate(texts)
    ]
    return {"conversations": turns, "id": "x"}


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Source, ...]:
    """Write four files: an array, lines, packed lines and a GBK table, which repeat each other's
    records.
    """
    folder = tmp_path / "raw"
    folder.mkdir()
    many = [alpaca(f"第 {number} 题？", f"答案 {number}。") for number in range(60)]
    array = [
        *many[:20],
        alpaca("空的？", " "),
        alpaca("没有？", None),
        *many[5:8],
        alpaca("留白？", "<p></p>&nbsp;"),
    ]
    chats = [
        json.dumps(chat(f"Question {n}?", f"Ａnswer {n}.", "Why?", "So."), ensure_ascii=False)
        for n in range(40)
    ]
    chats[3:3] = [
        '{"conversations": [',
        "[]",
        '"text"',
        chats[1],
        json.dumps(chat("only a question")),
    ]
    (folder / "a.json").write_bytes(json_lines.to_json(array))
    (folder / "b.jsonl").write_text("\n".join(chats), encoding="utf-8")
    (folder / "c.jsonl.gz").write_bytes(
        gzip.compress(b"".join(map(json_lines.to_line, many[10:50])))
    )
    with (folder / "d.csv").open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(
            [["问", "答"], ["第 1 题？", "答案  1。\n"], ["新题？", "新答案"], ["缺"], ["", "无问"]]
        )
    return (
        *(Source(str(folder / name)) for name in ("a.json", "b.jsonl", "c.jsonl.gz")),
        Source(str(folder / "d.csv"), None, "gb18030", {"prompt": "问", "response": "答"}),
    )


def run(folder: Path, plan: Plan, workers: int = 1) -> Report:
    folder.mkdir()
    return pipeline.run(plan, folder, workers=workers)


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_record_is_in_one_place_and_the_table_is_what_the_files_hold(
    tmp_path: Path, sources: tuple[Source, ...]
) -> None:
    report = run(tmp_path / "out", Plan(sources, "sharegpt", STEPS, SPLIT))
    rejects = rows(tmp_path / "out/rejects.jsonl")
    counted = {name: len(rows(tmp_path / f"out/{name}.jsonl")) for name in ("train", "val", "test")}
    for word, fate in {
        "rejected": "rejected",
        "filtered": "filtered",
        "duplicates": "duplicate",
    }.items():
        counted[word] = sum(reject["fate"] == fate for reject in rejects)
    total = sum(1 for source in sources for _ in inputs.read(source.path, source.encoding))
    assert report.table(["train", "val", "test"]) == {"in": total, **counted}
    assert total == 26 + 45 + 40 + 4
    # the array repeats 3 of its own, the chats 1, the packed lines 10 of the array's, the table 1
    assert report.of("duplicate") == {"same prompt and answer": 3 + 1 + 10 + 1}
    assert report.of("filtered") == {"empty answer": 1}
    assert report.of("rejected") == {
        "does not match the schema": 1,
        "empty answer": 1,
        "empty prompt": 1,
        "no object": 2,
        "not valid JSON": 1,
        "ragged row": 1,
        "turns out of order": 1,
    }


def test_rejects_stand_in_the_order_of_the_inputs_with_the_record_as_it_was(
    tmp_path: Path, sources: tuple[Source, ...]
) -> None:
    run(tmp_path / "out", Plan(sources, "sharegpt", STEPS, SPLIT))
    rejects = rows(tmp_path / "out/rejects.jsonl")
    places = [(reject["path"], reject["byte"]) for reject in rejects]
    assert places == sorted(places)
    raw = {
        (record.origin.path, record.origin.byte): record
        for source in sources
        for record in inputs.read(source.path, source.encoding)
    }
    for reject in rejects:
        record = raw[reject["path"], reject["byte"]]
        assert (reject["record"], reject["line"]) == (record.value, record.origin.line)


def test_duplicate_names_the_first_of_its_like(tmp_path: Path, sources: tuple[Source, ...]) -> None:
    run(tmp_path / "out", Plan(sources, "sharegpt", STEPS, SPLIT))
    details = {
        (Path(reject["path"]).name, reject["line"]): reject["found"]
        for reject in rows(tmp_path / "out/rejects.jsonl")
        if reject["fate"] == "duplicate"
    }
    array, chats, *_ = (source.path for source in sources)
    assert details["c.jsonl.gz", 1] == f"repeats {array}:{2 + 5 * 10}"  # five lines a record
    assert details["b.jsonl", 7] == f"repeats {chats}:2"
    assert details["d.csv", 2] == f"repeats {array}:{2 + 5 * 1}"


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("size", [1, 700, 5000])
def test_any_number_of_workers_and_of_shards_and_any_order_of_inputs_give_the_same_bytes(
    tmp_path: Path,
    sources: tuple[Source, ...],
    workers: int,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(tmp_path / "one", Plan(sources, "sharegpt", STEPS, SPLIT))
    monkeypatch.setattr(shards, "SIZE", size)
    assert len(list(shards.cut(sources))) > 2
    monkeypatch.setattr(leaders, "MANY", 1)
    run(tmp_path / "many", Plan(sources[::-1], "sharegpt", STEPS, SPLIT), workers)
    assert outputs(tmp_path / "one") == outputs(tmp_path / "many")
    written = {"train.jsonl", "val.jsonl", "test.jsonl", "rejects.jsonl", "clusters.parquet"}
    assert outputs(tmp_path / "one").keys() == written


def test_steps_run_in_the_order_of_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(
        b"".join(map(json_lines.to_line, [alpaca("Hi?", "<b>Yes</b>"), alpaca("Hi?", "Yes")]))
    )
    report = run(tmp_path / "out", Plan((Source(str(tmp_path / "a.jsonl")),), "alpaca", STEPS))
    assert (report.total("changed"), report.total("duplicate")) == (1, 1)


def test_what_a_format_cannot_hold_leaves_as_a_reject(
    tmp_path: Path, sources: tuple[Source, ...]
) -> None:
    report = run(tmp_path / "out", Plan(sources, "alpaca"))
    assert report.of("rejected")["format cannot hold it"] == 41
    (first,) = {
        reject["found"]
        for reject in rows(tmp_path / "out/rejects.jsonl")
        if "hold" in reject["reason"]
    }
    assert first == "alpaca has no place for rounds; sharegpt has"
    assert report.of("held") == {"sharegpt": 41}


def test_fields_that_no_format_reads_are_counted(
    tmp_path: Path, sources: tuple[Source, ...]
) -> None:
    assert run(tmp_path / "out", Plan(sources, "sharegpt")).of("unread") == {"id": 41}


def test_nothing_to_train_on_is_an_error_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines.to_line(alpaca("Hi?", "")) * 2)
    with pytest.raises(
        DataError, match=r"no example is left: empty answer \(2\); `dataprep validate`"
    ):
        run(tmp_path / "out", Plan((Source(str(tmp_path / "a.jsonl")),), "alpaca"))


def test_split_without_an_example_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json_lines.to_line(alpaca("Hi?", "Yes.")))
    with pytest.raises(
        DataError, match="no example is left for val: ask for a larger fraction, or leave it out"
    ):
        run(
            tmp_path / "out",
            Plan((Source(str(tmp_path / "a.jsonl")),), "alpaca", (), {"val": 1e-9}),
        )


def test_input_that_cannot_be_opened_stops_the_run_before_a_byte_is_written(tmp_path: Path) -> None:
    with pytest.raises(DataprepError, match="no such file"):
        run(tmp_path / "out", Plan((Source(str(tmp_path / "none.jsonl")),), "alpaca"))
    assert outputs(tmp_path / "out") == {}


def test_progress_is_told_the_size_of_what_is_done_and_of_all(
    tmp_path: Path, sources: tuple[Source, ...]
) -> None:
    told: list[tuple[int, int]] = []
    (tmp_path / "out").mkdir()
    pipeline.run(
        Plan(sources, "sharegpt"),
        tmp_path / "out",
        workers=2,
        progress=lambda size, total: told.append((size, total)),
    )
    sizes = [Path(source.path).stat().st_size for source in sources]
    assert told == [(sum(sizes), sum(sizes))]


GPTEACHER = {"prompt": "instruction", "query": "input", "response": "response"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
@pytest.mark.parametrize(
    ("name", "columns", "count", "leaving"),
    [
        ("llamafactory_apache2/alpaca_zh_demo.json", {}, 1000, 8),
        ("llamafactory_apache2/glaive_toolcall_zh_demo.json", {}, 300, 43),
        ("gpteacher_mit/roleplay-simple-deduped-roleplay-instruct.json", GPTEACHER, 1923, 0),
    ],
)
def test_real_files_come_through_whole_and_in_any_order(
    tmp_path: Path, name: str, columns: dict[str, str], count: int, leaving: int
) -> None:
    source = Source(str(SHARED / name), columns=columns)
    records = [record.value for record in inputs.read(source.path)]
    report = run(tmp_path / "out", Plan((source,), "sharegpt", (("dedupe", {}),), SPLIT))
    assert report.table(SPLIT)["in"] - report.total("split") == leaving, report.as_text(SPLIT)
    assert report.total("in") == count
    random.Random(0).shuffle(records)
    (tmp_path / "shuffled.jsonl").write_bytes(b"".join(map(json_lines.to_line, records)))
    shuffled = source._replace(path=str(tmp_path / "shuffled.jsonl"))
    run(tmp_path / "again", Plan((shuffled,), "sharegpt", (("dedupe", {}),), SPLIT))
    for split in ("train.jsonl", "val.jsonl", "test.jsonl"):
        one, other = (
            (tmp_path / folder / split).read_bytes().splitlines() for folder in ("out", "again")
        )
        assert sorted(one) == sorted(other)
