"""Compute the loss of a base model and of the tuned model on each row, preprocessed by
LLaMA-Factory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.rows import by_factory

IGNORED = -100
"""The label of a token that the loss ignores."""
BATCH = 4
PROCESSORS = {"dpo": "rm"}
"""The stages whose rows LLaMA-Factory preprocesses as those of another stage."""
TRAINING = ("eval_dataset", "dataset_dir", "stage", "per_device_eval_batch_size")
"""The arguments of an evaluation that do not apply to a loaded model."""


class RowLoss(NamedTuple):
    """A row of the test split: its learnt tokens, and the sums of their losses in nats."""

    tokens: int
    base: float
    tuned: float


class TokenizedRow(NamedTuple):
    """The tokens of a row and their labels; empty if LLaMA-Factory drops the row."""

    ids: Sequence[int]
    labels: Sequence[int]

    @property
    def learnt(self) -> int:
        """Return the number of tokens whose loss counts; the first token is never predicted."""
        return sum(label != IGNORED for label in self.labels[1:])


def measure(arguments: Mapping[str, Any], entry: Mapping[str, Any]) -> list[RowLoss]:
    """Return the losses of each row of the data set `eval_dataset`; needs the [train] extra.

    `entry` is the data set's registry entry. A row that LLaMA-Factory drops has no tokens.
    """
    rows = _prepared(arguments, entry)
    size = int(arguments.get("per_device_eval_batch_size", BATCH))
    with _models(arguments) as (base, tuned):
        before = _sums(base(), rows, size)
        after = _sums(tuned(), rows, size)
    return [RowLoss(row.learnt, *sums) for row, *sums in zip(rows, before, after, strict=True)]


def _prepared(arguments: Mapping[str, Any], entry: Mapping[str, Any]) -> list[TokenizedRow]:
    from llamafactory.data.converter import get_dataset_converter
    from llamafactory.data.loader import _get_dataset_processor

    stage = PROCESSORS.get(arguments["stage"], arguments["stage"])
    made = by_factory.load({**arguments, "packing": False}, stage, arguments["dataset_dir"])
    name = arguments["eval_dataset"]
    attributes = by_factory.attributes(name, entry)
    convert = get_dataset_converter(attributes.formatting, attributes, made.data_args)
    processor = _get_dataset_processor(
        made.data_args, stage, made.template, made.tokenizer, made.processor
    )
    with by_factory.rows(made, name, entry) as records:
        most = int(arguments.get("max_samples") or len(records))
        return [
            _one(processor, convert(records[number])) for number in range(min(most, len(records)))
        ]


def _one(processor: Any, aligned: Mapping[str, Any]) -> TokenizedRow:
    if any(aligned.get(name) for name in ("_images", "_videos", "_audios")):
        raise DataprepError(
            "evaluate measures only texts, and these rows have media; use make predict for them"
        )
    made = processor.preprocess_dataset({name: [value] for name, value in aligned.items()})
    ids = made.get("chosen_input_ids") or made.get("input_ids")
    if not ids:
        return TokenizedRow((), ())
    labels = made.get("chosen_labels") or made.get("labels") or ids
    return TokenizedRow(ids[0], labels[0])


@contextmanager
def _models(arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield a function that loads the base model, and one that loads the tuned model after it."""
    whole = "adapter_name_or_path" not in arguments
    adapter = str(arguments["model_name_or_path" if whole else "adapter_name_or_path"])
    base = _load({**arguments, "model_name_or_path": arguments["base"]})

    def tuned() -> Any:
        from peft import PeftModel

        return _load(arguments) if whole else PeftModel.from_pretrained(base, adapter).eval()

    yield lambda: base, tuned


def _load(arguments: Mapping[str, Any]) -> Any:
    from llamafactory.hparams import get_infer_args
    from llamafactory.model import load_model, load_tokenizer

    logging.getLogger("llamafactory").setLevel(logging.ERROR)
    left_out = {*TRAINING, *_training_keys(), "adapter_name_or_path", "base"}
    keys = {key: value for key, value in arguments.items() if key not in left_out}
    model_args, _, finetuning_args, _ = get_infer_args(keys)
    return load_model(load_tokenizer(model_args)["tokenizer"], model_args, finetuning_args)


def _training_keys() -> Iterable[str]:
    """Return the training arguments, which a loaded model does not take."""
    from dataclasses import fields

    from llamafactory.hparams import TrainingArguments

    return {each.name for each in fields(TrainingArguments)}


def _sums(model: Any, rows: Sequence[TokenizedRow], size: int) -> list[float]:
    """Return the sum of the losses of each row, computed in batches of rows of similar length."""
    found = [0.0] * len(rows)
    order = sorted(
        (number for number, row in enumerate(rows) if row.learnt),
        key=lambda number: len(rows[number].ids),
    )
    for start in range(0, len(order), size):
        numbers = order[start : start + size]
        for number, loss in zip(
            numbers, _batch(model, [rows[number] for number in numbers]), strict=True
        ):
            found[number] = loss
    return found


def _batch(model: Any, rows: Sequence[TokenizedRow]) -> Iterator[float]:
    import torch
    from torch.nn.functional import cross_entropy

    longest = max(len(row.ids) for row in rows)
    ids = torch.tensor(
        [[*row.ids, *[0] * (longest - len(row.ids))] for row in rows], device=model.device
    )
    mask = torch.tensor(
        [[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows], device=model.device
    )
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=mask).logits
        for row, predicted in zip(rows, logits, strict=True):
            labels = torch.tensor(row.labels[1:], device=predicted.device)
            scores = predicted[: len(labels)].float()
            yield float(cross_entropy(scores, labels, ignore_index=IGNORED, reduction="sum"))
