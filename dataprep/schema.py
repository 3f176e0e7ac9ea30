"""Find and compile `schemas/NAME.schema.json`, or a user's own schema, and say what a value has
against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs

from dataprep.errors import DataprepError, Fault, did_you_mean, nearest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError
    from referencing import Resource

_HERE = Path(__file__).parent
FOLDERS = (_HERE / "schemas", _HERE.parent / "schemas")  # in the wheel; in a checkout
_SUFFIX = ".schema.json"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE = "unknown-key", "missing-key", "wrong-type"
_CLOSED = "additionalProperties"
_CODES = {
    _CLOSED: UNKNOWN_KEY,
    "required": MISSING_KEY,
    "type": WRONG_TYPE,
    "enum": "unknown-value",
    "const": "unknown-value",
    "pattern": "wrong-pattern",
    "propertyNames": "wrong-key-name",
    "anyOf": "no-choice-fits",
    "oneOf": "no-choice-fits",
    "not": "not-allowed",
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), "out-of-bounds"),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), "out-of-bounds"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), "wrong-size"),
    **dict.fromkeys(("minProperties", "maxProperties"), "wrong-size"),
}
"""The codes of faults by the keyword of JSON Schema that fails."""
_OTHER = "schema-mismatch"
"""The code of any other keyword."""
BAD_SCHEMA = "bad-schema"
"""The code of a schema that cannot be used."""


@cache
def load(name: str) -> dict[str, Any]:
    """Return the schema of that name; raises `DataprepError` where there is none."""
    for folder in FOLDERS:
        path = folder / f"{name}{_SUFFIX}"
        if path.is_file():
            schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return schema
    raise DataprepError(f"no schema '{name}'")


def is_valid(name: str, value: Any) -> bool:
    """Tell whether the quick judge has nothing against a value by the schema of that name.

    Where it has, `problems` may still have nothing: that one's word is the last.
    """
    return _judge(name).is_valid(value)


def problems(name: str, value: Any) -> Iterator[Fault]:
    """Yield what `value` has against the schema of that name, in the order of the value's own
    places.
    """
    return _judge(name).problems(value)


def own(path: str) -> str:
    """Return the text of a user's own schema, of JSON Schema draft 2020-12 or the one that its
    `$schema` names.

    It may refer to places in itself, and to our schemas by their names (`alpaca.schema.json`).
    `format` is not judged, as the draft has it. Raises `DataprepError` with the place of what is
    wrong in it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        schema = json.loads(text)
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except ValueError as error:
        raise DataprepError(f"{path}: is no JSON Schema, for it is not JSON ({error})") from None
    if faults := [fault.at(path) for fault in _problems_of_schema(schema)]:
        raise DataprepError(*faults)
    return text


def own_problems(text: str, value: Any) -> Iterator[Fault]:
    """Yield what `value` has against a schema that `own` returned."""
    return _own_judge(text).problems(value)


# ------------------------------------------------------------------------------------------- judges


class Judge:
    """A compiled schema. A quick judge says that a value is well; the last word and the words are a
    slower one's.
    """

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.quick = jsonschema_rs.validator_for(schema, validate_formats=False, retriever=_ours)

    @cached_property
    def slow(self) -> Draft202012Validator:
        """Return the judge that explains; it takes thirty times as long."""
        return _explainer(self.schema)

    def is_valid(self, value: Any) -> bool:
        """Tell whether the quick judge has nothing against a value."""
        try:
            return self.quick.is_valid(value)
        except ValueError:  # a value that JSON does not know, as a date in YAML
            return False

    def problems(self, value: Any) -> Iterator[Fault]:
        """Yield what a value has against the schema, in the order of the value's own places."""
        if not self.is_valid(value):
            try:
                yield from _told(self.slow.iter_errors(value))
            except (
                re.error,
                RecursionError,
            ):  # an expression that `re` does not know, or a schema without end
                for error in self.quick.iter_errors(value):
                    yield Fault(_OTHER, _cut(error.message), pointer=_pointer(error.instance_path))


