"""What would go wrong with a recipe, most of it without a word: all of it at once, each with its
line and the way out.

A recipe of ours, or a file of plain LLaMA-Factory arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataprep import formats, schema
from dataprep.errors import DataprepError, Fault, did_you_mean
from dataprep.llamafactory import stages
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.pitfalls import data, facts, keywords, model
from dataprep.llamafactory.pitfalls.pitfall import DEFAULTS, ERROR, WARNING, Pitfall, PlannedRun
from dataprep.llamafactory.rows import kto_batches
from dataprep.llamafactory.rows.alignment import column_types, misaligned
from dataprep.llamafactory.templates.table import TEMPLATES
from dataprep.llamafactory.version import PPO_VERSION, VERSION
from dataprep.recipe import BLOCKS, DATA, REGISTRY, Compiled, Recipe, read, stage_keys
from dataprep.recipe.stage_keys import ELSEWHERE, FROM_NAME
from dataprep.recipe.yaml_lines import line_of, value_of

PLAIN = FROM_NAME | {"finetuning_type", "do_predict"}
"""The keys that a file of plain arguments may say, and a recipe's block may not."""

TRAPS = {
    "train": (
        *data.DATA,
        *data.TEMPLATE,
        *model.QUANTIZATION,
        *model.DEEPSPEED,
        *model.METHOD,
        *model.LAUNCH,
    ),
    "export": model.EXPORT,
    "quantize": model.QUANTIZE,
    **dict.fromkeys(("predict", "evaluate", "chat", "api"), ()),
}
NOTHING: Mapping[str, Any] = {}


Ask = Callable[[str, Mapping[str, Any]], Iterable[Fault]]
"""Asks LLaMA-Factory's own parser for the faults in the arguments of a stage, each at a key."""


def not_asked(stage: str, arguments: Mapping[str, Any]) -> Iterable[Fault]:
    """Stand in for LLaMA-Factory's parser when it is not asked."""
    return ()


def check(path: str, here: Mapping[str, Any] = NOTHING, ask: Ask = not_asked) -> list[Fault]:
    """Return the faults of a recipe file in the order of its lines.

    `here` are keys of the training that were given on the command line and override the recipe's.
    Raises `DataprepError` for a file that cannot be read.
    """
    return findings_on(read(path, here), ask)


def findings_on(compiled: Compiled, ask: Ask = not_asked) -> list[Fault]:
    """Return the faults of a compiled recipe in the order of its lines.

    The place of a key that was given on the command line is `KEY=VALUE`, without a line.
    """
    here = compiled.here
    placed: dict[tuple[str, str], Fault] = {}
    for case in _cases(compiled):
        for fault in case.faults(ask):
            key = _key(fault)
            if key in here and case.stage == "train":
                fault = fault.at(f"{key}={_shown(here[key])}")
            else:
                fault = fault.at(compiled.path, line_of(compiled.lines, fault.pointer))
            placed.setdefault((fault.pointer, fault.message), fault)
    return sorted(placed.values(), key=lambda fault: fault.line)


def _key(fault: Fault) -> str:
    """Return the key that a fault is at, "" for one of a whole block."""
    return fault.pointer.rpartition("/")[2]


# ----------------------------------------------------------------------------------- runs of a file


