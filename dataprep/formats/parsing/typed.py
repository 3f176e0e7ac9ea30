"""Messages of typed parts, as in LLaMA-Factory's v1: text, reasoning and tool calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing.spoken import Said
from dataprep.model import Role, Turn

TypedMessage = dict[str, Any]
Part = dict[str, str]

_ROLES: Mapping[Role, str] = {
    "user": "user",
    "assistant": "assistant",
    "observation": "tool",
    "function_call": "assistant",
}
_ASKING: Mapping[str, Role] = {"user": "user", "tool": "observation"}


def are_typed(messages: Any) -> bool:
    """Return whether a value is a list of messages with parts that have a type and a value."""
    return isinstance(messages, list) and any(
        isinstance(part, dict) and {"type", "value"} <= part.keys()
        for message in messages
        if isinstance(message, dict) and isinstance(message.get("content"), list)
        for part in message["content"]
    )


def turns_of(messages: list[TypedMessage], pointer: str) -> Said:
    """Return the system message and the turns; raise `RecordError` for a part that is not text."""
    system, turns = "", []
    for number, message in enumerate(messages):
        place = f"{pointer}/{number}"
        parts = _parts(message["content"], place)
        role = message["role"]
        if role == "system" and number == 0:
            system = _text(parts)
        elif role == "assistant":
            calls = any(part["type"] == "tool_call" for part in parts)
            turns.append(Turn("function_call" if calls else "assistant", _text(parts)))
        elif role in _ASKING:
            turns.append(Turn(_ASKING[role], _text(parts)))
        else:
            raise RecordError(
                "unknown role", f"'{role}'", f"{place}/role", expected="user, assistant or tool"
            )
    return system, tuple(turns)


def _parts(content: Any, pointer: str) -> list[Part]:
    parts = [{"type": "text", "value": content}] if isinstance(content, str) else content
    for number, part in enumerate(parts):
        if (
            not isinstance(part, dict)
            or not isinstance(part.get("value"), str)
            or part.get("type") not in _TYPES
        ):
            raise RecordError(
                "unknown part",
                f"expected a part of {', '.join(_TYPES)}",
                f"{pointer}/content/{number}",
            )
    return parts


_TYPES = ("text", "reasoning", "tool_call")


def _text(parts: Iterable[Part]) -> str:
    """Return the parts as one text: thoughts in `<think>`, and several calls as one list."""
    said = {kind: [part["value"] for part in parts if part["type"] == kind] for kind in _TYPES}
    thought = "".join(f"<think>\n{value}\n</think>\n\n" for value in said["reasoning"])
    calls = said["tool_call"]
    called = calls[0] if len(calls) == 1 else f"[{', '.join(calls)}]" if calls else ""
    spoken = "".join(said["text"])
    if called and spoken.strip():
        return f"{thought}{spoken}<tool_call>{called}</tool_call>"
    return f"{thought}{called or spoken}"


def messages_of(system: str, turns: Iterable[Turn]) -> list[TypedMessage]:
    """Return a conversation as messages; raise `RecordError` for a call that parts cannot spell."""
    said = [_message("system", [{"type": "text", "value": system}])] if system else []
    return [*said, *(_message(_ROLES[turn.role], _parts_of(turn)) for turn in turns)]


def _message(role: str, parts: list[Part]) -> TypedMessage:
    return {"role": role, "content": parts, "loss_weight": float(role == "assistant")}


_THOUGHT = re.compile(r"<think>\n((?:(?!</think>).)*)\n</think>\n\n(.*)", re.DOTALL)
_SPOKEN = re.compile(r"(.+?)<tool_call>(.*)</tool_call>", re.DOTALL)


def _parts_of(turn: Turn) -> list[Part]:
    """Return the parts of a turn, which read back as the same text."""
    parts = (
        list(_cut(turn))
        if turn.role in ("assistant", "function_call")
        else [{"type": "text", "value": turn.text}]
    )
    if _text(parts) != turn.text or any(part["type"] == "tool_call" for part in parts) != (
        turn.role == "function_call"
    ):
        raise RecordError(
            "format cannot hold it", "a tool call is spelt so that its parts would not say the same"
        )
    return parts


def _cut(turn: Turn) -> Iterator[Part]:
    rest = turn.text
    if thought := _THOUGHT.fullmatch(rest):
        yield {"type": "reasoning", "value": thought[1]}
        rest = thought[2]
    if turn.role == "function_call":
        if spoken := _SPOKEN.fullmatch(rest):
            yield {"type": "text", "value": spoken[1]}
            rest = spoken[2]
        yield from ({"type": "tool_call", "value": call} for call in _calls(rest))
    else:
        yield {"type": "text", "value": rest}


def _calls(text: str) -> list[str]:
    """Return each call of a JSON list as it is spelt, or the whole text."""
    if not text.startswith("["):
        return [text]
    found, start = [], 1
    while start < len(text) - 1:
        _, end = _DECODER.raw_decode(text, start)
        found.append(text[start:end])
        start = end + len(", ")
    return found


_DECODER = json.JSONDecoder()
