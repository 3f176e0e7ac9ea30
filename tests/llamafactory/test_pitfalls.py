"""Each pitfall T1 to T75: which command reports it, why dataprep cannot write it, and that
LLaMA-Factory still does it.

`dataprep/llamafactory/pitfalls/README.md` is their legend. Where another test shows a pitfall, its
row here names that test.
"""

from __future__ import annotations

import ast
import json
import logging
import os
import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import yaml
from changed_recipe import PLAIN, changed
from changed_recipe import said as said_of_recipe
from commandline import GOOD, read, run, write
from hypothesis import HealthCheck, given, settings
from paths import ROOT, TESTS
from registry_pitfalls import FILES, PITFALLS, ROW, kinds, lay_out, numbered
from strategies import examples

from dataprep import formats
from dataprep.errors import RecordError
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.dataset_info.finding import TAGS
from dataprep.llamafactory.dataset_info.keys import KEYS
from dataprep.llamafactory.recipe_check import check as recipe_check
from dataprep.llamafactory.rows import by_factory as by_llamafactory
from dataprep.llamafactory.rows import notes, outcome
from dataprep.model import Example

NUMBERS = [f"T{number}" for number in range(1, 76)]
NUMBERS[26:26] = ["T26b", "T26c", "T26d"]
SOURCES = "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
REPRODUCED = {*NUMBERS} - {"T5", "T75"}
"""All but what shows only in what a model learns, or on a machine that lists folders otherwise."""

pytestmark = [
    pytest.mark.usefixtures("folder"),
    pytest.mark.filterwarnings("ignore"),
]  # LLaMA-Factory's imports warn
Record = dict[str, Any]
Proof = Callable[[pytest.FixtureRequest], None]


@dataclass(frozen=True)
class Report:
    """A proof that a command reports a pitfall."""

    command: str
    prove: Proof

    def __call__(self, request: pytest.FixtureRequest) -> None:
        self.prove(request)


