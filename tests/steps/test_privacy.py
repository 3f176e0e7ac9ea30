"""What is personal or secret is found and redacted, and nothing else."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, counts, good, read, refusal, run, write
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import yaml_table
from strategies import examples, texts

from dataprep import steps
from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag, Turn
from dataprep.steps.privacy.find import FINDERS, find
from dataprep.steps.privacy.kinds import KINDS
from dataprep.steps.privacy.placeholders import Placeholders

settings.register_profile(
    "laws", deadline=None, derandomize=True
)  # a change makes a test fail, never chance
settings.load_profile("laws")

# ----------------------------------------------------------------------------------------- measured

LABELLED = yaml_table("steps/privacy.yaml")
MARK = re.compile(r"⟦(\w+) (.*?)⟧", re.DOTALL)
PRECISION, RECALL = 0.98, 0.95

Places = set[tuple[str, int, int]]


def unmarked(marked: str) -> tuple[str, Places]:
    """Return a text without its marks, and what they mark."""
    marked = marked.replace("¦", "")
    text, places, at = "", set(), 0
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        places.add((mark[1], len(text), len(text) + len(mark[2])))
        text, at = text + mark[2], mark.end()
    return text + marked[at:], places


LABELLED_TEXTS = [unmarked(text) for text in LABELLED["found"] + LABELLED["nothing"]]


def found_in(text: str) -> Places:
    return {(one.kind, one.start, one.end) for one in find(text)}


def test_labelled_texts_are_found_right_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for text, wanted in LABELLED_TEXTS:
        found = found_in(text)
        for count, places in (
            (right, found & wanted),
            (wrong, found - wanted),
            (missed, wanted - found),
        ):
            count.update(kind for kind, _, _ in places)
    shares = {
        kind: (
            right[kind] / (right[kind] + wrong[kind]),
            right[kind] / (right[kind] + missed[kind]),
        )
        for kind in KINDS
    }
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {len(LABELLED['found'])} texts with, {len(LABELLED['nothing'])} without "
            f"personal data\n"
        )
        for kind, (precision, recall) in shares.items():
            sys.stdout.write(
                f"  {kind:<14} {right[kind]:>3}  precision {precision:.3f}  recall {recall:.3f}\n"
            )
    assert min(precision for precision, _ in shares.values()) >= PRECISION
    assert min(recall for _, recall in shares.values()) >= RECALL


def test_labelled_texts_are_enough_of_each_kind() -> None:
    count = Counter(kind for _, places in LABELLED_TEXTS for kind, _, _ in places)
    assert count.keys() == {*KINDS}
    assert [*KINDS] == [*FINDERS]
    assert min(count.values()) >= 10
    assert len(LABELLED["nothing"]) >= len(LABELLED["found"]) >= 150


DATA = Path("../shared/data")


@pytest.mark.skipif(not DATA.exists(), reason="no real data beside this checkout")
def test_good_alpaca_rows_hold_next_to_nothing() -> None:
    rows = json.loads(
        (DATA / "llamafactory_apache2/alpaca_zh_demo.json").read_text(encoding="utf-8")
    )
    assert len(rows) > 500
    assert [one for row in rows for text in row.values() for one in find(str(text))] == []


# --------------------------------------------------------------------------------------------- laws

DATUM = [
    *(
        "zhang@qq.com",
        "Zhang@qq.com",
        "li.na@163.com",
        "13812345678",
        "138 1234 5678",
        "+86 13812345678",
        "18612345678",
    ),
    *(
        "110105197503136677",
        "91110000600037341L",
        "6222027439575513133",
        "DE35370400440532013099",
        "护照E12345678",
    ),
    *(
        "京A12345",
        "39.156.66.10",
        "postgres://bob:s3cr3tPw@db.net/x",
        "sk-" + "3f9a1c7e5b2d8046" * 2,
    ),
]
GLUE = [
    *(
        " ",
        "，",
        "\n",
        '"',
        "\\",
        "/",
        "-",
        ".",
        ":",
        "=",
        "@",
        "x",
        "1",
        "护照",
        "电话：",
        "订单号",
        "[PHONE_1]",
    ),
    *(
        "[EMAIL_2]",
        "[",
        "]",
        "{",
        "}",
        '{"phone": ',
        "[1, ",
        "\\n",
        "\\u4eac",
        "<tool_call>",
        "plate ",
        "元",
        "card ",
    ),
]
glued = st.lists(
    st.sampled_from(DATUM) | st.sampled_from(GLUE) | st.text(max_size=3), max_size=9
).map("".join)
apart = st.lists(st.sampled_from(DATUM) | st.sampled_from(["你好", "ok", "。"]), max_size=8).map(
    "；".join
)
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(map(str.upper, KINDS))})_\d+\]")


def redacted(text: str, written: Iterable[str] = ()) -> str:
    return Placeholders(written or [text]).put(text, KINDS)


@settings(max_examples=1000)
@given(glued)
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redacted(text)
    assert find(once) == []
    assert redacted(once) == once


@settings(max_examples=500)
@given(glued)
def test_all_else_in_a_text_stays(text: str) -> None:
    kept = [
        re.escape(part) for part in re.split(rf'\\*"?{PLACEHOLDER.pattern}\\*"?', redacted(text))
    ]
    assert re.fullmatch(r'\\*"?.+\\*"?'.join(kept), text, re.DOTALL)


@given(st.lists(apart, max_size=4))
def test_same_datum_has_the_same_placeholder_and_another_another(said: list[str]) -> None:
    placeholders = Placeholders()
    put = [name for text in said for name in PLACEHOLDER.findall(placeholders.put(text, KINDS))]
    keys = [(one.kind, one.key) for text in said for one in find(text)]
    expected = {}
    for kind, key in keys:
        among = list(dict.fromkeys(other for other in keys if other[0] == kind))
        expected[kind, key] = f"[{kind.upper()}_{1 + among.index((kind, key))}]"
    assert dict(zip(keys, put, strict=True)) == expected


json_values = st.recursive(
    apart | st.integers(0, 20_000_000_000) | st.just(13812345678) | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=8,
)


def shape(value: Any) -> Any:
    """Return a JSON value with every number and text as "", and its keys and lists as they are."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return value if value in (None, True, False) and not isinstance(value, int | str) else ""


