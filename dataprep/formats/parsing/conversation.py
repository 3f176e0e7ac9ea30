"""Read conversations from lists of messages or rounds, and write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, media, typed
from dataprep.formats.parsing.heard import (
    CALLS,
    SENDERS,
    TEXTS,
    TOOLS,
    Heard,
    beside,
    joined,
    unwrapped,
)
from dataprep.formats.parsing.heard import Message as Message
from dataprep.model import Example, Record, Role, Turn

LISTS = (
    *(
        "conversations",
        "messages",
        "conversation",
        "dialogue",
        "dialog",
        "turns",
        "chat",
        "items",
        "trajectory",
    ),
    "dialogue_turns",
)
SYSTEMS = ("system", "system_prompt", "system_message", "instruction")
READS = frozenset({*LISTS, *SYSTEMS, *TOOLS})
"""The fields that are read from a record of messages."""


# -------------------------------------------------------------------------------------- which shape

_ELSEWHERE = frozenset(
    {
        *("chosen", "rejected", "chosen_messages", "rejected_messages", "kto_tag"),
        *("response_chosen", "response_rejected", "rejected_response", "chosen_response"),
    }
)
_SWITCH = (True, False, "true", "false", "True", "False", "TRUE", "FALSE")
_PAIRS = {
    "xtuner": (("input", "output"),),
    "firefly": (
        *(
            ("human", "assistant"),
            ("user", "assistant"),
            ("human", "gpt"),
            ("user", "bot"),
            ("human", "bot"),
        ),
        *(
            ("question", "answer"),
            ("query", "response"),
            ("prompt", "response"),
            ("instruction", "output"),
        ),
        ("user_utterance", "system_utterance"),
    ),
}
_ROUNDS = [pair for pairs in _PAIRS.values() for pair in pairs]


def shape(record: Record) -> str:
    """Return the format of a record's list of messages, "" if it has none.

    Pairs, labelled answers, media and LLaMA-Factory's v1 parts have formats of their own.
    """
    if (
        not _ELSEWHERE.isdisjoint(record)
        or record.get("label") in _SWITCH
        or media.kind_of(record)
        or typed.are_typed(record.get("messages"))
    ):
        return ""
    found = (
        shaped
        for name in LISTS
        if name in record
        if (shaped := _shape(name, _list(record[name]), record))
    )
    return next(found, "")


def _list(value: Any) -> Any:
    """Return a list from the text of a table's cell, in JSON or Python syntax; others unchanged."""
    if not is_cell(value):
        return value
    try:
        return calls.parse(value)
    except ValueError:
        return value


def is_cell(value: Any) -> bool:
    """Return whether a value is text that looks like a list of objects."""
    return isinstance(value, str) and value.startswith(("[{", "[ {", "[\n"))


def _shape(name: str, messages: Any, record: Record) -> str:
    if not isinstance(messages, list):
        return ""
    first = messages[0] if messages else None
    if not isinstance(first, dict):
        return (
            ""
            if is_talk(messages)
            else {"conversations": "sharegpt", "messages": "messages"}.get(name, "")
        )  # so that its fault is reported
    sender = _name(first, SENDERS)
    if sender and (_name(first, TEXTS) or not {*CALLS}.isdisjoint(first)):
        return _shape_by_sender(name, messages, sender, record)
    pairs = (
        form for form, names in _PAIRS.items() if any(first.keys() >= set(pair) for pair in names)
    )
    return next(pairs, {"conversations": "sharegpt", "messages": "messages"}.get(name, ""))


TALKS = ("data", "dialog", "dialogue", "conversation", "conversations", "messages", "utterances")
"""The fields that may hold a conversation as a list of texts."""


def talk_in(record: Record) -> str:
    """Return the field that holds a conversation as a list of texts, "" if none does."""
    return next((name for name in TALKS if name in record and is_talk(record[name])), "")


def is_talk(value: Any) -> bool:
    """Return whether a value is a list of two or more texts."""
    return (
        isinstance(value, list) and len(value) > 1 and all(isinstance(text, str) for text in value)
    )


def _shape_by_sender(name: str, messages: list[Any], sender: str, record: Record) -> str:
    if _is_v1(messages[0]):
        return ""
    if "<tools>" in _opening_system(messages[0], sender, record):
        return "hermes"
    if sender == "role":
        return "messages"
    return "belle" if name == "conversations" and _is_belle(messages) else "sharegpt"


def _is_v1(message: Message) -> bool:
    parts = message.get("content")
    return isinstance(parts, list) and any(
        isinstance(part, dict) and "value" in part for part in parts
    )


def _is_belle(messages: list[Any]) -> bool:
    senders = [message.get("from") for message in messages if isinstance(message, dict)]
    return "assistant" in senders and all(
        sender in ("human", "assistant", "system") for sender in senders
    )


def _opening_system(first: Message, sender: str, record: Record) -> str:
    text = (
        first.get(_name(first, TEXTS))
        if first[sender] in ("system", "System")
        else record.get("system")
    )
    return text if isinstance(text, str) else ""


