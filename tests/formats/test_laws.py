"""What must hold for every example, on made-up ones."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import orjson
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import anything, cleaned, examples, texts

from dataprep import formats, schema, steps
from dataprep.errors import RecordError
from dataprep.formats.parsing.transcript import is_transcript
from dataprep.formats.reading.examine import examine
from dataprep.llamafactory.rows import kto_batches
from dataprep.model import MEDIA, Drop, Example, Origin, Record, Turn
from dataprep.sources import json_lines
from dataprep.sources.raw import Raw
from dataprep.sources.source import Source
from dataprep.steps.base import Corpus
from dataprep.text.similarity.fingerprint import fingerprint

settings.register_profile(
    "laws", deadline=None, derandomize=True
)  # a change makes a test fail, never chance
settings.load_profile("laws")

PLACES = {name: form.HOLDS for name, form in formats.WRITTEN.items()}
each_format = pytest.mark.parametrize("name", PLACES)


def one_round(prompt: str, answer: str, system: str = "") -> Example:
    return Example((Turn("user", prompt), Turn("assistant", answer)), system)


# ------------------------------------------------------------------------------------------ formats


def needs(made: Example) -> set[str]:
    """Return what an example needs beyond one question and one answer, told from its parts."""
    roles = {turn.role for turn in made.turns}
    return {
        *(["rounds"] if len(made.turns) > 2 else []),
        *(["system"] if made.system else []),
        *(["tools"] if made.tools or roles & {"observation", "function_call"} else []),
        *(["label"] if made.label is not None else []),
        *(
            place
            for place in ("rejected", "images", "videos", "audios", "text")
            if getattr(made, place)
        ),
    }


def confuses(name: str, made: Example) -> bool:
    """Tell whether a format that spells speakers in its text, or is told by them, would misread
    this one.
    """
    if name == "belle-multiturn":
        return any(re.search("\n(Human|Assistant):", turn.text) for turn in made.turns[:-1])
    if name == "text":
        return is_transcript(made.text)
    return name in ("alpaca", "alpaca-preference", "belle-flat") and bool(
        re.fullmatch(r"Human:.*\nAssistant:\s*", made.turns[0].text, re.DOTALL)
    )


def row(name: str, made: Example) -> Record:
    """Return the record that a format writes, as it stands in a file."""
    record: Record = orjson.loads(json_lines.to_line(formats.write(name, made)))
    return record


@each_format
@settings(max_examples=60)  # for each of many formats
@given(data=st.data())
def test_what_is_written_reads_the_same_by_its_name_and_by_its_looks(
    name: str, data: st.DataObject
) -> None:
    made = data.draw(examples(PLACES[name]))
    assume(not confuses(name, made))
    record = row(name, made)
    assert formats.FORMATS[name].read(record) == made
    assert list(schema.problems(name, record)) == []
    assert examine(Raw(Origin("made.jsonl", 1), record), Source("made.jsonl"))[1] == made


@given(made=anything)
def test_what_a_format_has_no_place_for_is_refused_by_name(made: Example) -> None:
    for name, places in PLACES.items():
        if lacking := sorted(needs(made) - places):
            with pytest.raises(
                RecordError, match=f"{name} has no place for {', '.join(lacking)}"
            ) as caught:
                formats.write(name, made)
            assert caught.value.reason == "format cannot hold it"


@pytest.mark.parametrize(
    "name", sorted(name for name in PLACES if PLACES[name] & {"rejected", "label", "text", *MEDIA})
)
def test_format_of_pairs_labels_media_or_documents_refuses_what_has_none(name: str) -> None:
    with pytest.raises(RecordError) as caught:
        formats.write(name, one_round("你好", "你好！"))
    assert caught.value.reason == "format cannot hold it"


@pytest.mark.parametrize("name", ["alpaca", "belle-flat", "belle-multiturn"])
@given(middle=texts)
def test_prompt_that_would_be_taken_for_a_conversation_is_refused(name: str, middle: str) -> None:
    with pytest.raises(RecordError) as caught:
        formats.write(name, one_round(f"Human:{middle}\nAssistant:", "好的。"))
    assert caught.value.reason == "format cannot hold it"


# ---------------------------------------------------------------------------------------- the model

ROLES = ["user", "observation", "assistant", "function_call", "system"]
CALL = '{"name": "f", "arguments": {}}'  # a text that every role may have


def accepted(roles: tuple[str, ...]) -> bool:
    try:
        Example(tuple(Turn(role, CALL) for role in roles))  # type: ignore[arg-type]
    except RecordError as error:
        return error.reason != "turns out of order"
    return True


def test_example_takes_asking_and_answering_turns_in_strict_alternation() -> None:
    asks, answers = ["user", "observation"], ["assistant", "function_call"]
    every = {roles for size in range(5) for roles in product(ROLES, repeat=size)}
    right = {*product(asks, answers), *product(asks, answers, asks, answers)}
    assert {roles for roles in every if accepted(roles)} == right


# -------------------------------------------------------------------------------------------- clean


SWITCHES = ["html", "full_width", "control", "space", "mojibake", "openings", "citations"]
CLEANING = st.builds(
    dict.__or__,
    st.dictionaries(st.sampled_from(SWITCHES), st.booleans()),
    st.fixed_dictionaries(
        {},
        optional={
            "unicode": st.sampled_from(["nfc", "nfkc"]),
            "zh": st.sampled_from(["keep", "simplified", "traditional"]),
            "boilerplate": st.lists(
                st.sampled_from(["hi*", "*扫码*", "/你+/", "/^b/"]), max_size=2
            ),
        },
    ),
)


@settings(max_examples=200)
@given(made=examples(), options=CLEANING)
@example(made=one_round("a&#8203;b", "&#65313; &#96;"), options={})
@example(made=one_round("&#96; `<b>x</b>`", "`x <p\nclass='a'> y` z `<b>`"), options={})
@example(made=one_round("&ａmp; <ｂ title='html'>", "`<b>\r`"), options={})
def test_cleaning_twice_is_cleaning_once(made: Example, options: dict[str, Any]) -> None:
    once = cleaned(made, **options)
    assert cleaned(once, **options) == once


_code = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"]), max_size=5)
_codes = st.lists(_code | st.sampled_from(["<b>", "&amp;", "Ａ", "\n", "`", "  "]), max_size=8).map(
    "".join
)


@pytest.mark.parametrize("fence", ["```", "````"])
@given(before=texts, code=_codes, after=texts)
def test_cleaning_never_changes_fenced_code(fence: str, before: str, code: str, after: str) -> None:
    assume("```" not in before and "```" not in code)
    block = f"{fence}py\n{code}\n{fence}"
    result = cleaned(one_round("改一下这段代码。", f"{before}\n{block}\n{after}"))
    assert isinstance(result, Example)
    assert block in result.answer


@given(made=examples(), system=texts)
def test_cleaning_keeps_tools_calls_and_the_order_of_turns(made: Example, system: str) -> None:
    result = cleaned(made)
    assume(not isinstance(result, Drop))
    assert [turn.role for turn in result.turns] == [turn.role for turn in made.turns]
    traffic = [
        (turn, new)
        for turn, new in zip(made.turns, result.turns, strict=True)
        if turn.role in ROLES[1::2]
    ]
    assert all(turn == new for turn, new in traffic)
    assert result.tools == made.tools


# ------------------------------------------------------------------------------------------- dedupe

_few = st.builds(
    one_round,
    st.sampled_from(["你好", " 你好\n", "hi  you", "hi you"]),
    st.sampled_from(["a", "a ", "b"]),
)


def same(made: Example, by: str) -> tuple[list[str], ...]:
    """Return what dedupe compares: the words, for runs of white space count as one space."""
    prompt, answer = (turn.text.split() for turn in made.turns)
    return {"prompt": (prompt,), "answer": (answer,), "both": (prompt, answer)}[by]


@pytest.mark.parametrize("by", ["prompt", "answer", "both"])
@given(made=st.lists(_few, max_size=8))
def test_first_of_the_same_is_kept_and_the_others_repeat_it(by: str, made: list[Example]) -> None:
    keys = [same(one, by) for one in made]
    gone = steps.build("dedupe", {"by": by})(
        Corpus([fingerprint(one) for one in made]), range(len(made))
    )
    originals = [gone[number].repeats if number in gone else number for number in range(len(made))]
    assert originals == [keys.index(key) for key in keys]


@given(made=st.lists(examples(), min_size=2, max_size=2))
def test_different_examples_are_not_the_same(made: list[Example]) -> None:
    words = [
        [
            one.system.split(),
            one.tools.split(),
            [(turn.role, turn.text.split()) for turn in one.turns],
        ]
        for one in made
    ]
    prints = [fingerprint(one)[:2] for one in made]
    assert (prints[0] == prints[1]) == (words[0] == words[1])


SPACED = st.text(st.sampled_from([*map(chr, range(33)), *"ab\x7f\x85\xa0\u3000中"]), min_size=1)


@given(SPACED, SPACED)
def test_only_the_words_of_an_answer_are_told_apart(one: str, other: str) -> None:
    assume(one.strip() and other.strip())
    prints = [
        fingerprint(one_round("Hi?", text)).answer for text in (one, other, " ".join(one.split()))
    ]
    assert (prints[0] == prints[1]) == (one.split() == other.split())
    assert prints[0] == prints[2]


# ------------------------------------------------------------------------------------------ batches


@given(
    st.lists(st.integers(2, 5000), min_size=1, max_size=2), st.integers(1, 8), st.integers(2, 1000)
)
def test_no_row_is_alone_in_batches_of_a_fitting_size(
    rows: list[int], workers: int, most: int
) -> None:
    size = kto_batches.fitting(rows, {"preprocessing_num_workers": workers}, most)
    runs = [
        count // workers + (worker < count % workers) for count in rows for worker in range(workers)
    ]
    lasts = {run % size for run in runs if run > 1}
    assert 1 not in lasts or all(
        1 in {run % smaller for run in runs if run > 1} for smaller in range(2, most + 1)
    )
