"""Mixing: the shares that are asked for are those that are written, whatever the order of the
inputs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dataprep import pipeline, steps
from dataprep.cli import cli
from dataprep.errors import DataprepError
from dataprep.model import Example, Turn
from dataprep.pipeline.plan import Plan
from dataprep.sources.source import Source
from dataprep.steps.base import Again, Corpus, Gone
from dataprep.text.similarity.fingerprint import fingerprint


def mixed(sizes: Mapping[str, list[int]], **options: Any) -> dict[str, list[int]]:
    """Return for each source how often each of its rows, which have so many tokens, is written."""
    rows = [(name, size) for name, its in sizes.items() for size in its]
    made = [
        Example((Turn("user", f"{name} {n}"), Turn("assistant", "!")))
        for n, (name, _) in enumerate(rows)
    ]
    files = [f"raw/{name}.jsonl" for name in sizes]
    ranks = [list(sizes).index(name) for name, _ in rows]
    corpus = Corpus(
        [fingerprint(one) for one in made],
        ranks=ranks,
        files=files,
        tokens=[size for _, size in rows],
    )
    found = steps.build("mix", options)(corpus, range(len(rows)))
    counts: dict[str, list[int]] = {name: [] for name in sizes}
    for number, (name, _) in enumerate(rows):
        verdict = found.get(number)
        counts[name].append(
            verdict.times if isinstance(verdict, Again) else 0 if isinstance(verdict, Gone) else 1
        )
    return counts


SOURCES = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(400, 3000), min_size=2)


@given(SOURCES, st.lists(st.floats(0.05, 1), min_size=4, max_size=4), st.integers(1, 4))
def test_shares_of_rows_are_met_within_half_a_percent(
    rows: dict[str, int], parts: list[float], times: int
) -> None:
    weights = dict(zip(rows, parts, strict=False))
    written = mixed(
        {name: [1] * count for name, count in rows.items()},
        weights=weights,
        times={next(iter(rows)): times},
    )
    total = sum(map(sum, written.values()))
    for name, its in written.items():
        share = weights[name] / sum(weights.values())
        assert abs(sum(its) - share * total) <= max(0.005 * total, len(written))
        assert max(its) - min(its) <= 1
        assert max(its) <= (times if name == next(iter(rows)) else 1)


@given(SOURCES, st.lists(st.floats(0.2, 1), min_size=4, max_size=4), st.data())
def test_shares_of_tokens_are_met_within_a_row(
    rows: dict[str, int], parts: list[float], data: st.DataObject
) -> None:
    draw = data.draw(st.randoms(use_true_random=False))
    sizes = {name: [draw.randint(1, 200) for _ in range(count)] for name, count in rows.items()}
    weights = dict(zip(rows, parts, strict=False))
    written = mixed(sizes, weights=weights, by="tokens")
    tokens = {
        name: sum(size * n for size, n in zip(sizes[name], written[name], strict=True))
        for name in sizes
    }
    unit = min(sum(sizes[name]) / weights[name] for name in sizes)
    for name, total in tokens.items():
        assert abs(total - unit * weights[name]) <= 200


def test_one_source_is_whole_and_what_is_written_again_stands_so_often() -> None:
    written = mixed({"a": [1] * 100, "b": [1] * 40}, weights={"a": 1, "b": 1}, times={"b": 3})
    assert sum(written["a"]) == sum(written["b"]) == 100
    assert Counter(written["b"]) == {3: 20, 2: 20}
    assert mixed({"a": [1] * 9, "b": [1] * 5}, most={"a": 4}, times={"b": 2}) == {
        "a": mixed({"a": [1] * 9, "b": [1] * 5}, most={"a": 4})["a"],
        "b": [2] * 5,
    }
    assert sum(mixed({"a": [1] * 9}, most={"a": 4})["a"]) == 4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "mix needs the share of each source"),
        ({"weights": {"a": 0}}, "weight of 'a' is 0"),
        ({"weights": {"a": 1}}, "raw/b.jsonl has no weight"),
        (
            {"weights": {"a": 1, "b": 1, "x": 1}},
            "'x' is none of the inputs, which are raw/a.jsonl, raw/b.jsonl",
        ),
        ({"weights": {"a": "1"}}, "expected names with a number each"),
        ({"weights": [1]}, "expected names with a number each"),
    ],
)
def test_what_cannot_be_mixed_is_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(DataprepError, match=told):
        mixed({"a": [1], "b": [1]}, **options)


def test_source_of_which_nothing_stays_is_told() -> None:
    with pytest.raises(DataprepError, match="no example of b is left"):
        mixed({"a": [1], "b": []}, weights={"a": 1, "b": 1})


# --------------------------------------------------------------------------------------- as written


def write(folder: Path, name: str, count: int) -> str:
    rows = (
        {"instruction": f"{name} asks {n}", "input": "", "output": f"{name} {n} is {n * n}"}
        for n in range(count)
    )
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / f"{name}.jsonl")


def test_order_of_inputs_and_number_of_workers_change_nothing(tmp_path: Path) -> None:
    paths = [write(tmp_path, "a", 900), write(tmp_path, "b", 600), write(tmp_path, "c", 120)]
    options = {"weights": {"a": 5, "b": 3, "c": 2}, "times": {"c": 2}}
    made = set()
    for number, (order, workers) in enumerate(
        [(paths, 1), (paths[::-1], 2), (paths[1:] + paths[:1], 5)]
    ):
        plan = Plan(tuple(map(Source, order)), "alpaca", (("mix", options),), {"val": 0.1})
        folder = tmp_path / str(number)
        folder.mkdir()
        report = pipeline.run(plan, folder, workers=workers)
        made.add(
            tuple(
                (folder / name).read_bytes()
                for name in ("train.jsonl", "val.jsonl", "rejects.jsonl")
            )
        )
    assert len(made) == 1
    train, val, rejects = next(iter(made))
    assert report.of("filtered") == {"more than its share": rejects.count(b"\n")}
    assert max(Counter(val.splitlines()).values()) == 1
    assert {json.loads(line)["fate"] for line in rejects.splitlines()} == {"filtered"}
    assert Counter(Counter(train.splitlines()).values()).keys() == {1, 2}


def test_shares_are_met_in_train_beside_val_and_test_that_take_theirs_of_each_source(
    tmp_path: Path,
) -> None:
    sources = tuple(
        Source(write(tmp_path, name, count)) for name, count in (("a", 900), ("b", 600), ("c", 150))
    )
    weights = {"a": 6, "b": 3, "c": 1}
    split = {"val": 0.1, "test": 0.15, "near": False, "stratify": "source"}
    (tmp_path / "out").mkdir()
    pipeline.run(Plan(sources, "alpaca", (("mix", {"weights": weights}),), split), tmp_path / "out")
    lines = (tmp_path / "out/train.jsonl").read_text().splitlines()
    counts = Counter(json.loads(line)["instruction"][0] for line in lines)
    assert all(
        abs(counts[name] - len(lines) * weight / 10) <= 1.5 for name, weight in weights.items()
    ), counts


def test_recipe_mixes_and_tells_what_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a", 30)
    write(tmp_path, "b", 10)
    (tmp_path / "r.yaml").write_text(
        "data: {inputs: [a.jsonl, b.jsonl], steps: [{mix: {times: {b: 3}}}], output: {format: "
        "alpaca}}\n"
    )
    result = CliRunner().invoke(cli, ["prepare", "r.yaml"])
    assert result.exit_code == 0, result.output
    assert "added       20  rows written several times 20" in result.output
    assert json.loads(Path("data/r/report.json").read_text())["records"]["train"] == 60
    assert CliRunner().invoke(cli, ["validate", "data/r/report.json"]).exit_code == 0
    assert "train.jsonl:31" in CliRunner().invoke(cli, ["why", "b.jsonl:1"]).output


def test_folds_and_rows_that_are_written_again_do_not_go_together(tmp_path: Path) -> None:
    plan = Plan(
        (Source(write(tmp_path, "a", 30)),), "alpaca", (("mix", {"times": {"a": 2}}),), {"folds": 3}
    )
    (tmp_path / "out").mkdir()
    with pytest.raises(DataprepError, match="in folds each is tested once"):
        pipeline.run(plan, tmp_path / "out")


def test_times_that_fill_a_disk_are_refused() -> None:
    with pytest.raises(
        DataprepError,
        match=r"'faq' 1,000,000 times is more than 1,000; num_train_epochs repeats all",
    ):
        steps.build("mix", {"times": {"faq": 1_000_000}})
