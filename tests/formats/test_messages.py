"""Lists of messages and conversations in one string: what cases cannot say one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import CASES

from dataprep import formats, schema
from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, heard, speakers
from dataprep.formats.reading.examine import examine
from dataprep.model import Example, Origin, Record, Turn
from dataprep.sources.raw import Raw
from dataprep.sources.source import Source

settings.register_profile("laws", deadline=None, derandomize=True)
settings.load_profile("laws")

OWN = [
    *(
        "sharegpt",
        "messages",
        "belle",
        "hermes",
        "firefly",
        "xtuner",
        "xlam",
        "script",
        "ultrachat",
        "glaive",
        "moss",
    ),
    *("oasst", "oasst-paths", "oasst-ranked"),
]


def told(record: Record, name: str | None = None) -> tuple[str, Example]:
    return examine(Raw(Origin("made.jsonl", 1), record), Source("made.jsonl", name))


# ----------------------------------------------------------------------------------------- speakers


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *[
            (name, "user")
            for name in ("human", "USER", " Prompter ", "client", "客户", "来访者", "问")
        ],
        *[
            (name, "assistant")
            for name in ("gpt", "Assistant", "chat gpt", "bing", "counselor", "客服", "助手", "答")
        ],
        *[
            (name, "observation")
            for name in ("observation", "tool", "Function Response", "tool-response", "ipython")
        ],
        *[(name, "function_call") for name in ("function_call", "function-call", "tool_calls")],
        *[(name, "system") for name in ("system", "developer", "系统")],
    ],
)
def test_speaker_is_known_by_every_name_whatever_its_case_and_spaces(name: str, role: str) -> None:
    assert speakers.speaker_of(name) == role


def test_no_name_stands_for_two_roles() -> None:
    names = [
        *speakers.USER,
        *speakers.ASSISTANT,
        *speakers.OBSERVATION,
        *speakers.CALL,
        *speakers.SYSTEM,
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["narrator", "", "speaker 1", None, 7, ["human"]])
def test_unknown_speaker_is_refused_never_guessed(name: Any) -> None:
    with pytest.raises(RecordError) as caught:
        speakers.speaker_of(name, "/conversations/0/from")
    assert (caught.value.reason, caught.value.pointer) == ("unknown role", "/conversations/0/from")


@pytest.mark.parametrize("field", conversation.LISTS)
@pytest.mark.parametrize("sender", heard.SENDERS)
@pytest.mark.parametrize("text", heard.TEXTS)
def test_messages_are_found_under_every_spelling_of_their_fields(
    field: str, sender: str, text: str
) -> None:
    name, example = told({field: [{sender: "user", text: "Hi"}, {sender: "bot", text: "Hello!"}]})
    assert name == ("messages" if sender == "role" else "sharegpt")
    assert example == Example((Turn("user", "Hi"), Turn("assistant", "Hello!")))


# ---------------------------------------------------------------------------------------- detection

HELLO = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]


@pytest.mark.parametrize(
    "record",
    [
        {"conversations": HELLO, "chosen": HELLO[1], "rejected": HELLO[1]},
        {"conversations": HELLO, "label": True},
        {"conversations": HELLO, "images": ["a.png"]},
        {"text": "Human: Hi\nAssistant: Hello!", "label": True},
        {"instruction": "Human: Hi\nAssistant: Hello!", "output": "Bye!"},
        {"text": "Q: How?\nA: So."},
        {"text": "Human: rights are old.\nThey began long ago."},
        {"text": "Note: this\nUser: none"},
        {"turns": ["Write a poem.", "Shorter."]},
        {"items": [{"sku": 7, "price": 3}]},
        {"content": "See <|im_start|>user\nHi"},
    ],
)
def test_what_belongs_to_other_formats_or_to_none_is_not_claimed(record: Record) -> None:
    assert [name for name in OWN if formats.FORMATS[name].claims(record)] == []


def test_label_that_names_a_topic_makes_no_labelled_answer() -> None:
    assert told({"conversations": HELLO, "label": "greetings"})[0] == "sharegpt"


_keys = st.sampled_from(
    [
        *(
            "conversations",
            "messages",
            "chat",
            "conversation",
            "system",
            "tools",
            "text",
            "prompt",
            "replies",
            "role",
        ),
        *(
            "from",
            "value",
            "content",
            "tool_calls",
            "function",
            "name",
            "arguments",
            "human",
            "assistant",
            "input",
        ),
        *(
            "output",
            "query",
            "answers",
            "sample",
            "turn_1",
            "Human",
            "MOSS",
            "plain_text",
            "rank",
            "type",
            "image_url",
        ),
        *(
            "reasoning_content",
            "meta_instruction",
            "instruction",
            "function_call",
            "parameters",
            "deleted",
        ),
    ]
)
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.floats(0, 1)
    | st.sampled_from(
        [
            *(
                "",
                "user",
                "human",
                "gpt",
                "assistant",
                "tool",
                "system",
                "function_call",
                "text",
                "image_url",
            ),
            *(
                "SYSTEM: x",
                "USER: a ASSISTANT: b",
                "<tools>[]</tools>",
                "<tool_call>{}</tool_call>",
                "[]",
                "{}",
                "{'a'",
            ),
            *(
                "Human: a\nAssistant: b",
                "[INST] a [/INST] b",
                "[Human]: a<eoh> [MOSS]: b<eoa>",
                "<|im_start|>user\na",
            ),
        ]
    )
)
_values = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4)
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value inside of this one."""
    for key, inner in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    ):
        yield (*path, key)
        yield from places(inner, (*path, key))


