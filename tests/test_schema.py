"""The schemas are valid, explain themselves by their own examples, and say what is wrong and where."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dataprep import schema
from dataprep.errors import DataprepError
from dataprep.formats import FORMATS

FILES = sorted((Path(__file__).parent.parent / "schemas").glob("*.json"))
OWN = [*FORMATS, "recipe"]  # the others are LLaMA-Factory's own arguments


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_schema_is_valid_and_says_what_it_is_of(path: Path) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(value)
    assert value["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert value["$id"] == path.name
    assert value["title"]
    assert value["description"]


@pytest.mark.parametrize("name", OWN)
def test_own_examples_satisfy_the_schema(name: str) -> None:
    examples = schema.load(name)["examples"]
    assert examples
    assert [list(schema.problems(name, value)) for value in examples] == [[] for _ in examples]


@pytest.mark.parametrize("name", FORMATS)
def test_own_examples_are_read_by_their_format(name: str) -> None:
    for record in schema.load(name)["examples"]:
        assert FORMATS[name].read(record).answer


# ------------------------------------------------------------------------------------------------------------- mutants

TEXTS = [
    *(("alpaca", "/instruction"), ("alpaca", "/output")),
    *(("belle-flat", "/instruction"), ("belle-flat", "/output")),
    *(("belle-multiturn", "/instruction"), ("belle-multiturn", "/output")),
    *(("belle", "/conversations"), ("belle", "/conversations/1/from"), ("belle", "/conversations/0/value")),
    *(("sharegpt", "/conversations"), ("sharegpt", "/conversations/0/from"), ("sharegpt", "/conversations/1/value")),
]
required = pytest.mark.parametrize(("name", "pointer"), TEXTS)


def mutant(name: str, pointer: str, *values: Any) -> dict[str, Any]:
    """Return the first example of a schema with the value at this place replaced, or without it."""
    record: Any = deepcopy(schema.load(name)["examples"][0])
    *path, last = (int(step) if step.isdigit() else step for step in pointer[1:].split("/"))
    place = record
    for step in path:
        place = place[step]
    del place[last]
    place.update(dict.fromkeys([last][: len(values)], *values))
    return record  # type: ignore[no-any-return]


@required
def test_missing_key_is_told_at_the_object_that_lacks_it(name: str, pointer: str) -> None:
    above, _, key = pointer.rpartition("/")
    assert list(schema.problems(name, mutant(name, pointer))) == [(above, f"lacks '{key}'")]


@required
@pytest.mark.parametrize(("value", "words"), [(None, "null"), (7, "7"), (True, "true"), ({}, "an object")])
def test_wrong_type_is_told_at_its_place_with_what_was_found(name: str, pointer: str, value: Any, words: str) -> None:
    (problem,) = schema.problems(name, mutant(name, pointer, value))
    assert problem.pointer == pointer
    assert problem.message.startswith(f"is {words}, expected ")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("value", [None, [], "text", 7])
def test_record_that_is_no_object_is_refused(name: str, value: Any) -> None:
    (problem,) = schema.problems(name, value)
    assert str(problem).endswith("expected object")


# ------------------------------------------------------------------------------------------------------------ messages

ALPACA = {"instruction": "列出三种水果。", "output": "苹果、梨和桃。"}
HELLO = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
MESSAGES = [
    ("alpaca", ALPACA | {"output": 7}, "/output: is 7, expected string or array"),
    ("alpaca", ALPACA | {"input": 3.5}, "/input: is 3.5, expected string or null"),
    ("alpaca", ALPACA | {"history": [["a", "b"], ["a", None]]}, "/history/1/1: is null, expected string"),
    ("alpaca", ALPACA | {"history": [[]]}, "/history/0: has 0 items, expected 2 or more"),
    ("alpaca", {"text": "你好"}, "lacks 'instruction' and 'output'"),
    ("sharegpt", {"conversations": HELLO, "tools": 5}, "/tools: is 5, expected string or array or null"),
    ("sharegpt", {"conversations": []}, "/conversations: has 0 items, expected 1 or more"),
    ("sharegpt", {"conversations": ["Hi"]}, "/conversations/0: is 'Hi', expected object"),
    (
        "belle",
        {"conversations": HELLO},
        '/conversations/1/from: is \'gpt\', expected "human" or "assistant" or "system"',
    ),
    (
        "recipe",
        {
            "data": {
                "inputs": [{"path": "a.csv", "columns": {"promt": "q", "response": "a"}}],
                "output": {"format": "belle"},
            }
        },
        "/data/inputs/0/columns/promt: no such key; did you mean 'prompt'?",
    ),
    (
        "recipe",
        {"data": {"inputs": ["a.json"], "output": {"format": "belle", "splits": {}}}},
        "/data/output/splits: no such key; did you mean 'split'?",
    ),
    (
        "recipe",
        {"data": {"input": ["a"], "output": {"format": "belle"}}},
        "/data/input: no such key; did you mean 'inputs'?",
    ),
    ("recipe", {"dta": {}}, "/dta: no such key; did you mean 'data'?"),
]


@pytest.mark.parametrize(("name", "value", "words"), MESSAGES, ids=[words for _, _, words in MESSAGES])
def test_message_says_where_what_and_what_was_expected(name: str, value: Any, words: str) -> None:
    assert [str(problem) for problem in schema.problems(name, value)] == [words]


def test_keys_with_slash_and_tilde_are_escaped_in_pointers() -> None:
    value = {"data": {"inputs": ["a"], "output": {"format": "belle"}}, "a/b~c": 1}
    assert [problem.pointer for problem in schema.problems("recipe", value)] == ["/a~1b~0c"]


def test_unknown_schema_is_an_error() -> None:
    with pytest.raises(DataprepError, match="no schema 'alpacca'"):
        schema.load("alpacca")
