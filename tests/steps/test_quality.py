"""The rules of quality: how well each tells good from bad, the laws that they keep, and the command
that shows them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from commandline import answers, counts, edit, good, read, refusal, run, write
from hypothesis import given
from paths import yaml_table
from strategies import anything
from tiny import make_tokenizer

from dataprep import steps
from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag, Turn
from dataprep.steps.quality.rules import LOW, SCORE, Measured, rules, score
from dataprep.steps.quality.texts import View, words

TABLE: dict[str, dict[str, list[dict[str, Any]]]] = yaml_table("steps/quality.yaml")
PRECISION, RECALL = 0.95, 0.8
DEFAULTS = {name: parameter.default for name, parameter in steps.parameters("quality").items()}
LIMITS = {
    name: limit for name, limit in DEFAULTS.items() if name not in ("action", "keep", "tokenizer")
}
ALL_ON = {**LIMITS, "disclaimers": True}
RULES = rules()
SILENT = {"tools": '[{"name": "weather", "parameters": {"type": "object", "properties": {}}}]'}


def one(ask: str, say: str, **more: Any) -> Example:
    return Example((Turn("user", ask), Turn("assistant", say)), **more)


# ------------------------------------------------------------------------------- how well they tell


class Labelled(NamedTuple):
    """An example, and the rules that it breaks."""

    example: Example
    breaks: frozenset[str]


def made(case: dict[str, Any]) -> Example:
    """Return the example that a case describes."""
    rounds = case.get("rounds") or [[case["ask"], case["say"] * case.get("times", 1)]]
    turns = tuple(
        turn for ask, say in rounds for turn in (Turn("user", ask), Turn("assistant", say))
    )
    more = {name: case[name] for name in ("system", "tools", "label") if name in case}
    rejected = Turn("assistant", case["rejected"]) if "rejected" in case else None
    return Example(turns, rejected=rejected, images=tuple(case.get("images", ())), **more)


def labelled() -> Iterator[Labelled]:
    for rule, cases in TABLE.items():
        for case in cases["breaks"]:
            yield Labelled(made(case), frozenset({rule, *case.get("also", ())}))
        for case in cases["keeps"]:
            yield Labelled(made(case), frozenset())


def broken(example: Example) -> set[str]:
    """Return the rules that an example breaks by their defaults, the one that is off by default
    too.
    """
    view = View(example)
    return {name for name, rule in RULES.items() if rule.look(view, ALL_ON[name])}


def test_each_rule_tells_good_from_bad(capsys: pytest.CaptureFixture[str]) -> None:
    examples = list(labelled())
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for example, breaks in examples:
        found = broken(example)
        hits.update(found & breaks)
        misses.update(breaks - found)
        alarms.update(found - breaks)
    told = {
        name: (hits[name], hits[name] + alarms[name], hits[name] + misses[name]) for name in TABLE
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{len(examples)} labelled examples\n")
        for name, (hit, found, wanted) in told.items():
            shares = f"precision {hit / max(found, 1):.2f}  recall {hit / wanted:.2f}"
            sys.stdout.write(f"  {name:<18} {shares}  of {wanted}\n")
    weak = {
        name
        for name, (hit, found, wanted) in told.items()
        if hit < max(PRECISION * found, RECALL * wanted)
    }
    assert (weak, len(examples) > 400) == (set(), True)


def test_every_rule_but_those_of_length_has_labelled_examples() -> None:
    assert {
        name for name, rule in RULES.items() if not (isinstance(rule, Measured) and rule.counts)
    } == TABLE.keys()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_the_marks_of_every_template_of_llamafactory_are_found() -> None:
    templates = pytest.importorskip(
        "llamafactory.data.template", reason="needs the training half: make setup"
    ).TEMPLATES
    by_tokens_alone = {
        "empty",
        "fewshot",
        "paligemma",
        "seed_coder",
        "seed_oss",
    }  # no text of theirs marks a turn
    missed = {
        name
        for name, template in templates.items()
        if not RULES["markers"].look(View(rendered(template)), True)
    }
    assert missed == by_tokens_alone


def rendered(template: Any) -> Example:
    """Return a question and an answer with what a template puts around them, as far as that is
    text.
    """

    def text(slots: list[Any], said: str) -> str:
        parts = (
            slot
            if isinstance(slot, str)
            else slot.get("token", "")
            if isinstance(slot, dict)
            else ""
            for slot in slots
        )
        return "".join(parts).replace("{{content}}", said)

    ask = text(template.format_user.slots, "Name a fruit.")
    return one(ask, text(template.format_assistant.slots, "A pear."))


# ------------------------------------------------------------------------------------------- limits

SIX = one("Describe the cat.", "The cat sleeps on the mat.")
LENGTHS: list[tuple[dict[str, Any], Example, str]] = [
    ({"shortest": 27}, SIX, "answer too short"),
    ({"shortest": 26}, SIX, ""),
    ({"longest": 25}, SIX, "answer too long"),
    ({"longest": 26}, SIX, ""),
    ({"fewest_words": 7}, SIX, "too few words"),
    ({"fewest_words": 6}, SIX, ""),
    ({"most_words": 5}, SIX, "too many words"),
    ({"most_words": 6}, SIX, ""),
    ({"most_words": 4}, one("描述一下。", "猫在睡觉。"), ""),
    ({"most_words": 3}, one("描述一下。", "猫在睡觉。"), "too many words"),
    ({"most_tokens": 5}, SIX, "too many tokens"),
    ({"fewest_tokens": 500}, SIX, "too few tokens"),
    ({}, one("Why?", "<think>\nBecause of this.\n</think>\n\n"), "answer too short"),
    ({"fewest_words": 1}, one("Print it.", "```\nprint(1)\n```"), "too few words"),
    (
        {"longest": 20},
        Example(text="A document of more than twenty characters."),
        "answer too long",
    ),
    (
        {"longest": 20},
        one("Why?", "So.", rejected=Turn("assistant", "It is a long story, you know.")),
        "answer too long",
    ),
    ({"score": 0.6}, one("Why is the sky blue?", "null", label=True), "failed call"),
    ({"failed_calls": False, "score": 0.6}, one("Why is the sky blue?", "null"), ""),
    ({"repeated_lines": 1, "repeated_phrases": 1}, one("Sing.", "La la la, la la li.\n" * 20), ""),
    (
        {"repeated_lines": 0.99, "repeated_phrases": 1, "score": 0.55},
        one("Sing.", "La la la, la li.\n" * 20),
        "low score",
    ),
]


def reason(example: Example, options: dict[str, Any]) -> str:
    """Return why the step drops an example, nothing where it stays."""
    verdict = steps.build("quality", options)(example)
    if isinstance(verdict, Drop):
        return verdict.reason
    assert verdict is example
    return ""


@pytest.mark.parametrize(("options", "example", "why"), LENGTHS)
def test_limit_decides(options: dict[str, Any], example: Example, why: str) -> None:
    assert reason(example, options) == why


def test_what_was_found_is_told_with_the_limit() -> None:
    assert steps.build("quality", {"longest": 20})(SIX) == Drop("answer too long", "26, at most 20")


def test_tag_keeps_the_example_and_tells_of_it() -> None:
    example = one("Name a fruit.", "A pear.<|im_end|>")
    (ruling,) = steps.build("quality", {"action": "tag"}).rulings(example)
    verdict = ruling.result
    assert verdict == Tag(example, "template marker", "<|im_end|>")
    assert verdict.example is example


def test_every_rule_can_be_switched_off() -> None:
    off = {name: limit_off(name) for name in [*RULES, SCORE]}
    assert steps.build("quality", off).judge.known == {}


def limit_off(name: str) -> float:
    rule = RULES.get(name, LOW)
    return (
        (0 if rule.counts else 1.0 if rule.most else 0.0) if isinstance(rule, Measured) else False
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"repeated_lines": 30.0}, "repeated_lines is 30.0, expected a share, 0 to 1"),
        ({"letters": -0.1}, "letters is -0.1, expected a share, 0 to 1"),
        ({"longest": -1}, "longest is -1, expected 0 or more"),
        ({"score": 2}, "score is 2, expected a share, 0 to 1"),
        ({"shortest": 9, "longest": 5}, "shortest is 9 and longest is 5, between which nothing is"),
        (
            {"tokenizer": "nowhere"},
            "nowhere: holds no tokenizer.json; name a model's folder, or leave tokenizer out",
        ),
        ({"refusal": False}, "no option 'refusal' in step 'quality'; did you mean 'refusals'?"),
    ],
)
def test_limit_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataprepError) as caught:
        steps.build("quality", options)
    assert str(caught.value).startswith(words)


def test_tokens_are_counted_by_the_tokenizer_that_is_named(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    from tokenizers import Tokenizer

    folder = make_tokenizer(tmp_path / "tiny")
    encode = Tokenizer.from_file(str(folder / "tokenizer.json")).encode
    size = sum(len(encode(turn.text, add_special_tokens=False).ids) for turn in SIX.turns)
    assert reason(SIX, {"tokenizer": str(folder), "most_tokens": size}) == ""
    assert reason(SIX, {"tokenizer": str(folder), "most_tokens": size - 1}) == "too many tokens"


def test_words_are_runs_of_letters_or_single_characters_without_spaces() -> None:
    assert words("Don't stop, 3 times!") == ["don't", "stop", "3", "times"]
    assert words("我用Python写了2个程序。") == [
        "我",
        "用",
        "python",
        "写",
        "了",
        "2",
        "个",
        "程",
        "序",
    ]


# --------------------------------------------------------------------------------- pairs and labels

LEFT_OVER = Turn("assistant", "A brick.<|im_end|>")
NO = "I'm sorry, but I can't help with that."


def test_worse_answer_is_judged_for_damage_and_not_for_what_it_says() -> None:
    assert reason(one("Name a fruit.", "A pear.", rejected=LEFT_OVER), {}) == "template marker"
    assert reason(one("Name a fruit.", "A pear.", rejected=Turn("assistant", "null")), {}) == ""
    assert (
        reason(
            one("Name a fruit.", "A pear.", rejected=Turn("assistant", "https://example.com")), {}
        )
        == ""
    )


def test_unwanted_answer_may_be_none() -> None:
    assert reason(one("Name a fruit.", "null", label=False), {}) == ""
    assert reason(one("Name a fruit.", "null", label=True), {}) == "failed call"
    assert reason(one("Name a fruit.", "A pear.</s>", label=False), {}) == "template marker"


def test_refusal_may_be_what_is_to_be_learnt() -> None:
    assert reason(one("Pick a lock.", NO), {}) == "refusal"
    for more in (
        {"label": True},
        {"label": False},
        {"rejected": Turn("assistant", "With a pin.")},
        SILENT,
    ):
        assert reason(one("Pick a lock.", NO, **more), {}) == ""


def test_any_answer_of_a_conversation_may_break_a_rule() -> None:
    rounds = (
        Turn("user", "Pick a lock."),
        Turn("assistant", NO),
        Turn("user", "Then sing."),
        Turn("assistant", "La!"),
    )
    assert reason(Example(rounds), {}) == "refusal"


def test_tool_traffic_is_not_judged() -> None:
    call = Turn("function_call", '{"name": "weather", "arguments": {"city": "<|im_end|>"}}')
    assert reason(Example((Turn("user", "Rain?"), call), **SILENT), {}) == ""


# --------------------------------------------------------------------------------------------- laws


@given(anything)
def test_judges_keep_the_example_or_say_what_was_found(made: Example) -> None:
    limits = {**DEFAULTS, "disclaimers": True, "score": 0.9}
    for name, verdict in steps.build("quality", {**limits, "action": "tag"}).rulings(made):
        assert isinstance(verdict, Tag)
        assert verdict.example is made
        assert verdict.label == name
        assert verdict.found


@given(anything)
def test_drop_and_tag_agree(made: Example) -> None:
    dropping, tagging = (steps.build("quality", {"action": action}) for action in ("drop", "tag"))
    dropped, tagged = dropping.rulings(made), tagging.rulings(made)
    assert bool(dropped) == bool(tagged)
    for (_, drop), (_, tag) in zip(dropped, tagged[:1], strict=True):
        assert tag == Tag(made, drop.reason, drop.found)


@given(anything)
def test_shares_are_of_one_and_what_is_quick_breaks_every_limit_that_its_measure_breaks(
    made: Example,
) -> None:
    view = View(made)
    for rule in RULES.values():
        if isinstance(rule, Measured) and not rule.counts:
            value = rule.measure(view)
            assert 0 <= value <= 1 or not view.texts
            quick = rule.quick(view) if rule.quick else value
            assert quick >= value if rule.most else quick <= value


@given(anything)
def test_score_falls_with_each_rule_that_is_broken(made: Example) -> None:
    view = View(made)
    values = {name: rule.measure(view) for name, rule in RULES.items()}
    number = sum(bool(rule.told(values[name], ALL_ON[name])) for name, rule in RULES.items())
    assert 0 < score(values, RULES, ALL_ON) <= 1 / (1 + number)


# ------------------------------------------------------------------------------------------ command

FAULTY = [
    {"instruction": "Name a fruit.", "input": "", "output": "A pear.<|im_end|>"},
    {"instruction": "Name a tree.", "input": "", "output": NO},
    {
        "instruction": "Name a bird.",
        "input": "",
        "output": "Sing, sing, sing the same old song again.\n" * 20,
    },
]


@pytest.fixture
def mixed(folder: Path) -> Path:
    """Work in a folder with three good rows, three that break rules, and one that is no example."""
    write(
        "mixed.jsonl",
        *read("good.jsonl"),
        *FAULTY,
        {"instruction": "Who?", "input": "", "output": ""},
    )
    return folder


@pytest.mark.usefixtures("mixed")
def test_report_shows_each_rule_and_the_first_that_break_it() -> None:
    said = good("quality mixed.jsonl")
    assert said.startswith("mixed.jsonl: 6 examples, of which 3 would leave (50.0%)\n")
    assert "\n  1 record is no example and is left out; dataprep validate names each\n" in said
    assert (
        "\n  found nowhere: failed call · empty slot · disclaimer · only links · open code fence "
        "· breaks off · equal" in said
    )
    assert (
        "\n  template marker, 1\n    mixed.jsonl:4  <|im_end|>\n        Name a fruit. → A "
        "pear.<|im_end|>\n" in said
    )
    assert "\n  repeated lines, 1\n    mixed.jsonl:6  0.95, at most 0.60\n" in said
    rows = {line[2:20].strip(): line for line in said.splitlines() if line.startswith("  ")}
    assert rows["answer too short"].endswith(
        "8       8     839  at least 1       ┊···█▄▄···▄·······"
    )
    assert rows["repeated lines"].split()[2:4] == ["1", "16.7%"]


@pytest.mark.usefixtures("mixed")
def test_report_writes_nothing() -> None:
    before = sorted(Path().iterdir())
    good("quality mixed.jsonl")
    assert sorted(Path().iterdir()) == before


@pytest.mark.usefixtures("mixed")
def test_json_tells_what_the_table_does() -> None:
    told = json.loads(good("quality mixed.jsonl --json --no-refusals"))
    assert (told["examples"], told["unread"], told["leave"]) == (6, 1, 2)
    assert told["rules"].keys() == {*RULES, SCORE}
    assert told["rules"]["refusals"] == {
        "reason": "refusal",
        "limit": False,
        "on": False,
        "count": 1,
        "examples": [
            {
                "path": "mixed.jsonl",
                "line": 5,
                "found": NO[:32],
                "prompt": "Name a tree.",
                "answer": NO,
            }
        ],
    }
    lines = told["rules"]["repeated_lines"]
    assert (lines["on"], lines["count"], lines["spread"]) == (
        True,
        1,
        [5, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    )
    assert lines["percentiles"]["50"] == 0
    assert sum(told["rules"]["longest"]["spread"]) == 6


@pytest.mark.usefixtures("mixed")
def test_report_is_the_same_for_any_number_of_processes() -> None:
    write("more.jsonl", *FAULTY * 20)
    assert good("quality mixed.jsonl more.jsonl --workers 1") == good(
        "quality mixed.jsonl more.jsonl --workers 2"
    )


@pytest.mark.usefixtures("mixed")
def test_report_says_how_tokens_were_counted() -> None:
    pytest.importorskip("tokenizers")
    make_tokenizer(Path("tiny"))
    assert "tokens: estimated from the characters" in good("quality mixed.jsonl")
    assert "tokens: estimated" not in good("quality mixed.jsonl --tokenizer tiny")


@pytest.mark.usefixtures("folder")
def test_report_on_documents() -> None:
    write(
        "texts.jsonl",
        {"text": "One line of a page.\n" * 9},
        {"text": "A page that says something once."},
    )
    said = good("quality texts.jsonl")
    assert said.startswith("texts.jsonl: 2 examples, of which 1 would leave (50.0%)\n")
    assert "    texts.jsonl:1  0.89, at most 0.60\n        One line of a page. One line" in said


@pytest.mark.usefixtures("mixed")
def test_report_and_step_agree() -> None:
    leave = json.loads(good("quality mixed.jsonl --json"))["leave"]
    good("quality mixed.jsonl -o out.jsonl")
    assert len(answers("out.jsonl")) == 6 - leave


@pytest.mark.usefixtures("mixed")
def test_output_has_what_stays_and_the_rejects_what_leaves() -> None:
    said = good("quality mixed.jsonl -o out.jsonl")
    assert "  filtered    3  refusal 1 · repeated lines 1 · template marker 1\n" in said
    assert answers("out.jsonl") == answers("good.jsonl")
    left = {line["line"]: (line["reason"], line["found"]) for line in read("out.rejects.jsonl")}
    assert left[4] == ("template marker", "<|im_end|>")
    assert left[6] == ("repeated lines", "0.95, at most 0.60")
    assert run("quality mixed.jsonl -o -").stdout == Path("out.jsonl").read_text()


@pytest.mark.usefixtures("mixed")
def test_tags_keep_all_and_tell_of_each_rule() -> None:
    said = good("quality mixed.jsonl --action tag -o out.jsonl")
    assert len(answers("out.jsonl")) == 6
    assert "  what was tagged: out.tags.jsonl\n" in said
    assert [(tag["line"], tag["tag"]) for tag in read("out.tags.jsonl")] == [
        (4, "template marker"),
        (5, "refusal"),
        (6, "repeated lines"),
        (6, "repeated phrases"),
    ]


@pytest.mark.usefixtures("mixed")
def test_recipe_drops_or_tags() -> None:
    edit("mine.yaml", "good.jsonl", "mixed.jsonl")
    edit(
        "mine.yaml",
        "steps: [clean, dedupe]",
        "steps: [clean, {quality: {refusals: false}}, dedupe]",
    )
    assert counts(good("prepare mine.yaml"))["filtered"] == 2
    edit("mine.yaml", "refusals: false", "action: tag")
    assert counts(good("prepare mine.yaml"))["filtered"] == 0
    assert Counter(tag["tag"] for tag in read("data/mine/tags.jsonl")) == {
        "template marker": 1,
        "refusal": 1,
        "repeated lines": 1,
        "repeated phrases": 1,
    }


@pytest.mark.usefixtures("mixed")
def test_report_looks_at_what_repairs_make_of_the_records() -> None:
    write(
        "wrapped.jsonl",
        {"instruction": "[INST] Name a fruit. [/INST]", "input": "", "output": "A pear."},
    )
    assert json.loads(good("quality wrapped.jsonl --json"))["leave"] == 1
    assert json.loads(good("quality wrapped.jsonl --json --repair unwrap_template"))["leave"] == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "quality mixed.jsonl --to alpaca",
            "--to, --keep and --contradictions say what to write; add -o.",
        ),
        (
            "quality mixed.jsonl --json -o out.jsonl",
            "--json prints the report, which -o does not make; leave one out.",
        ),
        (
            "quality mixed.jsonl --repeated-lines 30",
            "repeated_lines is 30.0, expected a share, 0 to 1",
        ),
        ("quality mixed.jsonl --tokenizer nowhere", "nowhere: holds no tokenizer.json"),
    ],
)
@pytest.mark.usefixtures("mixed")
def test_command_that_makes_no_sense_is_refused(line: str, words: str) -> None:
    assert refusal(line).startswith(words)


@pytest.mark.usefixtures("folder")
def test_files_without_an_example_are_refused() -> None:
    write("none.jsonl", {"instruction": "Who?", "input": "", "output": ""})
    assert refusal("quality none.jsonl", 1) == (
        "none.jsonl: no record is an example; `dataprep validate` names what each lacks"
    )
