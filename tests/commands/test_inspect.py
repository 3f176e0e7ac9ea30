"""What a file is can be seen before anything is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import EMPTY, GOOD, good, refusal, tree, write

pytestmark = pytest.mark.usefixtures("folder")

CHAT = {
    "conversations": [{"from": "human", "value": "1"}, {"from": "gpt", "value": "2"}] * 2,
    "id": 7,
}


@pytest.fixture(autouse=True)
def mixed(folder: Path) -> None:
    """Write a file with two shapes, two faults and a line that is no JSON."""
    write("mixed.jsonl", *GOOD, EMPTY, CHAT, CHAT, {"q": 1})
    with Path("mixed.jsonl").open("a") as file:
        file.write("broken\n")


def looked(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(good(line))
    return found


def test_all_that_a_file_holds_is_counted() -> None:
    look = looked("inspect mixed.jsonl --json")
    assert look["records"] == 8
    assert look["encodings"] == {"utf-8": 8}
    assert look["shapes"] == {"alpaca": 4, "sharegpt": 2, "no known shape": 2}
    assert look["holds"] == {"rounds": 2}
    assert look["faults"] == {
        "empty answer": {"count": 1, "lines": [4]},
        "no known shape": {"count": 1, "lines": [7]},
        "not valid JSON": {"count": 1, "lines": [8]},
    }
    assert look["samples"] == GOOD


def test_fields_are_told_by_kind_fill_and_length() -> None:
    fields = looked("inspect mixed.jsonl --json")["fields"]
    assert fields["output"] == {
        "there": 4,
        "filled": 3,
        "kinds": {"text": 4},
        "characters": (3 * 8 + 0) / 4,
    }
    assert fields["id"] == {"there": 2, "filled": 2, "kinds": {"number": 2}, "characters": None}


def test_head_looks_at_the_first_records_alone() -> None:
    assert looked("inspect mixed.jsonl --json --head 4")["records"] == 4


def test_people_see_the_same_and_nothing_is_written() -> None:
    before = tree()
    lines = good("inspect mixed.jsonl good.jsonl").splitlines()
    assert "mixed.jsonl: 8 records, JSON lines, utf-8" in lines
    assert "  shapes    alpaca 4 · sharegpt 2 · no known shape 2" in lines
    assert "            not valid JSON 1  line 8" in lines
    assert "good.jsonl: 3 records, JSON lines, utf-8" in lines
    assert tree() == before


def test_long_sample_is_cut_for_people_only() -> None:
    write("long.jsonl", {"instruction": "长" * 500, "output": "b"})
    assert max(map(len, good("inspect long.jsonl").splitlines())) < 120
    assert looked("inspect long.jsonl --json")["samples"][0]["instruction"] == "长" * 500


def test_file_that_is_not_there_is_refused() -> None:
    assert refusal("inspect none.jsonl") == "none.jsonl: no such file"
