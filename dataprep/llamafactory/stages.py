"""Derive from a recipe the arguments of each LLaMA-Factory run, and the variables of make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import DataprepError, did_you_mean
from dataprep.llamafactory.rows import kto_batches
from dataprep.recipe import DATA, SAVES, Recipe, stage_keys
from dataprep.recipe.stage_keys import STAGES
from dataprep.sources import atomic

PAGES = ("webui",)
"""The stages without arguments: everything is set on their page."""
MADE = ("train", "export", "quantize")
"""The stages that make runs anew where their arguments change."""
WHOLE = ("full", "freeze")
"""The fine-tuning methods that write a whole model; the others write an adapter."""


def config(recipe: Recipe, stage: str) -> dict[str, Any]:
    """Return the arguments of one LLaMA-Factory run: the recipe's own keys, and the keys that link
    the stages.
    """
    if stage in PAGES:
        raise DataprepError(
            f"'{stage}' takes no arguments, for all is said on its page; open it by: make {stage}"
        )
    if stage not in STAGES:
        raise DataprepError(f"no stage '{stage}'{did_you_mean(stage, STAGES)}")
    if not recipe.train:
        raise DataprepError(
            f"{recipe.path}: has no 'train', so there is nothing to {stage}; recipes/demo.yaml "
            f"has one"
        )
    return _CONFIGS[stage](recipe)


def _train(recipe: Recipe) -> dict[str, Any]:
    ties: dict[str, Any] = {"do_train": True, "dataset_dir": DATA, "dataset": recipe.name}
    if "val" in recipe.splits:
        ties["eval_dataset"] = recipe.datasets["val"]
    if recipe.train.get("stage") == "kto":
        ties |= _batches(recipe)
    return {**recipe.train, **ties, "output_dir": recipe.adapter}


def _batches(recipe: Recipe) -> dict[str, Any]:
    """Return a batch size with which kto compares no row of the prepared data with itself, if the
    default would.
    """
    size = kto_batches.fitting(kto_batches.rows_in(recipe.trained_on, recipe.train), recipe.train)
    own = size == kto_batches.BATCH or "preprocessing_batch_size" in recipe.train
    return {} if own else {"preprocessing_batch_size": size}


def _export(recipe: Recipe) -> dict[str, Any]:
    """Merge an adapter into its unquantized base; full and freeze fine-tunings are whole models.

    A reward model keeps its stage, or LLaMA-Factory would drop its value head. An OFT adapter is
    accepted only if it is called lora (`hparams/parser.py::_verify_model_args`); it is then loaded
    by its own config.
    """
    base = _kept(recipe.train, "model_name_or_path", "template", "trust_remote_code")
    if recipe.train.get("stage") == "rm":
        base["stage"] = "rm"
    return {**base, **recipe.export, **_tuned(recipe), "export_dir": recipe.merged}


def _tuned(recipe: Recipe) -> dict[str, Any]:
    """Return where the tuned weights are.

    The fine-tuning type is always lora: a whole model loads like any model, an adapter's own config
    says what it is, and LLaMA-Factory refuses an adapter that is called oft
    (`hparams/parser.py::_verify_model_args`).
    """
    if recipe.train.get("finetuning_type", "lora") in WHOLE:
        return {"model_name_or_path": recipe.adapter, "finetuning_type": "lora"}
    return {"adapter_name_or_path": recipe.adapter, "finetuning_type": "lora"}


def _quantize(recipe: Recipe) -> dict[str, Any]:
    """Load the exported model in fewer bits and save it; export_quantization_bit uses GPTQ."""
    keys = recipe.later.get("quantize", {})
    bits: dict[str, Any] = (
        {}
        if {"quantization_bit", "export_quantization_bit"} & keys.keys()
        else {"quantization_bit": 4}
    )
    if "export_quantization_bit" not in keys:
        bits["quantization_method"] = "bnb"
    if recipe.calibration:
        bits["export_quantization_dataset"] = recipe.calibration
    kept = _kept(recipe.train, "template", "trust_remote_code")
    ties = {"model_name_or_path": recipe.merged, "export_dir": recipe.quantized}
    return {**kept, "export_size": recipe.export.get("export_size", 5), **bits, **keys, **ties}


def _predict(recipe: Recipe) -> dict[str, Any]:
    """Answer the prompts of the test split; score the answers with BLEU and ROUGE."""
    if recipe.train.get("stage", "sft") != "sft":
        raise DataprepError(
            f"{recipe.path}: stage {recipe.train['stage']} has no answers to predict; make evaluate"
        )
    ties = {
        "do_predict": True,
        "predict_with_generate": True,
        "stage": "sft",
        "output_dir": f"{recipe.saves}/predictions",
    }
    return {**_on_test(recipe, "predict"), **ties}


def _evaluate(recipe: Recipe) -> dict[str, Any]:
    """Measure the loss on the test split."""
    return {**_on_test(recipe, "evaluate"), "stage": recipe.train.get("stage", "sft")}


def _on_test(recipe: Recipe, stage: str) -> dict[str, Any]:
    if "test" not in recipe.splits:
        raise DataprepError(
            f"{recipe.path}: has no test split to {stage} on; write split: {{test: 0.05}} under "
            f"output"
        )
    keys = set(stage_keys.taken(stage)) - _NOT_KEPT
    kept = {key: value for key, value in recipe.train.items() if key in keys}
    ties = {"dataset_dir": DATA, "eval_dataset": recipe.datasets["test"]}
    base = {"model_name_or_path": recipe.train["model_name_or_path"]}
    return {**base, **kept, **recipe.later.get(stage, {}), **_tuned(recipe), **ties}


_NOT_KEPT = {"max_samples", "run_name", "overwrite_cache", "deepspeed"}
"""Keys of a training that do not apply to later stages."""


def _chat(recipe: Recipe) -> dict[str, Any]:
    return _talk(recipe, "chat")


def _api(recipe: Recipe) -> dict[str, Any]:
    return _talk(recipe, "api")


def _talk(recipe: Recipe, stage: str) -> dict[str, Any]:
    own = recipe.later.get(stage, {})
    kept = _kept(
        recipe.train,
        "template",
        "default_system",
        "enable_thinking",
        "tool_format",
        "trust_remote_code",
    )
    return {"model_name_or_path": recipe.merged, **kept, **own}


def _kept(keys: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: keys[name] for name in names if name in keys}


_CONFIGS: dict[str, Callable[[Recipe], dict[str, Any]]] = {
    "train": _train,
    "export": _export,
    "quantize": _quantize,
    "predict": _predict,
    "evaluate": _evaluate,
    "chat": _chat,
    "api": _api,
}


def show(recipe: Recipe, stage: str, out: Path | None = None) -> str:
    """Return the text of a stage's arguments; with `out`, write it to that file if it differs,
    and return "".

    The stage "make" is the file that the Makefile includes; next to it go the files of the stages
    that make runs.
    """
    text = as_make(recipe) if stage == "make" else as_yaml(recipe, stage)
    if out is None:
        return text
    atomic.replace_text(out, text)
    for made in MADE if stage == "make" and recipe.train else ():
        show(recipe, made, out.with_name(f"{made}.yaml"))
    return ""


def as_yaml(recipe: Recipe, stage: str) -> str:
    """Return a stage's arguments as the YAML file that LLaMA-Factory reads."""
    head = (
        f"# Made from {recipe.path} by `dataprep config {recipe.path} {stage}`; change the "
        "recipe, not this file.\n"
    )
    return head + yaml.safe_dump(
        config(recipe, stage), sort_keys=False, allow_unicode=True, width=1000
    )


def as_make(recipe: Recipe) -> str:
    """Return the variables of make: prepared files, base model, exported folder."""
    data = " ".join(map(str, recipe.trained_on))
    base = recipe.train.get("model_name_or_path", "")
    head = f"# Made from {recipe.path}: what make must know of it.\n"
    return (
        f"{head}DATA_FILES := {data}\nBASE := {base}\nMERGED := {recipe.merged}\n"
        f"{_launch(recipe.train)}"
    )


def _launch(train: Mapping[str, Any]) -> str:
    """Return the variables for trainings that a plain process cannot run."""
    if train.get("deepspeed") or train.get("fsdp"):
        return "export FORCE_TORCHRUN := 1\n"
    if train.get("stage") == "ppo":
        reward = str(train.get("reward_model", ""))
        made = f"REWARD := {reward}/train_results.json\n" if reward.startswith(f"{SAVES}/") else ""
        return f"{made}ALONE := .venv-ppo\n"
    return "export USE_RAY := 1\n" if "ray_num_workers" in train else ""
