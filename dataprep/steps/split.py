"""Decide which examples are for training, for validation and for the test."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from dataprep.errors import DataprepError
from dataprep.fingerprint import Fingerprint

OVER = "output"
SPLITS = ("train", "val", "test")
Place = Callable[[Fingerprint], str]


def split(*, val: float = 0.0, test: float = 0.0, seed: int = 0) -> Place:
    """Split into train, val and test by a hash of the first question, so that a prompt is on one side only.

    val: fraction of the examples for validation while training, 0 to 1.
    test: fraction for the test, 0 to 1.
    seed: another number gives another split.

    A hash decides, not chance: an example stays where it was when others come or go. The fractions are therefore
    met on average, not to the row.
    """
    if not (0 <= val < 1 and 0 <= test < 1 and val + test < 1):
        raise DataprepError(f"val {val:g} and test {test:g} leave nothing to train on; expected fractions below 1")

    def place(print_: Fingerprint) -> str:
        draw = int.from_bytes(blake2b(b"%d:" % seed + print_.opening, digest_size=8).digest()) / 2**64
        if draw < test:
            return "test"
        return "val" if draw < test + val else "train"

    return place
