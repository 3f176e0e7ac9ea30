"""Write a model card, README.md in the model's folder: its data, training and results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

NAME = "README.md"
LISTED = (
    *(
        "stage",
        "finetuning_type",
        "lora_rank",
        "lora_alpha",
        "lora_target",
        "quantization_bit",
        "template",
    ),
    *(
        "cutoff_len",
        "learning_rate",
        "num_train_epochs",
        "max_steps",
        "per_device_train_batch_size",
    ),
    *("gradient_accumulation_steps", "lr_scheduler_type", "warmup_ratio", "seed", "bf16", "fp16"),
)
"""The arguments that the card lists, in order; the record has all."""
Record = Mapping[str, Any]


def write(folder: Path, run: Record, note: str = "") -> None:
    """Write a model's card in its folder; `note` says what was done to it after training."""
    (folder / NAME).write_text("\n".join(_lines(run, note)) + "\n", encoding="utf-8")


def _lines(run: Record, note: str) -> Iterator[str]:
    arguments, base = run["arguments"], run["base"]
    head = {
        "base_model": base["model"],
        "library_name": "transformers",
        "tags": ["llama-factory", "dataprep"],
    }
    yield (
        f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n\n# {run['name']}\n"
    )
    kind = "merged" if arguments.get("finetuning_type", "lora") in ("lora", "oft") else "fine-tuned"
    yield (
        f"`{base['model']}`, {kind} from the recipe "
        f"`{run['recipe']}`{f'; {note}' if note else ''}.\n"
    )
    yield "## Data\n\n| file | rows | BLAKE2b |\n|---|---:|---|"
    for path, file in run["data"].items():
        yield f"| {path} | {file['rows']:,} | `{file['blake2b']}` |"
    yield "\n## Training\n\n| | |\n|---|---|"
    for name in LISTED:
        if name in arguments:
            yield f"| {name} | {arguments[name]} |"
    yield "\n## Outcome\n\n| | |\n|---|---|"
    yield from (f"| {name} | {value} |" for name, value in _outcome(run).items())
    yield "\n## Made with\n"
    yield f"{', '.join(f'{name} {number}' for name, number in run['versions'].items())}"


def _outcome(run: Record) -> dict[str, str]:
    results = run["results"]
    losses = {
        name: f"{results[name]:.4f}" for name in ("train_loss", "eval_loss") if name in results
    }
    cards = [gpu["name"] for gpu in run["machine"]["gpus"]]
    where = ", ".join(f"{cards.count(name)} × {name}" for name in dict.fromkeys(cards))
    return {
        "steps": f"{results['steps']:,}",
        **losses,
        "time": f"{run['seconds']:,.0f} s",
        "machine": where or f"{run['machine']['cores']} CPU cores",
    }
