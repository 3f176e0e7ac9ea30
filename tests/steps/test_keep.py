"""`keep` of the step quality: the best of all examples, by the score of the rules or by one of the
user's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import Record, answers, counts, good, read, refusal, run, write
from hypothesis import given
from hypothesis import strategies as st

from dataprep import pipeline, recipe, steps
from dataprep.errors import DataprepError
from dataprep.pipeline.plan import Plan
from dataprep.sources.source import sources_of
from dataprep.steps.base import Corpus
from dataprep.steps.quality import SCORE
from dataprep.text.similarity.fingerprint import Fingerprint

pytestmark = pytest.mark.usefixtures("folder")

RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [{quality: {keep: KEEP}}]
  output: {format: alpaca}
"""


def row(number: int, loud: int = 0, **more: Any) -> Record:
    say = (
        f"Answer {number} tells of a river that runs through a valley, {'LOUD' * loud}and of "
        "the hills behind it."
    )
    return {"instruction": f"Question {number}?", "input": "", "output": say, **more}


ROWS = [row(number, loud) for number, loud in enumerate([0, 3, 1, 4, 0, 2])]


def prepared(keep: str) -> str:
    Path("mine.yaml").write_text(RECIPE.replace("KEEP", keep))
    return good("prepare mine.yaml")


def left() -> list[tuple[str, str, str]]:
    return [(one["fate"], one["reason"], one["found"]) for one in read("data/mine/rejects.jsonl")]


def test_the_worst_leave_with_their_score() -> None:
    write("in.jsonl", *ROWS)
    said = good("quality in.jsonl --keep 'best 4' -o out.jsonl")
    assert counts(said) == {"in": 6, "kept": 4, "rejected": 0, "filtered": 2, "duplicates": 0}
    assert answers("out.jsonl") == [ROWS[number]["output"] for number in (0, 2, 4, 5)]
    rejects = read("out.rejects.jsonl")
    assert [(one["line"], one["reason"]) for one in rejects] == [
        (2, "not among the best"),
        (4, "not among the best"),
    ]
    scores = [float(one["found"].removeprefix("score is ")) for one in rejects]
    assert 0 < scores[1] < scores[0] < 1


def test_share_is_of_what_breaks_no_rule() -> None:
    write("in.jsonl", *ROWS, row(9) | {"output": "A pear.<|im_end|>"})
    prepared("best 0.5")
    assert [reason for _, reason, _ in left()] == [*["not among the best"] * 3, "template marker"]


@pytest.mark.parametrize(
    ("keep", "lines", "reason"),
    [
        ("{field: stars, at_least: 4}", [2, 4], "stars below 4"),
        ("{field: stars, best: 2}", [2, 4], "not among the best"),
        ("{field: stars, best: 0.25}", [2, 3, 4], "not among the best"),
    ],
)
def test_score_of_the_user_decides(keep: str, lines: list[int], reason: str) -> None:
    stars: list[Any] = [4, 3.5, "4.0", None]
    write("in.jsonl", *(row(number, stars=its) for number, its in enumerate(stars)))
    prepared(keep)
    assert [one["line"] for one in read("data/mine/rejects.jsonl")] == lines
    assert {why for _, why, _ in left()} == {reason}
    assert left()[-1][2] == "stars is missing"


@pytest.mark.parametrize("block", ["field: stars, best: 2", "{field: stars, best: 2}"])
def test_command_takes_the_block_of_a_recipe(block: str) -> None:
    write("in.jsonl", *(row(number, stars=its) for number, its in enumerate([4, 3.5, "4.0", None])))
    good(f"quality in.jsonl --keep '{block}' -o out.jsonl")
    assert [one["line"] for one in read("out.rejects.jsonl")] == [2, 4]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("field: [", "Invalid value for '--keep': 'field: [' is not valid YAML"),
        (
            "field: stars",
            "keep is {'field': 'stars'}, expected best 0.8, best 5000, or {field: NAME, at_least: "
            "4}",
        ),
    ],
)
def test_block_that_says_nothing_is_refused(block: str, told: str) -> None:
    write("in.jsonl", *ROWS)
    assert refusal(f"quality in.jsonl --keep '{block}' -o out.jsonl").startswith(told)


