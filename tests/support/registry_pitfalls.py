"""Registries that LLaMA-Factory misreads or refuses, each with the kind of our check's finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from commandline import GOOD, run

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


class Pitfall(NamedTuple):
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
    number: str = ""


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

PITFALLS: dict[str, Pitfall] = {
    "columns that are not all": Pitfall(
        *file({"columns": {"prompt": "instruction", "response": "output"}}, ROW),
        "field is passed over",
        asked("Q"),
        number="T1",
    ),
    "a misspelt column": Pitfall(
        *file({"columns": {**ALPACA, "promt": "x"}}, ROW),
        "unknown key",
        asked("Q\nI"),
        number="T2",
    ),
    "a misspelt prompt": Pitfall(
        *file({"columns": {"promt": "instruction", "response": "output"}}, BARE),
        "no prompt column",
        asked(""),
        number="T2",
    ),
    "a misspelt tag": Pitfall(
        *file(
            {**SHARED, "tags": {**without("user_tag"), "user_tga": "human"}}, talk("human", "gpt")
        ),
        "unknown key",
        none_kept,
    ),
    "a misspelt key": Pitfall(*file({"formating": "sharegpt"}, ROW), "unknown key", asked("Q\nI")),
    "a system text that is not named": Pitfall(
        *file({"columns": ALPACA}, {**ROW, "system": "S"}),
        "field is passed over",
        lambda rows: rows[0]["_system"] == "",
        number="T3",
    ),
    "a history that is not named": Pitfall(
        *file({"columns": ALPACA}, {**ROW, "history": [["a", "b"]]}),
        "field is passed over",
        lambda rows: len(rows[0]["_prompt"]) == 1,
        number="T3",
    ),
    "tools that are not named": Pitfall(
        *file(
            {**SHARED, "columns": CHAT, "tags": ALL_TAGS}, {**talk("human", "gpt"), "tools": "[]"}
        ),
        "field is passed over",
        lambda rows: rows[0]["_tools"] == "",
        number="T3",
    ),
    "formatting openai": Pitfall(
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
        number="T9",
    ),
    "formatting openai without tags": Pitfall(
        *file(
            {"formatting": "openai", "columns": {"messages": "messages"}},
            talk("user", "assistant", key="role", said="content", field="messages"),
        ),
        "no tags",
        "'from'",
    ),
    "an unknown formatting": Pitfall(
        *file({"formatting": "sharegtp"}, ROW), "unknown formatting", "sharegtp not found"
    ),
    "conversations without formatting": Pitfall(
        *file({}, talk("human", "gpt")), "formatting is missing", "'instruction'"
    ),
    "two system texts": Pitfall(
        *file(
            {**SHARED, "columns": {**CHAT, "system": "system"}, "tags": ALL_TAGS},
            {**talk("system", "human", "gpt"), "system": "column"},
        ),
        "two system texts",
        lambda rows: rows[0]["_system"] == "system 0",
        number="T13",
    ),
    "ranking as a string": Pitfall(
        *file(
            {"ranking": "false", "columns": {**ALPACA, "chosen": "chosen", "rejected": "rejected"}},
            {**ROW, **PAIR},
        ),
        "ranking is no boolean",
        none_kept,
    ),
    "ranking that is missing": Pitfall(
        *file(
            {"columns": {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}}, PAIR
        ),
        "ranking is missing",
        none_kept,
    ),
    "a CSV with NA": Pitfall(
        *file({}, name="x.csv", as_bytes=lambda: b"instruction,input,output\nQ,I,NA\nQ,I,A\n"),
        "cells become null",
        lambda rows: len(rows) == 1,
        number="T19",
    ),
    "a CSV with more cells": Pitfall(
        *file({}, name="x.csv", as_bytes=lambda: b"instruction,input,output\nQ,I,A,more\n"),
        "more cells than columns",
        asked("I\nA"),
        number="T20",
    ),
    "a text with blank lines": Pitfall(
        *file({"columns": {"prompt": "text"}}, name="x.txt", as_bytes=lambda: b"one\n\ntwo\n"),
        "blank lines",
        number="T22",
    ),
    "a null text": Pitfall(
        *file({"columns": {"prompt": "text"}}, {"text": "a"}, {"text": None}),
        "empty documents",
        number="T23",
    ),
    "a number for an answer": Pitfall(
        *file({}, {**ROW, "output": 4}),
        "wrong type in the file",
        none_kept,
        number="T37",
    ),
    "answers that look like dates": Pitfall(
        *file({}, {**ROW, "output": "2023-01-01"}, {**ROW, "output": "2024-02-03"}),
        "texts become dates",
        none_kept,
        number="T38",
    ),
    "questions that look like dates": Pitfall(
        *file({}, {**ROW, "instruction": "2023-01-01"}),
        "texts become dates",
        "expected str instance",
        number="T38",
    ),
    "belle's assistant under the default tags": Pitfall(
        *file(SHARED, talk("human", "assistant")),
        "senders without a tag",
        none_kept,
        number="T39",
    ),
    "user and assistant under the default tags": Pitfall(
        *file(SHARED, talk("user", "assistant")),
        "senders without a tag",
        none_kept,
        number="T39",
    ),
    "a conversation that begins with an answer": Pitfall(
        *file(SHARED, talk("gpt", "human"), talk("human", "gpt")),
        "turns out of order",
        lambda rows: len(rows) == 1,
        number="T39",
    ),
    "a conversation that ends with a question": Pitfall(
        *file(SHARED, talk("human", "gpt", "human")),
        "no answer at the end",
        none_kept,
        number="T39",
    ),
    "tags without a system tag": Pitfall(
        *file(
            {**SHARED, "tags": without("system_tag")},
            talk("system", "human", "gpt"),
        ),
        "senders without a tag",
        none_kept,
        number="T40",
    ),
    "tags with two keys only": Pitfall(
        *file(
            {**SHARED, "tags": {"role_tag": "from", "content_tag": "value"}}, talk("human", "gpt")
        ),
        "partial tags",
        none_kept,
        number="T41",
    ),
    "role and content under the default tags": Pitfall(
        *file(SHARED, talk("user", "assistant", key="role", said="content")),
        "tag is not in the messages",
        "'from'",
    ),
    "an empty conversation": Pitfall(
        *file(SHARED, {"conversations": []}, talk("human", "gpt")),
        "no turns",
        lambda rows: len(rows) == 1,
        number="T42",
    ),
    "a label that is a number": Pitfall(
        *file({"columns": {**ALPACA, "kto_tag": "label"}}, {**ROW, "label": 1}),
        "wrong type in the file",
        lambda rows: len(rows) == 1,  # as a plain example, so that stage kto drops it,
        number="T43",
    ),
    "a chosen message in alpaca": Pitfall(
        *file(
            {
                "ranking": True,
                "columns": {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"},
            },
            {**PAIR, "chosen": {"from": "gpt", "value": "good"}},
        ),
        "wrong type in the file",
        none_kept,
        number="T45",
    ),
    "alpaca without an input": Pitfall(
        *file({}, BARE), "column is not in the file", "'input'", number="T47"
    ),
    "a column that no row has": Pitfall(
        *file({"columns": {**ALPACA, "system": "sytem"}}, ROW),
        "column is not in the file",
        "'sytem'",
        number="T47",
    ),
    "columns without messages": Pitfall(
        *file({**SHARED, "columns": {"system": "system"}}, {**talk("human", "gpt"), "system": "S"}),
        "no messages column",
        "None",
        number="T48",
    ),
    "ranking without its columns": Pitfall(
        *file({"ranking": True, "columns": {"prompt": "instruction"}}, PAIR),
        "pair without columns",
        "None",
        number="T48",
    ),
    "ranking without columns": Pitfall(
        *file({"ranking": True}, {**ROW, **PAIR}),
        "pair without columns",
        "None",
        number="T48",
    ),
    "a number for a question": Pitfall(
        *file({}, {**ROW, "instruction": 4}),
        "wrong type in the file",
        "expected str instance",
        number="T49",
    ),
    "a history of three": Pitfall(
        *file({"columns": {**ALPACA, "history": "history"}}, {**ROW, "history": [["a", "b", "c"]]}),
        "history is no pairs",
        "too many values",
        number="T50",
    ),
    "a null conversation": Pitfall(
        *file(SHARED, {"conversations": None}, talk("human", "gpt")),
        "wrong type in the file",
        "NoneType",
        number="T51",
    ),
    "a system text that comes late": Pitfall(
        *file(
            {"columns": {**ALPACA, "system": "system"}},
            *[{**row, "system": None} for row in MANY],
            {**ROW, "system": "S"},
        ),
        "filled late",
        "to null",
        number="T52",
    ),
    "a first batch of which nothing is left": Pitfall(
        *file(SHARED, *[talk("gpt", "human") for _ in range(1000)], talk("human", "gpt")),
        "nothing in the first batch",
        "to null",
        number="T53",
    ),
    "a field behind the first 10 MB": Pitfall(
        *file({"columns": ALPACA}, *BIG, {**ROW, "late": "x"}),
        "late in a large file",
        "generating the dataset",
        number="T54",
    ),
    "a list that is first filled behind the first 10 MB": Pitfall(
        *file(
            {"columns": {**ALPACA, "history": "history"}},
            *[{**row, "history": []} for row in BIG],
            {**ROW, "history": [["a", "b"]]},
        ),
        "late in a large file",
        "generating the dataset",
        number="T54",
    ),
    "two types in a column": Pitfall(
        *file({}, {**ROW, "output": "A"}, {**ROW, "output": 4}),
        "mixed types",
        "generating the dataset",
        number="T55",
    ),
    "two types in a column of an array": Pitfall(
        *file({}, {**ROW, "output": "A"}, {**ROW, "output": 4}, name="x.json", as_bytes=array),
        "mixed types",
        "generating the dataset",
        number="T55",
    ),
    "content that is a list": Pitfall(
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
        number="T56",
    ),
    "messages that are texts": Pitfall(
        *file(SHARED, {"conversations": ["Q", "A"]}), "message is no object", "indices must"
    ),
    "a message without content": Pitfall(
        *file(SHARED, {"conversations": [{"from": "human"}, {"from": "gpt", "value": "A"}]}),
        "content is missing",
        lambda rows: rows[0]["_prompt"][0]["content"] is None,  # which the template stops at
    ),
    "a folder of different fields": Pitfall(
        {"file_name": "two"},
        {"two/a.jsonl": lines({**ROW, "one": "x"}), "two/b.jsonl": lines({**ROW, "more": "x"})},
        "files of different fields",
        "generating the dataset",
        number="T57",
    ),
    "tools that are objects": Pitfall(
        *file(
            {**SHARED, "columns": {**CHAT, "tools": "tools"}, "tags": ALL_TAGS},
            {**talk("human", "gpt"), "tools": [{"name": "a"}]},
        ),
        "wrong type in the file",
        lambda rows: not isinstance(rows[0]["_tools"], str),  # which the template stops at,
        number="T58",
    ),
    "a mark before an array": Pitfall(
        *file({}, name="x.json", as_bytes=lambda: b"\xef\xbb\xbf" + array(ROW)),
        "byte order mark",
        "generating",
        number="T62",
    ),
    "a file in GB18030": Pitfall(
        *file({}, name="x.json", as_bytes=lambda: GB),
        "not valid UTF-8",
        "generating",
        number="T62",
    ),
    "a key twice": Pitfall(
        *file(
            {},
            as_bytes=lambda: b'{"instruction": "Q", "input": "I", "output": "A", "output": "B"}\n',
        ),
        "Arrow cannot read it",
        "generating the dataset",
        number="T63",
    ),
    "rows inside an object": Pitfall(
        *file({}, name="x.json", as_bytes=lambda: json.dumps({"data": [ROW, ROW]}).encode()),
        "rows inside an object",
        "'instruction'",
        number="T64",
    ),
    "an empty file": Pitfall(*file({}), "empty file", "generating the dataset|infer", number="T65"),
    "an empty array": Pitfall(
        *file({}, name="x.json", as_bytes=array),
        "empty file",
        "no data|generating",
        number="T65",
    ),
    "a broken line": Pitfall(
        *file({}, as_bytes=lambda: lines(ROW) + b"{broken\n"),
        "not valid JSON",
        "generating the dataset",
    ),
    "a file that is not there": Pitfall({"file_name": "no.jsonl"}, {}, "no such file", "not found"),
    "a suffix in capitals": Pitfall(
        *file({}, ROW, name="x.JSON"), "suffix in capitals", "Allowed file types"
    ),
    "a compressed file": Pitfall(
        *file({}, ROW, name="x.jsonl.gz"), "compressed file", "Allowed file types"
    ),
    "a TSV": Pitfall(*file({}, ROW, name="x.tsv"), "wrong suffix", "Allowed file types"),
    "a pattern that finds nothing": Pitfall(
        *file({}, ROW, name="a[1].jsonl"), "pattern in the name", "Unable to find|generating"
    ),
    "a pattern that finds more": Pitfall(
        {"file_name": "a*.jsonl"},
        {"a*.jsonl": lines(ROW), "ab.jsonl": lines(ROW)},
        "pattern in the name",
        lambda rows: len(rows) == 2,
    ),
    "a folder of two types": Pitfall(
        {"file_name": "mix"},
        {"mix/a.jsonl": lines(ROW), "mix/README.md": b"Hi"},
        "mixed folder",
        "File types should be identical|Allowed file types",
    ),
    "an empty folder": Pitfall(
        {"file_name": "none"}, {"none/": b""}, "empty folder", "index out of range"
    ),
    "a path that leads outside": Pitfall(
        {"file_name": "../good.jsonl"},
        {},
        "path leads outside",
        lambda rows: len(rows) == len(GOOD),
    ),
    "a loading script": Pitfall(
        {"script_url": "belle"}, {"belle/belle.py": b""}, "loading script", "scripts are no longer"
    ),
    "no source": Pitfall({"columns": ALPACA}, {}, "no source", "file_name"),
    "an unknown split": Pitfall(*file({"split": "test"}, ROW), "unknown split", "test"),
    "num_samples beyond the rows": Pitfall(
        *file({"num_samples": 5}, ROW, ROW), "num_samples is stale", lambda rows: len(rows) == 5
    ),
    "a subset without a hub": Pitfall(*file({"folder": "zh"}, ROW), "key without a hub"),
    "an entry that is no object": Pitfall(
        "x.jsonl", {"x.jsonl": lines(ROW)}, "no object", "indices must be"
    ),
}


def lay_out(pitfall: Pitfall) -> None:
    entries(**{pitfall.name: pitfall.entry})
    for name, content in pitfall.files.items():
        path = Path("data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)


class RegistryFile(NamedTuple):
    """The bytes of a registry that someone wrote, what our check calls it, and the error of
    LLaMA-Factory, if any.
    """

    content: bytes
    kind: str
    real: str
    number: str = ""


FILES = {
    "a byte order mark": RegistryFile(
        b'\xef\xbb\xbf{"x": {"file_name": "x.jsonl"}}', "byte order mark", "UTF-8 BOM", number="T66"
    ),
    "a trailing comma": RegistryFile(
        b'{"x": {"file_name": "x.jsonl"},}', "cannot be read", "Cannot open", number="T66"
    ),
    "another encoding": RegistryFile(
        '{"x": {"file_name": "问.jsonl"}}'.encode("gb18030"),
        "cannot be read",
        "Cannot open",
        number="T66",
    ),
    "a list": RegistryFile(b"[]", "cannot be read", "Undefined dataset"),
    "signs beyond ASCII": RegistryFile(
        '{"x": {"file_name": "x.jsonl", "//": "问"}}'.encode(), "not ASCII", ""
    ),
    "a name twice": RegistryFile(
        b'{"x": {"file_name": "x.jsonl"}, "x": {"file_name": "no.jsonl"}}',
        "name is there twice",
        "no.jsonl not found",
    ),
}


def numbered(number: str) -> list[str]:
    """Return the names of all registries that show a pitfall."""
    found = [*PITFALLS.items(), *FILES.items()]
    return [name for name, case in found if case.number == number]
