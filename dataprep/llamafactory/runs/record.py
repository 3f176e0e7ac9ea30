"""Record a training in `run.json`: everything needed to repeat it, and its results."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import dataprep
from dataprep import schema
from dataprep.errors import DataprepError
from dataprep.llamafactory.runs.hardware import Machine
from dataprep.sources import atomic, json_lines
from dataprep.sources.digest import digest_of

NAME = "run.json"
PACKAGES = (
    *("llamafactory", "torch", "transformers", "datasets", "accelerate", "peft", "trl"),
    *("tokenizers", "bitsandbytes", "deepspeed", "flash-attn", "numpy"),
)
"""The packages that affect the result of a training."""
RESULTS = ("train_loss", "eval_loss", "train_runtime", "epoch")
Document = dict[str, Any]


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the hashes of files by path."""
    return {str(path): digest_of(path).blake2b for path in paths}


def base_of(model: str) -> Document:
    """Identify a base model: by the hashes of its folder's files, or by its commit on the hub."""
    folder = Path(model)
    if folder.is_dir():
        found = sorted(path for path in folder.iterdir() if path.is_file())
        return {"model": model, "files": {path.name: digest_of(path).blake2b for path in found}}
    return {"model": model, "commit": _commit(model)}


def _commit(model: str) -> str:
    """Return the commit of a hub model in the cache, "" if it is not there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model, "config.json")
    return Path(found).parent.name if isinstance(found, str) else ""


def state_of(model: str) -> list[Any]:
    """Return the names, sizes and times of a base model's files, to detect changes fast."""
    folder = Path(model)
    found = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    return [model, *((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in found)]


def versions() -> dict[str, str]:
    """Return the versions of Python, dataprep, CUDA and the packages."""
    import torch

    found = {"python": platform.python_version(), "dataprep": dataprep.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | ({"cuda": str(torch.version.cuda)} if torch.cuda.is_available() else {})


def machine_of(machine: Machine) -> Document:
    """Return a machine as JSON; memory in bytes."""
    cards = [
        {"name": gpu.name, "memory": gpu.memory, "capability": list(gpu.capability)}
        for gpu in machine.gpus
    ]
    return {
        "system": platform.platform(),
        "cores": machine.cores,
        "memory_free": machine.memory,
        "gpus": cards,
    }


def results_of(adapter: Path) -> Document:
    """Return the results that a finished training wrote: losses by step, and final values."""
    path = adapter / "trainer_log.jsonl"
    log = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    losses = {line["current_steps"]: line["loss"] for line in log if "loss" in line}
    held = {line["current_steps"]: line["eval_loss"] for line in log if "eval_loss" in line}
    results = _read(adapter / "train_results.json") | _read(adapter / "eval_results.json")
    gpu = max(
        (line["vram_reserved"] for line in log if line.get("vram_reserved", -1) > 0), default=0
    )
    return {
        "steps": _read(adapter / "trainer_state.json").get("global_step", 0),
        "losses": sorted(losses.items()),
        "eval_losses": sorted(held.items()),
        "gpu_memory": int(gpu * (1 << 30)),
        **{name: results[name] for name in RESULTS if name in results},
    }


def _read(path: Path) -> Document:
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def weights_of(adapter: Path) -> dict[str, str]:
    """Return the hashes of the weights that a training wrote."""
    return {path.name: digest_of(path).blake2b for path in sorted(adapter.glob("*.safetensors"))}


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write the record of a run."""
    atomic.replace_text(path, json_lines.to_json(dict(document)).decode())


def read(path: Path) -> Document:
    """Read the record of a run; raises `DataprepError` if it is missing or invalid."""
    try:
        value: Document = json.loads(path.read_bytes())
    except OSError as error:
        raise DataprepError(
            f"{path}: {(error.strerror or 'cannot be read').lower()}; make train writes it"
        ) from None
    except ValueError as error:
        raise DataprepError(f"{path}: is not JSON: {error}; make train writes it") from None
    for problem in schema.problems("run", value):
        raise DataprepError(f"{path}: {problem}; make train writes it anew")
    return value
