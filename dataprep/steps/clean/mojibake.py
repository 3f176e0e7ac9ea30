"""Text that was read in a wrong encoding, undone as far as ftfy is sure of it."""

from __future__ import annotations

from dataprep.steps.clean.about import ENCODINGS, unless
from dataprep.steps.clean.rules import Rule
from dataprep.text.mojibake import undo
from dataprep.text.spans import outside


def rule() -> Rule:
    """Return the rule that undoes mojibake, but for code and where people talk of encodings."""
    return Rule(
        "mojibake",
        lambda view: not view.is_ascii,
        unless(ENCODINGS, lambda text: outside(text, undo, ("code",))),
    )