class Row(NamedTuple):
    """A pitfall: who names it, why our writers cannot produce it, and where it is seen to be real.

    A string is a sentence in place of a proof, which says why there is nothing to prove.
    """

    named: tuple[Report, ...] | str
    written: Proof | str
    real: tuple[Proof, ...] | str = ()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that is made on the spot."""
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from tiny import make_model

    return make_model(tmp_path_factory.mktemp("model") / "tiny")


def said(
    asked: str, *answers: str, roles: tuple[str, ...] = ("human", "gpt"), **more: Any
) -> Record:
    """Return a ShareGPT record of texts by speakers that take turns."""
    texts = (asked, *answers)
    turns = [{"from": roles[place % len(roles)], "value": text} for place, text in enumerate(texts)]
    return {"conversations": turns, "system": "", "tools": "", **more}


def pair(chosen: Any, rejected: Any, speaker: str = "gpt") -> Record:
    answers = {
        "chosen": {"from": speaker, "value": chosen},
        "rejected": {"from": "gpt", "value": rejected},
    }
    return {**said("Who?"), **answers}


def register(form: str, *rows: Record, **more: Any) -> None:
    write("data/rows.jsonl", *rows)
    registry.merge(
        Path("data/dataset_info.json"), {"rows": {**registry.entry(form, "rows.jsonl"), **more}}
    )


# ------------------------------------------------------------------------------------- who names it


def by_registry(number: str) -> tuple[Report, ...]:
    """Prove that `registry check` names the cases of a pitfall."""

    def proof(case: str) -> Report:
        def prove(_: pytest.FixtureRequest) -> None:
            if case in PITFALLS:
                lay_out(PITFALLS[case])
                assert PITFALLS[case].kind in kinds()
            else:
                write("data/x.jsonl", ROW)
                Path("data/dataset_info.json").write_bytes(FILES[case].content)
                assert FILES[case].kind in kinds()

        return Report("registry check", prove)

    cases = numbered(number)
    assert cases, number
    return tuple(map(proof, cases))


def by_recipe(changes: str, key: str, words: str) -> Report:
    """Prove that `recipe check` names the key of a changed recipe in these words."""

    def prove(_: pytest.FixtureRequest) -> None:
        told = said_of_recipe(*changes.split(" | "))
        assert [found for found, _, message in told if words in message] == [key]

    return Report("recipe check", prove)


def by_arguments(change: str, words: str) -> Report:
    """Prove that `recipe check` names one more line of plain arguments in these words."""

    def prove(_: pytest.FixtureRequest) -> None:
        write("data/dataset_info.json", {"mine": {"file_name": "mine.json"}})
        values = {**yaml.safe_load(PLAIN), **yaml.safe_load(change)}
        Path("lf.yaml").write_text(yaml.safe_dump(values))
        assert [found for found in recipe_check("lf.yaml") if words in found.message]

    return Report("recipe check", prove)


def by_check(
    form: str, rows: Iterable[Record], words: str, *, quickly: bool = True, **arguments: Any
) -> Report:
    """Prove that `check` says these words of the last row."""

    def prove(request: pytest.FixtureRequest) -> None:
        from dataprep.commands.check import asked, check

        register(form, *rows)
        model = str(request.getfixturevalue("tiny"))
        options = {"model_name_or_path": model, "template": "default", **arguments}
        check(asked(["rows"], Path("data"), options), fast=quickly, out=Path("fates.jsonl"))
        last = read("fates.jsonl")[-1]
        assert any(words in told for told in (*last["reasons"], *last["notes"])), last

    return Report("check", prove)


def by_validate(form: str, record: Record, words: str) -> Report:
    """Prove that `validate` reports a record in these words and `convert` does not write it."""

    def prove(_: pytest.FixtureRequest) -> None:
        write("raw.jsonl", record)
        told = run(f"validate raw.jsonl --format {form}")
        assert told.exit_code == 1
        assert words in told.stdout
        assert run(f"convert raw.jsonl --format {form} --to {form}").stdout == ""

    return Report("validate", prove)


# ----------------------------------------------------------------------------- what we cannot write


@cache
def made_up(form: str) -> list[Example]:
    """Return examples that a format can hold, the same each time."""
    made: list[Example] = []

    @settings(
        max_examples=40,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(examples(formats.WRITTEN[form].HOLDS))
    def collect(example: Example) -> None:
        with suppress(RecordError):  # a text that the format would take for another speaker
            formats.write(form, example)
            made.append(example)

    collect()
    return made


TRAINABLE = [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]
Law = Callable[[Record, registry.Entry], bool]


def of_all(law: Law) -> Proof:
    """Prove a law of every row that any format writes, beside its entry in the registry."""

    def prove(_: pytest.FixtureRequest) -> None:
        for form in TRAINABLE:
            entry = registry.entry(form, "rows.jsonl")
            assert made_up(form)
            assert [row for row in written(form) if not law(row, entry)] == [], form

    return prove


def written(form: str) -> list[Record]:
    return [formats.write(form, example) for example in made_up(form)]


def messages(row: Record, entry: registry.Entry) -> list[dict[str, Any]]:
    """Return the messages of a row, those of its pair last."""
    spoken = row.get(entry["columns"].get("messages", ""), [])
    return [
        *spoken,
        *(row[name] for name in ("chosen", "rejected") if isinstance(row.get(name), dict)),
    ]


def said_in(row: Record, entry: registry.Entry) -> list[tuple[str, str]]:
    """Return each text of a row with its tag, "" in formats without messages."""
    texts = [
        row[name] for name in ("text", "instruction", "output", "chosen", "rejected") if name in row
    ]
    tags = {name: tag for tag, name in entry.get("tags", {}).items()}
    spoken = [tuple(message.values()) for message in messages(row, entry)]
    return [("", text) for text in texts if isinstance(text, str)] + [
        (tags[who], text) for who, text in spoken
    ]


def is_spelt_out(row: Record, entry: registry.Entry) -> bool:
    """Tell whether all fields that hold anything have a column, all columns a field, and all tags
    are there.
    """
    columns, tags = entry["columns"], entry.get("tags", {})
    named = set(columns.values())
    filled = {name for name, value in row.items() if value not in ("", [])}
    return filled <= named <= row.keys() and tags.keys() == (
        TAGS.keys() if "messages" in columns else set()
    )


def is_never_openai(_: Record, entry: registry.Entry) -> bool:
    return entry["formatting"] in ("alpaca", "sharegpt") and {*entry} <= {*KEYS}


def has_one_type(row: Record, entry: registry.Entry) -> bool:
    """Tell whether each field has the one JSON type that it has in all rows, and none is null."""
    lists = {entry["columns"].get("messages"), "images", "videos", "audios"}
    kinds: dict[str, type] = {"label": bool, **{name: list for name in lists if name}}
    paired = {"chosen", "rejected"} if "messages" in entry["columns"] else set()
    kinds |= dict.fromkeys(paired, dict)
    right = all(type(value) is kinds.get(name, str) for name, value in row.items())
    keys = {entry["tags"]["role_tag"], entry["tags"]["content_tag"]} if "tags" in entry else set()
    texts = [text for message in messages(row, entry) for text in message.values()]
    return (
        right
        and all(m.keys() == keys for m in messages(row, entry))
        and all(type(text) is str for text in texts)
    )


def takes_turns(row: Record, entry: registry.Entry) -> bool:
    """Tell whether who asks and who answers take strict turns, up to the answer or to the question
    of a pair.
    """
    if "messages" not in entry["columns"]:
        return True
    senders = [tag for tag, _ in said_in(row, entry)]
    talk, answers = (
        (senders[:-2], senders[-2:]) if entry.get("ranking") else (senders, senders[-1:])
    )
    right = all(tag in (_ANSWERS if place % 2 else _ASKS) for place, tag in enumerate(talk))
    return bool(
        right and talk and len(talk) % 2 == bool(entry.get("ranking")) and {*answers} <= {*_ANSWERS}
    )


_ASKS, _ANSWERS = ("user_tag", "observation_tag"), ("assistant_tag", "function_tag")


def is_never_blank(row: Record, entry: registry.Entry) -> bool:
    return all(text.strip() for tag, text in said_in(row, entry) if tag != "observation_tag")


def differs(row: Record, entry: registry.Entry) -> bool:
    return not entry.get("ranking") or row["chosen"] != row["rejected"]


def calls_are_json(row: Record, entry: registry.Entry) -> bool:
    calls = [json.loads(text) for tag, text in said_in(row, entry) if tag == "function_tag"]
    tools = json.loads(row.get("tools") or "[]")
    return all({"name", "arguments"} <= call.keys() for call in calls) and isinstance(tools, list)


def arguments_stay_objects(_: pytest.FixtureRequest) -> None:
    """Prove that arguments which are JSON in a string, or objects of different keys, become objects
    in one string.
    """
    for number, arguments in enumerate(['{"a": 1}', {"b": 2}]):
        write(f"{number}.jsonl", calling(arguments))
        assert run(f"convert {number}.jsonl --to sharegpt -o out{number}.jsonl").exit_code == 0
        (row,) = read(f"out{number}.jsonl")
        call = json.loads(row["conversations"][1]["value"])
        assert call["arguments"] == [{"a": 1}, {"b": 2}][number]
        assert call["name"] == "f"


def calling(arguments: Any, *, answered: bool = True) -> Record:
    """Return a conversation of OpenAI's, with a tool's call and its result."""
    call = {"type": "function", "function": {"name": "f", "arguments": arguments}}
    spoken = [
        {"role": "user", "content": "Q"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    results = [{"role": "tool", "content": "x"}, {"role": "assistant", "content": "A"}]
    return {"messages": [*spoken, *results[: 1 + answered]]}


def one_system_text(row: Record, entry: registry.Entry) -> bool:
    return "system_tag" not in [tag for tag, _ in said_in(row, entry)]


def media_match(row: Record, entry: registry.Entry) -> bool:
    spoken = "".join(text for _, text in said_in(row, entry))
    kinds = [kind for kind in ("images", "videos", "audios") if kind in row]
    return all(spoken.count(f"<{kind[:-1]}>") == len(row[kind]) for kind in kinds)


def no_field_is_late(_: pytest.FixtureRequest) -> None:
    """Prove that each row of a format has the same fields, so that none comes up late."""
    for form in TRAINABLE:
        assert len({tuple(row) for row in written(form)}) == 1, form


def prepared(_: pytest.FixtureRequest) -> None:
    """Prove that `prepare` writes one UTF-8 JSON Lines file a split, with no mark, blank line or
    twin key in it.
    """
    write("raw.jsonl", *GOOD)
    Path("mine.yaml").write_text("data:\n  inputs: [raw.jsonl]\n  output: {format: sharegpt}\n")
    assert run("prepare mine.yaml").exit_code == 0
    text = Path("data/mine/train.jsonl").read_bytes().decode("utf-8")
    lines = text.split("\n")
    assert lines.pop() == ""
    assert [len(json.loads(line, object_pairs_hook=list)) for line in lines] == [3] * len(GOOD)
    content = Path("data/dataset_info.json").read_bytes()
    assert content.isascii()
    assert json.loads(content)["mine"]["file_name"] == "mine/train.jsonl"


def no_lines_of_dates(_: pytest.FixtureRequest) -> None:
    """Prove that JSON Lines in which each answer is a date are refused by every command that writes
    some.
    """
    write("raw.jsonl", *DATES)
    Path("mine.yaml").write_text("data:\n  inputs: [raw.jsonl]\n  output: {format: alpaca}\n")
    writes = [f"{command} raw.jsonl -o out.jsonl" for command in ("convert", "clean", "dedupe")]
    for line in (*writes, "split raw.jsonl --val 0.3 -o out", "prepare mine.yaml"):
        told = run(line)
        assert (told.exit_code, "for a point in time" in told.stderr) == (1, True), line
        assert [*Path().rglob("out*"), *Path("data").rglob("*.jsonl")] == []


def no_row_is_alone(_: pytest.FixtureRequest) -> None:
    """Prove that the training of prepared labels has batches of which none holds one row."""
    Path("mine.yaml").write_text(changed("stage: kto", "format: kto"))
    for count, size in ((1000, None), (1001, 999), (1002, None)):
        write(
            "good.jsonl",
            *[said(f"Q{number}", f"A{number}", label=number % 2 == 0) for number in range(count)],
        )
        assert run("prepare mine.yaml").exit_code == 0
        assert (
            yaml.safe_load(run("config mine.yaml train").stdout).get("preprocessing_batch_size")
            == size
        )


def pairs_differ(request: pytest.FixtureRequest) -> None:
    """Prove that no format writes a pair of the same answers, and that one which `clean` makes the
    same is left out.
    """
    of_all(differs)(request)
    write("raw.jsonl", pair("A", "A<br>"), pair("A", "B<br>"))
    text = "data:\n  inputs: [raw.jsonl]\n  steps: [clean]\n  output: {format: preference}\n"
    Path("mine.yaml").write_text(text)
    assert run("prepare mine.yaml").exit_code == 0
    assert [row["rejected"]["value"] for row in read("data/mine/train.jsonl")] == ["B"]


def later_each_time(request: pytest.FixtureRequest) -> None:
    """Prove that data which are prepared anew have a time of their own."""
    prepared(request)
    path = Path("data/mine/train.jsonl")
    os.utime(path, (1, 1))
    write("raw.jsonl", *GOOD[:2])
    assert run("prepare mine.yaml").exit_code == 0
    assert path.stat().st_mtime > 1


def whole_or_nothing(_: pytest.FixtureRequest) -> None:
    """Prove that data of which nothing is left are an error and write nothing."""
    write("raw.jsonl", {"instruction": "Q", "input": "", "output": ""})
    assert run("convert raw.jsonl --to sharegpt -o out.jsonl").exit_code == 1
    assert not Path("out.jsonl").exists()


# ---------------------------------------------------------------------------------- that it is real


def shown(test: str) -> tuple[Proof, ...]:
    """Prove that another module has a test: `file::test`, or `file::test[words of its case]`."""
    file, name, _, case = re.fullmatch(r"(\w+)::(\w+)(\[(.*)\])?", test).groups()  # type: ignore[union-attr]

    def prove(_: pytest.FixtureRequest) -> None:
        text = next(TESTS.rglob(f"{file}.py")).read_text(encoding="utf-8")
        tests = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        assert name in tests
        assert not case or case in text

    return (prove,)


def in_registry(number: str) -> tuple[Proof, ...]:
    """Prove that the tests of the registry hold LLaMA-Factory itself against the cases of a
    pitfall.
    """

    def prove(_: pytest.FixtureRequest) -> None:
        assert all({**PITFALLS, **FILES}[case].real for case in numbered(number))

    return (prove,)


def fated(case: str) -> tuple[Proof, ...]:
    """Return the test in which LLaMA-Factory's own processor has that row."""
    return shown(f"test_check::test_fate_of_a_row_is_told[{case}]")


