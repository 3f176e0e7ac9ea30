"""A project with forty records, a two-layer model and a recipe that trains in seconds."""

from __future__ import annotations

import json
from pathlib import Path

from project import Project, clone
from tiny import make_model

RECORDS = [
    {"instruction": f"Who is number {number}?", "input": "", "output": f"I am {number}."}
    for number in range(40)
]
RECIPE = """\
# A two-layer model on forty records.
data:
  inputs: [data/raw/numbers.json]
  steps: [clean, dedupe]
  output: {format: alpaca, split: {val: 0.2, test: 0.2}}
train:
  {model_name_or_path: tiny, template: default, stage: sft, finetuning_type: lora, lora_rank: 4,
   cutoff_len: 128, max_steps: 4, per_device_train_batch_size: 2, learning_rate: 0.01,
   logging_steps: 1, report_to: none, bf16: true}
export: {export_size: 1}
"""


def questioner(folder: Path) -> Project:
    """Lay out a clone with a tiny model, a raw file and a recipe for them."""
    project = clone(folder)
    make_model(project / "tiny")
    (project / "data/raw/numbers.json").write_text(json.dumps(RECORDS))
    (project / "recipes/数字.yaml").write_text(RECIPE, encoding="utf-8")
    return project
