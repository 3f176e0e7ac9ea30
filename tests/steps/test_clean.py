"""The rules of the step `clean`: what each changes, what it leaves alone, and how the commands show
it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from commandline import answers, edit, good, refusal, write
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from paths import SHARED, yaml_table
from strategies import cleaned

from dataprep import steps
from dataprep.cli import cli
from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Turn

DATA = SHARED
real_data = pytest.mark.skipif(not DATA.exists(), reason="needs the real data beside the project")


def _json(name: str) -> list[Any]:
    return list(json.loads((DATA / name).read_text(encoding="utf-8"))) if DATA.exists() else []


CASES: dict[str, Any] = yaml_table("steps/cleaning.yaml")
OFF = {"html": False, "full_width": False, "control": False, "space": False}


def example(answer: str, prompt: str = "?") -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)))


def of(rule: str, part: str) -> list[Any]:
    return [
        (CASES[rule]["options"], *(case if isinstance(case, list) else [case]))
        for case in CASES[rule][part]
    ]


CHANGES = [
    pytest.param(*case, id=f"{rule}: {case[1]}") for rule in CASES for case in of(rule, "changes")
]
STAYS = [
    pytest.param(*case, id=f"{rule}: {case[1]}") for rule in CASES for case in of(rule, "stays")
]


@pytest.mark.parametrize(("options", "before", "after"), CHANGES)
def test_rule_alone_changes_this_and_no_more(
    options: dict[str, Any], before: str, after: str
) -> None:
    assert cleaned(example(before), **OFF | options) == example(after)


@pytest.mark.parametrize(("options", "text"), STAYS)
def test_rule_leaves_this_alone(options: dict[str, Any], text: Any) -> None:
    made = example(text["answer"], text["about"]) if isinstance(text, dict) else example(text)
    assert cleaned(made, **OFF | options) is made


def test_every_rule_has_cases() -> None:
    options = {"mojibake": True, "openings": True, "citations": True, "boilerplate": ["x"]}
    names = {
        rule.name
        for zh in ("simplified", "traditional")
        for rule in steps.build("clean", {**options, "zh": zh}).cleaner.rules
    }
    assert names | {"nfkc"} == CASES.keys()


PIECES = st.sampled_from(
    [text for rule in CASES.values() for case in rule["changes"] for text in case]
    + [case for rule in CASES.values() for case in rule["stays"] if isinstance(case, str)]
    + [
        "```\n",
        "`",
        "\n",
        " ",
        "&",
        "amp;",
        "<",
        "br>",
        "Ａ",
        "\u0301",
        "\u200b",
        "As an AI, ",
        "[1]",
        "头發",
        "著",
    ]
)
OPTIONS = st.fixed_dictionaries(
    {
        **dict.fromkeys((*OFF, "mojibake", "openings", "citations"), st.booleans()),
        "unicode": st.sampled_from(["nfc", "nfkc"]),
        "zh": st.sampled_from(["keep", "simplified", "traditional"]),
        "boilerplate": st.sampled_from([[], ["Subscribe to *", "/^广告.*$/"]]),
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4).map("".join), OPTIONS)
def test_what_was_cleaned_with_any_options_stays(text: str, options: dict[str, Any]) -> None:
    assume(text.strip())
    once = cleaned(example(text), **options)
    assert isinstance(once, Drop) or cleaned(once, **options) is once


# --------------------------------------------------------------------------------------- real texts


@real_data
@pytest.mark.parametrize(
    "case", _json("ftfy_apache2/test-cases/negative.json"), ids=lambda case: str(case["label"])
)
def test_what_only_looks_broken_stays(case: dict[str, Any]) -> None:
    assert cleaned(example(case["original"]), **OFF, mojibake=True) == example(
        case.get("fixed-encoding", case["fixed"])
    )


@real_data
def test_most_of_what_was_found_broken_is_mended() -> None:
    cases = [
        case
        for name in ("in-the-wild", "synthetic")
        for case in _json(f"ftfy_apache2/test-cases/{name}.json")
    ]
    right = [
        cleaned(example(case["original"]), **OFF, mojibake=True)
        == example(case.get("fixed-encoding", case["fixed"]))
        for case in cases
    ]
    assert sum(right) >= 0.9 * len(right)


@real_data
def test_naughty_strings_keep_what_can_be_seen() -> None:
    for text in _json("blns_mit/blns.json"):
        if text.strip() and not re.search(
            r"[<&\x1b\x80-\x9f\uff10-\uff5a]", text
        ):  # tags, entities, terminal codes, width
            made = cleaned(example(text))
            said = made.answer if isinstance(made, Example) else ""
            assert _seen(said) == _seen(text)


def _seen(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())


# ------------------------------------------------------------------ sentences in Chinese, both ways

ZH: dict[str, Any] = yaml_table("steps/zh.yaml")


@pytest.mark.parametrize(("simplified", "traditional"), ZH["both_ways"])
def test_sentence_is_converted_by_its_words(simplified: str, traditional: str) -> None:
    assert cleaned(example(simplified), zh="traditional") == example(traditional)
    assert cleaned(example(traditional), zh="simplified") == example(simplified)


@pytest.mark.parametrize(("simplified", "traditional"), ZH["both_ways"])
def test_sentence_in_the_wanted_characters_stays(simplified: str, traditional: str) -> None:
    for text, way in ((simplified, "simplified"), (traditional, "traditional")):
        made = example(text)
        assert cleaned(made, zh=way) is made


# -------------------------------------------------------------------------------------- boilerplate

ADVERT = "First.\n\n扫码关注公众号：abc\n\nSecond.\n```\n扫码关注我\n```\nSee AD-17 and AD-18."


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        (["扫码关注*"], "First.\n\nSecond.\n```\n扫码关注我\n```\nSee AD-17 and AD-18."),
        (["扫码关注"], ADVERT),
        (
            ["  first. "],
            "扫码关注公众号：abc\n\nSecond.\n```\n扫码关注我\n```\nSee AD-17 and AD-18.",
        ),
        ([r"/ and AD-\d+/"], ADVERT.replace(" and AD-18", "")),
        ([r"/^扫码.*\n\n/", "*AD-17*"], "First.\n\nSecond.\n```\n扫码关注我\n```"),
    ],
)
def test_lines_and_patterns_of_a_user_go_but_not_out_of_code(lines: list[str], after: str) -> None:
    assert cleaned(example(ADVERT), boilerplate=lines) == example(after)


def test_lines_of_boilerplate_come_from_a_file(folder: Path) -> None:
    Path("ads.txt").write_text("扫码关注*\n\n/ and AD-\\d+/\n", encoding="utf-8")
    write("raw.jsonl", {"instruction": "Hi", "output": ADVERT})
    good("clean raw.jsonl -o out.jsonl --boilerplate ads.txt")
    assert answers("out.jsonl") == ["First.\n\nSecond.\n```\n扫码关注我\n```\nSee AD-17."]


def test_answer_that_is_boilerplate_alone_leaves() -> None:
    assert cleaned(example("扫码关注我"), boilerplate=["扫码*"]) == Drop("empty answer")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("*", "boilerplate: '*' would take out every line; say what stands in it"),
        (
            "/(/",
            "boilerplate: '/(/' is no regular expression: missing ), unterminated subpattern at "
            "position 0",
        ),
        ("no.txt", "no.txt: cannot be read as a list of lines in UTF-8: "),
    ],
)
def test_boilerplate_that_cannot_be_meant_is_refused(entry: str, told: str) -> None:
    with pytest.raises(DataprepError) as caught:
        steps.build("clean", {"boilerplate": [entry]})
    assert str(caught.value).startswith(told)


# --------------------------------------------------------------------------- what the commands show


def write_answers(path: Path, *answers: str) -> Path:
    rows = [
        {"instruction": f"Question {number}?", "output": answer}
        for number, answer in enumerate(answers)
    ]
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def test_dry_run_shows_a_diff_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_answers(tmp_path / "in.jsonl", "fine", "a&amp;b  ", "第１章", "\u200b")
    result = CliRunner().invoke(cli, ["clean", "in.jsonl", "--dry-run"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "in.jsonl:2",
        "  html, turn 2: a&[-amp;-]b  ",
        "  space, turn 2: a&b[-  -]",
        "in.jsonl:3",
        "  full-width, turn 2: 第[-１-]{+1+}章",
        "in.jsonl:4",
        "  leaves, empty answer",
        "  turn 1: [-Question 3?-]",
        "  turn 2: [-<U+200B>-]",
        "3 of 4 records would change: html 1 · space 1 · full-width 1 · empty answer 1",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_report_has_the_first_three_samples_of_each_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_answers(
        tmp_path / "in.jsonl", *(f"row {number} &amp; more" for number in range(5)), "<br>"
    )
    (tmp_path / "r.yaml").write_text(
        "data: {inputs: [in.jsonl], steps: [clean], output: {format: alpaca}}\n"
    )
    assert CliRunner().invoke(cli, ["prepare", "r.yaml"]).exit_code == 0
    samples = json.loads((tmp_path / "data/r/report.json").read_text(encoding="utf-8"))["samples"]
    assert [sample["line"] for sample in samples["changed"]["html"]] == [1, 2, 3]
    assert samples["changed"]["html"][0]["before"] == "row 0 &amp; more"
    assert samples["changed"]["html"][0]["after"] == "row 0 & more"


DIRTY = [{"instruction": f"Q{number}?", "output": f"a\u200b{number}<br>Ａ"} for number in range(5)]


def test_dry_run_ends_after_so_many_records(folder: Path) -> None:
    write("dirty.jsonl", *DIRTY)
    said = good("clean dirty.jsonl --dry-run --head 2 --no-html --no-full-width")
    assert [line for line in said.splitlines() if line.startswith("dirty")] == [
        "dirty.jsonl:1",
        "dirty.jsonl:2",
    ]
    assert said.endswith("the first 2: 2 of 2 records would change: control characters 2\n")


def test_dry_run_of_clean_records_says_so_and_counts_what_is_no_example(folder: Path) -> None:
    write(
        "fine.jsonl", {"instruction": "Hi", "output": "fine"}, {"instruction": "Hi", "output": ""}
    )
    told = "0 of 2 records would change; 1 are no examples, dataprep validate says why\n"
    assert good("clean fine.jsonl --dry-run") == told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--dry-run -o out.jsonl", "--dry-run writes nothing; leave -o and --to out."),
        ("--dry-run --to sharegpt", "--dry-run writes nothing; leave -o and --to out."),
        ("-o out.jsonl --head 3", "--head is about what --dry-run shows; add --dry-run."),
    ],
)
def test_options_that_say_two_things_are_refused(folder: Path, options: str, told: str) -> None:
    assert refusal(f"clean good.jsonl {options}") == told


def test_without_opencc_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataprep.steps.clean.chinese import _converter

    _converter.cache_clear()
    monkeypatch.setitem(sys.modules, "opencc", None)
    told = "this needs the package 'opencc'; install it by: pip install 'dataprep[zh]'"
    assert refusal("clean good.jsonl -o out.jsonl --zh simplified") == told


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("data/mine/report.json").read_text(encoding="utf-8"))
    return found


def test_samples_are_the_same_for_any_number_of_workers(folder: Path) -> None:
    for number in range(6):
        write(
            f"in/{number}.jsonl",
            *(one | {"instruction": f"{number} {one['instruction']}"} for one in DIRTY),
        )
    edit("mine.yaml", "[good.jsonl]", '["in/*.jsonl"]')
    good("prepare mine.yaml --workers 1")
    alone = report()
    good("prepare mine.yaml --workers 3 --force")
    assert report() == alone
    assert {one["path"] for one in alone["samples"]["changed"]["html"]} == {"in/0.jsonl"}


def test_long_texts_are_cut_to_what_differs(folder: Path) -> None:
    write("good.jsonl", {"instruction": "Hi", "output": f"{'x ' * 500}<br>{'y ' * 500}end"})
    good("prepare mine.yaml")
    (one,) = report()["samples"]["changed"]["html"]
    assert len(one["before"]) <= 120 >= len(one["after"])
    assert "<br>" in one["before"]
    assert "<br>" not in one["after"]


def test_report_never_repeats_personal_data(folder: Path) -> None:
    write("good.jsonl", {"instruction": "Hi", "output": "Write to<br>li.na@163.com, please."})
    edit("mine.yaml", "[clean, dedupe]", "[clean, privacy, dedupe]")
    good("prepare mine.yaml")
    assert report()["changed"] == {"html": 1, "email redacted": 1}
    assert "li.na" not in Path("data/mine/report.json").read_text(encoding="utf-8")
