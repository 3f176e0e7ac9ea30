"""The registry: entries are put in, shown and taken out, and one that others wrote is checked
against LLaMA-Factory.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from commandline import GOOD, good, refusal, registry, run, write
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from dataprep import formats, schema
from dataprep.llamafactory.dataset_info.finding import COLUMNS, TAGS
from dataprep.llamafactory.dataset_info.json_edit import edited
from dataprep.llamafactory.dataset_info.keys import KEYS, SOURCES
from dataprep.llamafactory.dataset_info.paths import TYPES
from dataprep.llamafactory.dataset_info.registry import entry, merge
from dataprep.model import Example, Turn

pytestmark = pytest.mark.usefixtures("folder")
REGISTRY = "data/dataset_info.json"
Row = dict[str, Any]


def entries(**named: Any) -> None:
    """Write a registry as someone's hand would."""
    Path("data").mkdir(exist_ok=True)
    Path(REGISTRY).write_text(
        json.dumps(named, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def found(words: str = "") -> list[Row]:
    """Return what the check finds."""
    result = run(f"registry check --json {words}")
    told = json.loads(result.stdout)
    assert result.exit_code == (1 if told["faults"] else 0)
    return [finding for finding in told["findings"] if not finding["note"]]


def kinds(words: str = "") -> set[str]:
    return {finding["kind"] for finding in found(words)}


def notes() -> set[str]:
    told = json.loads(run("registry check --json").stdout)
    return {finding["kind"] for finding in told["findings"] if finding["note"]}


# ----------------------------------------------------------------------- register, --list, --remove

HAND_MADE = """\
{
    "z": {"file_name": "z.json",   "columns": {"prompt": "q"} },

    "a" : {
        "file_name": "a.json"
    },
    "m": {"hf_hub_url": "x/y"}
}
"""


def test_other_entries_stay_as_they_are_written() -> None:
    write("data/faq.jsonl", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good("register data/faq.jsonl")
    text = Path(REGISTRY).read_text()
    assert text.startswith(HAND_MADE.removesuffix("\n}\n"))
    assert text.endswith("    }\n}\n")
    good("register --remove faq")
    assert Path(REGISTRY).read_text() == HAND_MADE


def test_entry_is_replaced_in_its_place() -> None:
    write("data/a.json", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good("register data/a.json")
    before, after = HAND_MADE.split('    "a" : {\n        "file_name": "a.json"\n    }')
    text = Path(REGISTRY).read_text()
    assert text.startswith(before + '    "a" : {\n')
    assert text.endswith(after)


@pytest.mark.parametrize(
    ("names", "left"),
    [("z", ["a", "m"]), ("m", ["z", "a"]), ("a", ["z", "m"]), ("z --remove m", ["a"])],
)
def test_entries_are_taken_out_and_their_data_stays(names: str, left: list[str]) -> None:
    write("data/a.json", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good(f"register --remove {names}")
    assert list(registry()) == left
    assert Path("data/a.json").exists()


def test_list_shows_each_entry_with_its_kind_and_its_source() -> None:
    entries(a={"file_name": "a.json", "formatting": "sharegpt"}, long={"hf_hub_url": "x/y"})
    assert good("register --list") == "a     sharegpt  a.json\nlong  alpaca    x/y\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("register", "Missing argument 'FILE'"),
        ("register --list --remove a", "Missing argument 'FILE'"),
        ("register good.jsonl --remove a", "Give one of FILE, --remove and --list"),
        (
            "register --remove als",
            "data/dataset_info.json: has no data set 'als'; did you mean 'alps'?",
        ),
        ("register --list --data other", "other/dataset_info.json: no such file"),
        ("registry check missing.json", "Invalid value for '[FILE]'"),
        ("registry check --rows -1", "Invalid value for '--rows'"),
        ("registry chek", "No such command 'chek'"),
    ],
)
def test_wrong_use_is_refused(line: str, words: str) -> None:
    entries(alps={"file_name": "a.json"})
    assert refusal(line).startswith(words)


def test_entries_that_go_and_come_at_the_same_time_lose_nothing() -> None:
    names = [f"faq{number}" for number in range(4)]
    for name in names:
        write(f"data/{name}.jsonl", *GOOD)
    entries(**{f"old{number}": {"file_name": "x.json"} for number in range(5)})
    program = [sys.executable, "-m", "dataprep", "register"]
    words = [[f"data/{name}.jsonl"] for name in names] + [
        ["--remove", f"old{number}"] for number in range(4)
    ]
    running = [subprocess.Popen([*program, *each], stdout=subprocess.DEVNULL) for each in words]
    assert [process.wait() for process in running] == [0] * len(words)
    assert sorted(registry()) == [*names, "old4"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    OBJECTS,
    OBJECTS,
    st.sets(st.text(max_size=3)),
    st.sampled_from([None, 1, 4, "\t"]),
    st.booleans(),
)
def test_edited_text_reads_as_the_edited_object(
    before: dict[str, Any], put: dict[str, Any], drop: set[str], indent: Any, ascii_only: bool
) -> None:
    text = json.dumps(before, indent=indent, ensure_ascii=ascii_only)
    after = {name: value for name, value in before.items() if name not in drop or name in put} | put
    assert json.loads(edited(text, put, drop)) == after
    assert list(json.loads(edited(text, put, drop))) == list(after)
    assert edited(text, {}) == text or not before
    assert edited(text, before) == text or not before


# --------------------------------------------------------------- the traps that a registry can hold

ALPACA = {"prompt": "instruction", "query": "input", "response": "output"}
CHAT = {"messages": "conversations"}
ALL_TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
}
ROW = {"instruction": "Q", "input": "I", "output": "A"}
BARE = {"instruction": "Q", "output": "A"}


def talk(
    *senders: str, key: str = "from", said: str = "value", field: str = "conversations"
) -> Row:
    return {
        field: [{key: sender, said: f"{sender} {place}"} for place, sender in enumerate(senders)]
    }


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def array(*rows: Any) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


class Trap(NamedTuple):
    """An entry that someone wrote, its files, what our check calls it, and what LLaMA-Factory does
    with it.

    `real` is a part of the error that it stops with, or tells from the rows that it would train on
    (in stage sft) whether it did what we say.
    """

    entry: Any
    files: dict[str, bytes]
    kind: str
    real: str | Callable[[list[Row]], bool] = ""
    name: str = "x"


def file(
    entry: Row, *rows: Any, name: str = "x.jsonl", as_bytes: Callable[..., bytes] = lines
) -> tuple[Row, Any]:
    return {"file_name": name, **entry}, {name: as_bytes(*rows)}


def without(tag: str) -> dict[str, str]:
    return {name: value for name, value in ALL_TAGS.items() if name != tag}


def none_kept(rows: list[Row]) -> bool:
    return rows == []


def asked(text: str) -> Callable[[list[Row]], bool]:
    """Return what tells that the question of every row is this."""
    return lambda rows: bool(rows) and all(row["_prompt"][-1]["content"] == text for row in rows)


PAIR = {"instruction": "Q", "chosen": "good", "rejected": "bad"}
MANY = [{**ROW, "system": ""} for _ in range(1000)]
BIG = [{**ROW, "output": "A" * 11_000} for _ in range(1000)]
SHARED = {"formatting": "sharegpt"}
GB = '[{"instruction": "问", "input": "", "output": "答"}]'.encode("gb18030")

TRAPS: dict[str, Trap] = {
    "T1 columns that are not all": Trap(
        *file({"columns": {"prompt": "instruction", "response": "output"}}, ROW),
        "field is passed over",
        asked("Q"),
    ),
    "T2 a misspelt column": Trap(
        *file({"columns": {**ALPACA, "promt": "x"}}, ROW), "unknown key", asked("Q\nI")
    ),
    "T2 a misspelt prompt": Trap(
        *file({"columns": {"promt": "instruction", "response": "output"}}, BARE),
        "no prompt column",
        asked(""),
    ),
    "a misspelt tag": Trap(
        *file(
            {**SHARED, "tags": {**without("user_tag"), "user_tga": "human"}}, talk("human", "gpt")
        ),
        "unknown key",
        none_kept,
    ),
    "a misspelt key": Trap(*file({"formating": "sharegpt"}, ROW), "unknown key", asked("Q\nI")),
    "T3 a system text that is not named": Trap(
        *file({"columns": ALPACA}, {**ROW, "system": "S"}),
        "field is passed over",
        lambda rows: rows[0]["_system"] == "",
    ),
    "T3 a history that is not named": Trap(
        *file({"columns": ALPACA}, {**ROW, "history": [["a", "b"]]}),
        "field is passed over",
        lambda rows: len(rows[0]["_prompt"]) == 1,
    ),
    "T3 tools that are not named": Trap(
        *file(
            {**SHARED, "columns": CHAT, "tags": ALL_TAGS}, {**talk("human", "gpt"), "tools": "[]"}
        ),
        "field is passed over",
        lambda rows: rows[0]["_tools"] == "",
    ),
    "T9 formatting openai": Trap(
        *file(
            {
                "formatting": "openai",
                "columns": {"messages": "messages"},
                "tags": {**ALL_TAGS, **OPENAI_TAGS},
            },
            talk("user", "assistant", key="role", said="content", field="messages"),
        ),
        "formatting openai",
        lambda rows: rows[0]["_system"] == "detailed thinking off",
    ),
    "formatting openai without tags": Trap(
        *file(
            {"formatting": "openai", "columns": {"messages": "messages"}},
            talk("user", "assistant", key="role", said="content", field="messages"),
        ),
        "no tags",
        "'from'",
    ),
    "an unknown formatting": Trap(
        *file({"formatting": "sharegtp"}, ROW), "unknown formatting", "sharegtp not found"
    ),
    "conversations without formatting": Trap(
        *file({}, talk("human", "gpt")), "formatting is missing", "'instruction'"
    ),
    "T13 two system texts": Trap(
        *file(
            {**SHARED, "columns": {**CHAT, "system": "system"}, "tags": ALL_TAGS},
            {**talk("system", "human", "gpt"), "system": "column"},
        ),
        "two system texts",
        lambda rows: rows[0]["_system"] == "system 0",
    ),
    "T14 ranking as a string": Trap(
        *file(
            {"ranking": "false", "columns": {**ALPACA, "chosen": "chosen", "rejected": "rejected"}},
            {**ROW, **PAIR},
        ),
        "ranking is no boolean",
        none_kept,
    ),
    "ranking that is missing": Trap(
        *file(
            {"columns": {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}}, PAIR
        ),
        "ranking is missing",
        none_kept,
    ),
    "T19 a CSV with NA": Trap(
        *file({}, name="x.csv", as_bytes=lambda: b"instruction,input,output\nQ,I,NA\nQ,I,A\n"),
        "cells become null",
        lambda rows: len(rows) == 1,
    ),
    "T20 a CSV with more cells": Trap(
        *file({}, name="x.csv", as_bytes=lambda: b"instruction,input,output\nQ,I,A,more\n"),
        "more cells than columns",
        asked("I\nA"),
    ),
    "T22 a text with blank lines": Trap(
        *file({"columns": {"prompt": "text"}}, name="x.txt", as_bytes=lambda: b"one\n\ntwo\n"),
        "blank lines",
    ),
    "T23 a null text": Trap(
        *file({"columns": {"prompt": "text"}}, {"text": "a"}, {"text": None}), "empty documents"
    ),
    "T37 a number for an answer": Trap(
        *file({}, {**ROW, "output": 4}), "wrong type in the file", none_kept
    ),
    "T38 answers that look like dates": Trap(
        *file({}, {**ROW, "output": "2023-01-01"}, {**ROW, "output": "2024-02-03"}),
        "texts become dates",
        none_kept,
    ),
    "T38 questions that look like dates": Trap(
        *file({}, {**ROW, "instruction": "2023-01-01"}),
        "texts become dates",
        "expected str instance",
    ),
    "T39 belle's assistant under the default tags": Trap(
        *file(SHARED, talk("human", "assistant")), "senders without a tag", none_kept
    ),
    "T39 user and assistant under the default tags": Trap(
        *file(SHARED, talk("user", "assistant")), "senders without a tag", none_kept
    ),
    "T39 a conversation that begins with an answer": Trap(
        *file(SHARED, talk("gpt", "human"), talk("human", "gpt")),
        "turns out of order",
        lambda rows: len(rows) == 1,
    ),
    "T39 a conversation that ends with a question": Trap(
        *file(SHARED, talk("human", "gpt", "human")), "no answer at the end", none_kept
    ),
    "T40 tags without a system tag": Trap(
        *file(
            {**SHARED, "tags": without("system_tag")},
            talk("system", "human", "gpt"),
        ),
        "senders without a tag",
        none_kept,
    ),
    "T41 tags with two keys only": Trap(
        *file(
            {**SHARED, "tags": {"role_tag": "from", "content_tag": "value"}}, talk("human", "gpt")
        ),
        "partial tags",
        none_kept,
    ),
    "role and content under the default tags": Trap(
        *file(SHARED, talk("user", "assistant", key="role", said="content")),
        "tag is not in the messages",
        "'from'",
    ),
    "T42 an empty conversation": Trap(
        *file(SHARED, {"conversations": []}, talk("human", "gpt")),
        "no turns",
        lambda rows: len(rows) == 1,
    ),
    "T43 a label that is a number": Trap(
        *file({"columns": {**ALPACA, "kto_tag": "label"}}, {**ROW, "label": 1}),
        "wrong type in the file",
        lambda rows: len(rows) == 1,  # as a plain example, so that stage kto drops it
    ),
    "T45 a chosen message in alpaca": Trap(
        *file(
            {
                "ranking": True,
                "columns": {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"},
            },
            {**PAIR, "chosen": {"from": "gpt", "value": "good"}},
        ),
        "wrong type in the file",
        none_kept,
    ),
    "T47 alpaca without an input": Trap(*file({}, BARE), "column is not in the file", "'input'"),
    "T47 a column that no row has": Trap(
        *file({"columns": {**ALPACA, "system": "sytem"}}, ROW),
        "column is not in the file",
        "'sytem'",
    ),
    "T48 columns without messages": Trap(
        *file({**SHARED, "columns": {"system": "system"}}, {**talk("human", "gpt"), "system": "S"}),
        "no messages column",
        "None",
    ),
    "T48 ranking without its columns": Trap(
        *file({"ranking": True, "columns": {"prompt": "instruction"}}, PAIR),
        "pair without columns",
        "None",
    ),
    "T48 ranking without columns": Trap(
        *file({"ranking": True}, {**ROW, **PAIR}), "pair without columns", "None"
    ),
    "T49 a number for a question": Trap(
        *file({}, {**ROW, "instruction": 4}), "wrong type in the file", "expected str instance"
    ),
    "T50 a history of three": Trap(
        *file({"columns": {**ALPACA, "history": "history"}}, {**ROW, "history": [["a", "b", "c"]]}),
        "history is no pairs",
        "too many values",
    ),
    "T51 a null conversation": Trap(
        *file(SHARED, {"conversations": None}, talk("human", "gpt")),
        "wrong type in the file",
        "NoneType",
    ),
    "T52 a system text that comes late": Trap(
        *file(
            {"columns": {**ALPACA, "system": "system"}},
            *[{**row, "system": None} for row in MANY],
            {**ROW, "system": "S"},
        ),
        "filled late",
        "to null",
    ),
    "T53 a first batch of which nothing is left": Trap(
        *file(SHARED, *[talk("gpt", "human") for _ in range(1000)], talk("human", "gpt")),
        "nothing in the first batch",
        "to null",
    ),
    "T54 a field behind the first 10 MB": Trap(
        *file({"columns": ALPACA}, *BIG, {**ROW, "late": "x"}),
        "late in a large file",
        "generating the dataset",
    ),
    "T54 a list that is first filled behind the first 10 MB": Trap(
        *file(
            {"columns": {**ALPACA, "history": "history"}},
            *[{**row, "history": []} for row in BIG],
            {**ROW, "history": [["a", "b"]]},
        ),
        "late in a large file",
        "generating the dataset",
    ),
    "T55 two types in a column": Trap(
        *file({}, {**ROW, "output": "A"}, {**ROW, "output": 4}),
        "mixed types",
        "generating the dataset",
    ),
    "T55 two types in a column of an array": Trap(
        *file({}, {**ROW, "output": "A"}, {**ROW, "output": 4}, name="x.json", as_bytes=array),
        "mixed types",
        "generating the dataset",
    ),
    "T56 content that is a list": Trap(
        *file(
            SHARED,
            {
                "conversations": [
                    {"from": "human", "value": [{"type": "text"}]},
                    {"from": "gpt", "value": "A"},
                ]
            },
        ),
        "content is no text",
        "generating the dataset",
    ),
    "messages that are texts": Trap(
        *file(SHARED, {"conversations": ["Q", "A"]}), "message is no object", "indices must"
    ),
    "a message without content": Trap(
        *file(SHARED, {"conversations": [{"from": "human"}, {"from": "gpt", "value": "A"}]}),
        "content is missing",
        lambda rows: rows[0]["_prompt"][0]["content"] is None,  # which the template stops at
    ),
    "T57 a folder of different fields": Trap(
        {"file_name": "two"},
        {"two/a.jsonl": lines({**ROW, "one": "x"}), "two/b.jsonl": lines({**ROW, "more": "x"})},
        "files of different fields",
        "generating the dataset",
    ),
    "T58 tools that are objects": Trap(
        *file(
            {**SHARED, "columns": {**CHAT, "tools": "tools"}, "tags": ALL_TAGS},
            {**talk("human", "gpt"), "tools": [{"name": "a"}]},
        ),
        "wrong type in the file",
        lambda rows: not isinstance(rows[0]["_tools"], str),  # which the template stops at
    ),
    "T62 a mark before an array": Trap(
        *file({}, name="x.json", as_bytes=lambda: b"\xef\xbb\xbf" + array(ROW)),
        "byte order mark",
        "generating",
    ),
    "T62 a file in GB18030": Trap(
        *file({}, name="x.json", as_bytes=lambda: GB), "not valid UTF-8", "generating"
    ),
    "T63 a key twice": Trap(
        *file(
            {},
            as_bytes=lambda: b'{"instruction": "Q", "input": "I", "output": "A", "output": "B"}\n',
        ),
        "Arrow cannot read it",
        "generating the dataset",
    ),
    "T64 rows inside an object": Trap(
        *file({}, name="x.json", as_bytes=lambda: json.dumps({"data": [ROW, ROW]}).encode()),
        "rows inside an object",
        "'instruction'",
    ),
    "T65 an empty file": Trap(*file({}), "empty file", "generating the dataset|infer"),
    "T65 an empty array": Trap(
        *file({}, name="x.json", as_bytes=array), "empty file", "no data|generating"
    ),
    "a broken line": Trap(
        *file({}, as_bytes=lambda: lines(ROW) + b"{broken\n"),
        "not valid JSON",
        "generating the dataset",
    ),
    "a file that is not there": Trap({"file_name": "no.jsonl"}, {}, "no such file", "not found"),
    "a suffix in capitals": Trap(
        *file({}, ROW, name="x.JSON"), "suffix in capitals", "Allowed file types"
    ),
    "a compressed file": Trap(
        *file({}, ROW, name="x.jsonl.gz"), "compressed file", "Allowed file types"
    ),
    "a TSV": Trap(*file({}, ROW, name="x.tsv"), "wrong suffix", "Allowed file types"),
    "a pattern that finds nothing": Trap(
        *file({}, ROW, name="a[1].jsonl"), "pattern in the name", "Unable to find|generating"
    ),
    "a pattern that finds more": Trap(
        {"file_name": "a*.jsonl"},
        {"a*.jsonl": lines(ROW), "ab.jsonl": lines(ROW)},
        "pattern in the name",
        lambda rows: len(rows) == 2,
    ),
    "a folder of two types": Trap(
        {"file_name": "mix"},
        {"mix/a.jsonl": lines(ROW), "mix/README.md": b"Hi"},
        "mixed folder",
        "File types should be identical|Allowed file types",
    ),
    "an empty folder": Trap(
        {"file_name": "none"}, {"none/": b""}, "empty folder", "index out of range"
    ),
    "a path that leads outside": Trap(
        {"file_name": "../good.jsonl"},
        {},
        "path leads outside",
        lambda rows: len(rows) == len(GOOD),
    ),
    "a loading script": Trap(
        {"script_url": "belle"}, {"belle/belle.py": b""}, "loading script", "scripts are no longer"
    ),
    "no source": Trap({"columns": ALPACA}, {}, "no source", "file_name"),
    "an unknown split": Trap(*file({"split": "test"}, ROW), "unknown split", "test"),
    "num_samples beyond the rows": Trap(
        *file({"num_samples": 5}, ROW, ROW), "num_samples is stale", lambda rows: len(rows) == 5
    ),
    "a subset without a hub": Trap(*file({"folder": "zh"}, ROW), "key without a hub"),
    "an entry that is no object": Trap(
        "x.jsonl", {"x.jsonl": lines(ROW)}, "no object", "indices must be"
    ),
}


def lay_out(trap: Trap) -> None:
    entries(**{trap.name: trap.entry})
    for name, content in trap.files.items():
        path = Path("data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)


@pytest.mark.parametrize("name", TRAPS)
def test_check_names_the_trap(name: str) -> None:
    lay_out(TRAPS[name])
    assert TRAPS[name].kind in kinds()


def sft_rows(name: str) -> list[Row]:
    """Return the rows of a data set that LLaMA-Factory would train on in stage sft, as its loader
    gives them.
    """
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments

    logging.disable()
    data_args = DataArguments(template="default", dataset=name, dataset_dir="data")
    models = SimpleNamespace(cache_dir="cache", hf_hub_token=None)
    (attributes,) = get_dataset_list([name], data_args.dataset_dir)
    rows = _load_single_dataset(
        attributes, models, data_args, SimpleNamespace(local_process_index=0)
    )
    return [row for row in rows if len(row["_prompt"]) % 2 == 1 and len(row["_response"]) == 1]


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, trap in TRAPS.items() if trap.real])
def test_llamafactory_still_falls_into_the_trap(name: str) -> None:
    trap = TRAPS[name]
    lay_out(trap)
    if isinstance(trap.real, str):
        with pytest.raises(Exception, match=trap.real):
            sft_rows(trap.name)
    else:
        assert trap.real(sft_rows(trap.name))


# ----------------------------------------------------------------------- the registry file, by name

WRITTEN = {
    "a byte order mark": (
        b'\xef\xbb\xbf{"x": {"file_name": "x.jsonl"}}',
        "byte order mark",
        "UTF-8 BOM",
    ),
    "a trailing comma": (b'{"x": {"file_name": "x.jsonl"},}', "cannot be read", "Cannot open"),
    "another encoding": (
        '{"x": {"file_name": "问.jsonl"}}'.encode("gb18030"),
        "cannot be read",
        "Cannot open",
    ),
    "a list": (b"[]", "cannot be read", "Undefined dataset"),
    "signs beyond ASCII": ('{"x": {"file_name": "x.jsonl", "//": "问"}}'.encode(), "not ASCII", ""),
    "a name twice": (
        b'{"x": {"file_name": "x.jsonl"}, "x": {"file_name": "no.jsonl"}}',
        "name is there twice",
        "no.jsonl not found",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_check_names_what_is_wrong_with_the_file_itself(name: str) -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes(WRITTEN[name][0])
    assert WRITTEN[name][1] in kinds()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, (_, _, real) in WRITTEN.items() if real])
def test_llamafactory_still_stops_at_the_file_itself(name: str) -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes(WRITTEN[name][0])
    with pytest.raises(ValueError, match=WRITTEN[name][2]):
        sft_rows("x")


@pytest.mark.parametrize("name", ["a,b", " a", "2024", "true", "1e5", "null", "", "a: b", "[a]"])
def test_name_that_cannot_be_asked_for_is_a_fault(name: str) -> None:
    write("data/x.jsonl", ROW)
    entries(**{name: {"file_name": "x.jsonl"}})
    assert any(kind.startswith("name ") for kind in kinds())


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("asked_for", "error"), [("a,b", "Undefined dataset"), ("x,", "Undefined dataset")]
)
def test_llamafactory_still_cuts_names_at_commas(asked_for: str, error: str) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments

    write("data/x.jsonl", ROW)
    entries(**{"a,b": {"file_name": "x.jsonl"}, "x": {"file_name": "x.jsonl"}})
    names: Any = DataArguments(template="default", dataset=asked_for, dataset_dir="data").dataset
    with pytest.raises(ValueError, match=error):
        get_dataset_list(names, "data")


def test_absolute_path_is_a_fault_though_it_loads_here() -> None:
    entries(x={"file_name": str(Path("good.jsonl").resolve())})
    assert kinds() == {"absolute path"}


NOTED = {
    "part of the rows": ({"file_name": "x.jsonl", "num_samples": 1}, {}),
    "other fields": ({"file_name": "x.jsonl"}, {"id": "7"}),
    "space in the name": ({"file_name": "x.jsonl"}, {}),
    "same as another": ({"file_name": "x.jsonl"}, {}),
    "unknown key": ({"file_name": "x.jsonl", "licence": "MIT"}, {}),
}


@pytest.mark.parametrize("kind", NOTED)
def test_what_does_no_harm_is_a_note_and_no_fault(kind: str) -> None:
    entry, more = NOTED[kind]
    write("data/x.jsonl", {**ROW, **more}, {**ROW, **more})
    twin = {"y": entry} if kind == "same as another" else {}
    entries(**{"x y" if kind == "space in the name" else "x": entry}, **twin)
    assert found() == []
    assert notes() == {kind}


# ----------------------------------------------------------------------------- what is well is well


@pytest.mark.parametrize(
    "name", [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]
)
def test_check_has_nothing_against_what_we_write_and_register(name: str) -> None:
    made = made_up(name)
    write("data/rows.jsonl", *[formats.write(name, example) for example in made])
    merge(Path(REGISTRY), {"rows": entry(name, "rows.jsonl")})
    assert (found(), notes()) == ([], set())


def made_up(name: str) -> list[Example]:
    """Return examples with all that a format has a place for."""
    turns = (Turn("user", "Q"), Turn("assistant", "A"))
    if name == "text":
        return [Example((), text="T")]
    more: Row = {}
    if name in ("preference", "alpaca-preference"):
        more["rejected"] = Turn("assistant", "B")
    if name == "kto":
        more["label"] = True
    for kind in ("images", "videos", "audios"):
        if name == f"sharegpt-{kind}":
            turns = (Turn("user", f"<{kind[:-1]}>Q"), Turn("assistant", "A"))
            more[kind] = (f"a.{kind}",)
    return [Example(turns, **more)] * 2


def test_well_made_registry_is_told_so_in_one_line() -> None:
    write("data/faq.jsonl", *GOOD)
    good("register data/faq.jsonl")
    assert good("registry check") == "1 data set, all good\n"
    assert good(f"registry check {REGISTRY}") == "1 data set, all good\n"


def test_finding_says_entry_key_place_effect_and_what_to_write() -> None:
    write("data/belle.jsonl", talk("human", "assistant"))
    entries(belle={"file_name": "belle.jsonl", "formatting": "sharegpt"})
    result = run("registry check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "data/dataset_info.json: belle/tags: senders without a tag (data/belle.jsonl:1)",
        "    LLaMA-Factory drops 1 row of 1, in which 'assistant' speaks without a tag",
        '    write all seven tags, with "assistant_tag": "assistant"',
        "1 data set, 1 fault; --fix mends 1",
    ]


def test_rows_that_were_not_looked_at_are_told() -> None:
    write("data/x.jsonl", ROW, ROW, {**ROW, "output": None})
    entries(x={"file_name": "x.jsonl"})
    assert (
        good("registry check --rows 2")
        == "1 data set, all good\nlooked at the first 2 rows of data/x.jsonl\n"
    )
    assert json.loads(good("registry check --json --rows 2"))["rows_looked_at"] == {
        "data/x.jsonl": 2
    }
    assert kinds("--rows 0") == {"wrong type in the file"}


def test_registry_of_llamafactory_itself_has_the_faults_that_we_know() -> None:
    path = ROOT.parent / "shared/data/llamafactory_apache2/dataset_info.json"
    if not path.exists():
        pytest.skip("needs the data of others")
    told = json.loads(run(f"registry check --json {path}").stdout)
    assert told["entries"] > 100
    assert {finding["kind"] for finding in told["findings"]} == {
        "no such file",
        "partial tags",
        "pair without columns",
    }


def test_keys_columns_and_tags_are_those_of_the_schema() -> None:
    known = schema.load("dataset_info")["additionalProperties"]["properties"]
    assert set(KEYS) == known.keys()
    assert COLUMNS.keys() == known["columns"]["properties"].keys()
    assert TAGS.keys() == known["tags"]["properties"].keys()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_defaults_and_suffixes_are_those_of_the_installed_version() -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.parser import DatasetAttr
    from llamafactory.extras.constants import FILEEXT2TYPE

    attributes = vars(DatasetAttr("file", "x"))
    assert {name: attributes[name] for name in (*COLUMNS, *TAGS)} == {**COLUMNS, **TAGS}
    assert attributes.keys() - {*COLUMNS, *TAGS} == {*KEYS, "load_from", "dataset_name"} - {
        *SOURCES,
        "columns",
        "tags",
    }
    assert TYPES == FILEEXT2TYPE


# ---------------------------------------------------------------------------------------------- fix

MENDED: dict[str, Callable[[list[Row]], bool]] = {
    "T1 columns that are not all": asked("Q\nI"),
    "T2 a misspelt prompt": asked("Q"),
    "a misspelt tag": asked("human 0"),
    "a misspelt key": lambda rows: True,
    "T3 a system text that is not named": lambda rows: rows[0]["_system"] == "S",
    "T3 a history that is not named": lambda rows: len(rows[0]["_prompt"]) == 3,
    "T3 tools that are not named": lambda rows: rows[0]["_tools"] == "[]",
    "an unknown formatting": lambda rows: True,
    "conversations without formatting": asked("human 0"),
    "T39 belle's assistant under the default tags": asked("human 0"),
    "T39 user and assistant under the default tags": asked("user 0"),
    "T40 tags without a system tag": lambda rows: rows[0]["_system"] == "system 0",
    "T41 tags with two keys only": asked("human 0"),
    "role and content under the default tags": asked("user 0"),
    "T47 alpaca without an input": asked("Q"),
    "T47 a column that no row has": asked("Q\nI"),
    "T48 columns without messages": lambda rows: rows[0]["_system"] == "S",
    "a subset without a hub": asked("Q\nI"),
}


@pytest.mark.parametrize("name", MENDED)
def test_fix_mends_the_entry_and_says_so(name: str) -> None:
    trap = TRAPS[name]
    lay_out(trap)
    run("registry check --fix")
    assert trap.kind not in kinds()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MENDED)