@cache
def _judge(name: str) -> Judge:
    return Judge(load(name))


@cache
def _own_judge(text: str) -> Judge:
    return Judge(json.loads(text))


def _explainer(schema: Any) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend, validator_for
    from referencing import Registry

    draft = cast(Any, extend)(
        validator_for(schema, default=Draft202012Validator), {"pattern": _match}
    )
    registry: Registry[Any] = Registry(retrieve=_resource)  # type: ignore[call-arg]
    return cast("Draft202012Validator", draft(schema, registry=registry))


def _match(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    """Match as the quick judge does, by the expressions of JavaScript, so that the two never
    differ.
    """
    from jsonschema import ValidationError

    if isinstance(value, str) and not _matcher(pattern).is_valid(value):
        yield ValidationError("does not match")


@cache
def _matcher(pattern: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def _ours(uri: str) -> dict[str, Any]:
    """Return one of our schemas by the name that another refers to; nothing is ever fetched."""
    return load(uri.removeprefix("json-schema:///").removesuffix(_SUFFIX))


def _resource(uri: str) -> Resource[Any]:
    from referencing import Resource

    return Resource.from_contents(_ours(uri))


def _problems_of_schema(schema: Any) -> Iterator[Fault]:
    """Yield what is wrong with a schema itself."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    if not isinstance(schema, (dict, bool)):
        yield Fault(BAD_SCHEMA, f"is {_name(schema)}", "object or boolean")
        return
    draft = validator_for(schema, default=Draft202012Validator)
    faults = list(_told(draft(draft.META_SCHEMA).iter_errors(schema)))
    yield from faults
    if not faults:
        try:
            Judge(schema)
        except ValueError as error:
            yield _uncompiled(error)


def _uncompiled(error: Any) -> Fault:
    """Return why a schema that is one cannot be used: an expression that is none, or a reference
    that leads nowhere.
    """
    if error.instance_path:
        found = error.instance if isinstance(error.instance, str) else error.instance_path[-1]
        pointer = _pointer(error.instance_path)
        return Fault(BAD_SCHEMA, f"is {_name(found)}", "a regular expression", pointer=pointer)
    if error.message.startswith("Unknown meta-schema"):  # the library has no other sign of it
        known = f'write "{_DRAFT}", or take it out'
        return Fault(BAD_SCHEMA, "is no draft that is known", fix=known, pointer="/$schema")
    what = error.message.partition(" and retrieving")[0].partition(". ")[0]
    may = "it may refer to places in itself and to our schemas (alpaca.schema.json), no others"
    return Fault(BAD_SCHEMA, what, fix=may)


# -------------------------------------------------------------------------------------------- words


def _told(errors: Iterable[ValidationError]) -> Iterator[Fault]:
    """Yield the errors of one value in words; a key that is missing is not told where it stands
    there misspelt.
    """
    ordered = [
        leaf
        for error in sorted(errors, key=lambda error: list(error.absolute_path))
        for leaf in _leaves(error)
    ]
    misspelt = {
        (_pointer(error.absolute_path), nearest(extra, _known(error)))
        for error in ordered
        if _is_closed(error)
        for extra in _extra(error)
    }
    for error in ordered:
        yield from _explain(error, misspelt)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield an error, of one that no choice fits what is against the choice that fits best, where
    one does.
    """
    if error.validator in ("anyOf", "oneOf"):
        from jsonschema.exceptions import best_match

        yield cast("ValidationError", best_match([error]))
    else:
        yield error


def _explain(error: ValidationError, misspelt: set[tuple[str, str]]) -> Iterator[Fault]:
    pointer = _pointer(error.absolute_path)
    if _is_closed(error):
        for extra in _extra(error):
            message = f"no such key{did_you_mean(extra, _known(error))}"
            yield Fault(UNKNOWN_KEY, message, pointer=f"{pointer}/{_escape(extra)}")
    elif error.validator == "required":
        given, wanted = cast(dict[str, Any], error.instance), cast(list[str], error.validator_value)
        missing = [key for key in wanted if key not in given and (pointer, key) not in misspelt]
        if missing and error.message.startswith(
            repr(missing[0])
        ):  # the library tells each key in an error of its own
            lacking = " and ".join(map(repr, missing))
            yield Fault(MISSING_KEY, f"lacks {lacking}", pointer=pointer)
    elif "propertyNames" in error.relative_schema_path:
        yield _fault(error, f"{pointer}/{_escape(str(error.instance))}", "propertyNames")
    else:
        yield _fault(error, pointer, str(error.validator))


def _is_closed(error: ValidationError) -> bool:
    return error.validator == _CLOSED and error.validator_value is False


def _known(error: ValidationError) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], cast(dict[str, Any], error.schema).get("properties", {}))


