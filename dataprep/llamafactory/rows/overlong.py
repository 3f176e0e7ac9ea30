"""Drop examples that exceed the cutoff, or split them between rounds into conversations that fit.

Tokens are counted as `check --quick` counts them, from tokenizer.json alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from dataprep import formats
from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.rows import quick, tokenizer
from dataprep.llamafactory.rows.outcome import CRASH, Pair, RowOutcome, Rules, shares
from dataprep.llamafactory.templates.table import QUICK, TEMPLATES
from dataprep.model import Example, Turn
from dataprep.pipeline.job import Fitted
from dataprep.recipe import Run

FORMATS = {"pt": "text", "rm": "preference", "kto": "kto", "sft": "sharegpt"}
"""The format in which an example's tokens are counted, by the stage that reads it."""
KINDS = {"pt": "a text", "rm": "a pair", "kto": "a labelled answer"}
KEYS = (
    *("model_name_or_path", "template", "default_system", "cutoff_len", "packing", "neat_packing"),
    *("mask_history", "train_on_prompt"),
)
"""The LLaMA-Factory arguments that decide what fits, besides `quick.UNCOUNTED`."""


@dataclass(frozen=True)
class Cutoff:
    """Fits examples to the cutoff, given arguments as JSON and the state of the tokenizer's file.

    Holds no tokenizer, so that it can be sent to workers and compared with the last run's.
    """

    arguments: str
    tokenizer: tuple[int, int]
    splits: bool

    def __call__(self, example: Example) -> Fitted:
        """Return the example if it fits, else the parts of it that fit, and what is lost.

        Packed texts always fit: LLaMA-Factory continues them in the next block. Raises
        `RecordError` if the example's tokens cannot be counted.
        """
        if example.images or example.videos or example.audios:
            return Fitted([example])  # formats with media do not allow a cutoff
        stage = _stage(example)
        preprocessor = _preprocessor(self, stage)
        if stage == "pt" and preprocessor.rules.packing:
            return Fitted([example])
        (whole,) = _outcomes(preprocessor, stage, [example])
        if whole.kept == whole.prompt + whole.answer:
            return Fitted([example])
        if self.splits and stage == "sft" and len(rounds := _rounds(example.turns)) > 1:
            return _split(preprocessor, example, rounds, whole.pairs)
        whole_kind = f"; {KINDS[stage]} is never split" if self.splits and stage in KINDS else ""
        expected = f"at most {preprocessor.rules.cutoff:,}{whole_kind}"
        return Fitted([], f"has {whole.prompt + whole.answer:,} tokens", expected)


def cutoff_of(recipe: Run) -> Cutoff | None:
    """Return the cutoff for a recipe's overlong examples, None if all are kept.

    Raises `DataprepError` with advice if tokens cannot be counted.
    """
    if (choice := recipe.overlong) == "keep":
        return None
    try:
        path = _tokenizer_file(recipe.train)
    except DataprepError as error:
        raise DataprepError(
            f"{recipe.path}: overlong: {choice} counts tokens, but {error}; or write keep"
        ) from None
    state = path.stat()
    counted = {key: recipe.train[key] for key in KEYS if key in recipe.train}
    made = Cutoff(
        json.dumps(counted, sort_keys=True), (state.st_size, state.st_mtime_ns), choice == "split"
    )
    _tokenizer(made)
    return made


def _tokenizer_file(arguments: Mapping[str, Any]) -> Path:
    """Return the tokenizer's file; raises `DataprepError` if it cannot count tokens."""
    template, model = arguments.get("template"), str(arguments["model_name_or_path"])
    if template not in QUICK and (template or arguments.get("stage") != "pt"):
        near = did_you_mean(str(template), QUICK)
        raise DataprepError(f"not with the template '{template}'{near}")
    for key in quick.UNCOUNTED:
        if arguments.get(key):
            raise DataprepError(f"cannot tell how '{key}' changes them; remove it")
    try:
        import tokenizers  # noqa: F401  # fail early if it is missing

        path = tokenizer.model_file(model, "tokenizer.json")
    except ModuleNotFoundError as error:
        raise DataprepError(
            f"this needs the package '{error.name}': pip install 'dataprep[check]'"
        ) from None
    except DataprepError:
        raise DataprepError(
            f"{model} is neither a folder nor a model that the hub can provide; name a model folder"
        ) from None
    if path is None:
        raise DataprepError(f"{model} has no tokenizer.json; name a model that has one")
    return path