def _name(message: Message, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in message), "")


def is_message(value: object) -> bool:
    """Return whether a value is one message, with a sender and a text."""
    return isinstance(value, dict) and bool(_name(value, SENDERS)) and bool(_name(value, TEXTS))


# ------------------------------------------------------------------------------------------ reading


def example_of(record: Record, *, tagged_calls: bool = False) -> Example:
    """Return the example of a record's list of messages, in any spelling of fields and speakers.

    Successive tool results become one observation, and successive calls one turn, as JSON lists.
    With `tagged_calls`, calls and results also stand in `<tool_call>` and `<tool_response>` inside
    texts. Raises `RecordError` for messages that cannot be read or make no example.
    """
    name, messages = _messages(record)
    heard = Heard(name, messages)
    for message in messages:
        heard.take(message)
    turns = heard.turns if not tagged_calls else [unwrapped(turn) for turn in heard.turns]
    tools = calls.tools_text(beside(record, TOOLS) or heard.tools)
    system = _system(record, heard.system, turns[0].text if turns else "")
    return Example(joined(turns), system, tools, images=tuple(heard.images))


def example_of_rounds(record: Record) -> Example:
    """Return the example of a record's list of rounds, each with a question and an answer.

    The system message may be a field of the record or of the first round. Raises `RecordError` for
    a round that lacks either text.
    """
    name, rounds = _messages(record)
    turns = [
        turn for number, item in enumerate(rounds) for turn in _round(item, f"/{name}/{number}")
    ]
    system = _system(record, _round_system(rounds), turns[0].text)
    return Example(tuple(turns), system, calls.tools_text(beside(record, TOOLS)))


def _round(item: Any, pointer: str) -> tuple[Turn, Turn]:
    names = next(
        (pair for pair in _ROUNDS if isinstance(item, dict) and item.keys() >= set(pair)), None
    )
    if not names:
        raise RecordError(
            "no round",
            "expected a question and an answer, such as 'human' and 'assistant'",
            pointer,
        )
    for name in names:
        if not isinstance(item[name], str):
            raise RecordError("not text", "expected text", f"{pointer}/{name}")
    return Turn("user", item[names[0]]), Turn("assistant", item[names[1]])


def _round_system(rounds: list[Any]) -> str:
    """Return the system message of the first round; raise `RecordError` if a later one differs."""
    texts = [item.get("system") or "" for item in rounds if isinstance(item, dict)]
    if any(text and text != texts[0] for text in texts):
        raise RecordError(
            "two system texts", "a later round has another system text than the first"
        )
    return texts[0] if texts and isinstance(texts[0], str) else ""


def _messages(record: Record) -> tuple[str, list[Any]]:
    """Return the name and value of the first field with a list of objects."""
    lists = {
        name: value
        for name in LISTS
        if name in record
        if isinstance(value := _list(record[name]), list)
    }
    full = (name for name, value in lists.items() if value and isinstance(value[0], dict))
    name = next(full, next(iter(lists), ""))
    if not name:
        raise RecordError(
            "no messages", "expected a list of messages in 'conversations' or in 'messages'"
        )
    if not lists[name]:
        raise RecordError("no messages", "the list of messages is empty", f"/{name}")
    return name, lists[name]


def _system(record: Record, spoken: str, asked: str) -> str:
    """Return the system message of the first message or of a field; both must agree.

    An `instruction` is no system message if the record has an answer too, or if it is the first
    question.
    """
    told = not {"output", "response"}.isdisjoint(record) or record.get("instruction") == asked
    names = [name for name in SYSTEMS if record.get(name) and not (told and name == "instruction")]
    for name in names:
        if not isinstance(record[name], str):
            raise RecordError("not text", "the system text is no text", f"/{name}")
        if spoken and record[name] != spoken:
            raise RecordError(
                "two system texts", f"one in the conversation and another in '{name}'", f"/{name}"
            )
        spoken = record[name]
    return spoken


# -------------------------------------------------------------------------------------- BELLE's own


def turns_of(
    messages: Iterable[Message], roles: Mapping[str, Role]
) -> tuple[str, tuple[Turn, ...]]:
    """Return the system message and the turns of `{"from", "value"}` messages.

    Raises `RecordError` for a sender that `roles` lacks, and for a late system message.
    """
    system, turns = "", []
    for number, message in enumerate(messages):
        sender = message["from"]
        if sender == "system" and number == 0:
            system = message["value"]
        elif sender in roles:
            turns.append(Turn(roles[sender], message["value"]))
        else:
            where = (
                "after the first turn"
                if sender == "system"
                else f"expected one of {', '.join(roles)}"
            )
            raise RecordError(
                "unknown role", f"'{sender}' {where}", f"/conversations/{number}/from"
            )
    return system, tuple(turns)


def messages_of(turns: Iterable[Turn], tags: Mapping[Role, str]) -> list[Message]:
    """Return the turns as `{"from", "value"}` messages, with the tag of each role."""
    return [{"from": tags[turn.role], "value": turn.text} for turn in turns]
