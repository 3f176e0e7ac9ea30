"""Read records from a file: the suffix selects the reader."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, BinaryIO

from dataprep.errors import EMPTY, DataError, DataprepError, Fault, did_you_mean
from dataprep.sources import folders, packed, readers
from dataprep.sources.containers import CONTAINERS, DeclaredOption, Reader
from dataprep.sources.encodings import AUTO, is_transcoded, text_stream, without_bytes
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.packed import opened, suffix_of
from dataprep.sources.raw import SURROGATE, Raw, readable
from dataprep.sources.readers import hub
from dataprep.sources.readers.arrow import read_saved
from dataprep.sources.readers.hub import read_hub
from dataprep.sources.readers.json_text import holds_lines, read_json, read_lines, read_these_lines

Options = Mapping[str, Any]
"""Options of a reader by name, such as `pattern`; `reader_options` lists all."""

for _, _name, _is_package in iter_modules(readers.__path__):
    if not _is_package:  # importing a reader registers it
        import_module(f"{readers.__name__}.{_name}")


def files(path: str) -> list[str]:
    """Return the files that a path stands for, sorted: those in a folder, the members of a zip, or
    itself.

    The path of a member is that of the zip plus its name. A folder saved by `datasets` is one file.
    Hidden files, unknown suffixes and files that are no data (README, LICENSE, `dataset_info.json`,
    rejects, reports) are skipped. Raises `DataprepError` if none is left, `DataError` for a broken
    zip.
    """
    if hub.is_hub(path):
        return [path]
    if os.path.isdir(path):
        found = folders.walk(path, lambda name: is_readable(name) or name.lower().endswith(".zip"))
        paths = [
            one for each in found for one in (_members(each) if packed.is_zip(each) else [each])
        ]
    elif packed.is_zip(path):
        paths = _members(path)
    else:
        return [path]
    if not paths:
        raise DataprepError(
            f"{path}: holds no file that can be read{_found_in(path)}; known: {_known()}"
        )
    return sorted(paths)


def passed_over(path: str) -> list[str]:
    """Return the files in a folder or a zip that look like data but have an unknown suffix,
    unsorted.
    """
    if packed.is_zip(path):
        return folders.data_members(packed.members(path), path, _is_unknown)
    return (
        [file for file in folders.walk(path, _is_unknown) if file != path]
        if os.path.isdir(path)
        else []
    )


def _is_unknown(path: str) -> bool:
    return (
        not is_readable(path)
        and not path.lower().endswith(".zip")
        and folders.is_data(f"{Path(path).stem}.txt")
    )


def is_readable(path: str) -> bool:
    """Return whether a suffix is known, plain or compressed."""
    return suffix_of(path) in CONTAINERS


def _members(path: str) -> list[str]:
    return folders.data_members(packed.members(path), path, is_readable)


def _found_in(path: str) -> str:
    """Return the contents of a zip or folder without readable files, for an error."""
    paths = (
        packed.members(path) if packed.is_zip(path) else [entry.path for entry in os.scandir(path)]
    )
    names = [one.removeprefix(f"{path}/") for one in paths]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f", only {', '.join(sorted(names)[:10])}{more}" if names else ""


def read(path: str, encoding: str = AUTO, options: Options = MappingProxyType({})) -> Iterator[Raw]:
    """Yield the records of a file in order; a record that cannot be read is an error in its place.

    The suffix selects the reader. Files may be compressed (.gz .bz2 .xz .zst), in a zip
    (`a.zip/b.jsonl`), or both; a folder must be one saved by `datasets`. Blank lines are skipped.
    Raises `DataprepError` if the file is missing, its suffix unknown or an option wrong,
    `DataError` if it breaks off.
    """
    if folders.is_saved(path) or hub.is_hub(path):
        yield from (read_hub if hub.is_hub(path) else read_saved)(path)
        return
    reader = reader_of(path, options)
    with opened(path) as stream:
        yield from _started(reader, stream, path, encoding)


def _started(reader: Reader, stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Return the records of a file; the reader checks its options before it reads a record."""
    if CONTAINERS[suffix_of(path)].binary:
        return reader(stream, path, "")
    text, codec = text_stream(stream, encoding)
    raws = reader(text, path, codec)
    return without_bytes(raws, codec) if is_transcoded(codec) else raws


def read_stretch(
    path: str, encoding: str, start: int, line: int, end: int, only: Sequence[int] | None = None
) -> Iterator[Raw]:
    """Yield the records of a cuttable file from byte `start`, where line `line` begins, to byte
    `end`.

    `only` selects lines, in ascending order.
    """
    with opened(path) as stream:
        text, codec = text_stream(stream, encoding)
        text.seek(start or text.tell())
        if only is None:
            yield from read_lines(text, path, codec, line, end)
        else:
            yield from read_these_lines(text, path, codec, line, only)


def size(path: str) -> int:
    """Return the size of a file in bytes, unpacked from its zip, or 0 for a dataset on a hub.

    Raises `DataprepError` if there is no such file.
    """
    if hub.is_hub(path):
        return 0
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path))
    return packed.size(path)


def kind_of(path: str, encoding: str = AUTO) -> str:
    """Return the name of a file's container for people: `JSON lines`, `JSON`, `CSV, gzip` and so
    on.
    """
    if hub.is_hub(path) or folders.is_saved(path):
        return "data set on a hub" if hub.is_hub(path) else "folder that datasets saved"
    name = suffix_of(path).removeprefix(".").upper()
    if CONTAINERS[suffix_of(path)].read is read_json:
        with opened(path) as stream:
            name = "JSON lines" if holds_lines(*_of_text(stream, path, encoding)) else "JSON"
    packing = packed.packing_of(path)
    return f"{name}, {packing}" if packing else name


