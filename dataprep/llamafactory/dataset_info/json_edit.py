"""Put members into the text of a JSON object, or take them out, and leave every other character as
it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]*)$")


class JsonMember(NamedTuple):
    """One member of an object: what stands between it and the one before, and the places of its key
    and its value.
    """

    name: str
    value: Any
    lead: str
    start: int
    value_start: int
    end: int


def members(text: str) -> tuple[list[JsonMember], int]:
    """Return the members of the object that `text` is, those of the same name too, and the place
    where they end.

    The text must be one valid JSON object.
    """
    found: list[JsonMember] = []
    before = start = text.index("{") + 1
    while text[start := _past_space(text, start)] != "}":
        name, end = _DECODER.raw_decode(text, start)
        value_start = _past_space(text, _past_space(text, end) + 1)
        value, end = _DECODER.raw_decode(text, value_start)
        found.append(JsonMember(name, value, text[before:start], start, value_start, end))
        before = start = end
        if text[_past_space(text, end)] == ",":
            start = _past_space(text, end) + 1
    return found, before


def edited(text: str, put: Mapping[str, Any], drop: Container[str] = ()) -> str:
    """Return the text of an object with these members put in, in their old place or at the end, and
    others dropped.

    What is written anew is in ASCII. Of members with the same name the last is replaced, for that
    one counts; all are dropped. A member that has its value already stays as it is written.
    """
    found, end = members(text)
    places = {member.name: place for place, member in enumerate(found)}
    lead = found[0].lead if found else "\n  "
    parts = [
        (
            member.lead,
            _member_text(text, member, put, lead)
            if place == places[member.name]
            else _as_it_is(text, member),
        )
        for place, member in enumerate(found)
        if member.name not in drop or member.name in put
    ]
    parts += [
        (f",{lead}", f"{_key(name)}: {_text(put[name], lead)}")
        for name in put
        if name not in places
    ]
    head, tail = text[: text.index("{") + 1], text[end:] if found else "\n" + text[end:].lstrip()
    if not parts:
        return head + tail.lstrip()
    first, *others = parts
    return head + first[0].replace(",", "") + first[1] + "".join(map("".join, others)) + tail


def _as_it_is(text: str, member: JsonMember) -> str:
    return text[member.start : member.end]


def _member_text(text: str, member: JsonMember, put: Mapping[str, Any], lead: str) -> str:
    if member.name not in put or json.dumps(put[member.name]) == json.dumps(member.value):
        return _as_it_is(text, member)
    return text[member.start : member.value_start] + _text(put[member.name], lead)


def _key(name: str) -> str:
    return json.dumps(name)


def _text(value: Any, lead: str) -> str:
    """Return a value as the object around it is written: indented as deep as its keys are, or on
    one line.
    """
    indent = _INDENT.search(lead)
    if not indent:
        return json.dumps(value)
    step = indent[1] or "  "
    return json.dumps(value, indent=step).replace("\n", f"\n{indent[1]}")


def _past_space(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]
