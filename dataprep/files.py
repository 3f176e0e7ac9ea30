"""Bytes to records with their origin, and files that appear whole or not at all."""

from __future__ import annotations

import codecs
import csv
import filecmp
import gzip
import io
import json
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from dataprep.errors import DataError, DataprepError, RecordError
from dataprep.model import Origin

CHUNK = 1 << 20
UTF8 = "utf-8"


class Raw(NamedTuple):
    """One record as it stands in a file: its value, or what keeps it from having one and then `value` is its text."""

    origin: Origin
    value: Any
    error: RecordError | None = None


Reader = Callable[[BinaryIO, str, str], Iterator[Raw]]


def read(path: str, encoding: str = UTF8) -> Iterator[Raw]:
    """Yield the records of a file in their order, one that cannot be read as an error in its place.

    The suffix tells the container (.json .jsonl .ndjson .csv .tsv, each plain or .gz), the first character whether a
    JSON file is one array or a record a line. Blank lines are no records. Raises `DataprepError` where the file is
    missing, empty, a directory or of no known kind, `DataError` where it breaks off in the middle.
    """
    reader = reader_of(path)
    try:
        with _open(path) as stream:
            yield from reader(_skip_bom(stream), path, encoding)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}); fetch it again") from None


def check_input(path: str, encoding: str = UTF8) -> None:
    """Raise `DataprepError` where a file could not even be opened: missing, a directory, empty, unknown kind."""
    if not os.path.exists(path):
        raise DataprepError(f"{path}: no such file")
    if os.path.isdir(path):
        raise DataprepError(f"{path}: is a directory, expected a file; name its files, e.g. {path.rstrip('/')}/*.jsonl")
    reader_of(path)
    check_encoding(encoding)
    with _open(path) as stream:
        if not stream.read(CHUNK).strip():
            raise DataprepError(f"{path}: is empty")


def check_encoding(name: str) -> None:
    """Raise `DataprepError` for an encoding that Python does not know, or whose line ends are not single bytes."""
    try:
        newline = "a\n".encode(name)
    except LookupError:
        raise DataprepError(f"no encoding '{name}'; common ones: utf-8, gb18030, big5, shift_jis, cp1252") from None
    if newline != b"a\n":
        raise DataprepError(f"encoding '{name}' is not read yet; convert it to UTF-8 first: iconv -f {name} -t UTF-8")


def reader_of(path: str) -> Reader:
    """Return the reader for a path's suffix, or raise `DataprepError` that names the suffixes there are."""
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    if suffix not in READERS:
        raise DataprepError(f"{path}: cannot read '{suffix or 'a file without suffix'}'; known: {', '.join(READERS)}")
    return READERS[suffix]


def _open(path: str) -> BinaryIO:
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed by the caller, or by gzip
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be opened').lower()}") from None
    return io.BufferedReader(gzip.GzipFile(fileobj=raw), CHUNK) if path.endswith(".gz") else raw


def _skip_bom(stream: BinaryIO) -> BinaryIO:
    peek = stream.peek(len(codecs.BOM_UTF8))  # type: ignore[attr-defined]
    if peek.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    return stream


# ------------------------------------------------------------------------------------------------------------- JSON


