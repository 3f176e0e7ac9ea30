"""Convert records to rows by a registry entry, as `data/converter.py` of LLaMA-Factory does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.dataset_info import finding
from dataprep.model import MEDIA

Entry = Mapping[str, Any]
Message = tuple[str, Any]
"""A LLaMA-Factory role and its content."""
COLUMNS = {name: column for name, column in finding.COLUMNS.items() if column}
"""The columns of an entry that names none."""


class ConvertedRow(NamedTuple):
    """A row after LLaMA-Factory's converter and before its template."""

    prompt: list[Message]
    response: list[Message]
    system: Any = ""
    tools: Any = ""
    media: tuple[str, ...] = ()

    @property
    def filled(self) -> tuple[str, ...]:
        """Return the names of the converted columns that have a value."""
        messages = {"_prompt": self.prompt, "_response": self.response}
        texts = {"_system": self.system, "_tools": self.tools}
        return (
            *(name for name, value in messages.items() if value),
            *(name for name, value in texts.items() if value is not None),
            *(f"_{kind}" for kind in self.media),
        )


class Converter:
    """Converts records to rows by a registry entry; `fields` are all field names in the file."""

    def __init__(self, entry: Entry, fields: Iterable[str]) -> None:
        self.columns: Mapping[str, str] = entry.get("columns", COLUMNS)
        self.tags: Mapping[str, str] = entry.get("tags", finding.TAGS)
        self.ranking = bool(entry.get("ranking", False))
        self.formatting = entry.get("formatting", "alpaca")
        self.fields = frozenset(fields)
        if self.formatting not in ("alpaca", "sharegpt"):
            raise DataprepError(
                f"--quick supports formatting alpaca and sharegpt, not '{self.formatting}'"
            )

    def __call__(self, record: Any) -> ConvertedRow:
        """Return the row of a record; raises the errors that LLaMA-Factory would raise."""
        if not isinstance(record, dict):
            raise TypeError("is not an object")
        if self.formatting == "alpaca":
            prompt, response, system = self._alpaca(record)
        else:
            prompt, response, system = self._sharegpt(record)
        tools = self._column(record, "tools", "")
        media = tuple(kind for kind in MEDIA if self._column(record, kind) not in (None, []))
        return ConvertedRow(prompt, response, system, tools, media)

    def _column(self, record: dict[str, Any], name: str, default: Any = None) -> Any:
        """Return a column's value; raises KeyError if no record of the file has its field."""
        field = self.columns.get(name)
        if not field:
            return default
        if field not in self.fields:
            raise KeyError(field)
        return record.get(field)

    def _alpaca(self, record: dict[str, Any]) -> tuple[list[Message], list[Message], Any]:
        prompt: list[Message] = []
        history = self._column(record, "history")
        for asked, answer in history if isinstance(history, list) else []:
            prompt += [("user", asked), ("assistant", answer)]
        query = [self._column(record, name) for name in ("prompt", "query")]
        prompt.append(("user", "\n".join([text for text in query if text])))
        return prompt, self._answers(record), self._column(record, "system", "")

    def _answers(self, record: dict[str, Any]) -> list[Message]:
        label = self._column(record, "kto_tag")
        if isinstance(label, bool):
            return _labelled(("assistant", self._column(record, "response")), label)
        if self.ranking:
            pair = [self._column(record, name) for name in ("chosen", "rejected")]
            if all(isinstance(text, str) for text in pair):
                return [("assistant", text) for text in pair]
        response = self._column(record, "response")
        return [("assistant", response)] if isinstance(response, str) else []

    def _sharegpt(self, record: dict[str, Any]) -> tuple[list[Message], list[Message], Any]:
        messages = self._column(record, "messages")
        role = self.tags["role_tag"]
        if "messages" not in self.columns:
            raise KeyError(None)
        if (
            len(messages)
            and self.tags.get("system_tag")
            and messages[0][role] == self.tags["system_tag"]
        ):
            system, messages = messages[0].get(self.tags["content_tag"]), messages[1:]
        else:
            system = self._column(record, "system", "")
        aligned = list(self._aligned(messages))
        if len(aligned) < len(messages) or len(aligned) % 2 != self.ranking:
            return [], [], system
        return *self._parted(record, aligned), system

    def _aligned(self, messages: Iterable[Any]) -> Iterator[Message]:
        """Yield the messages up to the first whose role is out of order."""
        for number, message in enumerate(messages):
            name = self._role(message[self.tags["role_tag"]], number)
            if not name:
                return
            yield name, message.get(self.tags["content_tag"])

    def _role(self, tag: str, number: int) -> str:
        asks = {"user_tag": "user", "observation_tag": "observation"}
        answers = {"assistant_tag": "assistant", "function_tag": "function"}
        wanted = answers if number % 2 else asks
        found = [role for name, role in wanted.items() if self.tags.get(name) == tag]
        return found[0] if found else ""

    def _parted(
        self, record: dict[str, Any], aligned: list[Message]
    ) -> tuple[list[Message], list[Message]]:
        label = self._column(record, "kto_tag")
        if isinstance(label, bool):
            return aligned[:-1], _labelled(aligned[-1], label)
        if self.ranking:
            pair = [self._column(record, name) for name in ("chosen", "rejected")]
            if all(isinstance(message, dict) for message in pair):
                return aligned, [self._chosen(message) for message in pair]
        return aligned[:-1], aligned[-1:]

    def _chosen(self, message: dict[str, Any]) -> Message:
        tag = message[self.tags["role_tag"]]
        role = (
            self._role(tag, 1)
            or self._role(tag, 0)
            or ("system" if tag == self.tags.get("system_tag") else "")
        )
        if not role:
            raise KeyError(tag)
        return role, message.get(self.tags["content_tag"])


def _labelled(answer: Message, wanted: bool) -> list[Message]:
    return [answer, ("assistant", "")] if wanted else [("assistant", ""), answer]
