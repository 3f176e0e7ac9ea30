"""Shorten texts for people."""

from __future__ import annotations


def shorten(text: str, size: int, start: int = 0) -> str:
    """Return at most `size` characters from `start` on, with an ellipsis for each end left out."""
    opening, rest = "…" if start else "", text[start:]
    room = size - len(opening)
    return opening + (rest if len(rest) <= room else f"{rest[: room - 1]}…")