def _read_json(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Read one array, one object, or a record a line: the first line tells."""
    head = stream.peek(CHUNK)  # type: ignore[attr-defined]
    first = head.lstrip().split(b"\n", 1)[0]
    if first.startswith(b"[") or (first.startswith(b"{") and not _is_json(first)):
        return _read_values(stream, path, encoding)
    return _read_lines(stream, path, encoding)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _read_lines(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    byte = stream.tell()
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield _parse(line, Origin(path, number, byte), encoding)
        byte += len(line)


def _parse(line: bytes, origin: Origin, encoding: str) -> Raw:
    try:
        return Raw(origin, orjson.loads(line if encoding == UTF8 else line.decode(encoding)))
    except UnicodeDecodeError as error:
        return Raw(origin, readable(line.decode(UTF8, "surrogateescape")).rstrip("\r\n"), _undecodable(error, encoding))
    except orjson.JSONDecodeError as error:
        text = line.decode(encoding, "surrogateescape")
        if encoding == UTF8 and _SURROGATE.search(text):
            return Raw(origin, readable(text).rstrip("\r\n"), _not_utf8())
        return Raw(origin, readable(text).rstrip("\r\n"), _not_json(error.msg, error.colno))


class _Window:
    """A stretch of decoded text that slides along a file, so that a large array is never in memory whole."""

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
        """Take in more of the file, at least doubling what is not used yet; False at its end."""
        self.text = self.text[self.pos :]
        self.pos = 0
        size = max(CHUNK, len(self.text))
        data = self.stream.read(size)
        self.ended = not data
        self.text += self.decode(data, self.ended)
        return not self.ended

    def skip(self, end: int) -> str:
        """Pass over the text up to `end` and return it, counting its lines and bytes."""
        passed = self.text[self.pos : end]
        self.line += passed.count("\n")
        self.byte += len(passed.encode(self.encoding, "surrogateescape"))
        self.pos = end
        return passed

    def next(self, pattern: re.Pattern[str]) -> str:
        """Pass over what `pattern` matches here and return the character after it, "" at the end of the file."""
        while True:
            end = pattern.match(self.text, self.pos).end()  # type: ignore[union-attr]
            if end < len(self.text) or not self.grow():
                break
        self.skip(end)
        return self.text[self.pos : self.pos + 1]


_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _read_values(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Yield the elements of one array, or the objects that stand one after the other, as a window slides along."""
    window = _Window(stream, encoding)
    array = window.next(_SPACE) == "["
    if array:
        window.skip(window.pos + 1)
    while (sign := window.next(_BETWEEN)) not in ("", "]"):
        if array or sign == "{":
            yield _element(window, path)
        else:
            raise _broken(window, path, "expected '{'", window.pos)
    if array and sign != "]":
        raise DataError(f"{path}:{window.line}: the array breaks off, expected ']'; the file is not whole")
    if array:
        window.skip(window.pos + 1)
        if window.next(_SPACE):
            raise _broken(window, path, "text after the array's ']'", window.pos)


def _element(window: _Window, path: str) -> Raw:
    origin = Origin(path, window.line, window.byte)
    while True:
        try:
            _, end = _SCAN(window.text, window.pos)
        except json.JSONDecodeError as error:
            if _may_be_cut(error, len(window.text)) and window.grow():
                continue
            raise _broken(window, path, error.msg, error.pos) from None
        text = window.skip(end)
        return _value(text, origin)


_SCAN = json.JSONDecoder().raw_decode


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    """Tell whether more text could mend this: it stopped at the window's end, or inside a string."""
    return error.pos > length - 16 or error.msg.startswith("Unterminated string")


def _value(text: str, origin: Origin) -> Raw:
    if _SURROGATE.search(text):
        return Raw(origin, readable(text), _not_utf8())
    try:
        return Raw(origin, orjson.loads(text))
    except orjson.JSONDecodeError as error:
        return Raw(origin, text, _not_json(error.msg, error.colno))


def _broken(window: _Window, path: str, message: str, pos: int) -> DataError:
    window.skip(max(pos, window.pos))
    return DataError(
        f"{path}:{window.line}: not valid JSON ({message}), so the rest of the array cannot be read; mend this line, "
        "or save one record a line as .jsonl, where a bad line costs one record"
    )


def _not_json(message: str, column: int) -> RecordError:
    return RecordError("not valid JSON", f"{message} (column {column})")


def _not_utf8() -> RecordError:
    return RecordError("not valid UTF-8", "holds bytes that are not UTF-8; is it GBK? then say encoding gb18030")


def _undecodable(error: UnicodeDecodeError, encoding: str) -> RecordError:
    return RecordError(f"not valid {encoding}", f"byte 0x{error.object[error.start]:02x} is not {encoding}")


def readable(text: str) -> str:
    r"""Return text with its undecodable bytes spelled as `\xNN`, so that it can be written as UTF-8."""
    return text.encode(UTF8, "surrogateescape").decode(UTF8, "backslashreplace") if _SURROGATE.search(text) else text


# -------------------------------------------------------------------------------------------------------------- CSV


class _Lines:
    """Hand text lines to the csv module and keep those of the row at hand."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.byte = stream.tell()
        self.stream = io.TextIOWrapper(stream, encoding, "surrogateescape", newline="")
        self.encoding = encoding
        self.number = 1
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.stream:
            self.taken.append(line)
            yield line

    def flush(self, path: str) -> tuple[Origin, str]:
        """Return where the row that was just read began, and its text, and go on to the next."""
        text = "".join(self.taken)
        origin = Origin(path, self.number, self.byte)
        self.number += len(self.taken)
        self.byte += len(text.encode(self.encoding, "surrogateescape"))
        self.taken.clear()
        return origin, text


def _csv_reader(delimiter: str) -> Reader:
    def read_csv(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
        csv.field_size_limit(2**31 - 1)
        lines = _Lines(stream, encoding)
        rows = csv.reader(iter(lines), delimiter=delimiter, strict=True)
        header: list[str] = []
        for cells, error in _rows(rows):
            origin, text = lines.flush(path)
            if not header and cells:
                header = _header(cells, path, encoding)
            elif cells or error:
                yield _row(header, cells, origin, readable(text).rstrip("\r\n"), error)

    return read_csv


def _rows(rows: Iterator[list[str]]) -> Iterator[tuple[list[str], str]]:
    """Yield each row with "", or an empty row with what the csv module had against it."""
    while True:
        try:
            yield next(rows), ""
        except StopIteration:
            return
        except csv.Error as error:
            yield [], str(error)


def _header(cells: list[str], path: str, encoding: str) -> list[str]:
    if _SURROGATE.search("".join(cells)):
        raise DataprepError(f"{path}:1: the header is not {encoding}; is it GBK? then say encoding gb18030")
    twice = {cell for cell in cells if cells.count(cell) > 1}
    if twice:
        raise DataprepError(f"{path}:1: two columns are named '{min(twice)}'; name each column once")
    return cells


def _row(header: list[str], cells: list[str], origin: Origin, text: str, error: str) -> Raw:
    if error:
        return Raw(origin, text, RecordError("not valid CSV", error))
    if len(cells) != len(header):
        return Raw(origin, text, RecordError("ragged row", f"has {len(cells)} cells, expected {len(header)}"))
    if any(_SURROGATE.search(cell) for cell in cells):
        return Raw(origin, text, _not_utf8())
    return Raw(origin, dict(zip(header, cells, strict=True)))


READERS: dict[str, Reader] = {
    ".json": _read_json,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".csv": _csv_reader(","),
    ".tsv": _csv_reader("\t"),
}

# ----------------------------------------------------------------------------------------------------------- writing


def to_line(value: Any) -> bytes:
    """Return a value as one line of UTF-8 JSON with its LF."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def to_json(value: Any) -> bytes:
    """Return a value as indented UTF-8 JSON that people read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """Give an empty folder to write in that is gone afterwards; what a killed run left there goes first."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def staging_place(target: Path) -> Path:
    """Return where to prepare what will be renamed to `target`: hidden beside it, so on the same file system."""
    return target.with_name(f".{target.name}.tmp")


def publish(staged: Path, target: Path) -> bool:
    """Move a finished file to its place, unless the same bytes are there already; tell whether it was moved.

    The rename is atomic, so a reader sees the old file or the new one. The mtime stays that of the real writing, for
    LLaMA-Factory's cache trusts it.
    """
    if target.is_file() and filecmp.cmp(staged, target, shallow=False):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, target)
    return True


def replace_text(target: Path, text: str) -> bool:
    """Write a small text file whole or not at all, and only where its bytes differ; tell whether it was written."""
    with staging(staging_place(target)) as folder:
        (folder / target.name).write_text(text, encoding=UTF8, newline="\n")
        return publish(folder / target.name, target)


def parse(line: bytes) -> Any:
    """Return the value of a line that `to_line` wrote."""
    return orjson.loads(line)
