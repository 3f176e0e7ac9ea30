"""What `validate` says: each fault with its place and its repair, all that is alike in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commandline import EMPTY, GOOD, MANY, Record, edit, good, read, refusal, run, write
from paths import ROOT

from dataprep import formats, schema
from dataprep.commands.validate import MOST, SPELLINGS, FaultGroups, RecordFault
from dataprep.errors import RecordError
from dataprep.llamafactory.dataset_info import registry
from dataprep.model import Origin

pytestmark = pytest.mark.usefixtures("folder")


def told(line: str, status: int = 1) -> list[str]:
    """Run a command and return the lines that it prints."""
    result = run(line)
    assert result.exit_code == status, result.stderr
    return result.stdout.splitlines()


def chat(*roles: str) -> Record:
    return {
        "conversations": [
            {"from": role, "value": f"Text {number}."} for number, role in enumerate(roles)
        ]
    }


# --------------------------------------------------------------------------------------- each fault

FAULTS: list[tuple[Any, str]] = [
    (EMPTY, "empty answer: turn 2 (assistant) is empty"),
    (
        {"instruction": "Hi", "output": 7},
        "does not match the schema: /output: is 7, expected string or array",
    ),
    (
        chat("human", "human", "gpt"),
        "turns out of order: turn 2 is 'user', expected assistant or function_call; --repair "
        "merge_turns fixes it",
    ),
    (
        chat("gpt", "human", "human", "gpt"),
        "turns out of order: turn 1 is 'assistant', expected user or observation; --repair "
        "merge_turns,trim_turns "
        "fixes it",
    ),
    (
        {"x": 1},
        "no known shape: its fields are 'x'; say which is which: columns prompt=…, response=…",
    ),
]


@pytest.mark.parametrize(("record", "words"), FAULTS, ids=[words[:30] for _, words in FAULTS])
def test_fault_is_told_with_its_line_its_place_and_its_repair(record: Any, words: str) -> None:
    write("bad.jsonl", GOOD[0], record)
    assert told("validate bad.jsonl") == [f"bad.jsonl:2: {words}"]


def test_line_that_breaks_off_names_the_repair_that_closes_it() -> None:
    Path("torn.jsonl").write_text('{"instruction": "Hi", "output": "Hel\n')
    (line,) = told("validate torn.jsonl")
    assert line.startswith("torn.jsonl:1: not valid JSON: ")
    assert line.endswith("; --repair close_json fixes it")


def test_repairs_that_are_named_do_mend() -> None:
    write("bad.jsonl", chat("gpt", "human", "human", "gpt"))
    (line,) = told("validate bad.jsonl")
    option = line.partition("; ")[2].removesuffix(" fixes it")
    good(f"convert bad.jsonl {option} -o out.jsonl")
    assert told("validate out.jsonl", 0) == []


def test_all_that_a_schema_has_against_one_record_is_told() -> None:
    write("bad.jsonl", {"instruction": 1, "output": None})
    assert [line.split(": ")[2] for line in told("validate bad.jsonl")] == [
        "/instruction",
        "/output",
    ]


def test_records_are_counted_once_however_many_faults_they_have() -> None:
    write("bad.jsonl", {"instruction": 1, "output": None}, GOOD[0])
    assert run("validate bad.jsonl").stderr == (
        "2 records, 1 with faults; convert and prepare leave them out as rejects\n"
    )


# ---------------------------------------------------------------------------------------- all alike


def test_three_faults_that_are_alike_are_told_one_by_one() -> None:
    write("bad.jsonl", EMPTY, GOOD[0], EMPTY, EMPTY)
    assert [line.split(": ")[0] for line in told("validate bad.jsonl")] == [
        "bad.jsonl:1",
        "bad.jsonl:3",
        "bad.jsonl:4",
    ]


def test_more_are_told_in_one_line_with_their_number_and_three_places() -> None:
    write("bad.jsonl", EMPTY, GOOD[0], *[EMPTY] * 1203)
    write("more.jsonl", EMPTY)
    assert told("validate bad.jsonl more.jsonl") == [
        "bad.jsonl:1, :3, :4, …: 1,205 times: empty answer: turn 2 (assistant) is empty"
    ]


def test_name_with_a_colon_is_not_taken_for_a_place() -> None:
    write("chat: old.jsonl", *[EMPTY] * 4)
    assert told("validate 'chat: old.jsonl'") == [
        "chat: old.jsonl:1, :2, :3, …: 4 times: empty answer: turn 2 (assistant) is empty"
    ]


def test_place_in_another_file_names_that_file() -> None:
    write("a.jsonl", EMPTY)
    write("b.jsonl", *[EMPTY] * 3)
    assert told("validate a.jsonl b.jsonl")[0].startswith("a.jsonl:1, b.jsonl:1, :2, …: 4 times: ")


def test_faults_that_differ_in_numbers_alone_are_alike() -> None:
    rounds = [["Hi", "Hello"]] * 9
    write(
        "bad.jsonl",
        *({**GOOD[0], "history": [*rounds[:count], ["Hi", None]]} for count in range(5)),
        *({**GOOD[0], "output": number} for number in range(5)),
    )
    assert told("validate bad.jsonl") == [
        "bad.jsonl:1, :2, :3, …: 5 times: does not match the schema: /history/*/1: is null, "
        "expected string",
        "bad.jsonl:6, :7, :8, …: 5 times: does not match the schema: /output: is *, expected "
        "string or array",
    ]


def test_faults_of_different_kinds_stay_apart_in_the_order_of_their_first_places() -> None:
    bad = [EMPTY, {"instruction": "Hi", "output": None}, {"instruction": "Hi", "output": [1]}]
    write("bad.jsonl", *bad * 4)
    lines = told("validate bad.jsonl")
    assert [line.split(",")[0] for line in lines] == ["bad.jsonl:1", "bad.jsonl:2", "bad.jsonl:3"]
    assert all(": 4 times: " in line for line in lines)


def test_many_spellings_of_one_fault_end_in_one_line() -> None:
    write("bad.jsonl", *({f"field{'abcdefghijklmnopqrstuvwxyz'[n % 26]}": n} for n in range(520)))
    lines = told("validate bad.jsonl")
    assert len(lines) == SPELLINGS + 1
    assert ": 320 times: no known shape: its fields are '…'; " in lines[-1]


def test_all_prints_each_fault() -> None:
    write("bad.jsonl", *[EMPTY] * 50)
    assert len(told("validate bad.jsonl --all")) == 50


def test_faults_are_counted_in_memory_that_has_a_bound() -> None:
    groups = FaultGroups()
    for number in range(3 * MOST):
        word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        groups.take(
            RecordFault(Origin("a", number), RecordError("no column", f"lacks {word}", f"/{word}"))
        )
    found = list(groups)
    assert len(found) <= MOST + 1
    assert sum(group.count for group in found) == 3 * MOST
    assert all(len(group.first) <= 3 for group in found)


# --------------------------------------------------------------------------------------------- json


def test_json_has_an_object_a_line_with_all_that_is_known() -> None:
    write(
        "bad.jsonl",
        GOOD[0],
        *[{"instruction": "Hi", "output": None}] * 5,
        chat("human", "human", "gpt"),
    )
    first, second = map(json.loads, told("validate bad.jsonl --json"))
    places = first.pop("places")
    assert first == {
        "code": "wrong-type",
        "reason": "does not match the schema",
        "pointer": "/output",
        "found": "is null",
        "expected": "string or array",
        "repair": "",
        "count": 5,
    }
    assert [place["line"] for place in places] == [2, 3, 4]
    assert {place["path"] for place in places} == {"bad.jsonl"}
    content = Path("bad.jsonl").read_bytes()
    assert content[places[0]["byte"] :].startswith(b'{"instruction": "Hi"')
    assert (second["repair"], second["count"]) == ("merge_turns", 1)


def test_json_of_all_has_an_object_for_each_fault() -> None:
    write("bad.jsonl", *[EMPTY] * 5)
    found = [json.loads(line) for line in told("validate bad.jsonl --json --all")]
    assert [(each["count"], each["places"][0]["line"]) for each in found] == [
        (1, line) for line in range(1, 6)
    ]


def test_json_of_good_files_is_nothing() -> None:
    assert told("validate good.jsonl --json", 0) == []


# ---------------------------------------------------------------------------- a schema of one's own

OWN = {
    "type": "object",
    "properties": {"instruction": {"type": "string", "pattern": "^What"}},
    "required": ["input"],
}


def write_json(path: str, value: Any) -> None:
    Path(path).write_text(json.dumps(value), encoding="utf-8")


def test_own_schema_judges_in_place_of_a_format() -> None:
    write_json("own.json", OWN)
    write("odd.jsonl", {"input": 1}, {"instruction": "Why?"})
    assert told("validate good.jsonl --schema own.json", 0) == []
    assert told("validate odd.jsonl --schema own.json") == [
        "odd.jsonl:2: does not meet your schema: lacks 'input'",
        "odd.jsonl:2: does not meet your schema: /instruction: is 'Why?', expected a text that "
        "matches ^What",
    ]


def test_own_schema_may_judge_what_is_no_object() -> None:
    write_json("own.json", {"type": "array", "items": {"type": "integer"}})
    Path("rows.jsonl").write_text('"text"\n[1, 2]\n[1, "2"]\n')
    assert told("validate rows.jsonl --schema own.json") == [
        "rows.jsonl:1: does not meet your schema: is 'text', expected array",
        "rows.jsonl:3: does not meet your schema: /1: is '2', expected integer",
    ]


def test_own_schema_may_build_on_ours() -> None:
    write_json("own.json", {"$ref": "alpaca.schema.json", "required": ["id"]})
    write("rows.jsonl", {"id": 1, **GOOD[0]}, GOOD[1], {"id": 2, "instruction": "Hi"})
    assert [line.split(": ", 2)[2] for line in told("validate rows.jsonl --schema own.json")] == [
        "lacks 'id'",
        "lacks 'output'",
    ]


def test_example_of_the_schemas_readme_runs() -> None:
    page = ROOT.joinpath("schemas/README.md").read_text(encoding="utf-8")
    (own,) = re.findall(r'^\{"\$ref".*$', page, re.MULTILINE)
    (line, said) = re.findall(r"^\$ dataprep (.*)\n(.*)$", page, re.MULTILINE)[0]
    Path("own.json").write_text(own)
    write("faq.jsonl", {"id": 1, **GOOD[0]}, GOOD[1])
    assert told(line) == [said]


INVALID: dict[str, str] = {
    '{"type": "strin"}': (
        'own.json: /type: fits none of the choices: is \'strin\', expected "array" or "boolean"'
    ),
    '{"properties": {"a": {"minLength": "5"}}}': (
        "own.json: /properties/a/minLength: is '5', expected integer"
    ),
    '{"properties": {"a/b": {"required": "x"}}}': (
        "own.json: /properties/a~1b/required: is 'x', expected array"
    ),
    '{"items": {"pattern": "("}}': (
        "own.json: /items/pattern: is '(', expected a regular expression"
    ),
    '{"patternProperties": {"(": true}}': (
        "own.json: /patternProperties/(: is '(', expected a regular expression"
    ),
    '{"$ref": "#/$defs/none"}': (
        "own.json: Pointer '/$defs/none' does not exist; it may refer to places in itself"
    ),
    '{"$ref": "https://example.com/a.json"}': (
        "own.json: Resource 'https://example.com/a.json' is not present"
    ),
    '{"$schema": "https://example.com/"}': (
        'own.json: /$schema: is no draft that is known; write "https://json-sch'
    ),
    "[1]": "own.json: is an array, expected object or boolean",
    "7": "own.json: is 7, expected object or boolean",
    '{"type": ': "own.json: is no JSON Schema, for it is not JSON",
}


@pytest.mark.parametrize("text", INVALID)
def test_schema_that_is_none_is_refused_with_its_place(text: str) -> None:
    Path("own.json").write_text(text)
    assert refusal("validate good.jsonl --schema own.json").startswith(INVALID[text])


def test_schema_beside_a_format_is_refused() -> None:
    write_json("own.json", OWN)
    for option in ("--format alpaca", "--columns prompt=instruction,response=output"):
        assert refusal(f"validate good.jsonl --schema own.json {option}").startswith(
            "say a schema, or a format"
        )
    assert "does not exist" in refusal("validate good.jsonl --schema missing.json")


def test_expression_that_python_does_not_know_is_judged_all_the_same() -> None:
    write_json(
        "own.json",
        {
            "properties": {"q": {"pattern": r"^\p{Han}+$"}},
            "patternProperties": {r"^\p{Han}": False},
        },
    )
    write("rows.jsonl", {"q": "你好"}, {"q": "Hi"}, {"问": 1})
    assert [line.split(": ")[0] for line in told("validate rows.jsonl --schema own.json")] == [
        "rows.jsonl:2",
        "rows.jsonl:3",
    ]


# -------------------------------------------------------------------------------------- in a recipe

RECIPE = """\
data:
  inputs: [{path: rows.jsonl, schema: own.json}]
  output: {format: alpaca}
