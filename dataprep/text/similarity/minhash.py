"""MinHash and locality-sensitive hashing: find candidates from a few numbers per set (Broder 1997).

A signature has the minimum of each of `BANDS` × `DEPTH` permutations. For two sets of Jaccard
similarity s, one minimum agrees with probability s, a band with s**DEPTH, and at least one band
with 1 - (1 - s**DEPTH)**BANDS.
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
    """Return the probability that two sets of this similarity become candidates: 0.6 0.988, 0.7
    0.9998, 0.8 1 - 5e-8.
    """
    return 1 - (1 - similarity**DEPTH) ** BANDS


def bands(members: Codes, ends: Numbers) -> Bands:
    """Return a number per band for each set; `ends` are the ends of the sets in `members`.

    Empty sets have zeros. The members are hashes already; multiplying by an odd number permutes
    their 32 highest bits.
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
    """Return the minimum of each permutation (bands × depth) for the sets that begin at
    `starts`.
    """
    found = np.empty((BANDS, DEPTH, len(starts)), np.uint32)
    permuted = np.empty_like(values)
    for factor, least in zip(_FACTORS, found.reshape(-1, len(starts)), strict=True):
        np.minimum.reduceat(np.multiply(values, factor, out=permuted), starts, out=least)
    return found