def trained(request: pytest.FixtureRequest, **arguments: Any) -> list[dict[str, Any]]:
    """Return the rows that LLaMA-Factory would train on, each with `text` and `learnt` beside its
    numbers.
    """
    tiny = request.getfixturevalue("tiny")
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    logging.disable()
    base = {"model_name_or_path": str(tiny), "dataset": "rows", "dataset_dir": "data"}
    base |= {
        "output_dir": "out",
        "do_train": True,
        "report_to": "none",
        "cache_dir": "cache",
        "template": "default",
    }
    model, data, training, finetuning, _ = get_train_args(base | {"stage": "sft"} | arguments)
    stage = {"dpo": "rm"}.get(finetuning.stage, finetuning.stage)
    tokenizer = load_tokenizer(model)["tokenizer"]
    with own_templates():
        template = get_template_and_fix_tokenizer(tokenizer, data)
        rows = list(get_dataset(template, model, data, training, stage, tokenizer)["train_dataset"])
    for row in rows:
        for name in [name for name in row if name.endswith(("input_ids", "labels"))]:
            ids = [token for token in row[name] if token != -100]
            row[name.replace("input_ids", "text").replace("labels", "learnt")] = tokenizer.decode(
                ids
            )
    return rows


def own_templates() -> Any:
    """Put LLaMA-Factory's templates back afterwards, for it changes them in place."""
    from copy import deepcopy
    from unittest.mock import patch

    from llamafactory.data.template import TEMPLATES

    return patch.dict(TEMPLATES, deepcopy(TEMPLATES))


def trains(
    holds: Callable[[list[dict[str, Any]]], bool], form: str, *rows: Record, **arguments: Any
) -> Proof:
    """Prove what LLaMA-Factory makes of rows."""

    def prove(request: pytest.FixtureRequest) -> None:
        register(form, *rows)
        made = trained(request, **arguments)
        assert holds(made), made

    return prove


def compares_with_itself(*places: int) -> Callable[[list[dict[str, Any]]], bool]:
    """Return what tells whether these rows, and no others, are compared with their own answers by
    the kl term.
    """
    return lambda rows: (
        [at for at, row in enumerate(rows) if row["kl_learnt"] == row["learnt"]] == [*places]
    )


