"""Answers that stop in mid-sentence."""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import Text, View, any_of, first, weight

LINE = 25
"""Letters of the shortest last line that is a sentence: not a name, a number, or `Yours
sincerely,`.
"""
PROSE = 100
"""Letters of a line that is a paragraph of prose."""
_WORDS = (
    "a",
    "an",
    "the",
    "and",
    "or",
    "but",
    "of",
    "because",
    "their",
    "our",
    "your",
    "its",
    "than",
)
_OPEN_WORD = re.compile(
    rf"(?<=[A-Za-z,] ){any_of(*_WORDS, 'such as', 'due to', 'in order to')}\Z", re.IGNORECASE
)
_OPEN_WORD_ZH = re.compile(r"(?:以及|或者|因为|但是|而且|并且|例如|比如|由于|虽然|不仅|包括)\Z")
_OPEN = ",，、；(（[【{《“「『"
"""Signs after which something must come."""
_CLOSED = ".!?。！？…．\"”’'」』)）]】》*_`~|>}:：-—;"
"""Signs with which a paragraph may end."""
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]*_]*(?:\s|$)|[。！？]")


def breaks_off(view: View) -> str:
    """Return the end of an answer that stops in mid-sentence, or in the middle of its thoughts.

    It stops at a comma or an opening bracket, at a word that cannot be the last one, or without a
    mark where all its other paragraphs have one. C4 (Raffel et al. 2020, arXiv 1910.10683, section
    2.2) keeps no line of a web page that does not end in a mark; an answer may end in a name, a
    list, code or a signature.
    """
    return first(map(_broken_end, view.texts))


def _broken_end(text: Text) -> str:
    whole = text.whole.rstrip()
    if "<think>" in whole:
        return "<think> that nothing closes"
    if whole[-1:] in _CLOSED or not text.lines:
        return ""
    last = text.lines[-1]
    is_sentence = whole.endswith(last) and weight(last) >= LINE
    return last[-40:] if is_sentence and (_is_open(last) or _stops_alone(text.lines)) else ""


def _is_open(line: str) -> bool:
    """Tell whether a line ends in what asks for more."""
    return bool(line[-1] in _OPEN or _OPEN_WORD.search(line) or _OPEN_WORD_ZH.search(line))


def _stops_alone(lines: list[str]) -> bool:
    """Tell whether the last line has sentences and no end, and all other paragraphs, two or more,
    have theirs.
    """
    *others, last = lines
    if not last[-1].isalnum() or weight(last) < PROSE or not _SENTENCE_END.search(last):
        return False
    prose = [line for line in others if weight(line) >= PROSE]
    return len(prose) > 1 and all(line[-1] in _CLOSED for line in prose)
