"""Examples beyond the cutoff are kept, dropped or split between turns, and each is counted."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from commandline import GOOD, counts, good, read, refusal, run, write
from paths import SHARED
from tiny import make_tokenizer

from dataprep import recipe
from dataprep.commands.check import asked, check
from dataprep.commands.prepare import prepare
from dataprep.llamafactory.rows import overlong
from dataprep.sources import shards

pytest.importorskip("tokenizers", reason="counts tokens: pip install 'dataprep[check]'")

TOKENIZERS = sorted(path.parent for path in (SHARED / "models").glob("*/tokenizer.json"))
LONG = "Who are you? I am a model made for a test. " * 20
TOOLS = json.dumps(
    [{"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}]
)
CALL = '{"name": "f", "arguments": {}}'


def chat(*texts: str, system: str = "") -> dict[str, Any]:
    turns = [
        {"from": ("human", "gpt")[number % 2], "value": text} for number, text in enumerate(texts)
    ]
    return {"conversations": turns, "system": system}


def rounds(count: int, name: str = "a", system: str = "") -> dict[str, Any]:
    """Return a conversation of so many rounds of about 28 tokens."""
    said = [text for n in range(count) for text in (f"Question {name} {n}?", f"Answer {n}.")]
    return chat(*said, system=system)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a tokenizer."""
    monkeypatch.chdir(tmp_path)
    make_tokenizer(tmp_path / "tiny")


def made(
    choice: str, *records: Any, output: dict[str, Any] | None = None, **train: Any
) -> recipe.Run:
    write("in.jsonl", *records)
    arguments = {
        "model_name_or_path": "tiny",
        "template": "default",
        "stage": "sft",
        "cutoff_len": 100,
        **train,
    }
    given = {"format": "sharegpt", **(output or {}), "overlong": choice}
    data = {"inputs": ["in.jsonl"], "steps": ["clean", "dedupe"], "output": given}
    Path("mine.yaml").write_text(
        yaml.safe_dump({"data": data, "train": arguments}), encoding="utf-8"
    )
    return recipe.compile("mine.yaml")


def table(made: recipe.Run, workers: int = 1) -> dict[str, int]:
    """Prepare a recipe, and return the counts that are not 0."""
    report = prepare(made, workers=workers, force=True).report
    assert report is not None
    return {name: count for name, count in report.table(made.splits).items() if count}


def texts(path: str = "data/mine/train.jsonl") -> list[list[str]]:
    return [[turn["value"] for turn in row["conversations"]] for row in read(path)]


def rejects() -> list[tuple[str, str]]:
    return [(reject["fate"], reject["reason"]) for reject in read("data/mine/rejects.jsonl")]


def stories() -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table("data/mine/lineage.parquet").to_pylist()
    return rows


# ------------------------------------------------------------------------------------- what is kept

SHORT = chat("Who are you?", "A model.")
BOTH = [SHORT, rounds(9)]


def test_all_is_kept_where_nothing_is_said() -> None:
    made("keep", *BOTH)
    text = Path("mine.yaml").read_text().replace("overlong: keep", "")
    Path("mine.yaml").write_text(text)
    assert "overlong" not in text
    assert table(recipe.compile("mine.yaml")) == {"in": 2, "train": 2}


def test_what_is_kept_needs_no_tokenizer() -> None:
    assert table(made("keep", *BOTH, model_name_or_path="no/model")) == {"in": 2, "train": 2}


def test_dropped_example_is_filtered_and_its_record_is_a_reject() -> None:
    assert table(made("drop", *BOTH)) == {"in": 2, "train": 1, "filtered": 1}
    (reject,) = read("data/mine/rejects.jsonl")
    assert (reject["fate"], reject["reason"], reject["record"]) == ("filtered", "overlong", BOTH[1])
    assert reject["expected"] == "at most 100"
    assert [(story["fate"], story["reason"]) for story in stories()] == [
        ("train", ""),
        ("filtered", "overlong"),
    ]


def test_conversation_is_split_into_all_of_its_rounds_in_their_order() -> None:
    found = table(made("split", SHORT, rounds(9, system="Be brief.")))
    parts = texts()[1:]
    assert len(parts) > 2
    assert found == {"in": 2, "added": len(parts) - 1, "train": len(parts) + 1}
    assert [text for part in parts for text in part] == [
        turn["value"] for turn in rounds(9)["conversations"]
    ]
    assert {row["system"] for row in read("data/mine/train.jsonl")[1:]} == {"Be brief."}
    assert all(len(part) % 2 == 0 for part in parts)
    assert rejects() == []


