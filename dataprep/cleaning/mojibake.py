"""Text that was read in a wrong encoding, undone as far as ftfy is sure of it."""

from __future__ import annotations

from dataprep.cleaning.about import ENCODINGS, unless
from dataprep.cleaning.rules import Rule
from dataprep.cleaning.stretches import outside


def rule() -> Rule:
    """Return the rule that undoes mojibake, but for code and where people talk of encodings."""
    return Rule(
        "mojibake", lambda view: not view.is_ascii, unless(ENCODINGS, lambda text: outside(text, undo, ("code",)))
    )


def undo(text: str) -> str:
    """Return a text with each of its lines as it was before it was read in a wrong encoding.

    Lines are looked at one by one, as ftfy itself does, for one that is sound would speak for all others.
    """
    import ftfy

    lines = text.split("\n")
    return "\n".join(line if line.isascii() else ftfy.fix_encoding(line, restore_byte_a0=False) for line in lines)
