"""Choose diverse examples: one per cluster, then a second."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice, zip_longest

import numpy as np

from dataprep.text.similarity.minhash import Bands


def spread(bands: Bands, order: Sequence[int], count: int) -> list[int]:
    """Return `count` examples: the first of each cluster, then the second of each, and so on.

    An example joins the cluster of the first one with which it shares a MinHash band, as two
    examples with most words in common do (`minhash.chance` gives the probability).
    """
    clusters: list[list[int]] = []
    known: dict[tuple[int, int], list[int]] = {}
    for number, keys in zip(order, bands[np.asarray(order, np.int64)].tolist(), strict=True):
        if (cluster := next(filter(None, map(known.get, enumerate(keys))), None)) is None:
            clusters.append(cluster := [])
            known.update(dict.fromkeys(enumerate(keys), cluster))
        cluster.append(number)
    rounds = chain.from_iterable(zip_longest(*clusters))
    return list(islice((number for number in rounds if number is not None), count))
