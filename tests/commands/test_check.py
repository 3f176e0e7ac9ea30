"""The fate of every row: what `check` tells is what the real LLaMA-Factory does, and `--quick`
tells the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, good, read, refusal, run, write
from paths import ROOT, SHARED, yaml_table
from remote import RemoteExecutor
from tiny import make_model

from dataprep.commands.check import Ask, CheckReport, asked, check
from dataprep.llamafactory.dataset_info import finding, registry
from dataprep.llamafactory.rows import notes, outcome
from dataprep.llamafactory.rows.outcome import (
    CRASH,
    CUT,
    DROPPED,
    NOTHING,
    WHOLE,
    RowOutcome,
    Rules,
)
from dataprep.llamafactory.rows.tally import Place, Tally
from dataprep.llamafactory.templates.table import QUICK

pytest.importorskip("llamafactory", reason="needs the training half: make setup")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore"),
]  # the warnings of LLaMA-Factory's own imports

TOKENIZERS = [
    path
    for path in (ROOT / "models/smollm2-135m", *sorted((SHARED / "models").glob("*")))
    if (path / "tokenizer.json").is_file()
]
LONG = "Who are you? I am a model made for a test. " * 20
FORMATS = {"alpaca": "sft", "sharegpt": "sft", "preference": "rm", "kto": "kto", "text": "pt"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def register(form: str, *rows: Any, **more: Any) -> None:
    """Write rows, a line each, and register them as `rows`."""
    Path("data").mkdir(exist_ok=True)
    write("data/rows.jsonl", *rows)
    registry.merge(
        Path("data/dataset_info.json"), {"rows": {**registry.entry(form, "rows.jsonl"), **more}}
    )


def ask(model: Path, **arguments: Any) -> Ask:
    options = {"model_name_or_path": str(model), "template": "default", **arguments}
    return asked(["rows"], Path("data"), options)


def fates(model: Path, *, fast: bool = False, **arguments: Any) -> list[dict[str, Any]]:
    """Return what is told of each row of `rows`."""
    check(ask(model, **arguments), fast=fast, out=Path("fates.jsonl"))
    return read("fates.jsonl")


def chat(*texts: str, system: str = "", tools: str = "", first: str = "human") -> dict[str, Any]:
    roles = ("human", "gpt") if first == "human" else ("gpt", "human")
    messages = [{"from": roles[number % 2], "value": text} for number, text in enumerate(texts)]
    return {"conversations": messages, "system": system, "tools": tools}


def labelled(*texts: str, label: bool | None) -> dict[str, Any]:
    return {**chat(*texts), "label": label}


def pair(asked: str, chosen: str | None, rejected: str) -> dict[str, Any]:
    answers = {"chosen": chosen, "rejected": rejected}
    return {
        **chat(asked),
        **{name: text and {"from": "gpt", "value": text} for name, text in answers.items()},
    }


CHAT = chat("Who are you?", "I am a model.")
TOOL = (
    '[{"name": "find", "description": "Find it.", "parameters": {"properties": {"what": '
    '{"type": "string"}}}}]'
)
CALL = '{"name": "find", "arguments": {"what": "it"}}'
CALLING = {
    **chat("Where?", CALL, "there", "It is there.", tools=TOOL),
    "conversations": [
        {"from": role, "value": text}
        for role, text in [
            ("human", "Where?"),
            ("function_call", CALL),
            ("observation", '["there"]'),
            ("gpt", "It is there."),
        ]
    ],
}
KEPT_WHOLE = (WHOLE, [])


def called(call: str) -> dict[str, Any]:
    """Return a conversation with that call in it."""
    first, _, *others = CALLING["conversations"]
    return {**CALLING, "conversations": [first, {"from": "function_call", "value": call}, *others]}


# What stands in the data, LLaMA-Factory's arguments, and the fate of the last row.
CASES: dict[str, tuple[str, list[Any], dict[str, Any], tuple[str, list[str]]]] = {
    "row that fits": ("sharegpt", [CHAT], {}, KEPT_WHOLE),
    "row with tools": ("sharegpt", [CALLING], {}, KEPT_WHOLE),
    "long prompt": (
        "sharegpt",
        [chat(LONG, "Yes.")],
        {"cutoff_len": 64},
        (CUT, [outcome.PROMPT_END]),
    ),
    "long answer": (
        "sharegpt",
        [chat("Who?", LONG)],
        {"cutoff_len": 64},
        (CUT, [outcome.ANSWER_END]),
    ),
    "both long": (
        "sharegpt",
        [chat(LONG, LONG)],
        {"cutoff_len": 64},
        (CUT, [outcome.PROMPT_END, outcome.ANSWER_END]),
    ),
    "many turns": (
        "sharegpt",
        [chat("Who are you?", "I am a model.", *["And you?", "A test."] * 9)],
        {"cutoff_len": 40},
        (CUT, [outcome.PROMPT_END, outcome.LATER]),
    ),
    "many turns, the last first": (
        "sharegpt",
        [chat(*["And you?", "A test."] * 9, system="Be brief.")],
        {"cutoff_len": 60, "mask_history": True},
        (CUT, [outcome.PROMPT_END, outcome.ANSWER_END, outcome.EARLIER, outcome.SYSTEM]),
    ),
    "long system text": (
        "sharegpt",
        [chat("Who?", "I.", system=LONG)],
        {"cutoff_len": 64},
        (CUT, [outcome.PROMPT_END, outcome.SYSTEM]),
    ),
    "system text in the question": (
        "sharegpt",
        [chat("Who?", "I.", system=LONG)],
        {"cutoff_len": 64, "template": "llama2"},
        (CUT, [outcome.PROMPT_END, outcome.SYSTEM]),
    ),
    "no room for the answer": (
        "sharegpt",
        [chat(LONG, "A.")],
        {"cutoff_len": 6},
        (NOTHING, [outcome.MASKED]),
    ),
    "answer first": (
        "sharegpt",
        [CHAT, chat("I am.", "Who?", first="gpt")],
        {},
        (DROPPED, [outcome.OUT_OF_ORDER]),
    ),
    "answer that is a number": (
        "alpaca",
        [{"instruction": "2+2?", "input": "", "output": 4, "system": ""}],
        {},
        (DROPPED, [outcome.NO_ANSWER]),
    ),
    "label in stage sft": (
        "kto",
        [labelled("Who?", "I.", label=True)],
        {"stage": "sft"},
        (DROPPED, [outcome.PAIR]),
    ),
    "tools that are no JSON": (
        "sharegpt",
        [CHAT, chat("Who?", "I.", tools="none")],
        {},
        (CRASH, ["RuntimeError: Invalid JSON format in tool description"]),
    ),
    "call without a name": (
        "sharegpt",
        [
            {
                **CHAT,
                "conversations": [
                    CHAT["conversations"][0],
                    {"from": "function_call", "value": "{}"},
                ],
            }
        ],
        {},
        (CRASH, ["KeyError: 'name'"]),
    ),
    "thought before a call": (
        "sharegpt",
        [called(f"<think>\nHm.\n</think>\n\n{CALL}")],
        {},
        KEPT_WHOLE,
    ),
    **{
        f"thought before a call, where {template} knows none": (
            "sharegpt",
            [called(f"<think>\nHm.\n</think>\n\n{CALL}")],
            {"template": template},
            (CRASH, ["RuntimeError: Invalid JSON format in function message"]),
        )
        for template in ("llama2", "mistral", "gemma")
    },
    "null in a turn": (
        "sharegpt",
        [CHAT, chat("Who?", None)],  # type: ignore[arg-type]
        {},
        (CRASH, ["RuntimeError: Expected a string"]),
    ),
    "pair that fits": ("preference", [pair("Who?", "I.", "You.")], {}, KEPT_WHOLE),
    "long pair": (
        "preference",
        [pair("Who?", LONG, "I.")],
        {"cutoff_len": 64},
        (CUT, [outcome.ANSWER_END]),
    ),
    "pair of the same": ("preference", [pair("Who?", "I.", "I.")], {}, (NOTHING, [outcome.SAME])),
    "pair that begins the same": (
        "preference",
        [pair("Who?", LONG + "1", LONG + "2")],
        {"cutoff_len": 64},
        (NOTHING, [outcome.SAME_CUT]),
    ),
    "half a pair": (
        "preference",
        [pair("Who?", "I.", "You."), pair("Who?", None, "You.")],
        {},
        (DROPPED, [outcome.NO_PAIR]),
    ),
    "labelled answer": ("kto", [labelled("Who?", "I.", label=True)] * 2, {}, KEPT_WHOLE),
    "no label": (
        "kto",
        [labelled("Who?", "I.", label=True), labelled("Who?", "I.", label=None)],
        {},
        (DROPPED, [outcome.NO_LABEL]),
    ),
    "labelled answer after a dropped row": (
        "kto",
        [labelled("I.", "Who?", "I.", label=True), labelled("Who?", "I.", label=True)],
        {},
        (CRASH, [outcome.NEIGHBOUR]),
    ),
    "document that fits": ("text", [{"text": "Who?"}], {"packing": False}, KEPT_WHOLE),
    "long document": (
        "text",
        [{"text": LONG}],
        {"packing": False, "cutoff_len": 64},
        (CUT, [outcome.TEXT_END]),
    ),
    "last document, packed": (
        "text",
        [{"text": LONG}] * 2,
        {"cutoff_len": 200},
        (CUT, [outcome.TEXT_END]),
    ),
    "short last document, packed": (
        "text",
        [{"text": LONG}, {"text": "Who?"}],
        {"cutoff_len": 128},
        (DROPPED, [outcome.BEHIND]),
    ),
    "conversation in pre-training": (
        "sharegpt",
        [CHAT],
        {"stage": "pt", "packing": False},
        (CUT, [outcome.ALL_BUT_FIRST]),
    ),
}


@pytest.mark.parametrize("fast", [False, True], ids=["by LLaMA-Factory", "quick"])
@pytest.mark.parametrize("name", CASES)
def test_fate_of_a_row_is_told(name: str, fast: bool, tiny: Path) -> None:
    form, rows, arguments, fate = CASES[name]
    register(form, *rows)
    told = fates(tiny, fast=fast, **arguments)
    assert len(told) == len(rows)
    assert (told[-1]["fate"], told[-1]["reasons"]) == fate
    assert (told[-1]["path"], told[-1]["line"]) == ("data/rows.jsonl", len(rows))


def test_every_fate_and_reason_has_a_case() -> None:
    met = {fate for *_, (fate, _) in CASES.values()}
    reasons = {reason for *_, (_, reasons) in CASES.values() for reason in reasons}
    words = {
        value for name, value in vars(outcome).items() if name.isupper() and isinstance(value, str)
    }
    assert met == set(outcome.FATES)
    assert words - reasons - met == {outcome.ANSWER_PART, outcome.TOO_LONG}


TRAINED = {
    "sft": ("sharegpt", {"cutoff_len": 48}),
    "sft, the last turn only": ("sharegpt", {"cutoff_len": 48, "mask_history": True}),
    "sft, prompts too": ("sharegpt", {"cutoff_len": 48, "train_on_prompt": True}),
    "sft, end token apart": ("sharegpt", {"cutoff_len": 48, "template": "solar"}),
    "sft, thoughts": ("sharegpt", {"cutoff_len": 48, "template": "qwen3"}),
    "sft, no thoughts": (
        "sharegpt",
        {"cutoff_len": 48, "template": "qwen3", "enable_thinking": False},
    ),
    "rm": ("preference", {"cutoff_len": 48, "template": "solar"}),
    "kto": ("kto", {"cutoff_len": 48}),
    "pt": ("text", {"cutoff_len": 48}),
    "pt, each by itself": ("text", {"cutoff_len": 48, "packing": False}),
}


@pytest.mark.parametrize("name", TRAINED)
def test_tokens_are_those_that_training_gets(name: str, tiny: Path) -> None:
    form, arguments = TRAINED[name]
    register(form, *made_up(form))
    told = fates(tiny, **arguments)
    if arguments.get("template", "default") in QUICK:
        assert fates(tiny, fast=True, **arguments) == told
    trained = prepared(tiny, {"stage": FORMATS[form], "template": "default", **arguments})
    if form == "text" and "packing" not in arguments:
        assert sum(map(len, trained["input_ids"])) == sum(row["kept"] for row in told)
        return
    name = "chosen_" if form == "preference" else ""
    longest = [
        max(map(len, rows))
        for rows in zip(
            *(trained[key] for key in trained if key.endswith("input_ids")), strict=True
        )
    ]
    ids = longest if form == "preference" else [len(row) for row in trained["input_ids"]]
    assert ids == [row["kept"] for row in told if row["fate"] != DROPPED]
    if form != "text":
        learnt = [sum(label != -100 for label in labels) for labels in trained[f"{name}labels"]]
        assert learnt == [row["learnt"] for row in told if row["fate"] != DROPPED]


def made_up(form: str) -> list[dict[str, Any]]:
    sizes = [(3, 2), (30, 2), (2, 30), (30, 30), (8, 9)]
    texts = [
        ("Who? " * asks + str(asks), "I am. " * answers + str(answers)) for asks, answers in sizes
    ]
    if form == "text":
        return [{"text": text} for both in texts for text in both]
    if form == "preference":
        return [pair(question, answer, "You.") for question, answer in texts]
    talks = [[*one, *other] for one in texts for other in texts]
    if form == "kto":
        return [labelled(*talk, label=number % 2 == 0) for number, talk in enumerate(talks)]
    return [chat(*talk, system="Be brief." * (number % 2)) for number, talk in enumerate(talks)]


def prepared(model: Path, arguments: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the columns that LLaMA-Factory's own run gives to training."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    stage = arguments["stage"]
    run = {
        "dataset": "rows",
        "dataset_dir": "data",
        "output_dir": "out",
        "do_train": True,
        "report_to": "none",
    }
    run |= {"model_name_or_path": str(model), "cache_dir": "cache", **arguments}
    model_args, data_args, training_args, *_ = get_train_args(run)
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    made = get_dataset(template, model_args, data_args, training_args, stage, tokenizer)
    return dict(made["train_dataset"].to_dict())


# -------------------------------------------------------------------------------------------- notes

LABELLED = labelled("Where?", "Here.", label=True)
NOTES: dict[str, tuple[Any, ...]] = {
    "end token in an answer": (
        "sharegpt",
        [chat("Who?", "I.</s> You.")],
        {},
        "special token '</s>' in the text",
    ),
    "stop word in a question": (
        "sharegpt",
        [chat("Who?<|im_end|>", "I.")],
        {"template": "chatml"},
        "special token '<|im_end|>' in the text",
    ),
    "turn's number": ("sharegpt", [chat("Is {{idx}} a number?", "No.")], {}, notes.NUMBERED),
    "template's own system text": ("sharegpt", [CHAT], {"template": "vicuna"}, notes.NO_SYSTEM),
    "blank question": ("sharegpt", [chat(" ", "I.")], {}, notes.UNASKED),
    "blank answer": ("sharegpt", [chat("Who?", " ")], {}, notes.BLANK),
    "wanted answer that is empty": (
        "kto",
        [LABELLED, labelled("Who?", "", label=True)],
        {},
        notes.FLIPPED,
    ),
    "unwanted answer that is empty": (
        "kto",
        [LABELLED, labelled("Who?", "", label=False)],
        {},
        notes.BLANK,
    ),
    "labelled answer alone": ("kto", [LABELLED], {}, notes.ALONE),
    "labelled answer behind the last full batch": (
        "kto",
        [LABELLED, labelled("Who?", "I.", label=False), labelled("When?", "Now.", label=True)],
        {"preprocessing_batch_size": 2},
        notes.ALONE,
    ),
    "the same answer twice": (
        "kto",
        [LABELLED, labelled("2+2?", "Here.", label=False)],
        {},
        notes.TWIN,
    ),
    "two answers to one question": (
        "kto",
        [LABELLED, labelled("Where?", "There.", label=False)],
        {},
        notes.KIN,
    ),
}
SILENT: dict[str, tuple[Any, ...]] = {
    "nothing to note": ("sharegpt", [CHAT], {}),
    "system text of its own": (
        "sharegpt",
        [chat("Who?", "I.", system="Be brief.")],
        {"template": "vicuna"},
    ),
    "system text switched off": ("sharegpt", [CHAT], {"template": "vicuna", "default_system": ""}),
    "turn's number in an answer": ("sharegpt", [chat("Who?", "I am {{idx}}.")], {}),
    "turn's number where none is put": (
        "sharegpt",
        [chat("Is {{idx}} one?", "No.")],
        {"template": "llama2"},
    ),
    "labelled answer after another": ("kto", [LABELLED, labelled("Who?", "I.", label=True)], {}),
}


@pytest.mark.parametrize("fast", [False, True], ids=["by LLaMA-Factory", "quick"])
@pytest.mark.parametrize("name", [*NOTES, *SILENT])
def test_what_else_happens_to_a_row_is_noted(name: str, fast: bool, tiny: Path) -> None:
    form, rows, arguments, *note = (NOTES | SILENT)[name]
    register(form, *rows)
    assert fates(tiny, fast=fast, **arguments)[-1]["notes"] == note


@pytest.mark.parametrize("fast", [False, True], ids=["by LLaMA-Factory", "quick"])
def test_first_row_of_a_batch_is_compared_with_the_answer_of_the_last(
    fast: bool, tiny: Path
) -> None:
    register(
        "kto", LABELLED, labelled("Who?", "I.", label=False), labelled("2+2?", "Here.", label=False)
    )
    told = fates(tiny, fast=fast)
    assert [row["notes"] for row in told] == [[notes.TWIN], [], []]


@pytest.mark.parametrize(
    ("enabled", "note"), [(True, "which is learnt"), (False, "which is not learnt")]
)
def test_thinking_block_that_a_reasoning_template_adds_is_noted(
    enabled: bool, note: str, tiny: Path
) -> None:
    register("sharegpt", CHAT, chat("Who?", "<think>\nI?\n</think>\n\nI."))
    told = fates(tiny, template="qwen3", enable_thinking=enabled)
    assert [row["notes"] for row in told] == [
        [f"no thought, so the template adds an empty thinking block, {note}"],
        [],
    ]


# -------------------------------------------------------------------------------- quick is the same


@pytest.mark.parametrize("template", sorted(QUICK))
def test_quick_tells_of_each_row_what_llamafactory_tells(template: str, tiny: Path) -> None:
    rows = [
        *made_up("sharegpt"),
        CALLING,
        chat("Who?", "I.", tools="none"),
        chat("Who? <|im_end|></s>", "[INST] 你是谁"),
    ]
    register("sharegpt", *rows)
    told = fates(tiny, template=template, cutoff_len=48)
    assert {row["fate"] for row in told} >= {CUT, CRASH}
    assert fates(tiny, fast=True, template=template, cutoff_len=48) == told


HISTORY = {
    "columns": {
        "prompt": "instruction",
        "response": "output",
        "history": "history",
        "system": "system",
    }
}
ASKED = {
    "instruction": "Who?",
    "output": "I.",
    "history": [["And you?", "You."]],
    "system": "Be brief.",
}
SPOKEN = [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "I."}]
# What the registry says of the file, and what is in it.
ENTRIES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "nothing but the file": ({}, [{"instruction": "Who?", "input": "Now", "output": "I."}]),
    "no input in the file": ({}, [{"instruction": "Who?", "output": "I."}]),
    "no input in a row": (
        {},
        [{"instruction": "Who?", "input": "Now", "output": "I."}, {"instruction": "Who?"}],
    ),
    "input not named": (
        {"columns": {"prompt": "instruction", "response": "output"}},
        [{**GOOD[0], "input": "Now"}],
    ),
    "prompt misspelt": ({"columns": {"promt": "instruction", "response": "output"}}, GOOD),
    "history": (
        HISTORY,
        [ASKED, {**ASKED, "history": []}, {**ASKED, "history": None, "system": None}],
    ),
    "history of threes": (HISTORY, [ASKED, {**ASKED, "history": [["a", "b", "c"]]}]),
    "null in the history": (HISTORY, [ASKED, {**ASKED, "history": [["a", None]]}]),
    "pair of texts": (
        {
            "ranking": True,
            "columns": {"prompt": "instruction", "chosen": "good", "rejected": "bad"},
        },
        [
            {"instruction": "Who?", "good": "I.", "bad": "You."},
            {"instruction": "Who?", "good": "I.", "bad": None},
        ],
    ),
    "labelled text": (
        {"columns": {"prompt": "instruction", "response": "output", "kto_tag": "label"}},
        [{**ASKED, "label": label} for label in (True, False, None, True)],
    ),
    "messages": (
        {"formatting": "sharegpt"},
        [{"conversations": SPOKEN}, {"conversations": SPOKEN[:1]}],
    ),
    "no messages": ({"formatting": "sharegpt"}, [{"conversations": []}, {"conversations": SPOKEN}]),
    "null for messages": (
        {"formatting": "sharegpt"},
        [{"conversations": None}, {"conversations": SPOKEN}],
    ),
    "messages not named": (
        {"formatting": "sharegpt", "columns": {"system": "system"}},
        [chat("Who?", "I.")],
    ),
    "unknown role": (
        {"formatting": "sharegpt"},
        [
            {
                "conversations": [
                    *SPOKEN,
                    {"from": "user", "value": "And?"},
                    {"from": "gpt", "value": "And."},
                ]
            }
        ],
    ),
    "system turn": (
        {"formatting": "sharegpt"},
        [
            {"conversations": [{"from": "system", "value": "Be brief."}, *SPOKEN]},
            {"conversations": SPOKEN},
        ],
    ),
    "system turn without its tag": (
        {"formatting": "sharegpt", "tags": {**finding.TAGS, "system_tag": None}},
        [
            {"conversations": [{"from": "system", "value": "Be brief."}, *SPOKEN]},
            {"conversations": SPOKEN},
        ],
    ),
    "only two tags": (
        {"formatting": "sharegpt", "tags": {"role_tag": "from", "content_tag": "value"}},
        [{"conversations": SPOKEN}],
    ),
    "better answer by who asks": (
        {
            "formatting": "sharegpt",
            "ranking": True,
            "columns": registry.entry("preference", "rows.jsonl")["columns"],
        },
        [{**pair("Who?", "I.", "You."), "chosen": {"from": "human", "value": "I."}}],
    ),
    "answer by an unknown role": (
        {
            "formatting": "sharegpt",
            "ranking": True,
            "columns": registry.entry("preference", "rows.jsonl")["columns"],
        },
        [{**pair("Who?", "I.", "You."), "chosen": {"from": "bot", "value": "I."}}],
    ),
    "picture": (
        {"formatting": "sharegpt", "columns": {"messages": "conversations", "images": "images"}},
        [{"conversations": SPOKEN, "images": ["a.png"]}, {"conversations": SPOKEN, "images": []}],
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_quick_takes_the_registry_as_llamafactory_does(name: str, tiny: Path) -> None:
    entry, rows = ENTRIES[name]
    register("text", *rows)
    registry.merge(Path("data/dataset_info.json"), {"rows": {"file_name": "rows.jsonl", **entry}})
    told = fates(tiny, default_system="")
    assert len(told) == len(rows)
    assert fates(tiny, fast=True, default_system="") == told


@pytest.mark.parametrize("form", FORMATS)
def test_quick_gives_the_same_tables(form: str, tiny: Path) -> None:
    rows = [{**row, "system": ""} for row in GOOD] if form == "alpaca" else made_up(form)
    register(form, *rows)
    told, quickly = (tables(check(ask(tiny, cutoff_len=48), fast=fast)) for fast in (False, True))
    assert quickly == told


def tables(report: CheckReport) -> Any:
    return json.loads(json.dumps(report.as_json()["datasets"]))


def corpora(folder: Path) -> dict[str, list[bytes]]:
    """Return the rows of the demo and of all chats of others, by the format that they are written
    in.
    """

    from dataprep import pipeline
    from dataprep.errors import DataError
    from dataprep.pipeline.plan import Plan
    from dataprep.sources import atomic
    from dataprep.sources.source import sources_of

    table = yaml_table("pipeline/real_data.yaml") if SHARED.is_dir() else {}
    inputs = {
        str(path): {}
        for path in (ROOT / "data/raw/demo").iterdir()
        if path.suffix in (".json", ".jsonl", ".gz")
    }
    inputs |= {str(SHARED / path): row for path, row in table.items() if "named" not in row}
    found: dict[str, list[bytes]] = {}
    for place, row in inputs.items():
        sources = sources_of(
            [place],
            row.get("format"),
            columns=row.get("columns", {}),
            options=row.get("options", {}),
        )
        form = row.get("to", "sharegpt")
        with atomic.staging(folder), suppress(DataError):  # nothing in it is an example
            pipeline.run(Plan(sources, form), folder)
            found.setdefault(form, []).extend(
                (folder / "train.jsonl").read_bytes().splitlines(keepends=True)
            )
    return found


@pytest.mark.skipif(not TOKENIZERS, reason="no tokenizer of others is here")
def test_quick_tells_the_same_of_all_real_data() -> None:
    """All rows have their turn, each with one template and one tokenizer."""
    both = [
        (template, TOKENIZERS[number % len(TOKENIZERS)])
        for number, template in enumerate(sorted(QUICK))
    ]
    for form, lines in corpora(Path("spool")).items():
        taking_turns = both if len(lines) > 10_000 else both[::5]
        for number, (template, model) in enumerate(taking_turns):
            mine = lines[number :: len(taking_turns)]
            register(form)
            Path("data/rows.jsonl").write_bytes(b"".join(mine))
            arguments = {"template": template, "cutoff_len": 256, "preprocessing_batch_size": 500}
            told = fates(model, **arguments)
            assert len(told) == len(mine)
            assert fates(model, fast=True, **arguments) == told


# ----------------------------------------------------------------------------------- the whole file


def test_file_that_llamafactory_cannot_load_is_told_and_its_rows_are_judged(tiny: Path) -> None:
    register(
        "alpaca",
        *({**GOOD[0], "system": "", "output": output} for output in ["It is 1.", {"it": "is 1"}]),
    )
    report = check(ask(tiny))
    assert report.exit_status == 1
    assert "cannot load it" in str(report)
    assert report.checked[0].tally.fates == {WHOLE: 1, DROPPED: 1}


def test_column_that_is_first_filled_after_a_thousand_rows_is_told_as_a_crash(tiny: Path) -> None:
    rows = [{**CHAT, "system": None} for _ in range(1000)]
    register("sharegpt", *rows, chat("Who?", "I.", system="Be brief."))
    report = check(ask(tiny))
    assert report.exit_status == 1
    assert report.checked[0].tally.late == {"_system": 1001}
    with pytest.raises(Exception, match="cast array of type string to null"):
        prepared(tiny, {"stage": "sft", "template": "default"})


def test_all_rows_dropped_ends_training_and_is_told(tiny: Path) -> None:
    register("sharegpt", chat("I am.", "Who?", first="gpt"))
    assert check(ask(tiny)).exit_status == 1
    with pytest.raises(RuntimeError, match="Cannot find valid samples"):
        prepared(tiny, {"stage": "sft", "template": "default"})


@pytest.mark.parametrize(
    ("form", "stage"), [("sharegpt", "rm"), ("sharegpt", "dpo"), ("preference", "sft")]
)
def test_stage_that_llamafactory_refuses_for_the_data_is_refused(
    form: str, stage: str, tiny: Path
) -> None:
    register(form, *made_up(form))
    said = refusal(f"check rows --model {tiny} --template default --stage {stage}")
    assert said.startswith("rows: has")
    with pytest.raises(ValueError, match="not applicable in the current training stage"):
        prepared(tiny, {"stage": "rm" if stage == "dpo" else stage, "template": "default"})


# -------------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize("form", ["sharegpt", "preference", "text"])
@pytest.mark.parametrize("cutoff", [16, 48, 100])
def test_table_of_cutoffs_says_what_each_cutoff_does(
    form: str, cutoff: int, tiny: Path, monkeypatch: Any
) -> None:
    from dataprep.llamafactory.rows import tally

    monkeypatch.setattr(tally, "FIRST_CUTOFF", 16)
    register(form, *made_up(form))
    table = check(ask(tiny, cutoff_len=64, packing=False if form == "text" else None)).as_json()[
        "datasets"
    ][0]["cutoffs"]
    alone = check(
        ask(tiny, cutoff_len=cutoff, packing=False if form == "text" else None)
    ).as_json()["datasets"][0]
    (row,) = [row for row in alone["cutoffs"] if row["cutoff"] == cutoff]
    assert row["rows"] == alone["rows"] - alone["fates"][WHOLE]
    assert [cutoffs for cutoffs in table if cutoffs["cutoff"] == cutoff] in ([row], [])
    assert [row["cutoff"] for row in table] == [16, 32, 64, 128, 256, 512, 1024, 2048]


@pytest.mark.parametrize("neat", [False, True])
def test_packed_padding_is_that_of_llamafactory(neat: bool, tiny: Path) -> None:
    register("sharegpt", *made_up("sharegpt"))
    share = (
        check(ask(tiny, cutoff_len=100, packing=True, neat_packing=neat))
        .checked[0]
        .tally.padding_packed()
    )
    trained = prepared(
        tiny,
        {
            "stage": "sft",
            "template": "default",
            "cutoff_len": 100,
            "packing": True,
            "neat_packing": True,
        },
    )
    masks = [mark for row in trained["attention_mask"] for mark in row]
    assert share == pytest.approx(masks.count(0) / len(masks))


def test_padding_is_the_mean_over_batches_drawn_at_random() -> None:
    tally = Tally(Rules(), 100, per_device=3)
    lengths = [8, 8, 24, 80]
    tally.take(
        [Place("a", n) for n in range(4)],
        [RowOutcome(WHOLE, pairs=((length - 1, 1),), kept=length) for length in lengths],
    )
    drawn = list(product(lengths, repeat=3))
    filled = sum(3 * max(batch) for batch in drawn)
    assert tally.padding() == pytest.approx(1 - sum(map(sum, drawn)) / filled)


def test_counts_do_not_depend_on_the_number_of_processes(tiny: Path) -> None:
    register("sharegpt", *made_up("sharegpt") * 50)
    one, two = (
        check(
            ask(tiny, cutoff_len=48, preprocessing_batch_size=100),
            workers=n,
            out=Path(f"{n}.jsonl"),
        )
        for n in (1, 2)
    )
    assert tables(one) == tables(two)
    assert Path("1.jsonl").read_bytes() == Path("2.jsonl").read_bytes()


def test_counts_do_not_depend_on_the_executor(tiny: Path, tmp_path: Path) -> None:
    register("sharegpt", *made_up("sharegpt"))
    here, remote = (
        check(ask(tiny, cutoff_len=48), fast=True, workers=workers)
        for workers in (1, RemoteExecutor(tmp_path))
    )
    assert tables(here) == tables(remote)


# --------------------------------------------------------------------------------------- by command

DEMO = f"""\
data:
  inputs: [{{path: {ROOT}/data/raw/demo/*.json*, outside: true}}]
  steps: [clean, dedupe]
  output: {{format: sharegpt, split: {{val: 0.1}}}}
train: {{model_name_or_path: MODEL, template: default, cutoff_len: 100, stage: sft,
  finetuning_type: lora, packing: true}}
"""


@pytest.fixture
def demo(tiny: Path, here: None) -> str:
    Path("demo.yaml").write_text(DEMO.replace("MODEL", str(tiny)))
    assert run("prepare demo.yaml").exit_code == 0
    return "demo.yaml"


@pytest.mark.parametrize("option", ["", "--quick"])
def test_recipe_says_all_and_rows_are_traced_to_the_raw_files(option: str, demo: str) -> None:
    result = run(f"check {demo} {option} -o fates.jsonl --json")
    assert result.exit_code == 0
    value = json.loads(result.stdout)
    assert [each["name"] for each in value["datasets"]] == ["demo", "demo_val"]
    assert (value["cutoff_len"], value["template"]) == (100, "default")
    told = read("fates.jsonl")
    assert len(told) == sum(each["rows"] for each in value["datasets"])
    spoken = next(
        row for row in told if row["path"] == "data/demo/train.jsonl" and row["line"] == 7
    )
    assert f"{spoken['raw']} in data/demo" in good(f"why {spoken['path']}:{spoken['line']}")


def test_options_override_the_recipe(demo: str) -> None:
    said = run(f"check {demo} --quick --cutoff-len 4096 --template vicuna").stdout
    assert "template vicuna, cutoff_len 4,096, packed" in said
    assert "cut " not in said


def test_examples_of_the_help_run(demo: str, tiny: Path) -> None:
    examples = [
        line for line in good("check --help").splitlines() if line.startswith("      dataprep ")
    ]
    assert len(examples) == 2
    for line in examples:
        here = (
            line.replace("recipes/demo.yaml", demo)
            .replace("Qwen/Qwen2.5-7B-Instruct", str(tiny))
            .replace("0.5%", "100%")
        )
        assert run(here.split(maxsplit=1)[1]).exit_code == 0


@pytest.mark.parametrize(("share", "status"), [("0%", 1), ("99.5%", 0)])
def test_too_many_rows_that_are_not_whole_end_with_status_1(
    share: str, status: int, demo: str
) -> None:
    assert run(f"check {demo} --quick --fail-over {share}").exit_code == status


def test_file_is_checked_without_a_registry(tiny: Path) -> None:
    write("good.jsonl", *GOOD)
    said = good(f"check good.jsonl --model {tiny} --template qwen --quick")
    assert said.startswith(
        "good.jsonl: 3 rows, stage sft, template qwen, cutoff_len 2,048\n  kept whole  "
    )


REFUSED = {
    "check": "Missing argument 'RECIPE|DATASET...'",
    "check rwos --model tiny": "no data set 'rwos' in data/dataset_info.json; did you mean 'rows'?",
    "check rows": "whose tokenizer? give --model PATH, and --template NAME with it",
    "check rows --model folder --template default --quick": "folder: has no tokenizer.json",
    "check rows --model folder --template qwne --quick": (
        "--quick does not support the template 'qwne'; did"
    ),
    "check rows --model folder --template default --stage ppo": "Invalid value for '--stage'",
    "check rows --model folder --template default --fail-over 1": (
        "Invalid value for '--fail-over': '1', expected"
    ),
    "check rows --model folder --template default --cutoff-len 0": (
        "Invalid value for '--cutoff-len'"
    ),
    "check mine.yaml rows": "mine.yaml: is a recipe, which says all; check it by itself",
    "check mine.yaml": "mine.yaml: no such file",
    "check ppo.yaml": (
        "stage ppo cannot be checked: LLaMA-Factory 0.9.5 does not run it as it is installed"
    ),
    "check ppo.yaml --quick": (
        "stage ppo cannot be checked: LLaMA-Factory 0.9.5 does not run it as it is installed"
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_checked_is_refused_in_one_line(line: str) -> None:
    register("sharegpt", CHAT)
    write("data/ppo/train.jsonl", CHAT)
    registry.merge(
        Path("data/dataset_info.json"), {"ppo": registry.entry("sharegpt", "ppo/train.jsonl")}
    )
    train = "{model_name_or_path: folder, template: qwen, stage: ppo, reward_model: x}"
    Path("ppo.yaml").write_text(
        f"data: {{inputs: [data/rows.jsonl], output: {{format: sharegpt}}}}\ntrain: {train}\n"
    )
    Path("folder").mkdir()
    assert refusal(line).startswith(REFUSED[line])


def test_quick_loads_neither_torch_nor_transformers(tiny: Path) -> None:
    register("sharegpt", CHAT)
    words = f"check rows --model {tiny} --template qwen --quick".split()
    heavy = ["torch", "transformers", "llamafactory", "datasets", "pandas"]
    script = (
        "import contextlib, sys\nfrom dataprep.cli import cli\n"
        f"with contextlib.suppress(SystemExit):\n    cli({words}, standalone_mode=False)\n"
        f"assert 'tokenizers' in sys.modules\nassert not set({heavy}) & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
