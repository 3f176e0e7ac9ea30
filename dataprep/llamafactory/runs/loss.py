"""The loss of a base model and of what was tuned from it, row by row, as LLaMA-Factory prepares the
rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.rows import by_factory

IGNORED = -100
"""The label of a token that is not learnt."""
BATCH = 4
PROCESSORS = {"dpo": "rm"}
"""The stages whose rows LLaMA-Factory prepares as those of another."""
TRAINING = ("eval_dataset", "dataset_dir", "stage", "per_device_eval_batch_size")
"""What an evaluation is told that a loaded model is not."""


class RowLoss(NamedTuple):
    """One row of the test split: the tokens that are learnt of it, and the sum of their losses in
    nats.
    """

    tokens: int
    base: float
    tuned: float


class TokenizedRow(NamedTuple):
    """The tokens of a row and their labels; none of a row that LLaMA-Factory drops."""

    ids: Sequence[int]
    labels: Sequence[int]

    @property
    def learnt(self) -> int:
        """Return the tokens whose loss counts; the first is never foretold."""
        return sum(label != IGNORED for label in self.labels[1:])


def measure(arguments: Mapping[str, Any], entry: Mapping[str, Any]) -> list[RowLoss]:
    """Return the losses of each row of the data set that `eval_dataset` names; needs the [train]
    extra.

    A row that LLaMA-Factory drops has no tokens. `entry` is the data set's in the registry.
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
            "evaluate measures texts alone, and these rows have media; make predict answers them"
        )
    made = processor.preprocess_dataset({name: [value] for name, value in aligned.items()})
    ids = made.get("chosen_input_ids") or made.get("input_ids")
    if not ids:
        return TokenizedRow((), ())
    labels = made.get("chosen_labels") or made.get("labels") or ids
    return TokenizedRow(ids[0], labels[0])


@contextmanager
def _models(arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Give what loads the base model, and what loads the tuned one after it."""
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
    left_out = {*TRAINING, *_half(), "adapter_name_or_path", "base"}
    keys = {key: value for key, value in arguments.items() if key not in left_out}
    model_args, _, finetuning_args, _ = get_infer_args(keys)
    return load_model(load_tokenizer(model_args)["tokenizer"], model_args, finetuning_args)


def _half() -> Iterable[str]:
    """Return the keys that a training takes and a loaded model does not."""
    from dataclasses import fields

    from llamafactory.hparams import TrainingArguments

    return {each.name for each in fields(TrainingArguments)}


def _sums(model: Any, rows: Sequence[TokenizedRow], size: int) -> list[float]:
    """Return the sum of the losses of each row, in batches of rows that are about as long."""
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
        for row, its in zip(rows, logits, strict=True):
            wanted = torch.tensor(row.labels[1:], device=its.device)
            yield float(
                cross_entropy(
                    its[: len(wanted)].float(), wanted, ignore_index=IGNORED, reduction="sum"
                )
            )