@dataclass(frozen=True)
class Case:
    """One LLaMA-Factory run that a file describes; without a stage, the faults outside its runs.

    `sections` are the keys in the file by their JSON pointer; a missing key is reported in the
    first. `arguments` are those of LLaMA-Factory, `beside` the other facts of a `PlannedRun`.
    """

    stage: str
    sections: Mapping[str, Mapping[str, Any]]
    known: Iterable[Fault]
    arguments: Mapping[str, Any]
    beside: Mapping[str, Any]

    def faults(self, ask: Ask) -> Iterator[Fault]:
        """Yield the faults of this run: those of the schema and the tables, then the parser's."""
        spoiled: set[str] = set()
        for fault in self.known:
            section, _, key = fault.pointer.rpartition("/")
            spoiled |= {key} - FROM_NAME
            yield _explained(key, self.sections.get(section, NOTHING), fault)
        if self.stage:
            run = PlannedRun(
                {key: value for key, value in self.arguments.items() if key not in spoiled},
                **self.beside,
            )
            for fault in _known_and_asked(self.stage, run, ask):
                if _key(fault) not in spoiled:
                    yield fault.under(self._section(_key(fault)))

    def _section(self, key: str) -> str:
        """Return the pointer of the section that has a key, else of the first."""
        holders = (place for place, keys in self.sections.items() if key in keys)
        return next(holders, next(iter(self.sections)))


def _cases(compiled: Compiled) -> Iterator[Case]:
    value, here = compiled.value, compiled.here
    if (
        isinstance(value, dict)
        and "data" not in value
        and {"model_name_or_path", "stage", "dataset"} & value.keys()
    ):
        yield _plain(compiled.path, {**value, **here}, here)
    else:
        yield from _of_recipe(compiled)


def _of_recipe(compiled: Compiled) -> Iterator[Case]:
    """Yield a recipe's runs: the training if it has one, and the export if it has one."""
    recipe, found = compiled.recipe, compiled.faults
    sections = {"train": recipe.train, "export": recipe.export, **recipe.later}
    yield Case(
        "",
        {"": NOTHING},
        [fault for fault in found if not _stage_of(fault)],
        NOTHING,
        NOTHING,
    )
    for stage in BLOCKS:
        own = [fault for fault in found if _stage_of(fault) == stage]
        if stage in recipe.later:
            yield _later_case(stage, recipe, own)
        elif sections.get(stage):
            yield _stage_case(stage, recipe, own, frozenset(compiled.here))


def _stage_case(stage: str, recipe: Recipe, found: list[Fault], here: frozenset[str]) -> Case:
    arguments = stages.config(recipe, stage) if recipe.train else dict(recipe.export)
    sections = (
        {"/train": recipe.train}
        if stage == "train"
        else {"/export": recipe.export, "/train": recipe.train}
    )
    beside = {"here": here, **facts.of_model(arguments)}
    if stage == "train":
        arguments["output_dir"] += PART
        return Case(stage, sections, found, arguments, beside | _of_data(recipe))
    return Case(
        stage, sections, found, arguments, beside | {"trained": recipe.train.get("stage", "")}
    )


def _later_case(stage: str, recipe: Recipe, found: list[Fault]) -> Case:
    """Return a stage after the export; that the recipe cannot have it is a problem of its own."""
    sections = {f"/{stage}": recipe.later[stage]}
    try:
        return Case(stage, sections, found, stages.config(recipe, stage), {})
    except DataprepError as error:
        refused = [replace(fault, path="", pointer=f"/{stage}") for fault in error.faults]
        return Case("", sections, [*found, *refused], NOTHING, NOTHING)


PART = ".part"
"""What make adds to a folder until it is finished; it begins with an empty one."""


def _of_data(recipe: Recipe) -> dict[str, Any]:
    """Return what is known of a recipe's data, prepared or not."""
    written = formats.WRITTEN.get(recipe.format)
    files = recipe.trained_on
    return {
        "rows": facts.rows_of(written.DATASET_INFO) if written and written.DATASET_INFO else "",
        "counts": kto_batches.rows_in(files, recipe.train)
        if recipe.train.get("stage") == "kto"
        else (),
        "thoughts": facts.have_thoughts(files),
        "stale": facts.is_stale(recipe.train.get("tokenized_path"), [Path(recipe.path), *files]),
    }


