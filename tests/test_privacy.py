"""What is personal or secret is found and redacted, and nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from commandline import GOOD, Record, answers, counts, good, read, write
from hypothesis import given
from hypothesis import strategies as st

from dataprep.privacy.find import KINDS, find

LABELLED = yaml.safe_load(Path(__file__).with_name("privacy.yaml").read_text(encoding="utf-8"))
MARK = re.compile(r"⟦(\w+) (.*?)⟧", re.DOTALL)
PRECISION, RECALL = 0.98, 0.95

Places = set[tuple[str, int, int]]


def unmarked(marked: str) -> tuple[str, Places]:
    """Return a text without its marks, and what they mark."""
    marked = marked.replace("¦", "")
    text, places, at = "", set(), 0
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        places.add((mark[1], len(text), len(text) + len(mark[2])))
        text, at = text + mark[2], mark.end()
    return text + marked[at:], places


def measured() -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Return for each kind how many are found rightly, found wrongly, and missed."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for text, wanted in map(unmarked, LABELLED["found"] + LABELLED["nothing"]):
        found = {(one.kind, one.start, one.end) for one in find(text)}
        for count, places in ((right, found & wanted), (wrong, found - wanted), (missed, wanted - found)):
            count.update(kind for kind, _, _ in places)
    return right, wrong, missed


@pytest.mark.parametrize("kind", KINDS)
def test_labelled_texts_are_told_right(kind: str) -> None:
    right, wrong, missed = (count[kind] for count in measured())
    assert right >= 10
    assert right / (right + wrong) >= PRECISION
    assert right / (right + missed) >= RECALL


def test_as_many_texts_only_look_so() -> None:
    assert len(LABELLED["found"]) + len(LABELLED["nothing"]) >= 300
    assert len(LABELLED["nothing"]) >= 100


# ------------------------------------------------------------------------------------------------------------- command


def asked(prompt: str, answer: str) -> Record:
    return {"instruction": prompt, "input": "", "output": answer}


MAIL = "Write to anna.schmidt@web.de, or to tom@tomsgarage.net."
AGAIN = "I wrote to tom@tomsgarage.net and call 13812345678."


@pytest.mark.usefixtures("folder")
def test_same_datum_has_the_same_placeholder_in_a_conversation() -> None:
    write("in.jsonl", asked(MAIL, AGAIN), asked(AGAIN, "Fine."))
    good("privacy in.jsonl -o out.jsonl")
    first, second = read("out.jsonl")
    assert first["instruction"] == "Write to [EMAIL_1], or to [EMAIL_2]."
    assert first["output"] == "I wrote to [EMAIL_2] and call [PHONE_1]."
    assert second["instruction"] == "I wrote to [EMAIL_1] and call [PHONE_1]."


@pytest.mark.usefixtures("folder")
def test_redacting_twice_is_redacting_once() -> None:
    write("in.jsonl", asked(MAIL, AGAIN))
    good("privacy in.jsonl -o once.jsonl")
    good("privacy once.jsonl -o twice.jsonl")
    assert Path("once.jsonl").read_bytes() == Path("twice.jsonl").read_bytes()


@pytest.mark.usefixtures("folder")
def test_rows_with_a_datum_are_dropped_where_that_is_asked() -> None:
    write("in.jsonl", *GOOD, asked(MAIL, "Fine."))
    assert counts(good("privacy in.jsonl --action drop -o out.jsonl"))["filtered"] == 1
    assert answers("out.jsonl") == [one["output"] for one in GOOD]


@pytest.mark.usefixtures("folder")
def test_report_never_repeats_what_was_found() -> None:
    write("in.jsonl", *GOOD, asked(MAIL, AGAIN))
    good("privacy in.jsonl --action report -o out.jsonl")
    told = Path("out.tags.jsonl").read_text("utf-8") + good("privacy in.jsonl") + good("privacy in.jsonl --json")
    assert "email" in told
    assert not any(datum in told for datum in ("anna", "tomsgarage", "13812345678"))


@pytest.mark.usefixtures("folder")
def test_only_the_kinds_that_are_asked_for_are_redacted() -> None:
    write("in.jsonl", asked(MAIL, AGAIN))
    good("privacy in.jsonl --kinds phone -o out.jsonl")
    assert answers("out.jsonl") == ["I wrote to tom@tomsgarage.net and call [PHONE_1]."]


@pytest.mark.usefixtures("folder")
def test_tool_calls_stay_json() -> None:
    call = {"name": "send", "arguments": {"to": "tom@tomsgarage.net", "text": "Hi"}}
    turns = [
        {"from": "human", "value": "Greet tom@tomsgarage.net"},
        {"from": "function_call", "value": json.dumps(call)},
        {"from": "observation", "value": "sent"},
        {"from": "gpt", "value": "Done."},
    ]
    tool = {"name": "send", "description": "", "parameters": {"type": "object", "properties": {}}}
    write("in.jsonl", {"conversations": turns, "tools": json.dumps([tool])})
    good("privacy in.jsonl -o out.jsonl")
    (made,) = read("out.jsonl")
    assert made["conversations"][0]["value"] == "Greet [EMAIL_1]"
    assert json.loads(made["conversations"][1]["value"])["arguments"] == {"to": "[EMAIL_1]", "text": "Hi"}


@given(st.text(max_size=200))
def test_what_has_no_datum_is_left_as_it_is(text: str) -> None:
    assert [one for one in find(text) if one.end > len(text) or one.start < 0] == []
