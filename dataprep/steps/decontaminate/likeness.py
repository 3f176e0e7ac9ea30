"""How much a stretch of text is like a question, whatever the order and the form of its words, and
how much is enough.

The numbers here were chosen on twenty-four rewordings (`tests/steps/rewordings.yaml`, `tuning`)
against fourteen thousand rows of real instruction data that have none.
"""

from __future__ import annotations

from collections.abc import Set
from math import fsum
from typing import NamedTuple

from dataprep.steps.decontaminate.units import Unit, is_number

LEAST = 0.38
"""The share of the question's terms, by weight, that must be there."""
FEWEST = 4
"""Terms of the question that must be there; one less where its answer is, too."""
SPOKEN = 3
"""How many of these are no numbers."""
NUMBERS = 0.6
"""The share of the question's numbers that must be there."""
TOLD = 0.8
"""The weight of the answer's terms from which the answer is there."""
ENOUGH = 2.0
"""The weight of all that must be shared: two terms that no other item has, or more that are less
rare.
"""


class Likeness(NamedTuple):
    """What a text and a question share.

    `score` is Dice's coefficient: twice the weight of what both say, divided by all that each of
    them says. `shared` is that weight alone, `told` the weight of the answer's terms that are
    there.
    """

    score: float
    shared: float
    told: float


def may_ask(unit: Unit, terms: Set[str]) -> bool:
    """Tell whether a text with these terms can have a stretch that is the question in other words.

    Its numbers are not looked at, for they may be spelled another way.
    """
    found = unit.weights.keys() & terms
    shared = fsum(map(unit.weights.__getitem__, found))
    if shared < LEAST * unit.total:
        return False
    answered = told(unit, terms)
    best = Likeness(2 * shared / (unit.total + shared), shared, answered)
    return is_it(best, True) >= 0 and _is_enough(unit, found, shared + answered, answered)


def least(unit: Unit) -> float:
    """Return a weight of shared terms with less of which no text can ask the question, whatever
    else it has.
    """
    answer = fsum(unit.answer_weights.values())
    for share in range(round(100 * LEAST), 100):
        shared = unit.total * share / 100
        best = (
            Likeness(2 * shared / (unit.total + shared), shared, answer)
            if shared
            else Likeness(0, 0, answer)
        )
        if shared + answer >= ENOUGH and is_it(best, True) >= 0:
            return unit.total * (share - 1) / 100
    return unit.total * 0.99


def told(unit: Unit, terms: Set[str]) -> float:
    """Return the weight of the answer's terms among these."""
    return fsum(map(unit.answer_weights.__getitem__, unit.answer_weights.keys() & terms))


def _is_enough(unit: Unit, found: Set[str], evidence: float, answered: float) -> bool:
    """Tell whether what was found is enough to compare a text and a question at all."""
    if evidence < ENOUGH or sum(not is_number(term) for term in found) < SPOKEN:
        return False
    return answered >= TOLD or len(found) >= FEWEST < len(unit.weights)


def has_numbers(unit: Unit, terms: Set[str]) -> bool:
    """Tell whether enough of the question's numbers are among these terms."""
    return len(unit.numbers & terms) >= NUMBERS * len(unit.numbers)


def likeness(unit: Unit, terms: Set[str], answered: float) -> Likeness:
    """Compare a stretch of text with a question; numbers and the item's other terms may stand in
    it, too.
    """
    found = unit.weights.keys() & terms
    shared = fsum(map(unit.weights.__getitem__, found))
    others = sum(not is_number(term) for term in terms - found - unit.beside)
    mean = unit.total / len(unit.weights)
    return Likeness(2 * shared / (unit.total + shared + others * mean), shared, answered)


def is_it(like: Likeness, framed: bool) -> float:
    """Return by how much a likeness is above what makes a hit, below 0 where it is none.

    The more is shared, the lower is the bar. Where the stretch is not framed, as it is where it
    makes up a turn or a paragraph, the bar is higher and the answer does not lower it: a text on
    the same matter has such stretches, too.
    """
    if framed:
        return like.score - max(0.45, 1.0 - 0.1 * (like.shared + like.told))
    return like.score - max(0.55, 1.15 - 0.1 * like.shared)
