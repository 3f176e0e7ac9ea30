"""The verbs on data, one function each: Python users and the command line call the same ones.

Importing this module is cheap; what a verb needs is imported when it is called. A docstring has the
help first, and then a line `option: words` for each option.
"""

from __future__ import annotations

import inspect as inspection
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

from dataprep import steps as known
from dataprep.errors import DataprepError, did_you_mean
from dataprep.steps.base import CorpusStep, ExampleStep
from dataprep.steps.base import Step as StepObject

if TYPE_CHECKING:
    import datasets

    from dataprep.commands.convert import Result
    from dataprep.commands.examples import Examples
    from dataprep.commands.inspect import Look
    from dataprep.commands.prepare import Prepared
    from dataprep.commands.validate import Validation
    from dataprep.pipeline import Progress
    from dataprep.sources.source import Columns

Verb = TypeVar("Verb", bound=Callable[..., Any])
PathLike = str | os.PathLike[str]
Step = str | Mapping[str, Mapping[str, Any] | None] | StepObject
"""A step as a recipe has it, `"clean"` or `{"language": {"keep": ["zh"]}}`, or one of your own."""


class Reading(TypedDict, total=False):
    """How to read data.

    format: the records' format, or the .py file of your own; detected in each record by default.
    encoding: the files' encoding, e.g. gb18030; detected by default.
    columns: which column holds what: {"prompt": COLUMN, "response": COLUMN}.
    pattern: text files: a regular expression of a record.
    elements: XML files: {"record": ELEMENT, "prompt": ELEMENT, "response": ELEMENT}.
    header: tables: False if the first row is a record.
    sheet: spreadsheets: the name of the sheet.
    """

    format: str | None
    encoding: str
    columns: Columns | None
    pattern: str
    elements: Mapping[str, str]
    header: bool
    sheet: str


class Writing(Reading, total=False):
    """How to read data and write the result.

    out: the file to write, .jsonl, .json or .parquet; temporary files by default.
    to: the format to write; by default that of the first record, or one that holds it.
    repair: the names of repairs for records that are no examples, or "all".
    workers: processes; 0 takes as many as it is worth.
    progress: called with the bytes of each shard that is done, and those of all inputs.
    """

    out: PathLike | None
    to: str | None
    repair: str | Sequence[str]
    workers: int
    progress: Progress | None


_DEFAULTS = {"encoding": "auto", "pattern": "", "elements": {}, "header": True, "repair": ()}
_DEFAULTS |= {"workers": 0}
"""The defaults of shared options that are not None."""


def _spelled(shared: type, step: str = "") -> Callable[[Verb], Verb]:
    """Add the options of a step, and shared ones, to a verb's signature and docstring."""

    def decorate(verb: Verb) -> Verb:
        data, *own = inspection.signature(verb).parameters.values()
        its_own = [option for option in own if option.kind is not option.VAR_KEYWORD]
        of_step = known.parameters(step).values() if step else ()
        common = [
            inspection.Parameter(
                name,
                inspection.Parameter.KEYWORD_ONLY,
                default=_DEFAULTS.get(name),
                annotation=kind.__forward_arg__,
            )
            for name, kind in shared.__annotations__.items()
        ]
        text, _, words = (inspection.getdoc(verb) or "").partition("\n\n")
        lines = (
            [f"{name}: {help_}" for name, help_ in known.option_help(step).items()] if step else []
        )
        lines += [words] * bool(words)
        for kind in (Writing, Reading) if shared is Writing else (Reading,):
            lines.append((inspection.getdoc(kind) or "").partition("\n\n")[2])
        verb.__doc__ = "\n".join([text, "", *lines])
        signature = inspection.Signature([data, *of_step, *its_own, *common])
        verb.__signature__ = signature  # type: ignore[attr-defined]
        return verb

    return decorate


def summary(verb: Callable[..., Any]) -> str:
    """Return the first paragraph of a verb's docstring."""
    return (inspection.getdoc(verb) or "").partition("\n\n")[0]


def options(verb: Callable[..., Any]) -> dict[str, tuple[inspection.Parameter, str]]:
    """Return the options of a verb, except those that all verbs share, each with its help."""
    words = dict(line.split(": ", 1) for line in (verb.__doc__ or "").splitlines() if ": " in line)
    return {
        name: (option, words[name])
        for name, option in inspection.signature(verb).parameters.items()
        if name != "data" and name not in Writing.__annotations__
    }


