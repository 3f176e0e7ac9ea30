"""Other steps as options of `clean`: one run, in the order of a recipe; and what --dry-run shows of
them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import Record, counts, good, read, refusal, run, tree, write

pytestmark = pytest.mark.usefixtures("folder")

RIVER = (
    "Answer {} tells of a river that runs through a valley, and of the hills that stand behind it."
)
RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [clean, {language: {drop: [ja]}}, {quality: {keep: best 0.9}}, privacy,
    {select: {where: ["n<8"]}}, {mix: {times: {in: 2}}}]
  output: {format: alpaca}
"""
GIVEN = (
    "--mix 'times: {in: 2}' --select 'where: [n<8]' --privacy --quality 'keep: best 0.9' "
    "--language '{drop: [ja]}'"
)


def row(number: int, output: str = "", **more: Any) -> Record:
    said = {
        "instruction": f"Question {number}?",
        "input": "",
        "output": output or RIVER.format(number),
    }
    return {**said, "n": number, **more}


ROWS = [
    row(0, "I cannot help with that request, for it is against my rules."),
    row(1, "これは日本語の答えです。東京はとても大きな町です。"),
    row(2, RIVER.format(2) + " Write to li.na@163.com&nbsp;!"),
    row(3, RIVER.format(3) + " LOUD LOUD LOUD"),
    *map(row, range(4, 12)),
]


def test_options_do_what_a_recipe_with_these_steps_does() -> None:
    write("in.jsonl", *ROWS)
    Path("mine.yaml").write_text(RECIPE)
    good("prepare mine.yaml")
    said = good(f"clean in.jsonl {GIVEN} -o out.jsonl")
    assert Path("out.jsonl").read_bytes() == Path("data/mine/train.jsonl").read_bytes()
    assert Path("out.rejects.jsonl").read_bytes() == Path("data/mine/rejects.jsonl").read_bytes()
    assert counts(said) == {
        "in": 12,
        "added": 5,
        "kept": 10,
        "rejected": 0,
        "filtered": 7,
        "duplicates": 0,
    }
    reasons = {one["reason"] for one in read("out.rejects.jsonl")}
    assert reasons == {"refusal", "language ja", "not among the best", "not n<8"}
    assert "cleaned: email redacted 1 · html 1" in said


def test_one_run_gives_what_the_commands_give_one_after_the_other() -> None:
    write("in.jsonl", *ROWS)
    good("clean in.jsonl -o a.jsonl")
    good("language a.jsonl --drop ja -o b.jsonl")
    good("quality b.jsonl --keep 'best 0.9' -o c.jsonl")
    good("privacy c.jsonl -o d.jsonl")
    good("select d.jsonl --head 4 -o e.jsonl")
    given = "--language 'drop: [ja]' --quality 'keep: best 0.9' --privacy --select 'head: 4'"
    good(f"clean in.jsonl {given} -o out.jsonl")
    assert Path("out.jsonl").read_bytes() == Path("e.jsonl").read_bytes()


def test_option_without_a_block_takes_all_defaults() -> None:
    write("in.jsonl", *ROWS)
    good("clean in.jsonl --privacy --quality -o out.jsonl")
    assert "[EMAIL_1]" in read("out.jsonl")[1]["output"]
    assert [one["reason"] for one in read("out.rejects.jsonl")] == ["refusal"]


def test_block_may_be_longer_than_the_name_of_a_file() -> None:
    write("in.jsonl", *ROWS)
    names = ", ".join(f"n!={number}" for number in range(100, 200))
    good(f"clean in.jsonl --select 'where: [{names}], head: 2' -o out.jsonl")
    assert len(read("out.jsonl")) == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            "--privacy 'kind: [email]'",
            "'--privacy': no option 'kind' in step 'privacy'; did you mean 'kinds'?",
        ),
        (
            "--privacy '{kinds: [emial]}'",
            "'--privacy': no kind 'emial' of personal data; did you mean 'email'?",
        ),
        (
            "--language",
            "'--language': step 'language' has nothing to do; say keep: [zh, en], drop: [ja], or "
            "action: tag",
        ),
        (
            "--quality 'longest: long'",
            "'--quality': option 'longest' of step 'quality' is 'long', expected a whole number",
        ),
        (
            "--select 'head: 1, head: 2'",
            "'--select': 'head: 1, head: 2' is not valid YAML ('head' stands twice)",
        ),
        (
            "--mix 'weights: [a'",
            "'--mix': 'weights: [a' is not valid YAML (expected ',' or ']', but got '}')",
        ),
        (
            "--select '[head]'",
            "'--select': '[head]' is not valid YAML (a name is expected before ':')",
        ),
        ("--privacy in.jsonl", "'--privacy': 'in.jsonl' is a file; name files before --privacy"),
    ],
)
def test_block_is_refused_as_a_recipe_is(options: str, told: str) -> None:
    write("in.jsonl", *ROWS)
    assert refusal(f"clean in.jsonl -o out.jsonl {options}") == f"Invalid value for {told}"


def test_bytes_do_not_depend_on_workers_or_the_order_of_options() -> None:
    write("in.jsonl", *ROWS)
    good(f"clean in.jsonl {GIVEN} -o one.jsonl --workers 1")
    mirrored = (
        "--select 'where: [n<8]' --language 'drop: [ja]' --quality 'keep: best 0.9' --mix "
        "'times: {in: 2}' --privacy"
    )
    good(f"clean in.jsonl {mirrored} -o two.jsonl --workers 2")
    assert Path("one.jsonl").read_bytes() == Path("two.jsonl").read_bytes()
    assert Path("one.rejects.jsonl").read_bytes() == Path("two.rejects.jsonl").read_bytes()


