"""Normalise line ends, and strip space after lines and around the text."""

from __future__ import annotations

import re

from dataprep.steps.clean.rules import CleanView, Rule
from dataprep.text.spans import outside

_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_BLANK_LINES_BEFORE = re.compile(r"\A(?:[^\S\n]*\n)+")
_BEFORE_LINE_END = re.compile(r"[^\S\n]+(?=\n)")
_STRAY = re.compile(r"\r|\u2028|\u2029|[^\S\n]\n")
"""What is in a text that is neither printable nor as it should be, but for its ends."""
_HARD_BREAK = re.compile(r"  +\n\S")
"""Two spaces, by which Markdown ends a line in a paragraph."""


def rule() -> Rule:
    """Return the rule about line ends and stray space."""
    return Rule("space", _may, lambda view: view.example.rewrite(_trim))


def _may(view: CleanView) -> bool:
    if " \n" in view.text or list(map(str.strip, view.texts)) != view.texts:
        return True
    return not view.is_printable and bool(_STRAY.search(view.text))


def _trim(text: str) -> str:
    """Return a text with LF for line ends, and without blank lines before it, space after it, or
    after its lines.
    """
    text = _LINE_ENDS.sub("\n", text)
    if _BEFORE_LINE_END.search(text):
        text = outside(text, _trim_lines, ("code",))
    text = _BLANK_LINES_BEFORE.sub("", text).rstrip()
    return text if "\n" in text else text.strip()


def _trim_lines(text: str) -> str:
    return _BEFORE_LINE_END.sub(_trimmed, text)


def _trimmed(match: re.Match[str]) -> str:
    """Return what stays of the space before a line end: a tab, what begins the text, and Markdown's
    line break.
    """
    space, before = match[0], match.string[: match.start()][-1:]
    if before == "\n":
        return ""
    if before and not space.strip(" "):
        return space if _HARD_BREAK.match(match.string, match.start()) else ""
    return space.rstrip("\u3000\xa0")
