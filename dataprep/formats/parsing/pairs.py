"""Preference pairs: the better answer ends the conversation, the worse one is `rejected`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing.spoken import Said
from dataprep.model import ANSWERS, Example, Turn

Turns = tuple[Turn, ...]


def paired(
    asked: Turns, chosen: Turns, rejected: Turns, system: str = "", tools: str = ""
) -> Example:
    """Return the example of a pair.

    Each answer is one turn, or a whole conversation that ends with it. Two conversations must be
    equal up to the answer and contain the question. Raises `RecordError` if they do not, or if the
    answers are equal.
    """
    better, worse = _whole(asked, chosen), _whole(asked, rejected)
    if better[:-1] != worse[:-1]:
        raise RecordError(
            "pair of different prompts", "chosen and rejected differ before the last answer"
        )
    return Example(better, system, tools, worse[-1])


def _whole(asked: Turns, answered: Turns) -> Turns:
    """Return the conversation that ends with the answer."""
    if not answered:
        raise RecordError("empty answer", "one of the pair has no turn")
    if answered[0].role in ANSWERS:
        return asked + answered
    if asked and answered[: len(asked)] != asked and answered[:-1][-len(asked) :] != asked:
        raise RecordError("two prompts", "the prompt is not what is asked in chosen and rejected")
    return answered


def one_system(*texts: str) -> str:
    """Return the system message on which several places agree."""
    found = {text for text in texts if text}
    if len(found) > 1:
        raise RecordError(
            "two system texts", "the places where a system text stands have different ones"
        )
    return next(iter(found), "")


def from_said(
    asked: Said, chosen: Said, rejected: Said, system: str = "", tools: str = ""
) -> Example:
    """Return the example of a pair whose parts may each have a system message."""
    return paired(
        asked[1],
        chosen[1],
        rejected[1],
        one_system(system, asked[0], chosen[0], rejected[0]),
        tools,
    )
