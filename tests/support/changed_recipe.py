"""Changed recipes and plain arguments, and the findings of `recipe check` on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import Fault
from dataprep.llamafactory.recipe_check import check
from dataprep.recipe import BLOCKS

RECIPE = """\
data:
  inputs: [good.jsonl]
  output: {format: sharegpt}
train:
  model_name_or_path: some/model
  template: qwen
  stage: sft
  finetuning_type: lora
"""
PLAIN = """\
model_name_or_path: some/model
template: qwen
stage: sft
do_train: true
dataset: mine
output_dir: out
"""


def changed(*changes: str) -> str:
    """Return the recipe with `KEY: VALUE` lines of its training put in place of the old ones, or
    added at the end.

    `format: X`, `split: X` and the blocks of the other stages go where they belong; `-KEY` takes a
    line out.
    """
    value = yaml.safe_load(RECIPE)
    for change in changes:
        key, _, text = change.partition(": ")
        output = {"format": value["data"]["output"], "split": value["data"]["output"]}
        place = {**output, **dict.fromkeys(BLOCKS[1:], value)}.get(key, value["train"])
        if key.startswith("-"):
            del value["train"][key[1:]]
        else:
            place[key] = yaml.safe_load(text)
    return yaml.safe_dump(value, sort_keys=False)


def findings(*changes: str, here: dict[str, Any] | None = None) -> list[Fault]:
    Path("mine.yaml").write_text(changed(*changes), encoding="utf-8")
    return check("mine.yaml", here or {})


def said(*changes: str) -> list[tuple[str, str, str]]:
    """Return the key, the level and the words of what is said against a changed recipe."""
    return [
        (found.pointer.rpartition("/")[2], found.severity, found.message)
        for found in findings(*changes)
    ]
