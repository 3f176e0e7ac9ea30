"""A pitfall, and the planned run that it may affect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dataprep.errors import Severity
from dataprep.llamafactory.rows.kto_batches import BATCH

ERROR: Severity = "error"
WARNING: Severity = "warning"

PAIRS, LABELS, DOCUMENTS, ANSWERS = (
    "preference pairs",
    "labelled answers",
    "documents",
    "questions and answers",
)
"""The kinds of rows in a data set; "" if unknown."""

DEFAULTS = {
    "stage": "sft",
    "finetuning_type": "lora",
    "cutoff_len": 2048,
    "enable_thinking": True,
    "mix_strategy": "concat",
    "pref_loss": "sigmoid",
    "quantization_method": "bnb",
    "preprocessing_batch_size": BATCH,
}
"""LLaMA-Factory's defaults that pitfalls refer to; all others are false or absent."""


@dataclass(frozen=True)
class PlannedRun:
    """A LLaMA-Factory run: its arguments `keys`, and known facts about its data and model.

    `here` holds the keys given on the command line for this run only, `trained` the stage that an
    export follows.
    """

    keys: Mapping[str, Any]
    here: frozenset[str] = field(default_factory=frozenset)
    trained: str = ""
    rows: str = ""
    """The kind of its rows."""
    counts: Sequence[int] = ()
    """The number of rows that stage kto trains and validates on; empty if unknown."""
    thoughts: bool | None = None
    """Whether the data have a thinking block; None without data."""
    stale: bool | None = None
    """Whether `tokenized_path` is older than the data or the recipe; None if it is empty."""
    limit: int | None = None
    """The model's maximum input in tokens; None if its config is not available."""
    prequantized: bool = False
    """Whether the model's weights are already quantized."""
    resumes: bool = False
    """Whether the output folder has checkpoints."""
    zero3: bool = False
    """Whether DeepSpeed shards the weights (ZeRO-3)."""
    likely: str = ""
    """The template inferred from the model's name, "" if none."""

    def __getitem__(self, key: str) -> Any:
        return self.keys.get(key, DEFAULTS.get(key))

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    @property
    def evaluates(self) -> bool:
        """Tell whether there is evaluation data."""
        return bool(self["eval_dataset"] or self["val_size"])

    @property
    def quantized(self) -> bool:
        """Tell whether the base model is quantized when it is loaded."""
        return self["quantization_bit"] is not None


class Pitfall(NamedTuple):
    """A pitfall: its key, condition, message and severity; `{value}` is replaced by the key's
    value.
    """

    key: str
    holds: Callable[[PlannedRun], Any]
    says: str
    level: Severity = ERROR


def both(*keys: str) -> Callable[[PlannedRun], bool]:
    """Return the condition that all of these keys are set."""
    return lambda run: all(run[key] for key in keys)


def outside(key: str, *stages: str) -> Callable[[PlannedRun], bool]:
    """Return the condition that a key is set outside these stages."""
    return lambda run: bool(run[key]) and run["stage"] not in stages
