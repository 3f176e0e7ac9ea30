"""Compile a recipe file into a run, or report all its faults at once, each with its line."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep import formats, schema, steps
from dataprep.errors import DataprepError, Fault, did_you_mean
from dataprep.formats.reading import repair
from dataprep.model import MEDIA
from dataprep.pipeline import plugins
from dataprep.pipeline.plan import Plan
from dataprep.recipe import stage_keys
from dataprep.recipe.run import DATA, Recipe, Run
from dataprep.recipe.yaml_lines import block_of, line_of, parse
from dataprep.sources import inputs, outputs
from dataprep.sources.encodings import AUTO
from dataprep.sources.source import Source, sources_of
from dataprep.steps.base import Step
from dataprep.steps.split import Split

LATER = ("quantize", "predict", "evaluate", "chat", "api")
"""The stages after the export that a recipe may have a block for."""
BLOCKS = ("train", "export", *LATER)
"""The blocks of a recipe that hold LLaMA-Factory's own keys."""
OUTSIDE = "outside"
"""The key by which an input, or a step that reads files, may read outside of the folder."""
NOTHING: Mapping[str, Any] = {}
Named = tuple[str, Mapping[str, Any]]
"""A step's name and options."""


class RecipeError(DataprepError):
    """A recipe has faults: all of them, each with its place in the file.

    The exit status is 1 if all that is wrong is the data that the recipe names.
    """

    def __init__(self, faults: Iterable[Fault], exit_status: int = DataprepError.exit_status):
        super().__init__(*faults)
        self.exit_status = exit_status


@dataclass(frozen=True)
class Compiled:
    """A recipe file that was read: its run, or the faults that keep it from being one.

    `value` is the file's YAML and `lines` has the line of each place in it, by JSON pointer. `here`
    are keys of the training that were given on the command line and override the file's; they
    count in `recipe` and `faults`, not in `run`. `recipe` is the training half as far as it can
    be understood.
    """

    path: str
    value: Any
    lines: Mapping[str, int]
    here: Mapping[str, Any]
    recipe: Recipe
    faults: tuple[Fault, ...]
    run: Run | None
    exit_status: int = DataprepError.exit_status

    def placed(self) -> list[Fault]:
        """Return the faults, each with its line in the file."""
        return [fault.at(self.path, line_of(self.lines, fault.pointer)) for fault in self.faults]


def compile(path: str) -> Run:
    """Return the run that a recipe file describes.

    Raises `RecipeError` with all faults of the recipe, and `DataprepError` for a file that cannot
    be read.
    """
    compiled = read(path)
    if compiled.run is None:
        raise RecipeError(compiled.placed(), compiled.exit_status)
    return compiled.run


def read(path: str, here: Mapping[str, Any] = NOTHING) -> Compiled:
    """Read and compile a recipe file: open each input once to detect it, and build each step once.

    `here` are keys of the training that override the file's. Raises `DataprepError` for a file
    that cannot be read.
    """
    written, lines = parse(path)
    value = written
    if here and isinstance(written, dict):
        value = {**written, "train": {**_mapping(written, "train"), **here}}
    faults, plan = _compiled(Path(path).stem, value)
    run = None
    if plan and not faults:
        entries = [_entry(entry) for entry in written["data"]["inputs"]]
        run = Run(
            **vars(_recipe(path, written)),
            plan=plan,
            overlong=written["data"]["output"].get("overlong", "keep"),
            patterns=tuple(entry["path"] for entry in entries),
            schemas=tuple(entry["schema"] for entry in entries if "schema" in entry),
            data=written["data"],
        )
    recipe = _recipe(path, value)
    return Compiled(path, written, lines, here, recipe, tuple(faults), run, faults.exit_status)


def _recipe(path: str, value: Any) -> Recipe:
    """Return the training half of a recipe; a data half with faults has no format and no splits."""
    data = _mapping(value, "data")
    shaped = schema.is_valid("recipe", {"data": data})
    output: Mapping[str, Any] = data["output"] if shaped else {"format": ""}
    asked = output.get("split", {})
    later = {
        stage: _mapping(value, stage)
        for stage in LATER
        if isinstance(value, dict) and stage in value
    }
    return Recipe(
        name=Path(path).stem,
        path=path,
        format=output["format"],
        splits=["train", *(name for name in ("val", "test") if asked.get(name))],
        train=_mapping(value, "train"),
        export=_mapping(value, "export"),
        later=later,
    )


