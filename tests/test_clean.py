"""The rules of the step `clean`: what each changes, what it leaves alone, and how the commands show it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import cleaned

from dataprep import steps
from dataprep.cli import cli
from dataprep.model import Drop, Example, Turn

DATA = Path(__file__).parents[2] / "shared" / "data"
real_data = pytest.mark.skipif(not DATA.exists(), reason="needs the real data beside the project")


def _json(name: str) -> list[Any]:
    return list(json.loads((DATA / name).read_text(encoding="utf-8"))) if DATA.exists() else []


CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("cleaning.yaml").read_text(encoding="utf-8"))
OFF = {"html": False, "full_width": False, "control": False, "space": False}


def example(answer: str, prompt: str = "?") -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)))


def of(rule: str, part: str) -> list[Any]:
    return [(CASES[rule]["options"], *(case if isinstance(case, list) else [case])) for case in CASES[rule][part]]


CHANGES = [pytest.param(*case, id=f"{rule}: {case[1]}") for rule in CASES for case in of(rule, "changes")]
STAYS = [pytest.param(*case, id=f"{rule}: {case[1]}") for rule in CASES for case in of(rule, "stays")]


@pytest.mark.parametrize(("options", "before", "after"), CHANGES)
def test_rule_alone_changes_this_and_no_more(options: dict[str, Any], before: str, after: str) -> None:
    assert cleaned(example(before), **OFF | options) == example(after)


@pytest.mark.parametrize(("options", "text"), STAYS)
def test_rule_leaves_this_alone(options: dict[str, Any], text: Any) -> None:
    made = example(text["answer"], text["about"]) if isinstance(text, dict) else example(text)
    assert cleaned(made, **OFF | options) is made


def test_every_rule_has_cases() -> None:
    options = {"mojibake": True, "openings": True, "citations": True, "boilerplate": ["x"]}
    names = {name for zh in ("simplified", "traditional") for name in steps.build("clean", {**options, "zh": zh})}
    assert names | {"nfkc"} == CASES.keys()


PIECES = st.sampled_from(
    [text for rule in CASES.values() for case in rule["changes"] for text in case]
    + [case for rule in CASES.values() for case in rule["stays"] if isinstance(case, str)]
    + ["```\n", "`", "\n", " ", "&", "amp;", "<", "br>", "Ａ", "\u0301", "\u200b", "As an AI, ", "[1]", "头發", "著"]
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


# ---------------------------------------------------------------------------------------------------------- real texts


@real_data
@pytest.mark.parametrize("case", _json("ftfy_apache2/test-cases/negative.json"), ids=lambda case: str(case["label"]))
def test_what_only_looks_broken_stays(case: dict[str, Any]) -> None:
    assert cleaned(example(case["original"]), **OFF, mojibake=True) == example(
        case.get("fixed-encoding", case["fixed"])
    )


@real_data
def test_most_of_what_was_found_broken_is_mended() -> None:
    cases = [case for name in ("in-the-wild", "synthetic") for case in _json(f"ftfy_apache2/test-cases/{name}.json")]
    right = [
        cleaned(example(case["original"]), **OFF, mojibake=True) == example(case.get("fixed-encoding", case["fixed"]))
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


# ----------------------------------------------------------------------------------------------- what the commands show


def write(path: Path, *answers: str) -> Path:
    rows = [{"instruction": f"Question {number}?", "output": answer} for number, answer in enumerate(answers)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_dry_run_shows_a_diff_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", "fine", "a&amp;b  ", "第１章", "\u200b")
    result = CliRunner().invoke(cli, ["clean", "in.jsonl", "--dry-run"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "in.jsonl:2",
        "  html, turn 2: a&[-amp;-]b  ",
        "  space, turn 2: a&b[-  -]",
        "in.jsonl:3",
        "  full-width, turn 2: 第[-１-]{+1+}章",
        "in.jsonl:4",
        "  control characters: leaves, empty answer",
        "3 of 4 records would change: html 1 · space 1 · full-width 1 · empty answer 1",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_report_has_the_first_three_samples_of_each_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", *(f"row {number} &amp; more" for number in range(5)), "<br>")
    (tmp_path / "r.yaml").write_text("data: {inputs: [in.jsonl], steps: [clean], output: {format: alpaca}}\n")
    assert CliRunner().invoke(cli, ["prepare", "r.yaml"]).exit_code == 0
    samples = json.loads((tmp_path / "data/r/report.json").read_text(encoding="utf-8"))["samples"]
    assert [sample["line"] for sample in samples["changed"]["html"]] == [1, 2, 3]
    assert samples["changed"]["html"][0]["before"] == "row 0 &amp; more"
    assert samples["changed"]["html"][0]["after"] == "row 0 & more"
