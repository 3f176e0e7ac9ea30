"""A new step is one module; the README's examples are steps of the package and plugins alike."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import answers, counts, example_of, good, read, write
from paths import ROOT

PAGE = "dataprep/steps/README.md"
NAMES = ("short_answers", "longest")
ROWS = [
    {"instruction": "Count.", "input": "", "output": output}
    for output in ("One, two, three.", "One.", "One, two, three, four.", "One, two.")
]
RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [{short_answers: {least: 5}}, {longest: {most: 2}}]
  output: {format: alpaca}
"""
LEFT = {2: ("answer too short", "4 characters"), 4: ("not among the longest", "15 characters")}


def module(name: str) -> str:
    return example_of(f"dataprep/steps/{name}.py", PAGE)


def left() -> dict[int, tuple[str, str]]:
    """Return the reason, and what was found, of each record that left."""
    rejects = read("data/mine/rejects.jsonl")
    return {one["line"]: (one["reason"], one["found"]) for one in rejects}


def test_step_needs_its_module_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dataprep", "schemas"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for name in NAMES:
        Path(tmp_path, f"dataprep/steps/{name}.py").write_text(module(name), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    write("in.jsonl", *ROWS)
    Path("mine.yaml").write_text(RECIPE)
    subprocess.run([sys.executable, "-m", "dataprep", "prepare", "mine.yaml"], check=True)
    assert left() == LEFT


@pytest.mark.usefixtures("folder")
def test_step_may_be_a_plugin() -> None:
    for name in NAMES:
        Path(f"{name}.py").write_text(module(name), encoding="utf-8")
    write("in.jsonl", *ROWS)
    plugins = "  plugins: [short_answers.py, longest.py]\n"
    Path("mine.yaml").write_text(RECIPE.replace("  steps", f"{plugins}  steps"))
    assert counts(good("prepare mine.yaml"))["filtered"] == 2
    assert answers("data/mine/train.jsonl") == ["One, two, three.", "One, two, three, four."]
    assert left() == LEFT
