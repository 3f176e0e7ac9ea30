"""The files that are no data: recipes, the registry, reports, locks, rejects, tags and lineage,
each by its schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataprep import recipe, schema
from dataprep.errors import DataprepError, RecordError
from dataprep.formats.reading.examine import against
from dataprep.llamafactory.dataset_info.json_edit import members
from dataprep.model import Origin
from dataprep.sources import inputs, outputs

Found = tuple[Origin, RecordError]

ROWS = frozenset({"rejects", "tags", "lineage"})
"""The kinds that hold a record a row; the others are one value."""
_NAMES = {
    outputs.REGISTRY: "dataset_info",
    outputs.REJECTS: "rejects",
    outputs.TAGS: "tags",
    outputs.LINEAGE: "lineage",
}
_LOOKS = {
    ".json": ("report", re.compile(rb'"(?:reasons|blake2b)"\s*:')),
    ".yaml": ("recipe", re.compile(rb"^data:(?:.*\n)*?.*\binputs?\s*:", re.MULTILINE)),
}
_HEAD = 1 << 16  # bytes by which a file's looks are told


def kind_of(path: str) -> str:
    """Return the name of the schema of a file that is not data, "" for data."""
    name = Path(path).name
    if name.endswith(outputs.LOCK):
        return "lock"
    for known in (outputs.REJECTS, outputs.TAGS):
        if name.endswith(f".{known}"):
            return _NAMES[known]
    if name in _NAMES:
        return _NAMES[name]
    suffix = ".yaml" if name.endswith(".yml") else Path(path).suffix
    if (suffix == ".yaml" or name == outputs.REPORT) and Path(path).is_file():
        kind, looks = _LOOKS[suffix]
        with open(path, "rb") as file:
            return kind if looks.search(file.read(_HEAD)) else ""
    return ""


def faults(path: str, kind: str) -> Iterator[list[Found]]:
    """Yield for each record of such a file all that is against it, each with its place."""
    if kind in ROWS:
        for raw in inputs.read(path):
            errors = (
                [raw.error]
                if raw.error
                else [against(problem) for problem in schema.problems(kind, raw.value)]
            )
            yield [(raw.origin, error) for error in errors]
    else:
        yield list(_of_recipe(path) if kind == "recipe" else _of_json(path, kind))


def _of_recipe(path: str) -> Iterator[Found]:
    try:
        compiled = recipe.read(path)
    except DataprepError as error:
        for fault in error.faults:
            yield Origin(path, fault.line or 1), RecordError("no recipe", fault.message)
        return
    for fault in compiled.placed():
        yield Origin(path, fault.line), against(fault)


def _of_json(path: str, kind: str) -> Iterator[Found]:
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
        value = json.loads(text)
    except json.JSONDecodeError as error:
        yield (
            Origin(path, error.lineno),
            RecordError("not valid JSON", f"{error.msg} (column {error.colno})"),
        )
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield (
            Origin(path, line),
            RecordError("not valid UTF-8", "holds bytes that are not UTF-8; save it as UTF-8"),
        )
    else:
        for fault in schema.problems(kind, value):
            yield Origin(path, _line(text, value, fault.pointer)), against(fault)


def _line(text: str, value: Any, pointer: str) -> int:
    """Return the line of a place in the text of a JSON object, of one in an array that of the
    array.
    """
    start = begin = 0
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            break
        member = next(member for member in members(text[begin:])[0] if member.name == name)
        start, begin, value = begin + member.start, begin + member.value_start, value[name]
    return text.count("\n", 0, start) + 1
