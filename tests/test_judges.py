"""The fast judge of schemas and the one that explains never differ."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dataprep import schema

NAMES = sorted(path.name.removesuffix(".schema.json") for path in Path(__file__).parents[1].glob("schemas/*.json"))
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, -0.0])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=5) | st.sampled_from(["human", "gpt", "qwen", "sft"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container in a value with every key that something stands at."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pair for key, child in inner for pair in [(value, key), *places(child)]]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_both_judges_agree_on_every_value(name: str, data: st.DataObject) -> None:
    examples = schema.load(name).get("examples", [{}])
    value = deepcopy(data.draw(st.sampled_from(examples)))
    for _ in range(data.draw(st.integers(0, 3))):
        found = places(value)
        if data.draw(st.booleans()) and found:
            container, key = data.draw(st.sampled_from(found))
            container[key] = data.draw(values)
        elif isinstance(value, dict):
            known = [*sorted(schema.load(name).get("properties", {})), "other"]
            value[data.draw(st.sampled_from(known))] = data.draw(values)
    slow = Draft202012Validator(schema.load(name))
    assert schema.is_valid(name, value) == slow.is_valid(value)


def test_value_that_json_does_not_know_is_explained(tmp_path: Path) -> None:
    assert list(schema.problems("recipe", {"data": {1, 2}}))
