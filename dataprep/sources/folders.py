"""Find the data files in a folder or a zip, without documentation and files that dataprep wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

import orjson

from dataprep.errors import DataError
from dataprep.sources.outputs import REGISTRY, describes_data

Readable = Callable[[str], bool]
"""What tells a file that can be read, by its name."""
SAVED = frozenset({REGISTRY, "state.json"})
"""The files by which a folder is told that `datasets` saved one split in."""

_PAPER = re.compile(
    r"(readme|licen[cs]e|notice|copying|copyright|authors|citation|changelog|changes|contributing"
    r"|requirements)"
    r"([^a-z].*)?\.(txt|xml|ya?ml)"
)


def is_data(name: str) -> bool:
    """Return whether a file name looks like data: not hidden, no documentation, not written by
    dataprep.
    """
    low = name.lower()
    return not (
        low.startswith((".", "~$"))
        or low == "dataset_infos.json"
        or describes_data(low)
        or _PAPER.fullmatch(low)
    )


def data_members(paths: Iterable[str], root: str, readable: Readable) -> list[str]:
    """Return the members of a zip that are data and not in a hidden folder."""
    found = []
    for path in paths:
        *folders, name = path[len(root) + 1 :].split("/")
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in folders)
        if not hidden and is_data(name) and readable(path):
            found.append(path)
    return found


def walk(folder: str, readable: Readable) -> Iterator[str]:
    """Yield the data files below a folder, unsorted; a folder saved by `datasets` counts as one
    file.

    Links to folders are followed unless they lead back to a folder above.
    """
    entries = {entry.name: entry for entry in os.scandir(folder)}
    if entries.keys() >= SAVED:
        yield folder
    elif "dataset_dict.json" in entries:
        yield from saved_splits(folder)
    else:
        for name, entry in entries.items():
            if entry.is_dir():
                if name[0] != "." and name != "__MACOSX" and not _leads_back(entry, folder):
                    yield from walk(entry.path, readable)
            elif is_data(name) and readable(name) and entry.is_file():
                yield entry.path


def _leads_back(entry: os.DirEntry[str], folder: str) -> bool:
    if not entry.is_symlink():
        return False
    here, there = os.path.realpath(folder), os.path.realpath(entry.path)
    return os.path.commonpath([here, there]) == there


def is_saved(folder: str) -> bool:
    """Return whether `datasets` saved one split in this folder."""
    return all(os.path.exists(os.path.join(folder, name)) for name in SAVED)


def saved_splits(folder: str) -> list[str]:
    """Return the folders of the splits that `datasets` saved together."""
    path = os.path.join(folder, "dataset_dict.json")
    try:
        with open(path, "rb") as file:
            return [os.path.join(folder, str(name)) for name in orjson.loads(file.read())["splits"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise DataError(
            f"{path}: does not name the splits as `datasets` writes them; save the data again"
        ) from None
