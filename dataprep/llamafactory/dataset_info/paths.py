"""What is wrong with where an entry's data lies: the files that LLaMA-Factory finds there, and
those it does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dataprep.llamafactory.dataset_info.finding import HUBS, Entry, Finding

TYPES = {
    "arrow": "arrow",
    "csv": "csv",
    "json": "json",
    "jsonl": "json",
    "parquet": "parquet",
    "txt": "text",
}
"""The suffixes that LLaMA-Factory loads, told by case, and the builder of each
(extras/constants.py).
"""

_TYPES_MESSAGE = f"stops with: Allowed file types: {','.join(TYPES)}"
_CLOUDS = ("s3://", "s3a://", "gs://", "gcs://")


def type_of(path: str) -> str:
    """Return the builder that loads a file by its last suffix, "" for none."""
    return TYPES.get(Path(path).suffix[1:], "")


def local_file(entry: Entry) -> str:
    """Return the `file_name` of an entry whose data is read from there, "" for one that is read
    from elsewhere.
    """
    elsewhere = any(name in entry for name in (*HUBS, "script_url", "cloud_file_name"))
    name = entry.get("file_name")
    return name if isinstance(name, str) and not elsewhere else ""


def files_of(path: str) -> list[str]:
    """Return the files that LLaMA-Factory would read for a path, those that it can load, sorted."""
    if not os.path.isdir(path):
        return [path] if Path(path).is_file() and type_of(path) else []
    found = sorted(entry.path for entry in os.scandir(path) if entry.is_file())
    return [file for file in found if type_of(file)]


def path_faults(entry: Entry, folder: str) -> Iterator[Finding]:
    """Yield what is wrong with the place of an entry's data; `folder` is the registry's."""
    cloud = entry.get("cloud_file_name")
    if isinstance(cloud, str) and not any(name in entry for name in HUBS):
        yield from _cloud(cloud)
    name = local_file(entry)
    if not name:
        if entry.get("file_name") == "":
            yield _fault(
                "no file",
                "takes the whole folder of the registry for the data set",
                "write the file's name",
            )
        return
    path = os.path.join(folder, name)
    yield from _outside(name, path, folder)
    if signs := sorted({sign for sign in "*?[]" if sign in name}):
        would = "takes it for a pattern: it finds other files, or none"
        yield _fault("pattern in the name", would, f"rename the file without {' '.join(signs)}")
    if os.path.isdir(path):
        yield from _directory(path)
    elif not Path(path).is_file():
        yield _fault("no such file", f"stops with: File {path} not found", _near(path))
    elif not type_of(path):
        yield _suffix(path)


def _fault(kind: str, would: str, instead: str, place: str = "", *, note: bool = False) -> Finding:
    return Finding(kind, "/file_name", would, instead, place, note=note)


def _cloud(url: str) -> Iterator[Finding]:
    if not url.startswith(_CLOUDS):
        instead = f"write a URL that begins with one of {', '.join(_CLOUDS)}, or file_name"
        yield Finding("no cloud URL", "/cloud_file_name", "may not open it", instead)
    if PurePosixPath(url).suffix not in (".json", ".jsonl"):
        yield Finding(
            "wrong suffix",
            "/cloud_file_name",
            "reads .json and .jsonl from a cloud",
            "convert the file",
        )


def _outside(name: str, path: str, folder: str) -> Iterator[Finding]:
    if os.path.isabs(name):
        would = "opens it on this machine, and stops on any other"
        yield _fault(
            "absolute path",
            would,
            f"move the file into {folder or '.'}, and write its path from there",
        )
    elif ".." in PurePosixPath(name).parts and os.path.relpath(path, folder or ".").startswith(
        ".."
    ):
        would = "follows it out of the data folder, without a check"
        yield _fault(
            "path leads outside",
            would,
            f"move the file into {folder or '.'}, and write its path from there",
        )


def _near(path: str) -> str:
    """Return what to write for a file that is not there: one of the same name in another case, or
    another suffix.
    """
    missing = Path(path)
    others = sorted(one.name for one in missing.parent.iterdir()) if missing.parent.is_dir() else []
    near = [other for other in others if other.lower() == missing.name.lower()]
    near += [other for other in others if _first(other) == _first(missing.name)]
    if near:
        return f"there is {near[0]}"
    return "write the path of a file, from the registry's folder, or take the entry out"


def _first(name: str) -> str:
    return name.split(".")[0].lower()


def _suffix(path: str) -> Finding:
    file = Path(path)
    if TYPES.get(file.suffix[1:].lower()):
        return _fault(
            "suffix in capitals", _TYPES_MESSAGE, f"rename the file *{file.suffix.lower()}"
        )
    if file.suffix in (".gz", ".bz2", ".xz", ".zst", ".zip"):
        instead = f"unpack it, or `dataprep convert {file.name} -o {file.stem}`"
        return _fault("compressed file", _TYPES_MESSAGE, instead)
    return _fault("wrong suffix", _TYPES_MESSAGE, f"`dataprep convert {file.name}` it to .jsonl")


def _directory(path: str) -> Iterator[Finding]:
    entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    if not entries:
        yield _fault(
            "empty folder", "stops with IndexError", "put one file in it, or take the entry out"
        )
        return
    types = {entry.name: "" if entry.is_dir() else type_of(entry.path) for entry in entries}
    odd = [name for name, kind in types.items() if not kind]
    kinds = {kind for kind in types.values() if kind}
    if odd or len(kinds) > 1:
        would = (
            "stops with: File types should be identical (it takes everything in the folder, "
            "hidden files too)"
        )
        named = (
            f"take {', '.join(odd[:5])} out"
            if odd
            else f"keep one type, not {' and '.join(sorted(kinds))}"
        )
        yield _fault("mixed folder", would, named)
    elif len(entries) > 1:
        would = (
            "reads the files in the order of the disk, so that another machine shuffles otherwise"
        )
        yield _fault("files in no order", would, "join them to one file", note=True)