@settings(max_examples=300)
@given(json_values, st.booleans(), st.sampled_from([None, 2]))
def test_json_stays_json_of_the_same_shape(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    value = {"arguments": value, "inner": json.dumps({"again": value}, ensure_ascii=ascii_only)}
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    after = json.loads(redacted(text))
    assert shape(after) == shape(value)
    assert shape(json.loads(after["inner"])) == {"again": shape(value["arguments"])}
    assert find(json.dumps(after, ensure_ascii=False)) == []


@given(apart, st.booleans())
def test_json_says_what_prose_would(text: str, ascii_only: bool) -> None:
    written = json.dumps([text, f"\n{text}"], ensure_ascii=ascii_only)
    assert json.loads(redacted(written)) == [redacted(text), f"\n{redacted(text)}"]


def judged(made: Example, **options: Any) -> Example | Drop | Tag:
    """Return what the step makes of an example; of several tags the last."""
    verdict: Example | Drop | Tag = steps.build("privacy", options)(made)
    return verdict


@given(
    st.one_of(examples(), examples(frozenset({"rejected"})), examples(frozenset({"text"}))), texts
)
def test_example_without_personal_data_stays_the_same_object(made: Example, text: str) -> None:
    assert judged(made) is made


# ----------------------------------------------------------------------------------------- the step


def chat(*said: str, system: str = "", rejected: str = "") -> Example:
    roles = ["user", "assistant"] * len(said)
    turns = tuple(Turn(role, text) for role, text in zip(roles, said, strict=False))  # type: ignore[arg-type]
    return Example(turns, system, rejected=Turn("assistant", rejected) if rejected else None)


def test_all_texts_of_a_conversation_are_redacted_in_step() -> None:
    made = chat(
        "我是 li.na@163.com",
        "您好，LI.NA@163.com！",
        "写信给 zhang@qq.com",
        "已抄送 li.na@163.com 和 zhang@qq.com。",
        system="问题请转 boss@corp.cn，电话13812345678",
        rejected="不要打 138-1234-5678，zhang@qq.com",
    )
    assert judged(made) == chat(
        "我是 [EMAIL_2]",
        "您好，[EMAIL_2]！",
        "写信给 [EMAIL_3]",
        "已抄送 [EMAIL_2] 和 [EMAIL_3]。",
        system="问题请转 [EMAIL_1]，电话[PHONE_1]",
        rejected="不要打 [PHONE_1]，[EMAIL_3]",
    )


def test_document_is_redacted() -> None:
    assert judged(Example(text="来信：zhang@qq.com")) == Example(text="来信：[EMAIL_1]")


def test_tool_traffic_is_redacted_in_step_with_prose_and_stays_json() -> None:
    tools = '[{"name": "f", "description": "e.g. li.na@163.com", "parameters": {"properties": {}}}]'
    call = (
        '{"name": "f", "arguments": {"to": "zhang@qq.com", "phone": 13812345678, "n": '
        '"\\u624b\\u673a\\n18612345678"}}'
    )
    result = (
        '[{"tool_call_id": "1", "content": "{\\"mobile\\": 13812345678, \\"who\\": '
        '\\"\\\\nzhang@qq.com\\"}"}]'
    )
    turns = (
        Turn("user", "发给 zhang@qq.com"),
        Turn("function_call", call),
        Turn("observation", result),
        Turn("assistant", "已打 138 1234 5678"),
    )
    after = judged(Example(turns, tools=tools))
    assert isinstance(after, Example)
    assert after.tools == tools.replace("li.na@163.com", "[EMAIL_1]")
    assert [turn.text for turn in after.turns] == [
        "发给 [EMAIL_2]",
        '{"name": "f", "arguments": {"to": "[EMAIL_2]", "phone": "[PHONE_1]", "n": '
        '"\\u624b\\u673a\\n[PHONE_2]"}}',
        '[{"tool_call_id": "1", "content": "{\\"mobile\\": \\"[PHONE_1]\\", \\"who\\": '
        '\\"\\\\n[EMAIL_2]\\"}"}]',
        "已打 [PHONE_1]",
    ]
    assert json.loads(json.loads(after.turns[2].text)[0]["content"])["mobile"] == "[PHONE_1]"


def test_tool_call_in_tags_and_after_thoughts_stays_json() -> None:
    call = '{"name": "f", "arguments": {"to": [13812345678, 18612345678]}}'
    for text in (
        f"<tool_call>\n{call}\n</tool_call>",
        f"<think>\n打 13812345678\n</think>\n\n{call}",
    ):
        after = judged(Example((Turn("user", "打"), Turn("function_call", text))))
        assert isinstance(after, Example)
        wanted = text.replace("13812345678, 18612345678", '"[PHONE_1]", "[PHONE_2]"')
        assert after.turns[1].text == wanted.replace("打 13812345678", "打 [PHONE_1]")


def test_secrets_in_code_are_redacted() -> None:
    key = "sk-" + "Zk3vTq8RwYp5LmXcN2bHjD7fGsKa9UeV"
    code = f'```python\nclient = Client(key="{key}")\nprint("\\nzhang@qq.com")\n```'
    assert judged(chat("?", code)) == chat(
        "?", code.replace(key, "[API_KEY_1]").replace("zhang@qq.com", "[EMAIL_1]")
    )


def test_numbers_go_on_from_the_placeholders_that_are_there() -> None:
    assert judged(chat("我是 [EMAIL_3]", "你好 zhang@qq.com，[PHONE_1]")) == chat(
        "我是 [EMAIL_3]", "你好 [EMAIL_4]，[PHONE_1]"
    )


def test_every_conversation_is_numbered_by_itself() -> None:
    step = steps.build("privacy", {})
    for address in ("zhang@qq.com", "li.na@163.com"):
        made = step(chat(f"{address} 13812345678", "好"))
        assert made == chat("[EMAIL_1] [PHONE_1]", "好")


def test_kinds_that_are_not_asked_for_stay() -> None:
    made = chat("zhang@qq.com 13812345678", "39.156.66.10")
    assert judged(made, kinds=["phone"]) == chat("zhang@qq.com [PHONE_1]", "39.156.66.10")
    assert judged(made, kinds=["iban", "plate"]) is made


def test_drop_names_kind_and_place_but_not_the_datum() -> None:
    made = chat("好", "zhang@qq.com 13812345678, li.na@163.com", system="zhang@qq.com")
    assert judged(made, action="drop") == Drop("private: email", "3 in system, turn 2")


def test_report_keeps_the_example_and_names_kind_and_place() -> None:
    made = chat("13812345678", "好")
    verdict = judged(made, action="report")
    assert verdict == Tag(made, "private: phone", "1 in turn 1")
    assert isinstance(verdict, Tag)
    assert verdict.example is made


def test_pair_that_differed_in_spelling_alone_is_dropped() -> None:
    made = chat("?", "138 1234 5678", rejected="13812345678")
    assert judged(made) == Drop("pair of equal answers")


def test_changes_are_counted_by_kind() -> None:
    step = steps.build("privacy", {"kinds": ["phone", "id_card"]})
    made = chat("13812345678", "11010519491231002X, zhang@qq.com")
    rules = [rule for rule, _ in step.rulings(made)]
    assert rules == ["id card redacted", "phone redacted"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": ["emial"]}, "no kind 'emial' of personal data; did you mean 'email'?"),
        (
            {"kinds": "email"},
            "option 'kinds' of step 'privacy' is 'email', expected a list of texts",
        ),
        ({"kinds": [1]}, "option 'kinds' of step 'privacy' is [1], expected a list of texts"),
        (
            {"action": "mask"},
            "option 'action' of step 'privacy' is 'mask', expected 'redact' or 'drop' or 'report'",
        ),
    ],
)
def test_option_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataprepError) as caught:
        steps.build("privacy", options)
    assert str(caught.value) == words


