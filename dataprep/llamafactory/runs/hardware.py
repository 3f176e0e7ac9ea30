"""Inspect this machine and fit a recipe's arguments to it, so that it runs on any machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.parser import TRAINER

GIB = 1 << 30
AMPERE = (8, 0)
"""The compute capability from which NVIDIA GPUs have bf16, tf32 and flash attention 2."""
READERS = ("predict", "evaluate", "chat", "api")
"""The stages that run inference: on a CPU, weights in bf16 are many times slower."""
HALF = ("bf16", "pure_bf16", "fp16", "tf32", "fp8")

WAIT_POLICY, SPIN_COUNT = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"
PASSIVE = {WAIT_POLICY: "PASSIVE", SPIN_COUNT: "2000"}
"""The environment in which idle OpenMP threads sleep soon and free their cores.

A step of the demo on two cores, with the default, 2000 and 0: 1.8, 1.8 and 2.2 s on an idle
machine; 63, 4.2 and 3.5 s while another program keeps a core busy.
"""

WORKERS = "ray_num_workers"
NO_RAY = (
    f"{WORKERS}: this machine has no GPU; LLaMA-Factory would take each core of the Ray cluster "
    f"for a device, request 10 cores for each, and wait forever; start it on a machine with a GPU, "
    f"or remove {WORKERS}"
)


class Gpu(NamedTuple):
    """A GPU: its name, memory in bytes, and compute capability."""

    name: str
    memory: int
    capability: tuple[int, int]

    @property
    def bf16(self) -> bool:
        """Tell whether the GPU supports bf16."""
        return self.capability >= AMPERE

    def __str__(self) -> str:
        return f"{self.name} ({self.memory / GIB:.0f} GiB, {'bf16' if self.bf16 else 'no bf16'})"


@dataclass(frozen=True)
class Machine:
    """The GPUs, CPU cores, and free bytes of memory and disk of a machine."""

    gpus: tuple[Gpu, ...]
    cores: int
    memory: int
    disk: int
    flash: bool = False
    """Whether the package flash-attn is installed."""

    def __str__(self) -> str:
        names = [str(gpu) for gpu in self.gpus]
        cards = [f"{names.count(name)} × {name}" for name in dict.fromkeys(names)] or ["no GPU"]
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        free = f"{self.memory / GIB:.0f} GiB of memory and {self.disk / GIB:.0f} GiB of disk free"
        return f"found: {', '.join(cards)} · {cores} · {free}"


class Change(NamedTuple):
    """An argument that this machine needs to change, and why."""

    key: str
    value: Any
    why: str

    def __str__(self) -> str:
        value = str(self.value).lower() if isinstance(self.value, bool) else self.value
        return f"{self.key}={'null' if value is None else value} ({self.why})"


@dataclass
class Fit:
    """The arguments and environment that a machine needs."""

    changes: list[Change] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the changed arguments by their keys."""
        return {change.key: change.value for change in self.changes}

    def __str__(self) -> str:
        words = [*map(str, self.changes)]
        if waiting := " ".join(
            f"{key}={self.environment[key]}" for key in PASSIVE if key in self.environment
        ):
            words.append(f"{waiting} (waiting threads soon sleep)")
        return f"so:    {', '.join(words)}" if words else ""


def look(folder: str = ".") -> Machine:
    """Inspect this machine; the disk is that of `folder`. Needs the [train] extra."""
    gpus = tuple(Gpu(name, memory, (major, minor)) for name, memory, major, minor in _list_gpus())
    flash = find_spec("flash_attn") is not None
    return Machine(
        gpus, len(os.sched_getaffinity(0)), _free_memory(), shutil.disk_usage(folder).free, flash
    )


_ASK = """
import json, torch
cards = [torch.cuda.get_device_properties(card) for card in range(torch.cuda.device_count())]
print(json.dumps([[card.name, card.total_memory, card.major, card.minor] for card in cards]))
"""


def _list_gpus() -> list[Any]:
    """List the GPUs in a subprocess: a process that asks holds GPU memory until it exits."""
    if find_spec("torch") is None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    asked = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise DataprepError(
            f"torch cannot list the GPUs: {asked.stderr.strip().rpartition(chr(10))[2]}"
        )
    return list(json.loads(asked.stdout.splitlines()[-1]))


