"""Choose which near duplicates stay, and which one each of the others repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataprep.executor import Executor
from dataprep.steps.dedupe.meaning import differs, make_ready, texts
from dataprep.text.similarity.packing import unpacked
from dataprep.text.similarity.pairs import BATCH, Measure, meeting, similarities
from dataprep.text.similarity.sketch import Sketches
from dataprep.text.similarity.words import Numbers, distinct

CHUNK = 4 * BATCH
"""About how many pairs a job has; fewer if there are few, so that all workers have some."""
CHUNKS = 16
"""The least number of jobs, if they have `BATCH` pairs or more."""
AT_ONCE = 1 << 16
"""Pairs that are Python objects at a time."""
MANY = 200
"""Pairs from which on workers are faster than this process."""
MOST = 8
"""Examples that an example may differ from in meaning, the most similar first; what differs from so
many is one of a template's many, and a copy of it would stand before them.
"""
UNKNOWN, SAME, OTHER = -1, 0, 1


class Repeat(NamedTuple):
    """A near duplicate, the example that it repeats, and their similarity."""

    number: int
    original: int
    similarity: float


class Pairs(NamedTuple):
    """Pairs of examples, of which one is better worth keeping, those of each worse one together,
    the best first.

    `similarity` is NaN if they are no near duplicates. `meaning` is `OTHER` if they differ in
    meaning, `SAME` if not, `UNKNOWN` if they have not been compared.
    """

    worse: Numbers
    better: Numbers
    similarity: NDArray[np.float64]
    meaning: NDArray[np.int8]

    def take(self, at: Numbers | NDArray[np.bool_]) -> Pairs:
        """Return the pairs at these places."""
        return Pairs(self.worse[at], self.better[at], self.similarity[at], self.meaning[at])


def near_duplicates(
    sketches: Sketches,
    order: Sequence[int],
    measure: Measure,
    executor: Executor,
    *,
    known: int = 0,
    spare: bool = True,
) -> Iterator[Repeat]:
    """Yield the examples that leave, in the order in which they are worth keeping.

    Each repeats one that stays and is as similar as the measure asks, the most similar of them: a
    chain of similar examples does not pull in what is similar to its middle only. The first `known`
    examples always stay. With `spare` off, every example that has a near duplicate leaves.
    """
    rank = np.full(len(sketches), -1, np.int64)
    rank[np.asarray(order, np.int64)] = np.arange(len(order))
    executor.warm(partial(_Comparing, tuple(sketches.stems), measure))  # while pairs are sought
    few = rank if spare else None  # else whether the first of many leaves may depend on any of them
    met = meeting(sketches, np.flatnonzero(rank >= 0), measure, known=known, rank=few)
    pairs = _ranked(unpacked(met), rank)
    pairs = _compared(sketches, pairs.take(pairs.worse >= known), measure, spare, executor)
    return _leaving(sketches, _most_similar_first(pairs, rank), known, spare)


def _ranked(sides: Numbers, rank: Numbers) -> Pairs:
    swap = rank[sides[0]] > rank[sides[1]]
    worse, better = np.where(swap, sides[0], sides[1]), np.where(swap, sides[1], sides[0])
    order = np.lexsort((rank[better], rank[worse]))
    nothing = np.full(len(worse), np.nan), np.full(len(worse), UNKNOWN, np.int8)
    return Pairs(worse[order], better[order], *nothing)


def _most_similar_first(pairs: Pairs, rank: Numbers) -> Pairs:
    """Return those that are near duplicates, those of each worse one from the most similar on."""
    pairs = pairs.take(~np.isnan(pairs.similarity))
    return pairs.take(np.lexsort((rank[pairs.better], -pairs.similarity, rank[pairs.worse])))


def _leaving(sketches: Sketches, pairs: Pairs, known: int, spare: bool) -> Iterator[Repeat]:
    left: set[int] = set()
    apart = Counter[int]()
    for number, original, similarity, meaning in _each(pairs):
        if number in left or (spare and original in left) or apart[number] == MOST:
            continue
        if (
            _differ(sketches, np.array([[number], [original]]))[0]
            if meaning == UNKNOWN
            else meaning
        ):
            apart[number] += 1
        else:
            left.add(number)
            yield Repeat(number, original, similarity)
            if not spare and original not in left and original >= known:
                left.add(original)
                yield Repeat(original, number, similarity)


def _each(pairs: Pairs) -> Iterator[tuple[int, int, float, int]]:
    """Yield the pairs one by one; as objects of Python they take ten times the memory, and so only
    some are.
    """
    for at in range(0, len(pairs.worse), AT_ONCE):
        yield from zip(*(column[at : at + AT_ONCE].tolist() for column in pairs), strict=True)


# --------------------------------------------------------------------------------------- on workers


def _compared(
    sketches: Sketches, pairs: Pairs, measure: Measure, spare: bool, executor: Executor
) -> Pairs:
    """Return the pairs with what decides which examples leave.

    First compare each example with those that are sure to stay, because no better example can
    remove them. This removes nearly all copies, and the rest needs no comparison with a copy that
    has left.
    """
    sure = ~_among(pairs.better, pairs.worse)
    first = _measured(sketches, pairs.take(sure), measure, executor)
    rest = pairs.take(~sure)
    if spare:
        rest = rest.take(~_among(rest.better, _sure_to_leave(first, pairs.worse)))
    rest = _measured(sketches, rest, measure, executor)
    return _joined([first, rest])


def _among(numbers: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Tell which numbers are among others."""
    marks = np.zeros(max(numbers.max(initial=0), others.max(initial=0)) + 1, np.bool_)
    marks[others] = True
    found: NDArray[np.bool_] = marks[numbers]
    return found


