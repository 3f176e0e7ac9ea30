"""Undo mojibake, as far as ftfy is sure."""

from __future__ import annotations


def undo(text: str) -> str:
    """Return a text with each line as it was before it was decoded in a wrong encoding.

    ftfy fixes line by line too, because one sound line would vouch for all others.
    """
    import ftfy

    lines = text.split("\n")
    return "\n".join(
        line if line.isascii() else ftfy.fix_encoding(line, restore_byte_a0=False) for line in lines
    )
