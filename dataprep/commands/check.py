"""Tell what LLaMA-Factory will do with every row: kept whole, cut, dropped, nothing to learn,
crash.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from dataprep import recipe
from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.executor import Workers, available_cores, executor_for
from dataprep.formats.reading.examples import told_format
from dataprep.llamafactory import stages
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.rows import quick, tokenizer
from dataprep.llamafactory.rows.alignment import column_types, misaligned
from dataprep.llamafactory.rows.outcome import RowOutcome, Rules
from dataprep.llamafactory.rows.tally import Knapsack, Place, Tally
from dataprep.llamafactory.version import VERSION
from dataprep.sources import atomic, inputs, json_lines
from dataprep.sources.outputs import LINEAGE
from dataprep.sources.source import Source

if TYPE_CHECKING:  # LLaMA-Factory takes long to load
    from dataprep.llamafactory.rows import by_factory

STAGES = ("pt", "sft", "rm", "dpo", "kto")
PPO = (
    f"LLaMA-Factory {VERSION} does not run it as it is installed, and would take the prompt of "
    f"each row alone; "
    "--stage sft tells of the whole rows"
)
READ = {"dpo": "rm"}
"""A stage that reads its rows as another does."""
PARALLEL = 1000  # rows from which a second process is worth its start


class Preprocessor(Protocol):
    """What judges the rows of a data set."""

    @property
    def rules(self) -> Rules:
        """Return what decides how a row is cut."""
        ...

    @property
    def knapsack(self) -> Knapsack:
        """Return what puts lengths into blocks."""
        ...

    def outcomes(self, records: Sequence[Any]) -> list[RowOutcome]:
        """Return the outcomes of one batch of records, in their order."""
        ...


@dataclass(frozen=True)
class Target:
    """A data set by its registry entry, and the folder that the entry's file is in."""

    name: str
    entry: Mapping[str, Any]
    folder: str

    @property
    def files(self) -> list[str]:
        """Return the data set's files in LLaMA-Factory's order, none where it comes from a hub."""
        name = self.entry.get("file_name")
        if (
            name is None
            or {"hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"}
            & self.entry.keys()
        ):
            return []
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            raise DataprepError(
                f"{path}: no such file, and '{self.name}' is registered as it; prepare the data "
                f"first"
            )
        return [*map(str, Path(path).iterdir())] if os.path.isdir(path) else [path]


@dataclass(frozen=True)
class Ask:
    """What to check, and LLaMA-Factory's arguments for it."""

    targets: tuple[Target, ...]
    arguments: Mapping[str, Any]
    named: bool = False
    """Whether each was named, so that they may be meant for one run; a recipe's are for learning
    and for validation.
    """

    @property
    def model(self) -> str:
        """Return the model's folder or hub name."""
        return str(self.arguments["model_name_or_path"])

    @property
    def cutoff(self) -> int:
        """Return the cutoff in tokens."""
        return int(self.arguments.get("cutoff_len", quick.CUTOFF))

    def stage_of(self, target: Target) -> str:
        """Return the stage as LLaMA-Factory's loader names it: the one that is set, else told from
        the entry.
        """
        stage = self.arguments.get("stage") or _told_stage(target.entry)
        if stage == "ppo":
            raise DataprepError(f"stage ppo cannot be checked: {PPO}")
        if stage not in STAGES:
            raise DataprepError(
                f"no stage '{stage}' can be checked{did_you_mean(str(stage), STAGES)}"
            )
        stage = READ.get(stage, stage)
        if (stage == "rm") != bool(target.entry.get("ranking", False)):
            what = (
                "has no pairs ('ranking')"
                if stage == "rm"
                else "has pairs ('ranking'), which only rm and dpo take"
            )
            raise DataprepError(f"{target.name}: {what}; LLaMA-Factory refuses it in stage {stage}")
        return stage


@dataclass
class Checked:
    """What was found in one data set; `refusal` is why LLaMA-Factory cannot load it at all."""

    target: Target
    tally: Tally
    refusal: str = ""

    @property
    def ends(self) -> bool:
        """Tell whether training on it would end before its first step."""
        return bool(self.refusal) or self.tally.ends_in_crash