def _sure_to_leave(compared: Pairs, worse: Numbers) -> Numbers:
    """Return the examples that are copies of one that stays, and meet too few to differ from the
    `MOST` others.
    """
    meet = np.bincount(worse)
    copies = distinct(compared.worse[compared.meaning == SAME])
    found: Numbers = copies[meet[copies] <= MOST]
    return found


def _measured(sketches: Sketches, pairs: Pairs, measure: Measure, executor: Executor) -> Pairs:
    """Return pairs with their similarity and, where it decides, with their meaning compared."""
    chunks = _chunks(pairs)
    if executor.workers > 1 and len(pairs.worse) >= MANY:
        setup = partial(_Comparing, tuple(sketches.stems), measure)
        return _joined([*executor.map(_compare_chunk, chunks, setup)])
    return _joined([_compare(sketches, chunk, measure) for chunk in chunks] or [pairs])


def _joined(parts: Sequence[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([part.worse for part in parts]),
        np.concatenate([part.better for part in parts]),
        np.concatenate([part.similarity for part in parts]),
        np.concatenate([part.meaning for part in parts]),
    )


def _chunks(pairs: Pairs) -> list[Pairs]:
    """Return the pairs in chunks, those of each worse example in one."""
    firsts = np.flatnonzero(np.diff(pairs.worse, prepend=-1))
    size = min(CHUNK, max(BATCH, len(pairs.worse) // CHUNKS))
    starts = distinct(
        firsts[np.searchsorted(firsts, np.arange(0, len(pairs.worse), size), "right") - 1]
    )
    return [pairs.take(np.arange(*ends)) for ends in pairwise([*starts, len(pairs.worse)])]


class _Comparing:
    """What a worker compares pairs with: the open sketches and the word lists."""

    def __init__(self, stems: tuple[Path, ...], measure: Measure) -> None:
        self.sketches = Sketches(stems)
        self.measure = measure
        make_ready()

    def __del__(self) -> None:
        self.sketches.close()


def _compare_chunk(comparing: _Comparing, pairs: Pairs) -> Pairs:
    return _compare(comparing.sketches, pairs, comparing.measure)


def _compare(sketches: Sketches, pairs: Pairs, measure: Measure) -> Pairs:
    sides = np.stack((pairs.worse, pairs.better))
    for at in range(0, len(pairs.worse), BATCH):
        here = slice(at, at + BATCH)
        pairs.similarity[here] = similarities(sketches, sides[:, here], measure)
    _ask(sketches, pairs, sides)
    return pairs


def _ask(sketches: Sketches, pairs: Pairs, sides: Numbers) -> None:
    """Note of each worse example's near duplicates, from the most similar on, which differ, up to
    one that does not.
    """
    run = np.cumsum(np.diff(pairs.worse, prepend=-1) != 0)
    order = np.lexsort((-pairs.similarity, run))  # NaN comes last
    places = np.flatnonzero(np.diff(run, prepend=0))
    ends = np.append(places[1:], len(run))
    for _ in range(MOST):
        near = ~np.isnan(pairs.similarity[order[places]])
        places, ends = places[near], ends[near]
        pairs.meaning[order[places]] = _differ(sketches, sides[:, order[places]])
        on = (pairs.meaning[order[places]] == OTHER) & (places + 1 < ends)
        places, ends = places[on] + 1, ends[on]


def _differ(sketches: Sketches, pairs: Numbers) -> list[bool]:
    """Return whether the two examples of each pair, a column each, mean different things."""
    rows = distinct(pairs.ravel())
    codes, sizes = sketches.codes(rows)
    its = texts(codes, sizes.whole)
    return [differs(its[one], its[other]) for one, other in np.searchsorted(rows, pairs).T.tolist()]