# -------------------------------------------------------------------------------------- the command


def row(ask: str, answer: str) -> dict[str, str]:
    return {"instruction": ask, "input": "", "output": answer}


def written(path: str) -> list[dict[str, str]]:
    return [row(record["instruction"], record["output"]) for record in read(path)]


ROWS = [
    *GOOD,
    row("我的邮箱 zhang@qq.com", "好"),
    row("电话？", "13812345678 或 18612345678"),
    row("空", ""),
]


@pytest.fixture
def rows(folder: Path) -> Path:
    write("rows.jsonl", *ROWS)
    return folder


@pytest.mark.usefixtures("rows")
def test_command_redacts_into_a_file() -> None:
    said = good("privacy rows.jsonl -o out.jsonl")
    assert counts(said) == {"in": 6, "kept": 5, "rejected": 1, "filtered": 0, "duplicates": 0}
    assert "  cleaned: email redacted 1 · phone redacted 1" in said
    assert written("out.jsonl")[3:] == [
        row("我的邮箱 [EMAIL_1]", "好"),
        row("电话？", "[PHONE_1] 或 [PHONE_2]"),
    ]


@pytest.mark.usefixtures("rows")
def test_report_repeats_nothing_that_was_found() -> None:
    said = good("privacy rows.jsonl --action report --kinds phone,email -o out.jsonl")
    assert "  tagged: private: email 1 · private: phone 1" in said
    assert written("out.jsonl") == ROWS[:5]
    assert [(tag["line"], tag["tag"], tag["found"]) for tag in read("out.tags.jsonl")] == [
        (4, "private: email", "1 in turn 1"),
        (5, "private: phone", "2 in turn 2"),
    ]
    assert run("validate out.tags.jsonl").exit_code == 0


