"""Made-up examples: texts that tempt every rule, in every order of turns that LLaMA-Factory trains."""

from __future__ import annotations

import json

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dataprep import steps
from dataprep.model import Drop, Example, Turn

PIECES = [
    *("你好", "，", "　", "hi ", " ", "\n", "\r\n", "\r", "\t", "Human:", "Assistant:", "\nHuman:", "\nAssistant:"),
    *("`", "```", "````", "~~~", "<b>", "</b>", "<p\nclass='a'>", "</p>", "<br>", " < ", "<ｂ>", "<b title='html'>"),
    *("&amp;", "&ａmp;", "amp;", "&lt;", "&#96;", "&#8203;", "&#65313;", "&params;", "html", "ＨＴＭＬ", "Ａ１", "！"),
    *("\ufeff", "\u200b", "\0", "</think>", '{"a": 1}'),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=10).map("".join)
prose = texts.filter(str.strip)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_calls = st.builds(lambda city: _json({"name": "weather", "arguments": {"city": city}}), texts)
_tools = st.builds(lambda words: _json([{"name": "f", "description": words, "parameters": {"properties": {}}}]), texts)


def examples(places: frozenset[str] = frozenset({"rounds", "system", "tools"})) -> SearchStrategy[Example]:
    """Make examples that need no place but these, beyond one question and one answer."""
    asks = st.builds(Turn, st.just("user"), prose)
    answers = st.builds(Turn, st.just("assistant"), prose)
    if "tools" in places:
        asks |= st.builds(Turn, st.just("observation"), texts)
        answers |= st.builds(Turn, st.just("function_call"), _calls)
    pairs = st.lists(st.tuples(asks, answers), min_size=1, max_size=3 if "rounds" in places else 1)
    return st.builds(
        Example,
        pairs.map(lambda pairs: tuple(turn for pair in pairs for turn in pair)),
        st.just("") | texts if "system" in places else st.just(""),
        st.just("") | _tools if "tools" in places else st.just(""),
    )


def cleaned(example: Example | Drop, **options: bool) -> Example | Drop:
    """Return what the step `clean` makes of an example."""
    for judge in steps.build("clean", options).values():
        example = judge(example) if isinstance(example, Example) else example
    return example
