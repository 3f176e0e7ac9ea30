"""Write the schemas of the stages, from train.schema.json to api.schema.json, from LLaMA-Factory's argument classes.

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
LATER = {*TIED, "model_name_or_path", "export_dir", "finetuning_type", "stage", "do_predict", "predict_with_generate"}
EVALUATION = {
    *("bf16", "fp16", "tf32", "bf16_full_eval", "fp16_full_eval", "use_cpu", "seed", "data_seed", "deepspeed"),
    *("per_device_eval_batch_size", "eval_accumulation_steps", "dataloader_num_workers", "dataloader_pin_memory"),
    *("report_to", "run_name", "project", "logging_dir", "ddp_timeout", "generation_max_length"),
    *("generation_num_beams", "disable_tqdm"),
}
"""What a prediction or an evaluation needs of the arguments of a training."""
LEARNING = {
    *("packing", "neat_packing", "mix_strategy", "interleave_probs", "streaming"),
    *("buffer_size", "val_size", "eval_on_each_dataset", "tokenized_path", "ignore_pad_token_for_loss"),
}
"""The data's arguments that matter to a training alone."""
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
QUANTIZE = {"quantization_bit": 4, "quantization_method": "bnb", "export_size": 5}
PREDICT = {"per_device_eval_batch_size": 4, "max_samples": 100, "max_new_tokens": 128, "do_sample": False}
EVALUATE = {"per_device_eval_batch_size": 8, "cutoff_len": 2048}
CHAT = {"temperature": 0.7, "top_p": 0.8, "max_new_tokens": 512}
API = {"infer_backend": "vllm", "vllm_maxlen": 4096}
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
    """Return the properties of all fields of these dataclasses."""
    properties = {}
    for cls in classes:
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            if field.init:
                properties[field.name] = schema_of(hints[field.name])
    return properties


def refused(key: str, tied: set[str], generating: set[str]) -> dict[str, Any]:
    """Return the schema of a key that a stage does not take, which says where it belongs."""
    if key in tied:
        return {"title": "comes from the recipe's name; take it out", "not": {}}
    if key == "do_predict":
        return {"title": "is what `make predict` does; take it out, and write a block predict", "not": {}}
    owners = {"export_quantization_": "quantize", "export_": "export", "vllm_": "chat or api", "sglang_": "chat or api"}
    prefix = next((prefix for prefix in owners if key.startswith(prefix)), "")
    owner = owners.get(prefix) or ("predict, chat or api" if key in generating else "train")
    owner = "chat or api" if key == "infer_backend" else owner
    return {"title": f"is for {owner}; write it under {owner}", "not": {}}


def stages() -> dict[str, tuple[set[str], set[str], dict[str, Any]]]:
    """Return of each stage the keys that it takes, those that its recipe ties, and an example."""
    from llamafactory.hparams import (
        DataArguments,
        FinetuningArguments,
        GeneratingArguments,
        ModelArguments,
        TrainingArguments,
    )

    model, generating = keys_of([ModelArguments]).keys(), keys_of([GeneratingArguments]).keys()
    learn = keys_of([FinetuningArguments, TrainingArguments]).keys()
    export = {key for key in model if key.startswith("export_")}
    served = {key for key in model if key.startswith(("vllm_", "sglang_"))}
    data = keys_of([DataArguments]).keys()
    load = (model | data) - export - served - LEARNING
    local = load - {"infer_backend"}
    return {
        "train": ((model | data | generating | learn) - export - served - {"do_predict"}, TIED, TRAIN),
        "export": (local | export | {"stage"}, TIED - {"do_train"} | {"finetuning_type"}, EXPORT),
        "quantize": (local | export, LATER, QUANTIZE),
        "predict": (local | generating | EVALUATION, LATER, PREDICT),
        "evaluate": (local | (EVALUATION - {"generation_max_length", "generation_num_beams"}), LATER, EVALUATE),
        "chat": (load | served | generating, LATER, CHAT),
        "api": (load | served | generating, LATER, API),
    }


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas of the stages by name: closed, and with the right stage's name at each key of another."""
    from llamafactory import hparams as of

    infer = [of.ModelArguments, of.DataArguments, of.FinetuningArguments, of.GeneratingArguments]
    every = keys_of([*infer, of.TrainingArguments])
    generating = set(keys_of([of.GeneratingArguments]))
    made = {}
    for name, (taken, tied, example) in stages().items():
        keys = {
            key: kind if key in taken - tied else refused(key, tied, generating) for key, kind in sorted(every.items())
        }
        made[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{name}.schema.json",
            "title": f"Arguments of stage {name}",
            "description": "LLaMA-Factory 0.9.5's own keys and types; written by tests/llamafactory_schema.py.",
            "type": "object",
            "properties": keys,
            "additionalProperties": False,
            "examples": [example],
        }
    return made


if __name__ == "__main__":
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (SCHEMAS / f"{name}.schema.json").write_text(text, encoding="utf-8")