def _mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


# ----------------------------------------------------------------------------------- finding faults


class _Faults(list[Fault]):
    """The faults found so far; `statuses` are the exit statuses of the errors among them."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: set[int] = set()

    @property
    def exit_status(self) -> int:
        """Return 1 if all faults are faults of the data, else 2."""
        return max(self.statuses, default=DataprepError.exit_status)

    def add(self, fault: Fault) -> None:
        """Note a fault of the recipe itself."""
        self.append(fault)
        self.statuses.add(DataprepError.exit_status)

    @contextmanager
    def at(self, pointer: str) -> Iterator[None]:
        """Note the faults of the error that ends the block at a place of the recipe.

        A fault that names a place in another file keeps it in its words.
        """
        try:
            yield
        except DataprepError as error:
            self.statuses.add(error.exit_status)
            self += [fault.within(pointer=pointer) for fault in error.faults]


def _compiled(name: str, value: Any) -> tuple[_Faults, Plan | None]:
    """Return all faults of a recipe, and its data half if that has none."""
    found, plan = _Faults(), None
    blocks = {stage: value.get(stage) for stage in BLOCKS} if isinstance(value, dict) else {}
    blocks = {stage: keys for stage, keys in blocks.items() if isinstance(keys, dict)}
    rest = {**value, **{stage: {} for stage in blocks}} if blocks else value
    for fault in schema.problems("recipe", rest):
        found.add(fault)
    is_shaped = not found
    for stage, keys in blocks.items():
        for fault in stage_keys.problems(stage, keys):
            found.add(fault.under(f"/{stage}"))
    if is_shaped:
        plan = _plan(name, value["data"], found)
        with found.at("/data/output/overlong"):
            _check_overlong(value["data"]["output"], value.get("train", {}))
    if words := name_fault(name):
        found.add(Fault("bad-name", words))
    return found, plan


def name_fault(name: str) -> str:
    """Return why folders, data sets and models cannot all carry a recipe's name, "" if they can."""
    problem = ""
    if not re.fullmatch(r"\w[\w.-]*", name):
        problem = "is also that of the data set; use letters, digits, '_', '-' and '.'"
    elif name == "raw":
        problem = f"would put the prepared data among the raw files in {DATA}/raw; take another"
    elif name.endswith(("_val", "_test")):
        problem = "is that of another recipe's split in the registry; take one that does not end so"
    return f"the name '{name}' {problem}" if problem else ""


def _plan(name: str, data: Mapping[str, Any], found: _Faults) -> Plan | None:
    """Return what the pipeline is to do, None if the data half has a problem."""
    paths = tuple(data.get("plugins", ()))
    _load_plugins(paths, found)
    sources: list[Source] = []
    for number, entry in enumerate(data["inputs"]):
        with found.at(f"/data/inputs/{number}"):
            sources += _sources(_entry(entry), f"{DATA}/{name}")
    repairs = tuple(data.get("repair", ()))
    with found.at("/data/repair"):
        repair.check_names(repairs)
    named, built = _build_steps(data.get("steps", []), {Path(path).stem for path in paths}, found)
    output = data["output"]
    with found.at("/data/output/format"):
        if formats.written(output["format"]).DATASET_INFO is None:
            raise DataprepError(
                f"LLaMA-Factory cannot train on '{output['format']}'; write sharegpt, which holds "
                f"the same"
            )
    split = output.get("split", {})
    with found.at("/data/output/split"):
        placing: Split = steps.build("split", split)
        if placing.folds:
            raise DataprepError(
                "a recipe trains on one split, not on folds; make them by `dataprep split --folds`"
            )
    if not found:
        with found.at("/data/inputs"):
            plan = Plan(tuple(sources), output["format"], tuple(named), split, repairs, paths)
            return plan.given(built, placing)
    return None


def _load_plugins(paths: Iterable[str], found: _Faults) -> None:
    """Make the user's own steps and formats known, and those of other recipes unknown."""
    known: list[str] = []
    plugins.load(known)
    for number, path in enumerate(paths):
        pointer = f"/data/plugins/{number}"
        same = next((other for other in known if Path(other).stem == Path(path).stem), "")
        if same:
            found.add(
                Fault("duplicate-name", f"{path} and {same} are of one name", pointer=pointer)
            )
            continue
        with found.at(pointer):
            plugins.load([*known, path])
            known.append(path)


