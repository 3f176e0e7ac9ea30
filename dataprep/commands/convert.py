"""Files to a file, without a recipe: what the commands convert, clean, dedupe and split do."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dataprep import files, pipeline
from dataprep.errors import DataprepError
from dataprep.examine import told_format
from dataprep.plan import Plan, Source
from dataprep.report import Report
from dataprep.steps import Options
from dataprep.steps.split import SPLITS
from dataprep.writers import writer_of

STDOUT = Path("-")


@dataclass(frozen=True)
class Converted:
    """What was written where, and what happened to the records."""

    out: Path
    rejects: Path
    splits: list[str]
    report: Report

    @property
    def to_stdout(self) -> bool:
        """Tell whether the examples went to standard output."""
        return self.out == STDOUT

    def __str__(self) -> str:
        table = f"{self.out}\n{self.report.as_text(self.splits, 'train' if len(self.splits) > 1 else 'kept')}"
        return f"{table}\n  what left, and why: {self.rejects}" if self.rejects.exists() else table


def convert(
    sources: tuple[Source, ...],
    out: Path,
    to: str | None,
    *steps: tuple[str, Options],
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> Converted:
    """Write all examples to one file, .jsonl, .json or .parquet, and what left beside it as `NAME.rejects.jsonl`.

    Without `to` the output has the format of the first record. The file "-" is standard output, as lines, and what
    leaves then goes to `rejects.jsonl` in the working folder.
    """
    if out.is_dir():
        raise DataprepError(f"{out}: is a directory, expected a file to write, e.g. {out / 'out.jsonl'}")
    rejects = Path(pipeline.REJECTS) if out == STDOUT else out.with_name(f"{out.stem}.rejects.jsonl")
    writer = None if out == STDOUT else writer_of(out)
    _spare(sources, out, rejects)
    plan = Plan(sources, to or told_format(sources), steps, repairs=repairs)
    with files.staging(files.staging_place(rejects)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
        _publish_rejects(folder, rejects)
        if writer:
            writer(folder / "train.jsonl", folder / out.name)
            files.publish(folder / out.name, out)
        else:
            with (folder / "train.jsonl").open("rb") as lines:
                shutil.copyfileobj(lines, sys.stdout.buffer)
    return Converted(out, rejects, plan.splits, report)


def split(
    sources: tuple[Source, ...],
    out: Path,
    to: str | None,
    options: Options,
    *,
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> Converted:
    """Write `train.jsonl`, `val.jsonl` and `test.jsonl` into a folder, and what left beside them."""
    if out.is_file():
        raise DataprepError(f"{out}: is a file, expected a folder to write to")
    plan = Plan(sources, to or told_format(sources), (), options, repairs)
    _spare(sources, out / pipeline.REJECTS, *(out / f"{name}.jsonl" for name in SPLITS))
    for name in SPLITS:
        if name not in plan.splits and (out / f"{name}.jsonl").exists():
            raise DataprepError(f"{out / name}.jsonl: is left from another split, and would share prompts; remove it")
    with files.staging(files.staging_place(out)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
        _publish_rejects(folder, out / pipeline.REJECTS)
        for name in plan.splits:
            files.publish(folder / f"{name}.jsonl", out / f"{name}.jsonl")
    return Converted(out, out / pipeline.REJECTS, plan.splits, report)


def _spare(sources: tuple[Source, ...], *outputs: Path) -> None:
    """Raise where a file to write is one to read."""
    inputs = {Path(source.file).resolve() for source in sources}
    for path in outputs:
        if path.resolve() in inputs:
            raise DataprepError(f"{path}: is an input, and inputs are never changed; write elsewhere")


def _publish_rejects(folder: Path, target: Path) -> None:
    """Put the rejects in place where there are any, else take away those of an earlier run."""
    if (folder / pipeline.REJECTS).stat().st_size:
        files.publish(folder / pipeline.REJECTS, target)
    else:
        target.unlink(missing_ok=True)
