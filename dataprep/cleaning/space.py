"""Line ends, and space that nobody sees: after lines, and around the text."""

from __future__ import annotations

import re

from dataprep.cleaning.rules import Rule, View
from dataprep.cleaning.stretches import outside

_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_BLANK_LINES_BEFORE = re.compile(r"\A(?:[^\S\n]*\n)+")
_AFTER_LINES = re.compile(r"(?<=\n)[^\S\n]+(?=\n)|(?<=\S) +(?=\n)|[\u3000\xa0]+(?=\n)")
_HARD_BREAK = re.compile(r"  +\n\S")
"""Two spaces, by which Markdown ends a line in a paragraph."""


def rule() -> Rule:
    """Return the rule about line ends and stray space."""
    return Rule("space", _may, lambda view: view.example.rewrite(_trim))


def _may(view: View) -> bool:
    return not view.is_printable or " \n" in view.text or any(text != text.strip() for text in view.texts)


def _trim(text: str) -> str:
    """Return a text with LF for line ends, and without blank lines before it, space after it, or after its lines."""
    text = _LINE_ENDS.sub("\n", text)
    if " \n" in text or not text.isprintable():
        text = outside(text, _trim_lines, ("code",))
    text = _BLANK_LINES_BEFORE.sub("", text).rstrip()
    return text if "\n" in text else text.strip()


def _trim_lines(text: str) -> str:
    return _AFTER_LINES.sub(lambda match: match[0] if _is_hard_break(match) else "", text)


def _is_hard_break(match: re.Match[str]) -> bool:
    return bool(_HARD_BREAK.match(match.string, match.start())) and match.string[match.start() - 1] != "\n"
