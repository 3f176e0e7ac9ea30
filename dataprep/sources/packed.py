"""Open compressed files and members of zip files: a path → the stream of its bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, NamedTuple, cast

from dataprep.errors import DataError, DataprepError
from dataprep.sources import digest
from dataprep.sources.json_lines import CHUNK


class Packing(NamedTuple):
    """A compression: its name, its opener, and the exceptions it raises for invalid data."""

    name: str
    open: Callable[[BinaryIO], io.BufferedIOBase]
    errors: tuple[type[Exception], ...]


def _zstandard() -> Packing:
    from backports import zstd  # of the extra `files`

    return Packing("Zstandard", zstd.ZstdFile, (EOFError, zstd.ZstdError))


PACKINGS: dict[str, Callable[[], Packing]] = {
    ".gz": lambda: Packing(
        "gzip", lambda file: gzip.GzipFile(fileobj=file), (EOFError, zlib.error)
    ),
    ".bz2": lambda: Packing("bzip2", bz2.BZ2File, (EOFError,)),
    ".xz": lambda: Packing("xz", lzma.LZMAFile, (EOFError, lzma.LZMAError)),
    ".zst": _zstandard,
}


def suffix_of(path: str) -> str:
    """Return the suffix of a file in lower case, ignoring the one of its compression."""
    suffix = _last_suffix(path)
    return _last_suffix(path[: -len(suffix)]) if suffix in PACKINGS else suffix


def packing_of(path: str) -> str:
    """Return the compression or archive of a file, "" if it has none."""
    names = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
    packings = [names.get(_last_suffix(path), ""), "zip" if _parts(path)[1] else ""]
    return " in ".join(filter(None, packings))


MAGIC = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ", ".zst": b"\x28\xb5\x2f\xfd"}
"""The first bytes of compressed files."""
ZIP = b"PK\3\4"
"""The first bytes of a zip file, and so of a spreadsheet."""


def check_kind(path: str) -> None:
    """Raise `DataprepError` for a path that is a pipe or a device."""
    on_disk = Path(file_of(path))
    if not on_disk.is_file() and not on_disk.is_dir():
        raise DataprepError(
            f"{path}: is a pipe or a device; read it by standard input, as the file '-'"
        )


def _last_suffix(path: str) -> str:
    _, dot, suffix = path.rpartition(".")
    return "" if "/" in suffix else dot + suffix.lower()


def is_plain(path: str) -> bool:
    """Return whether a path names a file that is neither compressed nor in a zip."""
    return _last_suffix(path) not in PACKINGS and not _parts(path)[1]


@contextmanager
def opened(path: str, *, digested: bool = False) -> Iterator[BinaryIO]:
    """Open a file for reading its decompressed bytes.

    Raises `DataprepError` if it cannot be opened and, at any read, `DataError` if it is truncated.
    """
    try:
        with _member(path) as file:
            if digested and file_of(path) == path:
                digest.keep(path, file)
            with _unpacked(file, path) as stream:
                yield stream
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


@contextmanager
def _unpacked(file: BinaryIO, path: str) -> Iterator[BinaryIO]:
    suffix = _last_suffix(path)
    if suffix not in PACKINGS:
        yield file
        return
    packing = PACKINGS[suffix]()
    if cast(io.BufferedReader, file).peek(8)[:8].lstrip()[:1] in (b"{", b"["):
        raise DataError(
            f"{path}: not a whole {packing.name} file, nor compressed at all; rename it without "
            f"'{suffix}'"
        )
    try:
        yield _buffered(packing.open(file))
    except packing.errors as error:
        raise _not_whole(path, packing.name, error) from None
    except OSError as error:
        if error.errno:  # the disk's, not the packing's
            raise
        raise _not_whole(path, packing.name, error) from None


def _buffered(stream: io.BufferedIOBase) -> BinaryIO:
    return io.BufferedReader(cast(io.RawIOBase, stream), CHUNK)


def _not_whole(path: str, kind: str, error: Exception) -> DataError:
    return DataError(f"{path}: not a whole {kind} file ({error}); fetch it again")


@contextmanager
def on_disk(stream: BinaryIO) -> Iterator[str]:
    """Give the name of a file with the bytes of a stream; decompressed streams are copied to a
    file.
    """
    if isinstance(getattr(stream, "raw", None), io.FileIO):
        yield stream.name
        return
    with NamedTemporaryFile(prefix="dataprep-") as copy:
        shutil.copyfileobj(stream, copy, CHUNK)
        copy.flush()
        yield copy.name


# ---------------------------------------------------------------------------------------- zip files

_ZIP = re.compile(r"\.zip(?=/)", re.IGNORECASE)


def is_zip(path: str) -> bool:
    """Return whether a path names a zip file."""
    return path.lower().endswith(".zip") and Path(path).is_file()


def members(path: str) -> list[str]:
    """Return the paths of the files in a zip, sorted: the path of the zip plus the name of the
    member.
    """
    return sorted(f"{path}/{name}" for name in _archive(path).members)


def file_of(path: str) -> str:
    """Return the file on disk: the file itself, or the zip that holds the member."""
    return _parts(path)[0]


def size(path: str) -> int:
    """Return the size of a file, or of a member unpacked from its zip; raises `DataprepError`."""
    archive, name = _parts(path)
    try:
        return _info(archive, name).file_size if name else os.stat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        raise DataprepError(f"{path}: no such file") from None
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _parts(path: str) -> tuple[str, str]:
    """Return the zip and the member that a path names, or the path and ""."""
    for found in _ZIP.finditer(path):
        if Path(path[: found.end()]).is_file():
            return path[: found.end()], path[found.end() + 1 :]
    return path, ""


@contextmanager
def _member(path: str) -> Iterator[BinaryIO]:
    archive, name = _parts(path)
    if not name:
        with open(path, "rb") as file:
            yield file
        return
    info = _info(archive, name)
    try:
        with _archive(archive).file.open(info) as member:
            yield _buffered(cast(io.BufferedIOBase, member))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise _not_whole(archive, "zip", error) from None
    except NotImplementedError as error:
        raise DataprepError(
            f"{path}: cannot be unpacked ({error}); unzip {archive} and name its files"
        ) from None


class _Archive(NamedTuple):
    file: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]


def _archive(path: str) -> _Archive:
    stat = os.stat(path)
    return _index(path, stat.st_mtime_ns, stat.st_size, os.getpid())


@lru_cache(maxsize=2)
def _index(path: str, mtime: int, size: int, process: int) -> _Archive:
    """Read the directory of a zip once for all of its members.

    Cached per process: forked workers must not share a file offset.
    """
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _not_whole(path, "zip", error) from None
    return _Archive(file, {_name(info): info for info in file.infolist() if not info.is_dir()})


def _info(archive: str, name: str) -> zipfile.ZipInfo:
    info = _archive(archive).members.get(name)
    if info is None:
        raise DataprepError(f"{archive}: holds no file '{name}'")
    if info.flag_bits & 1:
        raise DataprepError(
            f"{archive}: '{name}' is encrypted; unzip it with its password and name its files"
        )
    return info


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member; some writers, e.g. on Chinese Windows, do not flag that it is
    not CP437.
    """
    if info.flag_bits & 0x800:
        return info.filename
    for encoding in ("utf-8", "gb2312"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename
