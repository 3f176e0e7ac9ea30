"""Look for duplicates: write what stays, show what is alike, or measure how much of it is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from dataprep import pipeline
from dataprep.errors import DataError
from dataprep.formats.reading.examples import examples, written_format
from dataprep.model import Example
from dataprep.pipeline.deciding import corpus_of
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.report import clusters
from dataprep.pipeline.report.clusters import Member
from dataprep.sources import atomic
from dataprep.sources.outputs import CLUSTERS
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.steps import Options
from dataprep.steps.dedupe import Dedupe
from dataprep.text.diff import CONTEXT, Mark, marked, plain_mark

MOST, MEMBERS = 10, 5
"""So many clusters are shown, and of each so many examples that left, the most different ones."""


# --------------------------------------------------------------------------------------------- show


def show(
    sources: tuple[Source, ...],
    options: Options,
    most: int = MOST,
    *,
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
    mark: Mark = plain_mark,
) -> Iterator[str]:
    """Yield the text of each of the largest clusters of examples that are alike, and a sentence
    about all of them.
    """
    plan = Plan(sources, written_format(sources), (("dedupe", options),))
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        atomic.naming(f"{folder}, in the folder TMPDIR"),
    ):
        pipeline.run(plan, Path(folder), workers=workers, progress=progress)
        path = Path(folder, CLUSTERS)
        found = (
            [list(its) for _, its in groupby(clusters.read(path), key=lambda one: one.cluster)]
            if path.exists()
            else []
        )
    largest = sorted(found, key=lambda its: (-len(its), its[0].cluster))[:most]
    shown = [_chosen(its) for its in largest]
    texts = _texts(plan, {(one.path, one.line) for its in shown for one in its})
    for its, few in zip(largest, shown, strict=True):
        yield _cluster(its, few, texts, mark)
    yield (
        f"{len(found):,} clusters of {sum(map(len, found)):,} examples"
        if found
        else "no two examples are alike"
    )


def _chosen(members: Sequence[Member]) -> list[Member]:
    first, *others = members
    return [first, *sorted(others, key=lambda one: (one.similarity, one.path, one.line))[:MEMBERS]]


def _texts(plan: Plan, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the texts of these records, read once more."""
    texts = {}
    for source in (*plan.sources, *plan.known):
        for raw, _, example in examples(Piece(source)):
            place = (raw.origin.path, raw.origin.line)
            if place in wanted and isinstance(example, Example):
                texts[place] = _text(example)
    return texts


def _text(example: Example) -> str:
    worse = [example.rejected.text] if example.rejected else []
    return " ⏎ ".join(
        " ".join(text.split())
        for text in [*(turn.text for turn in example.turns), *worse] or [example.text]
    )


def _cluster(
    members: Sequence[Member],
    shown: Sequence[Member],
    texts: dict[tuple[str, int], str],
    mark: Mark,
) -> str:
    first = shown[0]
    width = max(len(f"{one.path}:{one.line}") for one in shown)
    lines = [
        f"{len(members):,} alike",
        f"  {first.fate:<5} {f'{first.path}:{first.line}':<{width}}        ",
    ]
    lines[1] += _shortened(texts[first.path, first.line])
    for one in shown[1:]:
        path, _, line = one.repeats.rpartition(":")
        original = texts.get((path, int(line)), texts[first.path, first.line])
        place = f"{one.path}:{one.line}"
        lines.append(
            f"  left  {place:<{width}}  {one.similarity:.2f}  "
            f"{marked(original, texts[one.path, one.line], mark)}"
        )
    more = len(members) - len(shown)
    return "\n".join([*lines, *([f"  and {more:,} more"] if more else []), ""])


def _shortened(text: str) -> str:
    return text if len(text) <= 5 * CONTEXT else f"{text[: 5 * CONTEXT]}…"


# ------------------------------------------------------------------------------------------ measure


def measure(
    sources: tuple[Source, ...],
    options: Options,
    *,
    workers: int = 0,
    progress: pipeline.Progress = pipeline.quiet,
) -> str:
    """Return the table of how many near duplicates are found in a sample of the examples, by
    similarity.
    """
    import numpy as np

    from dataprep.steps.dedupe.measure import measure
    from dataprep.text.similarity.pairs import Measure

    plan = Plan(sources, written_format(sources), (("dedupe", options),))
    (step,) = plan.corpus_steps
    assert isinstance(step, Dedupe)
    with (
        TemporaryDirectory(prefix="dataprep-") as folder,
        atomic.naming(f"{folder}, in the folder TMPDIR"),
        pipeline.executor_of(plan, workers) as executor,
    ):
        parts = list(pipeline.read(plan, Path(folder), executor, progress=progress))
        with corpus_of(plan, parts, executor) as corpus:
            assert corpus.sketches is not None
            rows = np.arange(corpus.known, len(corpus.prints))
            if not len(rows):
                raise DataError("the files hold no examples to compare")
            return str(
                measure(corpus.sketches, rows, Measure(step.by, step.threshold), Path(folder))
            )