"""


def prepare(recipe: str, *rows: Record) -> list[tuple[int, str, str]]:
    """Prepare rows by a recipe and return the line, reason and pointer of each reject."""
    Path("own.yaml").write_text(recipe)
    if rows:
        write("rows.jsonl", *rows)
    assert run("prepare own.yaml").exit_code == 0
    return [
        (reject["line"], reject["reason"], reject["pointer"])
        for reject in read("data/own/rejects.jsonl")
    ]


def test_records_that_do_not_meet_the_recipes_schema_are_rejects() -> None:
    write_json("own.json", {"properties": {"output": {"maxLength": 20}}})
    rows = [GOOD[0], {**GOOD[1], "output": "It is " * 9}, EMPTY]
    assert prepare(RECIPE, *rows) == [
        (2, "does not meet your schema", "/output"),
        (3, "empty answer", ""),
    ]
    against, _ = read("data/own/rejects.jsonl")
    assert (against["found"], against["expected"]) == ("has 54 characters", "20 or fewer")


def test_changed_schema_prepares_again() -> None:
    write_json("own.json", {})
    assert prepare(RECIPE, *GOOD) == []
    assert good("prepare own.yaml") == "data/own: up to date\n"
    write_json("own.json", {"properties": {"instruction": {"pattern": "^What is 1"}}})
    assert len(prepare(RECIPE)) == 2


def test_record_is_judged_as_it_stands_before_columns_and_parts_are_taken_of_it() -> None:
    write_json("own.json", {"required": ["q"]})
    columns = RECIPE.replace("own.json", "own.json, columns: {prompt: q, response: a}")
    assert prepare(columns, {"q": "Hi", "a": "Hello"}) == []
    task = {
        "Definition": "Add.",
        "Instances": [{"input": "1", "output": ["1"]}, {"input": "2", "output": ["2"]}],
    }
    assert prepare(RECIPE, {"q": 1, **task}, task) == [(2, "does not meet your schema", "")]


def test_record_that_is_mended_is_held_to_the_schema_too() -> None:
    write_json("own.json", {"required": ["id"]})
    Path("rows.jsonl").write_text(
        '{"id": 1, "instruction": "Hi", "output": "Hel\n{"instruction": "Hi", "output": "Hel\n'
    )
    mending = RECIPE.replace("  output:", "  repair: [close_json]\n  output:")
    assert prepare(mending) == [(2, "not valid JSON", "")]


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_processes_judges_alike(workers: int) -> None:
    write_json("own.json", {"properties": {"output": {"pattern": "[13579]\\.$"}}})
    Path("own.yaml").write_text(RECIPE)
    write("rows.jsonl", *MANY)
    run(f"prepare own.yaml --workers {workers}")
    assert len(read("data/own/rejects.jsonl")) == 100


WRONG = {
    "own.json→missing.json": "own.yaml:2: /data/inputs/0: missing.json: no such file",
    "own.json→../own.json": "own.yaml:2: /data/inputs/0: ../own.json lies outside of this folder",
    "own.json→bad.json": "own.yaml:2: /data/inputs/0: bad.json: /type: fits none of the choices",
    "schema: own.json→schema: 7": "own.yaml:2: /data/inputs/0/schema: is 7, expected string",
}


@pytest.mark.parametrize("change", WRONG)
def test_schema_of_a_recipe_that_is_none_is_refused_with_its_line(change: str) -> None:
    write_json("own.json", {})
    write_json("bad.json", {"type": "strin"})
    write("rows.jsonl", *GOOD)
    Path("own.yaml").write_text(RECIPE)
    edit("own.yaml", *change.split("→"))
    assert refusal("prepare own.yaml").startswith(WRONG[change])


# --------------------------------------------------------------------------- files that are no data


@pytest.fixture
def prepared(folder: Path) -> None:
    """Prepare data of all ways out, with its registry."""
    write(
        "raw.jsonl",
        *GOOD,
        EMPTY,
        GOOD[0],
        {"instruction": "Hi", "output": None},
        chat("human", "human", "gpt"),
    )
    Path("mine.yaml").write_text(
        "data: {inputs: [raw.jsonl], steps: [clean, dedupe], output: {format: sharegpt, split: "
        "{val: 0.4}}}\n"
    )
    assert run("prepare mine.yaml").exit_code == 0


OWN_FILES = {
    "data/mine/report.json": "1 report",
    "data/mine/rejects.jsonl": "4 rejects",
    "data/mine/lineage.parquet": "7 rows of lineage",
    "data/dataset_info.json": "1 registry",
    "mine.yaml": "1 recipe",
}


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("path", OWN_FILES)
def test_file_that_prepare_wrote_is_told_by_its_name_and_meets_its_schema(path: str) -> None:
    result = run(f"validate {path}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{OWN_FILES[path]}, all good\n"


@pytest.mark.usefixtures("prepared")
def test_all_of_them_are_counted_by_their_kinds() -> None:
    result = run(
        "validate data/mine/report.json data/mine/rejects.jsonl data/dataset_info.json good.jsonl"
    )
    assert result.stderr == "1 registry, 4 rejects, 1 report and 3 records, all good\n"


BROKEN = {
    'data/mine/report.json: "rejected": 3→"rejectd": 3': (
        "/records/rejectd: no such key; did you mean 'rejected'?"
    ),
    'data/mine/rejects.jsonl: "fate":"rejected"→"fate":"lost"': (
        "/fate: is 'lost', expected \"rejected\" or"
    ),
    'data/dataset_info.json: "messages": "conv→"mesages": "conv': (
        "/mine/columns/mesages: no such key; did you mean"
    ),
    'data/dataset_info.json: "sharegpt"→"openai"': (
        "/mine/formatting: is 'openai', by which LLaMA-Factory writes"
    ),
    "mine.yaml: clean→clear": "/data/steps/0: no step 'clear'; did you mean 'clean'?",
}


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("change", BROKEN)
def test_fault_in_such_a_file_is_told_with_its_line(change: str) -> None:
    path, _, edits = change.partition(": ")
    old, new = edits.split("→")
    text = Path(path).read_text()
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    edit(path, old, new)
    assert told(f"validate {path}")[0].startswith(
        f"{path}:{line}: does not match the schema: {BROKEN[change]}"
    )


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("dataset_info.json", b'{\n"a": {"file_name": "a.json",}\n}', ":2: not valid JSON: "),
        ("dataset_info.json", b'\xef\xbb\xbf{"a": {}}', ":1: not valid JSON: "),
        ("dataset_info.json", b'{\n"a": "\xff"}', ":2: not valid UTF-8: "),
        ("dataset_info.json", b"[]", ":1: does not match the schema: is an array, expected object"),
        (
            "dataset_info.json",
            b'{"a/b~": {"ranking":\n"true"}}',
            ":1: does not match the schema: /a~1b~0: names no data",
        ),
        ("r.yaml", b"data:\n  inputs: [a\n", ":3: no recipe: not valid YAML"),
        (
            "r.yaml",
            b"data:\n  input: [a]\n  output: {format: alpaca}\n",
            ":2: does not match the schema: /data/input: no such key; did you mean",
        ),
    ],
)
def test_file_that_cannot_be_read_is_told_with_its_line(
    path: str, content: bytes, words: str
) -> None:
    Path(path).write_bytes(content)
    assert told(f"validate {path}")[0].startswith(path + words)


@pytest.mark.usefixtures("prepared")
def test_records_in_rejects_are_checked_where_that_is_asked_for() -> None:
    lines = told("validate data/mine/rejects.jsonl --format rejects")
    assert [line.split(": ")[1] for line in lines] == [
        "empty answer",
        "does not match the schema",
        "turns out of order",
    ]


def test_data_that_have_such_a_name_are_data() -> None:
    write("report.json", *GOOD)
    Path("list.yaml").write_text("- {instruction: Hi, output: Hello}\n")
    Path("data.yaml").write_text("data:\n- {instruction: Hi, output: Hello}\n")
    assert run("validate report.json list.yaml").stderr == "4 records, all good\n"
    assert "record" in run("validate data.yaml").stderr


def test_llamafactorys_own_registry_has_the_two_faults_that_it_has() -> None:
    path = ROOT.parent / "shared/data/llamafactory_apache2/dataset_info.json"
    if not path.exists():
        pytest.skip("the data of others are not here")
    lines = told(f"validate {path}")
    assert [line.split(": ")[2] for line in lines] == ["/nectar_rm", "/orca_dpo_de"]
    assert all("ranking without columns" in line for line in lines)


@pytest.mark.parametrize(
    "name", [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]
)
def test_entry_that_we_write_meets_the_schema(name: str) -> None:
    assert (
        list(schema.problems("dataset_info", {"mine": registry.entry(name, "mine/train.jsonl")}))
        == []
    )


def test_a_list_of_nothing_is_nothing_to_train_on() -> None:
    Path("none.json").write_text("[]")
    result = run("validate none.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "0 records, nothing to train on\n"
