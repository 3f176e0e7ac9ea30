"""Read plain text: documents, or the matches of a user's pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, BinaryIO

from dataprep.errors import DataError, DataprepError, RecordError
from dataprep.model import Origin
from dataprep.sources.containers import ReaderOption, reader
from dataprep.sources.encodings import text_of
from dataprep.sources.raw import SURROGATE, Raw, name_of, readable, undecodable

LONGEST = 64 << 20
"""Most bytes of a document, and of a file searched with a pattern; both are in memory whole."""

_END = b"<|endoftext|>"


_PATTERN = ReaderOption(
    "Text: a regular expression of one record, its named groups the fields.",
    example=r"'问：(?P<prompt>.*)\n答：(?P<response>.*)'",
)


@reader(".txt")
def read_text(
    stream: BinaryIO, path: str, encoding: str, *, pattern: Annotated[str, _PATTERN] = ""
) -> Iterator[Raw]:
    r"""Read documents separated by `<|endoftext|>` or at least two blank lines, each as {"text":
    …}.

    With a pattern, a Python regular expression with named groups such as
    `问：(?P<prompt>.*)\n答：(?P<response>.*)`, each match is a record of its groups, and any text
    between matches is a reject. A dot matches no line end unless the pattern begins with `(?s)`.
    Line ends are LF in both cases.

    Raises `DataprepError` for an invalid pattern, `DataError` for a document, or with a pattern a
    file, of more than 64 MiB.
    """
    if pattern:
        return _matches(stream, path, encoding, _compiled(pattern))
    return _documents(stream, path, encoding)


def _documents(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    document = _Document(path, encoding)
    byte = stream.tell()
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST + 1), b""), 1):
        for part in re.split(b"(%s)" % re.escape(_END), line):
            if part == _END or (document.blanks >= 2 and part.strip()):
                yield from document.close()
            if part != _END:
                document.add(part, number, byte)
            byte += len(part)
    yield from document.close()


class _Document:
    """The lines of the current document."""

    def __init__(self, path: str, encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self.lines: list[bytes] = []
        self.origin = Origin(path, 1)
        self.blanks = 0
        self.size = 0

    def add(self, line: bytes, number: int, byte: int) -> None:
        if line.strip():
            self.origin = self.origin if self.lines else Origin(self.path, number, byte)
            self.blanks = 0
        elif self.lines:
            self.blanks += 1
        else:
            return
        self.lines.append(line)
        self.size += len(line)
        if self.size > LONGEST:
            raise DataError(
                f"{self.origin}: the document that begins here has more than {LONGEST >> 20} MiB; "
                f"separate documents "
                "by two blank lines or <|endoftext|>, or give a pattern"
            )

    def close(self) -> Iterator[Raw]:
        """Yield the document, if there is one, and start anew."""
        lines = self.lines[: len(self.lines) - self.blanks]
        text, codec = text_of(b"".join(lines), self.encoding)
        text = text.replace("\r\n", "\n").removesuffix("\n")
        self.lines.clear()
        self.blanks = self.size = 0
        if SURROGATE.search(text):
            yield Raw(self.origin, readable(text), undecodable(self.encoding))
        elif text:
            yield Raw(self.origin, {"text": text}, None, name_of(codec))


# ----------------------------------------------------------------------------------------- patterns


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataprepError(f"pattern: {error}; it is a Python regular expression") from None
    if not compiled.groupindex:
        raise DataprepError(
            "pattern: has no named group; name the fields, e.g. (?P<prompt>.*?) and "
            "(?P<response>.*?)"
        )
    return compiled


def _matches(stream: BinaryIO, path: str, encoding: str, pattern: re.Pattern[str]) -> Iterator[Raw]:
    data = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise DataError(
            f"{path}: has more than {LONGEST >> 20} MiB, too much for a pattern; split it into "
            f"smaller files"
        )
    text = data.decode(encoding, "surrogateescape").replace("\r\n", "\n")
    line, end = 1, 0
    for match in pattern.finditer(text):
        if match.end() > match.start():
            yield from _outside(text[end : match.start()], path, line)
            line += text.count("\n", end, match.start())
            origin = Origin(path, line)
            if SURROGATE.search(match[0]):
                yield Raw(origin, readable(match[0]), undecodable(encoding))
            else:
                groups = match.groupdict().items()
                fields = {name: value for name, value in groups if value is not None}
                yield Raw(origin, fields, None, name_of(encoding))
            line += match[0].count("\n")
            end = match.end()
    yield from _outside(text[end:], path, line)


def _outside(text: str, path: str, line: int) -> Iterator[Raw]:
    if text.strip():
        line += text[: len(text) - len(text.lstrip())].count("\n")
        yield Raw(
            Origin(path, line),
            readable(text.strip()),
            RecordError("outside the pattern", "no match holds it"),
        )
