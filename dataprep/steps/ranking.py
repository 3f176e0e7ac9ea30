"""Choose the best examples by a score, independently of the order of the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataprep.text.similarity.fingerprint import Fingerprint


def is_amount(best: float) -> bool:
    """Return whether a number is a share between 0 and 1, or a count of 1 or more."""
    return 0 < best < 1 or (best >= 1 and float(best).is_integer())


def number_of(value: Any) -> float | None:
    """Return a number, also from a text; None for anything else, and for nan."""
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return found if found == found else None


def best(
    scores: Mapping[int, float | None], prints: Sequence[Fingerprint], amount: float
) -> list[int]:
    """Return the numbers of the examples with the highest scores: a share of all, or a count.

    Equal scores are ordered by fingerprint. An example without a score is never among the best.
    """
    count = round(amount * len(scores)) if amount < 1 else int(amount)
    scored = [
        (-score, prints[example][:2], example)
        for example, score in scores.items()
        if score is not None
    ]
    return [example for _, _, example in sorted(scored)[:count]]
