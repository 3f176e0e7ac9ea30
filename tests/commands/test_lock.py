"""The lock of a recipe: what made the data, and which bytes came of it, held to with --locked."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, RECIPE, good, run, tree, write
from paths import ROOT

from dataprep.commands.lock import LIBRARIES
from dataprep.steps import STEPS, build

LOCK = Path("mine.lock.json")
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def recipe(folder: None) -> None:
    write("good.jsonl", *GOOD, {"broken": 1})
    Path("mine.yaml").write_text(RECIPE, encoding="utf-8")


def locked() -> dict[str, Any]:
    return dict(json.loads(LOCK.read_text(encoding="utf-8")))


def test_lock_names_all_that_went_in_and_came_out() -> None:
    good("prepare mine.yaml")
    found = locked()
    assert found["inputs"].keys() == {"good.jsonl"}
    assert found["inputs"]["good.jsonl"]["bytes"] == Path("good.jsonl").stat().st_size
    assert {name: its["rows"] for name, its in found["outputs"].items()} == {
        "train.jsonl": 3,
        "rejects.jsonl": 1,
    }
    assert {"python", "orjson", "pyarrow"} <= found["libraries"].keys()
    assert run("validate mine.lock.json").exit_code == 0


def test_lock_is_the_same_for_any_number_of_workers() -> None:
    good("prepare mine.yaml")
    first = LOCK.read_bytes()
    good("prepare mine.yaml --force --workers 3")
    assert LOCK.read_bytes() == first


def test_lock_is_written_again_where_it_was_taken_away() -> None:
    good("prepare mine.yaml")
    first = LOCK.read_bytes()
    LOCK.unlink()
    assert "up to date" in good("prepare mine.yaml")
    assert LOCK.read_bytes() == first


def test_lock_of_another_time_is_written_anew_where_the_data_are_up_to_date() -> None:
    good("prepare mine.yaml")
    first = LOCK.read_bytes()
    write("good.jsonl", *GOOD)
    good("prepare mine.yaml")
    second = LOCK.read_bytes()
    LOCK.write_bytes(first)
    assert "up to date" in good("prepare mine.yaml")
    assert LOCK.read_bytes() == second
    good("prepare mine.yaml --locked")


def test_lock_that_differs_in_versions_alone_stays() -> None:
    good("prepare mine.yaml")
    LOCK.write_text(json.dumps(locked() | {"dataprep": "0.0.1"}), encoding="utf-8")
    before = LOCK.read_bytes()
    assert "up to date" in good("prepare mine.yaml")
    good("prepare mine.yaml --force")
    assert LOCK.read_bytes() == before


@pytest.mark.parametrize("inputs", ["'*.json'", "in", "in/*.json"])
def test_lock_is_no_input_of_its_recipe(inputs: str) -> None:
    for place in ("", "in/"):
        write(f"{place}schema.json", *GOOD)
        write(f"{place}of.lock.json", {"dataprep": "0.1.0"})
    Path("blank.json").unlink()
    Path("mine.yaml").write_text(RECIPE.replace("good.jsonl", inputs), encoding="utf-8")
    for option in ("", "--force", "--locked"):
        assert "  in          3" in good(f"prepare mine.yaml {option}") or option == "--locked"
    assert [Path(name).name for name in locked()["inputs"]] == ["schema.json"]


def test_schema_of_an_input_is_locked_too() -> None:
    write("own.schema.json", {"type": "object"})
    text = RECIPE.replace("good.jsonl", "good.jsonl, {path: more.jsonl, schema: own.schema.json}")
    write("more.jsonl", {"instruction": "More?", "input": "", "output": "More."})
    Path("mine.yaml").write_text(text, encoding="utf-8")
    good("prepare mine.yaml")
    assert locked()["inputs"].keys() == {"good.jsonl", "more.jsonl", "own.schema.json"}
    write("own.schema.json", {"type": "object", "title": "Mine"})
    assert "  own.schema.json: is changed" in run("prepare mine.yaml --locked").stderr


def test_files_of_others_beside_the_data_are_not_locked() -> None:
    good("prepare mine.yaml")
    write("data/mine/notes.jsonl", *GOOD)
    LOCK.unlink()
    good("prepare mine.yaml")
    assert "notes.jsonl" not in locked()["outputs"]
    good("prepare mine.yaml --locked")


def test_each_package_that_a_step_names_has_a_version_here() -> None:
    options: dict[str, dict[str, Any]] = {
        "clean": {"zh": "simplified"},
        "decontaminate": {"against": ["good.jsonl"]},
        "language": {"keep": ["zh"]},
        "mix": {"times": {"good": 2}},
        "select": {"languages": ["zh"]},
    }
    named = {package for name in STEPS for package in build(name, options.get(name, {})).packages}
    assert {"opencc", "langdetect", "phonenumbers"} <= named
    assert all(version(package) for package in named.union(LIBRARIES))


def test_packages_are_locked_of_the_steps_that_are_taken() -> None:
    Path("mine.yaml").write_text(
        RECIPE.replace("[clean, dedupe]", "[clean, privacy, dedupe]"), encoding="utf-8"
    )
    good("prepare mine.yaml")
    assert {"phonenumbers", "python-stdnum"} <= locked()["libraries"].keys()
    assert "langdetect" not in locked()["libraries"]


def test_run_that_is_as_it_was_locked_goes_well_and_changes_nothing() -> None:
    good("prepare mine.yaml")
    good("forget mine")
    good("prepare mine.yaml --locked")
    before = tree()
    assert "up to date" in good("prepare mine.yaml --locked")
    assert tree() == before


@pytest.mark.parametrize("there", [True, False])
def test_other_input_is_refused_before_a_byte_is_written(there: bool) -> None:
    good("prepare mine.yaml")
    if not there:
        shutil.rmtree("data")
    write("good.jsonl", *GOOD)
    before = tree()
    result = run("prepare mine.yaml --locked")
    assert result.exit_code == 2
    assert "mine.lock.json: not what was locked goes in, so nothing was done" in result.stderr
    assert "  good.jsonl: is changed" in result.stderr
    assert tree() == before


def test_other_data_half_of_the_recipe_is_refused() -> None:
    good("prepare mine.yaml")
    Path("mine.yaml").write_text(RECIPE.replace("[clean, dedupe]", "[clean]"), encoding="utf-8")
    result = run("prepare mine.yaml --locked")
    assert result.exit_code == 2
    assert "mine.yaml: its data half is changed" in result.stderr


def test_other_output_leaves_the_data_as_they_were() -> None:
    good("prepare mine.yaml")
    lock = locked()
    lock["outputs"]["train.jsonl"]["rows"] += 1
    lock["libraries"]["orjson"] = "1.0"
    LOCK.write_text(json.dumps(lock), encoding="utf-8")
    before = tree()
    result = run("prepare mine.yaml --locked --force")
    assert result.exit_code == 1
    assert "not what was locked comes out, and the data stay" in result.stderr
    assert "  train.jsonl: is changed, 4 rows were locked, 3 rows are there" in result.stderr
    assert "  orjson 1.0 was used" in result.stderr
    assert tree() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "mine.lock.json: no such file; prepare without --locked to write it"),
        ("{", "mine.lock.json: is not JSON"),
        ("{}", "mine.lock.json: lacks 'dataprep'"),
    ],
)
def test_lock_that_is_none_is_refused(text: str | None, words: str) -> None:
    good("prepare mine.yaml")
    LOCK.unlink()
    if text is not None:
        LOCK.write_text(text, encoding="utf-8")
    result = run("prepare mine.yaml --locked")
    assert result.exit_code == 2
    assert words in result.stderr


def test_demo_gives_exactly_what_its_lock_holds() -> None:
    for name in ("data/raw/demo", "recipes"):
        shutil.copytree(ROOT / name, name)
    good("prepare recipes/demo.yaml --locked")
