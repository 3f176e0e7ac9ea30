"""Read JSON as a stream: one array, one object, or a record a line.

ijson parses an array of 20,000 rows in 0.04 s instead of 0.21 s, but gives no line of a record, and
one invalid byte or value ends the file instead of one record.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import orjson

from dataprep.errors import BROKEN, DataError, Fault, RecordError
from dataprep.model import Origin
from dataprep.sources.containers import reader
from dataprep.sources.encodings import text_of
from dataprep.sources.json_lines import CHUNK, UTF8
from dataprep.sources.packed import suffix_of
from dataprep.sources.raw import SURROGATE, Raw, name_of, readable, undecodable

LISTS = ("data", "rows", "records", "examples", "items")
"""The keys under which an object that is a whole file may hold its records."""


@reader(".json", ".jsonl", ".ndjson")
def read_json(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Read one array, one object, or a record a line; the first line decides.

    A .json file may also be one object with a list of objects under data, rows, records, examples
    or items: these are the records, and its other fields are ignored.
    """
    return (read_lines if holds_lines(stream, path, encoding) else _read_values)(
        stream, path, encoding
    )


def holds_lines(stream: BinaryIO, path: str, encoding: str) -> bool:
    """Return whether a file holds a record a line, from its head; the position of the stream is
    kept.
    """
    head = stream.peek(CHUNK)  # type: ignore[attr-defined]
    first, newline, rest = head.lstrip().partition(b"\n")
    if first.startswith(b"["):
        return False
    line = first.decode(encoding, "surrogateescape").rstrip()
    if not rest.strip() and suffix_of(path) == ".json" and _holds_list(line, 0):
        return False
    return not (newline and _goes_on(line))


def _goes_on(line: str) -> bool:
    """Return whether an object that begins on a line ends on a later one, or is followed by a comma
    or an object.
    """
    try:
        return line.startswith("{") and line[_scan(line, 0) :].lstrip().startswith((",", "{"))
    except json.JSONDecodeError as error:
        return error.pos >= len(line)


def read_lines(
    stream: BinaryIO,
    path: str,
    encoding: str,
    first: int = 1,
    end: int = sys.maxsize,
) -> Iterator[Raw]:
    """Read a record a line, from the position of the stream, which is line `first`, to the byte
    `end`.
    """
    byte = stream.tell()
    for number, line in enumerate(stream, first):
        if byte >= end:
            return
        if not line.isspace():
            yield _parse(line, Origin(path, number, byte), encoding)
        byte += len(line)


def read_these_lines(
    stream: BinaryIO, path: str, encoding: str, first: int, numbers: Iterable[int]
) -> Iterator[Raw]:
    """Read the records of these lines, in ascending order, from the position of the stream, which
    is line `first`.
    """
    byte = stream.tell()
    for number in numbers:
        byte += sum(map(len, islice(stream, number - first)))
        first = number + 1
        if line := next(stream, b""):
            yield _parse(line, Origin(path, number, byte), encoding)
            byte += len(line)


def _parse(line: bytes, origin: Origin, encoding: str) -> Raw:
    if encoding == UTF8:
        try:
            return Raw(origin, orjson.loads(line))
        except orjson.JSONDecodeError:
            pass  # the slow path below finds the error
    text, codec = text_of(line, encoding)
    return _value(text.rstrip("\r\n"), origin, codec)


class _Window:
    """A piece of decoded text that slides along a file, so that a large array is never in memory
    whole.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.decode = codecs.getincrementaldecoder(encoding)("surrogateescape").decode
        self.text = ""
        self.pos = 0
        self.line = 1
        self.byte = stream.tell()
        self.ended = False

    def grow(self) -> bool:
        """Read more of the file, at least doubling the unread text; return False at its end."""
        self.text = self.text[self.pos :]
        self.pos = 0
        size = max(CHUNK, len(self.text))
        data = self.stream.read(size)
        self.ended = not data
        self.text += self.decode(data, self.ended)
        return not self.ended

    def skip(self, end: int) -> str:
        """Move to `end` and return the text passed, counting its lines and bytes."""
        passed = self.text[self.pos : end]
        self.line += passed.count("\n")
        self.byte += len(passed.encode(self.encoding, "surrogateescape"))
        self.pos = end
        return passed

    def next(self, pattern: re.Pattern[str]) -> str:
        """Skip what `pattern` matches here and return the next character, "" at the end of the
        file.
        """
        while True:
            end = pattern.match(self.text, self.pos).end()  # type: ignore[union-attr]
            if end < len(self.text) or not self.grow():
                break
        self.skip(end)
        return self.text[self.pos : self.pos + 1]


_SPACE = re.compile(r"[ \t\n\r]*")
_BETWEEN = re.compile(r"[ \t\n\r,]*")


def _read_values(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Yield the elements of one array, or consecutive objects, as a window slides along.

    Objects may be separated by commas, as in files joined by hand.
    """
    window = _Window(stream, encoding)
    if window.next(_SPACE) == "[":
        window.skip(window.pos + 1)
        yield from _array(window, path)
        if window.next(_SPACE):
            raise _broken(window, path, "text after the array's ']'", window.pos)
        return
    holding = suffix_of(path) == ".json" and _begins_list(window)
    while sign := window.next(_BETWEEN):
        if sign != "{":
            raise _broken(window, path, "expected '{'", window.pos)
        if holding:
            yield from _held(window, path)
        else:
            yield _element(window, path)