def _free_memory() -> int:
    """Return the bytes of available memory on Linux, 0 elsewhere."""
    info = Path("/proc/meminfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    found = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return int(found.get("MemAvailable", "0 kB").split()[0]) * 1024


def check_packages(arguments: Mapping[str, Any]) -> None:
    """Raise `DataprepError` if a package that these arguments need is missing."""
    if WORKERS in arguments and find_spec("ray") is None:
        raise DataprepError(
            f"{WORKERS} needs the package ray; .venv/bin/pip install -c .constraints.txt -e "
            f"'.[ray]'"
        )


def fit(
    stage: str,
    arguments: Mapping[str, Any],
    machine: Machine,
    nodes: int = 1,
    environment: Mapping[str, str] = os.environ,
) -> Fit:
    """Fit a stage's arguments to a machine, and keep the training the same as far as possible.

    `nodes` such machines train together. The product of batch, accumulation and processes stays
    that of the recipe on one device, so each optimizer step sees as many examples. Settings in the
    user's `environment` are kept. Raises `DataprepError` if the training would wait forever.
    """
    if stage == "train" and WORKERS in arguments and not machine.gpus:
        raise DataprepError(NO_RAY)
    fitted = Fit()
    if stage in READERS and not machine.gpus and "infer_dtype" not in arguments:
        fitted.changes.append(Change("infer_dtype", "float32", "a CPU is slow in halves"))
    if stage in TRAINER:
        fitted.changes += _on_gpus(arguments, machine) if machine.gpus else _on_cpu(arguments)
    fitted.changes += _attention(arguments, machine)
    if stage == "train":
        _divide_batch(fitted, arguments, len(machine.gpus), nodes)
        if not machine.gpus or arguments.get("use_cpu"):
            fitted.environment |= _passive(environment)
    return fitted


def _passive(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of `PASSIVE` that does not override a setting in `environment`."""
    if WAIT_POLICY in environment:  # a spin count, too, would override it
        return {}
    return {key: value for key, value in PASSIVE.items() if key not in environment}


def _on_cpu(arguments: Mapping[str, Any]) -> Iterator[Change]:
    if arguments.get("use_cpu"):
        return
    for key in filter(arguments.get, HALF):
        yield Change(key, False, "a CPU computes in fp32")
    if arguments.get("deepspeed"):
        yield Change("deepspeed", None, "it needs GPUs")


def _on_gpus(arguments: Mapping[str, Any], machine: Machine) -> Iterator[Change]:
    old = next((gpu.name for gpu in machine.gpus if not gpu.bf16), "")
    wanted = [key for key in ("bf16", "pure_bf16") if arguments.get(key)]
    if not old:
        return
    for key in wanted:
        yield Change(key, False, f"{old} has no bf16")
    if wanted and not arguments.get("fp16"):
        yield Change("fp16", True, "in its place")
    if arguments.get("tf32"):
        yield Change("tf32", False, f"{old} has none")


def _attention(arguments: Mapping[str, Any], machine: Machine) -> Iterator[Change]:
    if arguments.get("flash_attn") != "fa2":
        return
    if not machine.gpus:
        yield Change("flash_attn", "sdpa", "fa2 needs a GPU")
    elif not all(gpu.capability >= AMPERE for gpu in machine.gpus):
        yield Change("flash_attn", "sdpa", "fa2 needs a newer GPU")
    elif not machine.flash:
        yield Change("flash_attn", "sdpa", "fa2 needs the package flash-attn")


def _divide_batch(fitted: Fit, arguments: Mapping[str, Any], gpus: int, nodes: int) -> None:
    """Divide the recipe's batch among the GPUs, using as many as divide it evenly."""
    batch = int(arguments.get("per_device_train_batch_size", 8))  # transformers' own default
    total = batch * int(arguments.get("gradient_accumulation_steps", 1))
    used = max((count for count in range(1, gpus + 1) if total % (count * nodes) == 0), default=1)
    if WORKERS in arguments:
        used = int(arguments[WORKERS])
    elif gpus > 1:
        fitted.environment["NPROC_PER_NODE"] = str(used)
    if arguments.get("deepspeed") and gpus:
        fitted.environment["FORCE_TORCHRUN"] = "1"
    if used * nodes > 1 and total % (used * nodes) == 0:
        fitted.changes += _shares(arguments, total // (used * nodes), batch, used * nodes)


def _shares(arguments: Mapping[str, Any], share: int, batch: int, devices: int) -> Iterator[Change]:
    """Yield the batch size and accumulation of each device; their product is `share` examples."""
    size = max(number for number in range(1, batch + 1) if share % number == 0)
    why = f"{devices} processes keep {share * devices} examples a step"
    if size != batch:
        yield Change("per_device_train_batch_size", size, why)
    if share // size != arguments.get("gradient_accumulation_steps", 1):
        yield Change("gradient_accumulation_steps", share // size, why)
