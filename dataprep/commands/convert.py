"""Files to a file, without a recipe: what the commands convert, clean, dedupe and split do."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep import formats, pipeline
from dataprep.errors import DataError, DataprepError
from dataprep.formats.reading.examine import faults, written_format
from dataprep.llamafactory.rows import dates
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.report import Report
from dataprep.sources import atomic, json_lines
from dataprep.sources.outputs import (
    CLUSTERS,
    REJECTS,
    SEGMENT,
    TAGS,
    companion,
    split_file,
)
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.sources.writers import writer_of
from dataprep.steps import Options
from dataprep.steps.split import SPLITS

STDOUT = Path("-")
BESIDE = {
    REJECTS: "what left, and why",
    TAGS: "what was tagged",
    CLUSTERS: "what is nearly the same",
}
"""What is written beside the examples, where there is any."""
AS_ARRAY = "write an array, in which texts stay texts:"


@dataclass(frozen=True)
class Converted:
    """What was written where, and what happened to the records."""

    out: Path
    beside: Sequence[Path | None]
    splits: list[str]
    report: Report
    form: str
    """The format that was written."""
    dated: str = ""
    """A field of standard output whose texts are all dates."""

    @property
    def to_stdout(self) -> bool:
        """Tell whether the examples went to standard output."""
        return self.out == STDOUT

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return self.report.as_json(self.splits)

    def __str__(self) -> str:
        kept = "train" if len(self.splits) > 1 else "kept"
        lines = [f"{self.out}\n{self.report.as_text(self.splits, kept, self.form)}"]
        for (_, words), path in reversed([*zip(BESIDE.items(), self.beside, strict=True)]):
            lines += [f"  {words}: {path}"] if path else []
        if self.dated:
            lines.append(f"  warning: {dates.told(self.dated)}; {AS_ARRAY} -o FILE.json")
        return "\n".join(lines)


def convert(
    sources: tuple[Source, ...],
    out: Path,
    to: str | None,
    *steps: tuple[str, Options],
    repairs: tuple[str, ...] = (),
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
    known: Path | None = None,
) -> Converted:
    """Write all examples to one file, .jsonl, .json or .parquet, and what left beside it as
    `NAME.rejects.jsonl`.

    Without `to` the output has the format of the first record. The file "-" is standard output, as
    lines, and what leaves then goes to `rejects.jsonl` in the working folder, or to a file beside
    it where there is one of other bytes. `known` is an index of examples seen before, to which
    those that stay are added.
    """
    if out.is_dir():
        raise DataprepError(
            f"{out}: is a directory, expected a file to write, e.g. {out / 'out.jsonl'}"
        )
    if out == STDOUT:
        if known:
            raise DataprepError("an index is kept of what is written to a file; say which: -o FILE")
        return _to_stdout(
            Plan(sources, to or _told_format(sources), steps, repairs=repairs), workers, progress
        )
    writer = writer_of(out)
    target = out.resolve() if out.is_symlink() else out  # so that a link stays one
    beside = [companion(target, name) for name in BESIDE]
    _spare(sources, out, *beside)
    plan = Plan(sources, to or _told_format(sources), steps, repairs=repairs)
    with atomic.staging(atomic.staging_place(target)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress, known=known)
        if out.suffix == ".jsonl" and _is_trained_on(plan):
            dates.check(
                folder / split_file("train"), str(out), f"{AS_ARRAY} -o {out.with_suffix('.json')}"
            )
        writer(folder / split_file("train"), folder / target.name)
        published = _publish_beside(folder, *beside)
        atomic.publish(folder / target.name, target)
        if known:
            pipeline.index.extend(known, folder / SEGMENT)
    return Converted(out, published, plan.splits, report, plan.format)


def convert_and_report(
    report: Path,
    sources: tuple[Source, ...],
    out: Path,
    to: str | None,
    *steps: tuple[str, Options],
    **how: Any,
) -> Converted:
    """Convert, and write the report as JSON to a file too, with samples of what was changed and of
    what left.
    """
    _spare(sources, report)
    if report.resolve() in {
        path.resolve() for path in (out, *(companion(out, name) for name in BESIDE))
    }:
        raise DataprepError(
            f"{report}: is written by this run already; name another file for the report"
        )
    made = convert(sources, out, to, *steps, **how)
    atomic.replace_text(report, json_lines.to_json(made.as_json()).decode())
    return made


def _told_format(sources: tuple[Source, ...]) -> str:
    """Return the format to write, by the first record; where none can be read, raise with what
    keeps them from it.
    """
    try:
        return written_format(sources)
    except DataError:
        reasons = Counter(
            errors[0].reason for source in sources for _, errors in faults(Piece(source)) if errors
        )
        if [*reasons] == ["no known shape"]:
            raise
    if not reasons:
        raise DataError(f"{sources[0].path}: holds no records")
    counted = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
    raise DataError(f"no record can be read: {counted}; `dataprep validate` names each record")


def _to_stdout(plan: Plan, workers: int, progress: pipeline.Progress) -> Converted:
    if sys.stdout is None:
        raise DataprepError("standard output is closed; say where to write: -o FILE")
    with _scratch() as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
        dated = dates.dated_field(folder / split_file("train")) if _is_trained_on(plan) else ""
        beside = [
            atomic.publish_beside(folder / name, Path(name)) if _holds(folder / name) else None
            for name in BESIDE
        ]
        with (folder / split_file("train")).open("rb") as lines, atomic.naming("standard output"):
            shutil.copyfileobj(lines, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    return Converted(STDOUT, beside, plan.splits, report, plan.format, dated)


def _is_trained_on(plan: Plan) -> bool:
    """Tell whether LLaMA-Factory can train on what is written, so that its loader matters."""
    return formats.written(plan.format).DATASET_INFO is not None


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder of this run alone, for many may write to their own standard output at once."""
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        atomic.naming(f"{folder}, in the folder TMPDIR"),
    ):
        yield Path(folder)


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
    """Write `train.jsonl`, `val.jsonl` and `test.jsonl` into a folder, and what left beside them.

    Of folds each has a folder of its own in it, `fold1` and so on, with `train.jsonl` and
    `test.jsonl`.
    """
    if out.is_file() or out == STDOUT:
        kind = "standard output" if out == STDOUT else "a file"
        raise DataprepError(f"{out}: is {kind}, expected a folder to write to")
    plan = Plan(sources, to or _told_format(sources), (), options, repairs)
    written = sorted({out / name for names in plan.outputs.values() for name in names})
    _spare(
        sources,
        *(out / name for name in BESIDE),
        *(out / split_file(name) for name in SPLITS),
        *written,
    )
    for path in _splits_in(out):
        if path not in written:
            raise DataprepError(
                f"{path}: is left from another split, and would share prompts; remove it"
            )
    with atomic.staging(atomic.staging_place(out)) as folder:
        report = pipeline.run(plan, folder, workers=workers, progress=progress)
        for path in written if _is_trained_on(plan) else ():
            dates.check(folder / path.relative_to(out), str(path))
        beside = _publish_beside(folder, *(out / name for name in BESIDE))
        for path in written:
            atomic.publish(folder / path.relative_to(out), path)
    return Converted(out, beside, plan.splits, report, plan.format)


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


def _publish_beside(folder: Path, *targets: Path) -> list[Path | None]:
    """Put the rejects and the tags in place and return where, else take away those of an earlier
    run.
    """
    return [_publish(folder / name, target) for name, target in zip(BESIDE, targets, strict=True)]


def _publish(path: Path, target: Path) -> Path | None:
    if _holds(path):
        atomic.publish(path, target)
        return target
    target.unlink(missing_ok=True)
    return None


def _holds(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
