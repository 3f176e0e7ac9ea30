"""Notes on rows that are trained on, but perhaps not as the author meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

INDEX = "{{idx}}"
UNASKED = "a blank question"
BLANK = "a blank answer, so only the end token is learnt"
FLIPPED = "an empty answer labelled true, which is learnt as false"
NUMBERED = f"'{INDEX}' in a question, which is replaced by the turn's number"
NO_SYSTEM = "no system text, so that the template adds its own"
ALONE = "alone in its batch, so its KL term compares it with its own answer"
TWIN = "the same answer as the row before, so its KL term compares it with its own answer"
KIN = (
    "the same question as the row before, so its KL term compares it with an answer to its own "
    "question"
)


def question_notes(texts: Sequence[str], numbered: bool) -> tuple[str, ...]:
    """Return notes on questions; `numbered` if the template inserts the turn's number."""
    found = (NUMBERED,) if numbered and any(INDEX in text for text in texts) else ()
    return found if all(text.strip() for text in texts) else (*found, UNASKED)


def answer_notes(texts: Sequence[str], wanted: bool | None) -> tuple[str, ...]:
    """Return notes on blank answers.

    `wanted` is the row's label, None without one. With a label, one of the texts is an empty
    placeholder.
    """
    if wanted is None:
        return () if all(text.strip() for text in texts) else (BLANK,)
    if wanted and not any(texts):
        return (FLIPPED,)
    return () if any(text.strip() for text in texts) else (BLANK,)


def kl_notes(
    alone: bool, same_prompt: bool, answers: Sequence[str], before: Sequence[str]
) -> tuple[str, ...]:
    """Return notes on a labelled row whose KL term is not computed from an answer to another
    question.

    LLaMA-Factory takes the answer of the row before in the batch, or of the last row for the first
    (`data/processor/feedback.py::preprocess_dataset`). One of a row's `answers` is empty and only
    encodes the label.
    """
    if alone:
        return (ALONE,)
    if [*filter(None, answers)] == [*filter(None, before)]:
        return (TWIN,)
    return (KIN,) if same_prompt else ()


def token_notes(special: re.Pattern[str] | None, texts: Iterable[Any]) -> tuple[str, ...]:
    """Return a note for each special token in the texts, which is encoded as the real one."""
    if special is None:
        return ()
    found = {token for text in texts if isinstance(text, str) for token in special.findall(text)}
    return tuple(f"special token '{token}' in the text" for token in sorted(found))


def special_in(tokens: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of these special tokens, None without any."""
    names = sorted((token for token in tokens if token), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None
