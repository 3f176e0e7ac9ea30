"""The first pass, over shards: read, check and clean each record, and write it as a row beside its
fingerprint.

`process` is a pure function of a shard, so that any number of workers gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, BinaryIO, NamedTuple, cast

from dataprep import formats, steps
from dataprep.errors import DataprepError, RecordError
from dataprep.formats.reading import repair
from dataprep.formats.reading.columns import columns_read
from dataprep.formats.reading.examine import example_of
from dataprep.formats.reading.records import records
from dataprep.model import Drop, Example, Note, Record, Tag
from dataprep.pipeline.job import OVERLONG, Fit, Fitted, Job, Processed, keep
from dataprep.pipeline.noting import Noting
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report.lineage import Trace
from dataprep.pipeline.report.samples import Key, Sample, changed, left
from dataprep.sources import json_lines
from dataprep.sources.raw import Raw
from dataprep.sources.source import Source
from dataprep.steps.quality.verdicts import verdict

BATCH = 128
"""Records that are written together, and judged together by a step that is faster with many."""


def process(job: Job) -> Processed:
    """Read, check, clean and write out the records of one shard; a pure function of the shard."""
    done = Processed(job, trace=Trace() if job.traced else None)
    with ExitStack() as stack:
        files_ = (
            stack.enter_context(path.open("wb"))
            for path in (job.rows, job.left, job.shortened, job.tagged)
        )
        noting = stack.enter_context(Noting(done)) if job.plan.compares else None
        reading = _Reading(done, judges_of(job.plan), noting, *files_)
        for piece in job.shard:
            for raw, name in records(piece):
                reading.take(raw, name, piece.source)
            reading.end()
            done.counts["in", piece.source.path] += len(done.stays) - (
                done.ends[-1] if done.ends else 0
            )
            done.ends.append(len(done.stays))
    return done


class Judging(NamedTuple):
    """A judge by the name under which its changes are counted, and whether it finds what no report
    may repeat.
    """

    label: str
    judge: steps.Judge
    is_secret: bool


_NO_NOTES: Mapping[str, float] = {}


class _Trail:
    """One record, and what it meets on its way: rules that changed it, tags, notes, and samples of
    what was done to it.

    It has an `example` until an `error` says why it leaves. It is `secret` where nothing of it may
    be shown.
    """

    __slots__ = (
        "changed",
        "error",
        "example",
        "name",
        "notes",
        "raw",
        "samples",
        "secret",
        "source",
        "tags",
    )

    def __init__(self, raw: Raw, name: str, source: Source) -> None:
        self.raw = raw
        self.name = name
        self.source = source
        self.example: Example | None = None
        self.error: RecordError | None = None
        self.changed: tuple[str, ...] = ()
        self.tags: tuple[Tag, ...] = ()
        self.notes: Mapping[str, float] = _NO_NOTES
        self.samples: tuple[tuple[Key, Sample], ...] = ()
        self.secret = False

    def leave(self, error: RecordError) -> None:
        """Note why it leaves, without where in the program, which would hold all that was at hand
        there.
        """
        self.error = error.with_traceback(None)


@dataclass
class _Reading:
    """The reading of one shard: what is known of it so far, and the files that it goes to."""

    done: Processed
    judges: Sequence[Judging]
    noting: Noting | None
    rows: BinaryIO
    left: BinaryIO
    shortened: BinaryIO
    tagged: BinaryIO
    waiting: list[_Trail] = field(init=False, default_factory=list)
    lines: list[bytes] = field(init=False, default_factory=list)

    @cached_property
    def used(self) -> set[str]:
        """Return the fields of the raw records that steps read."""
        return {part for path in self.done.job.plan.fields for part in (path, path.split(".")[0])}

    def take(self, raw: Raw, name: str, source: Source) -> None:
        """Read one record; some are led to their rows, or to their rejects, together."""
        trail = _Trail(raw, name, source)
        try:
            self._read(trail)
        except RecordError as error:
            trail.leave(error)
        except DataprepError as error:  # of a format of the user's own
            raise _placed(trail, error) from None
        self.waiting.append(trail)
        if len(self.waiting) == BATCH:
            self.end()

    def end(self) -> None:
        """Lead the records that were read to their rows, or to their rejects, and note what became
        of them.
        """
        for together, judges in groupby(
            self.judges, lambda judging: hasattr(judging.judge, "many")
        ):
            if together:
                for judging in judges:
                    self._judge_batch(judging)
            else:
                self._judge_each(tuple(judges))
        for trail in self.waiting:
            self._end(trail)
        self.rows.write(b"".join(self.lines))  # in one piece, which takes half the time
        self.lines.clear()
        self.waiting.clear()

    def _read(self, trail: _Trail) -> None:
        """Read the example that a record is, noting the repairs that it took, its format, and what
        is not read.
        """
        counts, raw, source = self.done.counts, trail.raw, trail.source
        if repairs := self.done.job.plan.repairs:
            raw, trail.name, trail.example, used = repair.read(raw, trail.name, source, repairs)
            for label in used:
                counts["repaired", label] += 1
                trail.changed += (label,)
        else:
            trail.example = example_of(raw, trail.name, source)
        counts["format", trail.name] += 1
        if raw.encoding:
            counts["encoding", raw.encoding] += 1
        known = (
            columns_read(source.columns) if source.columns else formats.FORMATS[trail.name].READS
        )
        if not raw.value.keys() <= known:
            counts.update(("unread", field_) for field_ in raw.value.keys() - known - self.used)

    def _judge_each(self, judges: Sequence[Judging]) -> None:
        """Run several judges on one record after the other: each record's views are built once and
        shared.
        """
        for trail in self.waiting:
            for judging in judges:
                if trail.error:
                    break
                example = cast(Example, trail.example)
                try:
                    verdict = judging.judge(example)
                except DataprepError as error:
                    raise _placed(trail, error) from None
                if verdict is not example:
                    self._follow_verdict(judging, trail, example, verdict)

    def _judge_batch(self, judging: Judging) -> None:
        """Run a judge that is faster with many examples on all records of the batch that have not
        left.
        """
        alive = [trail for trail in self.waiting if not trail.error]
        examples = [cast(Example, trail.example) for trail in alive]
        verdicts = cast(Any, judging.judge).many(examples)
        for trail, example, judged in zip(alive, examples, verdicts, strict=True):
            if judged is not example:
                self._follow_verdict(judging, trail, example, judged)

    def _follow_verdict(
        self,
        judging: Judging,
        trail: _Trail,
        example: Example,
        verdict: Example | Drop | Tag | Note,
    ) -> None:
        """Note what a judge made of an example."""
        trail.secret |= judging.is_secret
        place = trail.raw.origin
        if isinstance(verdict, Drop):
            trail.secret |= any(
                later.is_secret for later in self.judges[self.judges.index(judging) :]
            )
            if self.done.samples.wants(key := ("filtered", verdict.reason)):
                trail.samples += ((key, left(place, example, verdict.found)),)
            trail.leave(_Filtered(verdict.reason, verdict.found))
            return
        if isinstance(verdict, Note):
            trail.notes = {**trail.notes, verdict.name: verdict.number}
            return
        if isinstance(verdict, Tag):
            trail.tags += (verdict,)
            verdict = verdict.example
        if verdict is not example:
            self.done.counts["changed", judging.label] += 1
            trail.changed += (judging.label,)
            if self.done.samples.wants(key := ("changed", judging.label)):
                trail.samples += ((key, changed(place, example, verdict)),)
            trail.example = verdict

    def _end(self, trail: _Trail) -> None:
        """Write one record as a row, or as a reject, and note what became of it."""
        done, raw = self.done, trail.raw
        done.lines.append(raw.origin.line)
        if not trail.error:
            try:
                self._write(raw, cast(Example, trail.example), trail)
            except RecordError as error:
                trail.leave(error)
        fate = reason = ""
        if why := trail.error:
            fate, reason = _fate(why), why.reason
            done.counts[fate, reason] += 1
            if isinstance(why, formats.NoPlaceError) and why.roomy:
                done.counts["held", why.roomy] += 1
            self.left.write(reject(raw, fate, why, repair.would_take(raw, trail.source, why)))
        if trail.tags:
            self._tell(raw, trail)
        if trail.samples and not trail.secret:
            for key, sample in trail.samples:
                done.samples.add(key, [sample])
        done.stays.append(not fate)
        if done.trace:
            done.trace.note(raw, trail.name, ", ".join(trail.changed), fate, reason)

    def _write(self, raw: Raw, example: Example, trail: _Trail) -> None:
        job = self.done.job
        if job.known:
            pass
        elif job.fit is keep:
            self.lines.append(json_lines.to_line(formats.write(job.plan.format, example)))
        else:
            fitted = _fitted(job.fit, example)
            self.lines.append(_lines(job.plan.format, fitted.examples))
            _note_parts(self.done, fitted)
            if fitted.examples[0] is not example:
                trail.changed += ("split",)
            if fitted.lost:
                self.shortened.write(reject(raw, "filtered", _Filtered(OVERLONG, fitted.lost)))
            if self.noting:
                self.noting.note_parts(example, fitted.examples)
        if self.noting:
            self.noting.note(raw, example, trail.notes)
        if said := verdict(example, raw.origin):
            self.done.verdicts[len(self.done.stays)] = said

    def _tell(self, raw: Raw, trail: _Trail) -> None:
        """Write the tags of a record, each as a line."""
        for tag in trail.tags:
            self.done.counts["tagged", tag.label] += 1
            if tag.names:
                self.done.named.append(tag.names)
            place = {"path": raw.origin.path, "line": raw.origin.line, "byte": raw.origin.byte}
            self.tagged.write(json_lines.to_line({**place, "tag": tag.label, "found": tag.found}))


def _placed(trail: _Trail, error: DataprepError) -> DataprepError:
    return DataprepError(f"{trail.raw.origin}: {error}")


def _lines(form: str, examples: list[Example]) -> bytes:
    return b"".join(json_lines.to_line(formats.write(form, example)) for example in examples)


def _fitted(fit: Fit, example: Example) -> Fitted:
    """Return what is written of an example; raises `_Filtered` where that is nothing."""
    fitted = fit(example)
    if not fitted.examples:
        raise _Filtered(OVERLONG, fitted.lost)
    return fitted


def _note_parts(done: Processed, fitted: Fitted) -> None:
    done.parts.append(len(fitted.examples))
    done.shortened.append(bool(fitted.lost))


class _Filtered(RecordError):
    """Say that a step dropped the example."""


def judges_of(plan: Plan) -> list[Judging]:
    """Return what judges each example by itself, in the order of the plan's steps."""
    if plan.plugins:
        from dataprep.pipeline import plugins

        plugins.load(plan.plugins)
    names = steps.over("examples")
    return [
        Judging(label, judge, steps.is_secret(name))
        for name, options in plan.steps
        if name in names
        for label, judge in steps.build(name, options).items()
    ]


def _fate(error: RecordError) -> str:
    return "filtered" if isinstance(error, _Filtered) else "rejected"


def reject(raw: Raw, fate: str, error: RecordError, repairs: Sequence[str] = ()) -> bytes:
    """Return the line of `rejects.jsonl` that tells where a record stood, why it left, and the
    record itself.
    """
    reject: Record = {
        "path": raw.origin.path,
        "line": raw.origin.line,
        "byte": raw.origin.byte,
        "fate": fate,
        "reason": error.reason,
        "pointer": error.pointer,
        "found": error.found,
        "expected": error.expected,
        "repair": " and ".join(repairs),
        "record": raw.value,
    }
    return json_lines.to_line(reject)
