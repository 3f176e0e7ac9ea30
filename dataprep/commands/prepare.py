"""Run the data half of a recipe: run its plan, publish the files, and register them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, astuple, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock

import dataprep
from dataprep import pipeline
from dataprep.commands import calibration
from dataprep.commands.lock import Document, Lock
from dataprep.commands.rows import Rows
from dataprep.errors import DataprepError, Fault
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.rows import dates, overlong
from dataprep.pipeline.job import Fit, keep
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.report import OUT, Report
from dataprep.recipe import DATA, REGISTRY, Recipe, Run
from dataprep.sources import atomic, inputs, json_lines
from dataprep.sources.outputs import (
    CALIBRATION,
    CLUSTERS,
    LINEAGE,
    REJECTS,
    REPORT,
    STATE,
    TAGS,
    split_file,
)


@dataclass(frozen=True, eq=False, repr=False)
class Prepared(Rows):
    """The result of `prepare`: its report, or none if nothing had changed."""

    _: KW_ONLY
    recipe: Recipe
    report: Report | None
    warnings: tuple[Fault, ...] = ()
    """Faults of the recipe that did not stop it."""

    def __str__(self) -> str:
        folder = self.recipe.folder
        if self.report is None:
            return f"{folder}: up to date"
        table = f"{folder}\n{self.report.as_text(self.recipe.splits)}"
        lines = [table]
        if self.report.total("tagged"):
            lines.append(f"  what was tagged: {folder}/{TAGS}")
        if sum(self.report.total(fate) for fate in OUT):
            lines.append(f"  what left, and why: {folder}/{REJECTS}")
        return "\n".join(lines)


def prepare(
    recipe: Run,
    *,
    force: bool = False,
    locked: bool = False,
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> Prepared:
    """Write `data/NAME/` and its registry entries, unless the data half and its inputs are
    unchanged.

    Also writes `NAME.lock.json` next to the recipe. With `locked`, raises `DataprepError` for an
    input that differs from the lock, before a byte is written, and `DataError` for a different
    output. A file lock makes a second run wait for the first. Raises `DataprepError` before a byte
    is written, and `DataError` if no usable data remain; the files of the last run stay unchanged.
    """
    lock = Lock(recipe, overlong.cutoff_of(recipe))
    registry.read(Path(REGISTRY))  # fail here if it cannot be read
    if locked:
        lock.check_inputs()
    folder = Path(recipe.folder)
    folder.parent.mkdir(exist_ok=True)
    with FileLock(Path(DATA) / f".{recipe.name}.lock"):
        key = _key(recipe, lock.cutoff)
        report = None
        if force or not _is_prepared(recipe, folder, key):
            _check_ours(folder)
            report = _carry_out(lock, folder, locked, workers, progress)
        elif locked or lock.state != _remembered(folder).get("lock"):
            (lock.check_outputs if locked else lock.write)(lock.made(folder))
        _remember(folder, _state_of(recipe, folder, key) | {"lock": lock.state})
    files = {split: folder / split_file(split) for split in recipe.splits}
    return Prepared(files, recipe=recipe, report=report)


def _carry_out(
    lock: Lock, folder: Path, locked: bool, workers: int, progress: pipeline.Progress
) -> Report:
    """Run the plan in a staging folder, check the results, and publish them."""
    recipe = lock.recipe
    with atomic.staging(atomic.staging_place(folder)) as staged:
        fit: Fit = lock.cutoff or keep
        report = pipeline.run(
            lock.plan, staged, workers=workers, traced=True, progress=progress, fit=fit
        )
        for split in recipe.splits:
            dates.check(staged / split_file(split), f"{recipe.folder}/{split_file(split)}")
        calibration.write(recipe, staged)
        made = lock.made(staged)
        (staged / REPORT).write_bytes(
            json_lines.to_json(_document(recipe, lock.plan, report, made))
        )
        (lock.check_outputs if locked else lock.write)(made)
        _publish(recipe, staged, folder)
    return report


def _check_ours(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / STATE).exists():
        raise DataprepError(
            f"{folder}: holds files that were not prepared here; move them, or rename the recipe"
        )


def _publish(recipe: Recipe, staged: Path, folder: Path) -> None:
    """Move the files in, the report last, and delete splits that the recipe no longer has."""
    folder.mkdir(exist_ok=True)
    (folder / STATE).write_text("")
    for name in _outputs(recipe):
        if (staged / name).exists():
            atomic.publish(staged / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    gone = {"val", "test"} - set(recipe.splits)
    for split in gone:
        (folder / split_file(split)).unlink(missing_ok=True)
    registry.merge(
        Path(REGISTRY), _entries(recipe), drop=frozenset(f"{recipe.name}_{split}" for split in gone)
    )


def _entries(recipe: Recipe) -> dict[str, registry.Entry]:
    return {
        name: registry.entry(recipe.format, f"{recipe.name}/{split_file(split)}")
        for split, name in recipe.datasets.items()
    }


def _document(recipe: Recipe, plan: Plan, report: Report, made: Document) -> dict[str, Any]:
    """Return the report with the hashes of all inputs and outputs."""
    raw = {file for source in plan.sources for file in inputs.on_disk(source.path)}
    return {
        "recipe": recipe.name,
        **report.as_json(recipe.splits),
        "blake2b": {
            "inputs": {
                name: each["blake2b"] for name, each in made["inputs"].items() if name in raw
            },
            "outputs": {name: each["blake2b"] for name, each in made["outputs"].items()},
        },
    }


# -------------------------------------------------------------------------------------- up to date?


def _is_prepared(recipe: Recipe, folder: Path, key: str) -> bool:
    """Return whether the last run had this key and its outputs are unchanged."""
    registered = _entries(recipe).items() <= registry.read(Path(REGISTRY)).items()
    return registered and _state_of(recipe, folder, key).items() <= _remembered(folder).items()


def _state_of(recipe: Recipe, folder: Path, key: str) -> dict[str, Any]:
    outputs = [folder / name for name in _outputs(recipe)]
    return {"key": key, "outputs": {path.name: _stat(path) for path in outputs if path.is_file()}}


def _remembered(folder: Path) -> dict[str, Any]:
    """Return the state that the last run left, with the hash of its lock; empty after a killed
    run.
    """
    path = folder / STATE
    text = path.read_text() if path.is_file() else ""
    return dict(json.loads(text)) if text else {}


def _remember(folder: Path, state: dict[str, Any]) -> None:
    if state != _remembered(folder):
        (folder / STATE).write_text(json.dumps(state))


def _outputs(recipe: Recipe) -> list[str]:
    return [
        *map(split_file, recipe.splits),
        REJECTS,
        TAGS,
        CLUSTERS,
        LINEAGE,
        CALIBRATION,
        REPORT,
    ]


def _key(recipe: Run, cutoff: overlong.Cutoff | None) -> str:
    """Return a hash of all that decides the outcome: the data half, the state of the inputs, and
    this program's code.

    `cutoff` holds what the training half decides about long examples.
    """
    plan = recipe.plan
    read = (*plan.sources, *plan.known)
    states = [
        (source.path, [_stat(Path(file)) for file in inputs.on_disk(source.path)])
        for source in read
    ]
    decided = astuple(cutoff) if cutoff else ()
    beside = [(file, _stat(Path(file))) for file in plan.beside]
    schemas = sorted({source.schema for source in plan.sources})
    asked = [recipe.data, decided, calibration.wanted(recipe)]
    key = [*asked, states, beside, schemas, dataprep.__version__, _code()]
    return blake2b(json.dumps(key).encode(), digest_size=16).hexdigest()


def _stat(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


@cache
def _code() -> list[tuple[str, list[int]]]:
    here = Path(dataprep.__file__).parent
    paths = sorted(path for path in here.rglob("*") if path.suffix in (".py", ".txt"))
    return [(str(path.relative_to(here)), _stat(path)) for path in paths]


# ----------------------------------------------------------------------------------------- removing


def prepared() -> list[str]:
    """Return the names of all prepared data in this folder."""
    return sorted(state.parent.name for state in Path(DATA).glob(f"*/{STATE}"))


def forget(names: Iterable[str]) -> Iterator[str]:
    """Remove prepared folders and their registry entries, and yield a line for each.

    Raises `DataprepError` for a folder that `prepare` did not make.
    """
    known = prepared()
    names = list(dict.fromkeys(name.rstrip("/") for name in names))
    for name in names:
        if name not in known:
            there = f"prepared are: {', '.join(known)}" if known else "no data was prepared yet"
            raise DataprepError(f"{Path(DATA, name)}: was not prepared here, so it stays; {there}")
    for name in names:
        folder = Path(DATA, name)
        registry.merge(Path(REGISTRY), {}, drop=frozenset({name, f"{name}_val", f"{name}_test"}))
        shutil.rmtree(folder)
        yield f"{folder}: removed"
