"""Write files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from pathlib import Path

from dataprep.sources.json_lines import CHUNK, UTF8

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The errors of a write to a full disk; they carry no file name."""
_LOCK = ".lock"


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """Give a folder to write in; it is removed afterwards, with the folders above that stayed
    empty.

    Leftovers of a killed run are removed first; a running one is waited for. Raises `OSError` with
    the name of the target folder if it cannot be written to or is full.
    """
    above = list(takewhile(lambda folder: not folder.exists(), place.parents))
    try:
        lock = _claim(place)
    except OSError as error:
        raise OSError(
            error.errno, f"cannot be written to: {error.strerror}", str(place.parent)
        ) from None
    try:
        with naming(str(place.parent)):
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)
        for folder in above:
            with suppress(OSError):  # holds the files now, or those of another run
                folder.rmdir()


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Add the name of a place to the error for a full disk, which has none."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, place) from None


def _claim(place: Path) -> int:
    """Make an empty folder with a lock in it, and return the lock, which ends with this process.

    It is a POSIX lock, because child processes that may outlive this one do not inherit those.
    """
    while True:
        place.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the other run just ended, and took the folder with it
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.lockf(lock, fcntl.LOCK_EX)
            path = place / _LOCK
            if path.exists() and os.path.samestat(os.fstat(lock), path.stat()):
                break
            os.close(lock)
    for left in place.iterdir():
        if left.name != _LOCK:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return lock


def staging_place(target: Path) -> Path:
    """Return where to prepare a file that is renamed to `target`: hidden, on the same file
    system.
    """
    return target.with_name(f".{target.name}.tmp")


def publish(staged: Path, target: Path) -> bool:
    """Move a finished file to its place unless the same bytes are there; return whether it was
    moved.

    The rename is atomic, so readers see the old file or the new one. An unchanged file keeps its
    mtime, because LLaMA-Factory's cache trusts it.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if target.is_file() and filecmp.cmp(staged, target, shallow=False):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, target)
    return True


def publish_beside(staged: Path, target: Path) -> Path:
    """Copy a finished file to its place, or to `2.NAME`, `3.NAME` … if other bytes are there;
    return the path.
    """
    for number in count(1):
        place = target if number == 1 else target.with_name(f"{number}.{target.name}")
        try:
            with staged.open("rb") as lines, place.open("xb") as file:
                shutil.copyfileobj(lines, file, CHUNK)
        except FileExistsError:
            if not place.is_file() or not filecmp.cmp(staged, place, shallow=False):
                continue
        return place
    raise AssertionError("numbers do not end")


def replace_text(target: Path, text: str) -> bool:
    """Write a small text file atomically if its bytes differ; return whether it was written."""
    with staging(staging_place(target)) as folder:
        (folder / target.name).write_text(text, encoding=UTF8, newline="\n")
        return publish(folder / target.name, target)
