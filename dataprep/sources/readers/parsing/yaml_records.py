"""Turn the events of a YAML parser into records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, TypeGuard

import yaml

from dataprep.errors import BROKEN, DataError, Fault
from dataprep.model import Origin
from dataprep.sources.raw import Raw
from dataprep.sources.readers.json_text import LISTS
from dataprep.sources.readers.parsing.marked import MarkedText

Item = tuple[int, Any]
"""A value and the line on which it begins."""

_TYPED = {"": None, "~": None, "null": None, "true": True, "false": False}
_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp")
}
_DEEPEST = 100


def records(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Yield the records of a YAML file; raises `DataError` if it is not YAML."""
    text = MarkedText(stream, encoding)
    nodes = _Nodes(text, path)
    try:
        for line, value in nodes.records():
            yield text.raw(Origin(path, line), value)
    except yaml.MarkedYAMLError as error:
        if error.problem_mark:
            nodes.line = error.problem_mark.line + 1
        raise nodes.broken(f"not YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise nodes.broken(f"not YAML ({' '.join(str(error).split())})") from None


class _Nodes:
    """Build values from a parser's events, with the lines on which they begin."""

    def __init__(self, text: MarkedText, path: str) -> None:
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.path = path
        self.line = 1
        self.depth = 0
        self.anchors: dict[str, Any] = {}
        self.anchored = 0

    def broken(self, words: str) -> DataError:
        """Return the error that ends the file at the line at hand."""
        rest = "the rest of the file cannot be read"
        return DataError(Fault(BROKEN, words, fix=rest, path=self.path, line=self.line))

    def next(self) -> Any:
        """Return the next event, whose line becomes the one at hand."""
        event: Any = next(self.events)
        self.line = event.start_mark.line + 1
        return event

    def records(self) -> Iterator[Item]:
        """Yield the records of all documents."""
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
                yield from self.document(self.next())

    def document(self, root: Any) -> Iterator[Item]:
        """Yield the records of a document, given the event with which its value begins."""
        line = self.line
        if isinstance(root, yaml.SequenceStartEvent):
            yield from self.items()
        elif isinstance(root, yaml.MappingStartEvent):
            yield from _held(line, dict(self.fields()))
        elif (value := self.value(root, typed=True)) is not None:
            yield line, value

    def items(self) -> Iterator[Item]:
        """Yield the items of a list that has begun."""
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            line = self.line
            yield line, self.value(event)

    def fields(self) -> Iterator[tuple[str, Any]]:
        """Yield the fields of a mapping that has begun, a list as its items with their lines."""
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            name = self.name(event)
            value = self.next()
            if isinstance(value, yaml.SequenceStartEvent) and not value.anchor:
                yield name, _Items(self.items())
            else:
                yield name, self.value(value, typed=True)

    def name(self, event: Any) -> str:
        """Return the name of a field."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self.broken("the name of a field is no text")
        return str(event.value)

    def value(self, event: Any, *, typed: bool = False) -> Any:
        """Return the value that begins with an event, `null` and the like as what they say only
        where `typed`.
        """
        if isinstance(event, yaml.AliasEvent):
            return self.alias(str(event.anchor))
        if event.tag not in (None, "!", *_TAGS):
            raise self.broken(f"has the tag '{event.tag}', which data does not need")
        made: Any
        if isinstance(event, yaml.ScalarEvent):
            made = (
                _TYPED.get(event.value, event.value) if typed and event.implicit[0] else event.value
            )
        else:
            made = self.collection(event)
        if event.anchor:
            self.anchors[event.anchor] = made
        return made

    def collection(self, event: Any) -> list[Any] | dict[str, Any]:
        """Return the list or the mapping that begins with an event."""
        if self.depth == _DEEPEST:
            raise self.broken("nested too deep")
        anchored = bool(event.anchor)
        self.depth += 1
        self.anchored += anchored
        made: list[Any] | dict[str, Any]
        if isinstance(event, yaml.SequenceStartEvent):
            made = [value for _, value in self.items()]
        else:
            made = {}
            while not isinstance(key := self.next(), yaml.MappingEndEvent):
                name = self.name(key)
                made[name] = self.value(self.next(), typed=True)
        self.depth -= 1
        self.anchored -= anchored
        return made

    def alias(self, anchor: str) -> Any:
        """Return the value that an alias stands for."""
        if self.anchored:
            raise self.broken(
                f"the alias '{anchor}' is part of an anchor, which could blow up the file"
            )
        if anchor not in self.anchors:
            raise self.broken(f"there is no anchor for the alias '{anchor}'")
        return self.anchors[anchor]


class _Items(list[Item]):
    """The items of a list that a mapping holds."""

    @property
    def values(self) -> list[Any]:
        return [value for _, value in self]


def _held(line: int, fields: dict[str, Any]) -> Iterator[Item]:
    """Yield the records that a document's mapping holds, or the mapping as one record."""
    plain = {
        name: value.values if isinstance(value, _Items) else value for name, value in fields.items()
    }
    lists = [value for name, value in fields.items() if name in LISTS and _are_mappings(value)]
    spoken = fields.get("conversations")
    if isinstance(spoken, _Items) and any(isinstance(value, list) for value in spoken.values):
        del plain["conversations"]
        yield from ((start, {"conversation": texts} | plain) for start, texts in spoken)
    elif lists:
        for items in lists:
            yield from items
    else:
        yield line, plain


def _are_mappings(items: Any) -> TypeGuard[_Items]:
    return (
        isinstance(items, _Items)
        and bool(items)
        and all(isinstance(value, dict) for value in items.values)
    )