def _array(window: _Window, path: str) -> Iterator[Raw]:
    """Yield the elements of an array after its opening bracket."""
    sign = window.next(_SPACE)
    while sign != "]":
        if not sign:
            raise DataError(
                f"{path}:{window.line}: the array breaks off, expected ']'; the file is not whole"
            )
        yield _element(window, path)
        sign = window.next(_SPACE)
        if sign == ",":
            window.skip(window.pos + 1)
            sign = window.next(_SPACE)
            if sign == "]":
                raise _broken(window, path, "a comma before ']'", window.pos)
        elif sign not in ("", "]"):
            raise _broken(window, path, "expected ',' or ']'", window.pos)
    window.skip(window.pos + 1)


def _held(window: _Window, path: str) -> Iterator[Raw]:
    """Yield the records in the lists of an object, skipping its other fields."""
    while window.next(_SPACE) in ("{", ","):
        try:
            end, held = _next_list(window.text, window.pos)
        except json.JSONDecodeError as error:
            if _may_be_cut(error, len(window.text)) and window.grow():
                continue
            raise _broken(window, path, error.msg, error.pos) from None
        window.skip(end)
        if not held:
            return
        yield from _array(window, path)
    if window.next(_SPACE) != "}":
        raise _broken(window, path, "expected ',' or '}'", window.pos)
    window.skip(window.pos + 1)


def _begins_list(window: _Window) -> bool:
    """Return whether the current object holds a list of records; the window grows until that is
    known.
    """
    while True:
        try:
            return _next_list(window.text, window.pos)[1]
        except json.JSONDecodeError as error:
            if not (_may_be_cut(error, len(window.text)) and window.grow()):
                return False


def _holds_list(text: str, pos: int) -> bool:
    """Return whether the object at `pos` holds a list of records, as far as the text goes."""
    try:
        return _next_list(text, pos)[1]
    except json.JSONDecodeError:
        return False


_NAME = re.compile(r'\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*:\s*')
_RECORDS = re.compile(r"\[\s*(?=\{)")
_SIGN = re.compile(r"\s*([,}])")


def _next_list(text: str, pos: int) -> tuple[int, bool]:
    """Return the start of the next list of records in an object and True, or the object's end and
    False.

    At `pos` is the object's "{" or a comma between its fields. Raises `JSONDecodeError` for
    anything else.
    """
    while True:
        name = _NAME.match(text, pos + 1)
        if not name:
            return _object_end(text, pos + 1), False
        if name[1] in LISTS and (records := _RECORDS.match(text, name.end())):
            return records.end(), True
        end = _scan(text, name.end())
        sign = _SIGN.match(text, end)
        if not sign:
            raise json.JSONDecodeError("Expecting ',' delimiter", text, _past_space(text, end))
        if sign[1] == "}":
            return sign.end(), False
        pos = sign.end() - 1


def _object_end(text: str, pos: int) -> int:
    pos = _past_space(text, pos)
    if text[pos : pos + 1] == "}":
        return pos + 1
    message = (
        "Unterminated string"
        if text[pos : pos + 1] == '"'
        else "Expecting property name in double quotes"
    )
    raise json.JSONDecodeError(message, text, pos)


def _past_space(text: str, pos: int) -> int:
    return _SPACE.match(text, pos).end()  # type: ignore[union-attr]


def _element(window: _Window, path: str) -> Raw:
    origin = Origin(path, window.line, window.byte)
    while True:
        try:
            end = _scan(window.text, window.pos)
        except json.JSONDecodeError as error:
            if _may_be_cut(error, len(window.text)) and window.grow():
                continue
            raise _broken(window, path, error.msg, error.pos) from None
        if (
            end < len(window.text) or not window.grow()
        ):  # a number that ends with the window may go on
            return _value(window.skip(end), origin, window.encoding)


_DECODER = json.JSONDecoder(parse_int=float)  # int() refuses more than 4300 digits


def _scan(text: str, start: int) -> int:
    """Return the end of the value that starts here; raises `JSONDecodeError` if it is invalid or
    truncated.
    """
    try:
        return _DECODER.raw_decode(text, start)[1]
    except RecursionError:
        raise json.JSONDecodeError("nested too deep", text, start) from None


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    """Return whether more text could help: the error is at the window's end, or inside a string."""
    return error.pos > length - 16 or error.msg.startswith("Unterminated string")


def _value(text: str, origin: Origin, encoding: str) -> Raw:
    if SURROGATE.search(text):
        return Raw(origin, readable(text), undecodable(encoding))
    try:
        return Raw(origin, orjson.loads(text), None, name_of(encoding))
    except orjson.JSONDecodeError as error:
        why = RecordError("not valid JSON", f"{error.msg} (column {error.colno})")
        return Raw(origin, text, why, name_of(encoding))


def _broken(window: _Window, path: str, message: str, pos: int) -> DataError:
    window.skip(max(pos, window.pos))
    fix = (
        "the rest of the array cannot be read; fix this line, or save one record a line as .jsonl, "
        "where a bad line costs one record"
    )
    found = f"not valid JSON ({message})"
    return DataError(Fault(BROKEN, found, fix=fix, path=path, line=window.line))
