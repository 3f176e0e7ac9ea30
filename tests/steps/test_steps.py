"""What the steps do, text by text."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import cleaned

from dataprep import steps
from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Turn
from dataprep.steps.base import Corpus
from dataprep.text.similarity.fingerprint import fingerprint


def example(prompt: str = "你好", answer: str = "你好！", system: str = "") -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)), system)


# -------------------------------------------------------------------------------------------- clean

CLEANED = {
    "line breaks": (
        "第一步<br>第二步<br/>\n第三步<BR />\r\n第四步",
        "第一步\n第二步\n第三步\n第四步",
    ),
    "paragraphs": ("<p>春天来了。</p><p>花开了。</p>", "春天来了。\n花开了。"),
    "tags with attributes": (
        '<span style="color:red" class=\'x\'>red</span> <div\n id="a">apple</div>',
        "red\napple",
    ),
    "entities": ("Q&amp;A&nbsp;&lt; 5 &#39;yes&#39; &#x4f60;", "Q&A < 5 'yes' 你"),
    "entities of entities": ("Tom &amp;amp; Jerry", "Tom & Jerry"),
    "zero-width space as an entity": ("苹&#8203;果", "苹果"),
    "names that only begin like entities": (
        "int *p = &params; q = &unknown;",
        "int *p = &params; q = &unknown;",
    ),
    "a back-tick as an entity": ("&#96;<b>x</b>&#96;", "&#96;x&#96;"),
    "comparisons": ("if a < b && c > d", "if a < b && c > d"),
    "tags in inline code": ("写 `<br>` 换行<br>再写", "写 `<br>` 换行\n再写"),
    "tags in fenced code": (
        "<b>看</b>：\n```\n<b>&lt;Ａ</b>\n```",
        "看：\n```\n<b>&lt;Ａ</b>\n```",
    ),
    "fences in a longer fence": (
        "````\n```\n<b>x</b>\n```\n````",
        "````\n```\n<b>x</b>\n```\n````",
    ),
    "code that breaks off": ("<i>看</i>：\n```\n<b>x", "看：\n```\n<b>x"),
    "text about HTML": (
        "<b> makes HTML text bold &amp; <i> italic",
        "<b> makes HTML text bold &amp; <i> italic",
    ),
    "text about tags": ("标签 <p> 是段落", "标签 <p> 是段落"),
    "full-width letters and digits": ("ＡＰＩ第２版，ｏｋ！", "API第2版，ok！"),
    "full-width letters in code": ("变量 `Ａ` 和 Ａ", "变量 `Ａ` 和 A"),
    "Chinese punctuation": (
        "“你好”，（世界）；《书》：￥５％？！",
        "“你好”，（世界）；《书》：￥5％？！",
    ),
    "control characters": ("\ufeff你\u200b好\x00\x07\tok\x7f", "你好\tok"),
    "line ends": ("一\r\n二\r三\n四", "一\n二\n三\n四"),
    "blank lines around": ("\n \n　\n  indented\nnot\n\n \n", "  indented\nnot"),
    "blank lines inside": ("一\n\n二", "一\n\n二"),
    "space around one line": ("  你好　", "你好"),
}


@pytest.mark.parametrize(("text", "clean"), CLEANED.values(), ids=CLEANED)
def test_clean_takes_out_what_nobody_meant_to_write_and_no_more(text: str, clean: str) -> None:
    assert cleaned(example(answer=text)) == example(answer=clean)


@pytest.mark.parametrize(
    ("option", "text"),
    [("html", "<b>a</b>"), ("full_width", "Ａ"), ("control", "a\u200bb"), ("space", " a\r\nb ")],
)
def test_rule_that_is_switched_off_changes_nothing(option: str, text: str) -> None:
    made = example(answer=text)
    assert cleaned(made) != made
    assert cleaned(made, **{option: False}) is made


def test_nothing_to_clean_gives_the_same_object() -> None:
    made = example("把 A & B 排序，a < b。", "```\n<b>\n```", "回答要简短。")
    assert cleaned(made) is made


def test_system_text_is_cleaned_too() -> None:
    assert cleaned(example(system="Q&amp;A ")) == example(system="Q&A")


def test_system_text_about_html_keeps_the_answers_markup() -> None:
    made = example(answer="<p>你好！</p>", system="用 HTML 回答。")
    assert cleaned(made) is made


def test_tool_traffic_stays_to_the_letter() -> None:
    call, result = '{"name": "f", "arguments": {"q": "<b>Ａ</b>"}}', "<p>２５ 度</p>\r\n"
    turns = (
        Turn("user", "<b>天气</b>"),
        Turn("function_call", call),
        Turn("observation", result),
        Turn("assistant", "晴"),
    )
    assert cleaned(Example(turns)) == Example((Turn("user", "天气"), *turns[1:]))


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (example(answer="<p></p>"), "empty answer"),
        (example(answer="\u200b"), "empty answer"),
        (example(prompt="&nbsp;<br>"), "empty prompt"),
    ],
)
def test_text_that_comes_out_blank_is_dropped(made: Example, reason: str) -> None:
    assert cleaned(made) == Drop(reason)


# ------------------------------------------------------------------------------------------- dedupe

FIVE = [
    example("1+1=?", "2"),
    example("1+1=?", "Two."),
    example("What is one and one?", "2"),
    example(" 1+1=?\n", "2 "),
    example("1+1=?", "2", system="Be brief."),
]


def originals_of(made: list[Example], **options: Any) -> list[int]:
    """Return for each example the number of the one that it repeats, or its own."""
    corpus = Corpus([fingerprint(one) for one in made])
    gone = steps.build("dedupe", options)(corpus, range(len(made)))
    return [gone[number].repeats if number in gone else number for number in range(len(made))]


@pytest.mark.parametrize(
    ("options", "originals"),
    [
        ({}, [0, 1, 2, 0, 4]),
        ({"by": "both"}, [0, 1, 2, 0, 4]),
        ({"by": "prompt"}, [0, 0, 2, 0, 4]),
        ({"by": "answer"}, [0, 1, 0, 0, 0]),
    ],
    ids=["by default", "both", "prompt", "answer"],
)
def test_dedupe_keeps_the_first_of_the_same(options: dict[str, str], originals: list[int]) -> None:
    assert originals_of(FIVE, **options) == originals


def test_earlier_turns_are_part_of_the_prompt() -> None:
    other = Example(
        (
            Turn("user", "1+1=?"),
            Turn("assistant", "2"),
            Turn("user", "1+1=?"),
            Turn("assistant", "2"),
        )
    )
    assert originals_of([FIVE[0], other], by="prompt") == [0, 1]


def test_letters_that_differ_make_another_example() -> None:
    made = [example("Name a river."), example("name a river."), example("Name a river")]
    assert originals_of(made) == [0, 1, 2]


# ------------------------------------------------------------------------------------------ options

NONSENSE: list[tuple[str, dict[str, Any], str]] = [
    ("split", {"val": -0.1}, "val is -0.1, expected a fraction below 1, or a number of examples"),
    ("split", {"test": 1.5}, "test is 1.5, expected a fraction below 1, or a number of examples"),
    (
        "split",
        {"val": float("inf")},
        "val is inf, expected a fraction below 1, or a number of examples",
    ),
    (
        "split",
        {"val": 0.5, "test": 0.5},
        "val 0.5 and test 0.5 leave nothing to train on; expected a sum below 1",
    ),
    (
        "split",
        {"val": float("nan")},
        "val is nan, expected a fraction below 1, or a number of examples",
    ),
    ("split", {"near": 0.4}, "near is 0.4, expected a similarity of 0.5 to 1, or false"),
    ("split", {"near": 1.5}, "near is 1.5, expected a similarity of 0.5 to 1, or false"),
    ("split", {"folds": 1}, "folds is 1, expected 2 to 100"),
    (
        "split",
        {"folds": 5, "val": 0.1},
        "folds stand instead of val and test, for each fold has a test of its own",
    ),
    ("split", {"val": "5%"}, "option 'val' of step 'split' is '5%', expected a number"),
    ("split", {"val": True}, "option 'val' of step 'split' is True, expected a number"),
    ("split", {"seed": 1.5}, "option 'seed' of step 'split' is 1.5, expected a whole number"),
    ("split", {"vall": 0.1}, "no option 'vall' in step 'split'; did you mean 'val'?"),
    ("clean", {"html": "no"}, "option 'html' of step 'clean' is 'no', expected true or false"),
    ("clean", {"html": 1}, "option 'html' of step 'clean' is 1, expected true or false"),
    (
        "clean",
        {"markup": True},
        "no option 'markup' in step 'clean'; known: boilerplate, citations, control,",
    ),
    (
        "dedupe",
        {"by": "text"},
        "option 'by' of step 'dedupe' is 'text', expected 'whole' or 'prompt' or 'answer'",
    ),
    (
        "dedupe",
        {"by": ["prompt"]},
        "option 'by' of step 'dedupe' is ['prompt'], expected 'whole' or",
    ),
]


@pytest.mark.parametrize(
    ("name", "options", "words"), NONSENSE, ids=[words for _, _, words in NONSENSE]
)
def test_option_that_makes_no_sense_is_refused(
    name: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataprepError) as caught:
        steps.build(name, options)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("name", steps.STEPS)
def test_every_option_has_its_words(name: str) -> None:
    words = steps.option_help(name)
    assert words.keys() == steps.parameters(name).keys()
    assert all(words.values())


def test_words_of_an_option_go_on_over_lines() -> None:
    assert steps.option_help("dedupe")["by"].endswith("count as one space; nothing else is folded.")


def test_every_step_works_over_one_thing() -> None:
    assert steps.over("examples") == ["clean", "decontaminate", "language", "privacy", "quality"]
    assert steps.over("corpus") == ["dedupe", "mix", "select"]
    assert steps.over("output") == ["split"]