def test_llamafactory_reads_the_mended_entry_as_it_was_meant(name: str) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    lay_out(TRAPS[name])
    if run("registry check --fix").exit_code == 0:
        rows = sft_rows("x")
        assert rows
        assert MENDED[name](rows)
    else:
        assert MENDED[name]([])


def test_fix_says_what_is_written_now() -> None:
    write("data/x.jsonl", BARE)
    entries(x={"file_name": "x.jsonl"})
    assert good("registry check --fix").splitlines() == [
        "data/dataset_info.json: fixed x: column is not in the file",
        '    now {"columns": {"prompt": "instruction", "response": "output"}}',
        "1 data set, all good",
    ]


def test_fix_of_a_missing_ranking_makes_pairs() -> None:
    write("data/x.jsonl", PAIR)
    entries(x={"file_name": "x.jsonl", "columns": {"prompt": "instruction"}})
    assert run("registry check --fix").exit_code == 0
    columns = {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}
    assert registry() == {"x": {"file_name": "x.jsonl", "ranking": True, "columns": columns}}


def test_fix_leaves_other_entries_as_they_are_written() -> None:
    write("data/z.json", {"q": "Q"})
    write("data/a.json", BARE)
    Path(REGISTRY).write_text(HAND_MADE)
    run("registry check --fix")
    text = Path(REGISTRY).read_text()
    assert '    "z": {"file_name": "z.json",   "columns": {"prompt": "q"} },' in text
    assert '    "m": {"hf_hub_url": "x/y"}\n}\n' in text
    assert registry()["a"]["columns"] == {"prompt": "instruction", "response": "output"}


def test_fix_writes_ascii_without_a_mark_and_touches_no_entry() -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes('\ufeff{"问":  {"file_name": "x.jsonl"}}\r\n'.encode())
    assert run("registry check --fix").exit_code == 0
    assert Path(REGISTRY).read_bytes() == b'{"\\u95ee":  {"file_name": "x.jsonl"}}\r\n'


def test_fix_with_nothing_to_mend_leaves_the_file_alone() -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_text('{"x":{"file_name":"x.jsonl"}}')
    before = Path(REGISTRY).stat().st_mtime_ns
    assert good("registry check --fix") == "1 data set, all good\n"
    assert Path(REGISTRY).stat().st_mtime_ns == before
