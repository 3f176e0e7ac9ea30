"""`decontaminate`: what of evaluation sets is found word for word and in other words, and what is left alone."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from commandline import GOOD, Record, answers, counts, good, read, refusal, run, tree, write

from dataprep.contamination import items
from dataprep.contamination.index import Index
from dataprep.contamination.items import Item
from dataprep.contamination.search import search
from dataprep.model import Origin

SHARED = Path(__file__).parents[2] / "shared/data"
pytestmark = pytest.mark.usefixtures("folder")
real = pytest.mark.skipif(not SHARED.is_dir(), reason="needs real data in ../shared/data")

SETS = {
    "gsm8k": "evals_gsm8k_mit/test.jsonl",
    "humaneval": "evals_humaneval_mit/HumanEval.jsonl.gz",
    "mmlu": "evals_mmlu_mit/mmlu.zip",
}
TRAIN = (
    "A train leaves Utrecht at 9:15 with 240 passengers. At Zwolle 85 get off and 132 get on. How many are on it then?"
)
TEST = [
    {"question": TRAIN, "answer": "287"},
    {"question": "Which enzyme unwinds the double helix?", "answer": "Helicase"},
]


@cache
def rewordings() -> Mapping[str, Any]:
    path = Path(__file__).with_name("rewordings.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def sets() -> dict[str, list[Item]]:
    found = {name: list(items.read(items.find(str(SHARED / path), "none"))) for name, path in SETS.items()}
    own = enumerate(rewordings()["own"], 1)
    found["own"] = [
        Item(Origin("own", line), question, tuple(map(str, choices)), str(choices["ABCD".index(letter)]))
        for line, (question, *choices, letter) in own
    ]
    return found


@cache
def index() -> Index:
    return Index(sets())


def is_found(item: Item, text: str) -> bool:
    return any(hit.unit.origin == item.origin for hit in search(index(), text))


# ------------------------------------------------------------------------------------------------------- word for word


def shouted(text: str) -> str:
    return text.upper()


def bare(text: str) -> str:
    return re.sub(r"(?<!\d)[.,?!;:'\"](?!\d)|[?!]", "", text)


def grouped(text: str) -> str:
    return re.sub(r"(?<![\d.,])\d{4,}(?![\d.])", lambda number: f"{int(number[0]):,}", text)


def in_words(text: str) -> str:
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return re.sub(r"(?<![\w.,$/-])(10|\d)(?![\w.,%/:-])", lambda number: names[int(number[1])], text)


def printed(item: Item) -> str:
    """Return an item as examinations print it."""
    return "\n".join(
        [item.question, *(f"{letter}. {choice}" for letter, choice in zip("ABCDE", item.choices, strict=False))]
    )


def hidden(text: str) -> str:
    return f"Here is something that I was asked the other day. {text}\nI did not know what to say, so I went home."


@real
@pytest.mark.parametrize("layout", [printed, lambda item: f"{item.question} {' '.join(item.choices)}"])
def test_items_are_all_found_word_for_word(layout: Callable[[Item], str]) -> None:
    every = [item for its in sets().values() for item in its]
    assert len(every) > 17_000
    assert not [item.question for item in every if not is_found(item, hidden(layout(item)))]


@real
@pytest.mark.parametrize(("change", "most"), [(shouted, 0), (grouped, 1), (bare, 5), (in_words, 20)])
def test_case_punctuation_and_the_spelling_of_numbers_count_for_nothing(
    change: Callable[[str], str], most: int
) -> None:
    """What is missed are formulas whose parts were spelled out, and U.S. without its dots."""
    missed = {
        name: [item.question for item in its[:4_000] if not is_found(item, hidden(change(printed(item))))]
        for name, its in sets().items()
    }
    assert len(missed.pop("mmlu")) <= most
    assert not any(missed.values()), missed


@real
@pytest.mark.parametrize("reference", ["question", "question_answer", "passage_question_answer"])
def test_cases_that_were_planted_for_another_tool_are_found(reference: str) -> None:
    folder = SHARED / "decon_apache2/fixtures"
    clean = {"clean.jsonl": set(range(1, 6)), "demo.jsonl": {1, 2, 3}, "contaminated_mixed.jsonl": {2, 3}}
    if reference == "question":  # the last one of these has nothing but an answer
        clean["contaminated_mixed.jsonl"] = {2, 3, 5}
    for path in sorted((folder / "training").glob("*.jsonl")):
        said = run(f"decontaminate {path} --against {folder}/reference/{reference}_reference.jsonl --json").stdout
        found = {hit["line"] for hits in json.loads(said)["sets"].values() for hit in hits}
        lines = set(range(1, len(path.read_text("utf-8").splitlines()) + 1))
        assert found == lines - clean.get(path.name, set()), path.name


# ------------------------------------------------------------------------------------------------------ in other words


def item_of(place: str) -> Item:
    name, *rest = place.split()
    its: Sequence[Item] = sets()[name]
    if name == "mmlu":
        its = [item for item in its if item.origin.path.endswith(f"/test/{rest[0]}_test.csv")]
    return its[int(rest[-1]) - 1]


def recall(half: str) -> float:
    rows = rewordings()[half]
    asked = [f"{row['text']}\n\n{row.get('answer', 'I do not know.')}" for row in rows]
    return sum(is_found(item_of(row["item"]), text) for row, text in zip(rows, asked, strict=True)) / len(rows)


@real
def test_items_in_other_words_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    tuned, measured = recall("tuning"), recall("measured")
    with capsys.disabled():
        sys.stdout.write(f"\n  in other words: {tuned:.2f} of those it was tuned on, {measured:.2f} of the others\n")
    assert len(rewordings()["measured"]) >= 60
    assert measured >= 0.7


CLEAN = [
    "gpteacher_mit/roleplay-simple-deduped-roleplay-instruct.json",
    "belle_odcby/eval_set.json",
    "llamafactory_apache2/alpaca_zh_demo.json",
    "llamafactory_apache2/glaive_toolcall_zh_demo.json",
    "medicalgpt_apache2/medical_sft_1K_format.jsonl",
    "medicalgpt_apache2/dpo_zh_500.jsonl",
    "hh_rlhf_mit",
]
TRULY = {"We hold these truths to be self-evident"}
"""What stands in rows of real data and in an item alike: that is no false hit."""


@real
def test_rows_that_have_nothing_of_the_sets_are_left_alone() -> None:
    files = " ".join(str(SHARED / path) for path in CLEAN)
    against = " ".join(f"--against {SHARED / path}" for path in SETS.values())
    found = json.loads(run(f"decontaminate {files} {against} --json").stdout)
    hits = [hit["found"] for its in found["sets"].values() for hit in its]
    false = [hit for hit in hits if not any(span in hit for span in TRULY)]
    assert found["examples"] > 6000
    assert len(false) <= found["examples"] / 5000, false


@real
def test_other_items_of_a_set_are_not_taken_for_one() -> None:
    """The hardest rows there are: problems of the same kind, half of them in the index, half asked."""
    every = sets()["gsm8k"]
    half = Index({"gsm8k": every[::2]})
    asked = every[1::2]
    hits = [item for item in asked if search(half, f"{item.question}\n\n{item.answer}")]
    assert len(hits) <= len(asked) * 0.02, [item.question for item in hits]


# ------------------------------------------------------------------------------------------------------------- command


def row(prompt: str, answer: str = "I do not know.") -> Record:
    return {"instruction": prompt, "input": "", "output": answer}


def test_what_holds_an_item_leaves_with_the_item_and_the_words() -> None:
    write("test.jsonl", *TEST)
    write("in.jsonl", *GOOD, row(f"Please help. {TRAIN.upper()}"))
    said = good("decontaminate in.jsonl --against test.jsonl -o out.jsonl")
    assert counts(said)["filtered"] == 1
    assert "contaminated by test" in said
    (reject,) = read("out.rejects.jsonl")
    assert (reject["fate"], reject["reason"]) == ("filtered", "contaminated by test")
    assert reject["found"].startswith("question of test.jsonl:1, word for word: TRAIN LEAVES UTRECHT")
    assert answers("out.jsonl") == [one["output"] for one in GOOD]


def test_what_is_tagged_stays_and_is_told_beside() -> None:
    write("test.jsonl", *TEST)
    write("in.jsonl", *GOOD, row(TRAIN))
    said = good("decontaminate in.jsonl --against test.jsonl --action tag -o out.jsonl")
    assert counts(said)["kept"] == 4
    assert "tagged: contaminated by test 1" in said
    assert "what was tagged: out.tags.jsonl" in said
    (tag,) = read("out.tags.jsonl")
    assert (tag["path"], tag["line"], tag["tag"]) == ("in.jsonl", 4, "contaminated by test")
    assert run("validate out.tags.jsonl").exit_code == 0


def test_set_is_found_by_its_name() -> None:
    write("data/evals/gsm8k.jsonl", *TEST)
    write("data/evals/MT-Bench.jsonl", {"question_id": 1, "turns": [TRAIN]})
    write("in.jsonl", *GOOD, row(TRAIN))
    for name in ("gsm8k", "GSM8K", "mt_bench"):
        assert run(f"decontaminate in.jsonl --against {name}").exit_code == 1


def test_without_an_output_it_is_told_what_is_found_and_nothing_is_written() -> None:
    write("test.jsonl", *TEST)
    write("in.jsonl", *GOOD, row(TRAIN), row("Say something."))
    before = tree()
    result = run("decontaminate in.jsonl --against test.jsonl")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == ["5 examples", "  test: 1 (20.00%)"]
    assert "    in.jsonl:4  question of test.jsonl:1, word for word: train leaves" in result.stdout
    assert tree() == before
    write("clean.jsonl", *GOOD)
    assert good("decontaminate clean.jsonl --against test.jsonl") == "3 examples, none of which holds an item\n"


def test_recipe_prepares_again_when_a_set_changes() -> None:
    write("data/evals/mine.jsonl", *TEST)
    write("in.jsonl", *GOOD, row("What is the capital of the province of Drenthe in the Netherlands?"))
    Path("mine.yaml").write_text(
        "data:\n  inputs: [in.jsonl]\n  steps: [{decontaminate: {against: [mine]}}]\n  output: {format: alpaca}\n",
        encoding="utf-8",
    )
    assert counts(good("prepare mine.yaml"))["filtered"] == 0
    assert "up to date" in good("prepare mine.yaml")
    write("data/evals/mine.jsonl", {"question": "What is the capital of the province of Drenthe in the Netherlands?"})
    assert counts(good("prepare mine.yaml"))["filtered"] == 1


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    write("test.jsonl", *TEST)
    write("in.jsonl", *GOOD, row(TRAIN), row("Tell me: which enzyme is it that unwinds the double helix of DNA?"))
    made = []
    for count in (1, 3):
        good(f"decontaminate in.jsonl --against test.jsonl --workers {count} -o out.jsonl")
        made.append((Path("out.jsonl").read_bytes(), Path("out.rejects.jsonl").read_bytes()))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "decontaminate needs evaluation sets; say against: [gsm8k], or the file of one"),
        ("--against gsm8k", "no evaluation set 'gsm8k': put its file there as data/evals/gsm8k.jsonl"),
        ("--against test.jsonl --json -o out.jsonl", "--json tells what is found; to write examples, leave it out."),
    ],
)
def test_what_cannot_be_done_is_refused(line: str, words: str) -> None:
    write("test.jsonl", *TEST)
    write("bad.jsonl", {"x": 1})
    write("in.jsonl", *GOOD)
    assert words in refusal(f"decontaminate in.jsonl {line}")


def test_record_of_a_set_that_asks_nothing_ends_the_run() -> None:
    write("bad.jsonl", {"x": 1})
    write("in.jsonl", *GOOD)
    before = tree()
    result = run("decontaminate in.jsonl --against bad.jsonl -o out.jsonl")
    assert result.exit_code == 1
    assert "bad.jsonl:1: holds no question that can be found, its fields are 'x'" in result.stderr
    assert tree() == before
