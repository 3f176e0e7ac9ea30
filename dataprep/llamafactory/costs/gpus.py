"""Common GPUs: their memory and published peak, from gpus.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from dataprep.errors import DataprepError, did_you_mean

GB = 2**30
"""The bytes of a gigabyte of GPU memory, as it is sold and as `nvidia-smi` counts it."""


class GpuModel(NamedTuple):
    """A GPU model: memory in GB, and peak in 10¹² operations a second in half precision.

    `bf16` tells whether it supports that format, `shown` whether a plan lists it by default.
    """

    name: str
    memory: int
    peak: float
    bf16: bool = True
    shown: bool = False


TABLE = Path(__file__).with_name("gpus.yaml")


@cache
def known() -> tuple[GpuModel, ...]:
    """Return the known GPU models, the smallest first."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(GpuModel(**row) for row in rows)


def shown() -> tuple[GpuModel, ...]:
    """Return the GPU models that a plan lists by default, the smallest first."""
    return tuple(gpu for gpu in known() if gpu.shown)


def named(name: str) -> tuple[GpuModel, ...]:
    """Return the GPU model of that name, or all with that much memory for a name such as `24GB`.

    Case, spaces and the maker's name are ignored. Raises `DataprepError` for an unknown model.
    """
    wanted = _plain(name)
    found = tuple(
        gpu for gpu in known() if wanted in (_plain(gpu.name), f"{_plain(gpu.name)}{gpu.memory}gb")
    )
    if not found and (size := re.fullmatch(r"(\d+)gb", wanted)):
        found = tuple(gpu for gpu in known() if gpu.memory == int(size[1]))
    if not found:
        raise DataprepError(f"no GPU '{name}'{did_you_mean(name, [gpu.name for gpu in known()])}")
    return found


def _plain(name: str) -> str:
    return re.sub(r"nvidia|geforce|rtx|[\s_-]", "", name.lower())