@pytest.mark.usefixtures("rows")
def test_dropped_examples_can_be_read_again_from_the_rejects() -> None:
    good("privacy rows.jsonl --action drop -o out.jsonl")
    assert written("out.jsonl") == GOOD
    rejects = read("out.rejects.jsonl")
    assert [reject["reason"] for reject in rejects] == [
        "private: email",
        "private: phone",
        "empty answer",
    ]
    assert [reject["record"] for reject in rejects] == ROWS[3:]


@pytest.mark.usefixtures("rows")
def test_without_output_it_tells_how_many_and_where_and_writes_nothing() -> None:
    said = good("privacy rows.jsonl good.jsonl")
    assert said.splitlines() == [
        "9 records, 2 hold personal data or secrets",
        "                   found  records  the first at",
        "  phone                2        1  rows.jsonl:5",
        "  email                1        1  rows.jsonl:4",
        "  1 is no example and was looked at as it stands; see dataprep validate",
    ]
    assert "zhang" not in good("privacy rows.jsonl --json")
    assert not Path("out.jsonl").exists()


@pytest.mark.usefixtures("rows")
def test_survey_for_programs() -> None:
    assert json.loads(good("privacy rows.jsonl --kinds email --json")) == {
        "records": 6,
        "unread": 1,
        "holding": 1,
        "kinds": {
            "email": {
                "found": 1,
                "records": 1,
                "places": [{"path": "rows.jsonl", "line": 4, "byte": 207}],
            }
        },
    }
    assert good("privacy good.jsonl") == "3 records, none holds personal data or secrets\n"


