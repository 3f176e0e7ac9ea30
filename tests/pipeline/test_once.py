"""What a run does once: it builds each step once, and looks at each clean record once."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("command", "home", "look"),
    [
        ("clean", rules, "View"),
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
