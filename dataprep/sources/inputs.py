"""The containers that records come in, by suffix: files → records with their origin."""

from __future__ import annotations

import codecs
import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from dataprep.errors import DataprepError, did_you_mean
from dataprep.sources import folders, packed
from dataprep.sources.encodings import AUTO, is_transcoded, text_stream, without_bytes
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.packed import opened, suffix_of
from dataprep.sources.raw import SURROGATE, Raw, Reader, readable
from dataprep.sources.readers import hub
from dataprep.sources.readers.arrow import read_arrow, read_parquet, read_saved
from dataprep.sources.readers.hub import read_hub
from dataprep.sources.readers.json_text import holds_lines, read_json, read_lines, read_these_lines
from dataprep.sources.readers.plain_text import read_text
from dataprep.sources.readers.sheets import read_sheets
from dataprep.sources.readers.tables import csv_reader
from dataprep.sources.readers.xml_text import read_xml


def _read_yaml(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    from dataprep.sources.readers.yaml_text import read_yaml  # which takes a while to load

    return read_yaml(stream, path, encoding)


READERS: dict[str, Reader] = {
    ".json": read_json,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".csv": csv_reader(","),
    ".tsv": csv_reader("\t"),
    ".txt": read_text,
    ".xml": read_xml,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".xlsx": read_sheets,
    ".xls": read_sheets,
    ".parquet": read_parquet,
    ".arrow": read_arrow,
    ".feather": read_arrow,
}
_BINARY = (read_sheets, read_parquet, read_arrow)
Options = Mapping[str, Any]
"""What the user says of a container: the keyword-only arguments of its reader, such as `pattern`.
"""


def files(path: str) -> list[str]:
    """Return the files that a path stands for, sorted: those below a folder, the members of a zip,
    else itself.

    A member's path is the zip's with its name behind it. A folder that `datasets` saved counts as
    one file. What is hidden, of no known kind, or not data (README, LICENSE, `dataset_info.json`,
    rejects, reports) is left out. Raises `DataprepError` where nothing is left, `DataError` for a
    zip that is broken.
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
            f"{path}: holds no file that can be read{_found_in(path)}; known: {_KNOWN}"
        )
    return sorted(paths)


def passed_over(path: str) -> list[str]:
    """Return the files below a folder or in a zip that look like data but are of no known kind, in
    no order.
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
    """Tell from a path's suffix whether it names a container, plain or compressed."""
    return suffix_of(path) in READERS


def _members(path: str) -> list[str]:
    return folders.data_members(packed.members(path), path, is_readable)


def _found_in(path: str) -> str:
    """Return what there is in a zip or a folder in which nothing can be read."""
    paths = (
        packed.members(path) if packed.is_zip(path) else [entry.path for entry in os.scandir(path)]
    )
    names = [one.removeprefix(f"{path}/") for one in paths]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f", only {', '.join(sorted(names)[:10])}{more}" if names else ""


def read(path: str, encoding: str = AUTO, options: Options = MappingProxyType({})) -> Iterator[Raw]:
    """Yield the records of a file in their order, one that cannot be read as an error in its place.

    The suffix tells the container, plain, compressed (.gz .bz2 .xz .zst), in a zip
    (`a.zip/b.jsonl`) or both; the first character whether a JSON file is one array or a record a
    line. A folder is one that `datasets` saved. `options` are those of the container. Blank lines
    are no records. Raises `DataprepError` where the file is missing, of no known kind, or the
    options are none of its, `DataError` where it breaks off in the middle.
    """
    if folders.is_saved(path) or hub.is_hub(path):
        yield from (read_hub if hub.is_hub(path) else read_saved)(path)
        return
    reader = reader_of(path, options)
    with opened(path) as stream:
        yield from _started(reader, stream, path, encoding)


def _started(reader: Reader, stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Return the records of a file; raises what its reader has against the options before it reads
    a record.
    """
    if READERS[suffix_of(path)] in _BINARY:
        return reader(stream, path, "")
    text, codec = text_stream(stream, encoding)
    raws = reader(text, path, codec)
    return without_bytes(raws, codec) if is_transcoded(codec) else raws


def read_stretch(
    path: str, encoding: str, start: int, line: int, end: int, only: Sequence[int] | None = None
) -> Iterator[Raw]:
    """Yield the records of a cuttable file from byte `start`, which begins line `line`, to byte
    `end`.

    With `only`, which are lines in their order, those of these alone are read.
    """
    with opened(path) as stream:
        text, codec = text_stream(stream, encoding)
        text.seek(start or text.tell())
        if only is None:
            yield from read_lines(text, path, codec, line, end)
        else:
            yield from read_these_lines(text, path, codec, line, only)


def size(path: str) -> int:
    """Return how many bytes a file has, a member unpacked from its zip, 0 for a data set on a hub.

    Raises `DataprepError` where there is no such file.
    """
    if hub.is_hub(path):
        return 0
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path))
    return packed.size(path)


def kind_of(path: str, encoding: str = AUTO) -> str:
    """Return what people call a file's container: `JSON lines`, `JSON`, `CSV, gzip` and so on."""
    if hub.is_hub(path) or folders.is_saved(path):
        return "data set on a hub" if hub.is_hub(path) else "folder that datasets saved"
    name = suffix_of(path).removeprefix(".").upper()
    if READERS[suffix_of(path)] is read_json:
        with opened(path) as stream:
            name = "JSON lines" if holds_lines(*_of_text(stream, path, encoding)) else "JSON"
    packing = packed.packing_of(path)
    return f"{name}, {packing}" if packing else name


def _of_text(stream: BinaryIO, path: str, encoding: str) -> tuple[BinaryIO, str, str]:
    text, codec = text_stream(stream, encoding)
    return text, path, codec


def on_disk(path: str) -> list[str]:
    """Return the files that a path stands in: one, those of a saved folder, none for a data set on
    a hub.
    """
    if hub.is_hub(path):
        return []
    if os.path.isdir(path):
        return sorted(entry.path for entry in os.scandir(path) if entry.is_file())
    return [packed.file_of(path)]


def is_sheet(path: str) -> bool:
    """Tell from a path's suffix whether it names a spreadsheet."""
    return READERS.get(suffix_of(path)) is read_sheets


def is_cuttable(path: str, encoding: str) -> bool:
    """Tell whether a file can be read in stretches: it is plain, holds a record a line, and a line
    end is one byte.
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
    """Raise `DataprepError` where a file could not even be opened: missing, empty, unknown kind,
    wrong options.
    """
    if SURROGATE.search(path):
        raise DataprepError(f"{readable(path)}: the file's name is not UTF-8; rename it")
    if hub.is_hub(path):
        return
    size(path)
    packed.check_whole(path)
    if os.path.isdir(path):
        if not folders.is_saved(path):
            raise DataprepError(
                f"{path}: is a directory; name its files, e.g. {path.rstrip('/')}/*.jsonl"
            )
        return
    reader = reader_of(path, options)
    with opened(path) as stream:
        head = stream.read(CHUNK)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise DataprepError(f"{path}: is empty")
    if READERS[suffix_of(path)] not in _BINARY:
        packed.check_text(path, head)
    if options_of(path):
        with opened(path) as stream:
            _started(reader, stream, path, encoding)


def encoding_of(name: str) -> str:
    """Return an encoding by the name that Python has for it, "auto" as it is; UTF-8 covers files
    with a mark too.

    Raises `DataprepError` for one that Python does not know, or whose line ends are not those of
    ASCII or UTF-16/32.
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


_KNOWN = f"{', '.join(READERS)}, plain, {' '.join(packed.PACKINGS)} or in a .zip"


def reader_of(path: str, options: Options = MappingProxyType({})) -> Reader:
    """Return the reader for a path's suffix, with its options; raises `DataprepError` for what is
    not known.
    """
    suffix = suffix_of(path)
    if suffix not in READERS:
        raise DataprepError(
            f"{path}: cannot read '{suffix or 'a file without suffix'}'; known: {_KNOWN}"
        )
    known = options_of(path)
    for name in options:
        if name not in known:
            raise DataprepError(
                f"{path}: {suffix} has no option "
                f"'{name}'{did_you_mean(name, known) if known else ''}"
            )
    return partial(READERS[suffix], **options) if options else READERS[suffix]


def options_of(path: str) -> list[str]:
    """Return the names of the options that the container of a file has."""
    if folders.is_saved(path) or hub.is_hub(path):
        return []
    return _options_of(READERS[suffix_of(path)]) if suffix_of(path) in READERS else []


@cache
def _options_of(reader: Reader) -> list[str]:
    parameters = inspect.signature(reader).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
