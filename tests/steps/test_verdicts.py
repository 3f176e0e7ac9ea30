"""What pairs and labels say of answers: contradictions, a bias of length, and KTO's weights."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commandline import Record, counts, good, read, refusal, write
from hypothesis import given
from hypothesis import strategies as st

from dataprep import schema
from dataprep.model import Example, Origin, Turn
from dataprep.steps.quality.verdicts import MOST_WANTED, Verdicts, opposed, weights

pytestmark = pytest.mark.usefixtures("folder")


def pair(chosen: str, rejected: str, prompt: str = "How do I care for my plants?") -> Record:
    return {"instruction": prompt, "input": "", "chosen": chosen, "rejected": rejected}


def labelled(answer: str, wanted: bool, prompt: str = "How do I care for my plants?") -> Record:
    talk = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return {"messages": talk, "label": wanted}


def told() -> dict[str, Any]:
    verdicts: dict[str, Any] = json.loads(good("quality in.jsonl --json"))["verdicts"]
    return verdicts


def test_pairs_that_say_the_opposite_of_another_are_told_with_both_places() -> None:
    write(
        "in.jsonl",
        pair("Water them.", "Burn them."),
        pair("Burn  them.", "Water them."),
        pair("Sing.", "Burn them."),
    )
    assert told()["pairs"]["swapped"] == 1
    assert told()["contradictions"] == [
        {"path": "in.jsonl", "line": 2, "contradicts": "in.jsonl:1"}
    ]
    said = good("quality in.jsonl")
    assert "pairs: 3, of which 1 say the opposite of another" in said
    assert "in.jsonl:2 says the opposite of in.jsonl:1" in said


def test_swapped_answers_to_another_prompt_are_no_contradiction() -> None:
    write(
        "in.jsonl",
        pair("Water them.", "Burn them."),
        pair("Burn them.", "Water them.", "What about weeds?"),
    )
    assert told()["pairs"]["swapped"] == 0


def test_ranked_answers_are_no_contradiction() -> None:
    write(
        "in.jsonl",
        pair("Good one.", "Fair one."),
        pair("Fair one.", "Bad one."),
        pair("Good one.", "Bad one."),
    )
    assert told()["pairs"]["swapped"] == 0


def test_answer_that_is_labelled_both_ways_is_told() -> None:
    write(
        "in.jsonl",
        labelled("Water them.", True),
        labelled("Water them.", False),
        labelled("Burn them.", False),
    )
    assert told()["labels"] | {"length_ratio": 0} == {
        "wanted": 1,
        "unwanted": 2,
        "contradictory": 1,
        "length_ratio": 0,
        "kto_chosen_weight": 2.0,
        "kto_rejected_weight": 1.0,
    }
    assert "in.jsonl:2 says the opposite of in.jsonl:1" in good("quality in.jsonl")
    assert "kto_chosen_weight: 2 under train" in good("quality in.jsonl")


def test_label_that_all_share_is_told() -> None:
    write("in.jsonl", labelled("Water them.", True), labelled("Sing to them.", True))
    assert "all have one label" in good("quality in.jsonl")


@pytest.mark.parametrize(("longer", "is_told"), [(20, True), (11, False)])
def test_length_bias_is_told(longer: int, is_told: bool) -> None:
    rows = [pair("Water them twice a week.", "No.", f"How is it, {n}?") for n in range(longer)]
    rows += [pair("No.", "Water them twice a week.", f"How is it, {n}?") for n in range(longer, 20)]
    write("in.jsonl", *rows)
    said = good("quality in.jsonl")
    assert f"the longer answer is the better one in {longer / 20:.1%}" in said
    assert ("a length bias" in said) == is_told


def test_one_pair_tells_of_no_bias() -> None:
    write("in.jsonl", pair("Water them twice a week.", "No."))
    assert "a length bias" not in good("quality in.jsonl")


def test_plain_answers_have_no_verdicts() -> None:
    write("in.jsonl", {"instruction": "How is it?", "input": "", "output": "It is well."})
    assert "verdicts" not in json.loads(good("quality in.jsonl --json"))


def test_pair_of_nearly_equal_answers_leaves() -> None:
    write("in.jsonl", pair("Water them.", "Water  them"), pair("Water them.", "Burn them."))
    assert counts(good("quality in.jsonl -o out.jsonl"))["filtered"] == 1
    assert [reject["reason"] for reject in read("out.rejects.jsonl")] == ["equal pair"]


def left(path: str = "out.rejects.jsonl") -> list[tuple[int, str, str]]:
    return [(one["line"], one["reason"], one["found"]) for one in read(path)]


def test_contradictions_leave_where_that_is_asked_for_each_with_the_other_place() -> None:
    write(
        "in.jsonl",
        pair("Water them.", "Burn them."),
        pair("Burn  them.", "Water them."),
        pair("Sing.", "Burn them."),
        pair("Water them.", "Burn them.", "What about weeds?"),
    )
    good("quality in.jsonl --contradictions -o out.jsonl")
    assert left() == [
        (1, "swapped pair", "says the opposite of in.jsonl:2"),
        (2, "swapped pair", "says the opposite of in.jsonl:1"),
    ]
    assert [one["chosen"] for one in read("out.jsonl")] == ["Sing.", "Water them."]
    assert "say the opposite" not in good("quality out.jsonl").replace("0 say the opposite", "")


def test_answer_that_is_labelled_both_ways_leaves_where_that_is_asked_for() -> None:
    rows = (
        labelled("Water them.", True),
        labelled("Water them.", False),
        labelled("Burn them.", False),
    )
    write("in.jsonl", *rows, rows[0])
    good("quality in.jsonl --contradictions -o out.jsonl")
    assert [(line, reason) for line, reason, _ in left()] == [
        (line, "contradictory label") for line in (1, 2, 4)
    ]
    assert "Burn them." in str(read("out.jsonl"))


def test_contradictions_stay_where_nobody_asks() -> None:
    write("in.jsonl", pair("Water them.", "Burn them."), pair("Burn them.", "Water them."))
    good("quality in.jsonl -o out.jsonl")
    assert len(read("out.jsonl")) == 2


def test_best_are_chosen_of_what_nothing_contradicts() -> None:
    write(
        "in.jsonl",
        *(pair(f"Sing song {n}.", "Burn it.") for n in range(4)),
        pair("Burn it.", "Sing song 0."),
    )
    good("quality in.jsonl --contradictions --keep 'best 2' -o out.jsonl")
    assert Counter(reason for _, reason, _ in left()) == {
        "swapped pair": 2,
        "not among the best": 1,
    }


def test_dry_run_shows_contradictions_that_leave() -> None:
    write("in.jsonl", pair("Water them.", "Burn them."), pair("Burn them.", "Water them."))
    said = good("clean in.jsonl --quality 'contradictions: true' --dry-run")
    assert "  leaves, swapped pair: says the opposite of in.jsonl:2" in said.splitlines()


def test_contradictions_are_not_tagged() -> None:
    write("in.jsonl", pair("Water them.", "Burn them."))
    told = "contradictions are dropped or told in the report, not tagged; leave one of both out"
    assert refusal("quality in.jsonl --contradictions --action tag -o out.jsonl") == told


def test_report_of_quality_has_no_place_for_contradictions_to_go() -> None:
    write("in.jsonl", pair("Water them.", "Burn them."))
    told = "--to, --keep and --contradictions say what to write; add -o."
    assert refusal("quality in.jsonl --contradictions") == told


RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [dedupe]
  output: {format: preference}
"""


