"""Read a recipe, and derive from it the plan of its data and the arguments of each LLaMA-Factory run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dataprep import files, formats, schema, steps
from dataprep.errors import DataprepError, did_you_mean
from dataprep.pipeline import Plan, Source, expand

DATA = "data"
SAVES = "saves"
REGISTRY = f"{DATA}/dataset_info.json"
STAGES = ("train", "export", "chat")


@dataclass(frozen=True)
class Recipe:
    """One run, whole: `data` says what to prepare, `train` and `export` hold LLaMA-Factory's own keys.

    The name is the file's; folders, data sets and models carry it.
    """

    name: str
    path: str
    data: Mapping[str, Any]
    train: Mapping[str, Any]
    export: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """Return the folder of the prepared data."""
        return f"{DATA}/{self.name}"

    @property
    def adapter(self) -> str:
        """Return the folder that training writes: the adapter, or the whole model of a full fine-tuning."""
        return f"{SAVES}/{self.name}/adapter"

    @property
    def merged(self) -> str:
        """Return the folder of the exported model."""
        return str(self.export.get("export_dir", f"{SAVES}/{self.name}/merged"))

    @property
    def plan(self) -> Plan:
        """Return what the pipeline is to do; raises `DataprepError` for an input that is not there."""
        output = self.data["output"]
        sources = tuple(source for entry in self.data["inputs"] for source in _sources(entry))
        return Plan(sources, output["format"], tuple(map(_step, self.data.get("steps", []))), output.get("split", {}))

    @property
    def datasets(self) -> dict[str, str]:
        """Return the names under which the splits are registered, by split."""
        return {split: self.name if split == "train" else f"{self.name}_{split}" for split in self.splits}

    @property
    def splits(self) -> list[str]:
        """Return the splits that the data half writes; train always."""
        asked = self.data["output"].get("split", {})
        return ["train", *(name for name in ("val", "test") if asked.get(name))]


def load(path: str) -> Recipe:
    """Read a recipe file; raises `DataprepError` that tells all its faults at once, each with its line."""
    value, lines = _parse(path)
    faults = [f"{path}:{_line(lines, problem.pointer)}: {problem}" for problem in _problems(value)]
    name = Path(path).stem
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        faults.append(f"{path}: the name '{name}' is also that of the data set; use letters, digits, '_', '-' and '.'")
    if faults:
        raise DataprepError("\n".join(faults))
    return Recipe(name, path, value["data"], value.get("train", {}), value.get("export", {}))


# ------------------------------------------------------------------------------------------------------ reading YAML


class _Loader(yaml.SafeLoader):
    """YAML as LLaMA-Factory reads it: `1e-4` is a number there, and plain PyYAML takes it for a string."""

    yaml_implicit_resolvers = dict(yaml.SafeLoader.yaml_implicit_resolvers)  # noqa: RUF012 - PyYAML's own way


_FLOAT = re.compile(
    r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)[eE][-+]?\d+|[-+]?(?:\d[\d_]*\.\d*|\.\d+)|[-+]?\.(?:inf|Inf|INF)|\.nan"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def _parse(path: str) -> tuple[Any, dict[str, int]]:
    """Return a YAML file's value, and the line of each place in it by its JSON pointer."""
    if os.path.isdir(path):
        raise DataprepError(f"{path}: is a directory, expected a recipe file, e.g. recipes/demo.yaml")
    try:
        text = Path(path).read_text(encoding=files.UTF8)
        node = yaml.compose(text, _Loader)
        lines = dict(_lines(node, ""))
        value = yaml.load(text, _Loader)
    except OSError as error:
        raise DataprepError(f"{path}: {(error.strerror or 'cannot be read').lower()}{_others(path)}") from None
    except UnicodeDecodeError:
        raise DataprepError(f"{path}: is not UTF-8 text; save the recipe as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DataprepError(f"{path}:{mark.line + 1 if mark else 1}: not valid YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise DataprepError(f"{path}: not valid YAML ({error})") from None
    if node is None:
        raise DataprepError(f"{path}: is empty; recipes/demo.yaml shows what a recipe holds")
    return value, lines


def _others(path: str) -> str:
    folder = Path(path).parent
    names = [found.stem for found in folder.glob("*.yaml")] if folder.is_dir() else []
    return did_you_mean(Path(path).stem, names) if names else ""


def _lines(node: yaml.Node | None, pointer: str) -> Iterator[tuple[str, int]]:
    """Yield each place of a YAML tree with its line; raises for a key that stands twice (YAML takes the last)."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
            yield f"{pointer}/{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{pointer}/{key.value}")
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield f"{pointer}/{number}", value.start_mark.line + 1
            yield from _lines(value, f"{pointer}/{number}")


def _line(lines: Mapping[str, int], pointer: str) -> int:
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)


# ------------------------------------------------------------------------------------------------------ finding faults


def _problems(value: Any) -> Iterator[schema.Problem]:
    """Yield all that is wrong with a recipe and can be told without opening its inputs."""
    faults = list(schema.problems("recipe", value))
    yield from faults
    if isinstance(value, dict):
        for stage in ("train", "export"):
            for problem in schema.problems(stage, value.get(stage, {})):
                yield schema.Problem(f"/{stage}{problem.pointer}", problem.message)
    if not faults:
        yield from _data_problems(value["data"])


def _data_problems(data: Mapping[str, Any]) -> Iterator[schema.Problem]:
    for number, entry in enumerate(data["inputs"]):
        yield from _told(f"/data/inputs/{number}", _check_input, entry)
    yield from _step_problems(data.get("steps", []))
    yield from _told("/data/output/format", _check_output, data["output"]["format"])
    yield from _told(
        "/data/output/split", lambda options: steps.build("split", options), data["output"].get("split", {})
    )


def _step_problems(entries: list[Any]) -> Iterator[schema.Problem]:
    corpus = ""
    for number, (name, options) in enumerate(map(_step, entries)):
        pointer = f"/data/steps/{number}"
        if name not in STEP_NAMES:
            yield schema.Problem(pointer, f"no step '{name}'{did_you_mean(name, STEP_NAMES)}")
            continue
        yield from _told(pointer, lambda given, name=name: steps.build(name, given), options)
        if corpus and name in steps.over("examples"):
            yield schema.Problem(
                pointer, f"'{name}' stands after '{corpus}', which compares cleaned texts; put it before"
            )
        corpus = corpus or (name if name in steps.over("corpus") else "")


STEP_NAMES = [*steps.over("examples"), *steps.over("corpus")]


def _told(pointer: str, check: Any, value: Any) -> Iterator[schema.Problem]:
    try:
        check(value)
    except DataprepError as error:
        yield schema.Problem(pointer, str(error))


def _check_input(entry: Any) -> None:
    """Raise for an input that does not exist, cannot be read, or lies outside without leave."""
    entry = entry if isinstance(entry, dict) else {"path": entry}
    path = entry["path"]
    if not entry.get("outside") and (os.path.isabs(path) or ".." in Path(path).parts):
        raise DataprepError(f"{path} lies outside of this folder; if you mean it, add 'outside: true' to this input")
    if "format" in entry:
        formats.named(entry["format"])
    for source in _sources(entry):
        files.check_input(source.path, source.encoding)


def _check_output(name: str) -> None:
    if formats.named(name).DATASET_INFO is None:
        raise DataprepError(f"LLaMA-Factory cannot train on '{name}'; write sharegpt, which holds the same")


def _sources(entry: Any) -> list[Source]:
    entry = entry if isinstance(entry, dict) else {"path": entry}
    encoding = entry.get("encoding", files.UTF8)
    return [Source(path, entry.get("format"), encoding, entry.get("columns", {})) for path in expand(entry["path"])]


def _step(entry: Any) -> tuple[str, Mapping[str, Any]]:
    """Return a step's name and options from `name`, or from `{name: {option: value}}`."""
    if isinstance(entry, str):
        return entry, {}
    ((name, options),) = entry.items()
    return name, options or {}


# ------------------------------------------------------------------------------------- the arguments of LLaMA-Factory


def config(recipe: Recipe, stage: str) -> dict[str, Any]:
    """Return the arguments of one LLaMA-Factory run: the recipe's own keys, and those that tie the stages together."""
    if stage not in STAGES:
        raise DataprepError(f"no stage '{stage}'{did_you_mean(stage, STAGES)}")
    if not recipe.train:
        raise DataprepError(f"{recipe.path}: has no 'train', so there is nothing to {stage}; recipes/demo.yaml has one")
    return {"train": _train, "export": _export, "chat": _chat}[stage](recipe)


def _train(recipe: Recipe) -> dict[str, Any]:
    ties: dict[str, Any] = {"do_train": True, "dataset_dir": DATA, "dataset": recipe.name}
    if "val" in recipe.splits:
        ties["eval_dataset"] = recipe.datasets["val"]
    return {**recipe.train, **ties, "output_dir": recipe.adapter}


def _export(recipe: Recipe) -> dict[str, Any]:
    """Merge an adapter into its unquantized base; a full fine-tuning is a whole model already."""
    base = _kept(recipe.train, "model_name_or_path", "template", "trust_remote_code", "finetuning_type")
    if recipe.train.get("finetuning_type", "lora") == "full":
        ties = {"model_name_or_path": recipe.adapter}
    else:
        ties = {"adapter_name_or_path": recipe.adapter}
    return {**base, **recipe.export, **ties, "export_dir": recipe.merged}


def _chat(recipe: Recipe) -> dict[str, Any]:
    return {
        "model_name_or_path": recipe.merged,
        **_kept(recipe.train, "template", "default_system", "trust_remote_code"),
    }


def _kept(keys: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: keys[name] for name in names if name in keys}


def as_yaml(recipe: Recipe, stage: str) -> str:
    """Return a stage's arguments as the YAML file that LLaMA-Factory reads."""
    head = f"# Made from {recipe.path} by `dataprep config {recipe.path} {stage}`; change the recipe, not this file.\n"
    return head + yaml.safe_dump(config(recipe, stage), sort_keys=False, allow_unicode=True, width=1000)


def as_make(recipe: Recipe) -> str:
    """Return what make must know of a recipe: its prepared files, its model folder, its exported folder."""
    data = " ".join(f"{recipe.folder}/{split}.jsonl" for split in recipe.splits if split != "test")
    base = recipe.train.get("model_name_or_path", "")
    head = f"# Made from {recipe.path}: what make must know of it.\n"
    return f"{head}DATA_FILES := {data}\nBASE := {base}\nMERGED := {recipe.merged}\n"


def text(recipe: Recipe, stage: str) -> str:
    """Return what `dataprep config` prints for a stage; "make" is the one that make includes."""
    return as_make(recipe) if stage == "make" else as_yaml(recipe, stage)