def tokenizer_files(cutoff: Cutoff) -> dict[str, Path]:
    """Return the files that decide how the model tokenizes, by model and file name."""
    model = str(json.loads(cutoff.arguments)["model_name_or_path"])
    found = {f"{model}/{name}": tokenizer.model_file(model, name) for name in tokenizer.FILES}
    return {name: path for name, path in found.items() if path}


# ----------------------------------------------------------------------------------------- counting


@cache
def _tokenizer(cutoff: Cutoff) -> tokenizer.ModelTokenizer:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # the workers run in parallel already
    arguments = json.loads(cutoff.arguments)
    template = TEMPLATES.get(arguments.get("template"))
    return tokenizer.load(str(arguments["model_name_or_path"]), template)


@cache
def _preprocessor(cutoff: Cutoff, stage: str) -> quick.QuickPreprocessor:
    arguments = json.loads(cutoff.arguments)
    entry = registry.entry(FORMATS[stage], "rows.jsonl")
    fields = frozenset(entry["columns"].values())
    return quick.QuickPreprocessor(
        arguments, entry, quick.rules_of(arguments, stage), fields, _tokenizer(cutoff)
    )


def _stage(example: Example) -> str:
    if example.text:
        return "pt"
    if example.rejected:
        return "rm"
    return "sft" if example.label is None else "kto"


def _outcomes(
    preprocessor: quick.QuickPreprocessor, stage: str, examples: Iterable[Example]
) -> list[RowOutcome]:
    found = preprocessor.outcomes([formats.write(FORMATS[stage], example) for example in examples])
    for outcome in found:
        if outcome.fate == CRASH:
            raise RecordError(
                "tokens cannot be counted", f"LLaMA-Factory would end here: {outcome.reasons[0]}"
            )
    return found


# ---------------------------------------------------------------------------------------- splitting


def _rounds(turns: tuple[Turn, ...]) -> list[tuple[Turn, ...]]:
    """Split turns into rounds: each is a question and all turns up to the next, tool calls
    included.
    """
    starts = [0, *(number for number, turn in enumerate(turns) if number and turn.role == "user")]
    return [turns[start:end] for start, end in zip(starts, [*starts[1:], len(turns)], strict=True)]


def _split(
    preprocessor: quick.QuickPreprocessor,
    example: Example,
    rounds: list[tuple[Turn, ...]],
    whole: tuple[Pair, ...],
) -> Fitted:
    """Return the longest runs of rounds that fit, from the first on; a round too long alone is
    lost.

    The first round of each part follows the system text and tools, so each round is also counted
    alone.
    """
    parts: list[tuple[Turn, ...]] = []
    pairs: tuple[Pair, ...] = ()
    lost: list[int] = []
    start = 0
    alone = _outcomes(preprocessor, "sft", (replace(example, turns=turns) for turns in rounds))
    for number, (turns, outcome) in enumerate(zip(rounds, alone, strict=True), 1):
        end = start + len(outcome.pairs)
        longer = (*pairs, *whole[start:end])
        start = end
        if pairs and _fit(longer, preprocessor.rules):
            parts[-1] += turns
            pairs = longer
        elif _fit(outcome.pairs, preprocessor.rules):
            parts.append(turns)
            pairs = outcome.pairs
        else:
            lost.append(number)
            pairs = ()
    examples = [replace(example, turns=turns) for turns in parts]
    if not lost:
        return Fitted(examples)
    numbers = f"{', '.join(map(str, lost))} of {len(rounds)}"
    found = f"has rounds that alone are too long ({numbers})"
    return Fitted(examples, found, f"at most {preprocessor.rules.cutoff:,} tokens each")


def _fit(pairs: tuple[Pair, ...], rules: Rules) -> bool:
    return list(pairs) == shares(pairs, rules, rules.cutoff)
