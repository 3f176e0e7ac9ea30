"""`dataprep dedupe`, on files: which of the same or nearly the same stays, and what is told of
those that leave.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import GOOD, Record, answers, counts, good, read, refusal, run, tree, write

from dataprep.pipeline.report import clusters

pytestmark = pytest.mark.usefixtures("folder")

LONG = (
    "Water the plants twice a week, early in the morning, and keep them away from the cold "
    "window in winter months."
)


def row(answer: str, prompt: str = "How do I care for my plants?", **more: object) -> Record:
    return {"instruction": prompt, "input": "", "output": answer, **more}


SLIP = LONG.replace("early", "earlly")
THREE = [row(LONG), row(SLIP), row(f"{LONG} Enjoy!")]


def repeats(path: str = "out.rejects.jsonl") -> list[str]:
    return [reject["found"] for reject in read(path)]


def test_near_duplicates_leave_with_the_one_that_they_repeat_and_how_similar_they_are() -> None:
    write("in.jsonl", *THREE, *GOOD)
    said = good("dedupe in.jsonl --near -o out.jsonl")
    assert counts(said) == {"in": 6, "kept": 4, "rejected": 0, "filtered": 0, "duplicates": 2}
    assert "nearly the same 2" in said
    assert repeats() == ["repeats in.jsonl:1, 0.88 similar", "repeats in.jsonl:1, 0.91 similar"]
    assert answers("out.jsonl") == [LONG, *(one["output"] for one in GOOD)]


def test_clusters_are_written() -> None:
    write("in.jsonl", *THREE, *GOOD, *GOOD[:1])
    good("dedupe in.jsonl --near -o out.jsonl")
    assert [
        (one.cluster, one.line, one.fate, one.repeats)
        for one in clusters.read(Path("out.clusters.parquet"))
    ] == [
        *((1, 1, "kept", ""), (1, 2, "left", "in.jsonl:1"), (1, 3, "left", "in.jsonl:1")),
        *((2, 4, "kept", ""), (2, 7, "left", "in.jsonl:4")),
    ]


def test_clusters_of_an_earlier_run_do_not_stay() -> None:
    write("in.jsonl", *THREE)
    write("other.jsonl", *GOOD)
    good("dedupe in.jsonl --near -o out.jsonl")
    good("dedupe other.jsonl --near -o out.jsonl")
    assert not Path("out.clusters.parquet").exists()


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        ("", LONG),
        ("--keep longest", f"{LONG} Enjoy!"),
        ("--keep newest --field day", SLIP),
        ("--keep best --field points", f"{LONG} Enjoy!"),
        ("--keep none", None),
    ],
)
@pytest.mark.parametrize("by", ["--by prompt", "--near"])
def test_one_that_stays(option: str, kept: str | None, by: str) -> None:
    days, points = ["2024-01-05", "2024-11-20", "2023-12-31"], ["7", None, 8.5]
    write(
        "in.jsonl",
        *(
            one | {"day": day, "points": point}
            for one, day, point in zip(THREE, days, points, strict=True)
        ),
    )
    write("in2.jsonl", *GOOD)
    good(f"dedupe in.jsonl in2.jsonl {by} {option} -o out.jsonl")
    assert answers("out.jsonl") == [*([kept] if kept else []), *(one["output"] for one in GOOD)]


def test_source_that_is_listed_first_stays() -> None:
    write("a.jsonl", row("From a."))
    write("b.jsonl", row("From b."))
    Path("mine.yaml").write_text(
        "data:\n  inputs: [b.jsonl, a.jsonl]\n  steps: [{dedupe: {by: prompt, keep: source}}]\n"
        "  output: {format: alpaca}\n",
        encoding="utf-8",
    )
    run("prepare mine.yaml")
    assert answers("data/mine/train.jsonl") == ["From b."]


def test_named_fields_are_compared_instead_and_what_lacks_one_stays() -> None:
    write(
        "in.jsonl",
        row("One.", id=1),
        row("Two.", id=2),
        row("Three.", id=1),
        row("Four."),
        row("Five."),
    )
    said = good("dedupe in.jsonl --fields id -o out.jsonl")
    assert answers("out.jsonl") == ["One.", "Two.", "Four.", "Five."]
    assert "same id 1" in said


def test_both_parts_must_be_nearly_the_same() -> None:
    other = "How should I look after plants at home?"
    write("in.jsonl", row(LONG), row(SLIP, other))
    good("dedupe in.jsonl --near --threshold 0.5 --by answer -o out.jsonl")
    assert len(answers("out.jsonl")) == 1
    good("dedupe in.jsonl --near --threshold 0.5 --by both -o out.jsonl")
    assert len(answers("out.jsonl")) == 2


def test_higher_threshold_keeps_more() -> None:
    write("in.jsonl", *THREE)
    good("dedupe in.jsonl --near --threshold 0.9 -o out.jsonl")
    assert answers("out.jsonl") == [LONG, SLIP]


def test_what_another_set_has_leaves() -> None:
    write("in.jsonl", row(SLIP), *GOOD)
    write("known.jsonl", row(LONG), GOOD[1], {"unreadable": 1})
    said = good("dedupe in.jsonl --near --against known.jsonl -o out.jsonl")
    assert answers("out.jsonl") == [GOOD[0]["output"], GOOD[2]["output"]]
    assert repeats() == ["repeats known.jsonl:1, 0.88 similar", "repeats known.jsonl:2"]
    assert "compared with: known.jsonl 3\n  of these no examples: no known shape 1" in said
    assert counts(said)["in"] == 4


def test_set_that_is_compared_with_need_not_fit_the_format_that_is_written() -> None:
    talk = [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Ho."}] * 2
    write("in.jsonl", *GOOD)
    write("known.jsonl", {"conversations": talk, "system": "Be kind."})
    assert (
        counts(good("dedupe in.jsonl --against known.jsonl --to belle-flat -o out.jsonl"))["kept"]
        == 3
    )


def test_recipe_prepares_again_when_the_other_set_changes() -> None:
    write("in.jsonl", *GOOD)
    write("known.jsonl", row("Another."))
    Path("mine.yaml").write_text(
        "data:\n  inputs: [in.jsonl]\n  steps: [{dedupe: {against: [known.jsonl]}}]\n  output: "
        "{format: alpaca}\n",
        encoding="utf-8",
    )
    good("prepare mine.yaml")
    assert "up to date" in good("prepare mine.yaml")
    write("known.jsonl", GOOD[0])
    assert counts(good("prepare mine.yaml"))["duplicates"] == 1
    assert json.loads(Path("data/mine/report.json").read_text("utf-8"))["against"] == {
        "known.jsonl": 1
    }


# -------------------------------------------------------------------------------------------- index


def test_index_knows_what_earlier_runs_kept_without_their_files() -> None:
    write("old.jsonl", row(LONG), *GOOD[:2])
    write("new.jsonl", row(SLIP), *GOOD)
    good("dedupe old.jsonl --near --index seen -o old.out.jsonl")
    Path("old.jsonl").unlink()
    said = good("dedupe new.jsonl --near --index seen -o out.jsonl")
    assert answers("out.jsonl") == [GOOD[2]["output"]]
    assert repeats() == [
        "repeats old.jsonl:1, 0.88 similar",
        "repeats old.jsonl:2",
        "repeats old.jsonl:3",
    ]
    assert "compared with: old.jsonl 3" in said
    write("more.jsonl", GOOD[2], row("Something else."))
    good("dedupe more.jsonl --near --index seen -o out.jsonl")
    assert answers("out.jsonl") == ["Something else."]
    assert repeats() == ["repeats new.jsonl:4"]


def test_index_without_near_duplicates() -> None:
    write("in.jsonl", *GOOD)
    good("dedupe in.jsonl --index seen -o out.jsonl")
    write("new.jsonl", *GOOD, row("New."))
    good("dedupe new.jsonl --index seen -o out.jsonl")
    assert answers("out.jsonl") == ["New."]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "dedupe in.jsonl --near --by prompt --index seen -o o.jsonl",
            "seen: was made with --near; ask so again, or name a new folder",
        ),
        (
            "dedupe in.jsonl --near --keep best --field score --index seen -o o.jsonl",
            "seen: has no field score",
        ),
        (
            "dedupe in.jsonl --index seen -o o.jsonl",
            "seen: was made with --near; ask so again, or name a new folder",
        ),
        ("dedupe in.jsonl --index other -o o.jsonl", "other: is no index; name a new folder"),
        ("dedupe in.jsonl --index seen", "say which: -o FILE"),
    ],
)
def test_index_that_cannot_be_used_is_refused(line: str, words: str) -> None:
    write("in.jsonl", *GOOD)
    write("other/file.jsonl", *GOOD)
    good("dedupe in.jsonl --near --index seen -o out.jsonl")
    before = tree()
    assert words in refusal(line)
    assert tree() == before


# ------------------------------------------------------------------------------------ show, measure


def test_show_marks_what_differs_and_writes_nothing() -> None:
    write("in.jsonl", *THREE, *GOOD, *GOOD[:1])
    before = tree()
    assert good("dedupe in.jsonl --near --show").splitlines() == [
        "3 alike",
        f"  kept  in.jsonl:1        How do I care for my plants? ⏎ {LONG[:89]}…",
        "  left  in.jsonl:2  0.88  …he plants twice a week, [-early-]{+earlly+} in the morning, "
        "and kee…",
        "  left  in.jsonl:3  0.91  …window in winter months.{+ Enjoy!+}",
        "",
        "2 alike",
        "  kept  in.jsonl:4        What is 0 + 1? ⏎ It is 1.",
        "  left  in.jsonl:7  1.00  the same",
        "",
        "2 clusters of 5 examples",
    ]
    assert tree() == before


def test_show_says_where_nothing_is_alike() -> None:
    write("in.jsonl", *GOOD)
    assert good("dedupe in.jsonl --near --show") == "no two examples are alike\n"


def test_measure_compares_every_pair_of_a_sample() -> None:
    words = [f"word{number}" for number in range(400)]
    write(
        "in.jsonl",
        *(
            row(" ".join(words[n : n + 60]), " ".join(words[n + 60 : n + 75]))
            for n in range(0, 320, 4)
        ),
    )
    before = tree()
    said = good("dedupe in.jsonl --near --measure")
    assert said.startswith(
        "159 examples, half of them edited copies of yours, every pair compared word for word\n"
    )
    assert said.endswith("from 0.6 on: recall 100.0%, precision 100.0%\n")
    assert tree() == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "--threshold 0.8",
            "--threshold, --show and --measure are about near duplicates; add --near.",
        ),
        ("--measure", "--threshold, --show and --measure are about near duplicates; add --near."),
        ("--show", "--threshold, --show and --measure are about near duplicates; add --near."),
        (
            "--near --show -o out.jsonl",
            "--show and --measure write nothing; leave -o and --index out.",
        ),
        (
            "--near --show --index seen",
            "--show and --measure write nothing; leave -o and --index out.",
        ),
        (
            "--near --show --measure",
            "--show and --measure are two questions; ask one after the other.",
        ),
        ("--near --threshold 0", "0.0 is not in the range 0<x<=1."),
        ("--keep best", "keep 'best' needs to know its score; say field: NAME"),
        ("--against none.jsonl", "none.jsonl: no such file"),
    ],
)
def test_options_that_make_no_sense(line: str, words: str) -> None:
    write("in.jsonl", *GOOD)
    assert words in refusal(f"dedupe in.jsonl {line}")


# ----------------------------------------------------------------------------------- what is wanted


@pytest.mark.parametrize(
    "line",
    [
        "dedupe in.jsonl --fields autor -o out.jsonl",
        "dedupe in.jsonl --keep newest --field autor -o out.jsonl",
        "split in.jsonl --val 1 --group autor -o out",
        "split in.jsonl --val 1 --stratify autor -o out",
        "select in.jsonl --where autor=1 -o out.jsonl",
    ],
)
def test_field_that_no_record_has_is_refused(line: str) -> None:
    write("in.jsonl", *({**row, "author": 1} for row in GOOD))
    assert refusal(line).startswith(
        "no record has a field 'autor'; `dataprep inspect` names those that there are"
    )


Q, A = "Where is the key of the cellar?", "It hangs behind the door."
TALK = {"conversations": [{"from": "human", "value": f"<image>{Q}"}, {"from": "gpt", "value": A}]}
TURNS = [{"role": "user", "content": Q}, {"role": "assistant", "content": A}]


@pytest.mark.parametrize(
    ("rows", "by"),
    [
        (
            [
                {"instruction": Q, "output": A, "system": text}
                for text in ("In German.", "As JSON.")
            ],
            "prompt",
        ),
        ([{**TALK, "images": [path]} for path in ("a.png", "b.png")], "prompt"),
        ([{"messages": TURNS, "label": label} for label in (True, False)], "answer"),
    ],
)
def test_near_copies_have_the_same_beside_their_texts(rows: list[Record], by: str) -> None:
    write("in.jsonl", *rows)
    for options in ("", "--near", f"--near --by {by}"):
        assert counts(run(f"dedupe in.jsonl {options} -o out.jsonl").stdout)["kept"] == 2
    other = {"prompt": "answer", "answer": "prompt"}[by]
    assert counts(run(f"dedupe in.jsonl --near --by {other} -o out.jsonl").stdout)["kept"] == 1


def test_percentage_is_a_threshold() -> None:
    write("in.jsonl", *GOOD)
    assert good("dedupe in.jsonl --near --threshold 60% -o out.jsonl") == good(
        "dedupe in.jsonl --near -o out.jsonl"
    )
