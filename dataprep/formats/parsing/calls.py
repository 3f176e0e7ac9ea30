"""Tools and tool calls: many spellings in, the one JSON text that LLaMA-Factory trains out."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable
from typing import Any

from dataprep.errors import RecordError

_NO_PARAMETERS = {"type": "object", "properties": {}}
_TAGGED = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_QUOTED = re.compile(r"""\{\s*"name":\s*"([^"]*)",\s*"arguments":\s*'(.*)'\s*\}""", re.DOTALL)


_HALVES = re.compile(r"[\ud800-\udfff]")


def dump(value: Any) -> str:
    """Return a value as JSON text; only lone surrogates are escaped, which UTF-8 cannot hold."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if _HALVES.search(text) else text


def parse(text: str) -> Any:
    """Return the value of a text of JSON or of Python literals; raise `ValueError` for others."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError:
        return _literal(text)


def _literal(text: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):
            value = ast.literal_eval(text.strip())
        dump(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("neither JSON nor a Python literal") from None
    return value


# -------------------------------------------------------------------------------------------- calls


def call_text(calls: Iterable[Any], beside: str = "", pointer: str = "") -> str:
    """Return the text of a `function_call` turn: an object for one call, a list for several.

    Text next to the calls comes first. Raises `RecordError` with `pointer` for a call without a
    name, or with arguments that are not a JSON object.
    """
    plain = [_plain_call(call, pointer) for call in calls]
    body = dump(plain[0] if len(plain) == 1 else plain)
    if not beside or _is_thought(beside):
        return beside + body
    return f"{beside}\n<tool_call>\n{body}\n</tool_call>"


def _is_thought(text: str) -> bool:
    return (
        text.startswith("<think>\n")
        and text.endswith("\n</think>\n\n")
        and text.count("<think>") == 1
    )


def _plain_call(call: Any, pointer: str) -> dict[str, Any]:
    """Return a call in any spelling as `{"name", "arguments"}`."""
    call = _parsed(call, pointer) if isinstance(call, str) else call
    body = call.get("function", call) if isinstance(call, dict) else None
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise RecordError(
            "unreadable tool call",
            "is no call",
            pointer,
            expected="an object with 'name' and 'arguments'",
        )
    given = body.get("arguments", body.get("parameters"))
    return {"name": body["name"], "arguments": {} if given is None else _arguments(given, pointer)}


def _arguments(given: Any, pointer: str) -> dict[str, Any]:
    if isinstance(given, str):
        given = _parsed(given, pointer) if given.strip() else {}
    if not isinstance(given, dict):
        raise RecordError("unreadable tool call", "its arguments are no JSON object", pointer)
    return given


def _parsed(text: str, pointer: str) -> Any:
    if quoted := _QUOTED.fullmatch(text.strip()):  # Glaive's: JSON in single quotes inside JSON
        return {"name": quoted[1], "arguments": quoted[2].replace("\\'", "'")}
    try:
        return parse(text)
    except ValueError:
        raise RecordError("unreadable tool call", "is not JSON", pointer) from None


def parse_calls(value: Any, pointer: str = "") -> list[Any]:
    """Return the calls in a value or in its JSON text, which hold one or a list."""
    return _listed(_parsed(value, pointer) if isinstance(value, str) else value)


def settled(text: str, pointer: str = "") -> str:
    """Return a tool call that is text already; decode arguments that are JSON text inside JSON.

    LLaMA-Factory would train such arguments with a second layer of quotes.
    """
    if _TAGGED.search(text) or "<think>" in text:
        return text
    try:
        calls = json.loads(text)
    except (ValueError, RecursionError):
        return text  # the example tells what is wrong with it
    listed = calls if isinstance(calls, list) else [calls]
    loose = any(
        isinstance(call, dict) and isinstance(call.get("arguments"), str) for call in listed
    )
    return call_text(listed, pointer=pointer) if loose else text


def tagged(text: str, pointer: str = "") -> str:
    """Return the text of a `function_call` turn with `<tool_call>` tags, "" without any."""
    bodies = _TAGGED.findall(text)
    if not bodies:
        return ""
    beside = _TAGGED.sub("", text).strip()
    thought = f"{beside}\n\n"
    calls = [call for body in bodies for call in _listed(_parsed(body, pointer))]
    return call_text(calls, thought if _is_thought(thought) else beside, pointer)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def joined_calls(texts: list[str], pointer: str = "") -> str:
    """Return the calls of successive turns, which are parallel calls, as one list."""
    return call_text(
        [call for text in texts for call in _listed(_parsed(text, pointer))], pointer=pointer
    )


def joined_results(texts: list[str]) -> str:
    """Return the results of several calls as one JSON list; those that are not JSON are strings."""
    return f"[{', '.join(map(_result, texts))}]"


def _result(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return dump(text)
    return text.strip()


# -------------------------------------------------------------------------------------------- tools


def tools_text(value: Any, pointer: str = "/tools") -> str:
    """Return a list of tools, or its JSON text, as JSON text; "" if there are none.

    A tool without parameters gets an empty object. A text that needs no change stays as it is.
    Raises `RecordError` with `pointer` for a value that is not a tool.
    """
    if not value:
        return ""
    if isinstance(value, str):
        return _tools_of_text(value, pointer)
    if not isinstance(value, list):
        raise RecordError("unreadable tools", "is one tool", pointer, expected="a list of tools")
    return dump([_tool(tool, pointer) for tool in value])


def _tools_of_text(text: str, pointer: str) -> str:
    try:
        tools = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip() and text  # the example tells what is wrong with it
    if not isinstance(tools, list):
        return text
    plain = [_tool(tool, pointer) for tool in tools]
    return text if plain == tools else dump(plain)


def _tool(tool: Any, pointer: str) -> dict[str, Any]:
    """Return a tool with an object of parameters, which LLaMA-Factory requires."""
    tool = _tool_of_text(tool) if isinstance(tool, str) else tool
    if not isinstance(tool, dict):
        raise RecordError("unreadable tools", "a tool is no object with a 'name'", pointer)
    if "function" in tool:
        return tool | {"function": _tool(tool["function"], pointer)}
    return tool | {"parameters": _parameters(tool.get("parameters") or {}, pointer)}


def _tool_of_text(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _parameters(given: Any, pointer: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise RecordError("unreadable tools", "the parameters of a tool are no object", pointer)
    if isinstance(given.get("properties"), dict):
        return given
    bare = given and all(
        isinstance(value, dict) for value in given.values()
    )  # xLAM's: names and no more
    return _NO_PARAMETERS | ({"properties": given} if bare else given)
