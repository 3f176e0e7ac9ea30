"""The second pass, over the fingerprints alone: what repeats what, and what goes to which split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from dataprep import steps
from dataprep.corpus import Corpus
from dataprep.pipeline.reading import Processed
from dataprep.plan import Plan

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.near.sketch import Sketches


class Fate(NamedTuple):
    """Where an example goes: a split, or out as the duplicate of another one for that reason, so similar to it."""

    split: str = ""
    reason: str = ""
    repeats: int = -1
    similarity: float = 1.0


TRAIN = Fate("train")
KNOWN = Fate("known")
"""The fate of an example of another set, which is only compared with."""


def decide(plan: Plan, corpus: Corpus) -> list[Fate]:
    """Return the fate of each example of a corpus, in their order; those of other sets come first."""
    place = steps.build("split", plan.split)
    splits = {"val": Fate("val"), "test": Fate("test"), "train": TRAIN}
    fates = [KNOWN] * corpus.known
    fates += [splits[place(print_)] for print_ in corpus.prints[corpus.known :]]
    for step in plan.corpus_steps:
        staying = [number for number in range(corpus.known, len(fates)) if fates[number].split]
        for number, gone in step(corpus, staying).items():
            fates[number] = Fate("", *gone)
    return fates


@contextmanager
def corpus_of(plan: Plan, parts: Sequence[Processed], workers: int = 1) -> Iterator[Corpus]:
    """Give the corpus of the examples of these shards, in their order; those of other sets come first."""
    if not plan.parts:
        yield _corpus(plan, parts, workers)
        return
    from dataprep.near.sketch import Sketches

    with closing(Sketches([part.job.sketches for part in parts])) as sketches:
        yield _corpus(plan, parts, workers, sketches)


def _corpus(plan: Plan, parts: Sequence[Processed], workers: int, sketches: Sketches | None = None) -> Corpus:
    def all_of(columns: Iterable[Iterable[Any]]) -> list[Any]:
        return list(chain.from_iterable(columns))

    return Corpus(
        all_of(part.prints for part in parts),
        {name: all_of(part.values[name] for part in parts) for name in plan.fields},
        all_of(part.lengths for part in parts),
        all_of(_ranks(plan, part) for part in parts),
        sketches,
        sum(len(part.prints) for part in parts if part.job.known),
        workers,
    )


def _ranks(plan: Plan, part: Processed) -> Iterable[int]:
    """Return for each example that stays the place of its file among the inputs as they were listed."""
    ends = [sum(part.stays[:end]) for end in part.ends]
    counts = (end - start for start, end in zip([0, *ends], ends, strict=False))
    places = (plan.ranks.get(piece.source.path, 0) for piece in part.job.shard)
    return chain.from_iterable(repeat(place, count) for place, count in zip(places, counts, strict=True))
