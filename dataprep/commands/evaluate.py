"""Measure the base and the tuned model of a recipe on its test split: as a whole, by source and by
language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError
from dataprep.formats import named
from dataprep.formats.reading.records import records
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.runs.loss import RowLoss, measure
from dataprep.pipeline.report import lineage
from dataprep.recipe import REGISTRY, Recipe
from dataprep.sources.outputs import LINEAGE, split_file
from dataprep.sources.shards import cut
from dataprep.sources.source import Source
from dataprep.text.languages.examples import detect_example
from dataprep.text.languages.models import PACKAGES

NAME = "evaluation.json"
SURE = 0.5
"""How sure a language must be told, as the command `language` has it."""
ALL = "all"


@dataclass(frozen=True)
class Group:
    """Rows of one kind: their number, learnt tokens and mean losses in nats per token."""

    name: str
    rows: int
    tokens: int
    base: float
    tuned: float

    def as_json(self) -> dict[str, Any]:
        """Return the group with its perplexities, e to the power of a loss."""
        losses = {"base_loss": self.base, "tuned_loss": self.tuned}
        return {
            "rows": self.rows,
            "tokens": self.tokens,
            **{name: round(value, 6) for name, value in losses.items()},
            "base_perplexity": round(_perplexity(self.base), 4),
            "tuned_perplexity": round(_perplexity(self.tuned), 4),
        }


@dataclass(frozen=True)
class Evaluation:
    """What was measured: the whole test split, and its parts by source and by language."""

    whole: Group
    sources: Sequence[Group]
    languages: Sequence[Group]
    dropped: int

    def as_json(self) -> dict[str, Any]:
        """Return all groups by their names."""
        return {
            **self.whole.as_json(),
            "dropped": self.dropped,
            "sources": {group.name: group.as_json() for group in self.sources},
            "languages": {group.name: group.as_json() for group in self.languages},
        }

    def __str__(self) -> str:
        groups = [self.whole, *self.sources, *self.languages]
        width = max(len(group.name) for group in groups)
        head = f"{'':<{width}}  {'rows':>6}  {'tokens':>8}  {'loss: base':>10}  {'tuned':>7}"
        lines = [
            f"{head}  {'perplexity: base':>16}  tuned",
            *(_line(group, width) for group in groups),
        ]
        if self.dropped:
            lines.append(
                f"{self.dropped} rows are not measured, for LLaMA-Factory drops them; `dataprep "
                f"check` says why"
            )
        return "\n".join(lines)


def _line(group: Group, width: int) -> str:
    losses = f"{group.base:>10.3f}  {group.tuned:>7.3f}"
    perplexities = f"{_perplexity(group.base):>16,.1f}  {_perplexity(group.tuned):,.1f}"
    return f"{group.name:<{width}}  {group.rows:>6,}  {group.tokens:>8,}  {losses}  {perplexities}"


def _perplexity(loss: float) -> float:
    return math.exp(min(loss, 700))


@dataclass(frozen=True)
class Judgement:
    """How a reward model does on the pairs of the test split: `accuracy` is a fraction of 1, `loss`
    a mean of pairs.
    """

    rows: int
    accuracy: float
    loss: float

    def as_json(self) -> dict[str, Any]:
        """Return it by the names that all evaluations have."""
        return {
            "rows": self.rows,
            "accuracy": round(self.accuracy, 6),
            "tuned_loss": round(self.loss, 6),
        }

    def __str__(self) -> str:
        return (
            f"{self.accuracy:.1%} of {self.rows:,} pairs: the chosen answer has the higher "
            f"number; loss {self.loss:.3f}"
        )


def judgement(recipe: Recipe, most: int | None, told: Mapping[str, float]) -> Judgement:
    """Return the results of a reward model in eval_results.json, on `most` pairs of the test split
    or all.
    """
    with Path(recipe.folder, split_file("test")).open("rb") as pairs:
        rows = sum(1 for _ in islice(pairs, most))
    return Judgement(rows, told["eval_accuracy"], told["eval_loss"])


def evaluate(recipe: Recipe, arguments: Mapping[str, Any]) -> Evaluation:
    """Return the losses of the base and the tuned model on the test split.

    Raises `DataprepError` where LLaMA-Factory drops every row, and for PPO.
    """
    if recipe.train.get("stage", "sft") == "ppo":
        raise DataprepError(
            f"{recipe.path}: ppo learns for a reward, and its answers have no loss; make ask "
            f"shows them"
        )
    entry = registry.read(Path(REGISTRY))[recipe.datasets["test"]]
    rows = measure({**arguments, "base": recipe.train["model_name_or_path"]}, entry)
    sources, languages = _sources(recipe, len(rows)), _languages(recipe, len(rows))
    whole = _groups([ALL] * len(rows), rows)
    if not whole:
        test = Path(recipe.folder, split_file("test"))
        raise DataprepError(
            f"{test}: LLaMA-Factory drops every row; `dataprep check {recipe.path}` says why"
        )
    dropped = sum(not row.tokens for row in rows)
    return Evaluation(whole[0], _groups(sources, rows), _groups(languages, rows), dropped)


def check_ready(recipe: Recipe) -> None:
    """Raise `DataprepError` where there is no test split yet, or nothing was trained."""
    for path, how in (
        (Path(recipe.folder, split_file("test")), "prepare"),
        (Path(recipe.adapter, "train_results.json"), "train"),
    ):
        if not path.is_file():
            raise DataprepError(f"{path}: no such file; make {how} RECIPE={recipe.name}")


def _groups(names: Iterable[str], rows: Sequence[RowLoss]) -> list[Group]:
    """Return the groups in the order of their names; rows without tokens are in none."""
    found: dict[str, list[RowLoss]] = {}
    for name, row in zip(names, rows, strict=False):
        if row.tokens:
            found.setdefault(name, []).append(row)
    return [_group(name, found[name]) for name in sorted(found)]


def _group(name: str, rows: Sequence[RowLoss]) -> Group:
    tokens = sum(row.tokens for row in rows)
    base, tuned = (
        sum(losses) / tokens
        for losses in zip(*((row.base, row.tuned) for row in rows), strict=True)
    )
    return Group(name, len(rows), tokens, base, tuned)


def _sources(recipe: Recipe, count: int) -> list[str]:
    """Return from which raw file each of the first rows of the test split came; nothing where no
    lineage tells it.
    """
    trail = Path(recipe.folder, LINEAGE)
    if not trail.is_file():
        return []
    by_row = {story.row: story.path for story in lineage.find(trail, fate="test")}
    return [by_row.get(row, "?") for row in range(1, count + 1)]


def _languages(recipe: Recipe, count: int) -> list[str]:
    """Return in which language each of the first rows is; nothing where the packages that tell it
    are absent.
    """
    if not all(map(find_spec, PACKAGES)):
        return []
    return [code for code, _ in zip(_codes(recipe), range(count), strict=False)]


def _codes(recipe: Recipe) -> Iterator[str]:
    source = Source(f"{recipe.folder}/{split_file('test')}", recipe.format)
    for shard in cut((source,)):
        for piece in shard:
            for raw, name in records(piece):
                told = detect_example(named(name).read(raw.value), "answer", SURE)
                yield " + ".join(sorted(told.codes)) if told.confidence >= SURE else "und"
