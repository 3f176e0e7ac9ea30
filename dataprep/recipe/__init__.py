"""A recipe: what it says of the data and of the model, and what is wrong with it, each fault with
its line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep import formats, schema, steps
from dataprep.errors import DataprepError, did_you_mean
from dataprep.formats.reading import repair
from dataprep.model import MEDIA
from dataprep.pipeline import plugins
from dataprep.pipeline.plan import Plan
from dataprep.recipe import stage_keys
from dataprep.recipe.yaml_lines import block_of, line_of, parse
from dataprep.sources import inputs, outputs
from dataprep.sources.encodings import AUTO
from dataprep.sources.outputs import split_file
from dataprep.sources.source import Source, sources_of

DATA = "data"
SAVES = "saves"
LATER = ("quantize", "predict", "evaluate", "chat", "api")
"""The stages after the export that a recipe may have a block for."""
BLOCKS = ("train", "export", *LATER)
"""The blocks of a recipe that hold LLaMA-Factory's own keys."""
REGISTRY = f"{DATA}/{outputs.REGISTRY}"


@dataclass(frozen=True)
class Recipe:
    """One run, whole: `data` says what to prepare, `train`, `export` and `later` hold
    LLaMA-Factory's own keys.

    The name is the file's; folders, data sets and models carry it.
    """

    name: str
    path: str
    data: Mapping[str, Any]
    train: Mapping[str, Any]
    export: Mapping[str, Any]
    later: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Return the folder of the prepared data."""
        return f"{DATA}/{self.name}"

    @property
    def saves(self) -> str:
        """Return the folder of what comes of training."""
        return f"{SAVES}/{self.name}"

    @property
    def adapter(self) -> str:
        """Return the folder that training writes: the adapter, or the whole model of a full
        fine-tuning.
        """
        return f"{self.saves}/adapter"

    @property
    def merged(self) -> str:
        """Return the folder of the exported model."""
        return str(self.export.get("export_dir", f"{self.saves}/merged"))

    @property
    def quantized(self) -> str:
        """Return the folder of the quantized model."""
        return f"{self.saves}/quantized"

    @property
    def calibration(self) -> str:
        """Return the file by which GPTQ quantizes, "" where this recipe does not ask for that."""
        keys = self.later.get("quantize", {})
        own = keys.get("export_quantization_bit") is None or "export_quantization_dataset" in keys
        return "" if own else f"{self.folder}/{outputs.CALIBRATION}"

    @property
    def plan(self) -> Plan:
        """Return what the pipeline is to do; raises `DataprepError` for an input that cannot be
        one.
        """
        output = self.data["output"]
        plugins.load(self.data.get("plugins", ()))
        sources = tuple(source for entry in self.data["inputs"] for source in _sources(entry))
        for source in sources:
            if Path(self.folder).resolve() in Path(source.path).resolve().parents:
                raise DataprepError(
                    f"{source.path}: is what this recipe writes, and inputs are never changed; "
                    f"name a raw file"
                )
        steps_ = tuple(map(_step, self.data.get("steps", [])))
        repairs, plugins_ = tuple(self.data.get("repair", ())), tuple(self.data.get("plugins", ()))
        return Plan(sources, output["format"], steps_, output.get("split", {}), repairs, plugins_)

    @property
    def datasets(self) -> dict[str, str]:
        """Return the names under which the splits are registered, by split."""
        return {
            split: self.name if split == "train" else f"{self.name}_{split}"
            for split in self.splits
        }

    @property
    def splits(self) -> list[str]:
        """Return the splits that the data half writes; train always."""
        asked = self.data["output"].get("split", {})
        return ["train", *(name for name in ("val", "test") if asked.get(name))]

    @property
    def trained_on(self) -> list[Path]:
        """Return the prepared files that training reads, to learn from and to validate on."""
        return [Path(self.folder, split_file(split)) for split in self.splits if split != "test"]


def load(path: str) -> Recipe:
    """Read a recipe file; raises `DataprepError` that tells all its faults at once, each with its
    line.
    """
    value, lines = parse(path)
    faults = [f"{path}:{line_of(lines, problem.pointer)}: {problem}" for problem in problems(value)]
    name = Path(path).stem
    try:
        check_name(path, name)
    except DataprepError as error:
        faults.append(str(error))
    if faults:
        raise DataprepError("\n".join(faults))
    later = {stage: value[stage] or {} for stage in LATER if stage in value}
    return Recipe(name, path, value["data"], value.get("train", {}), value.get("export", {}), later)


# ----------------------------------------------------------------------------------- finding faults


def check_name(path: str, name: str) -> None:
    """Raise `DataprepError` for a name that folders, data sets and models cannot all carry."""
    problem = ""
    if not re.fullmatch(r"\w[\w.-]*", name):
        problem = "is also that of the data set; use letters, digits, '_', '-' and '.'"
    elif name == "raw":
        problem = f"would put the prepared data among the raw files in {DATA}/raw; take another"
    elif name.endswith(("_val", "_test")):
        problem = "is that of another recipe's split in the registry; take one that does not end so"
    if problem:
        raise DataprepError(f"{path}: the name '{name}' {problem}")


def problems(value: Any) -> Iterator[schema.Problem]:
    """Yield all that is wrong with a recipe and can be told without opening its inputs."""
    blocks = _blocks(value)
    rest = {**value, **{stage: {} for stage in blocks}} if blocks else value
    faults = list(schema.problems("recipe", rest))
    yield from faults
    for stage, keys in blocks.items():
        for problem in stage_keys.problems(stage, keys):
            yield problem._replace(pointer=f"/{stage}{problem.pointer}")
    if not faults:
        yield from _data_problems(value["data"])
        yield from _told(
            "/data/output/overlong",
            lambda output: _check_overlong(output, value.get("train", {})),
            value["data"]["output"],
        )


def _blocks(value: Any) -> dict[str, dict[str, Any]]:
    """Return the blocks of LLaMA-Factory's keys by stage: each is judged by the rules of its stage."""
    found = {stage: value.get(stage) for stage in BLOCKS} if isinstance(value, dict) else {}
    return {stage: keys for stage, keys in found.items() if isinstance(keys, dict)}


