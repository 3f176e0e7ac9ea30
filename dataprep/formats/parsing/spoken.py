r"""Turns in one field: a text, a message, messages, or `\n\nHuman: …\n\nAssistant: …`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing.belle_script import is_script, turns_of_script
from dataprep.formats.parsing.speakers import speaker_of
from dataprep.model import Role, Turn

Said = tuple[str, tuple[Turn, ...]]
"""A system text, "" where there is none, and turns."""

_SENDER = ("from", "role")
_TEXT = ("value", "content", "text")


def are_messages(value: Any) -> bool:
    """Return whether a value is a list of messages, each with a sender."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(m, dict) and _sender(m) for m in value)
    )


def is_said(value: Any) -> bool:
    """Return whether a value is a message or a list of messages."""
    return are_messages([value] if isinstance(value, dict) else value)


def _sender(message: dict[str, Any]) -> str:
    return next((name for name in _SENDER if name in message), "")


def said(value: Any, role: Role, pointer: str) -> Said:
    """Return the system message and the turns of a field; a bare text is a turn of `role`.

    Raises `RecordError` for messages without a sender or a text, and for other values.
    """
    if isinstance(value, str):
        return "", _turns_of_text(value, role)
    if isinstance(value, dict):
        return _messages([value], pointer, single=True)
    if are_messages(value):
        return _messages(value, pointer)
    raise RecordError("no messages", "expected a text, a message or a list of messages", pointer)


def _turns_of_text(text: str, role: Role) -> tuple[Turn, ...]:
    if is_transcript(text):
        turns = turns_of_transcript(text)
    elif role == "user" and is_script(text):
        turns = turns_of_script(text)
    else:
        return (Turn(role, text),)
    return turns[:-1] if role == "user" and _waits(turns[-1]) else turns


def _waits(turn: Turn) -> bool:
    """Return whether the last turn of a prompt is a bare `Assistant:` that waits for the answer."""
    return turn.role == "assistant" and not turn.text.strip()


def _messages(messages: list[dict[str, Any]], pointer: str, *, single: bool = False) -> Said:
    system, turns = "", []
    for number, message in enumerate(messages):
        place = pointer if single else f"{pointer}/{number}"
        speaker, text = (
            speaker_of(message.get(_sender(message)), f"{place}/{_sender(message)}"),
            _text(message, place),
        )
        if speaker != "system":
            turns.append(Turn(speaker, text))
        elif number == 0 and not single:
            system = text
        else:
            raise RecordError(
                "unknown role", "'system' after the first turn", f"{place}/{_sender(message)}"
            )
    return system, tuple(turns)


def _text(message: dict[str, Any], pointer: str) -> str:
    name = next((name for name in _TEXT if name in message), "")
    text = message.get(name)
    if not isinstance(text, str):
        raise RecordError(
            "no text", "a message's text is missing or is no text", f"{pointer}/{name}".rstrip("/")
        )
    return text


_SPEAKER = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant): ?")
_OPENING = re.compile(r"\s*Human:")
_ROLE: Mapping[str, Role] = {"Human": "user", "Assistant": "assistant"}


def is_transcript(text: object) -> bool:
    """Return whether a text is a dialogue of `Human:` and `Assistant:` after empty lines."""
    return isinstance(text, str) and "\n\nAssistant:" in text and bool(_OPENING.match(text))


def turns_of_transcript(text: str) -> tuple[Turn, ...]:
    r"""Split `\n\nHuman: …\n\nAssistant: …` at its speakers.

    The empty line before a name and one space after it belong to the name.
    """
    marks = list(_SPEAKER.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return tuple(
        Turn(_ROLE[mark[1]], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)
    )
