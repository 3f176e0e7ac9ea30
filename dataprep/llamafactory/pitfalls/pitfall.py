"""What a trap is, and the run of LLaMA-Factory that may step into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dataprep.llamafactory.rows.kto_batches import BATCH

ERROR, WARNING = "error", "warning"

PAIRS, LABELS, DOCUMENTS, ANSWERS = (
    "preference pairs",
    "labelled answers",
    "documents",
    "questions and answers",
)
"""What the rows of a data set are; "" where it cannot be told."""

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
"""LLaMA-Factory's own defaults that a trap asks for; all others are false or absent."""


@dataclass(frozen=True)
class PlannedRun:
    """One LLaMA-Factory run: its arguments `keys`, and what is known beside them.

    `here` holds the keys that were said on the command line for this once, `trained` the stage that
    an export follows.
    """

    keys: Mapping[str, Any]
    here: frozenset[str] = field(default_factory=frozenset)
    trained: str = ""
    rows: str = ""
    """What its data are."""
    counts: Sequence[int] = ()
    """How many rows stage kto trains on and validates on; empty where that is not known."""
    thoughts: bool | None = None
    """Whether there is a thinking block in the data; None where there are no data yet."""
    stale: bool | None = None
    """Whether what is in `tokenized_path` is older than the data or the recipe; None where nothing
    is in it.
    """
    limit: int | None = None
    """The longest input that the model was made for, in tokens; None where its config is not at
    hand.
    """
    prequantized: bool = False
    """Whether the model comes quantized."""
    resumes: bool = False
    """Whether there are checkpoints in the folder that it writes to."""
    zero3: bool = False
    """Whether DeepSpeed shares out the weights too (ZeRO-3)."""
    likely: str = ""
    """The template that the model's name tells, "" where it tells none."""

    def __getitem__(self, key: str) -> Any:
        return self.keys.get(key, DEFAULTS.get(key))

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    @property
    def evaluates(self) -> bool:
        """Tell whether there is anything to evaluate on."""
        return bool(self["eval_dataset"] or self["val_size"])

    @property
    def quantized(self) -> bool:
        """Tell whether the base model is to be quantized while it is loaded."""
        return self["quantization_bit"] is not None


class Pitfall(NamedTuple):
    """One way to go wrong: at which key, when, and what to say; `{value}` stands for the key's
    value.
    """

    key: str
    holds: Callable[[PlannedRun], Any]
    says: str
    level: str = ERROR


def both(*keys: str) -> Callable[[PlannedRun], bool]:
    """Return the condition that all of these keys say something."""
    return lambda run: all(run[key] for key in keys)


def outside(key: str, *stages: str) -> Callable[[PlannedRun], bool]:
    """Return the condition that a key says something in another stage than these."""
    return lambda run: bool(run[key]) and run["stage"] not in stages
