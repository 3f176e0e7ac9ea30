"""Bytes on disk: JSON lines, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import orjson

CHUNK = 1 << 20
UTF8 = "utf-8"


def to_line(value: Any) -> bytes:
    """Return a value as one line of UTF-8 JSON with its LF."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def to_json(value: Any) -> bytes:
    """Return a value as indented UTF-8 JSON that people read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """Give an empty folder to write in that is gone afterwards, and with it the folders above that stayed empty.

    What a killed run left there goes first.
    """
    shutil.rmtree(place, ignore_errors=True)
    above = list(takewhile(lambda folder: not folder.exists(), place.parents))
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        for folder in above:
            if not any(folder.iterdir()):
                folder.rmdir()


def staging_place(target: Path) -> Path:
    """Return where to prepare what will be renamed to `target`: hidden beside it, so on the same file system."""
    return target.with_name(f".{target.name}.tmp")


def publish(staged: Path, target: Path) -> bool:
    """Move a finished file to its place, unless the same bytes are there already; tell whether it was moved.

    The rename is atomic, so a reader sees the old file or the new one. The mtime stays that of the real writing, for
    LLaMA-Factory's cache trusts it.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
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
