"""Selecting: by conditions, and of what meets them the best, the most diverse, a sample or the
first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dataprep import steps
from dataprep.cli import cli
from dataprep.errors import DataprepError
from dataprep.model import Example, Turn
from dataprep.steps.base import Corpus
from dataprep.text.similarity.fingerprint import fingerprint, length
from dataprep.text.similarity.spread import spread


def kept(values: Sequence[Any], texts: Sequence[str] = (), **options: Any) -> list[int]:
    """Return the numbers of the examples that stay; `values` are what their records hold in the
    field x.
    """
    asks = texts or [f"question {number}" for number in range(len(values))]
    made = [Example((Turn("user", text), Turn("assistant", "!"))) for text in asks]
    corpus = Corpus(
        [fingerprint(one) for one in made],
        {"x": values},
        [length(one) for one in made],
        [number % 2 for number in range(len(made))],
        ["raw/even.jsonl", "raw/odd.jsonl.gz"],
    )
    gone = steps.build("select", options)(corpus, range(len(made)))
    assert all(verdict.repeats < 0 and verdict.reason for verdict in gone.values())
    return [number for number in range(len(made)) if number not in gone]


@pytest.mark.parametrize(
    ("where", "stay"),
    [
        ("x>=4", [0, 3]),
        ("x > 4", [3]),
        ("x<5", [0, 1]),
        ("x=law", [2]),
        ("x!=law", [0, 1, 3, 4, 5]),
        ("x=4", [0]),
        ("x==4.0", [0]),
        ("x=true", [5]),
        ("x!=", [0, 1, 2, 3, 5]),
    ],
)
def test_field_is_compared_as_a_number_where_it_is_one(where: str, stay: list[int]) -> None:
    assert kept([4, "3.5", "law", 5.5, None, True], where=[where]) == stay


def test_every_condition_must_be_met() -> None:
    assert kept([1, 2, 3, 4, 5, 6], where=["x>2", "x<6"], source=["odd"]) == [3]
    assert kept([1, 2, 3], texts=["a", "b" * 10, "c" * 50], shortest=5, longest=20) == [1]


def test_best_are_those_with_the_highest_scores() -> None:
    assert kept([1, 5, None, 3, 5, "2"], best=0.5, score="x") == [1, 3, 4]
    assert kept([1, 5, None, 3, 5, "2"], best=1, score="x") == [1]


def test_head_is_the_first_of_what_meets_the_conditions() -> None:
    assert kept([1, 2, 3, 4, 5], where=["x!=1"], head=2) == [1, 2]


@given(
    st.lists(st.text("abc", min_size=1), unique=True, min_size=1, max_size=60),
    st.integers(1, 30),
    st.integers(0, 3),
)
def test_sample_only_loses_what_new_rows_take_the_place_of(
    texts: list[str], sample: int, seed: int
) -> None:
    old, new = texts[: len(texts) // 2 + 1], texts
    first = {old[number] for number in kept([0] * len(old), old, sample=sample, seed=seed)}
    second = {new[number] for number in kept([0] * len(new), new, sample=sample, seed=seed)}
    assert len(second) == min(sample, len(new))
    assert second & set(old) <= first


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"where": ["x"]}, "'x' is no condition"),
        ({"where": ["x>law"]}, "'law', which is no number"),
        ({"where": ["x=>1"]}, "where: 'x=>1' is no condition; did you mean x>=1\\?"),
        ({"languages": ["en, xx"]}, "no language 'xx'; expected ISO 639 codes"),
        ({"source": ["other"]}, "'other' is none of the inputs"),
        ({"best": 0.5}, "best and score belong together"),
        ({"best": 1.5, "score": "x"}, "best is 1.5"),
        ({"sample": -1}, "sample is -1"),
    ],
)
def test_what_cannot_be_selected_is_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(DataprepError, match=told):
        kept([1, 2], **options)


def test_spread_takes_one_of_each_cluster_before_a_second() -> None:
    import numpy as np

    rows = np.array(
        [[cluster * 100 + band for band in range(32)] for cluster in (1, 1, 1, 2, 2, 3)], np.uint32
    )
    assert spread(rows, [0, 1, 2, 3, 4, 5], 4) == [0, 3, 5, 1]
    assert spread(rows, [5, 4, 3, 2, 1, 0], 6) == [5, 4, 2, 3, 1, 0]


def test_diverse_rows_are_of_different_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asks = [
        f"Please translate the word number {n} into French for me, thank you" for n in range(40)
    ]
    asks += [
        "How tall is the highest mountain of Africa?",
        "写一首关于春天的短诗",
        "What does a compiler do?",
    ]
    rows = [{"instruction": ask, "output": f"answer {n}"} for n, ask in enumerate(asks)]
    Path("in.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    result = CliRunner().invoke(cli, ["select", "in.jsonl", "--diverse", "4", "-o", "out.jsonl"])
    assert result.exit_code == 0, result.output
    chosen = {
        json.loads(line)["instruction"]
        for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    }
    assert chosen > set(asks[40:])
    rejects = Path("out.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["reason"] for line in rejects} == {"like others that stay"}
    assert len(rejects) == len(asks) - 4
