"""Find all pairs of sets above a similarity, none missed, from the first members of each.

Of two sets that share c members, each has one among its first size - c + 1, in any common order
(prefix filter, Chaudhuri et al. 2006). With the rarest first, few sets meet there. For the smaller
of two similar sets c is larger, so fewer members are needed (Xiao et al. 2008). Sets that meet are
filtered by size, by the rest behind the shared member, and by bits (Sandes et al. 2020); the
remaining pairs are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity.packing import HIGH, LOW, packed, unpacked
from dataprep.text.similarity.sets import Sets, threads
from dataprep.text.similarity.sketch import counting
from dataprep.text.similarity.words import Codes, Numbers, distinct, mix

AT_ONCE = 1 << 20  # members that are looked at together: some hundred megabytes
ROWS = 1 << 13  # sets whose members are read together
CHUNK = 1 << 16  # meetings that are looked at together
WAVE = 16  # chunks in which the same is wanted
VERIFIED = 512  # pairs that are compared at a time: what they need stays in a core's cache
ALL = 1 << 62
_SIZE_BITS = 24  # of a set's size where sets are found by it


class Bound(NamedTuple):
    """The least Jaccard similarity as a fraction, so that all arithmetic is in integers.

    A strict bound must be exceeded.
    """

    part: int
    whole: int
    strict: bool = False

    @classmethod
    def of(cls, similarity: float) -> Bound:
        """Return the bound that this similarity meets."""
        return cls(*Fraction(similarity).limit_denominator(1_000_000).as_integer_ratio())

    def shared(self, total: Any) -> Any:
        """Return the least intersection of two sets whose sizes add up to `total`."""
        return self._least(total, self.part + self.whole)

    def shared_of(self, size: Any) -> Any:
        """Return the least intersection of a set of this size with any other."""
        return self._least(size, self.whole)

    def _least(self, count: Any, whole: int) -> Any:
        return self.part * count // whole + 1 if self.strict else -(-self.part * count // whole)


class Alike(NamedTuple):
    """Pairs of sets, the lower number first, with the sizes of their intersection and union."""

    first: Numbers
    second: Numbers
    common: Numbers
    union: Numbers


class Search:
    """Searches pairs of sets with different labels; sets with a negative label are left out.

    Labels and bound may change during the search, which skips pairs that are no longer wanted.
    """

    def __init__(self, sets: Sets, labels: Numbers, bound: Bound) -> None:
        self.sets = sets
        self.labels = labels
        self.bound = bound

    def run(self, most: int = ALL) -> Iterator[Alike]:
        """Yield the pairs in batches, each pair at least once; compare at most `most` sets per
        shared member.

        The result is the same for any number of cores, because new labels and bounds apply after a
        whole wave.
        """
        portions = 1 + int(self.looked_at(self.sets.sizes[self.labels >= 0]).sum()) // AT_ONCE
        with threads() as pool:
            for number in range(portions):
                entries = self._entries(_Portion(number, portions, most))
                parts = entries.parts()
                while wave := list(islice(parts, WAVE)):
                    verify = partial(self._verify, entries)
                    yield from list(pool.map(verify, wave))

    def _verify(self, entries: _Entries, meetings: _Meetings) -> Alike:
        return self._verified(self._possible(entries, meetings))

    def looked_at(self, sizes: Numbers) -> Numbers:
        """Return how many members of sets of these sizes must be looked at."""
        return np.where(sizes > 0, np.maximum(sizes - self.bound.shared_of(sizes) + 1, 0), 0)

    def _entries(self, portion: _Portion) -> _Entries:
        """Return the members to look at, in the order of sets in which fewer meet."""
        chosen = np.flatnonzero((self.labels >= 0) & (self.sets.sizes > 0))
        labels, sizes = self.labels[chosen], self.sets.sizes[chosen]
        if len(chosen) and labels.max() == 1:
            return _TwoSides(self, chosen[np.lexsort((sizes, labels))], portion)
        by_size = _BySize(self, chosen[np.argsort(sizes, kind="stable")], portion)
        if 2 * len(np.unique(labels)) > len(labels):
            return by_size
        by_label = _ByLabel(self, chosen[np.argsort(labels, kind="stable")], portion)
        return min(by_size, by_label, key=lambda entries: entries.total)

    def _possible(self, entries: _Entries, meetings: _Meetings) -> Codes:
        """Return the pairs that meet, each once, unless sizes, positions or bits rule them out."""
        one, other = meetings.pairs()
        size, other_size = entries.size[one], entries.size[other]
        rest = np.minimum(entries.rest[one], entries.rest[other])
        part, whole = self.bound.part, self.bound.part + self.bound.whole
        stay = np.flatnonzero((size <= other_size) & (rest * whole >= part * (size + other_size)))
        first, second, total = (
            entries.owner[one[stay]],
            entries.owner[other[stay]],
            size[stay] + other_size[stay],
        )
        stay = np.flatnonzero(self.labels[first] != self.labels[second])
        first, second, total = first[stay], second[stay], total[stay]
        return distinct(packed(*self._by_bits(first, second, total - 2 * self.bound.shared(total))))

    def _by_bits(self, first: Numbers, second: Numbers, room: Numbers) -> tuple[Numbers, Numbers]:
        """Return the pairs that have no more differing bits than there is room for differing
        members.
        """
        for bits in self.sets.bits:
            room = room - _ones(np.take(bits, first, 0) ^ np.take(bits, second, 0))
            stay = np.flatnonzero(room >= 0)
            first, second, room = first[stay], second[stay], room[stay]
        return first, second

    def _verified(self, pairs: Codes) -> Alike:
        """Return the pairs that meet the bound."""
        first, second = unpacked(pairs)
        common = np.empty(len(pairs), np.int64)
        for at in range(0, len(pairs), VERIFIED):
            here = slice(at, at + VERIFIED)
            common[here] = self.sets.common(first[here], second[here])
        total = self.sets.sizes[first] + self.sets.sizes[second]
        stay = common >= self.bound.shared(total)
        return Alike(first[stay], second[stay], common[stay], (total - common)[stay])


def _ones(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return the number of bits set in the four words of each row, modulo 256: never too many."""
    counts = np.bitwise_count(words).view(np.uint32).ravel()
    return ((counts * np.uint32(0x01010101)) >> np.uint32(24)).astype(np.uint8)


