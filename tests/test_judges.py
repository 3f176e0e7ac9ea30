"""The fast judge of schemas and the one that explains never differ."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from paths import ROOT
from referencing import Registry, Resource

from dataprep import schema

FILES = sorted(ROOT.glob("schemas/*.json"))
NAMES = [path.name.removesuffix(".schema.json") for path in FILES]
REGISTRY: Any = Registry().with_resources(
    [
        (path.name, Resource.from_contents(json.loads(path.read_text(encoding="utf-8"))))
        for path in FILES
    ]
)
numbers = (
    st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1.0, -0.0])
)
scalars = (
    st.none()
    | st.booleans()
    | numbers
    | st.text(max_size=5)
    | st.sampled_from(["human", "gpt", "qwen", "sft"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container in a value with every key that something stands at."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
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
    slow = Draft202012Validator(schema.load(name), registry=REGISTRY)
    assert schema.is_valid(name, value) == slow.is_valid(value)


# ----------------------------------------------------------------------------------- users' schemas

KEYS = st.sampled_from(["a", "b", "instruction", "~/"])
PATTERNS = st.sampled_from(
    ["^a", "b$", r"^\d+$", r"\w\s", r"^\W*$", "[^a-c]", "(?=a)a", r"^\p{Han}+$", "é|你"]
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
some = st.integers(0, 3)
small = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, -0.0, "", "a", "ab", "你", "a\n", "٣", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return schemas whose keywords may hold others of these schemas."""
    named = st.dictionaries(KEYS, inner, max_size=2)
    listed = st.lists(inner, min_size=1, max_size=2)
    bounds = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]
    limits = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
    one: list[st.SearchStrategy[Any]] = [
        st.fixed_dictionaries(
            {"type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True)}
        ),
        st.fixed_dictionaries({"enum": st.lists(small, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"const": small}),
        *(st.fixed_dictionaries({name: some}) for name in bounds),
        *(st.fixed_dictionaries({name: st.integers(-2, 2)}) for name in limits),
        st.fixed_dictionaries({"multipleOf": st.integers(1, 3)}),
        st.fixed_dictionaries({"pattern": PATTERNS}),
        st.fixed_dictionaries({"uniqueItems": st.booleans()}),
        st.fixed_dictionaries({"required": st.lists(KEYS, max_size=2, unique=True)}),
        st.fixed_dictionaries({"properties": named}, optional={"additionalProperties": inner}),
        st.fixed_dictionaries(
            {"patternProperties": named}, optional={"unevaluatedProperties": st.just(False)}
        ),
        *(
            st.fixed_dictionaries({name: inner})
            for name in ("items", "contains", "propertyNames", "not")
        ),
        st.fixed_dictionaries({"prefixItems": listed}, optional={"items": inner}),
        *(st.fixed_dictionaries({name: listed}) for name in ("allOf", "anyOf", "oneOf")),
        st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner}),
        st.fixed_dictionaries({"dependentSchemas": named}),
        st.just({"$ref": "#/$defs/a"}),
    ]
    return st.lists(st.one_of(one), min_size=1, max_size=3).map(
        lambda parts: {k: v for part in parts for k, v in part.items()}
    )


own_schemas = st.recursive(st.booleans() | st.just({}), keywords, max_leaves=6)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(own_schemas, own_schemas, st.lists(small, min_size=1, max_size=5))
def test_both_judges_agree_on_every_value_by_a_users_schema(
    outer: Any, inner: Any, values: list[Any]
) -> None:
    judge = schema.Judge({"allOf": [outer], "$defs": {"a": {"anyOf": [inner, {"type": "string"}]}}})
    for value in values:
        try:
            verdict = judge.slow.is_valid(value)
        except RecursionError:  # a schema that leads back to itself without end
            return
        assert judge.is_valid(value) == verdict
        assert bool(list(judge.problems(value))) != verdict


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_both_judges_keep_to_the_draft_that_a_schema_names(draft: str) -> None:
    judge = schema.Judge(
        {"$schema": f"http://json-schema.org/{draft}/schema#", "items": [{"type": "string"}]}
    )
    assert [judge.is_valid(value) for value in (["a", 1], [1])] == [True, False]
    assert [judge.slow.is_valid(value) for value in (["a", 1], [1])] == [True, False]


def test_format_is_judged_by_neither() -> None:
    for draft in (
        "https://json-schema.org/draft/2020-12/schema",
        "http://json-schema.org/draft-07/schema#",
    ):
        judge = schema.Judge({"$schema": draft, "format": "date"})
        assert judge.is_valid("no date")
        assert judge.slow.is_valid("no date")


def test_value_that_json_does_not_know_is_explained(tmp_path: Path) -> None:
    assert list(schema.problems("recipe", {"data": {1, 2}}))
