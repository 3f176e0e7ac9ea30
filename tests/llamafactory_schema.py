"""Write schemas/train.schema.json and export.schema.json from LLaMA-Factory's own argument classes.

python tests/llamafactory_schema.py     # after another LLaMA-Factory version was pinned; needs the [train] extra
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parent.parent / "schemas"
TIED = {"dataset", "eval_dataset", "dataset_dir", "output_dir", "adapter_name_or_path", "do_train"}
TRAIN = {
    "model_name_or_path": "Qwen/Qwen2.5-7B-Instruct",
    "template": "qwen",
    "stage": "sft",
    "finetuning_type": "lora",
    "quantization_bit": 4,
    "cutoff_len": 2048,
    "learning_rate": 1.0e-4,
    "num_train_epochs": 3.0,
    "bf16": True,
}
EXPORT = {"template": "qwen", "export_size": 5, "export_device": "cpu"}
PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON schema of a field's type; {} where YAML could hold anything."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        return union([schema_of(arg) for arg in args])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    kind = PLAIN.get(origin or hint)
    return {"type": kind} if kind else {"type": "null"} if hint is type(None) else {}


def union(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Join schemas: types into one list, choices with null into one enum, all else into anything."""
    choices = [part for part in parts if "enum" in part]
    if choices:
        return {"enum": [value for part in choices for value in part["enum"]] + [None]}
    if all("type" in part for part in parts):
        return {"type": sorted({part["type"] for part in parts})}
    return {}


def keys_of(classes: list[type]) -> dict[str, Any]:
    """Return the properties of all fields of these dataclasses, with the first sentence of their help."""
    properties = {}
    for cls in classes:
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            if field.init:
                properties[field.name] = schema_of(hints[field.name])
    return dict(sorted(properties.items()))


def stage(name: str, title: str, classes: list[type], tied: set[str], example: dict[str, Any]) -> dict[str, Any]:
    """Return one stage's schema: closed, and without the keys that tie the stages together."""
    properties = keys_of(classes)
    for key in tied & properties.keys():
        properties[key] = {"title": "comes from the recipe's name; take it out", "not": {}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{name}.schema.json",
        "title": title,
        "description": "Keys and types as LLaMA-Factory 0.9.5 declares them; written by tests/llamafactory_schema.py.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "examples": [example],
    }


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas of the stages by name."""
    from llamafactory.hparams import (
        DataArguments,
        FinetuningArguments,
        GeneratingArguments,
        ModelArguments,
        TrainingArguments,
    )

    infer = [ModelArguments, DataArguments, FinetuningArguments, GeneratingArguments]
    train, export = "Arguments of `llamafactory-cli train`", "Arguments of `llamafactory-cli export`"
    return {
        "train": stage("train", train, [*infer, TrainingArguments], TIED, TRAIN),
        "export": stage("export", export, infer, TIED - {"do_train"}, EXPORT),
    }


if __name__ == "__main__":
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (SCHEMAS / f"{name}.schema.json").write_text(text, encoding="utf-8")
