"""The pairs of words of many examples as sets on disk, rarest first, with bounds on their
intersections.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity.sketch import Sketches, counting, pairs_in
from dataprep.text.similarity.words import Codes, Numbers, mix

BATCH = 2048  # sets that are put in order at a time; as many as the bits above a member can number
WORDS = 4  # of 64 bits, twice, for what bounds how much two sets can share
_MEMBER, _ORDERED = (
    np.uint64(44),
    np.uint64(53),
)  # bits of a member as it is written, and with its rarity before it
_TABLE = 24  # bits of the table of frequencies at most: 64 MiB
_COUNTED = 1 << 20  # members that are counted at a time


class Sets:
    """The pairs of words of examples, each set with the rarest first, in a temporary file.

    Set i is example `rows[i]` of the sketches.
    """

    def __init__(self, sketches: Sketches, rows: Sequence[int]) -> None:
        self.sizes, self.members = _written(sketches, np.asarray(rows, np.int64))
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.bits = np.zeros((2, len(rows), WORDS), np.uint64)
        self.sums = np.zeros(len(rows), np.uint64)
        frequencies, shift = _frequencies(self.members)
        with threads() as pool:
            list(
                pool.map(lambda at: self._order(at, frequencies, shift), range(0, len(rows), BATCH))
            )

    def __len__(self) -> int:
        return len(self.sizes)

    def _order(self, at: int, frequencies: NDArray[np.uint32], shift: np.uint64) -> None:
        """Sort the members of a batch of sets by rarity, and set their bits and sum."""
        sizes = self.sizes[at : at + BATCH]
        here = slice(self.starts[at], self.starts[at] + sizes.sum())
        members = self.members[here]
        rarity = (32 * np.log2(frequencies[members >> shift])).astype(
            np.uint64
        )  # 9 bits, for counts below 2**16
        ordered = np.minimum(rarity, np.uint64(511)) << _MEMBER | members
        ordered |= np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes) << _ORDERED
        ordered.sort()
        self.members[here] = ordered & np.uint64((1 << 53) - 1)
        full = np.flatnonzero(sizes)
        if full.size:
            starts = (self.starts[at : at + BATCH] - self.starts[at])[full]
            self.bits[:, at + full] = _bits(members, starts)
            self.sums[at + full] = np.add.reduceat(mix(members), starts)

    def firsts(self, sets: Numbers, counts: Numbers) -> tuple[Codes, Numbers, Numbers]:
        """Return the first `counts` members of these sets, with the set and the index of each."""
        place = counting(counts)
        return (
            self.members[np.repeat(self.starts[sets], counts) + place],
            np.repeat(sets, counts),
            place,
        )

    def common(self, first: Numbers, second: Numbers) -> Numbers:
        """Return the size of the intersection of each pair of sets."""
        owner = np.arange(len(first), dtype=np.uint64) << _ORDERED
        keys = []
        for side in (first, second):
            members, _, _ = self.firsts(side, self.sizes[side])
            keys.append(members | np.repeat(owner, self.sizes[side]))
        both = np.sort(np.concatenate(keys))
        twice = both[1:][both[1:] == both[:-1]]
        return np.bincount((twice >> _ORDERED).astype(np.int64), minlength=len(first))


def threads() -> ThreadPoolExecutor:
    """Return a thread per core; numpy sorts and takes without the GIL."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)))


def _written(sketches: Sketches, rows: Numbers) -> tuple[Numbers, Codes]:
    """Write the pairs of words of these examples to a file; return their counts, and the file as an
    array.
    """
    counts = [np.empty(0, np.int64)]

    def pairs(at: int) -> tuple[Codes, Numbers]:
        return pairs_in(*sketches.codes(rows[at : at + BATCH]), "whole")

    with TemporaryFile(dir=sketches.folder) as file, threads() as pool:
        for members, ends in pool.map(pairs, range(0, len(rows), BATCH)):
            file.write((members >> np.uint64(20)).tobytes())
            counts.append(np.diff(ends, prepend=0))
        sizes = np.concatenate(counts)
        file.flush()
        return sizes, np.memmap(file, np.uint64, "r+") if sizes.any() else np.empty(0, np.uint64)


def _frequencies(members: Codes) -> tuple[NDArray[np.uint32], np.uint64]:
    """Return a table of member frequencies by leading bits, and the shift to those bits."""
    size = min(max(len(members).bit_length() + 1, 8), _TABLE)
    shift = _MEMBER - np.uint64(size)
    table = np.zeros(1 << size, np.uint32)
    for at in range(0, len(members), _COUNTED):
        np.add.at(table, members[at : at + _COUNTED] >> shift, 1)
    return table, shift


def _bits(members: Codes, starts: Numbers) -> NDArray[np.uint64]:
    """Return two rows of words per set, in which each member has set one bit."""
    word, bit = (
        members % np.uint64(2 * WORDS),
        np.uint64(1) << (members >> np.uint64(3)) % np.uint64(64),
    )
    found = [
        np.bitwise_or.reduceat(np.where(word == at, bit, np.uint64(0)), starts)
        for at in range(2 * WORDS)
    ]
    return np.stack([np.stack(found[:WORDS], axis=1), np.stack(found[WORDS:], axis=1)])
