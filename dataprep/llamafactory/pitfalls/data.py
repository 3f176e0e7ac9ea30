"""Pitfalls of a run and its data: rows of the wrong kind, lost rows, templates that do not fit."""

from __future__ import annotations

from typing import Any

from dataprep.llamafactory.pitfalls.pitfall import (
    ANSWERS,
    DOCUMENTS,
    LABELS,
    PAIRS,
    WARNING,
    Pitfall,
    PlannedRun,
    both,
    outside,
)
from dataprep.llamafactory.rows.kto_batches import leaves_one
from dataprep.llamafactory.templates.table import (
    EFFICIENT_EOS,
    PLAIN,
    REASONING,
    REPLACES_EOS,
    TEMPLATES,
    have_same_markers,
)

_PAIRED = ("rm", "dpo")


def _thinks(run: PlannedRun) -> bool:
    """Tell whether the run trains on an empty thinking block before each answer without one."""
    return run["stage"] != "pt" and run["template"] in REASONING and bool(run["enable_thinking"])


def _foreign(run: PlannedRun) -> bool:
    """Tell whether the template marks turns differently from the one the model was trained with."""
    known = run["stage"] != "pt" and run["template"] in TEMPLATES and bool(run.likely)
    return known and not have_same_markers(run["template"], run.likely)


def listed(names: Any) -> list[str]:
    """Return the names in a comma-separated list, as LLaMA-Factory reads it."""
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else []


def _probabilities(run: PlannedRun) -> bool:
    probabilities = run["interleave_probs"]
    if not probabilities:
        return False
    counts = {len(listed(run[key])) for key in ("dataset", "eval_dataset") if run[key]}
    return bool(run["mix_strategy"] == "concat" or counts - {len(listed(str(probabilities)))})


def _leaves_one(run: PlannedRun) -> bool:
    """Tell whether one row of stage kto would be alone in the last batch."""
    batch = run["preprocessing_batch_size"]
    whole = (
        run["stage"] == "kto"
        and run["mix_strategy"] == "concat"
        and not run["val_size"]
        and not run["streaming"]
    )
    return whole and batch > 1 and leaves_one(run.counts, run.keys, batch)


