"""`decontaminate`: what of evaluation sets is found word for word and in other words, and what is
left alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, Record, answers, counts, good, read, refusal, run, tree, write
from hypothesis import given
from hypothesis import strategies as st
from paths import SHARED, yaml_table

from dataprep.model import Origin
from dataprep.sources import shards
from dataprep.steps.decontaminate import items
from dataprep.steps.decontaminate.glance import Glance
from dataprep.steps.decontaminate.index import Index
from dataprep.steps.decontaminate.items import Item
from dataprep.steps.decontaminate.known import KNOWN, fold
from dataprep.steps.decontaminate.search import search, search_all
from dataprep.steps.decontaminate.words import tokens

pytestmark = pytest.mark.usefixtures("folder")
real = pytest.mark.skipif(not SHARED.is_dir(), reason="needs real data in ../shared/data")

SETS = {
    "gsm8k": "evals_gsm8k_mit/test.jsonl",
    "humaneval": "evals_humaneval_mit/HumanEval.jsonl.gz",
    "mmlu": "evals_mmlu_mit/mmlu.zip",
}
TRAIN = (
    "A train leaves Utrecht at 9:15 with 240 passengers. At Zwolle 85 get off and 132 get "
    "on. How many are on it then?"
)
TEST = [
    {"question": TRAIN, "answer": "287"},
    {"question": "Which enzyme unwinds the double helix?", "answer": "Helicase"},
]


@cache
def rewordings() -> Mapping[str, Any]:
    return yaml_table("steps/rewordings.yaml")


@cache
def sets() -> dict[str, list[Item]]:
    found = {
        name: list(items.read(items.find(str(SHARED / path), "none")))
        for name, path in SETS.items()
    }
    own = enumerate(rewordings()["own"], 1)
    found["own"] = [
        Item(
            Origin("own", line),
            question,
            tuple(map(str, choices)),
            str(choices["ABCD".index(letter)]),
        )
        for line, (question, *choices, letter) in own
    ]
    return found


@cache
def index() -> Index:
    return Index(sets())


def is_found(item: Item, text: str) -> bool:
    return any(hit.unit.origin == item.origin for hit in search(index(), text))


# ------------------------------------------------------------------------------------ word for word


def shouted(text: str) -> str:
    return text.upper()


def bare(text: str) -> str:
    return re.sub(r"(?<!\d)[.,?!;:'\"](?!\d)|[?!]", "", text)


def grouped(text: str) -> str:
    return re.sub(r"(?<![\d.,])\d{4,}(?![\d.])", lambda number: f"{int(number[0]):,}", text)


def in_words(text: str) -> str:
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return re.sub(
        r"(?<![\w.,$/-])(10|\d)(?![\w.,%/:-])", lambda number: names[int(number[1])], text
    )


def printed(item: Item) -> str:
    """Return an item as examinations print it."""
    return "\n".join(
        [
            item.question,
            *(f"{letter}. {choice}" for letter, choice in zip("ABCDE", item.choices, strict=False)),
        ]
    )


def hidden(text: str) -> str:
    return (
        f"Here is something that I was asked the other day. {text}\nI did not know what to "
        "say, so I went home."
    )


@real
@pytest.mark.parametrize(
    "layout", [printed, lambda item: f"{item.question} {' '.join(item.choices)}"]
)
def test_items_are_all_found_word_for_word(layout: Callable[[Item], str]) -> None:
    every = [item for its in sets().values() for item in its]
    assert len(every) > 17_000
    assert not [item.question for item in every if not is_found(item, hidden(layout(item)))]


@real
@pytest.mark.parametrize(
    ("change", "most"), [(shouted, 0), (grouped, 1), (bare, 5), (in_words, 20)]
)
def test_case_punctuation_and_the_spelling_of_numbers_count_for_nothing(
    change: Callable[[str], str], most: int
) -> None:
    """What is missed are formulas whose parts were spelled out, and U.S. without its dots."""
    missed = {
        name: [
            item.question
            for item in its[:4_000]
            if not is_found(item, hidden(change(printed(item))))
        ]
        for name, its in sets().items()
    }
    assert len(missed.pop("mmlu")) <= most
    assert not any(missed.values()), missed


@real
@pytest.mark.parametrize("reference", ["question", "question_answer", "passage_question_answer"])
def test_cases_that_were_planted_for_another_tool_are_found(reference: str) -> None:
    folder = SHARED / "decon_apache2/fixtures"
    clean = {
        "clean.jsonl": set(range(1, 6)),
        "demo.jsonl": {1, 2, 3},
        "contaminated_mixed.jsonl": {2, 3},
    }
    if reference == "question":  # the last one of these has nothing but an answer
        clean["contaminated_mixed.jsonl"] = {2, 3, 5}
    for path in sorted((folder / "training").glob("*.jsonl")):
        said = run(
            f"decontaminate {path} --against {folder}/reference/{reference}_reference.jsonl --json"
        ).stdout
        found = {hit["line"] for hits in json.loads(said)["sets"].values() for hit in hits}
        lines = set(range(1, len(path.read_text("utf-8").splitlines()) + 1))
        assert found == lines - clean.get(path.name, set()), path.name


# ----------------------------------------------------------------------------------- in other words


def item_of(place: str) -> Item:
    name, *rest = place.split()
    its: Sequence[Item] = sets()[name]
    if name == "mmlu":
        its = [item for item in its if item.origin.path.endswith(f"/test/{rest[0]}_test.csv")]
    return its[int(rest[-1]) - 1]


def recall(half: str) -> float:
    rows = rewordings()[half]
    asked = [f"{row['text']}\n\n{row.get('answer', 'I do not know.')}" for row in rows]
    return sum(
        is_found(item_of(row["item"]), text) for row, text in zip(rows, asked, strict=True)
    ) / len(rows)


@real
def test_items_in_other_words_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    tuned, measured = recall("tuning"), recall("measured")
    with capsys.disabled():
        sys.stdout.write(
            f"\n  in other words: {tuned:.2f} of those it was tuned on, {measured:.2f} of the "
            f"others\n"
        )
    assert len(rewordings()["measured"]) >= 60
    assert measured >= 0.7


CLEAN = (
    "axolotl_apache2 belle_odcby chatterbot_bsd3 data_juicer_apache2 gpteacher_mit hh_rlhf_mit "
    "llamafactory_apache2 "
    "medicalgpt_apache2 open_assistant_apache2 self_llm_apache2 smilechat_cc0 torchtune_bsd3 "
    "toyhom_med_gbk_mit"
)
TRULY = (
    "We hold these truths to be self-evident",
    "what disease does a carcinogen cause",
    "IF YOU ARE RIDING FAKIE INSIDE",
    "What is the loudest animal on Earth",
    "What is the only metal that is a liquid",
)
"""What stands in rows of real data and in an item alike: that is no false hit."""


@real
def test_rows_that_have_nothing_of_the_sets_are_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = " ".join(str(SHARED / path) for path in CLEAN.split())
    against = " ".join(f"--against {SHARED / path}" for path in SETS.values())
    found = json.loads(run(f"decontaminate {files} {against} --json").stdout)
    hits = [hit["found"] for its in found["sets"].values() for hit in its]
    true = [span for span in TRULY if any(span in hit for hit in hits)]
    false = [hit for hit in hits if not any(span in hit for span in TRULY)]
    with capsys.disabled():
        sys.stdout.write(
            f"\n  of {found['examples']:,} rows without items {len(false)} are taken for one\n"
        )
    assert found["examples"] > 13_000
    assert len(true) == len(TRULY)
    assert len(false) <= found["examples"] / 5000, false


@real
def test_other_items_of_a_set_are_not_taken_for_one() -> None:
    """Use the hardest rows: problems of the same kind, half of them in the index, half asked."""
    every = sets()["gsm8k"]
    half = Index({"gsm8k": every[::2]})
    asked = every[1::2]
    hits = [item for item in asked if search(half, f"{item.question}\n\n{item.answer}")]
    assert len(hits) <= len(asked) * 0.01, [item.question for item in hits]


# ------------------------------------------------------------------------------------- what is read

KNOWN_SETS: dict[str, tuple[Record, str, tuple[str, ...], str]] = {
    "agieval": (
        {
            "passage": "Ann is taller than Bo.",
            "question": "Who is taller?",
            "options": ["Ann", "Bo"],
            "label": "A",
        },
        "Ann is taller than Bo.\nWho is taller?",
        ("Ann", "Bo"),
        "Ann",
    ),
    "alpaca_eval": ({"instruction": "Name a tree.", "output": "Oak"}, "Name a tree.", (), "Oak"),
    "ARC": (
        {
            "question": "What melts?",
            "choices": {"text": ["ice", "sand"], "label": ["A", "B"]},
            "answerKey": "A",
        },
        "What melts?",
        ("ice", "sand"),
        "ice",
    ),
    "bbh": ({"input": "not True is", "target": "False"}, "not True is", (), "False"),
    "boolq": (
        {"question": "is tea hot", "passage": "Tea is hot.", "answer": True},
        "Tea is hot.\nis tea hot",
        (),
        "True",
    ),
    "C-Eval": (
        {
            "id": 0,
            "question": "水的沸点是",
            "A": "90度",
            "B": "100度",
            "C": "0度",
            "D": "50度",
            "answer": "B",
        },
        "水的沸点是",
        ("90度", "100度", "0度", "50度"),
        "100度",
    ),
    "cmath": ({"question": "3加4等于几？", "golden": "7"}, "3加4等于几？", (), "7"),
    "CMMLU": (
        {
            "": "0",
            "Question": "太阳是",
            "A": "恒星",
            "B": "行星",
            "C": "卫星",
            "D": "彗星",
            "Answer": "A",
        },
        "太阳是",
        ("恒星", "行星", "卫星", "彗星"),
        "恒星",
    ),
    "commonsense_qa": (
        {
            "question": "Where is milk kept?",
            "choices": {"label": ["A", "B"], "text": ["fridge", "oven"]},
            "answerKey": "A",
        },
        "Where is milk kept?",
        ("fridge", "oven"),
        "fridge",
    ),
    "gpqa": (
        {
            "Question": "Which spin?",
            "Correct Answer": "1/2",
            "Incorrect Answer 1": "1",
            "Incorrect Answer 2": "0",
            "Incorrect Answer 3": "2",
        },
        "Which spin?",
        ("1/2", "1", "0", "2"),
        "1/2",
    ),
    "GSM8K": (
        {"question": "Two and two?", "answer": "It is 2+2=<<2+2=4>>4.\n#### 4"},
        "Two and two?",
        (),
        "It is 2+2=4.\n 4",
    ),
    "hellaswag": (
        {"ctx": "He sat", "endings": ["down.", "blue."], "label": "0"},
        "He sat",
        ("down.", "blue."),
        "down.",
    ),
    "HumanEval": (
        {
            "task_id": "T/0",
            "prompt": "def f(x):",
            "canonical_solution": "    return x",
            "test": "",
            "entry_point": "f",
        },
        "def f(x):",
        (),
        "    return x",
    ),
    "ifeval": (
        {"key": 1, "prompt": "Shout.", "instruction_id_list": ["case"], "kwargs": [{}]},
        "Shout.",
        (),
        "",
    ),
    "MATH": (
        {"problem": "What is $1+1$?", "level": "1", "solution": "$2$"},
        "What is $1+1$?",
        (),
        "$2$",
    ),
    "mbpp": (
        {
            "task_id": 1,
            "text": "Write a function to add.",
            "code": "def add(a, b): ...",
            "test_list": [],
        },
        "Write a function to add.",
        (),
        "def add(a, b): ...",
    ),
    "mmlu": (
        {
            "question": "Which is a gas?",
            "subject": "physics",
            "choices": ["iron", "neon", "salt", "wood"],
            "answer": 1,
        },
        "Which is a gas?",
        ("iron", "neon", "salt", "wood"),
        "neon",
    ),
    "MMLU-Pro": (
        {
            "question": "Which is a gas?",
            "options": ["iron", "neon"],
            "answer": "B",
            "answer_index": 1,
        },
        "Which is a gas?",
        ("iron", "neon"),
        "neon",
    ),
    "mt_bench": ({"question_id": 1, "category": "writing", "turns": ["Write."]}, "Write.", (), ""),
    "openbookqa": (
        {
            "question_stem": "The sun is a",
            "choices": {"text": ["star", "moon"], "label": ["A", "B"]},
            "answerKey": "A",
        },
        "The sun is a",
        ("star", "moon"),
        "star",
    ),
    "piqa": (
        {"goal": "Open a jar.", "sol1": "Twist.", "sol2": "Sing.", "label": 0},
        "Open a jar.",
        ("Twist.", "Sing."),
        "Twist.",
    ),
    "sciq": (
        {
            "question": "What do plants make?",
            "distractor1": "salt",
            "distractor2": "iron",
            "distractor3": "gold",
            "correct_answer": "sugar",
            "support": "Plants make sugar.",
        },
        "Plants make sugar.\nWhat do plants make?",
        ("salt", "iron", "gold", "sugar"),
        "sugar",
    ),
    "TruthfulQA": (
        {
            "Type": "A",
            "Question": "Is the moon cheese?",
            "Best Answer": "No.",
            "Correct Answers": "No.; Never.",
        },
        "Is the moon cheese?",
        (),
        "No.",
    ),
    "winogrande": (
        {"sentence": "Al met Bo, and _ smiled.", "option1": "Al", "option2": "Bo", "answer": ""},
        "Al met Bo, and _ smiled.",
        ("Al", "Bo"),
        "",
    ),
}


@pytest.mark.parametrize("name", KNOWN_SETS)
def test_known_set_is_read_by_its_fields(name: str) -> None:
    record, question, choices, answer = KNOWN_SETS[name]
    write(f"data/evals/{name}.jsonl", record)
    (item,) = items.read(items.find(name, "data/evals"))
    assert (item.question, item.choices, item.answer) == (question, choices, answer)


def test_each_known_set_has_a_case() -> None:
    assert {fold(name) for name in KNOWN_SETS} == KNOWN.keys()


@pytest.mark.parametrize("name", KNOWN_SETS)
def test_fields_tell_a_set_that_has_another_name(name: str) -> None:
    record, question, choices, _ = KNOWN_SETS[name]
    write("mine.jsonl", record)
    (item,) = items.read(items.find("mine.jsonl", "none"))
    assert (item.question, item.choices) == (question, choices)


def test_tables_without_a_header_are_told_by_their_rows() -> None:
    Path("mmlu_test.csv").write_text(
        '"Which, of these, is a gas?",iron,neon,salt,iron,B\nIs ice,cold,hot,blue,loud,A\n'
    )
    first, second = items.read(items.find("mmlu_test.csv", "none"))
    assert (first.question, first.choices[3], first.answer) == (
        "Which, of these, is a gas?",
        "iron",
        "neon",
    )
    assert (second.origin.line, second.answer) == (2, "cold")


def test_held_out_conversations_are_a_set_of_their_questions() -> None:
    turns = [
        ("human", "Who wrote it?"),
        ("gpt", "Ann did."),
        ("human", "When was that?"),
        ("gpt", "In May."),
    ]
    write("test.jsonl", {"conversations": [{"from": who, "value": text} for who, text in turns]})
    found = [(item.question, item.answer) for item in items.read(items.find("test.jsonl", "none"))]
    assert found == [("Who wrote it?", "Ann did."), ("When was that?", "In May.")]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("gsm8k.jsonl.gz", "gsm8k"),
        ("evals/gsm8k/test.jsonl", "gsm8k"),
        ("mmlu/data/test/*.csv", "mmlu"),
        ("test.jsonl", "test"),
    ],
)
def test_set_is_called_by_its_file_or_by_the_folder_that_says_more(path: str, name: str) -> None:
    assert items.set_name(path) == name


# --------------------------------------------------------------------------------------------- laws

WORDS = st.lists(
    st.text("bcdfghjklmnpqrtvwxz", min_size=5, max_size=9), min_size=13, max_size=30, unique=True
)
HAN = st.lists(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=24, max_size=40, unique=True
)
PLACE = st.sampled_from(["question", "answer"])


@given(
    st.one_of(WORDS.map(" ".join), HAN.map("".join)),
    st.text(max_size=300),
    st.text(max_size=300),
    PLACE,
)
def test_what_an_item_says_is_found_between_any_texts(
    said: str, before: str, behind: str, place: str
) -> None:
    question, answer = (said, "") if place == "question" else ("Why?", f"{said} {said}")
    made = Index({"made": [Item(Origin("made", 1), question, (), answer)]})
    (hit,) = search(
        made, f"{before}\n{(said if place == 'question' else answer).upper()}\n{behind}"
    )
    assert hit.part == place


ITEMS = [
    Item(
        Origin("made", 1),
        "How many passengers are on the train from Utrecht to Zwolle after 132 get on?",
        (),
        "287",
    ),
    Item(
        Origin("made", 2),
        "Which enzyme unwinds the double helix?",
        ("Helicase", "Polymerase"),
        "Helicase",
    ),
    Item(
        Origin("made", 3),
        "Explain why internationalization isn't transliteration.",
        (),
        "It is wider by far.",
    ),
    Item(Origin("made", 4), "秦始皇统一六国之后实行的制度叫什么？", (), "郡县制"),
]
SAID = [word for item in ITEMS for word in (item.question, item.answer, *item.question.split())]
PIECES = st.sampled_from(
    [*SAID, "’", "don’t", "—", "café", "ＡＢＣ", "你好", "。", "\n\n", "1,000", "_", "x" * 30]
)


@given(
    st.lists(st.lists(PIECES | st.text(max_size=4), max_size=60).map(" ".join), max_size=6),
    st.booleans(),
)
def test_many_texts_at_a_time_are_searched_as_each_by_itself(
    texts: list[str], chinese: bool
) -> None:
    made = Index({"made": ITEMS if chinese else ITEMS[:3]})
    assert search_all(made, Glance(made), texts) == [search(made, text) for text in texts]


@real
@pytest.mark.parametrize("names", ["gsm8k humaneval mmlu own", "gsm8k humaneval"])
def test_real_texts_are_searched_at_a_time_as_each_by_itself(names: str) -> None:
    every = [item for name in names.split() for item in sets()[name]]
    files = (file for path in CLEAN.split() for file in sorted((SHARED / path).rglob("*.json*")))
    rows = [
        line[:3_000]
        for file in files
        for line in file.read_text("utf-8", "replace").splitlines()[:500]
    ]
    texts = [*(hidden(printed(item)) for item in every[::9]), *rows, "\n".join(rows[:100])]
    texts += [f"{each['text']} {each.get('answer', '')}" for each in rewordings()["measured"]]
    made = index() if "own" in names else Index({name: sets()[name] for name in names.split()})
    glance = Glance(made)
    batches = (texts[start : start + 128] for start in range(0, len(texts), 128))
    found = [hits for batch in batches for hits in search_all(made, glance, batch)]
    assert found == [search(made, text) for text in texts]
    assert sum(map(bool, found)) > len(every) // 9


@given(st.integers(0, 10**12))
def test_number_is_the_same_however_it_is_spelled(number: int) -> None:
    spelled = [
        f"{number:,}",
        str(number),
        f"{number}.0",
        *([] if number % 10**6 else [f"{number // 10**6} million"]),
    ]
    assert {tuple(tokens(text)) for text in spelled} == {(str(number),)}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-five eggs and a hundred ducks", ["25", "eggs", "and", "100", "ducks"]),
        ("one thousand two hundred and six", ["1206"]),
        ("two and three; four, five", ["2", "and", "3", "4", "5"]),
        ("one two three", ["1", "2", "3"]),
        ("a duck, 2.5 million ducks", ["a", "duck", "2500000", "ducks"]),
        ("三百二十个人，一般二〇〇八年", ["320", "个", "人", "一", "般", "2008", "年"]),
        ("3万元和两百五十米", ["30000", "元", "和", "250", "米"]),
        ("统一六国", ["统", "一", "六", "国"]),
    ],
)
def test_numbers_in_words_are_read(text: str, numbers: list[str]) -> None:
    assert [token for token in tokens(text) if token[0].isalnum()] == numbers


# ------------------------------------------------------------------------------------------ command


RECIPE = """\
data:
  inputs: [in.jsonl]
  steps: [{{decontaminate: {{against: [{against}]{more}}}}}]
  output: {{format: alpaca}}
