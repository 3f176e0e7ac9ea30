"""Faulty records are repaired where it is asked for, and else rejected with the repair that would
take them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from commandline import good, read, refusal, write
from hypothesis import given
from hypothesis import strategies as st

from dataprep.formats.reading import repair
from dataprep.model import Example, Turn

pytestmark = pytest.mark.usefixtures("folder")

SIDES = {"u": "human", "a": "gpt", "s": "system"}


def chat(spoken: str, **more: str) -> dict[str, Any]:
    """Return a conversation: `u1 a1` is a question and an answer."""
    said = [{"from": SIDES[word[0]], "value": word} for word in spoken.split()]
    return {"conversations": said, **more}


def spoken(record: dict[str, Any]) -> str:
    return " ".join(message["value"] for message in record["conversations"]).replace("\n\n", "+")


TURNS = {
    "u1 u2 a1": ("merge_turns", "u1+u2 a1"),
    "u1 a1 a2": ("merge_turns", "u1 a1+a2"),
    "a0 u1 a1": ("trim_turns", "u1 a1"),
    "u1 a1 u2": ("trim_turns", "u1 a1"),
    "a0 u1 u2 a2 u3": ("merge_turns and trim_turns", "u1+u2 a2"),
}


@pytest.mark.parametrize("before", TURNS)
def test_turns_are_repaired_where_it_is_asked_for(before: str) -> None:
    names, after = TURNS[before]
    write("chat.jsonl", chat("u1 a1"), chat(before))
    good("convert chat.jsonl -o as_it_is.jsonl")
    (reject,) = read("as_it_is.rejects.jsonl")
    assert reject["repair"] == names
    said = good(f"convert chat.jsonl --repair {names.replace(' and ', ',')} -o mended.jsonl")
    assert [spoken(record) for record in read("mended.jsonl")] == ["u1 a1", after]
    assert "  repaired: " + " · ".join(f"{name} 1" for name in names.split(" and ")) in said


@pytest.mark.parametrize("before", ["a0", "u1", "a0 u1"])
def test_what_no_repair_takes_is_a_reject_that_names_none(before: str) -> None:
    write("chat.jsonl", chat("u1 a1"), chat(before))
    good("convert chat.jsonl --repair all -o out.jsonl")
    (reject,) = read("out.rejects.jsonl")
    assert reject["repair"] == ""


def test_record_that_needs_none_is_left_alone() -> None:
    write("chat.jsonl", chat("u1 a1 u2 a2"))
    assert "repaired" not in good("convert chat.jsonl --repair all -o out.jsonl")


# --------------------------------------------------------------------------------------------- JSON


@given(
    record=st.dictionaries(
        st.text(max_size=4),
        st.text(max_size=6) | st.integers() | st.lists(st.text(max_size=3)),
        max_size=3,
    ),
    data=st.data(),
)
def test_json_that_breaks_off_anywhere_is_closed_with_what_is_whole(
    record: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(record, ensure_ascii=False)
    closed = repair.close_json(text[: data.draw(st.integers(1, len(text)))])
    assert list(closed) == list(record)[: len(closed)]
    *whole, last = closed or [""]
    assert {key: closed[key] for key in whole} == {key: record[key] for key in whole}
    assert not closed or closed[last] == record[last] or _is_begun(closed[last], record[last])


def _is_begun(some: Any, whole: Any) -> bool:
    """Tell whether a text or a list is the beginning of another; a list's last text may be the
    beginning of its own.
    """
    if isinstance(some, str):
        return whole.startswith(some.rstrip("\\"))
    return not some or (
        some[:-1] == whole[: len(some) - 1] and _is_begun(some[-1], whole[len(some) - 1])
    )


def test_line_that_breaks_off_is_closed_where_it_is_asked_for() -> None:
    line = orjson.dumps(chat("u1 a1")).decode()
    Path("torn.jsonl").write_text(f"{line}\n{line[:-4]}\n{line[:30]}\n")
    good("convert torn.jsonl -o as_it_is.jsonl")
    first, second = read("as_it_is.rejects.jsonl")
    assert first["repair"] == "close_json"
    assert second["repair"] == ""
    assert "repaired: close_json 1" in good(
        "convert torn.jsonl --repair close_json -o mended.jsonl"
    )
    assert [spoken(record) for record in read("mended.jsonl")] == ["u1 a1", "u1 a1"]


# -------------------------------------------------------------------------------------------- texts

ALPACA = (
    "Below is an instruction that describes a task. Write a response.\n\n### Instruction:\n"
    "{}\n\n### Response:"
)
UNWRAPPED = {
    ALPACA.format("Add 1 and 2."): "Add 1 and 2.",
    "### Instruction: Add.\n\n### Input:\n1 2\n\n### Response:": "Add.\n1 2",
    "### 指令：\n翻译。\n### 回答：": "翻译。",
    "<s>[INST] Hi there [/INST]": "Hi there",
    "<|im_start|>user\nHi<|im_end|>\n": "Hi",
    "What does ### Instruction: mean in a prompt?": "What does ### Instruction: mean in a prompt?",
    "Explain `[INST] x [/INST]` to me.": "Explain `[INST] x [/INST]` to me.",
}


@pytest.mark.parametrize("text", UNWRAPPED)
def test_template_is_taken_off_where_it_is_the_whole_prompt(text: str) -> None:
    made = Example((Turn("user", text), Turn("assistant", "### Response: Yes.")))
    result = repair.unwrap_template(made)
    assert isinstance(result, Example)
    assert [turn.text for turn in result.turns] == [UNWRAPPED[text], "Yes."]


LIFTED = {
    "<<SYS>>\nBe brief.\n<</SYS>>\n\nWho?": ("Be brief.", "Who?"),
    "System: Be brief.\n\nUser: Who?": ("Be brief.", "Who?"),
    "系统：简短。\n\n谁？": ("简短。", "谁？"),
    "System: what is that?": ("", "System: what is that?"),
    "Who?": ("", "Who?"),
}


@pytest.mark.parametrize("text", LIFTED)
def test_system_text_is_lifted_out_of_the_first_question(text: str) -> None:
    result = repair.lift_system(Example((Turn("user", text), Turn("assistant", "Me."))))
    assert isinstance(result, Example)
    assert (result.system, result.turns[0].text) == LIFTED[text]


def test_mojibake_is_undone_and_sound_text_stays() -> None:
    wrong = "中文和 café".encode().decode("latin-1")
    for text, right in {
        wrong: "中文和 café",
        "中文和 café": "中文和 café",
        "naïve façade": "naïve façade",
    }.items():
        result = repair.fix_mojibake(Example((Turn("user", "?"), Turn("assistant", text))))
        assert isinstance(result, Example)
        assert result.answer == right


# ---------------------------------------------------------------------------------------- by recipe


def test_recipe_names_its_repairs() -> None:
    write("good.jsonl", chat("u1 a1"), chat("u1 u2 a1"))
    recipe = Path("mine.yaml").read_text()
    Path("mine.yaml").write_text(recipe.replace("format: alpaca", "format: sharegpt"))
    assert "  rejected    1  turns out of order 1\n" in good("prepare mine.yaml")
    text = recipe.replace("format: alpaca", "format: sharegpt").replace(
        "  steps", "  repair: [merge_turns]\n  steps"
    )
    Path("mine.yaml").write_text(text)
    assert "  repaired: merge_turns 1\n" in good("prepare mine.yaml")
    assert "  changed by  merge_turns\n" in good("why data/mine 2")
    Path("mine.yaml").write_text(text.replace("merge_turns", "merge_turn"))
    assert refusal("prepare mine.yaml") == (
        "mine.yaml:3: /data/repair: no repair 'merge_turn'; did you mean 'merge_turns'?"
    )


def test_unknown_repair_is_refused() -> None:
    words = refusal("convert good.jsonl --repair merge -o out.jsonl")
    assert words.startswith(
        "Invalid value for '--repair': no repair 'merge'; did you mean 'merge_turns'?"
    )