def test_no_part_could_take_the_next_round_too() -> None:
    table(made("split", rounds(9)))
    first, second = texts()[:2]
    assert table(made("drop", chat(*first, *second[:2]), SHORT))["filtered"] == 1


def test_each_part_has_its_line_in_the_lineage_and_its_story() -> None:
    table(made("split", SHORT, rounds(9)))
    told = stories()
    assert [story["row"] for story in told] == list(range(1, len(told) + 1))
    assert {story["line"] for story in told[1:]} == {2}
    assert {story["changed"] for story in told[1:]} == {"split"}
    assert good("why data/mine 3").count("changed by  split") == 1
    assert good("why in.jsonl:2").count("went to") == len(told) - 1


def test_tool_calls_and_their_results_stay_in_their_round() -> None:
    turns = [
        turn
        for number in range(4)
        for turn in (
            {"from": "human", "value": f"Where {number}?"},
            {"from": "function_call", "value": CALL},
            {"from": "observation", "value": "there"},
            {"from": "gpt", "value": "There."},
        )
    ]
    made_ = made("split", {"conversations": turns, "tools": TOOLS}, cutoff_len=420)
    found = table(made_)
    rows = read("data/mine/train.jsonl")
    assert found["train"] == len(rows) > 1
    assert {row["tools"] for row in rows} == {TOOLS}
    assert all(row["conversations"][0]["from"] == "human" for row in rows)
    assert all(row["conversations"][-1]["from"] == "gpt" for row in rows)


def test_round_that_does_not_fit_alone_leaves_and_nothing_is_joined_over_the_gap() -> None:
    found = table(made("split", chat("One?", "1.", "Two?", LONG, "Three?", "3.")))
    assert found == {"in": 1, "added": 2, "train": 2, "filtered": 1}
    assert texts() == [["One?", "1."], ["Three?", "3."]]
    assert rejects() == [("filtered", "overlong")]
    (reject,) = read("data/mine/rejects.jsonl")
    assert reject["found"] == "has rounds that alone are too long (2 of 3)"
    assert [(story["fate"], story["row"]) for story in stories()] == [
        ("train", 1),
        ("train", 2),
        ("filtered", 0),
    ]


def test_first_round_that_does_not_fit_leaves_and_the_others_stay() -> None:
    assert table(made("split", chat(LONG, "1.", "Two?", "2."))) == {
        "in": 1,
        "added": 1,
        "train": 1,
        "filtered": 1,
    }
    assert texts() == [["Two?", "2."]]


@pytest.mark.parametrize(
    "record", [chat(LONG, "1."), chat(LONG, "1.", LONG, "2."), chat("a", "b", system=LONG)]
)
def test_conversation_of_which_nothing_fits_leaves_whole(record: dict[str, Any]) -> None:
    assert table(made("split", record, SHORT)) == {"in": 2, "train": 1, "filtered": 1}


PAIR = {**chat(LONG), **{name: {"from": "gpt", "value": name} for name in ("chosen", "rejected")}}
WHOLE_ONLY: dict[str, tuple[str, Any, Any, dict[str, Any]]] = {
    "a pair": ("preference", PAIR, {**PAIR, **chat("Who?")}, {"stage": "dpo"}),
    "a labelled answer": (
        "kto",
        {**rounds(9), "label": True},
        {**SHORT, "label": False},
        {"stage": "kto"},
    ),
    "a text": ("text", {"text": LONG}, {"text": "Short."}, {"stage": "pt", "packing": False}),
}


@pytest.mark.parametrize("kind", WHOLE_ONLY)
def test_what_is_no_conversation_to_learn_is_dropped_when_it_should_be_split(kind: str) -> None:
    form, long, short, train = WHOLE_ONLY[kind]
    assert table(made("split", long, short, output={"format": form}, **train)) == {
        "in": 2,
        "train": 1,
        "filtered": 1,
    }
    assert read("data/mine/rejects.jsonl")[0]["expected"] == f"at most 100; {kind} is never split"


def test_packed_texts_are_never_too_long() -> None:
    assert table(made("drop", {"text": LONG}, output={"format": "text"}, stage="pt")) == {
        "in": 1,
        "train": 1,
    }


# --------------------------------------------------------------------------------- the whole corpus

