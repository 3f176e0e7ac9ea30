"""Write the schemas of LLaMA-Factory's arguments from its own argument classes.

python -m dataprep.llamafactory.schemas     # `make docs` runs it; needs the [train] extra
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from dataprep.llamafactory.version import VERSION
from dataprep.recipe.stage_keys import TIED

FOLDER = Path(__file__).parents[2] / "schemas"
ALL = "llamafactory"
"""The schema that describes every key; those of the stages refer to it."""
COMMAND = "python -m dataprep.llamafactory.schemas"

STAGES = {
    "train": "a training",
    "export": "merging the adapter into the base model",
    "quantize": "quantizing the exported model",
    "predict": "answering the questions of the test split",
    "evaluate": "measuring base and tuned model on the test split",
    "chat": "a chat in the terminal",
    "api": "serving the model as an OpenAI API",
}
REQUIRED = ("train", "export")
"""The stages that a recipe cannot request with an empty block."""
EVALUATION = {
    *("bf16", "fp16", "tf32", "bf16_full_eval", "fp16_full_eval", "use_cpu", "seed", "data_seed"),
    *("per_device_eval_batch_size", "eval_accumulation_steps", "dataloader_num_workers"),
    *("dataloader_pin_memory", "report_to", "run_name", "project", "logging_dir", "ddp_timeout"),
    *("deepspeed", "generation_max_length", "generation_num_beams", "disable_tqdm"),
}
"""The training arguments that predictions and evaluations use."""
LEARNING = {
    *("packing", "neat_packing", "mix_strategy", "interleave_probs", "streaming", "buffer_size"),
    *("val_size", "eval_on_each_dataset", "tokenized_path", "ignore_pad_token_for_loss"),
}
"""The data arguments that only training uses."""
EXAMPLES: dict[str, dict[str, Any]] = {
    ALL: {
        "model_name_or_path": "Qwen/Qwen2.5-7B-Instruct",
        "template": "qwen",
        "stage": "sft",
        "do_train": True,
        "dataset": "faq",
        "output_dir": "saves/faq/adapter",
    },
    "train": {
        "model_name_or_path": "Qwen/Qwen2.5-7B-Instruct",
        "template": "qwen",
        "stage": "sft",
        "finetuning_type": "lora",
        "quantization_bit": 4,
        "cutoff_len": 2048,
        "learning_rate": 1.0e-4,
        "num_train_epochs": 3.0,
        "bf16": True,
    },
    "export": {"template": "qwen", "export_size": 5, "export_device": "cpu"},
    "quantize": {"quantization_bit": 4, "quantization_method": "bnb", "export_size": 5},
    "predict": {
        "per_device_eval_batch_size": 4,
        "max_samples": 100,
        "max_new_tokens": 128,
        "do_sample": False,
    },
    "evaluate": {"per_device_eval_batch_size": 8, "cutoff_len": 2048},
    "chat": {"temperature": 0.7, "top_p": 0.8, "max_new_tokens": 512},
    "api": {"infer_backend": "vllm", "vllm_maxlen": 4096},
}
_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def write(folder: Path = FOLDER) -> None:
    """Write the schema of all keys and those of the stages."""
    for name, text in texts().items():
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


def texts() -> dict[str, str]:
    """Return the text of each schema file by name."""
    from llamafactory import hparams

    model, data = _keys(hparams.ModelArguments), _keys(hparams.DataArguments)
    generating = _keys(hparams.GeneratingArguments)
    learning = _keys(hparams.FinetuningArguments) | _keys(hparams.TrainingArguments)
    every = model | data | generating | learning
    taken = _taken(set(model), set(data), set(generating), set(learning))
    made = {ALL: _text(_schema_of_all(every))}
    for stage, keys in taken.items():
        made[stage] = _text(_schema_of_stage(stage, sorted(keys - TIED[stage])))
    made["api"] = _text(_head("api") | {"$ref": "chat.schema.json"} | _examples("api"))
    return made


def _taken(
    model: set[str], data: set[str], generating: set[str], learning: set[str]
) -> dict[str, set[str]]:
    """Return the keys that LLaMA-Factory reads at each stage; `api` reads those of `chat`."""
    export = {key for key in model if key.startswith("export_")}
    served = {key for key in model if key.startswith(("vllm_", "sglang_"))}
    load = (model | data) - export - served - LEARNING
    local = load - {"infer_backend"}
    return {
        "train": (model | data | generating | learning) - export - served - {"do_predict"},
        "export": local | export | {"stage"},
        "quantize": local | export,
        "predict": local | generating | EVALUATION,
        "evaluate": local | (EVALUATION - {"generation_max_length", "generation_num_beams"}),
        "chat": load | served | generating,
    }


# ------------------------------------------------------------------------------------ schemas


def _schema_of_all(properties: dict[str, Any]) -> dict[str, Any]:
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{ALL}.schema.json",
        "title": "Arguments of LLaMA-Factory",
        "description": f"All keys of LLaMA-Factory {VERSION}. Generated by `{COMMAND}`.",
        "type": "object",
        "properties": dict(sorted(properties.items())),
        "additionalProperties": False,
    }
    return head | _examples(ALL)


def _schema_of_stage(stage: str, keys: Iterable[str]) -> dict[str, Any]:
    body = {
        "type": "object" if stage in REQUIRED else ["object", "null"],
        "properties": {key: {"$ref": f"{ALL}.schema.json#/properties/{key}"} for key in keys},
        "additionalProperties": False,
    }
    return _head(stage) | body | _examples(stage)


def _head(stage: str) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{stage}.schema.json",
        "title": f"Arguments of stage {stage}",
        "description": f"LLaMA-Factory's keys for {STAGES[stage]}. Generated by `{COMMAND}`.",
    }


def _examples(name: str) -> dict[str, Any]:
    return {"examples": [EXAMPLES[name]]}


def _text(schema: dict[str, Any]) -> str:
    """Return a schema as JSON, with each reference and list of plain values on one line."""
    return _lines(schema, "") + "\n"


def _lines(value: Any, indent: str) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict) or value.keys() == {"$ref"}:
        if not (isinstance(value, list) and any(isinstance(inner, dict) for inner in value)):
            return short
        return _block("[]", [_lines(inner, indent + "  ") for inner in value], indent)
    members = [f"{json.dumps(key)}: {_lines(inner, indent + '  ')}" for key, inner in value.items()]
    return _block("{}", members, indent)


def _block(brackets: str, members: list[str], indent: str) -> str:
    inner = ",\n".join(f"{indent}  {member}" for member in members)
    return f"{brackets[0]}\n{inner}\n{indent}{brackets[1]}"


# --------------------------------------------------------------------------------------- keys


def _keys(arguments: type) -> dict[str, Any]:
    """Return the schema of each key of an argument dataclass."""
    hints = typing.get_type_hints(arguments)
    return {
        field.name: {
            "description": " ".join(field.metadata["help"].split()),
            **_schema_of(hints[field.name]),
        }
        for field in dataclasses.fields(arguments)
        if field.init
    }


def _schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON schema of a field's type; {} if YAML could hold anything."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        return _union([_schema_of(arg) for arg in args])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    kind = _TYPES.get(origin or hint)
    return {"type": kind} if kind else {"type": "null"} if hint is type(None) else {}


def _union(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Join schemas: types into one list, choices and null into one enum, anything else into {}."""
    choices = [part for part in parts if "enum" in part]
    if choices:
        return {"enum": [value for part in choices for value in part["enum"]] + [None]}
    if all("type" in part for part in parts):
        return {"type": sorted({part["type"] for part in parts})}
    return {}


if __name__ == "__main__":
    write()
