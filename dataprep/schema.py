"""Find and compile `schemas/NAME.schema.json`, and say what a value has against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jsonschema_rs

from dataprep.errors import DataprepError, did_you_mean, nearest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_HERE = Path(__file__).parent
FOLDERS = (_HERE / "schemas", _HERE.parent / "schemas")  # in the wheel; in a checkout


class Problem(NamedTuple):
    """One fault of a value: the JSON pointer of its place (RFC 6901), and what was found and expected there."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}" if self.pointer else self.message


@cache
def load(name: str) -> dict[str, Any]:
    """Return the schema of that name; raises `DataprepError` where there is none."""
    for folder in FOLDERS:
        path = folder / f"{name}.schema.json"
        if path.is_file():
            schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return schema
    raise DataprepError(f"no schema '{name}'")


@cache
def _judge(name: str) -> jsonschema_rs.Draft202012Validator:
    """Return what says quickly whether a value is well."""
    return jsonschema_rs.Draft202012Validator(load(name))


@cache
def _explainer(name: str) -> Draft202012Validator:
    """Return what says, a hundred times slower, what is wrong with one that is not."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(load(name))


def is_valid(name: str, value: Any) -> bool:
    """Tell whether a value has nothing against the schema of that name."""
    try:
        return _judge(name).is_valid(value)
    except ValueError:  # a value that JSON does not know, as a date in YAML
        return False


def problems(name: str, value: Any) -> Iterator[Problem]:
    """Yield what `value` has against the schema of that name, in the order of the value's own places."""
    if not is_valid(name, value):
        yield from problems_with(_explainer(name), value)


def problems_with(validator: Draft202012Validator, value: Any) -> Iterator[Problem]:
    """Yield what `value` has against a compiled schema."""
    for error in sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path]):
        yield from _explain(error)


def _explain(error: ValidationError) -> Iterator[Problem]:
    pointer = "".join(f"/{_escape(step)}" for step in error.absolute_path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        for extra in _extra(error):
            yield Problem(f"{pointer}/{_escape(extra)}", f"no such key{did_you_mean(extra, _known(error))}")
    elif error.validator == "required":
        missing = _missing(error)
        if missing and error.message.startswith(repr(missing[0])):  # the library tells each key in an error of its own
            yield Problem(pointer, f"lacks {' and '.join(map(repr, missing))}")
    else:
        yield Problem(pointer, _sentence(error))


def _known(error: ValidationError) -> dict[str, Any]:
    return cast(dict[str, Any], cast(dict[str, Any], error.schema).get("properties", {}))


def _extra(error: ValidationError) -> list[str]:
    return sorted(cast(dict[str, Any], error.instance).keys() - _known(error).keys())


def _missing(error: ValidationError) -> list[str]:
    """Return the keys that are not there, without those that stand there misspelt, for that is told by itself."""
    given, schema = cast(dict[str, Any], error.instance), cast(dict[str, Any], error.schema)
    closed = schema.get("additionalProperties") is False
    misspelt = {nearest(extra, _known(error)) for extra in _extra(error)} if closed else set()
    return [key for key in cast(list[str], error.validator_value) if key not in given and key not in misspelt]


def _sentence(error: ValidationError) -> str:
    """Return the fault as found and expected; the library's own words where ours would say no more."""
    found: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "type":
        return f"is {_name(found)}, expected {_words([wanted] if isinstance(wanted, str) else wanted)}"
    if error.validator == "enum":
        return f"is {_name(found)}, expected {_words(json.dumps(value) for value in wanted)}"
    if error.validator == "minItems":
        return f"has {len(found)} items, expected {wanted} or more"
    if error.validator == "not":
        return str(wanted.get("title") or cast(dict[str, Any], error.schema)["title"])
    return error.message


def _words(names: Iterable[str]) -> str:
    return " or ".join(names)


def _escape(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _name(value: Any) -> str:
    """Return a short name for a JSON value: itself where it is small, else its kind."""
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return repr(value) if len(value) <= 30 else "a string"
    return "an array" if isinstance(value, list) else "an object"
