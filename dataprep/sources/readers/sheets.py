"""Read spreadsheets: each sheet has a header and a record a row."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Annotated, Any, BinaryIO, cast

import orjson

from dataprep.errors import DataError, DataprepError, RecordError, did_you_mean
from dataprep.model import Origin
from dataprep.sources.containers import ReaderOption, reader
from dataprep.sources.packed import on_disk
from dataprep.sources.raw import Raw

Row = tuple[str, int, list[str]]
"""The name of a sheet, the number of a row in it from 1, and its cells."""

_BROKEN = "broken, or too large"
_PROGRAM = str(Path(__file__).with_name("parsing") / "sheet_rows.py")


_SHEET = ReaderOption("Spreadsheets: read only the sheet with this name.")
_PACKAGE = "python-calamine"


@reader(".xlsx", binary=True, magic=b"PK\3\4", package=_PACKAGE)
@reader(".xls", binary=True, package=_PACKAGE)
def read_sheets(
    stream: BinaryIO, path: str, encoding: str, *, sheet: Annotated[str, _SHEET] = ""
) -> Iterator[Raw]:
    """Read the rows of all sheets, or of one, below the first row of each; the bytes tell .xls from
    .xlsx.

    All cells are text: `NA` and `007` unchanged, integers without a point, empty cells as "". Empty
    rows are skipped. The line of an origin is the row number in its sheet; with several sheets, its
    path ends with `#` and the name of the sheet. Raises `DataprepError` for a missing sheet, a
    duplicate column name or a password, `DataError` for a truncated file.
    """
    if not find_spec("python_calamine"):
        raise ModuleNotFoundError("No module named 'python_calamine'", name="python_calamine")
    return _records(stream, path, sheet)


def _records(stream: BinaryIO, path: str, only: str) -> Iterator[Raw]:
    with on_disk(stream) as file:
        lines = _printed(file, path)
        names = next(lines)
        if only and only not in names:
            raise DataprepError(f"{path}: has no sheet '{only}'{did_you_mean(only, names)}")
        for name, rows in groupby(lines, itemgetter(0)):
            if only in ("", name):
                yield from _sheet(rows, f"{path}#{name}" if len(names) > 1 else path)


def _printed(file: str, path: str) -> Iterator[Any]:
    """Yield the names of the sheets, then all rows, as `sheet_rows` prints them."""
    command = [sys.executable, "-P", _PROGRAM, file]
    with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL, stdin=DEVNULL) as program:
        try:
            for line in cast(IO[bytes], program.stdout):
                value = orjson.loads(line) if line.endswith(b"\n") else {"error": _BROKEN}
                if isinstance(value, dict):
                    raise _refused(path, value["error"])
                yield value
            if program.wait():
                raise _refused(path, _BROKEN)
        finally:
            program.kill()


def _refused(path: str, why: str) -> DataprepError:
    if why == "password":
        return DataprepError(f"{path}: is locked with a password; save it without one")
    return DataError(
        f"{path}: not a whole spreadsheet ({why}); open it in a spreadsheet program and save it "
        f"anew"
    )


def _sheet(rows: Iterable[Row], path: str) -> Iterator[Raw]:
    header: list[str] = []
    for _, number, cells in rows:
        if any(cell.strip() for cell in cells):
            if header:
                yield _record(header, cells, Origin(path, number))
            else:
                header = cells
                twice = {cell for cell in cells if cell and cells.count(cell) > 1}
                if twice:
                    raise DataprepError(
                        f"{path}:{number}: two columns are named '{min(twice)}'; "
                        "name each column once"
                    )


def _record(header: list[str], cells: list[str], origin: Origin) -> Raw:
    strays = [
        number
        for number, (name, cell) in enumerate(zip(header, cells, strict=True), 1)
        if cell and not name
    ]
    if strays:
        error = RecordError(
            "ragged row", f"has a cell in column {strays[0]}, which has no name in the header"
        )
        return Raw(origin, "\t".join(cells), error)
    return Raw(origin, {name: cell for name, cell in zip(header, cells, strict=True) if name})