def converts(holds: Callable[[dict[str, Any]], bool], record: Record) -> Proof:
    """Prove what LLaMA-Factory's converter for OpenAI's format makes of a record."""

    def prove(_: pytest.FixtureRequest) -> None:
        pytest.importorskip("llamafactory", reason="needs the training half: make setup")
        from llamafactory.data.converter import get_dataset_converter
        from llamafactory.data.parser import get_dataset_list
        from llamafactory.hparams import DataArguments

        logging.disable()
        tags = {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
        }
        tags |= {"observation_tag": "tool", "function_tag": "function_call", "system_tag": "system"}
        entry = {
            "file_name": "x",
            "formatting": "openai",
            "columns": {"messages": "messages"},
            "tags": tags,
        }
        (attributes,) = get_dataset_list(["x"], {"x": entry})
        made = get_dataset_converter("openai", attributes, DataArguments(dataset_dir="data"))(
            record
        )
        assert holds(made), made

    return prove


def structs_are_merged(request: pytest.FixtureRequest) -> None:
    """Prove that objects of different keys get each other's keys, filled with null."""
    request.getfixturevalue("tiny")
    from datasets import load_dataset

    write("a.jsonl", {"call": {"a": 1}}, {"call": {"b": 2}})
    rows = list(load_dataset("json", data_files="a.jsonl", split="train", cache_dir="cache"))
    assert rows == [{"call": {"a": 1, "b": None}}, {"call": {"a": None, "b": 2}}]


def dates_stay_texts(suffix: str) -> Proof:
    """Prove that dates in a file of this suffix are learnt as they stand."""

    def prove(request: pytest.FixtureRequest) -> None:
        write("raw.jsonl", *DATES)
        assert run(f"convert raw.jsonl -o data/rows{suffix}").exit_code == 0
        registry.merge(
            Path("data/dataset_info.json"), {"rows": registry.entry("alpaca", f"rows{suffix}")}
        )
        assert [row["learnt"] for row in trained(request)] == [
            f"{row['output']}</s>\n" for row in DATES
        ]

    return prove


