"""The language of an example: of its prompts, of its answers, or of both."""

from __future__ import annotations

from functools import reduce
from typing import Literal

from dataprep.model import Example
from dataprep.text.languages import Told, join, tell

Part = Literal["prompt", "answer", "all"]
_ROLES = {"prompt": ("user",), "answer": ("assistant",), "all": ("user", "assistant")}


def tell_example(example: Example, of: Part, sure: float) -> Told:
    """Return the language of a part of an example; a document has one part.

    Prompts and answers are looked at by themselves, so that a question in one language with its
    answer in another has both; one that is told with less than `sure` adds nothing to the other.
    System text, tool traffic and the worse answer of a pair have no say.
    """
    if example.text:
        return tell(example.text)
    first, *rest = sorted(map(tell, _said(example, of)), key=lambda told: -told.confidence)
    return reduce(join, (side for side in rest if side.confidence >= sure), first)


def _said(example: Example, of: Part) -> list[str]:
    """Return the texts of a part, those of each role as one."""
    return [
        "\n".join(turn.text for turn in example.turns if turn.role == role) for role in _ROLES[of]
    ]
