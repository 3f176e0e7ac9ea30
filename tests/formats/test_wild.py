"""Records in the shapes of public data sets: each is told, read and written, or refused for a good
reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from meanings import PARTS, meant
from paths import yaml_table

from dataprep import formats
from dataprep.errors import RecordError
from dataprep.formats.reading import examine
from dataprep.formats.reading.records import records
from dataprep.model import Example, Record
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source

WILD: dict[str, dict[str, Any]] = yaml_table("formats/wild.yaml")
READ = {name: case for name, case in WILD.items() if "read" in case}
REFUSED = {name: case for name, case in WILD.items() if "refused" in case}
COLUMNS = {name: case for name, case in REFUSED.items() if "columns" in case}
KEYS = {"record", "read", "turns", "rejected", "refused", "why", "columns", *PARTS}


def each(cases: dict[str, dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=name) for name, case in cases.items()]
    )


def taken(path: Path, case: dict[str, Any], **options: Any) -> list[tuple[str, Example | str]]:
    """Return what a file of that record gives in a run: its format, and its example or the reason
    against it.
    """
    path.write_text(json.dumps(case["record"]) + "\n", encoding="utf-8")
    source = Source(str(path), **options)
    found: list[tuple[str, Example | str]] = []
    for raw, name in records(Piece(source)):
        try:
            found.append((name, examine.example_of(raw, name, source)))
        except RecordError as error:
            found.append((name, error.reason))
    return found


def example(case: dict[str, Any]) -> Example:
    return meant({"turns": [], **case})


def claiming(record: Any) -> list[str]:
    return [
        name
        for name, form in formats.FORMATS.items()
        if isinstance(record, dict) and form.claims(record)
    ]


def test_all_shapes_have_one_outcome_and_there_are_many() -> None:
    assert len(WILD) > 200
    assert all(
        case.keys() <= KEYS and ("read" in case) != ("refused" in case) for case in WILD.values()
    )
    assert all(case["why"] for case in REFUSED.values())


@each(READ)
def test_record_is_read_as_one_format_and_as_what_it_means(
    case: dict[str, Any], tmp_path: Path
) -> None:
    assert taken(tmp_path / "wild.jsonl", case) == [(case["read"], example(case))]
    assert claiming(case["record"]) in (
        [case["read"]],
        [],
    )  # a bare list of messages is told before


MARKED = {
    "moss",
    "glaive",
    "xlam",
    "oasst",
    "self-instruct",
    "belle-multiturn",
}  # no two of these are ever in one record
FAMILIES = {case["read"]: case["record"] for case in READ.values() if case["read"] not in MARKED}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_record_with_the_fields_of_two_shapes_is_one_format_or_none(name: str) -> None:
    for other in FAMILIES.values():
        if isinstance(other, dict) and isinstance(FAMILIES[name], dict):
            assert claiming(FAMILIES[name] | other)[1:] == []


@each(READ)
def test_some_format_writes_it_so_that_it_reads_the_same(case: dict[str, Any]) -> None:
    assert any(_reads_back(name, example(case)) for name in formats.WRITTEN)


def _reads_back(name: str, made: Example) -> bool:
    try:
        record: Record = formats.write(name, made)
    except RecordError:
        return False
    return formats.FORMATS[name].read(record) == made


@each(REFUSED)
def test_record_is_refused_for_its_reason(case: dict[str, Any], tmp_path: Path) -> None:
    ((_, reason),) = taken(tmp_path / "wild.jsonl", case)
    assert reason == case["refused"]
    assert len(claiming(case["record"])) <= 1


@each(COLUMNS)
def test_columns_read_what_is_refused_without(case: dict[str, Any], tmp_path: Path) -> None:
    ((_, made),) = taken(tmp_path / "wild.jsonl", case, columns=case["columns"])
    assert made == example(case)
