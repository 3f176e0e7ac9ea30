"""The commands on recipes and on the registry: what they write, keep and take away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from commandline import (
    EMPTY,
    GOOD,
    MANY,
    NONE_LEFT,
    RECIPE,
    counts,
    edit,
    good,
    read,
    refusal,
    registry,
    tree,
    write,
)

pytestmark = pytest.mark.usefixtures("folder")

# ------------------------------------------------------------------------------------------ prepare


def test_prepare_does_its_work_once_and_by_force_again() -> None:
    assert counts(good("prepare mine.yaml")) == {"in": 3, "train": 3, **NONE_LEFT}
    before = tree()
    assert good("prepare mine.yaml") == "data/mine: up to date\n"
    assert counts(good("prepare mine.yaml --force")) == {"in": 3, "train": 3, **NONE_LEFT}
    assert tree() == before


CHANGES: dict[str, Callable[[], object]] = {
    "a raw file": lambda: write("good.jsonl", *GOOD, GOOD[0]),
    "the recipe": lambda: edit("mine.yaml", "alpaca", "sharegpt"),
    "a prepared file": lambda: edit("data/mine/train.jsonl", "It is 1.", "It is one."),
    "a missing file": lambda: Path("data/mine/rejects.jsonl").unlink(),
    "a missing entry": lambda: Path("data/dataset_info.json").write_text("{}"),
    "an entry of the same name": lambda: edit(
        "data/dataset_info.json", "mine/train.jsonl", "other.jsonl"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_prepare_works_again_after_a_change(change: str) -> None:
    good("prepare mine.yaml")
    CHANGES[change]()
    assert "  in " in good("prepare mine.yaml")
    assert registry()["mine"]["file_name"] == "mine/train.jsonl"
    assert len(read("data/mine/train.jsonl")) == 3
    assert "It is one." not in Path("data/mine/train.jsonl").read_text()
    assert good("prepare mine.yaml") == "data/mine: up to date\n"


def test_prepare_takes_away_a_split_that_the_recipe_no_longer_has() -> None:
    write("good.jsonl", *MANY)
    Path("mine.yaml").write_text(RECIPE.replace("alpaca", "alpaca, split: {val: 0.2, test: 0.2}"))
    good("prepare mine.yaml")
    assert registry().keys() == {"mine", "mine_val", "mine_test"}
    Path("mine.yaml").write_text(RECIPE)
    good("prepare mine.yaml")
    assert registry().keys() == {"mine"}
    assert {path.name for path in Path("data/mine").glob("[!.]*")} == {
        *("train.jsonl", "rejects.jsonl", "report.json", "lineage.parquet")
    }


FAILURES: dict[str, tuple[int, Callable[[], object]]] = {
    "no record is left": (1, lambda: write("good.jsonl", EMPTY)),
    "a split is empty": (1, lambda: edit("mine.yaml", "alpaca", "alpaca, split: {val: 0.00001}")),
    "a raw file breaks off": (
        1,
        lambda: Path("good.jsonl").write_text('[{"instruction": "Hi", "output": "Hello"},'),
    ),
    "a raw file is gone": (2, lambda: Path("good.jsonl").unlink()),
    "an input stands twice": (
        2,
        lambda: edit("mine.yaml", "[good.jsonl]", "[good.jsonl, 'goo*.jsonl']"),
    ),
    "the registry cannot be read": (2, lambda: Path("data/dataset_info.json").write_text("{")),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("option", ["", "--force"])
def test_run_that_fails_leaves_the_last_one_as_it_was(failure: str, option: str) -> None:
    write("good.jsonl", *GOOD, GOOD[0])
    good("prepare mine.yaml")
    write("good.jsonl", *GOOD)
    status, spoil = FAILURES[failure]
    spoil()
    refusal(f"prepare mine.yaml {option}", status)


def test_prepared_data_is_never_its_own_input() -> None:
    good("prepare mine.yaml")
    edit("mine.yaml", "good.jsonl", "data/mine/train.jsonl")
    assert "inputs are never changed" in refusal("prepare mine.yaml")


@pytest.mark.parametrize("form", ["alpaca", "sharegpt"])
def test_data_that_would_be_taken_for_dates_is_refused(form: str) -> None:
    dates = [
        {"instruction": f"2024-01-{day:02}", "input": "", "output": f"2024-02-{day:02}"}
        for day in range(1, 20)
    ]
    edit("mine.yaml", "format: alpaca", f"format: {form}")
    write("good.jsonl", *dates, {"instruction": "When?", "input": "", "output": "Now."})
    good("prepare mine.yaml")
    write("good.jsonl", *dates)
    assert "is a date, which LLaMA-Factory's loader takes for a point in time" in refusal(
        "prepare mine.yaml", 1
    )


def test_folder_with_files_of_others_is_refused() -> None:
    write("data/mine/train.jsonl", *MANY)
    Path("data/.mine.lock").touch()
    assert refusal("prepare mine.yaml").startswith(
        "data/mine: holds files that were not prepared here; move them, or"
    )


def test_what_a_killed_run_left_is_gone_after_the_next() -> None:
    write("data/.mine.tmp/train.jsonl", *GOOD)
    good("prepare mine.yaml")
    assert not Path("data/.mine.tmp").exists()


# ------------------------------------------------------------------------------------------- config


def test_config_prints_yaml_or_writes_the_same_to_a_file() -> None:
    printed = good("config mine.yaml train")
    assert yaml.safe_load(printed)["dataset"] == "mine"
    assert good("config mine.yaml train -o saves/train.yaml") == ""
    assert Path("saves/train.yaml").read_text() == printed


def test_config_leaves_a_file_as_it_is_until_the_recipe_changes() -> None:
    out = Path("train.yaml")
    good("config mine.yaml train -o train.yaml")
    os.utime(out, (1, 1))
    good("config mine.yaml train -o train.yaml")
    assert out.stat().st_mtime == 1
    Path("mine.yaml").write_text(RECIPE.replace("qwen", "llama3"))
    good("config mine.yaml train -o train.yaml")
    assert out.stat().st_mtime > 1
    assert yaml.safe_load(out.read_text())["template"] == "llama3"


# ------------------------------------------------------------------------------------------- forget


def test_forget_removes_the_folder_and_the_entries_and_nothing_else() -> None:
    write("data/faq.jsonl", *GOOD)
    good("register data/faq.jsonl")
    write("good.jsonl", *MANY)
    edit("mine.yaml", "alpaca", "alpaca, split: {val: 0.2, test: 0.2}")
    before = tree()
    good("prepare mine.yaml")
    assert good("forget mine") == "data/mine: removed\n"
    assert [
        path for path in tree().keys() ^ before.keys() if not path.endswith((".lock", ".lock.json"))
    ] == []
    assert before.items() <= tree().items()


def test_all_that_was_prepared_is_forgotten() -> None:
    shutil.copy("mine.yaml", "yours.yaml")
    write("data/raw/faq.jsonl", *GOOD)
    good("prepare mine.yaml")
    good("prepare yours.yaml")
    assert good("forget --all") == "data/mine: removed\ndata/yours: removed\n"
    assert Path("data/raw/faq.jsonl").exists()
    assert registry() == {}
    assert good("forget --all") == ""


@pytest.mark.parametrize("names", ["raw", "yours", "mine raw", "mine ../mine"])
def test_nothing_is_forgotten_where_one_name_is_not_of_prepared_data(names: str) -> None:
    write("data/raw/faq.jsonl", *GOOD)
    write("data/yours/train.jsonl", *GOOD)
    good("prepare mine.yaml")
    assert refusal(f"forget {names}").endswith(
        "was not prepared here, so it stays; prepared are: mine"
    )


# ----------------------------------------------------------------------------------------- register


def test_register_adds_an_entry_in_ascii_and_keeps_the_others_as_they_are() -> None:
    write("data/a/train.jsonl", *GOOD)
    others = {"z": {"hf_hub_url": "x/y", "note": "甲"}, "a": {"file_name": "a.json"}}
    Path("data/dataset_info.json").write_text(
        json.dumps(others, ensure_ascii=False), encoding="utf-8"
    )
    assert good("register data/a/train.jsonl --name 中文") == (
        "data/dataset_info.json: '中文' is a/train.jsonl, alpaca\n"
    )
    assert list(registry()) == ["z", "a", "中文"]
    assert registry()["中文"]["file_name"] == "a/train.jsonl"
    assert {name: registry()[name] for name in others} == others


def test_registering_again_changes_nothing() -> None:
    write("data/faq.jsonl", *GOOD)
    good("register data/faq.jsonl")
    os.utime("data/dataset_info.json", (1, 1))
    assert good("register data/faq.jsonl").endswith("(as before)\n")
    assert Path("data/dataset_info.json").stat().st_mtime == 1
    assert list(registry()) == ["faq"]


def test_entry_names_only_columns_that_the_file_has() -> None:
    write("data/faq.jsonl", {"instruction": "Hi", "output": "Hello"})
    write(
        "data/chat.jsonl",
        {"conversations": [{"from": "human", "value": "1"}, {"from": "gpt", "value": "2"}]},
    )
    for name in ("faq", "chat"):
        good(f"register data/{name}.jsonl")
        assert set(registry()[name]["columns"].values()) <= read(f"data/{name}.jsonl")[0].keys()


UNREGISTRABLE = {
    "register data/missing.jsonl": (
        "Invalid value for 'FILE': File 'data/missing.jsonl' does not exist"
    ),
    "register data": "Invalid value for 'FILE': File 'data' is a directory",
    "register good.jsonl": (
        "good.jsonl: lies outside of data, where LLaMA-Factory looks; move it there, or give --data"
    ),
    "register data/faq.jsonl --data other": "data/faq.jsonl: lies outside of other",
    "register data/faq.jsonl.gz": (
        "data/faq.jsonl.gz: LLaMA-Factory would not load it well; `dataprep convert` it"
    ),
    "register data/faq.csv": "data/faq.csv: LLaMA-Factory would not load it well",
    "register data/empty.jsonl": "data/empty.jsonl: is empty",
    "register data/faq.jsonl --name a,b": (
        "the data set's name is 'a,b', expected one without commas"
    ),
    "register data/faq.jsonl --name ' a'": (
        "the data set's name is ' a', expected one without commas"
    ),
    "register data/faq.jsonl --name ''": "the data set's name is '', expected one without commas",
    "register data/faq.jsonl --format shargpt": "Invalid value for '--format': no format 'shargpt'",
    "register data/faq.jsonl --nam a": "No such option",
    "register data/faq.jsonl --format belle-multiturn": (
        "LLaMA-Factory cannot train on 'belle-multiturn'"
    ),
    "register 'data/faq[1].jsonl'": (
        "faq[1].jsonl: LLaMA-Factory takes the file name for a pattern; rename it"
    ),
}


@pytest.mark.parametrize("line", UNREGISTRABLE)
def test_file_that_llamafactory_would_not_load_is_refused(line: str) -> None:
    for name in ("faq.jsonl", "faq.jsonl.gz", "faq.csv", "faq[1].jsonl"):
        write(f"data/{name}", *GOOD)
    write("data/empty.jsonl")
    assert refusal(line).startswith(UNREGISTRABLE[line])


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_registry_that_cannot_be_read_is_left_alone(text: str) -> None:
    write("data/faq.jsonl", *GOOD)
    Path("data/dataset_info.json").write_text(text)
    Path("data/.dataset_info.json.lock").touch()
    assert refusal("register data/faq.jsonl").startswith("data/dataset_info.json: ")


def test_registrations_at_the_same_time_all_land() -> None:
    names = [f"faq{number}" for number in range(8)]
    for name in names:
        write(f"data/{name}.jsonl", *GOOD)
    program = [sys.executable, "-m", "dataprep", "register"]
    running = [
        subprocess.Popen([*program, f"data/{name}.jsonl"], stdout=subprocess.DEVNULL)
        for name in names
    ]
    assert [process.wait() for process in running] == [0] * len(names)
    assert sorted(registry()) == names


# ----------------------------------------------------------------------- texts to calibrate GPTQ by

QUANTIZE = "quantize: {export_quantization_bit: 4, "


def calibrated(*keys: str) -> list[str]:
    """Prepare a recipe that quantizes by GPTQ, and return its rows to calibrate by."""
    Path("mine.yaml").write_text(f"{RECIPE}\n{QUANTIZE}{', '.join(keys)}}}\n")
    good("prepare mine.yaml")
    return [row["text"] for row in read("data/mine/calibration.jsonl")]


def test_texts_to_calibrate_by_are_long_enough_and_of_the_training_split() -> None:
    write(
        "good.jsonl",
        *({"instruction": f"What is {n}?", "output": f"It is {n}. " * 5} for n in range(40)),
    )
    rows = calibrated("export_quantization_maxlen: 20", "export_quantization_nsamples: 3")
    assert len(rows) == 3
    assert all(len(row) >= 8 * 20 for row in rows)
    assert rows[0].startswith("What is 0?\nIt is 0.")
    before = tree()
    assert good("prepare mine.yaml") == "data/mine: up to date\n"
    assert len(calibrated("export_quantization_maxlen: 20", "export_quantization_nsamples: 2")) == 2
    Path("mine.yaml").write_text(RECIPE)
    good("prepare mine.yaml")
    assert before.keys() - tree().keys() == {"data/mine/calibration.jsonl"}


def test_too_few_texts_to_calibrate_by_are_told_before_anything_is_written() -> None:
    good("prepare mine.yaml")
    Path("mine.yaml").write_text(f"{RECIPE}\n{QUANTIZE}export_quantization_maxlen: 500}}\n")
    assert "lower export_quantization_maxlen under quantize" in refusal("prepare mine.yaml", 1)