@pytest.mark.usefixtures("rows")
def test_record_that_is_no_example_is_looked_at_too() -> None:
    write(
        "odd.jsonl", {"who": "zhang@qq.com"}, {"instruction": "a", "output": {"tel": 13812345678}}
    )
    assert json.loads(good("privacy odd.jsonl --json"))["kinds"].keys() == {"email", "phone"}


@pytest.mark.usefixtures("folder")
def test_same_bytes_for_any_number_of_workers() -> None:
    many = (
        row(f"u{n}@qq.com 1381234{n % 10_000:04} 与 u{n}@qq.com", "好" * 300) for n in range(4_000)
    )
    write("many.jsonl", *many)
    said = {good(f"privacy many.jsonl --json --workers {workers}") for workers in (1, 2)}
    assert len(said) == 1
    for workers in (1, 2):
        good(f"privacy many.jsonl --workers {workers} -o {workers}.jsonl")
    assert Path("1.jsonl").read_bytes() == Path("2.jsonl").read_bytes()


@pytest.mark.usefixtures("folder")
def test_recipe_names_the_step_and_its_kinds() -> None:
    write("good.jsonl", *ROWS[:5])
    recipe = Path("mine.yaml").read_text(encoding="utf-8")
    Path("mine.yaml").write_text(
        recipe.replace("[clean, dedupe]", "[clean, {privacy: {kinds: [email]}}, dedupe]")
    )
    assert "cleaned: email redacted 1" in good("prepare mine.yaml")
    Path("mine.yaml").write_text(recipe.replace("[clean, dedupe]", "[{privacy: {kinds: [mail]}}]"))
    assert "no kind 'mail' of personal data; did you mean 'email'?" in refusal("prepare mine.yaml")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", ["phonenumbers", "stdnum"])
@pytest.mark.parametrize("words", ["", "-o out.jsonl"])
def test_package_that_is_not_there_is_named_with_its_extra(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert refusal(f"privacy rows.jsonl {words}") == (
        f"this needs the package '{name}'; install it by: pip install 'dataprep[privacy]'"
    )
