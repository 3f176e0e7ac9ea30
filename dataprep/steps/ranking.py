"""The best of many by a score: the same ones for every step that keeps them, and for any order of
the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataprep.text.similarity.fingerprint import Fingerprint


def is_amount(best: float) -> bool:
    """Tell whether it says how many are the best: a share between 0 and 1, or a whole number."""
    return 0 < best < 1 or (best >= 1 and float(best).is_integer())


def number_of(value: Any) -> float | None:
    """Return a number, also of a text that is one; what is none, not even nan, has no score."""
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return found if found == found else None


def best(
    scores: Mapping[int, float | None], prints: Sequence[Fingerprint], amount: float
) -> list[int]:
    """Return the examples with the highest scores by their numbers: a share of all of them, or so
    many.

    Equal scores are in the order of what the examples say. One without a score is never among them.
    """
    count = round(amount * len(scores)) if amount < 1 else int(amount)
    scored = [
        (-score, prints[example][:2], example)
        for example, score in scores.items()
        if score is not None
    ]
    return [example for _, _, example in sorted(scored)[:count]]
