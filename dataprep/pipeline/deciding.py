"""The second pass, over columns alone: find duplicates, select, mix, and split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.executor import Executor
from dataprep.pipeline.job import Processed
from dataprep.pipeline.plan import Plan
from dataprep.steps.base import Again, Corpus, Joined, NotedNeed, names
from dataprep.steps.quality.verdicts import Verdict

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.text.similarity.sketch import Sketches


SPLIT = "split"


class FateKind(NamedTuple):
    """How examples with one fate are counted: the way out or "split", the reason or the split's
    name, and how many times each is written.
    """

    way: str
    name: str
    times: int = 1


class Fate(NamedTuple):
    """Where an example goes: to a split, there several times, or out for a reason, perhaps as the
    duplicate of another.
    """

    split: str = ""
    reason: str = ""
    repeats: int = -1
    similarity: float = 1.0
    found: str = ""
    opposes: int = -1
    times: int = 1

    @property
    def way_out(self) -> str:
        """Return "duplicate" or "filtered", for an example that leaves."""
        return "duplicate" if self.repeats >= 0 else "filtered"

    @property
    def kind(self) -> FateKind:
        """Return how the example is counted."""
        return (
            FateKind(SPLIT, self.split, self.times)
            if self.split
            else FateKind(self.way_out, self.reason)
        )


TRAIN = Fate("train")
KNOWN = Fate("known")
"""The fate of an example of another set, with which others are only compared."""


class Decided(NamedTuple):
    """The fate of each example, in order, those of other sets first; and the clusters that a split
    joined.
    """

    fates: list[Fate]
    joined: Joined = Joined()


def decide(plan: Plan, corpus: Corpus) -> Decided:
    """Return the fate of each example; those that stay are placed in splits."""
    own = range(corpus.known, len(corpus.prints))
    _check_fields(corpus)
    fates = [KNOWN] * corpus.known + [TRAIN] * len(own)
    times: dict[int, int] = {}
    for step in plan.corpus_steps:
        for number, verdict in step(
            corpus, [number for number in own if fates[number].split]
        ).items():
            if isinstance(verdict, Again):
                times[number] = verdict.times
            else:
                fates[number] = Fate("", *verdict)
    if times and plan.placing.folds:
        raise DataprepError(
            "the mix writes rows several times, and in folds each is tested once; ask for less of "
            "it"
        )
    staying = [number for number in own if fates[number].split]
    places = plan.placing(corpus, staying)
    splits = {name: TRAIN if name == "train" else Fate(name) for name in plan.splits}
    for number, name in zip(staying, places.splits, strict=True):
        fates[number] = splits[name]
        if name == "train" and number in times:
            fates[number] = TRAIN._replace(times=times[number])
    return Decided(fates, places.joined)


def _check_fields(corpus: Corpus) -> None:
    """Raise for a field that a step needs and no record has: it may be misspelt."""
    for name, values in corpus.values.items():
        if values and all(value is None for value in values):
            raise DataprepError(
                f"no record has a field '{name}'; `dataprep inspect` names those that there are"
            )


@contextmanager
def corpus_of(plan: Plan, parts: Sequence[Processed], executor: Executor) -> Iterator[Corpus]:
    """Give the columns over the examples of these shards, in order; other sets come first."""
    if not plan.sketched:
        yield _corpus(plan, parts, executor)
        return
    from dataprep.text.similarity.sketch import Sketches

    with closing(Sketches([part.job.sketches for part in parts])) as sketches:
        yield _corpus(plan, parts, executor, sketches)


def _corpus(
    plan: Plan, parts: Sequence[Processed], executor: Executor, sketches: Sketches | None = None
) -> Corpus:
    def all_of(columns: Iterable[Iterable[Any]]) -> list[Any]:
        return list(chain.from_iterable(columns))

    return Corpus(
        all_of(part.prints for part in parts),
        {name: all_of(part.values[name] for part in parts) for name in plan.fields},
        all_of(part.lengths for part in parts),
        all_of(ranks(plan, part) for part in parts),
        [*plan.ranks],
        sketches,
        sum(len(part.prints) for part in parts if part.job.known),
        [*_written_prompts(parts)],
        executor,
        all_of(part.languages for part in parts),
        all_of(part.tokens for part in parts),
        {name: all_of(part.noted[name] for part in parts) for name in names(plan.needs, NotedNeed)},
        dict(_verdicts(parts)),
    )


def _verdicts(parts: Sequence[Processed]) -> Iterator[tuple[int, Verdict]]:
    """Yield the votes of pairs and labels, each with the number of the example."""
    start = 0
    for part in parts:
        kept = enumerate(part.kept, start) if part.verdicts else ()
        yield from (
            (number, part.verdicts[ordinal]) for number, ordinal in kept if ordinal in part.verdicts
        )
        start += len(part.prints)


def _written_prompts(parts: Sequence[Processed]) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each example that is written in parts, with the hash of each prompt."""
    start = 0
    for part in parts:
        yield from ((start + number, prompt) for number, prompt in part.prompts)
        start += len(part.prints)


def ranks(plan: Plan, part: Processed) -> Iterable[int]:
    """Return for each example that stays the position of its file among the inputs, as listed."""
    ends = [sum(part.stays[:end]) for end in part.ends]
    counts = (end - start for start, end in zip([0, *ends], ends, strict=False))
    places = (plan.ranks.get(piece.source.path, 0) for piece in part.job.shard)
    return chain.from_iterable(
        repeat(place, count) for place, count in zip(places, counts, strict=True)
    )