def _entry(entry: Any) -> dict[str, Any]:
    return entry if isinstance(entry, dict) else {"path": entry}


def _sources(entry: Mapping[str, Any], written: str) -> Iterator[Source]:
    """Yield the files of an input, each opened once to detect it.

    `written` is the folder that the recipe writes to. Raises `DataprepError` for an input that does
    not exist, cannot be read, or lies outside without permission.
    """
    if not entry.get(OUTSIDE):
        _check_inside((entry["path"], entry.get("schema", "")), "input")
    if "format" in entry:
        formats.named(entry["format"])
        if entry["format"] in formats.OWN and not entry.get(OUTSIDE):
            _check_inside((formats.OWN[entry["format"]],), "input")
    text = schema.own(entry["schema"]) if "schema" in entry else ""
    for source in sources_of(
        [entry["path"]],
        entry.get("format"),
        entry.get("encoding", AUTO),
        entry.get("columns", {}),
        {name: entry[name] for name in inputs.reader_options() if name in entry},
    ):
        if Path(written).resolve() in Path(source.path).resolve().parents:
            raise DataprepError(
                f"{source.path}: is what this recipe writes, and inputs are never changed; "
                f"name a raw file"
            )
        if not source.path.endswith(outputs.LOCK):
            yield source._replace(schema=text)


def _check_inside(paths: Iterable[str], of: str) -> None:
    """Raise for a path that leads out of the folder that the user works in."""
    for path in paths:
        if os.path.isabs(path) or ".." in Path(path).parts:
            raise DataprepError(
                f"{path} lies outside of this folder; if you mean it, add 'outside: true' to this "
                f"{of}"
            )


def _build_steps(
    entries: list[Any], plugged: Container[str], found: _Faults
) -> tuple[list[Named], list[Step]]:
    """Return the steps, as named and as built; `plugged` names may have a problem of their own."""
    named: list[Named] = []
    built: list[Step] = []
    corpus = ""
    for number, entry in enumerate(entries):
        pointer, (name, options) = f"/data/steps/{number}", _step(entry)
        if name not in (names := [*steps.over("examples"), *steps.over("corpus")]):
            if name not in plugged:
                words = f"no step '{name}'{did_you_mean(name, names)}"
                found.add(Fault("unknown-step", words, pointer=pointer))
            continue
        with found.at(pointer):
            step = steps.build(name, options)
            if not (isinstance(entry, dict) and (entry[name] or {}).get(OUTSIDE)):
                _check_inside(step.files, "step")
            named.append((name, options))
            built.append(step)
        if corpus and name in steps.over("examples"):
            words = f"'{name}' stands after '{corpus}', which compares cleaned texts; put it before"
            found.add(Fault("wrong-order", words, pointer=pointer))
        corpus = corpus or (name if name in steps.over("corpus") else "")
    return named, built


def step_of(name: str, block: str) -> Named:
    """Return a step with its options, from the block that follows its name in a recipe: `keep: [zh,
    en]`.

    Raises `DataprepError` as a recipe's step does; its files may lie anywhere.
    """
    entry = {name: block_of(block)}
    if not isinstance(entry[name], dict):
        raise DataprepError(
            f"'{block}' is no block of options, expected OPTION: VALUE, OPTION: VALUE"
        )
    steps.build(*_step(entry))
    return _step(entry)


def _step(entry: Any) -> Named:
    """Return a step's name and options from `name`, or from `{name: {option: value}}`."""
    if isinstance(entry, str):
        return entry, {}
    ((name, options),) = entry.items()
    options = options or {}
    if steps.reads_files(name):
        options = {option: value for option, value in options.items() if option != OUTSIDE}
    return name, options


def _check_overlong(output: Mapping[str, Any], train: Mapping[str, Any]) -> None:
    """Raise where long examples are to be dropped or split, and the recipe does not say by which
    tokens.
    """
    if (choice := output.get("overlong", "keep")) == "keep":
        return
    if not train.get("model_name_or_path"):
        raise DataprepError(
            f"{choice} counts tokens; give 'model_name_or_path' and 'template' under 'train', or "
            f"keep"
        )
    if formats.written(output["format"]).HOLDS & set(MEDIA):
        raise DataprepError(
            f"{choice} counts tokens, and those of media only LLaMA-Factory knows; write keep"
        )
