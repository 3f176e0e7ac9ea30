"""Print a spreadsheet as JSON lines: the names of the sheets, then [sheet, row, [cell, …]] for each
row.

This runs as a separate process, because the parser aborts or exhausts memory on some broken files.
All cells are text. A parser error is a line {"error": …}. Exit status 0 means complete.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import python_calamine

MOST_MEMORY = 8 << 30


def lines_of(path: str) -> Iterator[Any]:
    """Yield the values to print."""
    try:
        with open(path, "rb") as file, python_calamine.CalamineWorkbook.from_filelike(file) as book:
            yield book.sheet_names
            for name in book.sheet_names:
                for number, row in enumerate(book.get_sheet_by_name(name).iter_rows(), 1):
                    yield [name, number, [text(cell) for cell in row]]
    except python_calamine.PasswordError:
        yield {"error": "password"}
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        yield {"error": str(error)}


def text(cell: Any) -> str:
    """Return a cell as a person would type it: 3 for 3.0, TRUE, 2024-05-06."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else str(cell)


if __name__ == "__main__":
    with suppress(ValueError, OSError):  # where the system has no such limit
        resource.setrlimit(
            resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1])
        )
    for line in lines_of(sys.argv[1]):
        sys.stdout.write(json.dumps(line) + "\n")
