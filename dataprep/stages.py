"""The arguments of each LLaMA-Factory run, and what make must know, derived from a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dataprep import batches, files
from dataprep.errors import DataprepError, did_you_mean
from dataprep.recipe import DATA, Recipe

STAGES = ("train", "export", "chat")


def config(recipe: Recipe, stage: str) -> dict[str, Any]:
    """Return the arguments of one LLaMA-Factory run: the recipe's own keys, and those that tie the stages together."""
    if stage not in STAGES:
        raise DataprepError(f"no stage '{stage}'{did_you_mean(stage, STAGES)}")
    if not recipe.train:
        raise DataprepError(f"{recipe.path}: has no 'train', so there is nothing to {stage}; recipes/demo.yaml has one")
    return {"train": _train, "export": _export, "chat": _chat}[stage](recipe)


def _train(recipe: Recipe) -> dict[str, Any]:
    ties: dict[str, Any] = {"do_train": True, "dataset_dir": DATA, "dataset": recipe.name}
    if "val" in recipe.splits:
        ties["eval_dataset"] = recipe.datasets["val"]
    if recipe.train.get("stage") == "kto":
        ties |= _batches(recipe)
    return {**recipe.train, **ties, "output_dir": recipe.adapter}


def _batches(recipe: Recipe) -> dict[str, Any]:
    """Return the batches in which kto never compares a row of the prepared data with itself, where it would."""
    size = batches.fitting(batches.rows_in(recipe.trained_on, recipe.train), recipe.train)
    own = size == batches.BATCH or "preprocessing_batch_size" in recipe.train
    return {} if own else {"preprocessing_batch_size": size}


def _export(recipe: Recipe) -> dict[str, Any]:
    """Merge an adapter into its unquantized base; a full or a freeze fine-tuning is a whole model already.

    A reward model stays one: without its stage LLaMA-Factory would leave out its value head.
    """
    base = _kept(recipe.train, "model_name_or_path", "template", "trust_remote_code", "finetuning_type")
    if recipe.train.get("stage") == "rm":
        base["stage"] = "rm"
    if recipe.train.get("finetuning_type", "lora") in ("full", "freeze"):
        ties = {"model_name_or_path": recipe.adapter}
    else:
        ties = {"adapter_name_or_path": recipe.adapter}
    return {**base, **recipe.export, **ties, "export_dir": recipe.merged}


def _chat(recipe: Recipe) -> dict[str, Any]:
    return {
        "model_name_or_path": recipe.merged,
        **_kept(recipe.train, "template", "default_system", "trust_remote_code"),
    }


def _kept(keys: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: keys[name] for name in names if name in keys}


def show(recipe: Recipe, stage: str, out: Path | None = None) -> str:
    """Return the text of a stage's arguments, or write it to a file where it differs and return nothing.

    The stage "make" is what the Makefile includes.
    """
    text = as_make(recipe) if stage == "make" else as_yaml(recipe, stage)
    if out is None:
        return text
    files.replace_text(out, text)
    return ""


def as_yaml(recipe: Recipe, stage: str) -> str:
    """Return a stage's arguments as the YAML file that LLaMA-Factory reads."""
    head = f"# Made from {recipe.path} by `dataprep config {recipe.path} {stage}`; change the recipe, not this file.\n"
    return head + yaml.safe_dump(config(recipe, stage), sort_keys=False, allow_unicode=True, width=1000)


def as_make(recipe: Recipe) -> str:
    """Return what make must know of a recipe: its prepared files, its model folder, its exported folder."""
    data = " ".join(map(str, recipe.trained_on))
    base = recipe.train.get("model_name_or_path", "")
    head = f"# Made from {recipe.path}: what make must know of it.\n"
    return f"{head}DATA_FILES := {data}\nBASE := {base}\nMERGED := {recipe.merged}\n"
