r"""BELLE's conversation in one string, `Human:…\nAssistant:…`: read and write it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dataprep.errors import RecordError
from dataprep.model import Role, Turn

_SPEAKER = re.compile(r"^(Human|Assistant):", re.MULTILINE)
_ROLE: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}
_NAME: dict[Role, str] = {role: name for name, role in _ROLE.items()}


def is_script(text: object) -> bool:
    """Return whether a text is a conversation in one string that waits for the last answer."""
    return (
        isinstance(text, str)
        and text.startswith("Human:")
        and text.rstrip().endswith("\nAssistant:")
    )


def no_script(text: str) -> str:
    """Return a prompt; raise `RecordError` for one that would be read as a whole conversation."""
    if is_script(text):
        raise RecordError(
            "format cannot hold it",
            "the prompt itself is a whole 'Human:… Assistant:' conversation",
        )
    return text


def turns_of_script(text: str) -> tuple[Turn, ...]:
    r"""Split `Human:…\nAssistant:…\nHuman:…` at names that open a line.

    The newline before a name belongs to the name. So does one space after it, if every turn has
    one. The rest is the turn's text, unchanged.
    """
    marks = list(_SPEAKER.finditer(text))
    if not marks or marks[0].start() > 0:
        raise RecordError("no script", "expected a text that opens with 'Human:'", "/instruction")
    ends = [mark.start() - 1 for mark in marks[1:]] + [len(text)]
    texts = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    space = " " if _all_spaced(texts) else ""
    return tuple(
        Turn(_ROLE[mark[1]], said.removeprefix(space))
        for mark, said in zip(marks, texts, strict=True)
    )


def _all_spaced(texts: list[str]) -> bool:
    """Return whether each text begins with a space; an empty last turn does not count."""
    said = texts if texts[-1].strip() else texts[:-1]
    return all(text.startswith(" ") for text in said)


def script_of(turns: Iterable[Turn]) -> str:
    """Return the turns as one string; raise `RecordError` if a text would read as a speaker."""
    said = [(_NAME[turn.role], turn.text) for turn in turns]
    space = (
        " " if _all_spaced([text for _, text in said]) else ""
    )  # one that reading takes off again
    lines = [f"{name}:{space if text else ''}{text}" for name, text in said]
    if any("\nHuman:" in line or "\nAssistant:" in line for line in lines):
        raise RecordError(
            "format cannot hold it", "a line of the text opens with 'Human:' or 'Assistant:'"
        )
    return "\n".join(lines)
