"""The containers that records come in, by suffix: files → records with their origin."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dataprep.containers.json_text import holds_lines, read_json, read_lines
from dataprep.containers.raw import SURROGATE, Raw, Reader, readable
from dataprep.containers.tables import csv_reader
from dataprep.errors import DataError, DataprepError
from dataprep.files import CHUNK, UTF8

READERS: dict[str, Reader] = {
    ".json": read_json,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".csv": csv_reader(","),
    ".tsv": csv_reader("\t"),
}


def read(path: str, encoding: str = UTF8) -> Iterator[Raw]:
    """Yield the records of a file in their order, one that cannot be read as an error in its place.

    The suffix tells the container (.json .jsonl .ndjson .csv .tsv, each plain or .gz), the first character whether a
    JSON file is one array or a record a line. Blank lines are no records. Raises `DataprepError` where the file is
    missing, empty, a directory or of no known kind, `DataError` where it breaks off in the middle.
    """
    reader = reader_of(path)
    with _opened(path) as stream:
        yield from reader(_skip_bom(stream), path, encoding)


def read_stretch(path: str, encoding: str, start: int, line: int, end: int) -> Iterator[Raw]:
    """Yield the records of a cuttable file from byte `start`, which begins line `line`, to byte `end`."""
    with _opened(path) as stream:
        stream.seek(start)
        yield from read_lines(stream if start else _skip_bom(stream), path, encoding, line, end)


def size(path: str) -> int:
    """Return how many bytes a file has; raises `DataprepError` where it is not there."""
    if not os.path.exists(path):
        raise DataprepError(f"{path}: no such file")
    return os.stat(path).st_size


def is_cuttable(path: str, encoding: str) -> bool:
    """Tell whether a file can be read in stretches: it is plain, holds a record a line, and a line end is one byte."""
    if reader_of(path) is not read_json or path.endswith(".gz"):
        return False
    with _opened(path) as stream:
        return holds_lines(_skip_bom(stream), encoding)


def check_input(path: str) -> None:
    """Raise `DataprepError` where a file could not even be opened: missing, a directory, empty, unknown kind."""
    if SURROGATE.search(path):
        raise DataprepError(f"{readable(path)}: the file's name is not UTF-8; rename it")
    if not os.path.exists(path):
        raise DataprepError(f"{path}: no such file")
    if os.path.isdir(path):
        raise DataprepError(f"{path}: is a directory, expected a file; name its files, e.g. {path.rstrip('/')}/*.jsonl")
    reader_of(path)
    with _opened(path) as stream:
        if not stream.read(CHUNK).strip():
            raise DataprepError(f"{path}: is empty")


def encoding_of(name: str) -> str:
    """Return an encoding by the name that Python has for it; UTF-8 covers files with a byte-order mark too.

    Raises `DataprepError` for one that Python does not know, or whose line ends are not single bytes.
    """
    try:
        known = codecs.lookup(name).name.removesuffix("-sig")
        newline = b"a\n".decode(known, "surrogateescape").encode(known, "surrogateescape")
    except (LookupError, UnicodeError):
        raise DataprepError(f"no encoding '{name}'; common ones: utf-8, gb18030, big5, shift_jis, cp1252") from None
    if newline != b"a\n":
        raise DataprepError(f"encoding '{name}' is not read yet; convert it to UTF-8 first: iconv -f {name} -t UTF-8")
    return known


def reader_of(path: str) -> Reader:
    """Return the reader for a path's suffix, or raise `DataprepError` that names the suffixes there are."""
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    if suffix not in READERS:
        raise DataprepError(f"{path}: cannot read '{suffix or 'a file without suffix'}'; known: {', '.join(READERS)}")
    return READERS[suffix]


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    try:
        with open(path, "rb") as file:
            yield io.BufferedReader(gzip.GzipFile(fileobj=file), CHUNK) if path.endswith(".gz") else file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}); fetch it again") from None
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _skip_bom(stream: BinaryIO) -> BinaryIO:
    peek = stream.peek(len(codecs.BOM_UTF8))  # type: ignore[attr-defined]
    if peek.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    return stream