def _plain(path: str, keys: dict[str, Any], here: Mapping[str, Any]) -> Case:
    """Return the run of a file of LLaMA-Factory's own arguments."""
    stage = "export" if "export_dir" in keys else "train"
    found = [fault for fault in stage_keys.problems(stage, keys) if not _is_taken(stage, fault)]
    beside: dict[str, Any] = {"here": frozenset(here), **facts.of_model(keys)}
    found += [*_missing_data(keys), *_apart(keys)]
    return Case(stage, {"": keys}, found, keys, beside | _registered(path, keys))


def _is_taken(stage: str, fault: Fault) -> bool:
    """Tell whether LLaMA-Factory takes a key that a recipe says elsewhere; `train` takes those of
    all stages.
    """
    return fault.pointer[1:] in PLAIN or (stage == "train" and fault.code == ELSEWHERE)


def _missing_data(keys: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with the data sets that plain arguments name."""
    for key in ("dataset", "eval_dataset"):
        names = keys.get(key)
        if names is not None and not isinstance(names, str):
            found = f"{names} is a number, and LLaMA-Factory takes a name"
            yield Fault(schema.WRONG_TYPE, found, fix=f"write '{names}'", pointer=f"/{key}")
        entries = _registry(keys)
        for name in data.listed(names) if entries is not None else []:
            if name not in (entries or {}):
                near = did_you_mean(name, entries or {})
                found = f"'{name}' is no data set in dataset_info.json{near}"
                yield Fault("unknown-dataset", found, pointer=f"/{key}")


def _apart(keys: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield that data sets which plain arguments name together cannot be trained together."""
    entries = _registry(keys) or {}
    for key in ("dataset", "eval_dataset"):
        named = {
            name: entries[name]
            for name in data.listed(keys.get(key))
            if isinstance(entries.get(name), dict)
        }
        sets = {
            name: column_types(entry, str(_folder(keys)))
            for name, entry in named.items()
            if len(named) > 1
        }
        if (why := misaligned(sets)) and not (
            key == "eval_dataset" and keys.get("eval_on_each_dataset")
        ):
            found = f"{keys[key]} cannot be put together, for they differ in {why}"
            yield Fault("misaligned-datasets", found, fix=APART, pointer=f"/{key}")


APART = "train one after the other, or `dataprep convert` them to one format"


def _registered(path: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the data sets that plain arguments name."""
    entries = _registry(keys) or {}
    named = [
        entries[name]
        for name in data.listed(keys.get("dataset"))
        if isinstance(entries.get(name), dict)
    ]
    files = [_folder(keys) / str(entry["file_name"]) for entry in named if "file_name" in entry]
    kinds = {facts.rows_of(entry) for entry in named}
    sampled = any(entry.get("num_samples") for entry in named)
    return {
        "rows": kinds.pop() if len(kinds) == 1 else "",
        "counts": [sum(kto_batches.rows_in(files, keys))]
        if keys.get("stage") == "kto" and not sampled
        else (),
        "thoughts": facts.have_thoughts(files) if len(files) == len(named) else None,
        "stale": facts.is_stale(keys.get("tokenized_path"), [Path(path), *files]),
        "resumes": any(Path(str(keys.get("output_dir", ""))).glob("checkpoint-*")),
    }


def _registry(keys: Mapping[str, Any]) -> dict[str, registry.Entry] | None:
    path = _folder(keys) / Path(REGISTRY).name
    return registry.read(path) if path.is_file() else None


def _folder(keys: Mapping[str, Any]) -> Path:
    return Path(str(keys.get("dataset_dir", DATA)))


def _stage_of(fault: Fault) -> str:
    return next((stage for stage in BLOCKS if fault.pointer.startswith(f"/{stage}/")), "")


# ------------------------------------------------------------------------------------ what is known


def _explained(key: str, keys: Mapping[str, Any], fault: Fault) -> Fault:
    """Return a fault in words that tell more, where the tables know the key or its value."""
    value = keys.get(key)
    plain = replace(fault, expected="", fix="")
    if key in keywords.GONE and key in keys:
        return replace(plain, code="removed-argument", found=keywords.GONE[key])
    if isinstance(value, (str, bool)) and (key, value) in keywords.SPELLINGS:
        return replace(plain, found=f"{_shown(value)} {keywords.SPELLINGS[key, value]}")
    if key == "pref_loss":
        return replace(plain, found=f"{_shown(value)} {keywords.LOSSES}")
    if (
        isinstance(value, str)
        and fault.expected in _NUMBERS
        and isinstance(value_of(value), int | float)
    ):
        fix = "write it without quotes"
        return replace(fault, found=f"'{value}' is a text", expected="a number", fix=fix)
    return fault


_NUMBERS = ("number", "integer")


def _known_and_asked(stage: str, run: PlannedRun, ask: Ask) -> Iterator[Fault]:
    """Yield the faults that the tables know, then the parser's in the arguments that are left."""
    wrong = set()
    for fault in _known(stage, run):
        wrong |= {_key(fault)} if fault.severity == ERROR else set()
        yield fault
    yield from ask(stage, {key: value for key, value in run.keys.items() if key not in wrong})


def _known(stage: str, run: PlannedRun) -> Iterator[Fault]:
    """Yield the faults of a run that the tables know."""
    for pitfall in TRAPS[stage]:
        if pitfall.holds(run):
            words, pointer = _text(pitfall, run), _at(pitfall.key)
            yield Fault(PITFALL, words, pointer=pointer, severity=pitfall.level)
    for key, value in run.keys.items():
        if isinstance(value, str) and "${" in value:
            found = f"{value} is not resolved by LLaMA-Factory, and taken as it stands"
            yield Fault("variable", found, fix="write the value itself", pointer=_at(key))
    if stage == "train":
        yield from _idle(run)


PITFALL = "pitfall"
"""The code of an argument that LLaMA-Factory takes and does not do what one would expect."""


def _at(key: str) -> str:
    return f"/{key}" if key else ""


def _text(trap: Pitfall, run: PlannedRun) -> str:
    known_words = {
        **DEFAULTS,
        **run.keys,
        "rows": run.rows,
        "limit": run.limit,
        "value": _shown(run[trap.key]),
    }
    known_words["counts"] = " and ".join(f"{count:,}" for count in run.counts)
    known_words["fitting"] = kto_batches.fitting(run.counts, run.keys)
    known_words |= {"version": VERSION, "ppo_version": PPO_VERSION}
    template = str(run["template"])
    known_words["template"] = template
    known_words["likely"] = run.likely or "the one that the model was made with"
    known_words["nearest"] = did_you_mean(template, TEMPLATES)
    known_words["nothink"] = (
        f", or template: {template}_nothink" if f"{template}_nothink" in TEMPLATES else ""
    )
    return trap.says.format_map(known_words)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _idle(run: PlannedRun) -> Iterator[Fault]:
    """Yield the keys that do nothing in this stage, by this method or without their switch."""
    for key in run.keys:
        if why := _why_idle(key, run):
            found = f"does nothing {why}"
            yield Fault("idle-argument", found, pointer=_at(key), severity=WARNING)


def _why_idle(key: str, run: PlannedRun) -> str:
    if run["stage"] not in keywords.OF_STAGE.get(key, (run["stage"],)):
        return f"in stage {run['stage']}; take it out, or write stage: {keywords.OF_STAGE[key][0]}"
    for start, method in keywords.OF_METHOD.items():
        if key.startswith(start) and run["finetuning_type"] != method:
            return (
                f"with finetuning_type: {run['finetuning_type']}; take it out, or write "
                f"finetuning_type: {method}"
            )
    for start, switch in keywords.SWITCHES.items():
        if key.startswith(start) and not run[switch]:
            return f"without {switch}: true; write that, or take it out"
    for start, where in keywords.ELSEWHERE.items():
        if key.startswith(start):
            return f"in a training, for it is for {where}; take it out of train"
    return ""