"""


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
    assert reject["found"].startswith(
        "question of test.jsonl:1, word for word: TRAIN LEAVES UTRECHT"
    )
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
    assert result.stdout.splitlines()[:2] == ["5 examples", "  test, 2 items: in 1 (20.00%)"]
    assert "    in.jsonl:4  question of test.jsonl:1, word for word: train leaves" in result.stdout
    assert tree() == before
    write("clean.jsonl", *GOOD)
    assert (
        good("decontaminate clean.jsonl --against test.jsonl")
        == "3 examples\n  test, 2 items: in none\n"
    )


def test_recipe_prepares_again_when_a_set_changes() -> None:
    write("data/evals/mine.jsonl", *TEST)
    write(
        "in.jsonl", *GOOD, row("What is the capital of the province of Drenthe in the Netherlands?")
    )
    Path("mine.yaml").write_text(RECIPE.format(against="mine", more=""), encoding="utf-8")
    assert counts(good("prepare mine.yaml"))["filtered"] == 0
    assert "up to date" in good("prepare mine.yaml")
    write(
        "data/evals/mine.jsonl",
        {"question": "What is the capital of the province of Drenthe in the Netherlands?"},
    )
    assert counts(good("prepare mine.yaml"))["filtered"] == 1


def test_sets_of_one_name_are_one_and_rows_that_hold_items_of_two_are_told_of_both() -> None:
    write("a/mine.jsonl", TEST[0])
    write("b/mine.jsonl", TEST[1])
    write(
        "other.jsonl",
        {"question": "At which speed does sound travel through sea water?", "answer": "1500 m/s"},
    )
    both = f"{TEST[1]['question']} And at which speed does sound travel through sea water?"
    write("in.jsonl", *GOOD, row(TRAIN), row(both))
    said = good(
        "decontaminate in.jsonl --against a/mine.jsonl --against b/mine.jsonl --against "
        "other.jsonl -o out.jsonl"
    )
    assert "contaminated by mine 1 · contaminated by mine and other 1" in said
    assert "b/mine.jsonl:1, word for word" in read("out.rejects.jsonl")[1]["found"]
    assert "; question of other.jsonl:1, word for word" in read("out.rejects.jsonl")[1]["found"]
    against = "--against a/mine.jsonl --against b/mine.jsonl --against other.jsonl"
    found = json.loads(run(f"decontaminate in.jsonl {against} --json").stdout)
    assert {name: len(hits) for name, hits in found["sets"].items()} == {"mine": 2, "other": 1}


@pytest.mark.parametrize(
    "name", ["cats and dogs", "a, b", "contaminated by me", "r and d and more"]
)
def test_set_is_counted_whatever_words_are_in_its_name(name: str) -> None:
    write(f"{name}.jsonl", TEST[0])
    write("cats.jsonl", TEST[1])
    write("in.jsonl", *GOOD, row(TRAIN), row(f"{TRAIN} {TEST[1]['question']}"))
    words = f"decontaminate in.jsonl --against '{name}.jsonl' --against cats.jsonl"
    said = run(words)
    assert said.exit_code == 1
    assert f"  {name}, 1 items: in 2 (40.00%)\n" in said.stdout
    assert "  cats, 1 items: in 1 (20.00%)\n" in said.stdout
    found = json.loads(run(f"{words} --json").stdout)["sets"]
    assert {set_: [hit["line"] for hit in hits] for set_, hits in found.items()} == {
        name: [4, 5],
        "cats": [5],
    }
    assert [*found["cats"][0]] == ["path", "line", "byte", "found"]
    said = good(f"{words} --action tag -o out.jsonl")
    assert f"tagged: contaminated by {name} 1 · contaminated by {name} and cats 1" in said


def test_recipe_reads_sets_outside_of_its_folder_with_leave_only(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "gsm8k.jsonl"
    write(str(path), *TEST)
    write("in.jsonl", *GOOD, row(TRAIN))
    Path("mine.yaml").write_text(RECIPE.format(against=path, more=""), encoding="utf-8")
    words = f"{path} lies outside of this folder; if you mean it, add 'outside: true' to this step"
    assert words in refusal("prepare mine.yaml")
    Path("mine.yaml").write_text(
        RECIPE.format(against=path, more=", outside: true"), encoding="utf-8"
    )
    assert counts(good("prepare mine.yaml"))["filtered"] == 1


def test_recipe_tags_beside_the_data_and_locks_the_set() -> None:
    write("data/evals/mine.jsonl", *TEST)
    write("in.jsonl", *GOOD, row(TRAIN))
    Path("mine.yaml").write_text(
        RECIPE.format(against="mine", more=", action: tag"), encoding="utf-8"
    )
    said = good("prepare mine.yaml")
    assert "tagged: contaminated by mine 1" in said
    assert "what was tagged: data/mine/tags.jsonl" in said
    assert json.loads(Path("data/mine/report.json").read_bytes())["tagged"] == {
        "contaminated by mine": 1
    }
    assert [tag["line"] for tag in read("data/mine/tags.jsonl")] == [4]
    assert run("validate data/mine/tags.jsonl").exit_code == 0
    assert "data/evals/mine.jsonl" in json.loads(Path("mine.lock.json").read_bytes())["inputs"]


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    write("test.jsonl", *TEST)
    dull = "She looked at the old lamp in the hall and wondered who had bought it. " * 40
    rows = [row(f"Page {number}: {dull}") for number in range(4_000)]
    rows[7], rows[3_991] = row(TRAIN), row(TEST[1]["question"])
    write("in.jsonl", *rows)
    assert Path("in.jsonl").stat().st_size > shards.SIZE
    made = []
    for count in (1, 3):
        said = good(f"decontaminate in.jsonl --against test.jsonl --workers {count} -o out.jsonl")
        assert "contaminated by test 2" in said
        made.append((said, Path("out.jsonl").read_bytes(), Path("out.rejects.jsonl").read_bytes()))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "decontaminate needs evaluation sets; say against: [gsm8k], or the file of one"),
        (
            "--against gsm8k",
            "no evaluation set 'gsm8k': put its file there as data/evals/gsm8k.jsonl",
        ),
        (
            "--against test.jsonl --json -o out.jsonl",
            "--json tells what is found; to write examples, leave it out.",
        ),
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


def test_short_question_is_told_by_the_answer_that_follows_it() -> None:
    asked, answer = "Which of the following is true of hypothyroidism?", "It may cause weight gain."
    write("test.jsonl", {"question": asked, "answer": answer})
    write("in.jsonl", {"instruction": asked, "input": "", "output": answer})
    assert (
        "test, 1 items: in 1 (100.00%)" in run("decontaminate in.jsonl --against test.jsonl").stdout
    )
    write(
        "in.jsonl",
        {"instruction": "Which of the following is true?", "input": "", "output": "Both of them."},
    )
    assert "in none" in good("decontaminate in.jsonl --against test.jsonl")
    write(
        "in.jsonl",
        {
            "instruction": asked,
            "input": "",
            "output": "It makes you hungry, and nothing else is known.",
        },
    )
    assert "in none" in good("decontaminate in.jsonl --against test.jsonl")


def test_similarity_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from dataprep.steps.decontaminate.likeness import likeness\n"
        "from types import SimpleNamespace\n"
        "weights = {f'term{n}': 1 / (n + 3) for n in range(40)}\n"
        "unit = SimpleNamespace(weights=weights, total=9.0, beside=frozenset())\n"
        "print(repr(likeness(unit, frozenset(weights), 0.0)))\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(printed) == 1
