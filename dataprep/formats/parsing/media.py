"""Pictures, videos and sounds that a record names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from dataprep.errors import RecordError
from dataprep.model import MEDIA, Example, Record

_ENDS = ("", "_path", "_url", "_file", "_base64", "_base64_str")
FIELDS = {kind: (kind, *(f"{kind.removesuffix('s')}{end}" for end in _ENDS)) for kind in MEDIA}
NAMES = frozenset(name for names in FIELDS.values() for name in names)
"""Names of media: `images`, `image`, `image_path` and so on; likewise for videos and audios."""


def attached(record: Record, example: Example) -> Example:
    """Return the example with its record's media; their number must match the placeholders."""
    named = _named(tuple(record))
    found: dict[str, Any] = {
        kind: paths for kind, names in named if (paths := _paths_of(record, names))
    }
    return replace(example, **found) if found else example


def kind_of(record: Record) -> str:
    """Return the first kind of media that a record names, "" if none."""
    for kind, names in _named(tuple(record)):
        if any(record[name] for name in names):
            return kind
    return ""


@lru_cache(maxsize=4096)
def _named(fields: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = {
        kind: tuple(name for name in names if name in fields) for kind, names in FIELDS.items()
    }
    return tuple((kind, names) for kind, names in found.items() if names)


def _paths_of(record: Record, names: tuple[str, ...]) -> tuple[str, ...]:
    lists = {tuple(_paths(record[name], f"/{name}")) for name in names if record[name]}
    if len(lists) > 1:
        raise RecordError(
            "media do not match",
            f"{' and '.join(map(repr, names))} name different files",
            f"/{names[1]}",
        )
    return next(iter(lists), ())


def _paths(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _paths(item, f"{pointer}/{number}")
        return
    if "_base64" in pointer or (isinstance(value, str) and value.startswith("data:")):
        raise RecordError("picture in the record", "save it as a file and give its path", pointer)
    path = value.get("path") or value.get("url") if isinstance(value, dict) else value
    if not isinstance(path, str) or not path:
        raise RecordError(
            "no media path", "expected the path of a file, or a list of paths", pointer
        )
    yield path