MIXED = [
    SHORT,
    rounds(9, "a"),
    rounds(9, "a"),
    chat("Which?", LONG),
    chat("Which one?", ""),
    chat("One?", "1.", "Two?", LONG, "Three?", "3."),
    chat("One?", "1.", "Two?", LONG, "Three?", "3."),
    *(rounds(6, str(number)) for number in range(30)),
    SHORT,
]
SPLIT = {"split": {"val": 0.3, "test": 0.2}}


def test_whole_conversations_are_compared_and_what_leaves_stands_in_the_order_of_the_input() -> (
    None
):
    found = table(made("split", *MIXED, output=SPLIT))
    assert found["duplicates"] == 3
    assert found["filtered"] == 2
    assert found["rejected"] == 1
    kept = sum(found[name] for name in ("train", "val", "test"))
    assert found["in"] + found["added"] == kept + 6
    assert found["in"] == len(MIXED)
    assert [reject["line"] for reject in read("data/mine/rejects.jsonl")] == [
        3,
        4,
        5,
        6,
        7,
        len(MIXED),
    ]
    told = stories()
    assert len(told) == kept + 6
    for name in ("train", "val", "test"):
        rows = [story["row"] for story in told if story["fate"] == name]
        assert rows == list(range(1, len(read(f"data/mine/{name}.jsonl")) + 1))


def test_parts_of_a_conversation_are_on_one_side_of_the_split() -> None:
    table(made("split", *MIXED, output=SPLIT))
    sides: dict[str, set[str]] = {}
    for name in ("train", "val", "test"):
        for part in texts(f"data/mine/{name}.jsonl"):
            if part[0].startswith("Question"):
                sides.setdefault(part[0].split()[1], set()).add(name)
    assert {len(side) for side in sides.values()} == {1}
    assert len({side for found in sides.values() for side in found}) == 3


def test_parts_that_ask_the_same_are_on_one_side_of_the_split() -> None:
    names = ("apples", "boats", "clouds", "deserts", "engines", "flutes", "glaciers", "harbours")
    asking = [chat(*rounds_of(name), "Go on.", f"More of {name}.") for name in names]
    told = good_certificate(
        made("split", *asking, *MIXED, output={"split": {"val": 0.3, "test": 0.2}})
    )
    where = [
        name
        for name in ("train", "val", "test")
        for part in texts(f"data/mine/{name}.jsonl")
        if part[0] == "Go on." or {*part[0].split()} & {*names}
    ]
    assert len(where) == 2 * len(names)
    assert len({*where}) == 1
    assert [border["same_prompts"] for border in told["between"]] == [0, 0, 0]


def rounds_of(name: str) -> list[str]:
    return [turn["value"] for turn in rounds(2, name)["conversations"]]


def good_certificate(mine: recipe.Run) -> dict[str, Any]:
    """Prepare a recipe, and return its certificate, which must hold."""
    table(mine)
    found: dict[str, Any] = json.loads(Path("data/mine/report.json").read_text())["certificate"]
    return found


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same_bytes(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = made("split", *MIXED, output=SPLIT)
    one = (table(mine), outputs())
    monkeypatch.setattr(shards, "SIZE", 700)
    assert (table(mine, workers), outputs()) == one


def outputs() -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in Path("data/mine").iterdir()
        if path.name != ".prepared"
    }


def test_table_and_report_tell_what_was_added_and_the_report_meets_its_schema() -> None:
    made("split", *MIXED)
    told = good("prepare mine.yaml")
    found = counts(told)
    assert found["in"] + found["added"] == sum(
        count for name, count in found.items() if name not in ("in", "added")
    )
    assert json.loads(Path("data/mine/report.json").read_text())["records"] == found
    for name in ("report.json", "lineage.parquet", "rejects.jsonl"):
        assert run(f"validate data/mine/{name}").exit_code == 0


@pytest.mark.parametrize(
    "change", [{"cutoff_len": 60}, {"template": "chatml"}, {"default_system": LONG[:80]}]
)
def test_change_of_what_decides_the_length_prepares_again(change: dict[str, Any]) -> None:
    prepare(made("split", *MIXED))
    state = Path("in.jsonl").stat()
    for given, again in (({}, False), ({"learning_rate": 0.1}, False), (change, True)):
        mine = made("split", *MIXED, **given)
        os.utime("in.jsonl", ns=(state.st_atime_ns, state.st_mtime_ns))
        assert (prepare(mine).report is not None) == again