DATA: tuple[Pitfall, ...] = (
    Pitfall(
        "stage",
        lambda run: run["stage"] in _PAIRED and run.rows not in (PAIRS, ""),
        "{value} needs preference pairs, and these are {rows}: it ends in 'not applicable in the "
        "current training stage'; write a format with pairs under data.output, or another stage",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] not in _PAIRED and run.rows == PAIRS,
        "{value} cannot use preference pairs: it ends in 'not applicable in the current training "
        "stage'; write stage: dpo or rm, or another format under data.output",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] == "kto" and run.rows in (ANSWERS, DOCUMENTS),
        "kto needs a label that is true or false in each row, and these are {rows}: every row is "
        "dropped; write format: kto under data.output, or stage: sft",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] in ("sft", "ppo") and run.rows == LABELS,
        "{value} drops every row that has a label; write stage: kto, or format: sharegpt under "
        "data.output",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] == "pt" and run.rows in (ANSWERS, LABELS),
        "pt learns the first question of each row and silently never sees an answer; write stage: "
        "sft, or format: text under data.output",
    ),
    Pitfall(
        "stage",
        lambda run: run["stage"] in ("sft", "ppo") and run.rows == DOCUMENTS,
        "{value} needs answers, and these are documents: every row is dropped; write stage: pt",
    ),
    Pitfall(
        "preprocessing_batch_size",
        lambda run: run["stage"] == "kto" and run["preprocessing_batch_size"] == 1,
        "{value} leaves every row alone in its batch, so its KL term compares it with its own "
        "answer; take it out",
    ),
    Pitfall(
        "preprocessing_batch_size",
        _leaves_one,
        "{value} leaves one row of {counts} alone in the last batch, so its KL term compares it "
        "with its own answer; write {fitting}",
        WARNING,
    ),
    Pitfall(
        "max_samples",
        lambda run: run["max_samples"] and "max_samples" not in run.here,
        "{value} keeps the first {value} rows of each data set and silently drops the others; "
        "take it out, and for a trial give it on the command line: make train "
        "ARGS=max_samples={value}",
    ),
    Pitfall(
        "val_size",
        both("val_size", "eval_dataset"),
        "{value} conflicts with a prepared validation split, which LLaMA-Factory refuses; take it "
        "out",
    ),
    Pitfall(
        "val_size",
        lambda run: run["val_size"] and not run["eval_dataset"],
        "{value} splits by row, so near-duplicates and rounds of one conversation end up on both "
        "sides; take it out, and write split: {{val: 0.05}} under data.output",
        WARNING,
    ),
    Pitfall(
        "tokenized_path",
        lambda run: run["tokenized_path"] and run.stale,
        "{value} was made before the data or the recipe last changed, and is loaded all the same: "
        "data set, template, cutoff_len and model of this recipe are ignored; remove the folder, "
        "or take the key out",
    ),
    Pitfall(
        "tokenized_path",
        lambda run: run["tokenized_path"] and not run.stale and not run["streaming"],
        "once {value} is there it is loaded, whatever template, cutoff_len and model are then; "
        "take it out, or remove the folder at each change",
        WARNING,
    ),
    Pitfall(
        "dataset",
        lambda run: len(names := listed(run["dataset"])) > len(set(names)),
        "{value} names a data set twice, and it is silently read once; register it under another "
        "name too, or set num_samples in dataset_info.json",
    ),
    Pitfall(
        "interleave_probs",
        _probabilities,
        "{value} needs an interleaving mix_strategy, and one number for each data set; take it "
        "out, or write them",
    ),
    Pitfall(
        "streaming",
        lambda run: run["streaming"] and (run["max_steps"] or -1) < 1,
        "needs max_steps because the rows are not counted; write max_steps, or take streaming out",
    ),
    Pitfall(
        "streaming",
        lambda run: run["streaming"] and not run["dataloader_num_workers"],
        "of a local file ends in StopIteration without dataloader_num_workers; write "
        "dataloader_num_workers: 1, or take streaming out",
    ),
    Pitfall(
        "streaming",
        both("streaming", "max_samples"),
        "and max_samples exclude each other; take one out",
    ),
    Pitfall(
        "streaming",
        lambda run: run["streaming"] and 0 < (run["val_size"] or 0) < 1,
        "needs a val_size in whole rows; write a validation split under data.output",
    ),
    Pitfall(
        "streaming",
        lambda run: run["streaming"] and run["tokenized_path"] and run.stale is None,
        "cannot save a tokenized_path; take one out",
    ),
    Pitfall(
        "mask_history",
        both("mask_history", "train_on_prompt"),
        "and train_on_prompt exclude each other; take one out",
    ),
    Pitfall("mask_history", outside("mask_history", "sft"), "is for stage sft only; take it out"),
    Pitfall(
        "train_on_prompt", outside("train_on_prompt", "sft"), "is for stage sft only; take it out"
    ),
    Pitfall(
        "train_on_prompt",
        lambda run: run["train_on_prompt"] and run["template"] in EFFICIENT_EOS,
        "is refused by template {template}, where a turn ends with the first token of the next; "
        "take it out",
    ),
    Pitfall("neat_packing", outside("neat_packing", "sft"), "is for stage sft only; take it out"),
    Pitfall(
        "packing",
        outside("packing", "sft", "pt"),
        "packs nothing in stage {stage} and only shortens cutoff_len by one; take it out",
        WARNING,
    ),
    Pitfall(
        "packing",
        lambda run: run["stage"] == "sft" and run["packing"] and not run["neat_packing"],
        "lets the examples in one block read each other; write neat_packing: true",
        WARNING,
    ),
    Pitfall(
        "packing",
        lambda run: run["stage"] == "pt" and run["packing"] is None,
        "is on by default in pre-training, and of each preprocessing_batch_size documents the "
        "last piece shorter than cutoff_len is silently dropped; write packing: true if you mean "
        "it, else packing: false",
        WARNING,
    ),
    Pitfall(
        "cutoff_len",
        lambda run: run.limit and run["cutoff_len"] > run.limit and not run["rope_scaling"],
        "{value} is beyond the {limit} tokens that the model supports: longer rows are trained at "
        "positions that it has never seen; write cutoff_len: {limit}, or a rope_scaling",
        WARNING,
    ),
)

TEMPLATE: tuple[Pitfall, ...] = (
    Pitfall(
        "template",
        lambda run: run["template"] in (None, "") and run["stage"] != "pt",
        "is missing: base models are trained with prompt and answer run together and no end "
        "token, and learn never to stop; write template: {likely}",
    ),
    Pitfall(
        "template",
        lambda run: run["template"] == "empty" and run["stage"] != "pt",
        "empty runs prompt and answer together with no end token, so that the model learns never "
        "to stop; write {likely}",
    ),
    Pitfall(
        "template",
        lambda run: run["template"] and run["template"] not in TEMPLATES,
        "{value} is not a template of LLaMA-Factory {version}{nearest}",
    ),
    Pitfall(
        "template",
        lambda run: _foreign(run) and run["template"] not in (*PLAIN, "empty"),
        "{value} is of another family than the model, whose name suggests {likely}: it learns "
        "markers that are not its own tokens, and forgets how to stop; write {likely}",
    ),
    Pitfall(
        "template",
        lambda run: _foreign(run) and run["template"] in PLAIN,
        "{value} is right for a base model, but this one's name suggests {likely}; write {likely} "
        "if it chats already",
        WARNING,
    ),
    Pitfall(
        "template",
        lambda run: run["stage"] == "pt" and run["template"] in REPLACES_EOS,
        "{value} ends each document by its end-of-turn token in place of the model's end token; "
        "take it out of train, and write it under export",
    ),
    Pitfall(
        "enable_thinking",
        lambda run: _thinks(run) and run.thoughts is False,
        "is on, and the data have no thinking blocks: template {template} puts an empty one "
        "before every answer, and the model learns to write it; write enable_thinking: "
        "false{nothink}",
    ),
    Pitfall(
        "enable_thinking",
        lambda run: _thinks(run) and run.thoughts is None and "enable_thinking" not in run,
        "is on by default: template {template} puts an empty thinking block before every answer "
        "without one, and the model learns to write it; write enable_thinking: false{nothink}, or "
        "true if the data think",
        WARNING,
    ),
)
