"""Glaive tool calls: tools after `SYSTEM:`, and `USER: … ASSISTANT: … FUNCTION RESPONSE: …`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, conversation, fields
from dataprep.model import Example, Record, Role, Turn
from dataprep.text.patterns import pattern

READS = frozenset({"system", "chat", "sample"})
_NAME = pattern(
    r"(?:^|(?<=<\|endoftext\|>))[ \t]*(USER|ASSISTANT|FUNCTION RESPONSE):", re.MULTILINE
)
_INLINE = pattern(r"(?:^|\s)(USER|ASSISTANT|FUNCTION RESPONSE):")
_ROLES: dict[str, Role] = {
    "USER": "user",
    "ASSISTANT": "assistant",
    "FUNCTION RESPONSE": "observation",
}
_END = "<|endoftext|>"
_CALL = "<functioncall>"
_LEAD = pattern(
    r"You are a helpful assistant with access to the following functions\. Use them if required "
    r"-?\s*"
)
"""What stands before the tools: LLaMA-Factory says it anew in the words of the model's own
template.
"""


def claims(record: Record) -> bool:
    """Claim a system message that opens with `SYSTEM:`, with a conversation in one string."""
    system, chat = _texts(record)
    if not system.lstrip().startswith("SYSTEM:") or not _marks(chat):
        return False
    return not (fields.asks_by(record) or conversation.shape(record))


def _texts(record: Record) -> tuple[str, str]:
    """Return the system message and the conversation; the first release has both in one string."""
    if isinstance(record.get("chat"), str) and isinstance(record.get("system"), str):
        return record["system"], record["chat"]
    sample = record.get("sample")
    marks = _marks(sample) if isinstance(sample, str) else []
    return (
        (sample[: marks[0].start()], sample[marks[0].start() :])
        if isinstance(sample, str) and marks
        else ("", "")
    )


def _marks(chat: str) -> list[re.Match[str]]:
    at_lines = list(_NAME.finditer(chat))
    return at_lines if len(at_lines) > 1 else list(_INLINE.finditer(chat))


def read(record: Record) -> Example:
    """Move the tools out of the system message, and split the string at its speakers."""
    opening, chat = _texts(record)
    system, tools = _system(opening.strip().removeprefix("SYSTEM:").strip())
    return Example(tuple(_turns(chat)), system, tools)


def _turns(chat: str) -> Iterator[Turn]:
    marks = _marks(chat)
    if not marks or chat[: marks[0].start()].strip():
        raise RecordError("no script", "expected a text that opens with 'USER:'", "/chat")
    ends = [*(mark.start() for mark in marks[1:]), len(chat)]
    for mark, end in zip(marks, ends, strict=True):
        said = chat[mark.end() : end].strip().removesuffix(_END).strip()
        if said or end < len(chat):
            yield _turn(_ROLES[mark[1]], said)


def _turn(role: Role, said: str) -> Turn:
    beside, call, body = said.partition(_CALL)
    if role != "assistant" or not call:
        return Turn(role, said)
    return Turn(
        "function_call",
        calls.call_text(calls.parse_calls(body.strip(), "/chat"), beside.strip(), "/chat"),
    )


def _system(text: str) -> tuple[str, str]:
    """Return the system message and the tools after it, which are JSON objects in a row."""
    lead = _LEAD.match(text)
    if not lead:
        return text, ""
    try:
        return "", calls.tools_text(list(_objects(text[lead.end() :])))
    except json.JSONDecodeError as error:
        raise RecordError("unreadable tools", f"not JSON ({error.msg})", "/system") from None


def _objects(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        yield value
        at = end + len(text[end:]) - len(text[end:].lstrip(" \t\r\n,"))
