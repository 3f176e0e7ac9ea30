"""UltraChat: a conversation as a list of texts, in `data`, `dialog` or `conversation`."""

from __future__ import annotations

from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields, media
from dataprep.formats.parsing.speakers import known_speaker
from dataprep.model import Example, Record, Turn
from dataprep.text.patterns import pattern

READS = frozenset({*conversation.TALKS, *fields.SYSTEM, *media.NAMES})
_NAME = pattern(r"\s*([A-Za-z][A-Za-z _-]{0,20}|[\u4e00-\u9fff]{1,6}) ?[:：] ?")


def claims(record: Record) -> bool:
    """Claim a list of two or more texts, without other questions, answers or labels."""
    if not conversation.talk_in(record):
        return False
    own = fields.fields_of(record)
    answered = (
        own.asks or own.ranked or (own.thought and own.prompt) or (own.chosen and own.rejected)
    )
    elsewhere = (
        fields.is_marked(record) or fields.has_messages(record, own) or conversation.shape(record)
    )
    return not (answered or elsewhere or fields.is_labelled(record, own))


def read(record: Record) -> Example:
    """Read the texts in turn, or by the speaker names that open all of them."""
    name = conversation.talk_in(record)
    if not name:
        known = ", ".join(map(repr, conversation.TALKS))
        raise RecordError("no messages", f"expected a list of texts in one of {known}")
    own = fields.fields_of(record)
    turns = tuple(_named(record[name]) or _in_turn(record[name]))
    return media.attached(record, Example(turns, fields.system_of(record, own)))


def _in_turn(texts: list[str]) -> list[Turn]:
    return [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]


def _named(texts: list[str]) -> list[Turn]:
    """Return the turns of texts that open with speaker names, none if one text does not."""
    marks: list[Any] = [_NAME.match(text) for text in texts]
    roles = [known_speaker(mark[1]) if mark else None for mark in marks]
    if set(roles) != {"user", "assistant"}:
        return []
    return [
        Turn(role, text[mark.end() :])  # type: ignore[arg-type]
        for role, text, mark in zip(roles, texts, marks, strict=True)
    ]