# ---------------------------------------------------------------------------------------- who meets


class _Portion(NamedTuple):
    """A part of all members, selected by hash, and the most others that each may meet in it."""

    number: int
    all: int
    most: int

    def of(self, hashes: Codes) -> Numbers:
        """Return the positions of its members among those with these hashes."""
        return np.flatnonzero(hashes % np.uint64(self.all) == np.uint64(self.number))


class _Meetings(NamedTuple):
    """Entry `left[i]` meets each of the `counts[i]` entries from `begins[i]` on."""

    left: Numbers
    begins: Numbers
    counts: Numbers

    def pairs(self) -> tuple[Numbers, Numbers]:
        return np.repeat(self.left, self.counts), np.repeat(self.begins, self.counts) + counting(
            self.counts
        )


class _Entries:
    """The members to look at: equal ones together, in the order of their sets.

    Each has its set as `owner`, the `size` of the set, and `rest`, the number of members from it to
    the end of the set. `left` are those to look at if the set is the smaller of two. Members are
    distinguished by 32 bits of a hash; a collision costs one comparison.
    """

    def __init__(self, search: Search, order: Numbers, portion: _Portion) -> None:
        hashes, owner, place = _firsts(search, order, portion)
        keys = (hashes & ~LOW) | np.arange(len(hashes), dtype=np.uint64)
        keys.sort()
        at = (keys & LOW).astype(np.int64)
        self.bound = search.bound
        self.owner, place = owner[at], place[at]
        self.label = search.labels[self.owner]
        self.size = search.sets.sizes[self.owner]
        self.rest = self.size - place
        self.left = np.flatnonzero(place < self.size - self.bound.shared(2 * self.size) + 1)
        self.member: Numbers = np.cumsum(_changes(keys >> HIGH), dtype=np.int64)
        self.meetings: list[_Meetings] = []

    @property
    def total(self) -> int:
        """Return the number of meetings."""
        return sum(int(meetings.counts.sum()) for meetings in self.meetings)

    def meet(self, begins: Numbers, ends: Numbers) -> None:
        """Let each of `left` meet the entries from `begins` to `ends`."""
        some = ends > begins
        self.meetings.append(_Meetings(self.left[some], begins[some], (ends - begins)[some]))

    def parts(self) -> Iterator[_Meetings]:
        """Yield all meetings in parts of about CHUNK."""
        for meetings in self.meetings:
            sums = np.cumsum(meetings.counts)
            start = 0
            while start < len(sums):
                stop = int(np.searchsorted(sums, (sums[start - 1] if start else 0) + CHUNK)) + 1
                yield _Meetings(*(column[start:stop] for column in meetings))
                start = stop

    def before(self, member: Numbers, size: Numbers, side: Numbers | int = 0) -> Numbers:
        """Return where the entries of a member with sets of that size begin; they must be sorted by
        size.
        """
        sides = self.label if isinstance(side, np.ndarray) else 0
        return np.searchsorted(_key(self.member, sides, self.size), _key(member, side, size))

    @property
    def largest(self) -> Numbers:
        """Return the size of the largest set that each of `left` can be similar to."""
        return self.size[self.left] * self.bound.whole // self.bound.part