def lines_are_documents(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("tiny")
    Path("data").mkdir()
    Path("data/rows.txt").write_text("one\n\ntwo\n")
    write(
        "data/dataset_info.json", {"rows": {"file_name": "rows.txt", "columns": {"prompt": "text"}}}
    )
    texts = [row["text"] for row in trained(request, stage="pt", packing=False)]
    assert texts == ["one</s>", "</s>", "two</s>"]


def prompts_are_cut(request: pytest.FixtureRequest) -> None:
    """Prove that the prompt from which an answer is predicted loses its end, and with it who is to
    speak.
    """
    tiny = request.getfixturevalue("tiny")
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.data.processor import UnsupervisedDatasetProcessor
    from llamafactory.hparams import DataArguments
    from transformers import AutoTokenizer

    ends = []
    for cutoff in (2000, 40):
        arguments = DataArguments(template="default", cutoff_len=cutoff)
        tokenizer = AutoTokenizer.from_pretrained(tiny)
        template = get_template_and_fix_tokenizer(tokenizer, arguments)
        processor = UnsupervisedDatasetProcessor(template, tokenizer, None, arguments)
        media: list[list[Any]] = [[], [], []]
        ids, _ = processor._encode_data_example(
            [{"role": "user", "content": LONG}],
            [{"role": "assistant", "content": "A"}],
            "",
            "",
            *media,
        )
        ends.append(tokenizer.decode(ids).endswith("Assistant:"))
    assert ends == [True, False]


def two_sets(case: str) -> str:
    """Register the two data sets of a case, and return what is said against them."""
    one, other, words = TOGETHER[case]
    for name, (entry, rows) in {"one": one, "other": other}.items():
        write(f"data/{name}.jsonl", *rows)
        registry.merge(
            Path("data/dataset_info.json"), {name: {"file_name": f"{name}.jsonl", **entry}}
        )
    return words


def by_plain(case: str) -> Report:
    """Prove that `recipe check` says of plain arguments whether the data sets of a case can be
    trained together.
    """

    def prove(_: pytest.FixtureRequest) -> None:
        words = two_sets(case)
        Path("lf.yaml").write_text(PLAIN.replace("dataset: mine", "dataset: one,other"))
        told = [
            str(found)
            for found in recipe_check("lf.yaml")
            if "cannot be put together" in found.message
        ]
        assert [words in found for found in told] == [True] * bool(words), told

    return Report("recipe check", prove)


def by_check_of_two(case: str) -> Report:
    """Prove that `check` says of the data sets of a case whether they can be trained together."""

    def prove(request: pytest.FixtureRequest) -> None:
        words = two_sets(case)
        tiny = request.getfixturevalue("tiny")
        told = run(f"check one other --model {tiny} --template default --stage sft --quick").stdout
        assert ("cannot be trained in one run" in told) == bool(words)
        assert words in told

    return Report("check", prove)


def puts_together(case: str) -> Proof:
    """Prove that LLaMA-Factory puts the data sets of a case together where nothing is said, and
    else stops.
    """

    def prove(_: pytest.FixtureRequest) -> None:
        pytest.importorskip("llamafactory", reason="needs the training half: make setup")
        from llamafactory.data.loader import _get_merged_dataset
        from llamafactory.hparams import DataArguments

        logging.disable()
        words = two_sets(case)
        data = DataArguments(template="default", dataset="one,other", dataset_dir="data")
        others = SimpleNamespace(
            cache_dir="cache", hf_hub_token=None, local_process_index=0, seed=1
        )
        with (
            pytest.raises(ValueError, match="features can't be aligned") if words else nullcontext()
        ):
            assert len(_get_merged_dataset(data.dataset, others, data, others, "sft")) > 1

    return prove


def old_rows_at_the_same_time(request: pytest.FixtureRequest) -> None:
    """Prove that other rows in a file of the same time are not seen."""
    seen = []
    for answer in ("one", "two"):
        register("sharegpt", said("Q", answer))
        os.utime("data/rows.jsonl", (1, 1))
        seen.append("one" in trained(request, overwrite_cache=True)[0]["learnt"])
    assert seen == [True, True]


def twins_on_both_sides(request: pytest.FixtureRequest) -> None:
    register("sharegpt", *[said("Q", "A")] * 20)
    assert len(trained(request, val_size=0.5)) == 10


DATES = [
    {"instruction": f"Which day is number {day}?", "input": "", "output": f"2024-01-{day}"}
    for day in range(10, 30)
]
LONG = "Who are you? I am a model made for a test. " * 20
LABEL = [said("Who?", "I.", label=True)] * 2
LABELLED = [said(f"Q{number}", f"A{number}", label=number % 2 == 0) for number in range(1001)]
KTO = LABELLED[:3]
TOLD_IN_RECIPE = "Stands in a recipe or in LLaMA-Factory's arguments, and not in the data."
AS_THE_CUTOFF_IS = (
    "Comes of cutoff_len in the recipe, and not of the row; `check` tells what each cutoff costs."
)
LETTER_BY_LETTER = (
    "Text is never changed on its way, so that it is written where the raw record has it; "
    "`check` tells."
)
NO_THOUGHT = "An answer without a thought is a good answer; the template is chosen in the recipe."
THOUGHT = "<think>\nHm\n</think>\n\n"
TOOLS = {**said("Q", "A"), "tools": "none"}
CALL = said("Q", "{}", roles=("human", "function_call"))
PICTURE = said("<image>Q", "A", images=["a.png"])

ALPACA: Record = {"columns": {"prompt": "instruction", "response": "output", "system": "system"}}
SHAREGPT: Record = {
    "formatting": "sharegpt",
    "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
}
FILMS = SHAREGPT | {"columns": SHAREGPT["columns"] | {"videos": "videos"}}
LABELS = SHAREGPT | {"columns": SHAREGPT["columns"] | {"kto_tag": "label"}}
Set = tuple[dict[str, Any], list[Record]]
TALK: Set = (SHAREGPT, [said("Q", "A")])
TOGETHER: dict[str, tuple[Set, Set, str]] = {
    "conversations of two formats": (
        TALK,
        (ALPACA, [{"instruction": "Q", "output": "A", "system": ""}]),
        "",
    ),
    "a system text in one": (TALK, (SHAREGPT, [said("Q", "A") | {"system": None}]), ""),
    "labels in one": (TALK, (LABELS, LABEL), ""),
    "documents beside conversations": (
        TALK,
        ({"columns": {"prompt": "text"}}, [{"text": "T"}]),
        "answers: texts in 'one', none in 'other'",
    ),
    "no row in order": (
        (SHAREGPT, [said("Q")] * 3),
        TALK,
        "questions: none in 'one', texts in 'other'",
    ),
    "one row in order": ((SHAREGPT, [said("Q"), said("Q", "A")]), TALK, ""),
    "no answer but null": (
        TALK,
        (SHAREGPT, [said("Q", None)]),
        "answers: texts in 'one', nulls in 'other'",
    ),  # type: ignore[arg-type]
    "tools as objects": (
        TALK,
        (SHAREGPT, [said("Q", "A") | {"tools": [{"name": "f"}]}]),
        "tools: texts in 'one', lists of objects of name in 'other'",
    ),
    "a system text that is a number": (
        (ALPACA, [{"instruction": "Q", "output": "A", "system": 4}]),
        (ALPACA, [{"instruction": "Q", "output": "A", "system": "S"}]),
        "system texts: whole numbers in 'one', texts in 'other'",
    ),
    "films and their pictures": (
        (FILMS, [said("<video>Q", "A", videos=["a.mp4"])]),
        (FILMS, [said("<video>Q", "A", videos=[["1.png", "2.png"]])]),
        "videos: lists of texts in 'one', lists of lists of texts in 'other'",
    ),
    "films and none": (
        (FILMS, [said("Q", "A", videos=["a.mp4"])]),
        (FILMS, [said("Q", "A", videos=[])]),
        "",
    ),
}
"""Two data sets each, and what is said of them in one run: nothing where they go together."""

TABLE: dict[str, Row] = {
    "T1": Row(by_registry("T1"), of_all(is_spelt_out), in_registry("T1")),
    "T2": Row(
        by_registry("T2"),
        of_all(is_spelt_out),
        in_registry("T2"),
    ),
    "T3": Row(
        by_registry("T3"),
        of_all(is_spelt_out),
        in_registry("T3"),
    ),
    "T4": Row(
        (by_recipe("-template", "template", "prompt and answer run together"),),
        TOLD_IN_RECIPE,
        shown("test_factory::test_without_a_template_prompt_and_answer_run_together"),
    ),
    "T5": Row(
        (
            by_recipe(
                "template: llama3 | model_name_or_path: Qwen/Qwen2.5-7B",
                "template",
                "of another family",
            ),
        ),
        TOLD_IN_RECIPE,
    ),
    "T6": Row(
        (by_check("sharegpt", [said("Q", "A</s>B")], "special token '</s>' in the text"),),
        LETTER_BY_LETTER,
        (
            trains(
                lambda rows: rows[0]["labels"].count(rows[0]["labels"][-2]) == 2,
                "sharegpt",
                said("Q", "A</s>B"),
            ),
        ),
    ),
    "T7": Row(
        (by_check("sharegpt", [said("Is {{idx}} one?", "A")], notes.NUMBERED),),
        LETTER_BY_LETTER,
        (
            trains(
                lambda rows: "Is 0 one?" in rows[0]["text"],
                "sharegpt",
                said("Is {{idx}} one?", "A"),
            ),
        ),
    ),
    "T8": Row(
        (
            by_check("sharegpt", [said("Q", " ")], notes.BLANK),
            by_check("sharegpt", [said(" ", "A")], notes.UNASKED),
            by_validate("sharegpt", said("Q", " "), "empty answer"),
            by_validate("sharegpt", said("", "A"), "empty prompt"),
        ),
        of_all(is_never_blank),
        (trains(lambda rows: rows[0]["learnt"].strip() == "</s>", "sharegpt", said("Q", "")),),
    ),
    "T9": Row(by_registry("T9"), of_all(is_never_openai), in_registry("T9")),
    "T10": Row(
        by_registry("T9"),
        arguments_stay_objects,
        (
            converts(
                lambda made: '"{\\"a\\":1}"' in made["_prompt"][1]["content"], calling('{"a":1}')
            ),
        ),
    ),
    "T11": Row(
        (*by_registry("T56"), *by_registry("T58")),
        arguments_stay_objects,
        (structs_are_merged,),
    ),
    "T12": Row(
        (
            by_validate("messages", calling({}, answered=False), "expected an answer to learn"),
            *by_registry("T9"),
        ),
        of_all(takes_turns),
        (
            converts(
                lambda made: (
                    [turn["role"] for turn in (*made["_prompt"], *made["_response"])]
                    == ["user", "function"]
                ),
                calling({}, answered=False),
            ),
        ),
    ),
    "T13": Row(by_registry("T13"), of_all(one_system_text), in_registry("T13")),
    "T14": Row(
        (
            by_validate(
                "preference", pair("A", "B", "human"), "what is asked in chosen and rejected"
            ),
        ),
        of_all(takes_turns),
        (
            trains(
                lambda rows: rows[0]["chosen_learnt"].startswith("Human: A"),
                *("preference", pair("A", "B", "human")),
                stage="dpo",
            ),
        ),
    ),
    "T15": Row(
        (
            by_check("preference", [pair("A", "A")], outcome.SAME),
            by_check("preference", [pair("A", "")], notes.BLANK),
            by_validate("preference", pair("A", "A"), "pair of equal answers"),
            by_validate("preference", pair("A", ""), "empty answer"),
        ),
        pairs_differ,
        (
            trains(
                lambda rows: rows[0]["chosen_labels"] == rows[0]["rejected_labels"],
                *("preference", pair("A", "A")),
                stage="dpo",
            ),
        ),
    ),
    "T16": Row(
        (
            by_check("kto", [said("Q", "", label=True)], notes.FLIPPED),
            by_validate("kto", said("Q", "", label=True), "empty answer"),
        ),
        of_all(is_never_blank),
        (
            trains(
                lambda rows: [row["kto_tags"] for row in rows] == [False, True],
                *("kto", said("Q", "", label=True), said("Q", "A", label=True)),
                stage="kto",
            ),
        ),
    ),
    "T17": Row(
        (
            by_check("kto", KTO, notes.ALONE, preprocessing_batch_size=2),
            by_check("kto", [*KTO, said("Q3", "A2", label=False)], notes.TWIN),
            by_check("kto", [*KTO, said("Q2", "A3", label=False)], notes.KIN),
            by_recipe(
                "stage: kto | format: kto | preprocessing_batch_size: 1",
                "preprocessing_batch_size",
                "every row",
            ),
        ),
        no_row_is_alone,
        (
            trains(compares_with_itself(2), "kto", *KTO, stage="kto", preprocessing_batch_size=2),
            trains(compares_with_itself(), "kto", *KTO, stage="kto"),
            trains(
                compares_with_itself(2, 5),
                *("kto", *LABELLED[:6]),
                stage="kto",
                preprocessing_batch_size=2,
                preprocessing_num_workers=2,
            ),
            trains(compares_with_itself(1000), "kto", *LABELLED, stage="kto"),
            trains(
                compares_with_itself(), "kto", *LABELLED, stage="kto", preprocessing_batch_size=999
            ),
        ),
    ),
    "T18": Row(
        (by_arguments("dataset: 'mine,mine'", "names a data set twice"),),
        TOLD_IN_RECIPE,
        shown("test_factory::test_rows_are_left_out_or_read_once_without_a_word"),
    ),
    "T19": Row(by_registry("T19"), prepared, in_registry("T19")),
    "T20": Row(by_registry("T20"), prepared, in_registry("T20")),
    "T21": Row(
        (
            by_recipe("stage: pt | -template | packing: true", "stage", "never sees an answer"),
            by_check(
                "sharegpt", [said("Q", "A")], outcome.ALL_BUT_FIRST, stage="pt", packing=False
            ),
        ),
        TOLD_IN_RECIPE,
        shown("test_factory::test_pretraining_never_sees_an_answer"),
    ),
    "T22": Row(by_registry("T22"), prepared, (lines_are_documents,)),
    "T23": Row(
        by_registry("T23"),
        of_all(is_never_blank),
        (
            trains(
                lambda rows: [row["text"] for row in rows] == ["T</s>", "</s>"],
                *("text", {"text": "T"}, {"text": None}),
                stage="pt",
                packing=False,
            ),
        ),
    ),
    "T24": Row(
        (
            by_recipe(
                "stage: pt | format: text | packing: true", "template", "by its end-of-turn token"
            ),
        ),
        TOLD_IN_RECIPE,
        shown("test_factory::test_a_template_changes_the_end_of_a_document"),
    ),
    "T25": Row(
        (
            by_recipe("stage: pt | format: text | -template", "packing", "the last piece shorter"),
            by_check("text", [{"text": LONG}, {"text": "Who?"}], outcome.BEHIND, cutoff_len=128),
        ),
        TOLD_IN_RECIPE,
        shown('test_check::test_tokens_are_those_that_training_gets["pt": ("text"]'),
    ),
    "T26": Row(
        (
            by_check(
                *("sharegpt", [said("Q", "<think>Hm</think>A")], by_llamafactory.MISSPELT),
                template="qwen3",
                quickly=False,
            ),
        ),
        LETTER_BY_LETTER,
        (
            trains(
                lambda rows: ["Hm" in row["text"] for row in rows] == [True, False],
                *("sharegpt", said("Q", "<think>Hm</think>A"), said("Q", f"{THOUGHT}A")),
                template="qwen3",
                enable_thinking=False,
            ),
        ),
    ),
    "T26b": Row(
        (
            by_check(
                "sharegpt",
                [said("Q", "A")],
                by_llamafactory.LEARNT,
                quickly=False,
                template="qwen3",
            ),
            by_recipe("template: qwen3", "enable_thinking", "write enable_thinking: false"),
        ),
        NO_THOUGHT,
        shown("test_factory::test_a_thinking_template_has_an_empty_thought_learned"),
    ),
    "T26c": Row(
        (
            by_check(
                *(
                    "sharegpt",
                    [said("Q", f"{THOUGHT}A", "Q", f"{THOUGHT}B")],
                    by_llamafactory.EARLIER_THOUGHT,
                ),
                template="qwen3",
                quickly=False,
            ),
        ),
        LETTER_BY_LETTER,
        (
            trains(
                lambda rows: rows[0]["learnt"].count("Hm") == 2,
                *("sharegpt", said("Q", f"{THOUGHT}A", "Q", f"{THOUGHT}B")),
                template="qwen3",
            ),
        ),
    ),
    "T26d": Row(
        (by_check("sharegpt", [said("Q", "A")], notes.NO_SYSTEM, template="vicuna"),),
        "A row without a system text is a good row; the template is chosen in the recipe, and "
        "default_system there.",
        (
            trains(
                lambda rows: "A chat between" in rows[0]["text"],
                "sharegpt",
                said("Q", "A"),
                template="vicuna",
            ),
        ),
    ),
    "T27": Row(
        (by_check("sharegpt", [said(LONG, "Yes.")], outcome.PROMPT_END, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("long prompt"),
    ),
    "T28": Row(
        (by_check("sharegpt", [said("Q", LONG)], outcome.ANSWER_END, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("long answer"),
    ),
    "T29": Row(
        (by_check("sharegpt", [said(*["Who are you?"] * 20)], outcome.LATER, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("many turns"),
    ),
    "T30": Row(
        (
            by_check(
                *(
                    "sharegpt",
                    [said(*["Who are you?"] * 20) | {"system": "Be brief."}],
                    outcome.SYSTEM,
                ),
                cutoff_len=64,
                mask_history=True,
            ),
        ),
        AS_THE_CUTOFF_IS,
        fated("many turns, the last first"),
    ),
    "T31": Row(
        (by_check("sharegpt", [said("Q", "A") | {"system": LONG}], outcome.SYSTEM, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("long system text"),
    ),
    "T32": Row(
        (by_check("sharegpt", [said(LONG, "A")], outcome.MASKED, cutoff_len=6),),
        AS_THE_CUTOFF_IS,
        fated("no room for the answer"),
    ),
    "T33": Row(
        (by_check("preference", [pair(LONG + "1", LONG + "2")], outcome.SAME_CUT, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("pair that begins the same"),
    ),
    "T34": Row(
        (by_check("sharegpt", [said(LONG, "Yes.")], outcome.PROMPT_END, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        (prompts_are_cut,),
    ),
    "T35": Row(
        (by_recipe("packing: true", "packing", "write neat_packing: true"),),
        TOLD_IN_RECIPE,
        shown("test_check::test_packed_padding_is_that_of_llamafactory"),
    ),
    "T36": Row(
        (by_check("text", [{"text": LONG}], outcome.TEXT_END, packing=False, cutoff_len=64),),
        AS_THE_CUTOFF_IS,
        fated("long document"),
    ),
    "T37": Row(by_registry("T37"), of_all(has_one_type), in_registry("T37")),
    "T38": Row(
        by_registry("T38"),
        no_lines_of_dates,
        (*in_registry("T38"), *(dates_stay_texts(suffix) for suffix in (".json", ".parquet"))),
    ),
    "T39": Row(
        by_registry("T39"),
        of_all(takes_turns),
        in_registry("T39"),
    ),
    "T40": Row(by_registry("T40"), of_all(is_spelt_out), in_registry("T40")),
    "T41": Row(by_registry("T41"), of_all(is_spelt_out), in_registry("T41")),
    "T42": Row(by_registry("T42"), of_all(takes_turns), in_registry("T42")),
    "T43": Row(by_registry("T43"), of_all(has_one_type), in_registry("T43")),
    "T44": Row(
        (
            by_recipe("format: kto", "stage", "sft drops every row that has a label"),
            by_recipe("stage: kto", "stage", "needs a label that is true or false"),
            by_check("kto", LABEL, outcome.PAIR, stage="sft"),
            by_check("kto", [*LABEL, said("Q", "A", label=None)], outcome.NO_LABEL),
        ),
        TOLD_IN_RECIPE,
        (
            *fated("label in stage sft"),
            *shown('test_factory::test_data_of_another_kind_end_the_run[{"stage": "kto"}]'),
        ),
    ),
    "T45": Row(by_registry("T45"), of_all(has_one_type), in_registry("T45")),
    "T46": Row(
        (
            by_check(
                "sharegpt", [said("I am.", "Who?", roles=("gpt", "human"))], outcome.OUT_OF_ORDER
            ),
        ),
        whole_or_nothing,
        shown("test_check::test_all_rows_dropped_ends_training_and_is_told"),
    ),
    "T47": Row(
        by_registry("T47"),
        of_all(is_spelt_out),
        in_registry("T47"),
    ),
    "T48": Row(
        by_registry("T48"),
        of_all(is_spelt_out),
        in_registry("T48"),
    ),
    "T49": Row(by_registry("T49"), of_all(has_one_type), in_registry("T49")),
    "T50": Row(
        (
            *by_registry("T50"),
            by_check("sharegpt", [said("Q", None)], "Expected a string"),
        ),  # type: ignore[arg-type]
        of_all(has_one_type),
        (*in_registry("T50"), *fated("null in a turn")),
    ),
    "T51": Row(by_registry("T51"), of_all(has_one_type), in_registry("T51")),
    "T52": Row(
        by_registry("T52"),
        of_all(has_one_type),
        in_registry("T52"),
    ),
    "T53": Row(
        by_registry("T53"),
        of_all(takes_turns),
        in_registry("T53"),
    ),
    "T54": Row(
        by_registry("T54"),
        no_field_is_late,
        in_registry("T54"),
    ),
    "T55": Row(
        by_registry("T55"),
        of_all(has_one_type),
        in_registry("T55"),
    ),
    "T56": Row(by_registry("T56"), of_all(has_one_type), in_registry("T56")),
    "T57": Row(by_registry("T57"), prepared, in_registry("T57")),
    "T58": Row(
        (
            *by_registry("T58"),
            by_check("sharegpt", [TOOLS], "Invalid JSON format in tool"),
        ),
        of_all(calls_are_json),
        (*in_registry("T58"), *fated("tools that are no JSON")),
    ),
    "T59": Row(
        (
            by_check("sharegpt", [CALL], "KeyError: 'name'"),
            by_validate("sharegpt", CALL, "unreadable tool call"),
        ),
        of_all(calls_are_json),
        fated("call without a name"),
    ),
    "T60": Row(
        (
            by_check(
                "kto",
                [said("A", "Q", roles=("gpt", "human"), label=True), *LABEL[:1]],
                outcome.NEIGHBOUR,
            ),
            by_validate(
                "kto", said("A", "Q", roles=("gpt", "human"), label=True), "turns out of order"
            ),
        ),
        of_all(takes_turns),
        fated("labelled answer after a dropped row"),
    ),
    "T61": Row(
        (
            by_check("preference", [pair("A", "B", "bott")], "KeyError: 'bott'"),
            by_validate("preference", pair("A", "B", "bott"), "'bott' is no known speaker"),
        ),
        of_all(takes_turns),
        (by_check("preference", [pair("A", "B", "bott")], "KeyError: 'bott'", quickly=False),),
    ),
    "T62": Row(
        by_registry("T62"),
        prepared,
        in_registry("T62"),
    ),
    "T63": Row(by_registry("T63"), prepared, in_registry("T63")),
    "T64": Row(by_registry("T64"), prepared, in_registry("T64")),
    "T65": Row(
        by_registry("T65"),
        whole_or_nothing,
        in_registry("T65"),
    ),
    "T66": Row(
        by_registry("T66"),
        prepared,
        in_registry("T66"),
    ),
    "T67": Row(
        (
            by_validate(
                "sharegpt-images",
                said("<image>Q", "A", images=["a.png", "b.png"]),
                "media do not match",
            ),
            by_check("sharegpt-images", [PICTURE], "does not support image input", quickly=False),
        ),
        of_all(media_match),
        (by_check("sharegpt-images", [PICTURE], "ValueError: This model", quickly=False),),
    ),
    "T68": Row(
        (
            by_recipe(
                "streaming: true | max_steps: 5",
                "streaming",
                "of a local file ends in StopIteration",
            ),
        ),
        TOLD_IN_RECIPE,
        shown(
            'test_factory::test_data_of_another_kind_end_the_run["streaming": True, "max_steps": 5]'
        ),
    ),
    "T69": Row(
        (*map(by_plain, TOGETHER), *map(by_check_of_two, TOGETHER)),
        of_all(has_one_type),
        tuple(map(puts_together, TOGETHER)),
    ),
    "T70": Row(
        (by_recipe("tokenized_path: x", "tokenized_path", "once x is there it is loaded"),),
        TOLD_IN_RECIPE,
        shown("test_factory::test_tokenized_data_are_loaded_whatever_the_recipe_says"),
    ),
    "T71": Row(
        "Cannot be seen in the file, only in the cache of the machine that trains.",
        later_each_time,
        (old_rows_at_the_same_time,),
    ),
    "T72": Row(
        (
            by_recipe(
                "max_samples: 1000", "max_samples", "keeps the first 1000 rows of each data set"
            ),
        ),
        TOLD_IN_RECIPE,
        shown("test_factory::test_rows_are_left_out_or_read_once_without_a_word"),
    ),
    "T73": Row(
        (by_recipe("val_size: 0.1", "val_size", "near-duplicates"),),
        TOLD_IN_RECIPE,
        (twins_on_both_sides,),
    ),
    "T74": Row(
        (
            by_recipe(
                "val_size: 0.1 | split: {val: 0.1}",
                "val_size",
                "conflicts with a prepared validation split",
            ),
        ),
        TOLD_IN_RECIPE,
        shown('test_factory::test_the_parser_still_refuses_it["val_size": 0.1, "eval_dataset"]'),
    ),
    "T75": Row(
        "The order of a folder is that of a machine, and no fault of the data; one file a split "
        "is what we register.",
        prepared,
    ),
}


def test_every_pitfall_has_its_row() -> None:
    assert len(NUMBERS) == 78
    assert list(TABLE) == NUMBERS


LEGEND = (ROOT / "dataprep/llamafactory/pitfalls/README.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\| (T\w+) \| (.+) \| (.*) \| (.+) \|$", LEGEND, re.MULTILINE)


def test_legend_has_each_pitfall_in_order() -> None:
    assert [number for number, *_ in ENTRIES] == NUMBERS


@pytest.mark.parametrize(("number", "words", "found_by", "tests"), ENTRIES)
def test_legend_says_who_finds_a_pitfall_and_names_a_test(
    number: str, words: str, found_by: str, tests: str
) -> None:
    named, written, _ = TABLE[number]
    commands = () if isinstance(named, str) else {report.command for report in named}
    assert set(re.findall("`(.+?)`", found_by)) == {*commands}
    assert ("by design" in found_by) == callable(written)
    functions = re.findall("`(.+?)`", tests)
    assert words
    assert functions
    assert all(f"def {name}(" in SOURCES for name in functions)


def test_each_number_in_code_and_tests_is_in_the_legend() -> None:
    package = [path.read_text(encoding="utf-8") for path in (ROOT / "dataprep").rglob("*.py")]
    assert {*re.findall(r"\bT\d+[b-d]?\b", "".join(package) + SOURCES)} <= {*NUMBERS}


def test_every_pitfall_that_was_reproduced_is_shown_to_be_real() -> None:
    assert {number for number, row in TABLE.items() if row.real} >= REPRODUCED


def cases(part: str) -> list[Any]:
    """Return the proofs of one part of the table, each by its pitfall's number."""
    found = []
    for number, row in TABLE.items():
        proofs = getattr(row, part)
        proofs = (
            proofs if isinstance(proofs, tuple) else () if isinstance(proofs, str) else (proofs,)
        )
        found += [
            pytest.param(proof, id=f"{number}-{place}") for place, proof in enumerate(proofs, 1)
        ]
    return found


@pytest.mark.parametrize("proof", cases("named"))
def test_check_names_the_pitfall(proof: Proof, request: pytest.FixtureRequest) -> None:
    proof(request)


@pytest.mark.parametrize("proof", cases("written"))
def test_writers_cannot_produce_it(proof: Proof, request: pytest.FixtureRequest) -> None:
    proof(request)


@pytest.mark.train
@pytest.mark.parametrize("proof", cases("real"))
def test_llamafactory_still_does_it(proof: Proof, request: pytest.FixtureRequest) -> None:
    proof(request)


BREAKS: list[tuple[Law, str, Record]] = [
    (is_spelt_out, "sharegpt", said("Q", "A", more="x")),
    (is_spelt_out, "alpaca", {"instruction": "Q", "output": "A", "system": ""}),
    (is_never_blank, "sharegpt", said("Q", " ")),
    (is_never_blank, "text", {"text": ""}),
    (
        is_never_blank,
        "messages",
        {"messages": [{"role": "user", "content": ""}], "system": "", "tools": ""},
    ),
    (one_system_text, "sharegpt", said("S", "Q", roles=("system", "human"))),
    (takes_turns, "sharegpt", said("Q", "A", "Q")),
    (takes_turns, "sharegpt", said("A", "Q", roles=("gpt", "human"))),
    (takes_turns, "preference", pair("A", "B", "human")),
    (takes_turns, "messages", {"messages": []}),
    (differs, "preference", pair("A", "A")),
    (has_one_type, "alpaca", {"instruction": "Q", "input": "", "output": 4, "system": ""}),
    (has_one_type, "sharegpt", said("Q", "A") | {"system": None}),
    (has_one_type, "sharegpt", said("Q", [])),  # type: ignore[arg-type]
    (has_one_type, "kto", said("Q", "A", label=1)),
    (calls_are_json, "sharegpt", CALL),
    (media_match, "sharegpt-images", said("<image>Q", "A", images=[])),
]


@pytest.mark.parametrize(("law", "form", "row"), BREAKS)
def test_law_is_broken_by_a_row_with_the_pitfall(law: Law, form: str, row: Record) -> None:
    assert not law(row, registry.entry(form, "rows.jsonl"))
