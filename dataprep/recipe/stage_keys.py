"""The keys that LLaMA-Factory takes at each stage, and where a key belongs that a stage refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from dataprep import schema
from dataprep.errors import did_you_mean
from dataprep.schema import Problem

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

ELSEWHERE = "elsewhere"
"""The code of a key that is for another stage."""
FROM_RECIPE = "from recipe"
"""The code of a key that follows from the rest of the recipe."""


def taken(stage: str) -> Collection[str]:
    """Return the keys that the block of a stage may have."""
    own = schema.load(stage)
    if "$ref" in own:
        own = schema.load(own["$ref"].removesuffix(".schema.json"))
    keys: dict[str, Any] = own["properties"]
    return keys.keys()


def problems(stage: str, keys: Any) -> Iterator[Problem]:
    """Yield the faults of the block of a stage: unknown keys, then other faults by key."""
    found = [
        _explained(stage, problem) if problem.code == schema.UNKNOWN_KEY else problem
        for problem in schema.problems(stage, keys)
    ]
    yield from (problem for problem in found if problem.code == schema.UNKNOWN_KEY)
    others = [problem for problem in found if problem.code != schema.UNKNOWN_KEY]
    yield from sorted(others, key=lambda problem: problem.pointer)


def _explained(stage: str, problem: Problem) -> Problem:
    """Return where a key belongs that a stage does not take; suggest a key for a misspelt one."""
    key = problem.pointer[1:].replace("~1", "/").replace("~0", "~")
    every = schema.load("llamafactory")["properties"]
    if key not in every:
        return problem._replace(message=f"no such key{did_you_mean(key, every)}")
    if key in TIED[stage]:
        message = "comes from the recipe's name; take it out"
        return problem._replace(message=message, code=FROM_RECIPE)
    if key == "do_predict":
        message = "is what `make predict` does; take it out, and write a block predict"
        return problem._replace(message=message, code=FROM_RECIPE)
    home = _home(key)
    return problem._replace(message=f"is for {home}; write it under {home}", code=ELSEWHERE)


def _home(key: str) -> str:
    """Return the stages that a key is for, as words; other stages may take it too."""
    stages = [stage for stage in STAGES if key in taken(stage)]
    if key.startswith("export_quantization_"):
        return "quantize"
    if "chat" not in stages:
        return stages[0]
    *others, last = [stage for stage in stages if stage != "train"]
    return f"{', '.join(others)} or {last}"
