"""A conversation in one string: `Human: … Assistant: …`, `用户：…`, or a chat template's marks."""

from __future__ import annotations

from dataprep.formats.parsing import conversation, fields, transcript
from dataprep.formats.parsing.conversation import Message
from dataprep.model import Example, Record

FIELDS = (
    "text",
    "conversation",
    "conversations",
    "dialogue",
    "dialog",
    "content",
    "chat",
    "messages",
)
READS = frozenset({*FIELDS, "system", "tools"})
_MORE = fields.spellings(
    fields.PROMPT,
    fields.ANSWER,
    fields.CHOSEN,
    fields.REJECTED,
    fields.LABEL,
    fields.THOUGHT,
    ("role", "from"),
)
"""Fields that make the string a part of something else, or another spelling of what they say."""


def claims(record: Record) -> bool:
    """Claim one string of named speakers with an answered question, without messages."""
    if not _MORE.isdisjoint(record) or _is_glaive(record):
        return False
    if not any(transcript.is_transcript(record[name]) for name in FIELDS if name in record):
        return False
    return not (
        fields.tells_messages(record, fields.fields_of(record)) or conversation.talk_in(record)
    )


def _is_glaive(record: Record) -> bool:
    return isinstance(record.get("chat"), str) and str(record.get("system", "")).startswith(
        "SYSTEM:"
    )


def read(record: Record) -> Example:
    """Split the string at its speakers."""
    name = next((name for name in FIELDS if isinstance(record.get(name), str)), "")
    said: list[Message] = [
        {"from": part.speaker, "value": part.text}
        for part in transcript.parts(record.get(name, ""))
    ]
    return conversation.example_of(
        {"system": record.get("system"), "tools": record.get("tools"), "messages": said}
    )
