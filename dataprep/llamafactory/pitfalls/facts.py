"""Collect facts about a run's data and model from the files on this machine."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError
from dataprep.llamafactory.pitfalls.pitfall import ANSWERS, DOCUMENTS, LABELS, PAIRS
from dataprep.llamafactory.templates.by_model import template_of

_QUANTIZED = re.compile(r"(gptq|awq|aqlm|bnb-4bit|int[48]|hqq|exl2)(-|$)")
_UNPACKED = frozenset({"mxfp4", "fp8"})
"""Kinds of quantized weights that LLaMA-Factory unpacks on loading."""


def rows_of(entry: Mapping[str, Any]) -> str:
    """Return the kind of rows of a registry entry, "" if unknown."""
    columns = _object(entry, "columns")
    if entry.get("ranking"):
        return PAIRS
    if columns.get("kto_tag"):
        return LABELS
    if entry.get("formatting", "alpaca") == "alpaca" and set(columns) == {"prompt"}:
        return DOCUMENTS
    return ANSWERS


def have_thoughts(files: Iterable[Path]) -> bool | None:
    """Tell whether a file has a thinking block; None if a file is missing."""
    found = [_has_thought(file) for file in files]
    return any(found) if found and None not in found else None


def _has_thought(file: Path) -> bool | None:
    if not file.is_file() or not file.stat().st_size:
        return None
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(b"<think>") >= 0


def is_stale(folder: Any, sources: Iterable[Path]) -> bool | None:
    """Return whether a folder of tokenized data is older than a source; None if it is empty."""
    found = (
        list(Path(folder).iterdir()) if isinstance(folder, str) and Path(folder).is_dir() else []
    )
    if not found:
        return None
    made = min(path.stat().st_mtime_ns for path in found)
    return any(source.stat().st_mtime_ns > made for source in sources if source.exists())


def of_model(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts about a run's model: from its name, its local config, and DeepSpeed's
    configuration.
    """
    name = str(keys.get("model_name_or_path") or "")
    config = _json(Path(name, "config.json")) if name else {}
    limit = (_object(config, "text_config") or config).get("max_position_embeddings")
    method = _object(config, "quantization_config").get("quant_method", "")
    try:
        likely = template_of(name)
    except DataprepError:
        likely = ""
    return {
        "likely": likely,
        "limit": limit if isinstance(limit, int) else None,
        "zero3": is_zero3(keys.get("deepspeed")),
        "prequantized": bool(method or _QUANTIZED.search(name.lower())) and method not in _UNPACKED,
    }


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def is_zero3(deepspeed: Any) -> bool:
    """Tell whether a DeepSpeed configuration, or the JSON file with it, asks for ZeRO-3."""
    config = deepspeed if isinstance(deepspeed, dict) else _json(Path(str(deepspeed)))
    return bool(_object(config, "zero_optimization").get("stage") == 3)


def _json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, {} if there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
