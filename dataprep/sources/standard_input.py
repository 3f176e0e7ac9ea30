"""Standard input as a file, because data are read more than once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from select import select
from typing import BinaryIO
from zipfile import ZipFile, is_zipfile

from dataprep.errors import DataprepError
from dataprep.sources import inputs
from dataprep.sources.atomic import naming
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.source import STDIN

_HEAD = 1 << 16
"""Bytes by which a stream's kind is detected."""
_PAUSE = 0.2
"""Seconds after which a signal is seen at the latest."""


def spool(stream: BinaryIO, folder: Path) -> Path:
    """Write a stream to a file in a folder, with the suffix of its kind, and return its path.

    Raises `DataprepError` for a stream that is empty, or a zip file.
    """
    chunks = _chunks(stream)
    head = b""
    while len(head) < _HEAD and (chunk := next(chunks, b"")):
        head += chunk
    if not head[:_HEAD].strip():
        raise DataprepError(f"{STDIN}: standard input is empty")
    path = folder / f"stdin{_suffix(head[:_HEAD])}"
    with naming(f"{folder}, in the folder TMPDIR"), path.open("wb") as file:
        file.write(head)
        file.writelines(chunks)
    if is_zipfile(path) and "[Content_Types].xml" not in ZipFile(path).namelist():
        raise DataprepError(
            f"{STDIN}: is a zip file, which cannot be read in a pipe; name the file itself"
        )
    return path


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield a stream in pieces, and stay open to signals.

    A signal that arrives just before a blocking read is only seen when the read returns, which may
    be never. So a pipe is read only when it has something to read.
    """
    try:
        pipe = stream.fileno()
    except OSError:  # a stream in memory
        yield from iter(partial(stream.read, CHUNK), b"")
        return
    while True:
        if select([pipe], [], [], _PAUSE)[0]:
            if not (chunk := os.read(pipe, CHUNK)):
                return
            yield chunk


def _suffix(head: bytes) -> str:
    """Return the suffix for a stream without a name, from its first bytes."""
    if found := inputs.suffix_for(head):
        return found
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b" \t\r\n\xff\xfe")
    if text[:1] in (b"{", b"["):
        return ".jsonl"
    first = text.partition(b"\n")[0]
    return ".tsv" if b"\t" in first else ".csv" if b"," in first else ".txt"
