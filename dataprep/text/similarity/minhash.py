"""MinHash and locality-sensitive hashing: which sets may be similar, from a few numbers each
(Broder 1997).

A signature has one minimum for each of `BANDS` × `DEPTH` permutations. Two sets agree in one of
them with the chance of their Jaccard similarity s, in all of a band with s**DEPTH, and in one band
at least with 1 - (1 - s**DEPTH)**BANDS:
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity.words import Codes, Numbers, mix

BANDS, DEPTH = 32, 4
Bands = NDArray[np.uint32]

_FACTORS = (mix(np.arange(1, BANDS * DEPTH + 1, dtype=np.uint64)) >> np.uint64(32)).astype(
    np.uint32
) | np.uint32(1)
_TERMS = mix(np.arange(1, DEPTH + 1, dtype=np.uint64)) | np.uint64(1)


def chance(similarity: float) -> float:
    """Return the chance that two sets of this similarity become candidates: 0.6 0.988, 0.7 0.9998,
    0.8 1 - 5e-8.
    """
    return 1 - (1 - similarity**DEPTH) ** BANDS


def bands(members: Codes, ends: Numbers) -> Bands:
    """Return for each set, whose members end at `ends` among all, a number a band; sets of no
    members have zeros.

    The members are hashes already; multiplying by an odd number permutes their 32 highest bits.
    """
    sizes = np.diff(ends, prepend=0)
    full = np.flatnonzero(sizes)
    found = np.zeros((len(ends), BANDS), np.uint32)
    if full.size:
        least = _minima((members >> np.uint64(32)).astype(np.uint32), (ends - sizes)[full])
        total = sum(least[:, place] * term for place, term in enumerate(_TERMS))
        found[full] = (mix(total) >> np.uint64(32)).astype(np.uint32).T
    return found


def _minima(values: NDArray[np.uint32], starts: Numbers) -> NDArray[np.uint32]:
    """Return the least of each permutation, by bands and their depth, of each set that starts at
    one of `starts`.
    """
    found = np.empty((BANDS, DEPTH, len(starts)), np.uint32)
    permuted = np.empty_like(values)
    for factor, least in zip(_FACTORS, found.reshape(-1, len(starts)), strict=True):
        np.minimum.reduceat(np.multiply(values, factor, out=permuted), starts, out=least)
    return found