def _named(steps: Sequence[Step]) -> list[tuple[str | StepObject, Mapping[str, Any]]]:
    """Return steps with their options; raises `DataprepError` for one that is unknown, or that
    comes too late.
    """
    pairs: list[tuple[str | StepObject, Mapping[str, Any]]] = []
    for step in steps:
        if isinstance(step, str | StepObject):
            pairs.append((step, {}))
        else:
            pairs += [(name, options or {}) for name, options in step.items()]
    names = [*known.over("examples"), *known.over("corpus")]
    corpus = ""
    for step, options in pairs:
        if isinstance(step, str):
            if step not in names:
                raise DataprepError(f"no step '{step}'{did_you_mean(step, names)}")
            step = known.build(step, options)
        if corpus and isinstance(step, ExampleStep):
            raise DataprepError(
                f"'{step.name}' stands after '{corpus}', which compares cleaned texts; "
                "put it before"
            )
        corpus = step.name if isinstance(step, CorpusStep) else corpus
    return pairs


def repairs(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of repairs, all for "all"; raises `DataprepError` for one that is none."""
    from dataprep.formats.reading import repair

    names = (names,) if isinstance(names, str) else tuple(names)
    if names == ("all",):
        return tuple(repair.REPAIRS)
    repair.check_names(names)
    return names


def _written(
    data: Any,
    steps: Sequence[Step],
    out: PathLike | None = None,
    to: str | None = None,
    repair: str | Sequence[str] = (),
    workers: int = 0,
    progress: Progress | None = None,
    index: PathLike | None = None,
    report: PathLike | None = None,
    **reading: Any,
) -> Result:
    from dataprep.commands.convert import write_file
    from dataprep.commands.given import opened
    from dataprep.pipeline import quiet

    with opened(data, **reading) as sources:
        return write_file(
            sources,
            Path(out) if out else None,
            to,
            *_named(steps),
            repairs=repairs(repair),
            workers=workers,
            progress=progress or quiet,
            known=Path(index) if index else None,
            report=Path(report) if report else None,
        )


def _stepped(data: Any, step: str, options: Mapping[str, Any], *more: Step, **how: Any) -> Result:
    """Run a step, whose options are given together with those of reading and writing."""
    shared = {name: value for name, value in options.items() if name in Writing.__annotations__}
    own = {name: value for name, value in options.items() if name not in shared}
    return _written(data, [{step: own}, *more], **shared, **how)


# ------------------------------------------------------------------------------------------ looking


@_spelled(Reading)
def read(data: Any, **how: Unpack[Reading]) -> Examples:
    """Read data as examples, one by one.

    Records that are no examples are left out, and noted in `rejects`.

    data: paths and globs, a pandas or `datasets` table, or an iterable of records.
    """
    from dataprep.commands.examples import Examples

    return Examples(data, how)


@_spelled(Reading)
def inspect(data: Any, *, head: int | None = None, **how: Unpack[Reading]) -> list[Look]:
    """Show what is in data: encoding, formats, fields, faults and three samples.

    head: look at this many records of each file.
    """
    from dataprep.commands.given import opened
    from dataprep.commands.inspect import inspect

    with opened(data, **how) as sources:
        return [inspect(source, head) for source in sources]


@_spelled(Reading)
def validate(data: Any, *, schema: PathLike | None = None, **how: Unpack[Reading]) -> Validation:
    """Check every record, and report the place and the faults of each that is no example.

    schema: judge each record by a JSON Schema of yours, not by a format.
    """
    from dataprep.commands.given import opened
    from dataprep.commands.validate import validate

    with opened(data, **how) as sources:
        return validate(sources, own=Path(schema) if schema else None)


# ------------------------------------------------------------------------------------------ writing


@_spelled(Writing)
def convert(data: Any, *, steps: Sequence[Step] = (), **how: Unpack[Writing]) -> Result:
    """Convert data of any known kind and format to one format.

    steps: what to do with the examples, as in a recipe, or steps of your own: ["clean", MyStep()].
    """
    return _written(data, steps, **how)


@_spelled(Writing, "clean")
def clean(
    data: Any, *, steps: Sequence[Step] = (), report: PathLike | None = None, **options: Any
) -> Result:
    """Remove left-over markup, full-width letters, control characters and stray space from all
    texts.

    steps: what to do with the clean examples, as in a recipe, or steps of your own: ["dedupe"].
    report: write the report to this file too, as JSON: three samples of each rule.
    """
    return _stepped(data, "clean", options, *steps, report=report)


@_spelled(Writing, "dedupe")
def dedupe(data: Any, *, index: PathLike | None = None, **options: Any) -> Result:
    """Keep one of all examples that are the same, or nearly the same.

    index: compare with what this folder knows of earlier runs, and add what stays.
    """
    return _stepped(data, "dedupe", options, index=index)


@_spelled(Writing, "select")
def select(data: Any, **options: Any) -> Result:
    """Select examples by fields, length, source or language, and of these the best, a sample or
    the first.
    """
    return _stepped(data, "select", options)


@_spelled(Writing, "mix")
def mix(data: Any, **options: Any) -> Result:
    """Mix sources into one, in the shares that a model is to see of each."""
    return _stepped(data, "mix", options)


@_spelled(Writing, "privacy")
def privacy(data: Any, **options: Any) -> Result:
    """Find personal data and secrets, and redact them."""
    return _stepped(data, "privacy", options)


@_spelled(Writing, "quality")
def quality(data: Any, **options: Any) -> Result:
    """Find examples that break rules of quality, such as refusals, repetition, left-over marks and
    broken ends, and drop them.
    """
    return _stepped(data, "quality", options)


@_spelled(Writing, "language")
def language(data: Any, **options: Any) -> Result:
    """Detect the languages of examples, and keep those that are wanted."""
    return _stepped(data, "language", options)


@_spelled(Writing, "decontaminate")
def decontaminate(data: Any, **options: Any) -> Result:
    """Find examples that hold items of evaluation sets, and drop them."""
    return _stepped(data, "decontaminate", options)


@_spelled(Writing, "split")
def split(data: Any, **options: Any) -> Result:
    """Split into train, val and test, keep groups on one side, and prove that nothing leaks."""
    from dataprep.commands.convert import write_splits
    from dataprep.commands.given import opened
    from dataprep.pipeline import quiet

    shared = {name: value for name, value in options.items() if name in Writing.__annotations__}
    own = {name: value for name, value in options.items() if name not in shared}
    out, to = shared.pop("out", None), shared.pop("to", None)
    names, progress = repairs(shared.pop("repair", ())), shared.pop("progress", None) or quiet
    workers = shared.pop("workers", 0)
    known.build("split", own)
    with opened(data, **shared) as sources:
        return write_splits(
            sources,
            Path(out) if out else None,
            to,
            own,
            repairs=names,
            workers=workers,
            progress=progress,
        )


# ------------------------------------------------------------------------------------------ recipes


def prepare(
    recipe: PathLike,
    *,
    force: bool = False,
    locked: bool = False,
    workers: int = 0,
    progress: Progress | None = None,
) -> Prepared:
    """Carry out the data half of a recipe, and return the rows of its splits.

    `warnings` of the result are faults of the recipe that do not stop it. Raises `DataprepError`
    with all faults that do, as the command.

    force: prepare again even where nothing changed.
    locked: hold inputs and outputs to the recipe's lock, and change nothing otherwise.
    workers: processes; 0 takes as many as it is worth.
    progress: called with the bytes of each shard that is done, and those of all inputs.
    """
    from dataprep.commands.prepare import prepare
    from dataprep.commands.recipe_check import compile_checked
    from dataprep.pipeline import quiet

    compiled, warnings = compile_checked(os.fspath(recipe))
    prepared = prepare(
        compiled,
        force=force,
        locked=locked,
        workers=workers,
        progress=progress or quiet,
    )
    return replace(prepared, warnings=tuple(warnings))


def load(name: str, *, data: PathLike = "data") -> datasets.DatasetDict:
    """Return the splits of prepared data by their name in dataset_info.json.

    data: the folder of dataset_info.json.
    """
    from dataprep.commands.rows import Rows
    from dataprep.llamafactory.dataset_info import registry

    place = Path(data, "dataset_info.json")
    entries = registry.read(place)
    if name not in entries:
        raise DataprepError(f"{place}: no data set '{name}'{did_you_mean(name, entries)}")
    splits = {"train": name, "val": f"{name}_val", "test": f"{name}_test"}
    files = {
        split: Path(data, entries[its]["file_name"])
        for split, its in splits.items()
        if its in entries
    }
    import datasets

    return datasets.DatasetDict(
        {split: Rows({"train": path}).to_datasets() for split, path in files.items()}
    )
