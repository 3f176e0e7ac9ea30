"""The schemas are valid, hold examples of themselves, and say which value is wrong and why."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from paths import ROOT

from dataprep import schema
from dataprep.errors import DataprepError
from dataprep.formats import FORMATS
from dataprep.recipe import BLOCKS, stage_keys

FILES = sorted(ROOT.glob("schemas/*.json"))
NAMES = [path.name.removesuffix(".schema.json") for path in FILES]
OTHERS = [
    "recipe",
    "dataset_info",
    "lock",
    "rejects",
    "report",
    "tags",
    "lineage",
    "run",
    "llamafactory",
    *BLOCKS,
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_schema_is_valid_and_says_what_it_is_of(path: Path) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(value)
    assert value["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert value["$id"] == path.name
    assert value["title"]
    assert value["description"]


def test_every_format_has_a_schema_and_so_has_every_other_file() -> None:
    assert {*FORMATS, *OTHERS} == {*NAMES}


def test_readme_lists_every_schema() -> None:
    text = (FILES[0].parent / "README.md").read_text(encoding="utf-8")
    assert sorted(
        re.findall(r"^\| \[`(.+?)`\]\(\1\.schema\.json\) \|", text, re.MULTILINE)
    ) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_own_examples_satisfy_the_schema(name: str) -> None:
    examples = schema.load(name)["examples"]
    assert examples
    assert [list(schema.problems(name, value)) for value in examples] == [[] for _ in examples]


@pytest.mark.parametrize("name", FORMATS)
def test_own_examples_are_read_by_their_format(name: str) -> None:
    for record in schema.load(name)["examples"]:
        assert FORMATS[name].read(record).answer


def resolved(part: Any) -> Any:
    """Return a schema with the one of another file that it refers to written into it."""
    name, _, pointer = part.get("$ref", "").partition("#")
    if not name:
        return part
    there = schema.load(name.removesuffix(".schema.json"))
    for key in pointer.split("/")[1:]:
        there = there[key]
    return resolved(there) | {key: value for key, value in part.items() if key != "$ref"}


def properties(part: Any) -> Iterator[tuple[str, Any]]:
    """Yield every property that a schema describes, with its own schema, but not those of
    conditions.
    """
    part = resolved(part)
    for name, value in part.get("properties", {}).items():
        yield name, resolved(value)
        yield from properties(value)
    for key in ("items", "additionalProperties"):
        if isinstance(part.get(key), dict):
            yield from properties(part[key])


@pytest.mark.parametrize("name", NAMES)
def test_every_property_says_what_it_is(name: str) -> None:
    assert [
        key for key, value in properties(schema.load(name)) if not value.get("description")
    ] == []


# ------------------------------------------------------------------------------------------ mutants

KINDS: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "number": 7.5,
    "string": "~~",
    "array": [["~~"]],
    "object": {"~~": 1},
}


Path_ = tuple[str | int, ...]


def places(part: Any, value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield the places of an example that a schema speaks of, each with what it says there."""
    part = resolved(part)
    yield path, part
    if isinstance(value, dict):
        for key, inner in value.items():
            its = part.get("properties", {}).get(key, part.get("additionalProperties", {}))
            if isinstance(its, dict):
                yield from places(its, inner, (*path, key))
    if isinstance(value, list) and isinstance(part.get("items"), dict):
        for number, inner in enumerate(value):
            yield from places(part["items"], inner, (*path, number))


def objects(name: str) -> Iterator[tuple[Any, Path_, Any, dict[str, Any]]]:
    """Yield every object in the examples of a schema: the example, its place, what is said of it,
    and itself.
    """
    for example in schema.load(name)["examples"]:
        for path, part in places(schema.load(name), example):
            if isinstance(there := at(example, path), dict):
                yield example, path, part, there