@dataclass
class CheckReport:
    """What was found in all data sets, as a table and as JSON; `most` is the share of rows that may
    be not whole.
    """

    ask: Ask
    quick: bool
    most: float | None = None
    checked: list[Checked] = field(default_factory=list)
    apart: str = ""
    """Why data sets that were named together cannot be trained in one run."""

    @property
    def exit_status(self) -> int:
        """Return 1 where training would end before its first step, or more rows than allowed are
        not kept whole.
        """
        rows = sum(each.tally.rows for each in self.checked)
        spoilt = sum(each.tally.spoilt for each in self.checked)
        too_many = self.most is not None and spoilt > self.most * rows
        return int(too_many or any(each.ends for each in self.checked))

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs."""
        arguments = {key: self.ask.arguments.get(key) for key in ("model_name_or_path", "template")}
        return {
            **arguments,
            "cutoff_len": self.ask.cutoff,
            "quick": self.quick,
            "exit_status": self.exit_status,
            "apart": self.apart,
            "datasets": [
                {
                    "name": each.target.name,
                    "stage": each.tally.rules.stage,
                    "refusal": each.refusal,
                    **each.tally.as_json(),
                }
                for each in self.checked
            ],
        }

    def __str__(self) -> str:
        lines = [line for each in self.checked for line in self._lines(each)]
        apart = [
            f"note: these cannot be trained in one run, for they differ in {self.apart}"
        ] * bool(self.apart)
        return "\n".join([*lines, *apart])

    def _lines(self, each: Checked) -> Iterator[str]:
        tally, arguments = each.tally, self.ask.arguments
        how = [
            f"stage {tally.rules.stage}",
            f"template {arguments.get('template')}",
            f"cutoff_len {self.ask.cutoff:,}",
        ]
        how += ["packed"] * tally.rules.packing
        yield f"{each.target.name}: {tally.rows:,} rows, {', '.join(how)}"
        if each.refusal:
            yield f"  LLaMA-Factory cannot load it: {each.refusal}"
        if (samples := arguments.get("max_samples")) and tally.rows >= samples:
            yield f"  note: max_samples leaves all rows after the first {samples:,} untrained"
        if samples := each.target.entry.get("num_samples"):
            yield (
                f"  note: num_samples draws {samples:,} of the rows at random; all are judged here"
            )
        yield from tally.as_lines()


# ------------------------------------------------------------------------------------ what to check


def asked(places: Sequence[str], data: Path, options: Mapping[str, Any]) -> Ask:
    """Return what to check and how; `options` are LLaMA-Factory's keys, and override those of the
    recipe.

    A place is a recipe, the name of a data set in the registry of the folder `data`, or a file.
    Raises `DataprepError` if a place is none of these, or no model is given.
    """
    given = {key: value for key, value in options.items() if value is not None}
    recipes = [place for place in places if place.endswith((".yaml", ".yml"))]
    if recipes and len(places) > 1:
        raise DataprepError(f"{recipes[0]}: is a recipe, which says all; check it by itself")
    if recipes:
        config = stages.config(recipe.compile(recipes[0]), "train")
        targets = _of_recipe(config)
        arguments = {**config, **given}
    else:
        targets, arguments = tuple(_target(place, data) for place in places), given
    if not arguments.get("model_name_or_path"):
        raise DataprepError("whose tokenizer? give --model PATH, and --template NAME with it")
    return Ask(targets, arguments, named=not recipes)


def _of_recipe(config: Mapping[str, Any]) -> tuple[Target, ...]:
    names = [config["dataset"], *([config["eval_dataset"]] if "eval_dataset" in config else [])]
    return tuple(_registered(name, Path(config["dataset_dir"])) for name in names)


def _registered(name: str, data: Path) -> Target:
    path = data / "dataset_info.json"
    entries = registry.read(path)
    if name not in entries:
        raise DataprepError(
            f"no data set '{name}' in {path}{did_you_mean(name, entries)}; prepare or register it "
            f"first"
        )
    return Target(name, entries[name], str(data))


def _target(place: str, data: Path) -> Target:
    if not Path(place).is_file():
        return _registered(place, data)
    folder, name = os.path.split(place)
    fields = _fields_of([place])
    return Target(place, registry.entry(told_format([Source(place)]), name, fields), folder or ".")


def _told_stage(entry: Mapping[str, Any]) -> str:
    columns = entry.get("columns", {})
    if entry.get("ranking"):
        return "rm"
    if columns.get("kto_tag"):
        return "kto"
    plain = entry.get("formatting", "alpaca") == "alpaca" and "prompt" in columns
    return "pt" if plain and not columns.get("response") else "sft"


# ---------------------------------------------------------------------------------------- the check


def check(
    ask: Ask,
    *,
    fast: bool = False,
    most: float | None = None,
    out: Path | None = None,
    workers: Workers = 0,
) -> CheckReport:
    """Preprocess every row of all data sets; `fast` does it from the tokenizer alone, without
    LLaMA-Factory.

    Writes a line of JSON for each row to `out`, in their order, whole or not at all.
    """
    report = CheckReport(ask, fast, most)
    limit = tokenizer.limit_of(ask.model)
    with ExitStack() as stack:
        sink = stack.enter_context(_sink(out)) if out else None
        for target in ask.targets:
            report.checked.append(_check(ask, target, limit, fast=fast, sink=sink, workers=workers))
    report.apart = _apart(ask)
    return report


def _apart(ask: Ask) -> str:
    """Return why data sets that were named together, and train the same, cannot be trained in one
    run.
    """
    if not ask.named or len({ask.stage_of(target) for target in ask.targets}) > 1:
        return ""
    return misaligned({each.name: column_types(each.entry, each.folder) for each in ask.targets})


@contextmanager
def _sink(out: Path) -> Iterator[BinaryIO]:
    with atomic.staging(atomic.staging_place(out)) as folder:
        with (folder / out.name).open("wb") as sink:
            yield sink
        atomic.publish(folder / out.name, out)


def _check(
    ask: Ask, target: Target, limit: int, *, fast: bool, sink: BinaryIO | None, workers: Workers
) -> Checked:
    stage = ask.stage_of(target)
    with _preprocessor(ask, target, stage, fast) as (preprocessor, records, refusal):
        step = int(
            ask.arguments.get("per_device_train_batch_size", 8)
        )  # what transformers takes without it
        checked = Checked(target, Tally(preprocessor.rules, ask.cutoff, limit, step), refusal)
        batches = _batches(zip(_places(target), records, strict=False), preprocessor.rules.batch)
        blank = Tally(preprocessor.rules, ask.cutoff, limit, step)
        setup = WorkSetup(ask, target, fast, blank, sink is not None, preprocessor)
        for places, done, tally in _map(setup, batches, workers):
            checked.tally.merge(tally)
            if sink:
                sink.writelines(map(json_lines.to_line, map(_row, places, done)))
    return checked


@contextmanager
def _preprocessor(
    ask: Ask, target: Target, stage: str, fast: bool
) -> Iterator[tuple[Preprocessor, Iterable[Any], str]]:
    """Give what judges a data set, its rows, and why LLaMA-Factory cannot load them; then they are
    read by us.
    """
    if fast:
        yield _quick(ask, target, stage), _read(target.files), ""
        return
    from dataprep.llamafactory.rows import by_factory

    preprocessor = _by_factory(ask, target, stage)
    with ExitStack() as stack:
        refusal = ""
        records: Iterable[Any]
        try:
            records = stack.enter_context(
                by_factory.rows(preprocessor.factory, target.name, target.entry)
            )
        except by_factory.LoadError as error:
            if not target.files:
                raise
            records, refusal = _filled_up(target.files), str(error)
        yield preprocessor, records, refusal


def _by_factory(ask: Ask, target: Target, stage: str) -> by_factory.FactoryPreprocessor:
    from dataprep.llamafactory.rows import by_factory

    made = by_factory.load(ask.arguments, stage, target.folder)
    return by_factory.FactoryPreprocessor(made, target.name, target.entry, made.rules)


def _quick(ask: Ask, target: Target, stage: str) -> Preprocessor:
    if not target.files:
        raise DataprepError(
            f"{target.name}: is no file here; run without --quick, so that LLaMA-Factory fetches it"
        )
    arguments = ask.arguments
    template = quick.template_of(arguments) if stage != "pt" or arguments.get("template") else None
    loaded = tokenizer.load(ask.model, template)
    return quick.QuickPreprocessor(
        arguments,
        target.entry,
        quick.rules_of(arguments, stage),
        frozenset(_fields_of(target.files)),
        loaded,
    )


Batch = list[tuple[Place, Any]]
Done = tuple[list[Place], list[RowOutcome], Tally]


@dataclass(frozen=True)
class Work:
    """What one worker does with a batch."""

    preprocessor: Preprocessor
    blank: Tally
    told: bool

    def __call__(self, batch: Batch) -> Done:
        """Preprocess a batch and count its outcomes; return the outcomes only on request."""
        places, records = [place for place, _ in batch], [record for _, record in batch]
        tally = Tally(self.blank.rules, self.blank.cutoff, self.blank.limit, self.blank.per_device)
        outcomes = self.preprocessor.outcomes(records)
        tally.take(places, outcomes, self.preprocessor.knapsack)
        return (places, outcomes, tally) if self.told else ([], [], tally)


@dataclass(frozen=True)
class WorkSetup:
    """Make the work of one worker.

    A preprocessor does not pickle: it serves this process and those that are forked from it, and
    is made anew in any other.
    """

    ask: Ask
    target: Target
    fast: bool
    blank: Tally
    told: bool
    preprocessor: Preprocessor | None

    def __call__(self) -> Work:
        """Return the work, with a preprocessor."""
        return Work(self.preprocessor or self._made(), self.blank, self.told)

    def _made(self) -> Preprocessor:
        stage = self.ask.stage_of(self.target)
        return (_quick if self.fast else _by_factory)(self.ask, self.target, stage)

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkSetup, (self.ask, self.target, self.fast, self.blank, self.told, None)


def _do(work: Work, batch: Batch) -> Done:
    return work(batch)


def _map(setup: WorkSetup, batches: Iterator[Batch], workers: Workers) -> Iterator[Done]:
    """Yield the result of each batch in order; many rows are shared by several processes."""
    head = list(islice(batches, 2))
    enough = min(available_cores(), 1 + sum(map(len, head)) // PARALLEL)
    with executor_for(workers or enough, 0) as executor:
        yield from executor.map(_do, chain(head, batches), setup)


def _batches(rows: Iterator[tuple[Place, Any]], size: int) -> Iterator[Batch]:
    while batch := list(islice(rows, size)):
        yield batch


def _row(place: Place, outcome: RowOutcome) -> dict[str, Any]:
    return {
        **place._asdict(),
        "fate": outcome.fate,
        "reasons": outcome.reasons,
        "tokens": outcome.prompt + outcome.answer,
        "turns": outcome.pairs,
        "kept": outcome.kept,
        "learnt": outcome.learnt,
        "lost_turns": outcome.gone,
        "notes": outcome.notes,
    }


# ---------------------------------------------------------------------------------- rows and places


def _read(paths: Iterable[str]) -> Iterator[Any]:
    """Yield the records of files, and for one that cannot be read its error."""
    for path in paths:
        yield from (raw.error or raw.value for raw in inputs.read(path))


def _fields_of(paths: Iterable[str]) -> set[str]:
    return {name for value in _read(paths) if isinstance(value, dict) for name in value}


def _filled_up(paths: Sequence[str]) -> Iterator[Any]:
    """Yield the records with all the fields that any of them has, as Arrow would have them."""
    empty = dict.fromkeys(_fields_of(paths))
    for value in _read(paths):
        yield {**empty, **value} if isinstance(value, dict) else value


def _places(target: Target) -> Iterator[Place]:
    """Yield the place of each row, with that of the raw record where the file was prepared here.

    Where lines cannot be told, as after a fault in the file or in a data set of a hub, it is the
    row's number.
    """
    number = 0
    for path in target.files:
        trail = Path(path).with_name(LINEAGE)
        raws = _raws(trail, Path(path).stem) if trail.is_file() else iter(())
        for number in _lines(path):
            yield Place(path, number, next(raws, ""))
    yield from (Place((target.files or [target.name])[-1], after) for after in count(number + 1))


def _lines(path: str) -> Iterator[int]:
    """Yield the line of each record, up to a fault in the file."""
    try:
        yield from (raw.origin.line for raw in inputs.read(path))
    except (DataprepError, RecordError):
        return


def _raws(trail: Path, split: str) -> Iterator[str]:
    """Yield for each row of a split where its raw record stood; the lineage is in the order of the
    inputs, as they.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(trail) as file:
        for batch in file.iter_batches(columns=["path", "line", "fate"]):
            for story in batch.to_pylist():
                if story["fate"] == split:
                    yield f"{story['path']}:{story['line']}"
