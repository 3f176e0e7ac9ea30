"""Read, merge and write `dataset_info.json`, LLaMA-Factory's list of data sets."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from dataprep import formats
from dataprep.errors import NOT_JSON, DataprepError, Fault
from dataprep.llamafactory.dataset_info.json_edit import edited
from dataprep.sources.atomic import replace_text

Entry = dict[str, Any]


def entry(format_name: str, file_name: str, fields: Container[str] | None = None) -> Entry:
    """Return the registry entry of a file in that format, every column and tag spelled out.

    `file_name` is relative to the registry's folder. A column that is not among the file's `fields`
    is left out, for LLaMA-Factory fails on it; None says that the file has all that its format can
    have. Raises `DataprepError` where LLaMA-Factory cannot train on the format, or would take the
    name for a pattern.
    """
    info = formats.written(format_name).DATASET_INFO
    if info is None:
        raise DataprepError(
            f"LLaMA-Factory cannot train on '{format_name}'; convert the file to sharegpt first"
        )
    if any(sign in file_name for sign in "*?[]"):
        raise DataprepError(
            f"{file_name}: LLaMA-Factory takes the file name for a pattern; rename it without * ? "
            f"[ ]"
        )
    columns = {
        name: column
        for name, column in info["columns"].items()
        if fields is None or column in fields
    }
    return {"file_name": file_name, **info, "columns": columns}


def read(path: Path) -> dict[str, Entry]:
    """Return the entries of a registry in their order, none where there is no file yet."""
    return parse(path, path.read_bytes()) if path.exists() else {}


def parse(path: Path, content: bytes) -> dict[str, Entry]:
    """Return the entries of a registry that is read already; raises `DataprepError` where it is
    none.
    """
    try:
        value = json.loads(_text(content))
    except ValueError as error:
        found, fix = f"not valid JSON ({error})", "fix it, for other data sets may be in it"
        raise DataprepError(Fault(NOT_JSON, found, fix=fix, path=str(path))) from None
    if not isinstance(value, dict):
        raise DataprepError(f"{path}: expected a JSON object of data sets by name")
    return value


def merge(path: Path, entries: Mapping[str, Entry], *, drop: frozenset[str] = frozenset()) -> bool:
    """Put entries into a registry under a lock, whole or not at all; tell whether the file changed.

    The entries of others, their order and the way they are written stay as they are; names in
    `drop` are taken out. The file is written in ASCII without a mark, for LLaMA-Factory opens it in
    whatever encoding the machine has.
    """
    with locked(path):
        content = path.read_bytes() if path.exists() else b"{}\n"
        parse(path, content)
        return replace_text(path, ascii_text(edited(_text(content), entries, drop)))


def locked(path: Path) -> FileLock:
    """Return the lock of a registry, which it is read, changed and written under; its folder is
    made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_name(f".{path.name}.lock"))


def ascii_text(text: str) -> str:
    """Return the text of a JSON value in ASCII: outside of strings it has nothing else."""
    return re.sub(r"[^\x00-\x7f]+", lambda signs: json.dumps(signs[0])[1:-1], text)


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig")


def check_name(name: str) -> None:
    """Raise `DataprepError` for a name that LLaMA-Factory would split or strip: it lists data sets
    by commas.
    """
    if not name or "," in name or name != name.strip():
        raise DataprepError(
            f"the data set's name is {name!r}, expected one without commas and outer spaces"
        )
