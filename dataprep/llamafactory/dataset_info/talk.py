"""Who speaks in the conversations of a file, and which of them LLaMA-Factory drops under the tags
of an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dataprep.formats.parsing.fields import fields_of
from dataprep.formats.parsing.speakers import known_speaker
from dataprep.llamafactory.dataset_info.finding import TAGS, Meaning
from dataprep.llamafactory.dataset_info.sight import BATCH
from dataprep.model import Origin
from dataprep.sources.raw import Raw

_ASKS, _ANSWERS = ("user", "observation"), ("assistant", "function_call")
_ROLES = {
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
_SPEAKER_KEYS = ("from", "role", "speaker", "author")
_CONTENT_KEYS = ("value", "content", "text", "message")
MOST_NAMES = 100


@dataclass
class Talk:
    """The senders of a file's messages by name, and how many rows would be dropped under these tags
    and under any.

    `column` is the conversation's field, `keys` are a message's keys for who speaks and what is
    said.
    """

    meaning: Meaning
    column: str = ""
    keys: tuple[str, str] = ("", "")
    rows: int = 0
    senders: Counter[str] = field(default_factory=Counter)
    places: dict[str, Origin] = field(default_factory=dict)
    dropped: int = 0
    dropped_first: int = 0
    hopeless: Counter[str] = field(default_factory=Counter)
    hopeless_places: dict[str, Origin] = field(default_factory=dict)
    twice: int = 0
    twice_place: Origin | None = None

    def take(self, raw: Raw) -> None:
        """Look at one row's conversation, should it have one."""
        record = raw.value
        if raw.error or not isinstance(record, dict):
            return
        if not self.keys[0]:
            self.column, self.keys = _found(record, self.meaning)
        messages = record.get(self.column)
        if not self.column or not isinstance(messages, list) or not _are_messages(messages):
            return
        self.rows += 1
        senders = [str(message.get(self.keys[0])) for message in messages]
        for sender in senders:
            self._sender(sender, raw.origin)
        if _fault(senders, self._tagged(), self._is_pair):
            self.dropped += 1
            self.dropped_first += self.rows <= BATCH
        if fault := _fault(senders, {name: known_speaker(name) for name in senders}, self._is_pair):
            self.hopeless[fault] += 1
            self.hopeless_places.setdefault(fault, raw.origin)
        self._system(record, senders, raw.origin)

    def _sender(self, name: str, origin: Origin) -> None:
        if name in self.senders or len(self.senders) < MOST_NAMES:
            self.senders[name] += 1
            self.places.setdefault(name, origin)

    def _system(self, record: Mapping[str, Any], senders: list[str], origin: Origin) -> None:
        column = self.meaning.columns["system"]
        if (
            senders
            and senders[0] == self.meaning.tags["system_tag"]
            and column
            and record.get(column)
        ):
            self.twice += 1
            self.twice_place = self.twice_place or origin

    @property
    def _is_pair(self) -> bool:
        return bool(self.meaning.ranking)

    def _tagged(self) -> dict[str, str]:
        tags = self.meaning.tags
        return {tags[name]: role for name, role in _ROLES.items() if isinstance(tags[name], str)}

    @property
    def known(self) -> set[str]:
        """Return the senders that the tags name."""
        return self._tagged().keys() & self.senders.keys()

    def right_tags(self) -> dict[str, str]:
        """Return all seven tags as the file's own senders need them, {} where two senders have one
        role.
        """
        tags = {**TAGS, "role_tag": self.keys[0], "content_tag": self.keys[1]}
        if self.keys[0] == "role":
            tags |= {"user_tag": "user", "assistant_tag": "assistant", "observation_tag": "tool"}
        named: dict[str, str] = {}
        for sender in self.senders:
            role = known_speaker(sender)
            tag = next((tag for tag, its in _ROLES.items() if its == role), "")
            if not tag or tag in named:
                return {}
            named[tag] = sender
        return {**tags, **named} if "" not in self.keys else {}


def _found(record: Mapping[str, Any], meaning: Meaning) -> tuple[str, tuple[str, str]]:
    """Return the field of a record's conversation, the mapped one first, and the keys of its
    messages.
    """
    names = [meaning.columns["messages"], *fields_of(dict(record)).messages]
    column = next((name for name in names if name in record and _are_messages(record[name])), "")
    if not column or not record[column]:
        return column, ("", "")
    keys = {key for message in record[column] for key in message}
    return column, (
        _key(keys, meaning.tags["role_tag"], _SPEAKER_KEYS),
        _key(keys, meaning.tags["content_tag"], _CONTENT_KEYS),
    )


def _key(keys: Any, tagged: Any, usual: tuple[str, ...]) -> str:
    return next((name for name in (tagged, *usual) if name in keys), "")


def _are_messages(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(message, dict) for message in value)


def _fault(senders: list[str], roles: Mapping[str, Any], is_pair: bool) -> str:
    """Return why LLaMA-Factory drops a conversation of these senders, "" where it does not
    (data/converter.py).
    """
    if not senders:
        return "no turns"
    turns = senders[1:] if roles.get(senders[0]) == "system" else senders
    for place, sender in enumerate(turns):
        if roles.get(sender) not in (_ANSWERS if place % 2 else _ASKS):
            return "turns out of order" if roles.get(sender) else f"unknown sender '{sender}'"
    if len(turns) % 2 == is_pair:
        return ""
    return "no question at the end" if is_pair else "no answer at the end"
