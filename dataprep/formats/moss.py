"""MOSS: `<|Human|>: …<eoh>` and `<|MOSS|>: …<eom>` in `turn_1` …, or in one `plain_text`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields
from dataprep.model import Example, Record, Turn
from dataprep.text.patterns import pattern

READS = frozenset({"meta_instruction", "prefix", "chat", "plain_text", "num_turns"})
_OPENING = pattern(r"\s*<\|[^|]+\|>: ?")
_CLOSING = pattern(r"<eo[a-z]>\s*\Z")
_PLAIN = pattern(r"\s*\[Human\]: ?(.*?)<eoh>\s*\[MOSS\]: ?(.*?)<eo[am]>", re.DOTALL)
_INNER = ("Inner Thoughts", "Commands", "Tool Responses", "Results")


def claims(record: Record) -> bool:
    """Claim numbered turns, or the tags in a plain text."""
    chat, plain = record.get("chat"), record.get("plain_text")
    tagged = (isinstance(chat, dict) and "turn_1" in chat) or (
        isinstance(plain, str) and "[MOSS]:" in plain
    )
    return tagged and not (fields.asks_by(record) or conversation.shape(record))


def read(record: Record) -> Example:
    """Read a question and an answer from each turn; refuse inner thoughts and commands."""
    rounds = (
        _of_turns(record["chat"])
        if record.get("chat")
        else _of_plain(record.get("plain_text") or "")
    )
    turns = tuple(
        turn for ask, answer in rounds for turn in (Turn("user", ask), Turn("assistant", answer))
    )
    system = record.get("meta_instruction") or record.get("prefix") or ""
    return Example(turns, system.strip())


def _of_turns(chat: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for number in range(1, len(chat) + 1):
        pointer = f"/chat/turn_{number}"
        turn = chat.get(f"turn_{number}")
        if not isinstance(turn, dict):
            raise RecordError(
                "missing turn", f"there are {len(chat)} turns, and none is turn_{number}", pointer
            )
        for name in _INNER:
            if name in turn and _bare(turn, name, pointer).strip() not in ("", "None"):
                raise RecordError(
                    "inner thoughts or commands",
                    "no format here has a place for them",
                    f"{pointer}/{name}",
                )
        yield _bare(turn, "Human", pointer), _bare(turn, "MOSS", pointer)


def _bare(turn: dict[str, Any], name: str, pointer: str) -> str:
    """Return a text without its tags."""
    text = turn.get(name)
    if not isinstance(text, str):
        raise RecordError("not text", f"'{name}' is missing or no text", f"{pointer}/{name}")
    opening = _OPENING.match(text)
    return _CLOSING.sub("", text[opening.end() :] if opening else text)


def _of_plain(text: str) -> list[tuple[str, str]]:
    if _PLAIN.sub("", text).strip():
        raise RecordError(
            "no script", "expected '[Human]: …<eoh> [MOSS]: …<eoa>' and nothing else", "/plain_text"
        )
    return _PLAIN.findall(text)
