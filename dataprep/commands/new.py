"""Write a recipe for a data file of the user's from a few options."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import DataprepError, did_you_mean
from dataprep.llamafactory.templates.by_model import template_of
from dataprep.llamafactory.templates.table import REASONING, TEMPLATES
from dataprep.recipe import name_fault
from dataprep.sources import atomic, inputs, json_lines

DEMO_MODEL = "models/smollm2-135m"
DEMO_DATA = "data/raw/demo/identity.json"
ENOUGH = 200
"""With fewer records, a validation split of one in twenty could be empty."""


@dataclass(frozen=True)
class Options:
    """The options of the one-line command; None for one that is not given."""

    model: str | None = None
    dataset: str | None = None
    format: str | None = None
    template: str | None = None
    lora_rank: int | None = None
    lora_alpha: int | None = None
    epochs: float | None = None
    batch_size: int | None = None
    quantization: str | None = None
    export_dir: str | None = None

    def __str__(self) -> str:
        said = ((field.name.upper(), getattr(self, field.name)) for field in fields(self))
        return " ".join(f"{name}={value}" for name, value in said if value is not None)


def new(path: Path, options: Options) -> str:
    """Write the recipe, or keep one that was made from the same options, and return a sentence.

    Raises `DataprepError` for a recipe that was made from other options, for a data file that
    cannot be read, and for a model whose chat template is unknown.
    """
    if fault := name_fault(path.stem):
        raise DataprepError(f"{path}: {fault}")
    line = _made_by(options)
    if path.exists():
        if line in path.read_text(encoding=json_lines.UTF8).splitlines():
            return f"{path}: as it stands"
        raise DataprepError(
            f"{path}: was not made of {options}; edit it and use RECIPE={path.stem}, or take "
            f"another name"
        )
    atomic.replace_text(path, _text(path.stem, line, options))
    return f"{path}: written from {options}; it is yours to edit from now on"


def _made_by(options: Options) -> str:
    return f"# Made by: {options}"


def _text(name: str, made_by: str, options: Options) -> str:
    dataset = options.dataset or DEMO_DATA
    head = (
        f"# {name}: {options.model or DEMO_MODEL} on {dataset}.   make prepare train export "
        f"RECIPE={name}\n{made_by}\n"
    )
    parts = {"data": _data(dataset, options), "train": _train(options), "export": _export(options)}
    return head + "\n".join(_yaml({key: value}) for key, value in parts.items())


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000))


def _data(dataset: str, options: Options) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": dataset}
    if options.format:
        entry["format"] = options.format
    if Path(dataset).is_absolute() or ".." in Path(dataset).parts:
        entry["outside"] = True
    output: dict[str, Any] = {"format": "sharegpt"}
    inputs.check_input(dataset)
    if len(list(islice(inputs.read(dataset), ENOUGH))) == ENOUGH:
        output["split"] = {"val": 0.05}
    return {"inputs": [entry], "steps": ["clean", "dedupe"], "output": output}


def _train(options: Options) -> dict[str, Any]:
    model = options.model or DEMO_MODEL
    template = options.template or template_of(model)
    if template not in TEMPLATES:
        raise DataprepError(f"no chat template '{template}'{did_you_mean(template, TEMPLATES)}")
    keys: dict[str, Any] = {"model_name_or_path": model, "template": template}
    if template in REASONING:
        keys["enable_thinking"] = (
            False  # else an empty thinking block is put before every answer, and learned
        )
    if model == DEMO_MODEL:
        keys["default_system"] = ""  # else every example is told that it is SmolLM
    keys |= {"stage": "sft", "finetuning_type": "lora", "lora_target": "all"}
    keys |= {
        "lora_rank": options.lora_rank or 8,
        "lora_alpha": options.lora_alpha or 2 * (options.lora_rank or 8),
    }
    keys |= _quantized(options.quantization)
    keys |= {"cutoff_len": 2048, "num_train_epochs": options.epochs or 3.0, "learning_rate": 1.0e-4}
    keys |= {
        "per_device_train_batch_size": options.batch_size or 1,
        "gradient_accumulation_steps": 8,
    }
    keys |= {"lr_scheduler_type": "cosine", "warmup_ratio": 0.1, "bf16": True, "logging_steps": 5}
    return keys | {"save_strategy": "epoch", "plot_loss": True, "report_to": "none"}


def _quantized(quantization: str | None) -> dict[str, Any]:
    bits = {None: 0, "4bit": 4, "8bit": 8}[quantization]
    return {"quantization_bit": bits, "quantization_method": "bnb"} if bits else {}


def _export(options: Options) -> dict[str, Any]:
    where = {"export_dir": options.export_dir} if options.export_dir else {}
    return {"export_size": 5, **where}