# ----------------------------------------------------------------------------------- what is needed

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a template of LLaMA-Factory alone": (
        {"template": "qwen2_vl"},
        "not with the template 'qwen2_vl'",
    ),
    "no template": ({"template": None}, "not with the template 'None'"),
    "no such model": (
        {"model_name_or_path": "no/model"},
        "no/model is neither a folder nor a model that the hub can provide",
    ),
    "a folder without a tokenizer": ({"model_name_or_path": "data"}, "data has no tokenizer.json"),
    "tokens that are added": ({"add_tokens": "<x>"}, "cannot tell how 'add_tokens' changes them"),
}


@pytest.mark.parametrize("choice", ["drop", "split"])
@pytest.mark.parametrize("name", REFUSED)
def test_run_whose_tokens_cannot_be_counted_is_refused_before_a_byte_is_written(
    name: str, choice: str
) -> None:
    arguments, why = REFUSED[name]
    Path("data").mkdir()
    made_ = made(
        choice, *BOTH, **{key: value for key, value in arguments.items() if value is not None}
    )
    if arguments.get("template", "") is None:
        made_ = made_.__class__(**{**vars(made_), "train": {**made_.train, "template": None}})
    with pytest.raises(overlong.DataprepError) as told:
        prepare(made_)
    assert str(told.value).startswith(f"mine.yaml: overlong: {choice} counts tokens, but {why}")
    assert str(told.value).endswith("; or write keep")
    assert list(Path("data").iterdir()) == []


def test_missing_package_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made("drop", *BOTH)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    assert "pip install 'dataprep[check]'; or write keep" in refusal("prepare mine.yaml")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "another word": ({"format": "sharegpt", "overlong": "cut"}, "/data/output/overlong"),
    "no model": (
        {"format": "sharegpt", "overlong": "split"},
        "give 'model_name_or_path' and 'template' under 'train'",
    ),
    "pictures": (
        {"format": "sharegpt-images", "overlong": "drop"},
        "those of media only LLaMA-Factory knows",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_recipe_that_does_not_say_enough_is_refused(name: str) -> None:
    output, why = FAULTS[name]
    write("good.jsonl", *GOOD)
    train = {} if name == "no model" else {"model_name_or_path": "tiny", "template": "default"}
    Path("mine.yaml").write_text(
        yaml.safe_dump({"data": {"inputs": ["good.jsonl"], "output": output}, "train": train})
    )
    result = run("prepare mine.yaml")
    assert result.exit_code == 2
    assert why in result.stderr


# -------------------------------------------------------------------------- by LLaMA-Factory itself


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("choice", ["drop", "split"])
@pytest.mark.parametrize(
    ("template", "more"),
    [
        ("default", {}),
        ("llama2", {}),
        ("qwen", {"packing": True}),
        ("alpaca", {"mask_history": True}),
        ("mistral", {"train_on_prompt": True}),
    ],
)
def test_llamafactory_cuts_nothing_that_is_left(
    choice: str, template: str, more: dict[str, Any]
) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    written = [
        chat("Hi?", "Well. " * size, "And {{idx}}?", "So. " * size, system="Be. " * 3)
        for size in range(1, 40)
    ]
    assert_whole(made(choice, *MIXED, *written, template=template, cutoff_len=160, **more), choice)


REAL = {"glaive_toolcall_zh_demo.json": 1024, "alpaca_zh_demo.json": 300}


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not TOKENIZERS, reason="the real data is not here")
@pytest.mark.parametrize("model", TOKENIZERS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", REAL)
def test_llamafactory_cuts_nothing_that_is_left_of_real_data(name: str, model: Path) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    source = json.loads((SHARED / "llamafactory_apache2" / name).read_text(encoding="utf-8"))
    assert_whole(
        made(
            "split", *source, model_name_or_path=str(model), template="qwen", cutoff_len=REAL[name]
        ),
        "split",
    )


def assert_whole(mine: recipe.Run, choice: str) -> None:
    """Assert that something left and something stays, and that LLaMA-Factory keeps every row of it
    whole.
    """
    found = table(mine)
    assert found["filtered"] or found["added"]
    if choice == "drop":
        assert "added" not in found
    check(asked(["mine.yaml"], Path("data"), {}), fast=False, out=Path("fates.jsonl"))
    fates = read("fates.jsonl")
    assert len(fates) == found["train"]
    assert {row["fate"] for row in fates} == {"kept whole"}
