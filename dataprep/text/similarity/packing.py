"""Pack pairs of examples or sets into one number each, so that numpy can sort them."""

from __future__ import annotations

import numpy as np

from dataprep.text.similarity.words import Codes, Numbers

HIGH, LOW = np.uint64(32), np.uint64((1 << 32) - 1)
"""The shift to the first number of a pair, and the mask of the second."""


def packed(first: Numbers, second: Numbers) -> Codes:
    """Return pairs as one number each, the lower one of a pair in the high half."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    return (low.astype(np.uint64) << HIGH) | high.astype(np.uint64)


def unpacked(pairs: Codes) -> Numbers:
    """Return packed pairs as two rows: the lower ones and the others."""
    return np.stack((pairs >> HIGH, pairs & LOW)).astype(np.int64)
