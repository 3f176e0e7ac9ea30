"""The rules of quality: how well each tells good from bad, and the laws that they keep."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from dataprep import steps
from dataprep.model import Example, Turn
from dataprep.quality.rules import rules
from dataprep.quality.texts import View

TABLE: dict[str, dict[str, list[dict[str, Any]]]] = yaml.safe_load(
    Path(__file__).with_name("quality.yaml").read_text(encoding="utf-8")
)
PRECISION, RECALL = 0.95, 0.8
DEFAULTS = {name: parameter.default for name, parameter in steps.parameters("quality").items()}
ALL_ON = {**DEFAULTS, "disclaimers": True}
RULES = rules()


class Labelled(NamedTuple):
    """An example, and the rules that it breaks."""

    example: Example
    breaks: frozenset[str]


def made(case: dict[str, Any]) -> Example:
    """Return the example that a case describes."""
    rounds = case.get("rounds") or [[case["ask"], case["say"] * case.get("times", 1)]]
    turns = tuple(turn for ask, say in rounds for turn in (Turn("user", ask), Turn("assistant", say)))
    more = {name: case[name] for name in ("system", "tools", "label") if name in case}
    rejected = Turn("assistant", case["rejected"]) if "rejected" in case else None
    return Example(turns, rejected=rejected, images=tuple(case.get("images", ())), **more)


def labelled() -> Iterator[Labelled]:
    for rule, cases in TABLE.items():
        for case in cases["breaks"]:
            yield Labelled(made(case), frozenset({rule, *case.get("also", ())}))
        for case in cases["keeps"]:
            yield Labelled(made(case), frozenset())


LABELLED = list(labelled())


def broken(example: Example) -> set[str]:
    """Return the rules that an example breaks by their defaults, the one that is off by default too."""
    view = View(example)
    return {name for name, rule in RULES.items() if rule.look(view, ALL_ON[name])}


def test_each_rule_tells_good_from_bad(capsys: pytest.CaptureFixture[str]) -> None:
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for example, breaks in LABELLED:
        found = broken(example)
        hits.update(found & breaks)
        misses.update(breaks - found)
        alarms.update(found - breaks)
    told = {name: (hits[name], hits[name] + alarms[name], hits[name] + misses[name]) for name in TABLE}
    with capsys.disabled():
        sys.stdout.write(f"\n{len(LABELLED)} labelled examples\n")
        for name, (hit, found, wanted) in told.items():
            shares = f"precision {hit / max(found, 1):.2f}  recall {hit / wanted:.2f}"
            sys.stdout.write(f"  {name:<18} {shares}  of {wanted}\n")
    assert all(hit >= PRECISION * found and hit >= RECALL * wanted for hit, found, wanted in told.values())
