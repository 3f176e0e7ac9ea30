"""Each record's story can be told, from its place in the raw files and from its place in the
prepared ones.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from commandline import good, refusal, write

from dataprep.pipeline.report import lineage
from dataprep.sources.outputs import LINEAGE

pytestmark = pytest.mark.usefixtures("folder")

RECORDS = [
    {"instruction": "Who?", "input": "", "output": "Me<br>"},
    {"instruction": "Who?", "input": "", "output": ""},
    {"instruction": "Who?", "input": "", "output": "Me"},
    {"instruction": "Ｗhat?", "input": "", "output": "This."},
]


@pytest.fixture(autouse=True)
def prepared(folder: Path) -> None:
    """Prepare four records: a cleaned one, an empty one, a copy of the first, and a cleaned one."""
    write("data/raw/four.jsonl", *RECORDS)
    Path("mine.yaml").write_text(
        Path("mine.yaml").read_text().replace("good.jsonl", "data/raw/four.jsonl")
    )
    good("prepare mine.yaml")


def test_record_that_was_kept_tells_what_it_was_and_is() -> None:
    told = good("why data/mine 2")
    assert (
        told
        == good("why data/mine/train.jsonl:2")
        == good("why data/raw/four.jsonl:4")
        == good("why four.jsonl:4")
    )
    assert told.splitlines() == [
        "data/raw/four.jsonl:4 in data/mine",
        "  read as     alpaca",
        "  changed by  full-width",
        "  went to     data/mine/train.jsonl:2",
        '  was         {"instruction": "Ｗhat?", "input": "", "output": "This."}',
        '  is          {"instruction": "What?", "input": "", "output": "This.", "system": ""}',
    ]


def test_record_that_left_tells_why() -> None:
    assert "  left as     rejected: empty answer\n" in good("why four.jsonl:2")
    told = good("why four.jsonl:3")
    assert "  left as     duplicate: same prompt and answer as data/raw/four.jsonl:1\n" in told
    assert told == good("why data/mine/rejects.jsonl:2")
    assert '"output": "Me"}' in told


def test_record_that_spans_lines_is_found_by_each_of_them() -> None:
    Path("data/raw/tall.csv").write_text('instruction,output\n"one\ntwo",three\nfour,five\n')
    Path("mine.yaml").write_text(Path("mine.yaml").read_text().replace("four.jsonl", "tall.csv"))
    good("prepare mine.yaml")
    assert good("why tall.csv:2") == good("why tall.csv:3") != good("why tall.csv:4")


def test_input_that_changed_since_shows_what_was_written_alone() -> None:
    Path("data/raw/four.jsonl").write_text("{}\n" * 4)
    told = good("why data/mine 2")
    assert "  was " not in told
    assert "  is " in told


def test_lineage_has_a_row_for_each_record_and_adds_up() -> None:
    stories = lineage.find(Path("data/mine") / LINEAGE, path="data/raw/four.jsonl")
    assert [story.line for story in stories] == [1, 2, 3, 4]
    assert Counter(story.fate for story in stories) == {"train": 2, "rejected": 1, "duplicate": 1}
    assert len({story.digest for story in stories}) == 4
    assert [story.byte for story in stories] == [0, 57, 108, 161]


REFUSED = {
    "why four.jsonl": "four.jsonl: expected a file and a line, e.g. four.jsonl:17",
    "why other.jsonl:1": (
        "other.jsonl:1: no record is known by this place among the inputs of data/mine"
    ),
    "why data/mine 9": "data/mine/train.jsonl:9: no such line in the lineage of data/mine",
    "why data/mine/rejects.jsonl:9": "data/mine/rejects.jsonl: has no line 9",
}


@pytest.mark.parametrize("line", REFUSED)
def test_place_that_no_record_has_is_refused(line: str) -> None:
    assert refusal(line).startswith(REFUSED[line])
