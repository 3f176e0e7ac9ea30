"""The first pass, over shards: read, check, and judge each record, write it as a row, and note its
fingerprint.

`process` is a pure function of a shard, so any number of workers gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, NamedTuple

from dataprep import formats
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
from dataprep.steps.base import ExampleStep, Ruling
from dataprep.steps.quality.verdicts import verdict

TOGETHER = 128
"""The number of rows that are written at a time."""


class Reader(NamedTuple):
    """How a worker reads shards."""

    plan: Plan
    steps: Sequence[ExampleStep]
    fit: Fit
    traced: bool


def reader_of(plan: Plan, fit: Fit = keep, *, traced: bool = False) -> Reader:
    """Return the reader of a plan, with its steps ready to run."""
    if plan.sketched:
        import dataprep.text.similarity.sketch  # noqa: F401  forked workers share it
    example_steps = plan.example_steps
    for step in example_steps:
        step.start()
    return Reader(plan, example_steps, fit, traced)


def process(reader: Reader, job: Job) -> Processed:
    """Read, check, clean and write out the records of one shard; a pure function of the shard."""
    done = Processed(job, trace=Trace() if reader.traced and not job.known else None)
    with ExitStack() as stack:
        files_ = (
            stack.enter_context(path.open("wb"))
            for path in (job.rows, job.left, job.shortened, job.tagged)
        )
        compares = reader.plan.compares
        noting = stack.enter_context(Noting(reader.plan, done)) if compares else None
        reading = _ShardReading(reader, done, noting, *files_)
        for piece in job.shard:
            for raw, name in records(piece):
                reading.take(raw, name, piece.source)
            reading.end()
            done.counts["in", piece.source.path] += len(done.stays) - (
                done.ends[-1] if done.ends else 0
            )
            done.ends.append(len(done.stays))
    return done


_NO_NOTES: Mapping[str, float] = {}


class _Trail:
    """A record on its way through the steps: rules that changed it, tags, notes, and samples.

    It has an `example` until an `error` gives the reason to leave. A `secret` record gives no
    samples.
    """

    example: Example

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
        self.error: RecordError | None = None
        self.changed: tuple[str, ...] = ()
        self.tags: tuple[Tag, ...] = ()
        self.notes: Mapping[str, float] = _NO_NOTES
        self.samples: tuple[tuple[Key, Sample], ...] = ()
        self.secret = False

    def leave(self, error: RecordError) -> None:
        """Store the error without its traceback, which would keep every local alive."""
        self.error = error.with_traceback(None)


@dataclass
class _ShardReading:
    """The state of reading one shard, and the files that it writes."""

    reader: Reader
    done: Processed
    noting: Noting | None
    rows: BinaryIO
    left: BinaryIO
    shortened: BinaryIO
    tagged: BinaryIO
    waiting: list[_Trail] = field(init=False, default_factory=list)
    lines: list[bytes] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.batch_size = max((step.batch_size for step in self.reader.steps), default=1)

    @cached_property
    def used(self) -> set[str]:
        """Return the fields of the raw records that steps read."""
        return {part for path in self.reader.plan.fields for part in (path, path.split(".")[0])}

    def take(self, raw: Raw, name: str, source: Source) -> None:
        """Read one record, and process it; with a step that takes batches, once a batch is full."""
        trail = _Trail(raw, name, source)
        try:
            self._read(trail)
        except RecordError as error:
            trail.leave(error)
        except DataprepError as error:  # of a format of the user's own
            raise _placed(trail, error) from None
        self.waiting.append(trail)
        if len(self.waiting) == self.batch_size:
            self._process()

    def end(self) -> None:
        """Process the records that wait for a full batch, and write what is not written yet."""
        self._process()
        self._flush()

    def _process(self) -> None:
        for step in self.reader.steps:
            if step.batch_size > 1:
                self._judge_batch(step)
                continue
            for trail in self.waiting:
                if not trail.error:
                    self._judge(step, trail)
        for trail in self.waiting:
            self._end(trail)
        self.waiting.clear()
        if len(self.lines) >= TOGETHER:
            self._flush()

    def _flush(self) -> None:
        self.rows.write(b"".join(self.lines))  # in one piece, which takes half the time
        self.lines.clear()

    def _read(self, trail: _Trail) -> None:
        """Read the example, and count repairs, formats, encodings, and fields that are not read."""
        counts, raw, source = self.done.counts, trail.raw, trail.source
        if repairs := self.reader.plan.repairs:
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

    def _judge(self, step: ExampleStep, trail: _Trail) -> None:
        try:
            rulings = step.rulings(trail.example)
        except DataprepError as error:
            raise _placed(trail, error) from None
        if rulings:
            self._follow(step, trail, rulings)

    def _judge_batch(self, step: ExampleStep) -> None:
        staying = [trail for trail in self.waiting if not trail.error]
        for start in range(0, len(staying), step.batch_size):
            batch = staying[start : start + step.batch_size]
            examples = [trail.example for trail in batch]
            for trail, rulings in zip(batch, step.rulings_of_batch(examples), strict=True):
                self._follow(step, trail, rulings)

    def _follow(self, step: ExampleStep, trail: _Trail, rulings: Sequence[Ruling]) -> None:
        """Record the results of a step on an example: changes, tags, notes, or why it leaves."""
        for rule, result in rulings:
            example = trail.example
            trail.secret |= step.secret
            if isinstance(result, Drop):
                # Nothing is shown of an example that a later, secret step has not seen.
                later = self.reader.steps[self.reader.steps.index(step) :]
                trail.secret |= any(one.secret for one in later)
                if self.done.samples.wants(key := ("filtered", result.reason)):
                    sample = left(trail.raw.origin, example, result.found)
                    trail.samples += ((key, sample),)
                trail.leave(_FilteredError(result.reason, result.found))
                return
            if isinstance(result, Note):
                trail.notes = {**trail.notes, result.name: result.number}
                continue
            if isinstance(result, Tag):
                trail.tags += (result,)
                result = result.example
            if result is not example:
                self.done.counts["changed", rule] += 1
                trail.changed += (rule,)
                if self.done.samples.wants(key := ("changed", rule)):
                    trail.samples += ((key, changed(trail.raw.origin, example, result)),)
                trail.example = result

    def _end(self, trail: _Trail) -> None:
        """Write one record as a row or as a reject, and record the outcome."""
        done, raw = self.done, trail.raw
        done.lines.append(raw.origin.line)
        if not trail.error:
            try:
                self._write(raw, trail.example, trail)
            except RecordError as error:
                trail.leave(error)
        fate = reason = ""
        if why := trail.error:
            fate = "filtered" if isinstance(why, _FilteredError) else "rejected"
            reason = why.reason
            done.counts[fate, reason] += 1
            if isinstance(why, formats.NoPlaceError) and why.roomy:
                done.counts["held", why.roomy] += 1
            self.left.write(reject(raw, fate, why, repair.would_take(raw, trail.source, why)))
        if trail.tags:
            self._write_tags(raw, trail)
        if trail.samples and not trail.secret:
            for key, sample in trail.samples:
                done.samples.add(key, [sample])
        done.stays.append(not fate)
        if done.trace:
            done.trace.note(raw, trail.name, ", ".join(trail.changed), fate, reason)

    def _write(self, raw: Raw, example: Example, trail: _Trail) -> None:
        plan, fit = self.reader.plan, self.reader.fit
        if self.done.job.known:
            pass
        elif fit is keep:
            self.lines.append(json_lines.to_line(formats.write(plan.format, example)))
        else:
            self._write_parts(raw, example, trail, fit(example))
        if self.noting:
            self.noting.note(raw, example, trail.notes)
        if vote := verdict(example, raw.origin):
            self.done.verdicts[len(self.done.stays)] = vote

    def _write_parts(self, raw: Raw, example: Example, trail: _Trail, fitted: Fitted) -> None:
        """Write the parts of an example that fit; raises `_FilteredError` if there are none."""
        parts, lost, expected = fitted
        error = _FilteredError(OVERLONG, lost, expected=expected)
        if not parts:
            raise error
        form = self.reader.plan.format
        lines = [json_lines.to_line(formats.write(form, part)) for part in parts]
        self.lines.append(b"".join(lines))
        self.done.parts.append(len(parts))
        self.done.shortened.append(bool(lost))
        if parts[0] is not example:
            trail.changed += ("split",)
        if lost:
            self.shortened.write(reject(raw, "filtered", error))
        if self.noting:
            self.noting.note_parts(example, parts)

    def _write_tags(self, raw: Raw, trail: _Trail) -> None:
        """Write each tag of a record as a line."""
        for tag in trail.tags:
            self.done.counts["tagged", tag.label] += 1
            if tag.names:
                self.done.named.append(tag.names)
            place = {"path": raw.origin.path, "line": raw.origin.line, "byte": raw.origin.byte}
            self.tagged.write(json_lines.to_line({**place, "tag": tag.label, "found": tag.found}))


def _placed(trail: _Trail, error: DataprepError) -> DataprepError:
    origin = trail.raw.origin
    return type(error)(*(fault.within(origin.path, origin.line) for fault in error.faults))


class _FilteredError(RecordError):
    """A step dropped the example."""


def reject(raw: Raw, fate: str, error: RecordError, repairs: Sequence[str] = ()) -> bytes:
    """Return the line of `rejects.jsonl` for a record: its place, the reason, and the record."""
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