# ------------------------------------------------------------------------------------------ dry run


def shown(line: str) -> list[str]:
    """Return what a dry run prints, which leaves all files as they are."""
    before = tree()
    said = good(f"{line} --dry-run").splitlines()
    assert tree() == before
    return said


def test_dry_run_shows_what_leaves_with_its_reason() -> None:
    write("in.jsonl", *ROWS[:3])
    assert shown("clean in.jsonl --quality --privacy --language 'drop: [ja]'") == [
        "in.jsonl:1",
        "  leaves, refusal: I cannot help with",
        "  turn 1: [-Question 0?-]",
        "  turn 2: [-I cannot help with that request, for it is against my rules.-]",
        "in.jsonl:2",
        "  leaves, language ja: ja, 1.00",
        "  turn 1: [-Question 1?-]",
        "  turn 2: [-これは日本語の答えです。東京はとても大きな町です。-]",
        "in.jsonl:3",
        "  html, turn 2: …. Write to li.na@163.com[-&nbsp;-]{+ +}!",
        "  email redacted, turn 2: …and behind it. Write to [-li.na@163.com-]{+[EMAIL_1]+} !",
        "3 of 3 records would change: refusal 1 · language ja 1 · html 1 · email redacted 1",
    ]


def test_dry_run_shows_what_leaves_beside_all_others() -> None:
    write("in.jsonl", *ROWS)
    said = shown(f"clean in.jsonl {GIVEN}")
    assert said[-1].startswith(
        "12 of 12 records would change: written several times 5 · not n<8 4 · "
    )
    assert "  leaves, not n<8: n is 9" in said
    assert sum(line.startswith("  leaves, not among the best: score is 0.") for line in said) == 1
    assert said.count("  written several times: 2 times") == 5
    good(f"clean in.jsonl {GIVEN} -o out.jsonl")
    reasons = [one["reason"] for one in read("out.rejects.jsonl")]
    assert sum(line.startswith("  leaves, ") for line in said) == len(reasons)


def test_dry_run_of_a_long_text_that_leaves_shows_its_beginning() -> None:
    write("in.jsonl", row(0, "I cannot help with that. " * 20))
    texts = [line for line in shown("clean in.jsonl --quality") if line.startswith("  turn 2")]
    assert [len(text) for text in texts] == [len("  turn 2: [--]") + 120]
    assert texts[0].endswith("…-]")


def test_dry_run_of_privacy_shows_what_would_stand_where() -> None:
    write("in.jsonl", *ROWS[2:4])
    assert shown("privacy in.jsonl") == [
        "in.jsonl:1",
        "  email redacted, turn 2: …and behind it. Write to [-li.na@163.com-]{+[EMAIL_1]+}&nbsp;!",
        "1 of 2 records would change: email redacted 1",
    ]
    assert shown("privacy in.jsonl --kinds phone") == ["0 of 2 records would change"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("-o out.jsonl", "--dry-run writes nothing; leave -o and --to out."),
        ("--json", "--dry-run shows a diff for people; leave --json out."),
    ],
)
def test_dry_run_of_privacy_does_one_thing(options: str, told: str) -> None:
    write("in.jsonl", *ROWS)
    assert refusal(f"privacy in.jsonl --dry-run {options}") == told


def test_report_of_a_run_has_no_text_in_which_something_private_was_found() -> None:
    write("in.jsonl", *ROWS)
    result = run("clean in.jsonl --privacy 'action: drop' -o out.jsonl")
    assert "li.na" not in result.output
    assert json.loads(Path("out.rejects.jsonl").read_text())["reason"] == "private: email"


def test_report_for_programs_has_three_samples_of_each_reason_and_rule() -> None:
    write(
        "in.jsonl",
        *(row(n, "I cannot help with that.") for n in range(4)),
        *(row(n, "Q&amp;A") for n in range(5)),
    )
    good("clean in.jsonl --quality -o out.jsonl --report told.json")
    told = json.loads(Path("told.json").read_text(encoding="utf-8"))
    assert told["records"] == {"in": 9, "train": 5, "rejected": 0, "filtered": 4, "duplicates": 0}
    assert [one["line"] for one in told["samples"]["filtered"]["refusal"]] == [1, 2, 3]
    assert [one["after"] for one in told["samples"]["changed"]["html"]] == ["Q&A"] * 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            "-o out.jsonl --report out.jsonl",
            "out.jsonl: is written by this run already; name another file for the report",
        ),
        (
            "--report in.jsonl",
            "in.jsonl: is an input, and inputs are never changed; write elsewhere",
        ),
        ("--dry-run --report told.json", "--dry-run writes nothing; leave --report out."),
    ],
)
def test_report_that_would_replace_something_is_refused(options: str, told: str) -> None:
    write("in.jsonl", *ROWS)
    assert refusal(f"clean in.jsonl {options}") == told


@pytest.mark.parametrize(
    "words", ["clean in.jsonl --quality 'keep: best 1' --dry-run", "dedupe in.jsonl --near --show"]
)
def test_what_is_only_shown_may_be_in_a_format_that_is_only_read(words: str) -> None:
    rows = [{"question": f"<b>What is {n}?</b>", "answer": f"A number, {n}."} for n in range(3)]
    Path("in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert good(words)
