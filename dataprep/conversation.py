"""The turns of a conversation from tagged messages or from one long string, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dataprep.errors import RecordError
from dataprep.model import Role, Turn

Message = dict[str, str]


def turns_of(messages: Iterable[Message], roles: Mapping[str, Role]) -> tuple[str, tuple[Turn, ...]]:
    """Return the system text and the turns of `{"from", "value"}` messages; a system message may only come first.

    Raises `RecordError` for a sender that `roles` does not know.
    """
    system, turns = "", []
    for number, message in enumerate(messages):
        sender = message["from"]
        if sender == "system" and number == 0:
            system = message["value"]
        elif sender in roles:
            turns.append(Turn(roles[sender], message["value"]))
        else:
            where = "after the first turn" if sender == "system" else f"expected one of {', '.join(roles)}"
            raise RecordError("unknown role", f"'{sender}' {where}", f"/conversations/{number}/from")
    return system, tuple(turns)


def messages_of(turns: Iterable[Turn], tags: Mapping[Role, str]) -> list[Message]:
    """Return the turns as `{"from", "value"}` messages, each role by its tag."""
    return [{"from": tags[turn.role], "value": turn.text} for turn in turns]


_SPEAKER = re.compile(r"^(Human|Assistant):", re.MULTILINE)
_ROLE: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}
_NAME: dict[Role, str] = {role: name for name, role in _ROLE.items()}


def is_script(text: object) -> bool:
    """Tell whether a text is a whole conversation in one string that waits for the last answer."""
    return isinstance(text, str) and text.startswith("Human:") and text.rstrip().endswith("\nAssistant:")


def no_script(text: str) -> str:
    """Return a prompt, or raise `RecordError` where it would be read again as a whole conversation."""
    if is_script(text):
        raise RecordError("format cannot hold it", "the prompt itself is a whole 'Human:… Assistant:' conversation")
    return text


def turns_of_script(text: str) -> tuple[Turn, ...]:
    r"""Split `Human:…\nAssistant:…\nHuman:…` at the names that open a line, never at those inside one.

    The line end before a name belongs to the name; all else is the turn's text, to the letter.
    """
    marks = list(_SPEAKER.finditer(text))
    if not marks or marks[0].start() > 0:
        raise RecordError("no script", "expected a text that opens with 'Human:'", "/instruction")
    ends = [mark.start() - 1 for mark in marks[1:]] + [len(text)]
    return tuple(Turn(_ROLE[mark[1]], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True))


def script_of(turns: Iterable[Turn]) -> str:
    """Return the turns as one string, or raise `RecordError` where a text would be taken for another speaker's turn."""
    lines = [f"{_NAME[turn.role]}:{turn.text}" for turn in turns]
    if any("\nHuman:" in line or "\nAssistant:" in line for line in lines):
        raise RecordError("format cannot hold it", "a line of the text opens with 'Human:' or 'Assistant:'")
    return "\n".join(lines)
