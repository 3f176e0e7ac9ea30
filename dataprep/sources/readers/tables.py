"""Read CSV and TSV: a header, and a record a row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, BinaryIO

from dataprep.errors import DataprepError, RecordError
from dataprep.model import Origin
from dataprep.sources.containers import ReaderOption, reader
from dataprep.sources.encodings import text_of
from dataprep.sources.raw import (
    SURROGATE,
    Codec,
    Raw,
    advice,
    name_of,
    readable,
    undecodable,
)


class _Lines:
    """Feed text lines to the csv module and keep those of the current row."""

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

    def flush(self, path: str) -> tuple[Origin, str, str]:
        """Return the origin, text and codec of the row just read, and start the next."""
        origin = Origin(path, self.number, self.byte)
        text = "".join(self.taken)
        data = text.encode(self.encoding, "surrogateescape")
        self.number += len(self.taken)
        self.byte += len(data)
        self.taken.clear()
        return origin, *(
            text_of(data, self.encoding)
            if isinstance(self.encoding, Codec)
            else (text, self.encoding)
        )


_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?")
"""The line that tells Excel the delimiter."""


_HEADER = ReaderOption("Tables: the first row names the columns; without it they are 1, 2, 3 …")
Header = Annotated[bool, _HEADER]


@reader(".csv")
def read_csv(stream: BinaryIO, path: str, encoding: str, *, header: Header = True) -> Iterator[Raw]:
    """Read a table delimited by commas; without a header the columns are "1", "2" and so on.

    If the header has no comma but a tab or a semicolon, that is the delimiter: Excel writes it
    under other locales. A first line `sep=;` sets it too.
    """
    return _read(stream, path, encoding, ",", header)


@reader(".tsv")
def read_tsv(stream: BinaryIO, path: str, encoding: str, *, header: Header = True) -> Iterator[Raw]:
    """Read a table delimited by tabs, in every other way as `read_csv` does."""
    return _read(stream, path, encoding, "\t", header)


def _read(stream: BinaryIO, path: str, encoding: str, usual: str, header: bool) -> Iterator[Raw]:
    csv.field_size_limit(2**31 - 1)
    lines = _Lines(stream, encoding)
    delimiter, table = _delimiter(lines, path, usual, header)
    rows = csv.reader(table, delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for cells, error in _rows(rows):
            origin, text, codec = lines.flush(path)
            if cells and codec != encoding:
                again = io.StringIO(text, newline="")
                cells = next(csv.reader(again, delimiter=delimiter, strict=True))
            if not names and cells and header:
                names = _header(cells, path, codec)
                continue
            if not names and cells:
                names = [str(number) for number in range(1, len(cells) + 1)]
            if cells or error:
                yield _row(names, cells, origin, readable(text).rstrip("\r\n"), error, codec)
    finally:
        lines.stream.detach()  # the caller closes the file


def _delimiter(lines: _Lines, path: str, usual: str, header: bool) -> tuple[str, Iterator[str]]:
    """Return the delimiter, and the lines from the first that is neither blank nor sets the
    delimiter.
    """
    text = iter(lines)
    first = ""
    for first in text:
        if first.strip():
            break
        lines.flush(path)
    if named := _SEPARATOR_LINE.fullmatch(first):
        lines.flush(path)
        return named[1], text
    signs = [sign for sign in (usual, "\t", ";") if header and sign in first]
    return signs[0] if signs else usual, chain([first], text)


def _rows(rows: Iterator[list[str]]) -> Iterator[tuple[list[str], str]]:
    """Yield each row with "", or an empty row with the error of the csv module."""
    while True:
        try:
            yield next(rows), ""
        except StopIteration:
            return
        except csv.Error as error:
            yield [], str(error)


def _header(cells: list[str], path: str, encoding: str) -> list[str]:
    if SURROGATE.search("".join(cells)):
        raise DataprepError(f"{path}:1: the header is not {encoding}; {advice(encoding)}")
    twice = {cell for cell in cells if cells.count(cell) > 1}
    if twice:
        raise DataprepError(
            f"{path}:1: two columns are named '{min(twice)}'; name each column once"
        )
    return cells


def _row(
    header: list[str], cells: list[str], origin: Origin, text: str, error: str, encoding: str
) -> Raw:
    if error:
        return Raw(origin, text, RecordError("not valid CSV", error), name_of(encoding))
    if len(cells) != len(header):
        ragged = RecordError("ragged row", f"has {len(cells)} cells", expected=str(len(header)))
        return Raw(origin, text, ragged, name_of(encoding))
    if any(SURROGATE.search(cell) for cell in cells):
        return Raw(origin, text, undecodable(encoding))
    return Raw(origin, dict(zip(header, cells, strict=True)), None, name_of(encoding))
