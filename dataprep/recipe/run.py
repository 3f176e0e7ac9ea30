"""What a recipe says, ready to use: the training half by itself, and the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.pipeline.plan import Plan
from dataprep.sources import outputs
from dataprep.sources.outputs import split_file

DATA = "data"
SAVES = "saves"
REGISTRY = f"{DATA}/{outputs.REGISTRY}"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The training half of a recipe, and the folders that carry the recipe's name.

    `train`, `export` and `later` hold LLaMA-Factory's own keys; `later` has a block for each stage
    after the export. `format` and `splits` describe the prepared data; `train` is always a split.
    """

    name: str
    path: str
    format: str
    splits: list[str]
    train: Mapping[str, Any]
    export: Mapping[str, Any]
    later: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Return the folder of the prepared data."""
        return f"{DATA}/{self.name}"

    @property
    def saves(self) -> str:
        """Return the folder that holds the results of training."""
        return f"{SAVES}/{self.name}"

    @property
    def adapter(self) -> str:
        """Return the folder that training writes: the adapter, or the whole model after a full
        fine-tuning.
        """
        return f"{self.saves}/adapter"

    @property
    def merged(self) -> str:
        """Return the folder of the exported model."""
        return str(self.export.get("export_dir", f"{self.saves}/merged"))

    @property
    def quantized(self) -> str:
        """Return the folder of the quantized model."""
        return f"{self.saves}/quantized"

    @property
    def calibration(self) -> str:
        """Return the file that GPTQ calibrates with, "" if the recipe does not ask for one."""
        keys = self.later.get("quantize", {})
        own = keys.get("export_quantization_bit") is None or "export_quantization_dataset" in keys
        return "" if own else f"{self.folder}/{outputs.CALIBRATION}"

    @property
    def datasets(self) -> dict[str, str]:
        """Return the registered name of each split."""
        return {
            split: self.name if split == "train" else f"{self.name}_{split}"
            for split in self.splits
        }

    @property
    def trained_on(self) -> list[Path]:
        """Return the prepared files that training reads, to learn from and to validate on."""
        return [Path(self.folder, split_file(split)) for split in self.splits if split != "test"]


@dataclass(frozen=True, kw_only=True)
class Run(Recipe):
    """A compiled recipe: its inputs are detected and its steps are built.

    `plan` is the data half. `overlong` says what becomes of examples beyond the cutoff. `patterns`
    name the inputs as the recipe does, and `schemas` are the files of the user's own schemas.
    `data` is the data half as written; only hashes are made of it.
    """

    plan: Plan
    overlong: str
    patterns: tuple[str, ...]
    schemas: tuple[str, ...]
    data: Mapping[str, Any]
