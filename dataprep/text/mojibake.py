"""Undo text that was read in a wrong encoding, as far as ftfy is sure of it."""

from __future__ import annotations


def undo(text: str) -> str:
    """Return a text with each of its lines as it was before it was read in a wrong encoding.

    Lines are looked at one by one, as ftfy itself does, for one that is sound would speak for all
    others.
    """
    import ftfy

    lines = text.split("\n")
    return "\n".join(
        line if line.isascii() else ftfy.fix_encoding(line, restore_byte_a0=False) for line in lines
    )