def test_report_of_a_run_tells_of_what_stays() -> None:
    twice = pair("Sing to them.", "Burn them.", "What about weeds?")
    write(
        "in.jsonl",
        pair("Water them.", "Burn them."),
        twice,
        twice,
        pair("Burn them.", "Water them."),
    )
    Path("mine.yaml").write_text(RECIPE)
    said = good("prepare mine.yaml")
    assert "pairs: 3, of which 1 say the opposite of another" in said
    report = json.loads(Path("data/mine/report.json").read_text())
    assert report["verdicts"]["pairs"]["count"] == report["records"]["train"] == 3
    assert report["verdicts"]["contradictions"] == [
        {"path": "in.jsonl", "line": 4, "contradicts": "in.jsonl:1"}
    ]
    assert list(schema.problems("report", report)) == []


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_weights_let_both_labels_count_for_about_the_same(wanted: int, unwanted: int) -> None:
    found = weights(wanted, unwanted)
    chosen, rejected = found["kto_chosen_weight"], found["kto_rejected_weight"]
    assert min(chosen, rejected) == 1
    assert 0.99 <= chosen * wanted / (rejected * unwanted) <= MOST_WANTED * 1.001


TEXT = st.sampled_from(["Yes.", "No.", "Perhaps."])


@given(st.lists(st.tuples(TEXT, TEXT).filter(lambda both: both[0] != both[1]), max_size=8))
def test_what_is_swapped_once_more_is_told_for_both_orders(pairs: list[tuple[str, str]]) -> None:
    def taken(both: list[tuple[str, str]]) -> Verdicts:
        found = Verdicts()
        for line, (better, worse) in enumerate(both, 1):
            turns = (Turn("user", "Is it?"), Turn("assistant", better))
            found.take(Example(turns, rejected=Turn("assistant", worse)), Origin("in", line))
        return found

    both = opposed(dict(enumerate(taken(pairs).all)))
    assert set(both) == {number for number, pair_ in enumerate(pairs) if pair_[::-1] in pairs}
    assert all(pairs[other] == pairs[number][::-1] for number, other in both.items())
    opposite = any((worse, better) in pairs for better, worse in pairs)
    assert any(True for _ in taken(pairs).contradictions()) == opposite
    assert any(True for _ in taken(pairs[::-1]).contradictions()) == opposite
