"""Read messages one after the other: the sender, the text, calls and thoughts."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls
from dataprep.formats.parsing.speakers import Speaker, known_speaker, speaker_of
from dataprep.model import ANSWERS, PROSE, Role, Turn

Message = dict[str, Any]

SENDERS = ("from", "role", "speaker", "sender", "author", "角色")
TEXTS = ("value", "content", "text", "message", "utterance", "内容")
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
CALLS = ("tool_calls", "function_call")
TOOLS = ("tools", "functions", "available_tools")


def beside(record: Message, names: tuple[str, ...]) -> Any:
    """Return the value of the first of these fields that is not empty, or None."""
    return next((record[name] for name in names if record.get(name)), None)


class _Spelling(NamedTuple):
    """The names of a message's fields by meaning."""

    senders: tuple[str, ...]
    texts: tuple[str, ...]
    more: bool


@lru_cache(maxsize=1024)
def _spelling(fields: tuple[str, ...]) -> _Spelling:
    senders, texts = (tuple(name for name in names if name in fields) for names in (SENDERS, TEXTS))
    return _Spelling(senders, texts, not {*THOUGHTS, *CALLS}.isdisjoint(fields))


class Heard:
    """The turns read so far from a list of messages."""

    def __init__(self, name: str, messages: list[Any]) -> None:
        self.name = name
        self.messages = messages
        self.number = -1
        self.system = ""
        self.tools: Any = None
        self.turns: list[Turn] = []
        self.images: list[str] = []

    def at(self, *steps: str | int) -> str:
        """Return the JSON pointer of a place in the current message."""
        return "".join(f"/{step}" for step in (self.name, self.number, *steps))

    def take(self, message: Any) -> None:
        """Read one message; a system message may only come first."""
        self.number += 1
        if not isinstance(message, dict):
            raise RecordError(
                "no message", "expected an object with a speaker and a text", self.at()
            )
        spelling = _spelling(tuple(message))
        sender = _given(message, spelling.senders)
        if not sender:
            raise RecordError("no speaker", "a message lacks 'from' or 'role'", self.at())
        speaker = known_speaker(message[sender]) or speaker_of(message[sender], self.at(sender))
        text = self.text(message, spelling, speaker)
        if speaker != "system":
            self.turns.append(
                self.turn(message, speaker, text) if spelling.more else Turn(speaker, text)
            )
        elif self.number == 0:
            self.system, self.tools = text, beside(message, TOOLS)
        elif self.system_answers:
            self.turns.append(Turn("assistant", text))
        else:
            raise RecordError(
                "unknown role", f"'{message[sender]}' after the first turn", self.at(sender)
            )

    @cached_property
    def system_answers(self) -> bool:
        """Check whether `system` names the answering side, as in booking dialogues."""
        senders = [
            _given(message, _spelling(tuple(message)).senders)
            for message in self.messages
            if message
        ]
        speakers = {
            known_speaker(message.get(name))
            for message, name in zip(self.messages, senders, strict=True)
        }
        return speakers == {"user", "system"}

    def text(self, message: Message, spelling: _Spelling, speaker: Speaker) -> str:
        name = _given(message, spelling.texts)
        if not name and not spelling.more:
            raise RecordError("no text", "a message lacks 'value' or 'content'", self.at())
        said = message.get(name)
        if said is None or isinstance(said, str):
            return (
                calls.settled(said or "", self.at(name))
                if speaker == "function_call"
                else said or ""
            )
        if speaker == "function_call":
            return calls.call_text(
                said if isinstance(said, list) else [said], pointer=self.at(name)
            )
        if isinstance(said, list) and all(isinstance(part, str) or _is_part(part) for part in said):
            return "".join(
                self.part(part, self.at(name, number)) for number, part in enumerate(said)
            )
        if speaker == "observation":
            return calls.dump(said)
        raise RecordError(
            "not text", "what is said is neither a text nor a list of parts", self.at(name)
        )

    def turn(self, message: Message, speaker: Role, text: str) -> Turn:
        """Return a message's turn with the thoughts and calls in its other fields."""
        if speaker in ANSWERS:
            text = _thought(message, text, self.at()) + text
        name = next((name for name in CALLS if message.get(name)), "")
        if not name:
            return Turn(speaker, text)
        if speaker not in ANSWERS:
            raise RecordError(
                "call out of place",
                f"'{speaker}' calls a tool",
                self.at(name),
                expected="an answer to do so",
            )
        made = calls.parse_calls(message[name], self.at(name))
        return Turn("function_call", calls.call_text(made, text, self.at(name)))

    def part(self, part: Any, pointer: str) -> str:
        """Return one part of a message as text; a picture becomes `<image>`."""
        if isinstance(part, str):
            return part
        kind, text = part["type"], part.get("text")
        if kind in ("text", "input_text", "output_text") and isinstance(text, str):
            return text
        if kind in ("image_url", "image", "input_image"):
            self.images.append(_path(part, pointer))
            return "<image>"
        raise RecordError(
            "unknown part", f"a part of type '{kind}'", pointer, expected="text or image_url"
        )


def _given(message: Message, names: tuple[str, ...]) -> str:
    """Return the first of these fields that is not null, else the last one, "" if there is none."""
    if len(names) == 1:
        return names[0]
    return next((name for name in names if message[name] is not None), names[-1] if names else "")


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _path(part: dict[str, Any], pointer: str) -> str:
    found = beside(part, ("image_url", "image", "path", "url"))
    path = beside(found, ("url", "path")) if isinstance(found, dict) else found
    if not isinstance(path, str):
        raise RecordError("no media path", "expected the path of a picture", pointer)
    if path.startswith("data:"):
        raise RecordError(
            "picture in the record", "save the picture as a file and give its path", pointer
        )
    return path


def _thought(message: Message, text: str, pointer: str) -> str:
    """Return the thoughts in a field of their own, as LLaMA-Factory spells them."""
    thought = beside(message, THOUGHTS)
    if not isinstance(thought, str) or not thought.strip():
        return ""
    if "<think>" in text:
        raise RecordError(
            "two thoughts", "one in a field of its own and another in the text", pointer
        )
    return f"<think>\n{thought}\n</think>\n\n"


def joined(turns: list[Turn]) -> tuple[Turn, ...]:
    """Join successive calls, and successive results: they are parallel calls."""
    if all(turn.role in PROSE for turn in turns):
        return tuple(turns)
    rows = (list(row) for _, row in groupby(turns, key=lambda turn: turn.role))
    return tuple(turn for row in rows for turn in _joined_row(row))


def _joined_row(row: list[Turn]) -> list[Turn]:
    role, texts = row[0].role, [turn.text for turn in row]
    if len(row) == 1 or role in PROSE:
        return row
    return [
        Turn(
            role,
            calls.joined_results(texts) if role == "observation" else calls.joined_calls(texts),
        )
    ]


_RESPONSE = re.compile(r"<tool_response>(.*?)</tool_response>", re.DOTALL)


def unwrapped(turn: Turn) -> Turn:
    """Return a turn without the tags around its calls or results."""
    if turn.role == "assistant" and (call := calls.tagged(turn.text)):
        return Turn("function_call", call)
    if turn.role not in ("user", "observation") or "<tool_response>" not in turn.text:
        return turn
    if _RESPONSE.sub("", turn.text).strip():
        return turn  # there is more in it than results
    results = [result.strip() for result in _RESPONSE.findall(turn.text)]
    return Turn("observation", results[0] if len(results) == 1 else calls.joined_results(results))
