"""Train a recipe for each combination of values, and reproduce a recorded run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from dataprep.commands.compare import Comparison, compare, differences
from dataprep.commands.run import StageRun, Tell, run
from dataprep.errors import DataprepError
from dataprep.llamafactory import stages
from dataprep.llamafactory.runs import record
from dataprep.recipe import Recipe, compile
from dataprep.sources.digest import digest_of


def sweep(recipe: Recipe, grid: Sequence[str], tell: Tell) -> Comparison:
    """Train for each combination of the values in `KEY=VALUE,VALUE` words, and compare the runs.

    Each run has a folder in `saves/NAME/sweep/`; a run of the same recipe and data is not repeated.
    """
    asked = [
        StageRun(recipe, "train", words, place=_place(recipe, words))
        for words in combinations(grid)
    ]
    for number, each in enumerate(asked, 1):
        tell(f"{number} of {len(asked)}: {' '.join(each.words)}")
        tell(f"{each.place}: up to date" if _is_done(each) else run(each, tell))
    return compare([str(each.place) for each in asked])


def combinations(grid: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the combinations as KEY=VALUE words; raises `DataprepError` for fewer than two."""
    if wrong := [word for word in grid if not all(word.partition("="))]:
        raise DataprepError(f"'{wrong[0]}' is no KEY=VALUE,VALUE, e.g. lora_rank=4,8")
    keys = [word.partition("=")[::2] for word in grid]
    found = list(
        product(*([f"{key}={value}" for value in values.split(",")] for key, values in keys))
    )
    if len(found) < 2:
        raise DataprepError(
            "a sweep needs two values or more, e.g. lora_rank=4,8,16 learning_rate=1e-4,5e-5"
        )
    return found


def _place(recipe: Recipe, words: Sequence[str]) -> Path:
    name = ".".join(word.replace("=", "-").replace("/", "_") for word in words)
    return Path(recipe.saves, "sweep", name)


def _is_done(asked: StageRun) -> bool:
    path = asked.place / record.NAME
    if not path.is_file():
        return False
    told = record.read(path)
    wanted = {**stages.config(asked.recipe, "train"), **asked.here}
    changed = {change["key"] for change in told["changed"]}
    same = all(
        told["arguments"].get(key) == value for key, value in wanted.items() if key not in changed
    )
    return same and _hashes(told) == {
        str(path): digest_of(path).blake2b for path in asked.recipe.trained_on
    }


def _hashes(told: Mapping[str, Any]) -> dict[str, str]:
    return {path: its["blake2b"] for path, its in told["data"].items()}


def reproduce(path: Path, tell: Tell) -> Iterator[str]:
    """Repeat the training that a run.json records, in a folder next to it, and yield the
    differences.

    Raises `DataprepError` before training if the data or the base model changed.
    """
    then = record.read(path)
    place = path.parent / "reproduced"
    place.mkdir(exist_ok=True)
    recipe = place / f"{then['name']}.yaml"
    recipe.write_text(then["text"], encoding="utf-8")
    _check_same(then)
    tell(run(StageRun(compile(str(recipe)), "train", then["said"], place=place), tell))
    yield from differences(then, record.read(place / record.NAME))


def _check_same(then: record.Document) -> None:
    name = then["name"]
    for path, its in then["data"].items():
        if not Path(path).is_file() or digest_of(Path(path)).blake2b != its["blake2b"]:
            raise DataprepError(
                f"{path}: is not what was trained on then; make prepare RECIPE={name} LOCKED=1"
            )
    base = then["base"]
    if record.base_of(base["model"]) != base:
        raise DataprepError(f"{base['model']}: is not the base model of then; fetch that one again")
