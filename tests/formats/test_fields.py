"""Records whose fields are the question and the answer: exclusive detection, no traceback, columns,
real files.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep import formats, schema
from dataprep.errors import RecordError
from dataprep.formats import alpaca
from dataprep.formats.parsing import fields, media
from dataprep.formats.reading import examine
from dataprep.formats.reading.columns import Columns, are_enough, columns_read
from dataprep.formats.reading.records import records
from dataprep.model import Example, Origin, Record, Turn
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source

# -------------------------------------------------------------------------------- any record at all

MESSAGES = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
ROLES = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
PARTS = [{"role": "user", "content": [{"type": "text", "value": "Hi"}]}]
VALUES = [
    *(
        "Hi",
        "Hello!",
        "",
        " ",
        "true",
        "[]",
        "\n\nHuman: Hi\n\nAssistant: Hello!",
        "Human:Hi\nAssistant:",
        "<image>",
    ),
    *(
        None,
        True,
        False,
        0,
        1,
        2.5,
        [],
        {},
        ["Hi"],
        ["Hi", "Hello!"],
        [["Hi", "Hello!"]],
        [1, 2],
        [None],
        [{}],
    ),
    *(MESSAGES, ROLES, PARTS, MESSAGES[0], [{"text": "Hi", "rank": 1}] * 2),
    *([{"input": "Hi", "output": "Hello!"}], [{"human": "Hi", "assistant": "Hello!"}], ["a.jpg"]),
]
MARKED = [{"turn_1": {}}, {"text": "Hi", "replies": []}]  # what MOSS and OASST are told by
NAMES = [
    *(
        *fields.PROMPT,
        *fields.CONTEXT,
        *fields.ANSWER,
        *fields.SYSTEM,
        *fields.HISTORY,
        *fields.THOUGHT,
        *media.NAMES,
    ),
    *(
        *fields.CHOSEN,
        *fields.REJECTED,
        *fields.LABEL,
        *fields.MESSAGES,
        *fields.RANKED,
        *fields.SCORES,
    ),
    *(
        "text",
        "content",
        "tools",
        "instances",
        "Instances",
        "Definition",
        "title",
        "chosen_messages",
        "plain_text",
    ),
    *("rejected_messages", "meta", "Question", "Answer", "functions", "function_call"),
]
COMMON = [
    *(
        "instruction",
        "input",
        "output",
        "prompt",
        "response",
        "chosen",
        "rejected",
        "label",
        "text",
        "question",
        "answer",
    ),
    *("history", "system", "query", "answers", "scores", "reasoning", "images", "tools"),
]
usual = st.dictionaries(st.sampled_from(COMMON), st.sampled_from(VALUES), max_size=5).filter(
    lambda record: "Human:" not in str(record.get("text"))
)
listed = st.dictionaries(
    st.sampled_from(["conversations", "messages"]), st.sampled_from([MESSAGES, ROLES]), max_size=1
)
any_record = st.dictionaries(
    st.sampled_from(COMMON) | st.sampled_from(NAMES), st.sampled_from(VALUES + MARKED), max_size=6
)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(record=usual, messages=listed)
def test_one_format_at_most_claims_a_record_of_any_fields(record: Record, messages: Record) -> None:
    record = record | messages
    assert [name for name, form in formats.FORMATS.items() if form.claims(record)][1:] == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(record=any_record)
def test_record_of_any_fields_is_an_example_or_refused(record: Record) -> None:
    for name in formats.FORMATS:
        for part in _unfolded(name, record):
            with suppress(RecordError):
                examine.example_of(
                    Raw(Origin("any.jsonl", 1), part), name, Source("any.jsonl", name)
                )


def _unfolded(name: str, record: Record) -> list[Record]:
    return list(formats.UNFOLDING[name].unfold(record)) if name in formats.UNFOLDING else [record]


@pytest.mark.parametrize(
    "choices", [{"A": "8", "B": "7"}, {"options": ["8", "7"]}, {"choices": {"text": ["8", "7"]}}]
)
def test_question_with_choices_is_left_to_named_columns(choices: Record) -> None:
    record = {
        "Question": "Which is prime?",
        "Answer": "B",
        "rationale": "Only 1 and 7 divide 7.",
    } | choices
    for known in (record, {name: record[name] for name in record if name != "rationale"}):
        with pytest.raises(RecordError, match="say which is which: columns"):
            formats.detect(known)


# --------------------------------------------------------------------------- several records in one


def read(path: Path, **options: Any) -> list[tuple[str, Example | str]]:
    """Return the format and the example of each record of a file, or the reason against it."""
    source = Source(str(path), **options)
    return [_outcome(raw, name, source) for raw, name in records(Piece(source))]


def _outcome(raw: Raw, name: str, source: Source) -> tuple[str, Example | str]:
    try:
        return name, examine.example_of(raw, name, source)
    except RecordError as error:
        return name, error.reason


def asked_and_answered(prompt: str, answer: str) -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)))


def test_each_instance_of_a_task_is_a_record_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(
        '{"Definition": ["Answer."], "Positive Examples": [], "Instances": ['
        '{"input": "7?", "output": ["Yes"]}, {"input": "8?", "output": ["No", "Never"]}, 5]}'
    )
    assert read(path) == [
        ("natural-instructions", asked_and_answered("Answer.\n7?", "Yes")),
        ("natural-instructions", "several texts"),
        ("natural-instructions", "does not match the schema"),
    ]


def test_task_without_instances_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text('{"instruction": "Name a prime.", "instances": []}')
    assert read(path) == [("self-instruct", "no instance")]


# ------------------------------------------------------------------------------------------ columns

SAID = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
HELLO = asked_and_answered("Hi", "Hello!")
MAPPED: list[tuple[dict[str, Any], Record, str, Example]] = [
    ({"prompt": "问", "response": "答"}, {"问": "Hi", "答": "Hello!"}, "alpaca", HELLO),
    (
        {"prompt": "meta.qa.0.q", "response": "meta.qa.0.a"},
        {"meta": {"qa": [{"q": "Hi", "a": "Hello!"}]}},
        "alpaca",
        HELLO,
    ),
    ({"prompt": "a.b", "response": "c"}, {"a.b": "Hi", "c": "Hello!"}, "alpaca", HELLO),
    (
        {"prompt": ["title", "body", "more"], "response": "c"},
        {"title": "Greeting", "body": "Hi", "more": None, "c": "Hello!"},
        "alpaca",
        asked_and_answered("Greeting\nHi", "Hello!"),
    ),
    ({"messages": "talk"}, {"talk": SAID}, "sharegpt", HELLO),
    (
        {"messages": "talk", "kto_tag": "good"},
        {"talk": SAID, "good": 1},
        "kto",
        Example(HELLO.turns, label=True),
    ),
    (
        {"prompt": "q", "response": "a", "kto_tag": "good"},
        {"q": "Hi", "a": "Hello!", "good": False},
        "labelled",
        Example(HELLO.turns, label=False),
    ),
    (
        {"prompt": "q", "chosen": "win", "rejected": "lose"},
        {"q": "Hi", "win": "Hello!", "lose": "No."},
        "chosen-rejected",
        Example(HELLO.turns, rejected=Turn("assistant", "No.")),
    ),
    (
        {"messages": "talk", "chosen": "win", "rejected": "lose"},
        {"talk": SAID[:1], "win": SAID[1], "lose": "No."},
        "preference",
        Example(HELLO.turns, rejected=Turn("assistant", "No.")),
    ),
    (
        {"text": ["title", "body"]},
        {"title": "Weather", "body": "Fine."},
        "text",
        Example(text="Weather\nFine."),
    ),
    (
        {"prompt": "q", "response": "a", "images": "picture"},
        {"q": "<image>Hi", "a": "Hello!", "picture": "1.jpg"},
        "alpaca",
        Example((Turn("user", "<image>Hi"), HELLO.turns[1]), images=("1.jpg",)),
    ),
]


@pytest.mark.parametrize(
    ("columns", "record", "name", "meant"), MAPPED, ids=[" ".join(row[0]) for row in MAPPED]
)
def test_columns_make_the_example_that_they_name(
    columns: Columns, record: Record, name: str, meant: Example
) -> None:
    assert are_enough(columns)
    assert (
        list(
            schema.problems(
                "recipe", {"data": {**DATA, "inputs": [{"path": "a", "columns": columns}]}}
            )
        )
        == []
    )
    raw = Raw(Origin("a.jsonl", 1), record)
    assert examine.examine(raw, Source("a.jsonl", columns=columns)) == (name, meant)
    assert record.keys() <= columns_read(columns)


DATA = {"output": {"format": "sharegpt"}}


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("b", "'b' is not among 'a', 'm'"),
        ("m.0.z", "'m.0.z' is not among 'a', 'm'"),
        ("m.9.x", "'m.9.x' is not among 'a', 'm'"),
        ("a.x", "'a.x' is not among 'a', 'm'"),
        (["a", "m"], "/m: 'm' is no text, and only texts can be joined"),
    ],
)
def test_column_that_is_not_there_is_told_by_its_name(column: str | list[str], words: str) -> None:
    raw = Raw(Origin("a.jsonl", 1), {"a": "Hi", "m": [{"x": "Hello!"}]})
    with pytest.raises(RecordError) as caught:
        examine.examine(raw, Source("a.jsonl", columns={"prompt": column, "response": "a"}))
    assert str(caught.value) == words


@pytest.mark.parametrize(
    "columns", [{}, {"prompt": "a"}, {"chosen": "a", "prompt": "b"}, {"system": "a"}]
)
def test_columns_that_make_no_example_are_too_few(columns: dict[str, str]) -> None:
    assert not are_enough(columns)
    (problem,) = schema.problems(
        "recipe", {"data": {**DATA, "inputs": [{"path": "a", "columns": columns}]}}
    )
    assert problem.message.startswith("says too little; give prompt and response, or messages")


@given(
    record=st.fixed_dictionaries(
        {name: st.text(max_size=3) for name in ("instruction", "input", "output")}
    )
)
def test_plain_alpaca_record_reads_as_any_other(record: dict[str, str]) -> None:
    assert outcome(alpaca.read, record) == outcome(alpaca.read_any, record)


def outcome(read: Callable[[Record], Example], record: Record) -> Example | str:
    """Return an example, or the words of what is against it."""
    try:
        return read(record)
    except RecordError as error:
        return str(error)
