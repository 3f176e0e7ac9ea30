"""The keys that LLaMA-Factory takes at each stage, and where a key belongs that a stage refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from dataprep import schema
from dataprep.errors import Fault, did_you_mean

STAGES = ("train", "export", "quantize", "predict", "evaluate", "chat", "api")

FROM_NAME = frozenset(
    {"dataset", "eval_dataset", "dataset_dir", "output_dir", "adapter_name_or_path", "do_train"}
)
"""The keys that come from the recipe's name at every stage."""
_AFTER_EXPORT = frozenset(
    {
        *("model_name_or_path", "export_dir", "finetuning_type", "stage"),
        *("do_predict", "predict_with_generate"),
    }
)
TIED = {
    "train": FROM_NAME,
    "export": FROM_NAME | {"finetuning_type"},
    **dict.fromkeys(("quantize", "predict", "evaluate", "chat", "api"), FROM_NAME | _AFTER_EXPORT),
}
"""The keys that follow from the recipe's name and its other blocks, by stage."""

ELSEWHERE = "wrong-stage"
"""The code of a key that is for another stage."""
FROM_RECIPE = "from-recipe-name"
"""The code of a key that follows from the rest of the recipe."""


def taken(stage: str) -> Collection[str]:
    """Return the keys that the block of a stage may have."""
    own = schema.load(stage)
    if "$ref" in own:
        own = schema.load(own["$ref"].removesuffix(".schema.json"))
    keys: dict[str, Any] = own["properties"]
    return keys.keys()


def problems(stage: str, keys: Any) -> Iterator[Fault]:
    """Yield the faults of the block of a stage: unknown keys, then other faults by key."""
    found = [
        _explained(stage, fault) if fault.code == schema.UNKNOWN_KEY else fault
        for fault in schema.problems(stage, keys)
    ]
    yield from (fault for fault in found if fault.code == schema.UNKNOWN_KEY)
    others = [fault for fault in found if fault.code != schema.UNKNOWN_KEY]
    yield from sorted(others, key=lambda fault: fault.pointer)


def _explained(stage: str, fault: Fault) -> Fault:
    """Return where a key belongs that a stage does not take; suggest a key for a misspelt one."""
    key = fault.pointer[1:].replace("~1", "/").replace("~0", "~")
    every = schema.load("llamafactory")["properties"]
    if key not in every:
        return replace(fault, found=f"no such key{did_you_mean(key, every)}")
    if key in TIED[stage]:
        found, fix = "comes from the recipe's name", "take it out"
        return replace(fault, code=FROM_RECIPE, found=found, fix=fix)
    if key == "do_predict":
        found, fix = "is what `make predict` does", "take it out, and write a block predict"
        return replace(fault, code=FROM_RECIPE, found=found, fix=fix)
    home = _home(key)
    return replace(fault, code=ELSEWHERE, found=f"is for {home}", fix=f"write it under {home}")


def _home(key: str) -> str:
    """Return the stages that a key is for, as words; other stages may take it too."""
    stages = [stage for stage in STAGES if key in taken(stage)]
    if key.startswith("export_quantization_"):
        return "quantize"
    if "chat" not in stages:
        return stages[0]
    *others, last = [stage for stage in stages if stage != "train"]
    return f"{', '.join(others)} or {last}"
