"""Files to a file, without a recipe: what the commands convert, clean, dedupe and split do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from dataprep import formats, pipeline
from dataprep.commands.rows import Rows, Scratch
from dataprep.errors import UNKNOWN_SHAPE, DataError, DataprepError, Fault, code_of
from dataprep.formats.reading.examples import faults, written_format
from dataprep.llamafactory.rows import dates
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.report import Report
from dataprep.sources import atomic, json_lines
from dataprep.sources.outputs import CLUSTERS, REJECTS, SEGMENT, TAGS, companion, split_file
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.sources.writers import writer_of
from dataprep.steps import Options
from dataprep.steps.base import Step
from dataprep.steps.split import SPLITS

BESIDE = {
    REJECTS: "what left, and why",
    TAGS: "what was tagged",
    CLUSTERS: "what is nearly the same",
}
"""What is written beside the examples, where there is any."""
AS_ARRAY = "write an array, in which texts stay texts:"


@dataclass(frozen=True, eq=False, repr=False)
class Result(Rows):
    """What a verb made of the data: the rows, and what happened to each record.

    `report` has the counts, `rejects` the records that left with their reasons. Without a file to
    write to, all files are temporary and removed with this object.
    """

    _: KW_ONLY
    report: Report
    splits: Sequence[str]
    """The names of the splits, or of the folds."""
    form: str
    """The format that was written."""
    out: str = ""
    """The file or folder that was asked for."""
    beside: Mapping[str, Path] = field(default_factory=dict)
    """Files with rejects, tags and clusters, by the keys of `BESIDE`; only those that exist."""
    dated: str = ""
    """A field of standard output whose texts are all dates."""

    @property
    def rejects(self) -> Rows:
        """Return the records that left, each with its place and the reason, as `rejects.jsonl` has
        them.
        """
        return self._of(REJECTS)

    @property
    def faults(self) -> Iterator[Fault]:
        """Yield the fault of each rejected record, with its place."""
        for one in self.rejects:
            if one["fate"] == "rejected":
                fault = Fault(code_of(one["reason"]), one["found"], one["expected"])
                yield fault.at(one["path"], one["line"]).under(one["pointer"])

    @property
    def tags(self) -> Rows:
        """Return what steps tell of records that stay, as `tags.jsonl` has it."""
        return self._of(TAGS)

    def _of(self, name: str) -> Rows:
        files = {name: self.beside[name]} if name in self.beside else {}
        return Rows(files, self.scratch)

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return self.report.as_json(self.splits)

    def _summary(self) -> str:
        table = self.report.table(self.splits)
        names = {"train": "kept"} if len(self.splits) == 1 else {}
        left = [f"{names.get(name, name)} {count:,}" for name, count in table.items() if count]
        return ", ".join(left)

    def __str__(self) -> str:
        kept = "train" if len(self.splits) > 1 else "kept"
        lines = [self.out] if self.out else []
        lines.append(self.report.as_text(self.splits, kept, self.form))
        for name, words in reversed(BESIDE.items()):
            if self.out and name in self.beside:
                lines.append(f"  {words}: {self.beside[name]}")
        if self.dated:
            lines.append(f"  warning: {dates.told(self.dated)}; {AS_ARRAY} -o FILE.json")
        return "\n".join(lines)


def write_file(
    sources: tuple[Source, ...],
    out: Path | None,
    to: str | None,
    *steps: tuple[str | Step, Options],
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
    known: Path | None = None,
    report: Path | None = None,
) -> Result:
    """Write all examples to one file, .jsonl, .json or .parquet, and what left beside it as
    `NAME.rejects.jsonl`; without `out`, to temporary files.

    Without `to` the output has the format of the first record. `known` is an index of examples seen
    before, to which those that stay are added. `report` is a JSON file for the report, with samples
    of what was changed and of what left.
    """
    if report:
        _check_report(sources, out, report)
    if out is None:
        if known:
            raise DataprepError("an index is kept of what is written to a file; say which: -o FILE")
        plan = Plan(sources, to or _told_format(sources), steps, repairs=repairs)
        made = _in_scratch(plan, workers, progress)
    else:
        made = _in_file(sources, out, to, steps, repairs, workers, progress, known)
    if report:
        atomic.replace_text(report, json_lines.to_json(made.as_json()).decode())
    return made


def _check_report(sources: tuple[Source, ...], out: Path | None, report: Path) -> None:
    _spare(sources, report)
    written = [out, *(companion(out, name) for name in BESIDE)] if out else []
    if report.resolve() in {path.resolve() for path in written}:
        raise DataprepError(
            f"{report}: is written by this run already; name another file for the report"
        )


def _in_file(
    sources: tuple[Source, ...],
    out: Path,
    to: str | None,
    steps: tuple[tuple[str | Step, Options], ...],
    repairs: tuple[str, ...],
    workers: int,
    progress: pipeline.Progress,
    known: Path | None,
) -> Result:
    if out.is_dir():
        raise DataprepError(
            f"{out}: is a directory, expected a file to write, e.g. {out / 'out.jsonl'}"
        )
    writer = writer_of(out)
    target = out.resolve() if out.is_symlink() else out  # so that a link stays one
    beside = {name: companion(target, name) for name in BESIDE}
    _spare(sources, out, *beside.values())
    plan = Plan(sources, to or _told_format(sources), steps, repairs=repairs)
    with atomic.staging(atomic.staging_place(target)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress, known=known)
        if out.suffix == ".jsonl" and _is_trained_on(plan):
            dates.check(
                folder / split_file("train"), str(out), f"{AS_ARRAY} -o {out.with_suffix('.json')}"
            )
        writer(folder / split_file("train"), folder / target.name)
        beside = _publish_beside(folder, beside)
        atomic.publish(folder / target.name, target)
        if known:
            pipeline.index.extend(known, folder / SEGMENT)
    return Result(
        {"train": out},
        report=report,
        splits=plan.splits,
        form=plan.format,
        out=str(out),
        beside=beside,
    )


def _in_scratch(plan: Plan, workers: int, progress: pipeline.Progress) -> Result:
    """Carry out a plan into a temporary folder."""
    scratch = Scratch()
    folder = scratch.folder
    with atomic.naming(f"{folder}, in the folder TMPDIR"):
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
    return Result(
        _files_of(plan, folder),
        scratch,
        report=report,
        splits=plan.splits,
        form=plan.format,
        beside={name: folder / name for name in BESIDE if _holds(folder / name)},
        dated=dates.dated_field(folder / split_file("train"))
        if _is_trained_on(plan) and not plan.split
        else "",
    )


def _files_of(plan: Plan, folder: Path) -> dict[str, Path]:
    """Return the files of the rows, by split, or by `fold1/train`, `fold1/test` and so on."""
    names = [name for files in plan.outputs.values() for name in files]
    order = [split_file(split) for split in plan.splits]
    names = [name for name in order if name in names] or sorted(set(names))
    return {name.removesuffix(".jsonl"): folder / name for name in names}


def _told_format(sources: tuple[Source, ...]) -> str:
    """Return the format to write, by the first record; where none can be read, raise with what
    keeps them from it.
    """
    try:
        return written_format(sources)
    except DataError:
        found = Counter(
            (errors[0].fault.code, errors[0].reason)
            for source in sources
            for _, errors in faults(Piece(source))
            if errors
        )
        if {code for code, _ in found} == {UNKNOWN_SHAPE}:
            raise
    if not found:
        raise DataError(f"{sources[0].path}: holds no records")
    reasons = Counter[str]()
    for (_, reason), count in found.items():
        reasons[reason] += count
    counted = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
    raise DataError(f"no record can be read: {counted}; `dataprep validate` names each record")


def _is_trained_on(plan: Plan) -> bool:
    """Tell whether LLaMA-Factory can train on what is written, so that its loader matters."""
    return formats.written(plan.format).DATASET_INFO is not None


def write_splits(
    sources: tuple[Source, ...],
    out: Path | None,
    to: str | None,
    options: Options,
    *,
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> Result:
    """Write `train.jsonl`, `val.jsonl` and `test.jsonl` into a folder, and what left beside them;
    without `out`, into a temporary one.

    Of folds each has a folder of its own in it, `fold1` and so on, with `train.jsonl` and
    `test.jsonl`.
    """
    if out and out.is_file():
        raise DataprepError(f"{out}: is a file, expected a folder to write to")
    plan = Plan(sources, to or _told_format(sources), (), options, repairs)
    if out is None:
        return _in_scratch(plan, workers, progress)
    files = _files_of(plan, out)
    beside = {name: out / name for name in BESIDE}
    written = sorted(files.values())
    _spare(sources, *beside.values(), *(out / split_file(name) for name in SPLITS), *written)
    for path in _splits_in(out):
        if path not in written:
            raise DataprepError(
                f"{path}: is left from another split, and would share prompts; remove it"
            )
    with atomic.staging(atomic.staging_place(out)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
        for path in written if _is_trained_on(plan) else ():
            dates.check(folder / path.relative_to(out), str(path))
        beside = _publish_beside(folder, beside)
        for path in written:
            atomic.publish(folder / path.relative_to(out), path)
    return Result(
        files, report=report, splits=plan.splits, form=plan.format, out=str(out), beside=beside
    )


def _splits_in(folder: Path) -> list[Path]:
    """Return the files of a split, or of folds, that are in a folder."""
    places = [folder, *folder.glob("fold[1-9]*")]
    return [
        path for place in places for name in SPLITS if (path := place / split_file(name)).exists()
    ]


def _spare(sources: tuple[Source, ...], *outputs: Path) -> None:
    """Raise where a file to write is one to read."""
    inputs = {Path(source.file).resolve() for source in sources}
    for path in outputs:
        if path.resolve() in inputs:
            raise DataprepError(
                f"{path}: is an input, and inputs are never changed; write elsewhere"
            )


def _publish_beside(folder: Path, targets: Mapping[str, Path]) -> dict[str, Path]:
    """Put rejects, tags and clusters in place and return those that there are; remove those of an
    earlier run.
    """
    for name, target in targets.items():
        if _holds(folder / name):
            atomic.publish(folder / name, target)
        else:
            target.unlink(missing_ok=True)
    return {name: target for name, target in targets.items() if target.exists()}


def _holds(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