def _firsts(search: Search, order: Numbers, portion: _Portion) -> tuple[Codes, Numbers, Numbers]:
    """Return the hashes of a portion of the members to look at, with the set and the index of
    each.
    """
    hashes, owners, places = (
        [np.empty(0, np.uint64)],
        [np.empty(0, np.int64)],
        [np.empty(0, np.int64)],
    )
    for at in range(0, len(order), ROWS):
        sets = order[at : at + ROWS]
        members, owner, place = search.sets.firsts(sets, search.looked_at(search.sets.sizes[sets]))
        members = mix(members)
        chosen = portion.of(members)
        hashes.append(members[chosen])
        owners.append(owner[chosen])
        places.append(place[chosen])
    return np.concatenate(hashes), np.concatenate(owners), np.concatenate(places)


class _BySize(_Entries):
    """Sorted by size: each meets the later ones that are not too large."""

    def __init__(self, search: Search, order: Numbers, portion: _Portion) -> None:
        super().__init__(search, order, portion)
        begins = self.left + 1
        self.meet(
            begins,
            np.minimum(
                self.before(self.member[self.left], self.largest + 1), begins + portion.most
            ),
        )


class _TwoSides(_Entries):
    """Sorted by one of two labels, then by size: each meets the larger ones of the other label."""

    def __init__(self, search: Search, order: Numbers, portion: _Portion) -> None:
        super().__init__(search, order, portion)
        member, other = self.member[self.left], 1 - self.label[self.left]
        begins = self.before(member, self.size[self.left], other)
        self.meet(
            begins, np.minimum(self.before(member, self.largest + 1, other), begins + portion.most)
        )


class _ByLabel(_Entries):
    """Sorted by label: each meets those with other labels."""

    def __init__(self, search: Search, order: Numbers, portion: _Portion) -> None:
        super().__init__(search, order, portion)
        new = _changes(self.member)
        groups = _stretches(new, self.left)
        runs = _stretches(new | _changes(self.label), self.left)
        self.meet(runs[1], np.minimum(groups[1], runs[1] + portion.most))
        self.meet(np.maximum(groups[0], runs[0] - portion.most), runs[0])


def _key(member: Numbers, side: Numbers | int, size: Numbers) -> Numbers:
    return (2 * member + side) << _SIZE_BITS | np.minimum(size, (1 << _SIZE_BITS) - 1)


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values differ from the previous one; the first does."""
    return np.concatenate((np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1]))


def _stretches(breaks: NDArray[np.bool_], at: Numbers) -> tuple[Numbers, Numbers]:
    """Return where the run around each position begins and ends."""
    borders = np.append(np.flatnonzero(breaks), len(breaks))
    next_border = np.searchsorted(borders, at, "right")
    return borders[next_border - 1], borders[next_border]
