"""Detect the language of an example: of its prompts, its answers, or both."""

from __future__ import annotations

from functools import reduce
from typing import Literal

from dataprep.model import Example
from dataprep.text.languages import Detected, detect, join

Part = Literal["prompt", "answer", "all"]
_ROLES = {"prompt": ("user",), "answer": ("assistant",), "all": ("user", "assistant")}


def detect_example(example: Example, of: Part, sure: float) -> Detected:
    """Return the language of a part of an example; a document has one part.

    Prompts and answers are detected separately, so a question and its answer in two languages give
    both; a side with a confidence below `sure` adds nothing to the other. System text, tool calls
    and rejected answers do not count.
    """
    if example.text:
        return detect(example.text)
    texts = (
        "\n".join(turn.text for turn in example.turns if turn.role == role) for role in _ROLES[of]
    )
    first, *rest = sorted(map(detect, texts), key=lambda found: -found.confidence)
    return reduce(join, (side for side in rest if side.confidence >= sure), first)
