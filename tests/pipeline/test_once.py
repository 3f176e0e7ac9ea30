"""What a run does once: it builds each step once, opens each input once to detect it and once to
read it, and looks at each clean record once.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import Record, good, write

from dataprep.steps.base import STEPS
from dataprep.steps.clean import rules
from dataprep.steps.privacy import judging
from dataprep.steps.quality import rules as quality_rules

pytestmark = pytest.mark.usefixtures("folder")

ROWS: list[Record] = [
    {"instruction": f"Name {kind}.", "input": "", "output": f"One of {kind} comes to my mind."}
    for kind in ("a fruit", "a river", "a colour", "a planet")
]
RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [clean, privacy, quality, {language: {keep: [en]}}, dedupe, {select: {head: 4}}]
  output: {format: alpaca, split: {val: 1, test: 1}}
"""


def counting(counts: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that also counts its calls."""

    def counted(*values: Any, **options: Any) -> Any:
        counts[name] += 1
        return function(*values, **options)

    return counted


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the steps that are built, by name."""
    counts = Counter[str]()
    for name, step in STEPS.items():
        monkeypatch.setattr(step, "__init__", counting(counts, name, step.__init__))
    return counts


def test_prepare_builds_each_step_once(built: Counter[str]) -> None:
    write("in.jsonl", *ROWS)
    Path("mine.yaml").write_text(RECIPE)
    good("prepare mine.yaml --workers 1")
    certificate = Counter(split=1)  # proved by a plan of its own
    assert built - certificate == Counter(
        ["clean", "privacy", "quality", "language", "dedupe", "select", "split"]
    )


OPENS = """
import sys
from dataprep.cli import cli
def note(event, values):
    if event == "open" and str(values[0]).startswith("raw/"):
        print(values[0], file=sys.stderr)
sys.addaudithook(note)
cli()
"""


def opened(words: str) -> Counter[str]:
    """Run a command, and count how often it opens each file in the folder `raw`."""
    command = [sys.executable, "-c", OPENS, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Counter(done.stderr.split())


def test_prepare_opens_each_input_to_detect_it_and_to_read_it() -> None:
    write("raw/in.jsonl", *ROWS)
    write("raw/twice.jsonl", {"instruction": "Once?", "input": "", "output": "Once more."})
    Path("raw/in.csv").write_text("instruction,output\nWho?,I.\nOnce?,Once more.\n")
    Path("raw/in.jsonl.gz").write_bytes(gzip.compress(b'{"instruction": "How?", "output": "So."}'))
    Path("mine.yaml").write_text(
        "data: {inputs: [raw], steps: [clean, dedupe], output: {format: alpaca, split: {val: 1}}}"
    )
    inputs = ["raw/in.jsonl", "raw/twice.jsonl", "raw/in.csv", "raw/in.jsonl.gz"]
    again = Counter(["raw/twice.jsonl"])  # for the record that repeats one
    assert opened("prepare mine.yaml --workers 1") - again == Counter(inputs * 2)
    assert opened("prepare mine.yaml --workers 1") == Counter(inputs)
    assert opened("recipe check --quick mine.yaml") == Counter(inputs)


@pytest.mark.parametrize(
    ("command", "home", "look"),
    [
        ("clean", rules, "CleanView"),
        ("quality", quality_rules, "View"),
        ("privacy", judging, "is_clean"),
    ],
)
def test_each_clean_record_is_looked_at_once(
    command: str, home: Any, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counter[str]()
    monkeypatch.setattr(home, look, counting(counts, look, vars(home)[look]))
    write("in.jsonl", *ROWS)
    good(f"{command} in.jsonl -o out.jsonl --workers 1")
    assert counts[look] == len(ROWS)
