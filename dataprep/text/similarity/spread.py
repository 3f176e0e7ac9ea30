"""Choose examples that are spread over what is there: of those that are like each other one, then a
second.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice, zip_longest

import numpy as np

from dataprep.text.similarity.minhash import Bands


def spread(bands: Bands, order: Sequence[int], count: int) -> list[int]:
    """Return so many of the examples: the first of each cluster, in the order of the clusters, then
    the second of each.

    An example is of the cluster of the first one that it shares a band of its MinHash with, as two
    do that share most of their words (`minhash.chance` says how surely).
    """
    clusters: list[list[int]] = []
    known: dict[tuple[int, int], list[int]] = {}
    for number, keys in zip(order, bands[np.asarray(order, np.int64)].tolist(), strict=True):
        if (its := next(filter(None, map(known.get, enumerate(keys))), None)) is None:
            clusters.append(its := [])
            known.update(dict.fromkeys(enumerate(keys), its))
        its.append(number)
    rounds = chain.from_iterable(zip_longest(*clusters))
    return list(islice((number for number in rounds if number is not None), count))