def _data_problems(data: Mapping[str, Any]) -> Iterator[schema.Problem]:
    yield from _plugin_problems(data.get("plugins", []))
    for number, entry in enumerate(data["inputs"]):
        yield from _told(f"/data/inputs/{number}", _check_input, entry)
    yield from _told("/data/repair", repair.check_names, data.get("repair", []))
    yield from _step_problems(
        data.get("steps", []), {Path(path).stem for path in data.get("plugins", [])}
    )
    yield from _told("/data/output/format", _check_output, data["output"]["format"])
    yield from _told("/data/output/split", _check_split, data["output"].get("split", {}))


def _plugin_problems(paths: list[str]) -> Iterator[schema.Problem]:
    known: list[str] = []
    plugins.load(known)
    for number, path in enumerate(paths):
        same = next((other for other in known if Path(other).stem == Path(path).stem), "")
        if same:
            yield schema.Problem(f"/data/plugins/{number}", f"{path} and {same} are of one name")
            continue
        faults = list(_told(f"/data/plugins/{number}", plugins.load, [*known, path]))
        yield from faults
        known += [] if faults else [path]


def _step_problems(entries: list[Any], plugged: Container[str]) -> Iterator[schema.Problem]:
    corpus = ""
    for number, entry in enumerate(entries):
        pointer, name = f"/data/steps/{number}", _step(entry)[0]
        if name not in (names := [*steps.over("examples"), *steps.over("corpus")]):
            if name not in plugged:  # else it is told already what is wrong with its file
                yield schema.Problem(pointer, f"no step '{name}'{did_you_mean(name, names)}")
            continue
        yield from _told(pointer, _check_step, entry)
        if corpus and name in steps.over("examples"):
            yield schema.Problem(
                pointer,
                f"'{name}' stands after '{corpus}', which compares cleaned texts; put it before",
            )
        corpus = corpus or (name if name in steps.over("corpus") else "")


def _told(pointer: str, check: Any, value: Any) -> Iterator[schema.Problem]:
    try:
        check(value)
    except DataprepError as error:
        yield schema.Problem(pointer, str(error))


def _check_step(entry: Any) -> None:
    """Raise for options that a step does not take, and for files that it cannot read, or not
    without leave.
    """
    name, options = _step(entry)
    step = steps.build(name, options)
    if not (isinstance(entry, dict) and (entry[name] or {}).get(OUTSIDE)):
        _check_inside(step.files, "step")


def _check_inside(paths: Iterable[str], of: str) -> None:
    """Raise for a path that leads out of the folder that the user works in."""
    for path in paths:
        if os.path.isabs(path) or ".." in Path(path).parts:
            raise DataprepError(
                f"{path} lies outside of this folder; if you mean it, add 'outside: true' to this "
                f"{of}"
            )


def _check_input(entry: Any) -> None:
    """Raise for an input that does not exist, cannot be read, or lies outside without leave."""
    entry = entry if isinstance(entry, dict) else {"path": entry}
    if not entry.get(OUTSIDE):
        _check_inside((entry["path"], entry.get("schema", "")), "input")
    if "format" in entry:
        formats.named(entry["format"])
        if entry["format"] in formats.OWN and not entry.get(OUTSIDE):
            _check_inside((formats.OWN[entry["format"]],), "input")
    _sources(entry)


def _check_split(options: Mapping[str, Any]) -> None:
    if steps.build("split", options).folds:
        raise DataprepError(
            "a recipe trains on one split, not on folds; make them by `dataprep split --folds`"
        )


def _check_output(name: str) -> None:
    if formats.written(name).DATASET_INFO is None:
        raise DataprepError(
            f"LLaMA-Factory cannot train on '{name}'; write sharegpt, which holds the same"
        )


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


OUTSIDE = "outside"
"""What an input, or a step that reads files, says to be allowed to read outside of the folder."""


def _sources(entry: Any) -> tuple[Source, ...]:
    entry = entry if isinstance(entry, dict) else {"path": entry}
    options = {name: entry[name] for name in inputs.reader_options() if name in entry}
    text = schema.own(entry["schema"]) if "schema" in entry else ""
    sources = sources_of(
        [entry["path"]],
        entry.get("format"),
        entry.get("encoding", AUTO),
        entry.get("columns", {}),
        options,
    )
    return tuple(
        source._replace(schema=text) for source in sources if not source.path.endswith(outputs.LOCK)
    )


def step_of(name: str, block: str) -> tuple[str, Mapping[str, Any]]:
    """Return a step with its options, from the block that stands after its name in a recipe: `keep:
    [zh, en]`.

    Raises `DataprepError` for what a recipe's step is refused for; its files may lie anywhere.
    """
    entry = {name: block_of(block)}
    if not isinstance(entry[name], dict):
        raise DataprepError(
            f"'{block}' is no block of options, expected OPTION: VALUE, OPTION: VALUE"
        )
    steps.build(*_step(entry))
    return _step(entry)


def _step(entry: Any) -> tuple[str, Mapping[str, Any]]:
    """Return a step's name and options from `name`, or from `{name: {option: value}}`."""
    if isinstance(entry, str):
        return entry, {}
    ((name, options),) = entry.items()
    options = options or {}
    if steps.reads_files(name):
        options = {option: value for option, value in options.items() if option != OUTSIDE}
    return name, options