def _extra(error: ValidationError) -> list[str]:
    patterns = cast(dict[str, Any], error.schema).get("patternProperties", {})
    given = cast(dict[str, Any], error.instance).keys() - _known(error).keys()
    return sorted(key for key in given if not any(re.search(pattern, key) for pattern in patterns))


_UNITS = {"Length": "characters", "Items": "items", "Properties": "fields"}
_BOUNDS = {
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "pattern": "a text that matches {}",
}


def _fault(error: ValidationError, pointer: str, keyword: str) -> Fault:
    """Return the fault as found and expected, in the library's words if ours would say no more."""
    code = _CODES.get(keyword, _OTHER)
    value, wanted = error.instance, error.validator_value
    kind = str(error.validator)
    if kind == "not":
        rule: Any = wanted or error.schema  # nothing is allowed by {"not": {}}
        if title := rule.get("title") if isinstance(rule, dict) else "":
            return Fault(code, str(title), pointer=pointer)
        return Fault(code, f"is {_name(value)}", "anything but what 'not' says", pointer=pointer)
    if kind in ("anyOf", "oneOf"):
        return _choices(error, pointer)
    if kind[:3] in ("min", "max") and (unit := _UNITS.get(kind[3:])):
        size = len(cast(Any, value))
        bound = f"{wanted} or {'more' if kind[:3] == 'min' else 'fewer'}"
        return Fault(code, f"has {size} {unit}", bound, pointer=pointer)
    expected = "nothing here" if error.validator is None else _expected(kind, wanted)
    if expected:
        return Fault(code, f"is {_name(value)}", expected, pointer=pointer)
    return Fault(code, _cut(error.message.replace(repr(value), _name(value))), pointer=pointer)


def _choices(error: ValidationError, pointer: str) -> Fault:
    """Return what is against each of some choices, none of which fits better than the others."""
    code = _CODES["anyOf"]
    first = {
        next(iter(fault.relative_schema_path), ""): fault for fault in reversed(error.context or [])
    }
    if not first:
        return Fault(code, "fits more than one of the choices", "one", pointer=pointer)
    here = _pointer(error.absolute_path)
    faults = [fault for each in reversed(first.values()) for fault in _explain(each, set())]
    against = [fault.message if fault.pointer == here else str(fault) for fault in faults]
    found = _cut(f"fits none of the choices: {'; or '.join(dict.fromkeys(against))}")
    return Fault(code, found, pointer=pointer)


def _expected(kind: str, wanted: Any) -> str:
    if kind == "type":
        return _words([wanted] if isinstance(wanted, str) else wanted)
    if kind == "enum":
        return _words(json.dumps(value, ensure_ascii=False) for value in wanted)
    if kind == "const":
        return json.dumps(wanted, ensure_ascii=False)
    return _BOUNDS[kind].format(wanted) if kind in _BOUNDS else ""


def _cut(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:199]}…"


def _words(names: Iterable[str]) -> str:
    return " or ".join(names)


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{_escape(step)}" for step in path)


def _escape(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _name(value: Any) -> str:
    """Return a short name for a JSON value: itself where it is small, else its kind."""
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return repr(value) if len(value) <= 30 else "a string"
    return "an array" if isinstance(value, list) else "an object"