@pytest.mark.parametrize("amount", [0.25, 0.5, 0.9, 1, 3, 9])
def test_quality_and_select_keep_the_same_ones(amount: float) -> None:
    write(
        "in.jsonl",
        *(row(number, stars=its) for number, its in enumerate([4, 3.5, "4.0", None, 4, 1, "none"])),
    )
    good(f"quality in.jsonl --keep 'field: stars, best: {amount}' -o one.jsonl")
    good(f"select in.jsonl --best {amount} --score stars -o two.jsonl")
    assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()


def test_field_that_no_record_has_is_named() -> None:
    write("in.jsonl", *ROWS)
    Path("mine.yaml").write_text(RECIPE.replace("KEEP", "{field: starz, at_least: 4}"))
    assert "no record has a field 'starz'" in run("prepare mine.yaml").stderr


@pytest.mark.parametrize(
    "keep",
    [
        "most",
        "best 0",
        "best 1.5",
        "best -1",
        {"field": "a"},
        {"field": "a", "best": "x"},
        {"best": 0.5},
    ],
)
def test_keep_that_makes_no_sense_is_refused(keep: Any) -> None:
    with pytest.raises(DataprepError, match=r"expected best 0\.8, best 5000, or"):
        steps.build("quality", {"keep": keep})


def test_recipe_is_refused_before_a_byte_is_read() -> None:
    Path("mine.yaml").write_text(RECIPE.replace("KEEP", "best of all"))
    with pytest.raises(DataprepError, match=r"expected best 0\.8"):
        recipe.compile("mine.yaml")


def test_keep_without_a_place_to_write_to_is_refused() -> None:
    write("in.jsonl", *ROWS)
    assert (
        refusal("quality in.jsonl --keep 'best 0.5'")
        == "--to, --keep and --contradictions say what to write; add -o."
    )


def test_tagged_examples_stay_where_they_are_among_the_best() -> None:
    write("in.jsonl", row(1), row(2) | {"output": "A pear.<|im_end|>"}, row(3))
    good("quality in.jsonl --keep 'best 2' --action tag -o out.jsonl")
    assert [one["line"] for one in read("out.rejects.jsonl")] == [2]
    assert [one["tag"] for one in read("out.tags.jsonl")] == ["template marker"]


@pytest.mark.parametrize("workers", [1, 2])
def test_bytes_do_not_depend_on_workers(workers: int, tmp_path: Path) -> None:
    write("in.jsonl", *ROWS * 40)
    plan = Plan(sources_of(["in.jsonl"]), "alpaca", (("quality", {"keep": "best 0.5"}),))
    folder = tmp_path / "out"
    folder.mkdir()
    pipeline.run(plan, folder, workers=workers)
    assert len(read(str(folder / "train.jsonl"))) == 120
    lines = [
        json.loads(line)["line"] for line in (folder / "rejects.jsonl").read_text().splitlines()
    ]
    assert lines == sorted(lines)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=2)), min_size=1, max_size=12),
    st.randoms(),
)
def test_same_stay_for_any_order_of_inputs(scored: list[tuple[float, bytes]], random: Any) -> None:
    (step,) = steps.build("quality", {"keep": "best 0.5"}).corpus_steps

    def stay(order: list[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
        corpus = Corpus(
            [Fingerprint(print_, b"") for _, print_ in order],
            noted={SCORE: [one for one, _ in order]},
        )
        gone = step(corpus, range(len(order)))
        return sorted(its for number, its in enumerate(order) if number not in gone)

    shuffled = scored[:]
    random.shuffle(shuffled)
    kept = stay(scored)
    assert kept == stay(shuffled)
    assert len(kept) == round(0.5 * len(scored))
