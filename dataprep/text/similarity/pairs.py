"""Find near duplicates: candidates from MinHash bands, verified by exact similarity."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity.minhash import BANDS, Bands
from dataprep.text.similarity.packing import HIGH, LOW, packed, unpacked
from dataprep.text.similarity.sets import threads
from dataprep.text.similarity.sketch import LABEL, Pairing, Part, Sketches, counting, pairing
from dataprep.text.similarity.words import Codes, Numbers, distinct, mix

SMALL, WINDOW = 12, 2
"""Up to `SMALL` examples in a bucket all meet each other; in a larger bucket each meets the first
and `WINDOW` neighbours on each side.
"""
WAVE = 4  # bands that are looked at together
BATCH = 512  # pairs that are compared at a time: what they need stays in a core's cache
AT_ONCE = 1 << 14  # pairs whose bands are compared at a time
MANY = 1 << 22  # pairs from which on those that are not promising are thrown out at once
FEW = 12
"""Most others to compare an example with if one of them is kept; the many copies of a template meet
new ones in every band.
"""
FLOOR = 2 / 3
"""The least similarity of prompts and of answers, as a share of the threshold for wholes, unless
they differ in one word or are single words: a long shared text makes two questions about it no
copies.
"""
_ROW_BITS = np.uint64(20)


class AlikePairs(NamedTuple):
    """Pairs of examples by their numbers, the lower first, and the similarity of each."""

    first: Numbers
    second: Numbers
    similarity: NDArray[np.float64]


class Shared(NamedTuple):
    """The overlap of two examples: their common pairs of words, the larger of both counts, and the
    union.
    """

    common: Numbers
    most: Numbers
    either: Numbers

    @property
    def similarity(self) -> NDArray[np.float64]:
        """Return the Jaccard similarity, 0 to 1; it is 1 for two examples without words."""
        return np.where(self.either == 0, 1.0, self.common / np.maximum(self.either, 1))

    @property
    def differ_in_one_word(self) -> NDArray[np.bool_]:
        """Return where one word is replaced, added or removed, which changes at most two pairs."""
        return (self.common > 0) & (self.common >= self.most - 2)


class Measure(NamedTuple):
    """The part to compare, and the least similarity of near duplicates."""

    part: Part | str = "whole"
    threshold: float = 0.6

    @property
    def banded(self) -> Part:
        """Return the part whose bands give the candidates; similar prompts and answers make a
        similar whole.
        """
        return cast(Part, self.part if self.part in ("prompt", "answer") else "whole")

    @property
    def beside(self) -> np.uint64:
        """Return the bits of `Sketches.beside` that must be equal."""
        return {"prompt": ~np.uint64(LABEL), "answer": np.uint64(LABEL)}.get(
            self.part, ~np.uint64(0)
        )

    @property
    def bounds(self) -> dict[Part, float]:
        """Return the least similarity of each part."""
        if self.part == "both":
            return {"prompt": self.threshold, "answer": self.threshold}
        if self.part == "whole":
            floor = self.threshold * FLOOR
            return {"whole": self.threshold, "prompt": floor, "answer": floor}
        return {self.banded: self.threshold}

    def is_floor(self, part: Part) -> bool:
        """Return whether the similarity of a part is required but not reported."""
        return self.part == "whole" and part != "whole"

    def is_met_by(self, shared: Shared, part: Part, bound: float) -> NDArray[np.bool_]:
        """Return which examples share enough of a part."""
        close = shared.similarity >= bound
        if self.is_floor(part):
            close |= shared.differ_in_one_word
        if self.is_floor(part) and part == "answer":
            close |= shared.most <= 2
        return close


def alike(sketches: Sketches, rows: Numbers, measure: Measure) -> AlikePairs:
    """Return the pairs among these rows that meet the measure, sorted, with the lowest similarity
    of its parts.

    Examples without words match nothing.
    """
    return verified(sketches, meeting(sketches, rows, measure), measure)


def meeting(
    sketches: Sketches,
    rows: Numbers,
    measure: Measure,
    *,
    known: int = 0,
    rank: Numbers | None = None,
) -> Codes:
    """Return the candidate pairs among these rows, packed, sorted and unique.

    Of equal rows only the first is compared with others, and each with the first. Pairs of the
    first `known` examples are left out, and so are examples without words, and pairs that differ in
    system text, tools or media. With `rank`, each example meets at most `FEW` others of a lower
    rank.
    """
    sets = sketches.sets(measure.banded)[rows]
    rows, sets = rows[sets != 0], sets[sets != 0]
    beside = sketches.beside & measure.beside
    sets += mix(beside[rows])
    order = np.argsort(sets, kind="stable")
    sets = sets[order]
    new = np.concatenate(([True], sets[1:] != sets[:-1])) if len(rows) else np.empty(0, bool)
    firsts = rows[order][new]
    leader = np.repeat(firsts, np.diff(np.append(np.flatnonzero(new), len(rows))))
    equal = packed(leader[~new], rows[order][~new])
    bands = sketches.bands(measure.banded)
    bands ^= mix(beside).astype(np.uint32)[:, None]
    pairs = np.concatenate((equal, candidates(bands, np.sort(firsts), rank)))
    pairs = distinct(pairs[(pairs & LOW) >= known])
    one, other = unpacked(pairs)
    found: Codes = pairs[beside[one] == beside[other]]
    return found


def candidates(bands: Bands, rows: Numbers, rank: Numbers | None = None) -> Codes:
    """Return the pairs that share a bucket, packed and unique; with `rank`, the most promising per
    example.
    """
    found = np.empty(0, np.uint64)
    hints = np.empty((0, 0), np.uint8) if rank is None else bands.astype(np.uint8)
    with threads() as pool:
        for first in range(0, BANDS if len(rows) else 0, WAVE):
            new = pool.map(lambda band: _in_buckets(bands, rows, band), range(first, first + WAVE))
            found = distinct(np.concatenate([found, *new]))
            if rank is not None and (len(found) > MANY or first + WAVE == BANDS):
                found = _promising(hints, found, rank)
    return found


def _promising(hints: NDArray[np.uint8], pairs: Codes, rank: Numbers) -> Codes:
    """Drop pairs in which an example shares fewer bands than with `FEW` others of a lower rank.

    `hints` has a byte of each band, which needs a quarter of the memory.
    """
    first, second = (pairs >> HIGH).astype(np.uint32), pairs.astype(np.uint32)
    higher = np.where(rank[first] > rank[second], first, second)
    crowded = np.flatnonzero(np.bincount(higher)[higher] > FEW)
    if not crowded.size:
        return pairs
    first, second, higher = first[crowded], second[crowded], higher[crowded]
    apart = np.empty(len(crowded), np.uint64)
    for at in range(0, len(crowded), AT_ONCE):
        here = slice(at, at + AT_ONCE)
        apart[here] = np.count_nonzero(hints[first[here]] != hints[second[here]], axis=1)
    order = np.argsort((higher.astype(np.uint64) << HIGH) | apart, kind="stable")
    begins = np.flatnonzero(np.diff(higher[order], prepend=-1))
    late = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order)))) >= FEW
    return np.delete(pairs, crowded[order[late]])


def _in_buckets(bands: Bands, rows: Numbers, band: int) -> Codes:
    """Return the pairs that share a bucket of one band; neighbours in a large bucket agree in the
    next band.
    """
    keys, following = bands[rows, band], bands[rows, (band + 1) % BANDS]
    order = np.argsort((keys.astype(np.uint64) << HIGH) | following)
    keys = keys[order]
    like_next = np.concatenate(([False], keys[1:] == keys[:-1], [False]))
    shared = like_next[1:] | like_next[:-1]
    keys, rows = keys[shared], rows[order[shared]]
    if not len(keys):
        return np.empty(0, np.uint64)
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    sizes = np.diff(np.append(starts, len(keys)))
    size, first = np.repeat(sizes, sizes), np.repeat(rows[starts], sizes)
    found = [packed(first[large], rows[large]) for large in [(size > SMALL) & (first != rows)]]
    for apart in range(1, SMALL):
        same = keys[apart:] == keys[:-apart]
        if apart > WINDOW:
            same &= size[apart:] <= SMALL
        if not same.any():
            break
        found.append(packed(rows[:-apart][same], rows[apart:][same]))
    return distinct(np.concatenate(found))


def verified(sketches: Sketches, pairs: Codes, measure: Measure) -> AlikePairs:
    """Return the pairs that meet the measure."""
    sides = unpacked(pairs)
    batches = (sides[:, at : at + BATCH] for at in range(0, len(pairs), BATCH))
    with threads() as pool:
        parts = [*pool.map(lambda batch: similarities(sketches, batch, measure), batches)]
    similarity = np.concatenate([np.empty(0), *parts])
    near = ~np.isnan(similarity)
    return AlikePairs(sides[0, near], sides[1, near], similarity[near])


def similarities(sketches: Sketches, sides: Numbers, measure: Measure) -> NDArray[np.float64]:
    """Return the similarity of the two examples in each column, NaN if they do not meet the
    measure.
    """
    rows = distinct(sides.ravel())
    made, sides = pairing(*sketches.codes(rows)), np.searchsorted(rows, sides)
    found, near = np.ones(sides.shape[1]), np.arange(sides.shape[1])
    for part, bound in measure.bounds.items():
        shared = shared_by(made, sides[:, near], part)
        stay = measure.is_met_by(shared, part, bound)
        found[near[~stay]] = np.nan
        near = near[stay]
        if not measure.is_floor(part):
            found[near] = np.minimum(found[near], shared.similarity[stay])
    return found


def shared_by(made: Pairing, sides: Numbers, part: Part) -> Shared:
    """Return the overlap of the two examples in each column of `sides`."""
    members, ends = made.of(part)
    counts = np.diff(ends, prepend=0)
    common = _common(members, ends - counts, counts, sides)
    one, other = counts[sides]
    return Shared(common, np.maximum(one, other), one + other - common)


def _common(members: Codes, starts: Numbers, counts: Numbers, sides: Numbers) -> Numbers:
    """Return the size of the intersection of each pair of sets, by counting members that occur
    twice.
    """
    owner = np.arange(sides.shape[1], dtype=np.uint64) << (np.uint64(64) - _ROW_BITS)
    keys = []
    for side in sides:
        sizes = counts[side]
        at = np.repeat(starts[side], sizes) + counting(sizes)
        keys.append(np.repeat(owner, sizes) | (members[at] >> _ROW_BITS))
    both = np.sort(np.concatenate(keys))
    twice = both[1:][both[1:] == both[:-1]]
    return np.bincount(
        (twice >> (np.uint64(64) - _ROW_BITS)).astype(np.int64), minlength=sides.shape[1]
    )
