"""How much of a text repeats what it said before: lines, and phrases of some words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from dataprep.steps.quality.texts import Text

PHRASE = 5
"""Words of a phrase: the shortest of the n-grams of which Gopher counts duplicates."""
UNSPACED_PHRASE = 10
"""Characters of a phrase in scripts without spaces, where a word is about two."""
LINES = 4
"""Lines that a text must have before their repetition says something."""
PHRASES = 4
"""Phrases' lengths that a text must have before their repetition says something."""


def repeated_lines(text: Text) -> float:
    """Return the share of characters in lines that stood before, 0 of a text of less than four
    lines.

    Gopher (Rae et al. 2021, arXiv 2112.11446, table A1) refuses web pages from 0.2, FineWeb (Penedo
    et al. 2024, arXiv 2406.17557) from 0.1; songs, tables and lists of an answer have more.
    """
    if text.prose.count("\n") < LINES - 1:
        return 0.0
    if len(text.lines) < LINES or len(set(text.lines)) == len(text.lines):
        return 0.0
    seen: set[str] = set()
    again = 0
    for line in text.lines:
        again += len(line) if line in seen else 0
        seen.add(line)
    return again / sum(map(len, text.lines))


def repeated_phrases(text: Text) -> float:
    """Return the share of a text's words in phrases that stood before: of 5 words, or of 10
    characters without spaces.

    Gopher (table A1) refuses web pages with 0.15 of their characters in duplicate 5-grams, 0.10 in
    10-grams; the measure here leaves out the first of the same phrases, and so is about half of
    theirs for one that stands twice.
    """
    units, size = _units(text)
    return _share(units, size)


def repeated_units(text: Text) -> float:
    """Return the share of a text's words, or of its characters without spaces, that stood before.

    It is never less than that of repeated phrases, for what lies in one stood before.
    """
    units, size = _units(text)
    return 1 - len(set(units)) / len(units) if len(units) >= PHRASES * size else 0.0


def _units(text: Text) -> tuple[Sequence[str], int]:
    """Return the words of a text, or its characters in a script without spaces, and how many of
    them a phrase has.
    """
    if text.is_unspaced:
        return "".join(text.prose.split()), UNSPACED_PHRASE
    return text.prose.casefold().split(), PHRASE


def _share(units: Sequence[str], size: int) -> float:
    """Return the share of units in runs of `size` that stood before."""
    if len(units) < PHRASES * size:
        return 0.0
    runs = _runs(units, size)
    if len(set(runs)) == len(runs):
        return 0.0
    return _covered(runs, size) / len(units)


def _runs(units: Sequence[str], size: int) -> Sequence[Hashable]:
    if isinstance(units, str):
        return [units[at : at + size] for at in range(len(units) - size + 1)]
    return list(zip(*(units[start:] for start in range(size)), strict=False))


def _covered(runs: Sequence[Hashable], size: int) -> int:
    """Return how many units lie in runs that stood before, each counted once."""
    seen: set[Hashable] = set()
    covered = end = 0
    for at, run in enumerate(runs):
        if run in seen:
            covered += at + size - max(at, end)
            end = at + size
        seen.add(run)
    return covered
