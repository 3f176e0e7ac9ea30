"""What is to be said of a row that is trained on, but perhaps not as its author meant it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

INDEX = "{{idx}}"
UNASKED = "a blank question"
BLANK = "a blank answer, learnt as the end token alone"
FLIPPED = "a wanted answer that is empty, learnt as unwanted"
NUMBERED = f"'{INDEX}' in a question, where the turn's number is put"
NO_SYSTEM = "no system text, so that the template adds its own"
ALONE = "a row that is alone in its batch, so that its kl term compares it with its own answer"
TWIN = (
    "the same answer as in the row before it, so that its kl term compares it with its own answer"
)
KIN = "the same question as in the row before it, so that its kl term compares it with an answer to its own question"


def question_notes(texts: Sequence[str], numbered: bool) -> tuple[str, ...]:
    """Return what is to be said of questions; `numbered` says that the template puts in the turn's
    number.
    """
    found = (NUMBERED,) if numbered and any(INDEX in text for text in texts) else ()
    return found if all(text.strip() for text in texts) else (*found, UNASKED)


def answer_notes(texts: Sequence[str], wanted: bool | None) -> tuple[str, ...]:
    """Return what is to be said of blank answers; `wanted` is the label, and an empty text then
    only its place.
    """
    if wanted is None:
        return () if all(text.strip() for text in texts) else (BLANK,)
    if wanted and not any(texts):
        return (FLIPPED,)
    return () if any(text.strip() for text in texts) else (BLANK,)


def kl_notes(
    alone: bool, same_prompt: bool, answers: Sequence[str], before: Sequence[str]
) -> tuple[str, ...]:
    """Return what is to be said of a labelled row whose kl term is not of an answer to another
    question.

    That answer is the one of the row before it in its batch, for the first the last one's
    (feedback.py:88). Of a row's `answers` one is empty and only tells the label.
    """
    if alone:
        return (ALONE,)
    if [*filter(None, answers)] == [*filter(None, before)]:
        return (TWIN,)
    return (KIN,) if same_prompt else ()


def token_notes(special: re.Pattern[str] | None, texts: Iterable[Any]) -> tuple[str, ...]:
    """Return which special tokens stand in these texts, to be taken for the real ones."""
    if special is None:
        return ()
    found = {token for text in texts if isinstance(text, str) for token in special.findall(text)}
    return tuple(f"special token '{token}' in the text" for token in sorted(found))


def special_in(tokens: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds any of these special tokens in a text."""
    names = sorted((token for token in tokens if token), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None
