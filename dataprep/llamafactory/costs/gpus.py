"""The GPUs that a plan names as examples: their memory and their published peak."""

from __future__ import annotations

import re
from typing import NamedTuple

from dataprep.errors import DataprepError, did_you_mean

GB = 2**30
"""Bytes of a gigabyte, as memory is sold and as `nvidia-smi` counts it."""


class GpuModel(NamedTuple):
    """A card: memory in GB, and its peak in 10¹² operations a second in half precision, dense,
    summed in 32 bits.

    That is the figure without "sparsity", by which some data sheets double it. `bf16` says whether
    it has that format.
    """

    name: str
    memory: int
    peak: float
    bf16: bool = True


GPUS = (
    GpuModel("RTX 3060", 12, 25.5),
    GpuModel("RTX 4070 Ti", 12, 80.2),
    GpuModel("T4", 16, 65, bf16=False),
    GpuModel("RTX 4080", 16, 97.5),
    GpuModel("RTX 3090", 24, 71),
    GpuModel("L4", 24, 121),
    GpuModel("A10", 24, 125),
    GpuModel("RTX 4090", 24, 165),
    GpuModel("V100 32GB", 32, 125, bf16=False),
    GpuModel("RTX 5090", 32, 209.5),
    GpuModel("A100 40GB", 40, 312),
    GpuModel("A40", 48, 149.7),
    GpuModel("RTX A6000", 48, 154.8),
    GpuModel("L40S", 48, 362),
    GpuModel("A100", 80, 312),
    GpuModel("H100 PCIe", 80, 756),
    GpuModel("H100", 80, 989),
    GpuModel("H20", 96, 148),
    GpuModel("GH200", 96, 989),
    GpuModel("H200", 141, 989),
)
"""Common cards, by memory. Sources: NVIDIA's architecture white papers (Turing, Volta, GA102, Ada,
Hopper, Blackwell GeForce) and the data sheets of A10, L4, A40, A100, L40S, H100, H20 and H200.
"""

SHOWN = ("RTX 3060", "RTX 4080", "RTX 4090", "A100 40GB", "L40S", "A100", "H100", "H20", "H200")
"""One or two of each size, for the table that a plan shows."""


def shown() -> tuple[GpuModel, ...]:
    """Return the cards of a plan's table, the smallest first."""
    return tuple(gpu for gpu in GPUS if gpu.name in SHOWN)


def named(name: str) -> tuple[GpuModel, ...]:
    """Return the card of that name, or all of so many GB for a name such as `24GB`.

    Case, spaces and the maker's name do not matter. Raises `DataprepError` for a card that is not
    in the table.
    """
    wanted = _plain(name)
    found = tuple(
        gpu for gpu in GPUS if wanted in (_plain(gpu.name), f"{_plain(gpu.name)}{gpu.memory}gb")
    )
    if not found and (size := re.fullmatch(r"(\d+)gb", wanted)):
        found = tuple(gpu for gpu in GPUS if gpu.memory == int(size[1]))
    if not found:
        raise DataprepError(f"no GPU '{name}'{did_you_mean(name, [gpu.name for gpu in GPUS])}")
    return found


def _plain(name: str) -> str:
    return re.sub(r"nvidia|geforce|rtx|[\s_-]", "", name.lower())
