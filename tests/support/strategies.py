"""Generated examples: texts that tempt every rule, in every order of turns that can be trained."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dataprep import formats, steps
from dataprep.model import MEDIA, Drop, Example, Turn

PIECES = [
    *(
        "你好",
        "，",
        "　",
        "hi ",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "Human:",
        "Assistant:",
        "\nHuman:",
        "\nAssistant:",
    ),
    *(
        "`",
        "```",
        "````",
        "~~~",
        "<b>",
        "</b>",
        "<p\nclass='a'>",
        "</p>",
        "<br>",
        " < ",
        "<ｂ>",
        "<b title='html'>",
    ),
    *(
        "&amp;",
        "&ａmp;",
        "amp;",
        "&lt;",
        "&#96;",
        "&#8203;",
        "&#65313;",
        "&params;",
        "html",
        "ＨＴＭＬ",
        "Ａ１",
        "！",
    ),
    *(
        "\ufeff",
        "\u200b",
        "\0",
        "</think>",
        '{"a": 1}',
        "\u200d",
        "\xad",
        "\u202e",
        "\x1b[0m",
        "\u0301",
        "\x80\x94",
        "👍",
    ),
    *(
        "As an AI model, ",
        "作为一个AI助手，",
        "I ",
        "我",
        "word[1]",
        "[2]",
        ".",
        "扫码",
        "ﬁ",
        "½",
        "ｶﾞ",
        "Ⅳ",
        "か",
        "é",
    ),
    *(
        "头发",
        "頭髮",
        "显著",
        "隨著",
        "皇后",
        "裡面",
        "干杯",
        "Ã",
        "©",
        "â\x80\x99",
        "ãƒ",
        "\u2028",
        "　\n",
    ),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=10).map("".join)
prose = texts.filter(str.strip)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_calls = st.builds(lambda city: _json({"name": "weather", "arguments": {"city": city}}), texts)
_tools = st.builds(
    lambda words: _json([{"name": "f", "description": words, "parameters": {"properties": {}}}]),
    texts,
)


def examples(
    places: frozenset[str] = frozenset({"rounds", "system", "tools"}),
) -> SearchStrategy[Example]:
    """Make examples that need no place but these, beyond one question and one answer.

    Those for a pair, a label or media have them, and those for a text are one; the other places may
    stay empty.
    """
    if "text" in places:
        return st.builds(lambda text: Example(text=text), prose)
    made = st.builds(
        Example,
        _turns(places),
        st.just("") | texts if "system" in places else st.just(""),
        st.just("") | _tools if "tools" in places else st.just(""),
    )
    if "rejected" in places:
        pairs = st.tuples(made, _answers(places)).filter(lambda pair: pair[1] != pair[0].turns[-1])
        made = pairs.map(lambda pair: replace(pair[0], rejected=pair[1]))
    if "label" in places:
        made = st.builds(replace, made, label=st.booleans())
    for kind in places & set(MEDIA):
        made = st.builds(
            _with_media, made, st.just(kind), st.lists(texts.filter(bool), min_size=1, max_size=2)
        )
    return made


def _turns(places: frozenset[str]) -> SearchStrategy[tuple[Turn, ...]]:
    asks = st.builds(Turn, st.just("user"), prose)
    if "tools" in places:
        asks |= st.builds(Turn, st.just("observation"), texts)
    pairs = st.lists(
        st.tuples(asks, _answers(places)), min_size=1, max_size=3 if "rounds" in places else 1
    )
    return pairs.map(lambda pairs: tuple(turn for pair in pairs for turn in pair))


def _answers(places: frozenset[str]) -> SearchStrategy[Turn]:
    answers = st.builds(Turn, st.just("assistant"), prose)
    return (
        answers | st.builds(Turn, st.just("function_call"), _calls)
        if "tools" in places
        else answers
    )


def _with_media(made: Example, kind: str, paths: list[str]) -> Example:
    ask, *others = made.turns
    signs = f"<{kind.removesuffix('s')}>" * len(paths)
    parts: dict[str, Any] = {kind: tuple(paths)}
    return replace(made, turns=(Turn(ask.role, signs + ask.text), *others), **parts)


anything = st.one_of(*(examples(form.HOLDS) for form in formats.WRITTEN.values()))
"""Examples of every kind that a format can hold."""


def cleaned(example: Example | Drop, **options: Any) -> Example | Drop:
    """Return what the step `clean` makes of an example."""
    if isinstance(example, Drop):
        return example
    made: Example | Drop = steps.build("clean", options)(example)
    return made