def at(value: Any, path: Path_) -> Any:
    """Return what stands at a place."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: Path_, new: Any) -> Any:
    """Return a copy of a value with another one at this place."""
    if not path:
        return new
    copy = deepcopy(value)
    at(copy, path[:-1])[path[-1]] = new
    return copy


def pointer_to(path: Path_) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def wrong(part: Any) -> Iterator[Any]:
    """Yield values of all kinds that a schema does not allow."""
    allowed = part.get("type", [*KINDS])
    allowed = {allowed} if isinstance(allowed, str) else {*allowed}
    yield from (value for kind, value in KINDS.items() if kind not in allowed)
    if "enum" in part:
        yield "no such value"


@pytest.mark.parametrize("name", NAMES)
def test_example_with_a_value_of_another_kind_is_refused_at_its_place(name: str) -> None:
    told = 0
    for example in schema.load(name)["examples"]:
        for path, part in places(schema.load(name), example):
            for value in wrong(part):
                problems = list(schema.problems(name, replaced(example, path, value)))
                assert pointer_to(path) in [problem.pointer for problem in problems], (
                    path,
                    value,
                    problems,
                )
                told += 1
    assert told


@pytest.mark.parametrize("name", NAMES)
def test_example_without_a_key_that_is_needed_is_refused(name: str) -> None:
    for example, path, part, there in objects(name):
        for key in part.get("required", []):
            less = replaced(
                example, path, {its: value for its, value in there.items() if its != key}
            )
            assert any(f"'{key}'" in problem.message for problem in schema.problems(name, less))


@pytest.mark.parametrize("name", [*OTHERS])
def test_key_that_is_misspelt_is_refused_with_the_right_one(name: str) -> None:
    told = 0
    for example, path, part, there in objects(name):
        for key in there if part.get("additionalProperties") is False else ():
            typo = {f"{its}_" if its == key else its: value for its, value in there.items()}
            found = {
                str(problem) for problem in schema.problems(name, replaced(example, path, typo))
            }
            assert f"{pointer_to((*path, key))}_: no such key; did you mean '{key}'?" in found
            assert not [words for words in found if f"lacks '{key}'" in words]
            told += 1
    assert told


TEXTS = [
    *(("alpaca", "/instruction"), ("alpaca", "/output")),
    *(("belle-flat", "/instruction"), ("belle-flat", "/output")),
    *(("belle-multiturn", "/instruction"), ("belle-multiturn", "/output")),
    *(
        ("belle", "/conversations"),
        ("belle", "/conversations/1/from"),
        ("belle", "/conversations/0/value"),
    ),
    *(
        ("sharegpt", "/conversations"),
        ("sharegpt", "/conversations/0/from"),
        ("sharegpt", "/conversations/1/value"),
    ),
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
    (problem,) = schema.problems(name, mutant(name, pointer))
    assert (problem.pointer, problem.message, problem.code) == (
        above,
        f"lacks '{key}'",
        schema.MISSING_KEY,
    )


@required
@pytest.mark.parametrize(
    ("value", "words"), [(None, "null"), (7, "7"), (True, "true"), ({}, "an object")]
)
def test_wrong_type_is_told_at_its_place_with_what_was_found(
    name: str, pointer: str, value: Any, words: str
) -> None:
    (problem,) = schema.problems(name, mutant(name, pointer, value))
    assert problem.pointer == pointer
    assert problem.message.startswith(f"is {words}, expected ")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("value", [None, [], "text", 7])
def test_record_that_is_no_object_is_refused(name: str, value: Any) -> None:
    (problem,) = schema.problems(name, value)
    assert str(problem).endswith("expected object")


# ----------------------------------------------------------------------------------------- messages

ALPACA = {"instruction": "列出三种水果。", "output": "苹果、梨和桃。"}
HELLO = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
MESSAGES = [
    ("alpaca", ALPACA | {"output": 7}, "/output: is 7, expected string or array"),
    ("alpaca", ALPACA | {"input": 3.5}, "/input: is 3.5, expected string or null"),
    (
        "alpaca",
        ALPACA | {"history": [["a", "b"], ["a", None]]},
        "/history/1/1: is null, expected string",
    ),
    ("alpaca", ALPACA | {"history": [[]]}, "/history/0: has 0 items, expected 2 or more"),
    ("alpaca", {"text": "你好"}, "lacks 'instruction' and 'output'"),
    (
        "sharegpt",
        {"conversations": HELLO, "tools": 5},
        "/tools: is 5, expected string or array or null",
    ),
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


@pytest.mark.parametrize(
    ("name", "value", "words"), MESSAGES, ids=[words for _, _, words in MESSAGES]
)
def test_message_says_where_what_and_what_was_expected(name: str, value: Any, words: str) -> None:
    assert [str(problem) for problem in schema.problems(name, value)] == [words]


def blocks(stage: str, keys: Any) -> list[str]:
    return [str(problem) for problem in stage_keys.problems(stage, keys)]


REFUSED = [
    ("export", "bf16", "is for train; write it under train"),
    ("export", "export_quantization_bit", ""),
    ("train", "export_quantization_bit", "is for quantize; write it under quantize"),
    ("train", "export_size", "is for export; write it under export"),
    ("train", "vllm_maxlen", "is for chat or api; write it under chat or api"),
    ("predict", "infer_backend", "is for chat or api; write it under chat or api"),
    ("export", "top_p", "is for predict, chat or api; write it under predict, chat or api"),
    ("api", "stage", "comes from the recipe's name; take it out"),
    ("export", "do_train", "comes from the recipe's name; take it out"),
    ("export", "do_predict", "is what `make predict` does; take it out, and write a block predict"),
    ("api", "do_predict", "comes from the recipe's name; take it out"),
    ("chat", "tempratur", "no such key; did you mean 'temperature'?"),
    ("export", "tempratur", "no such key; did you mean 'temperature'?"),
    ("train", "a/b~c", "no such key"),
]


@pytest.mark.parametrize(("stage", "key", "words"), REFUSED)
def test_key_that_a_stage_does_not_take_is_answered_with_its_place(
    stage: str, key: str, words: str
) -> None:
    pointer = pointer_to((key,))
    assert blocks(stage, {key: 4}) == ([f"{pointer}: {words}"] if words else [])


@pytest.mark.parametrize("stage", BLOCKS)
def test_every_key_is_taken_or_refused_with_advice_that_works(stage: str) -> None:
    for key in schema.load("llamafactory")["properties"]:
        found = [
            problem
            for problem in stage_keys.problems(stage, {key: None})
            if problem.code != schema.WRONG_TYPE
        ]
        for problem in found:
            homes = re.findall(
                r"\w+", problem.message.partition("write it under ")[2].replace(" or ", " ")
            )
            assert problem.code in (stage_keys.ELSEWHERE, stage_keys.FROM_RECIPE, "unknown-value")
            assert all(key in stage_keys.taken(home) for home in homes)
            assert bool(homes) == (problem.code == stage_keys.ELSEWHERE)


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")  # the warnings of LLaMA-Factory's own imports
def test_registry_has_the_keys_that_llamafactory_reads() -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.parser import DatasetAttr

    entry = schema.load("dataset_info")["additionalProperties"]["properties"]
    ours = {*entry, *entry["columns"]["properties"], *entry["tags"]["properties"]}
    places = {key for key in ours if key.endswith(("_url", "file_name"))}
    theirs = {field.name for field in dataclasses.fields(DatasetAttr)} - {
        "load_from",
        "dataset_name",
    }
    assert ours - places - {"columns", "tags"} == theirs


PLAIN = {"file_name": "a.jsonl"}
REGISTRIES = [
    ({"filename": "a.jsonl"}, "/a/filename: no such key; did you mean 'file_name'?"),
    ({"file_nmae": "a.jsonl"}, "/a/file_nmae: no such key; did you mean 'file_name'?"),
    (
        {},
        "/a: names no data; give file_name, hf_hub_url, ms_hub_url, om_hub_url or cloud_file_name",
    ),
    ({**PLAIN, "columns": {"promt": "q"}}, "/a/columns/promt: no such key; did you mean 'prompt'?"),
    ({**PLAIN, "columns": {"response": "a"}}, "/a/columns: lacks 'prompt'"),
    (
        {**PLAIN, "formatting": "sharegpt", "columns": {"prompt": "q"}},
        "/a/columns: lacks 'messages'",
    ),
    (
        {**PLAIN, "formatting": "openai"},
        "/a/formatting: is 'openai', by which LLaMA-Factory writes",
    ),
    (
        {**PLAIN, "formatting": "sharegtp"},
        '/a/formatting: is \'sharegtp\', expected "alpaca" or "sharegpt"',
    ),
    ({**PLAIN, "ranking": "true"}, "/a/ranking: is 'true', expected boolean"),
    ({**PLAIN, "ranking": True}, "/a: has ranking without columns"),
    (
        {**PLAIN, "ranking": True, "columns": {"prompt": "q", "chosen": "c"}},
        "/a/columns: lacks 'rejected'",
    ),
    (
        {**PLAIN, "formatting": "sharegpt", "tags": {"role_tag": "role"}},
        "/a/tags: lacks 'content_tag' and 'user_tag' and 'assistant_tag'",
    ),
    (
        {
            **PLAIN,
            "tags": {"role_tag": "r", "content_tag": "c", "user_tag": "u", "assistant_tag": "a"},
        },
        "/a/tags: are read in sharegpt alone",
    ),
    ({**PLAIN, "num_samples": "100"}, "/a/num_samples: is '100', expected integer or null"),
    ({**PLAIN, "num_samples": 0}, "/a/num_samples: is 0, expected 1 or more"),
    ({**PLAIN, "split": "validation"}, "/a/split: is no split of a file"),
    ({"script_url": "a"}, "/a/script_url: needs a loading script"),
    ({"cloud_file_name": "a.jsonl"}, "/a/cloud_file_name: is no cloud address"),
    ({"file_name": "/data/a.jsonl"}, "/a/file_name: is absolute"),
    ({"file_name": "C:\\a.jsonl"}, "/a/file_name: is absolute"),
    ({"file_name": "../a.jsonl"}, "/a/file_name: leads out of"),
    ({"file_name": "b/../../a.jsonl"}, "/a/file_name: leads out of"),
    ({"file_name": "a[1].jsonl"}, "/a/file_name: is taken for a pattern"),
    ({"file_name": "*.jsonl"}, "/a/file_name: is taken for a pattern"),
    ({"file_name": "a.JSON"}, "/a/file_name: has an ending that LLaMA-Factory does not load"),
    ({"file_name": "a.jsonl.gz"}, "/a/file_name: has an ending that LLaMA-Factory does not load"),
    ("a.jsonl", "/a: is 'a.jsonl', expected object"),
]


@pytest.mark.parametrize(("entry", "words"), REGISTRIES, ids=[words for _, words in REGISTRIES])
def test_registry_entry_that_llamafactory_would_misread_is_told_once(
    entry: Any, words: str
) -> None:
    (problem,) = schema.problems("dataset_info", {"good": PLAIN, "a": entry})
    assert str(problem).startswith(words)


@pytest.mark.parametrize("name", ["a,b", " a", "a ", ""])
def test_name_that_llamafactory_would_split_is_told(name: str) -> None:
    (problem,) = schema.problems("dataset_info", {name: PLAIN})
    assert problem.pointer == f"/{name}"


GOOD_ENTRIES = [
    {"file_name": "数据 1.jsonl"},
    {"file_name": "folder"},
    {"file_name": "a..b.jsonl", "split": "train[:50%]"},
    {"hf_hub_url": "a/b", "split": "test", "script_url": "x"},
    {"file_name": "a.json", "columns": {"prompt": "text", "query": None}},
    {"file_name": "a.json", "num_samples": None, "subset": None},
]


@pytest.mark.parametrize("entry", GOOD_ENTRIES, ids=str)
def test_registry_entry_that_llamafactory_reads_is_good(entry: Any) -> None:
    assert list(schema.problems("dataset_info", {"数据": entry})) == []


def test_keys_with_slash_and_tilde_are_escaped_in_pointers() -> None:
    value = {"data": {"inputs": ["a"], "output": {"format": "belle"}}, "a/b~c": 1}
    assert [problem.pointer for problem in schema.problems("recipe", value)] == ["/a~1b~0c"]


def test_unknown_schema_is_an_error() -> None:
    with pytest.raises(DataprepError, match="no schema 'alpacca'"):
        schema.load("alpacca")
