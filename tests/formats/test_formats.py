"""Each file of tests/cases/FORMAT holds a record, the turns that it means, and what the formats
write for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from meanings import PARTS, meant
from paths import CASES

from dataprep import formats
from dataprep.errors import DataprepError, RecordError
from dataprep.formats.reading.examine import examine
from dataprep.model import Example, Origin, Record, Turn
from dataprep.sources.raw import Raw
from dataprep.sources.source import Source

KEYS = {"record", "detected", "turns", "rejected", *PARTS, "written", "error"}


def load(path: Path) -> dict[str, Any]:
    """Return a case; one without a known outcome, or with a misspelt key, would prove nothing."""
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert case.keys() <= KEYS
    assert ("turns" in case) != ("error" in case)
    return case


def cases(outcome: str) -> pytest.MarkDecorator:
    """Run a test with the name of the format and the case, for all that have this outcome."""
    found = [(path, load(path)) for path in sorted(CASES.glob("*/*.yaml"))]
    rows = [
        pytest.param(path.parent.name, case, id=f"{path.parent.name}/{path.stem}")
        for path, case in found
        if outcome in case
    ]
    return pytest.mark.parametrize(("name", "case"), rows)


def read(record: Record, name: str | None) -> tuple[str, Example]:
    """Take a record the way of a run: told, checked against the schema, read."""
    return examine(Raw(Origin("case.jsonl", 1), record), Source("case.jsonl", name))


def write(name: str, example: Example) -> Record | str:
    """Return the record that a format writes, or the words of its refusal."""
    try:
        return formats.write(name, example)
    except RecordError as error:
        return str(error)


@cases("turns")
def test_record_reads_as_its_turns(name: str, case: dict[str, Any]) -> None:
    assert read(case["record"], name) == (name, meant(case))


@cases("turns")
def test_format_is_told_from_the_looks_of_the_record(name: str, case: dict[str, Any]) -> None:
    assert formats.detect(case["record"]) == case.get("detected", name)


@cases("written")
def test_formats_write_the_example_as_told_or_say_why_not(name: str, case: dict[str, Any]) -> None:
    assert {other: write(other, meant(case)) for other in case["written"]} == case["written"]


@cases("error")
def test_record_that_is_no_example_is_refused_with_place_and_reason(
    name: str, case: dict[str, Any]
) -> None:
    with pytest.raises(RecordError) as caught:
        read(case["record"], name)
    told = {
        "reason": caught.value.reason,
        "pointer": caught.value.pointer,
        "detail": caught.value.detail,
    }
    assert told == {"pointer": "", "detail": ""} | case["error"]


def test_every_format_has_cases_of_both_outcomes() -> None:
    for outcome in ("turns", "error"):
        assert {
            path.parent.name for path in CASES.glob("*/*.yaml") if outcome in load(path)
        } == set(formats.FORMATS)


def test_record_of_no_known_shape_is_told_by_its_fields() -> None:
    with pytest.raises(
        RecordError, match="its fields are '甲', '乙'; say which is which: columns prompt=…"
    ):
        read({"甲": "你好", "乙": "你好！"}, None)


def test_named_columns_stand_for_the_fields_of_alpaca() -> None:
    source = Source("faq.csv", columns={"prompt": "问题", "response": "答案"})
    raw = Raw(Origin("faq.csv", 2), {"问题": "几点开门？", "答案": "九点。", "编号": "7"})
    assert examine(raw, source) == (
        "alpaca",
        Example((Turn("user", "几点开门？"), Turn("assistant", "九点。"))),
    )


def test_misspelt_format_names_the_nearest() -> None:
    with pytest.raises(DataprepError, match="no format 'shargpt'; did you mean 'sharegpt'"):
        formats.named("shargpt")


@cases("turns")
def test_one_format_at_most_claims_a_record(name: str, case: dict[str, Any]) -> None:
    claiming = [form for form in formats.FORMATS if formats.FORMATS[form].claims(case["record"])]
    assert len(claiming) <= 1
