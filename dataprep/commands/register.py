"""Enter one file into the registry."""

from __future__ import annotations

import os
from pathlib import Path

from dataprep import containers, registry
from dataprep.errors import DataprepError
from dataprep.examine import told_format
from dataprep.plan import Source

LOADED = (".json", ".jsonl")
"""The suffixes that LLaMA-Factory loads as they are, told by case and without compression."""


def register(file: Path, name: str | None, form: str | None, data: Path) -> str:
    """Merge an entry for `file` into `data/dataset_info.json` and return the sentence that says so.

    Raises `DataprepError` for a file that LLaMA-Factory could not load under that entry.
    """
    relative = os.path.relpath(file, data)
    if Path(relative).parts[0] == "..":
        raise DataprepError(f"{file}: lies outside of {data}, where LLaMA-Factory looks; move it there, or give --data")
    if file.suffix not in LOADED:
        raise DataprepError(f"{file}: LLaMA-Factory would not load it well; `dataprep convert` it to .jsonl first")
    containers.check_input(str(file))
    name = file.name.split(".")[0] if name is None else name
    registry.check_name(name)
    form = form or told_format([Source(str(file))])
    changed = registry.merge(data / "dataset_info.json", {name: registry.entry(form, relative, _fields(file))})
    return f"{data}/dataset_info.json: '{name}' is {relative}, {form}" + ("" if changed else " (as before)")


def _fields(file: Path) -> set[str]:
    """Return the names of all fields that a record of the file has."""
    values = (raw.value for raw in containers.read(str(file)))
    return {field for value in values if isinstance(value, dict) for field in value}
