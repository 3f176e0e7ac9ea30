"""Read XML as a stream: a record for each element with the name that the user gives."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, BinaryIO
from xml.parsers import expat

from dataprep.errors import BROKEN, DataError, DataprepError, Fault, RecordError, did_you_mean
from dataprep.model import Origin
from dataprep.sources.containers import ReaderOption, reader
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.raw import Codec, Raw
from dataprep.sources.readers.parsing.marked import MarkedText

_EXAMPLE = (
    "{record: item, prompt: question, response: answer}, "
    "or in a command --elements record=item,prompt=question,response=answer"
)
_HEAD = 16 << 20  # bytes in which names are looked for that the user may mean
_PIECE = CHUNK // 8


_ELEMENTS = ReaderOption(
    "XML: the element that is a record, and those that are its fields.",
    example="record=ELEMENT,prompt=ELEMENT,response=ELEMENT",
    required=("record",),
)


@reader(".xml")
def read_xml(
    stream: BinaryIO,
    path: str,
    encoding: str,
    *,
    elements: Annotated[Mapping[str, str], _ELEMENTS] = MappingProxyType({}),
) -> Iterator[Raw]:
    """Read the elements named by `elements["record"]`; its other keys are fields, its values
    element names.

    A field is all the text in its element; several of one name form a list. The attributes of a
    record are fields `@name`, those of a field's element `field@name`. The file's declaration gives
    the encoding unless the user does. A file without any such element is one reject. Raises
    `DataprepError` if `elements` is missing or incomplete, and `DataError` if the file breaks off,
    is not well-formed, or declares entities, which can blow up a small file.
    """
    text = MarkedText(stream, _encoding(stream, path, encoding))
    if not elements:
        found = _names(text, path)
        raise DataprepError(
            f"{path}: which elements are records? say elements, e.g. {_EXAMPLE}; there are {found}"
        )
    if "record" not in elements or len(elements) < 2:
        raise DataprepError(
            f"{path}: elements must name the record and at least one field, e.g. {_EXAMPLE}"
        )
    return _read(text, path, elements)


def _encoding(stream: BinaryIO, path: str, encoding: str) -> str:
    """Return the declared encoding, if neither the user, a mark nor zero bytes give one."""
    head = stream.peek(CHUNK)[:200]  # type: ignore[attr-defined]
    declared = re.match(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.-]+)", head)
    if not declared or not (isinstance(encoding, Codec) and encoding.detected):
        return encoding
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
        return name if name != encoding and "a<".encode(name) == b"a<" else encoding
    except (LookupError, UnicodeError):
        name = declared[1].decode("ascii", "replace")
        raise DataprepError(
            f"{path}: declares the encoding '{name}', which there is not; say its own"
        ) from None


def _names(text: MarkedText, path: str) -> str:
    """Return the names of the elements at the beginning of the file, the most frequent first."""
    collector = _Collector(path, {})
    for _ in range(_HEAD // _PIECE):
        if not collector.feed(text):
            break
    return (
        ", ".join(f"{name} ({count})" for name, count in collector.seen.most_common(30)) or "none"
    )


def _read(text: MarkedText, path: str, elements: Mapping[str, str]) -> Iterator[Raw]:
    collector = _Collector(path, elements)
    more = True
    while more:
        more = collector.feed(text)
        yield from (text.raw(origin, value) for origin, value in collector.done)
        collector.done.clear()
    if collector.error:
        raise collector.error
    if elements["record"] not in collector.seen:
        known = did_you_mean(elements["record"], collector.seen)
        error = RecordError(
            "no such element", f"the file has no element '{elements['record']}'{known}"
        )
        yield Raw(Origin(path, 1), "", error)


class _Collector:
    """Handle a parser's events and collect complete records in `done`."""

    def __init__(self, path: str, elements: Mapping[str, str]) -> None:
        self.path = path
        self.record = elements.get("record")
        self.fields = {element: name for name, element in elements.items() if name != "record"}
        self.seen: Counter[str] = Counter()
        self.done: list[tuple[Origin, dict[str, Any]]] = []
        self.depth = 0
        self.open: list[tuple[int, str, list[str]]] = []
        self.error: DataError | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.EntityDeclHandler = self.entity

    def feed(self, text: MarkedText) -> bool:
        """Parse the next piece of the file; return whether there may be more, and keep an
        `error`.
        """
        piece = text.read(_PIECE)
        try:
            self.parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            found = f"not well-formed XML ({expat.ErrorString(error.code)})"
            rest = "the rest of the file cannot be read"
            self.error = DataError(
                Fault(BROKEN, found, fix=rest, path=self.path, line=error.lineno)
            )
        except DataError as error:
            self.error = error
        return bool(piece) and not self.error

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self.seen[element] += 1
        if not self.depth:
            if element == self.record:
                self.depth = 1
                self.origin = Origin(self.path, self.parser.CurrentLineNumber)
                self.value: dict[str, Any] = {f"@{name}": text for name, text in attributes.items()}
            return
        self.depth += 1
        if name := self.fields.get(element):
            self.open.append((self.depth, name, []))
            for attribute, text in attributes.items():
                self.put(f"{name}@{attribute}", text)

    def text(self, text: str) -> None:
        for _, _, parts in self.open:
            parts.append(text)

    def end(self, element: str) -> None:
        if not self.depth:
            return
        if self.open and self.open[-1][0] == self.depth:
            _, name, parts = self.open.pop()
            self.put(name, "".join(parts))
        self.depth -= 1
        if not self.depth:
            self.done.append((self.origin, self.value))

    def put(self, name: str, text: str) -> None:
        """Add a field's text to those it already has."""
        if name not in self.value:
            self.value[name] = text
        elif isinstance(self.value[name], list):
            self.value[name].append(text)
        else:
            self.value[name] = [self.value[name], text]

    def entity(self, name: str, *_: object) -> None:
        raise DataError(
            f"{self.path}:{self.parser.CurrentLineNumber}: declares the entity '{name}', which is "
            f"refused, for "
            "entities can blow up a small file; write its text in place of it"
        )