def mutants(record: Record) -> Iterator[Record]:
    """Yield the record with each of its values in turn taken out, or another in its place."""
    for *path, last in places(record):
        for value in (
            None,
            7,
            -0.5,
            True,
            "",
            "x",
            [],
            {},
            [None],
            ["x"],
            [[]],
            {"x": 1},
            "Human: a\nAssistant: b",
        ):
            mutant = deepcopy(record)
            reduce(getitem, path, mutant)[last] = value  # type: ignore[index]
            yield mutant
        mutant = deepcopy(record)
        del reduce(getitem, path, mutant)[last]  # type: ignore[attr-defined]
        yield mutant


@pytest.mark.parametrize("name", formats.FORMATS)
def test_record_with_any_one_value_wrong_is_read_or_refused(name: str) -> None:
    cases = [
        yaml.safe_load(path.read_text("utf-8"))["record"]
        for path in sorted(CASES.glob(f"{name}/*.yaml"))
    ]
    whole = [*schema.load(name)["examples"], *cases]
    for mutant in (mutant for record in whole for mutant in mutants(record)):
        assert len([name for name, form in formats.FORMATS.items() if form.claims(mutant)]) <= 1
        with suppress(RecordError):
            told(mutant, name)


@settings(max_examples=300)
@given(record=st.dictionaries(_keys, _values, max_size=4))
def test_whatever_a_record_holds_is_read_or_refused(record: Record) -> None:
    assert len([name for name, form in formats.FORMATS.items() if form.claims(record)]) <= 1
    for name in formats.FORMATS:
        with suppress(RecordError):
            told(record, name)


# -------------------------------------------------------------------------------------------- trees


def node(role: str, text: str, *replies: Record, **more: Any) -> Record:
    return {"role": role, "text": text, "replies": list(replies), **more}


TREE: Record = {
    "prompt": node(
        "prompter",
        "Hi",
        node("assistant", "Hm?", rank=1),
        node(
            "assistant",
            "Hello!",
            node(
                "prompter",
                "Bye",
                node("assistant", "Bye!", rank=0),
                node("assistant", "Go.", rank=1),
            ),
            node("prompter", "And?"),
            rank=0,
        ),
        node("assistant", "Spam", rank=2, deleted=True),
        node("assistant", "Yo", rank=1),
    )
}


def unfolded(name: str, record: Record) -> list[Example]:
    return [told(part, name)[1] for part in formats.UNFOLDING[name].unfold(record)]


def texts(example: Example) -> list[str]:
    return [turn.text for turn in example.turns]


def test_tree_gives_the_path_of_the_best_ranked_replies() -> None:
    assert texts(told(TREE)[1]) == ["Hi", "Hello!", "Bye", "Bye!"]


def test_tree_gives_each_path_to_an_answer_once() -> None:
    found = [texts(example) for example in unfolded("oasst-paths", TREE)]
    assert found == [
        ["Hi", "Hello!", "Bye", "Bye!"],
        ["Hi", "Hello!", "Bye", "Go."],
        ["Hi", "Hm?"],
        ["Hi", "Yo"],
    ]


def test_tree_gives_each_answer_against_the_next_worse_one_where_ranks_differ() -> None:
    found = [
        (*texts(example), example.rejected.text)
        for example in unfolded("oasst-ranked", TREE)
        if example.rejected
    ]
    assert found == [("Hi", "Hello!", "Hm?"), ("Hi", "Hello!", "Bye", "Bye!", "Go.")]


@pytest.mark.parametrize("name", ["oasst-paths", "oasst-ranked"])
def test_tree_that_gives_nothing_is_one_reject(name: str) -> None:
    (part,) = formats.UNFOLDING[name].unfold({"prompt": node("prompter", "Hi")})
    with pytest.raises(RecordError):
        told(part, name)


@pytest.mark.parametrize("name", ["oasst-paths", "oasst-ranked"])
def test_tree_with_any_one_value_wrong_unfolds_into_records_that_are_read_or_refused(
    name: str,
) -> None:
    for mutant in mutants(TREE):
        parts = list(formats.UNFOLDING[name].unfold(mutant))
        assert parts
        for part in parts:
            with suppress(RecordError):
                told(part, name)
