"""Standard input as a file, because data are read more than once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, is_zipfile

from dataprep.errors import DataprepError
from dataprep.sources import inputs
from dataprep.sources.atomic import naming
from dataprep.sources.source import STDIN

_HEAD = 1 << 16
"""Bytes by which a stream's kind is detected."""


def spool(stream: BinaryIO, folder: Path) -> Path:
    """Write a stream to a file in a folder, with the suffix of its kind, and return its path.

    Raises `DataprepError` for a stream that is empty, or a zip file.
    """
    head = stream.read(_HEAD)
    if not head.strip():
        raise DataprepError(f"{STDIN}: standard input is empty")
    path = folder / f"stdin{_suffix(head)}"
    with naming(f"{folder}, in the folder TMPDIR"), path.open("wb") as file:
        file.write(head)
        shutil.copyfileobj(stream, file)
    if is_zipfile(path) and "[Content_Types].xml" not in ZipFile(path).namelist():
        raise DataprepError(
            f"{STDIN}: is a zip file, which cannot be read in a pipe; name the file itself"
        )
    return path


def _suffix(head: bytes) -> str:
    """Return the suffix for a stream without a name, from its first bytes."""
    if found := inputs.suffix_for(head):
        return found
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b" \t\r\n\xff\xfe")
    if text[:1] in (b"{", b"["):
        return ".jsonl"
    first = text.partition(b"\n")[0]
    return ".tsv" if b"\t" in first else ".csv" if b"," in first else ".txt"