def _of_text(stream: BinaryIO, path: str, encoding: str) -> tuple[BinaryIO, str, str]:
    text, codec = text_stream(stream, encoding)
    return text, path, codec


def on_disk(path: str) -> list[str]:
    """Return the files on disk behind a path: one, several for a saved folder, none for a hub."""
    if hub.is_hub(path):
        return []
    if os.path.isdir(path):
        return sorted(entry.path for entry in os.scandir(path) if entry.is_file())
    return [packed.file_of(path)]


def suffix_for(head: bytes) -> str:
    """Return the suffix for a compressed or binary file that begins so, "" for text."""
    for suffix, magic in packed.MAGIC.items():
        if head.startswith(magic):
            return f".jsonl{suffix}"
    for suffix, container in CONTAINERS.items():
        if container.magic and head.startswith(container.magic):
            return suffix
    return ""


def package_of(path: str) -> str:
    """Return the distribution that parses a file, "" if dataprep itself does."""
    if hub.is_hub(path):
        return "datasets"
    container = CONTAINERS.get(suffix_of(path))
    return container.package if container else ""


def is_cuttable(path: str, encoding: str) -> bool:
    """Return whether a file can be read from any line: plain, a record a line, one-byte line
    ends.
    """
    if (
        folders.is_saved(path)
        or hub.is_hub(path)
        or reader_of(path) is not read_json
        or not packed.is_plain(path)
    ):
        return False
    with opened(path) as stream:
        text, path, codec = _of_text(stream, path, encoding)
        return not is_transcoded(codec) and holds_lines(text, path, codec)


def check_input(path: str, encoding: str = AUTO, options: Options = MappingProxyType({})) -> None:
    """Raise `DataprepError` if a file cannot be opened: missing, empty, unknown suffix, wrong
    options.
    """
    if SURROGATE.search(path):
        raise DataprepError(f"{readable(path)}: the file's name is not UTF-8; rename it")
    if hub.is_hub(path):
        return
    size(path)
    packed.check_kind(path)
    if os.path.isdir(path):
        if not folders.is_saved(path):
            raise DataprepError(
                f"{path}: is a directory; name its files, e.g. {path.rstrip('/')}/*.jsonl"
            )
        return
    reader = reader_of(path, options)
    with opened(path, digested=True) as stream:
        head = stream.read(CHUNK)
        if not head.removeprefix(codecs.BOM_UTF8).strip():
            raise DataprepError(Fault(EMPTY, "is empty", path=path))
        if not CONTAINERS[suffix_of(path)].binary:
            _check_text(path, head)
        if options_of(path):
            stream.seek(0)
            _started(reader, stream, path, encoding)


def encoding_of(name: str) -> str:
    """Return Python's name of an encoding, or "auto"; UTF-8 includes files with a byte-order mark.

    Raises `DataprepError` if Python does not know it, or if its line ends are neither those of
    ASCII nor of UTF-16/32.
    """
    if name.lower() == AUTO:
        return AUTO
    try:
        known = codecs.lookup(name).name.removesuffix("-sig")
        if known.startswith(("utf-16", "utf-32")):
            return known
        fits = "a\n".encode(known) == b"a\n" and b"a\n".decode(known, "surrogateescape") == "a\n"
    except (LookupError, UnicodeError):
        raise DataprepError(
            f"no encoding '{name}'; common ones: utf-8, gb18030, big5, shift_jis, cp1252"
        ) from None
    if not fits:
        raise DataprepError(
            f"encoding '{name}' is not read yet; convert it to UTF-8 first: iconv -f {name} -t "
            f"UTF-8"
        )
    return known


def _check_text(path: str, head: bytes) -> None:
    """Raise `DataError` if a text file begins like a compressed file or a binary container."""
    kinds = {magic: suffix for suffix, magic in packed.MAGIC.items()} | {b"%PDF": ".pdf"}
    for suffix, container in CONTAINERS.items():
        if container.magic:
            kinds.setdefault(container.magic, suffix)
    kinds[packed.ZIP] = f".zip or {kinds[packed.ZIP]}"
    for magic, kind in kinds.items():
        if head.startswith(magic):
            raise DataError(
                f"{path}: a {kind} file by its first bytes, whatever its name says; rename it"
            )


def _known() -> str:
    """Return the known suffixes, those of text first."""
    suffixes = sorted(CONTAINERS, key=lambda suffix: CONTAINERS[suffix].binary)
    return f"{', '.join(suffixes)}, plain, {' '.join(packed.PACKINGS)} or in a .zip"


def reader_of(path: str, options: Options = MappingProxyType({})) -> Reader:
    """Return the reader of a file with its options; raises `DataprepError` for an unknown suffix or
    option.
    """
    suffix = suffix_of(path)
    if suffix not in CONTAINERS:
        raise DataprepError(
            f"{path}: cannot read '{suffix or 'a file without suffix'}'; known: {_known()}"
        )
    known = options_of(path)
    for name in options:
        if name not in known:
            raise DataprepError(
                f"{path}: {suffix} has no option "
                f"'{name}'{did_you_mean(name, known) if known else ''}"
            )
    read = CONTAINERS[suffix].read
    return partial(read, **options) if options else read


def reader_options() -> dict[str, DeclaredOption]:
    """Return the options of all readers by name, sorted."""
    found = {name: each for one in CONTAINERS.values() for name, each in one.options.items()}
    return dict(sorted(found.items()))


def options_of(path: str) -> list[str]:
    """Return the names of the options that a file's reader takes."""
    if folders.is_saved(path) or hub.is_hub(path) or suffix_of(path) not in CONTAINERS:
        return []
    return [*CONTAINERS[suffix_of(path)].options]
