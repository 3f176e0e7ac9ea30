"""Records are taken out of what wraps them, and told one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dataprep.formats.reading.records import records
from dataprep.model import Record
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source

ASK, ANSWER = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}
TALK = [ASK, ANSWER]
REJECT = dict.fromkeys(("path", "fate", "reason", "pointer", "found", "expected", "repair"), "") | {
    "line": 1,
    "byte": 0,
}


def told(path: Path, text: str) -> list[tuple[Any, str]]:
    path.write_text(text, encoding="utf-8")
    return [
        (raw.error.reason if raw.error else raw.value, name)
        for raw, name in records(Piece(Source(str(path))))
    ]


@pytest.mark.parametrize(
    "line", [TALK, {**REJECT, "record": TALK}, {**REJECT, "record": json.dumps(TALK)}]
)
def test_list_of_messages_is_a_record(line: Any, tmp_path: Path) -> None:
    assert told(tmp_path / "a.jsonl", json.dumps(line) + "\n") == [({"messages": TALK}, "messages")]


def test_file_that_is_one_conversation_is_one_record(tmp_path: Path) -> None:
    assert told(tmp_path / "a.json", json.dumps(TALK * 3, indent=1)) == [
        ({"messages": TALK * 3}, "messages")
    ]


@pytest.mark.parametrize("last", [{"id": 1}, 7])
def test_file_that_only_begins_as_a_conversation_loses_no_record(last: Any, tmp_path: Path) -> None:
    found = told(tmp_path / "a.json", json.dumps([*TALK, last, ASK]))
    reason = "no known shape" if isinstance(last, dict) else "no object"
    assert [error for error, _ in found] == [
        "no known shape",
        "no known shape",
        reason,
        "no known shape",
    ]


def test_messages_one_a_line_are_records_of_their_own(tmp_path: Path) -> None:
    lines = "".join(json.dumps(message) + "\n" for message in TALK)
    assert told(tmp_path / "a.jsonl", lines) == [("no known shape", ""), ("no known shape", "")]


def test_list_of_texts_is_a_record(tmp_path: Path) -> None:
    assert told(tmp_path / "a.json", json.dumps([["Hi", "Hello!"], ["Hi"], []])) == [
        ({"conversation": ["Hi", "Hello!"]}, "ultrachat"),
        ("no known shape", ""),
        ("no object", ""),
    ]


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ({"instruction": "Hi", "output": "Hello!"}, "alpaca"),
        ('{"instruction": "Hi", "output": "Hello!"}', "alpaca"),
        ('{"instruction": "Hi"', ""),
        ({"q": 1}, ""),
    ],
)
def test_reject_is_the_record_in_it(record: Record | str, read: str, tmp_path: Path) -> None:
    ((_, name),) = told(tmp_path / "rejects.jsonl", json.dumps({**REJECT, "record": record}) + "\n")
    assert name == read
