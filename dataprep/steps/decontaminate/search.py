"""The closer look at a text: which items it holds, in which part and by which words of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from math import fsum
from typing import NamedTuple

from dataprep.steps.decontaminate.anchors import SPAN
from dataprep.steps.decontaminate.glance import Glance
from dataprep.steps.decontaminate.index import Index, Near
from dataprep.steps.decontaminate.likeness import (
    TOLD,
    Likeness,
    has_numbers,
    is_it,
    likeness,
    may_ask,
    told,
)
from dataprep.steps.decontaminate.terms import terms, terms_in
from dataprep.steps.decontaminate.units import Unit
from dataprep.steps.decontaminate.words import Placed, placed, size

PIECE = 4_000
"""Characters of a text that are looked at together."""
OVERLAP = 400
LEAST, TOGETHER = 4, 8
"""Words that a question must have to be told by its answer, or both of them together."""


class Hit(NamedTuple):
    """An item that a text holds something of: in which part, how it was found, and the words of the
    text.
    """

    unit: Unit
    part: str
    how: str
    span: str


def search(index: Index, text: str) -> list[Hit]:
    """Return the items that a text holds something of, in their order, each once."""
    return _hits(index, ((piece, index.near(piece)) for piece in _pieces(text)))


def search_all(index: Index, glance: Glance, texts: Sequence[str]) -> list[list[Hit]]:
    """Return what `search` does for each text, in half the time."""
    pieces = [
        (number, piece)
        for number, text in enumerate(texts)
        if glance.takes(text)
        for piece in _pieces(text)
    ]
    near: defaultdict[int, list[tuple[str, Near]]] = defaultdict(list)
    for place, its in glance.near([piece for _, piece in pieces]).items():
        number, piece = pieces[place]
        near[number].append((piece, its))
    seen = {number for number, _ in pieces}
    return [
        _hits(index, near[number])
        if number in near
        else []
        if number in seen
        else search(index, text)
        for number, text in enumerate(texts)
    ]


def _hits(index: Index, pieces: Iterable[tuple[str, Near]]) -> list[Hit]:
    """Return what the pieces of a text hold, of the items that each may hold something of."""
    found: dict[int, Hit] = {}
    for piece, near in pieces:
        if near.verbatim or near.reworded:
            reading = _TextSearch(piece)
            for number in near.verbatim:
                if hit := _verbatim(reading, index.units[number]):
                    found.setdefault(number, hit)
            for number in near.reworded:
                if number not in found and (hit := _reworded(reading, index.units[number])):
                    found[number] = _verbatim(reading, index.units[number]) or hit
    return [found[number] for number in sorted(found)]


def _pieces(text: str) -> Iterator[str]:
    """Yield a long text in pieces that overlap."""
    start = 0
    while len(text) - start > PIECE:
        end = _end_of_paragraph(text, start)
        yield text[start:end]
        start = end - OVERLAP
    yield text[start:]


def _end_of_paragraph(text: str, start: int) -> int:
    """Return where a piece ends that begins there: with a paragraph, a line, a word, or
    anywhere.
    """
    for sign in ("\n\n", "\n", " "):
        end = text.rfind(sign, start + PIECE // 2, start + PIECE)
        if end > 0:
            return end
    return start + PIECE


_SENTENCE = re.compile(r"[.!?:;][\"')\]*]*(?:\s|\Z)|[。！？；]|\n")
_PARAGRAPH = re.compile(r"\n\s*\n")


class _Sentence(NamedTuple):
    """A sentence: where it stands, its terms, and whether it begins and ends a paragraph."""

    start: int
    end: int
    terms: frozenset[str]
    begins: bool
    ends: bool


class _TextSearch:
    """A text with what is known of it so far."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def placed(self) -> Placed:
        """Return its words with their places."""
        return placed(self.text)

    @cached_property
    def sentences(self) -> list[_Sentence]:
        """Return the sentences that have terms, in their order."""
        return [
            sentence
            for paragraph in self._paragraphs()
            for sentence in _sentences(self.text, *paragraph)
        ]

    def _paragraphs(self) -> Iterator[tuple[int, int]]:
        start = 0
        for cut in _PARAGRAPH.finditer(self.text):
            yield start, cut.start()
            start = cut.end()
        yield start, len(self.text)


def _sentences(text: str, start: int, end: int) -> list[_Sentence]:
    """Return the sentences of a paragraph that have terms."""
    ends = [*(cut.end() for cut in _SENTENCE.finditer(text, start, end)), end]
    spans = [
        (first, last, terms_in(text[first:last]))
        for first, last in zip([start, *ends], ends, strict=False)
    ]
    found = [span for span in spans if span[2]]
    return [_Sentence(*span, begins=span is found[0], ends=span is found[-1]) for span in found]


# ----------------------------------------------------------------------------------------- verbatim


def _verbatim(reading: _TextSearch, unit: Unit) -> Hit | None:
    return _whole(reading.placed, unit) or _run(reading.placed, unit)


def _whole(text: Placed, unit: Unit) -> Hit | None:
    """Find the question word for word, where it says enough or what stands around it shows that it
    is the question.
    """
    for first in _places(text.words, unit.words):
        if end := _told_by(text, unit, first, first + len(unit.words)):
            return Hit(unit, "question", "word for word", text.span(first, end))
    return None


def _places(text: Sequence[str], words: Sequence[str]) -> Iterator[int]:
    """Yield where words stand in a row in a text."""
    for first in range(len(text) - len(words) + 1) if words else ():
        if text[first] == words[0] and tuple(text[first : first + len(words)]) == words:
            yield first


def _told_by(text: Placed, unit: Unit, first: int, end: int) -> int:
    """Return where a question ends that is found, 0 where its words may stand there by chance."""
    words, count, behind = size(unit.words), len(unit.weights), text.gap(end)
    if words >= 8 and count >= 5:
        return end
    if words >= 6 and count >= 3 and _SENTENCE.search(behind):
        return end
    if (
        words >= 4
        and count >= 2
        and _PARAGRAPH.search(behind)
        and _PARAGRAPH.search(text.gap(first))
    ):
        return end
    return _with_answer(text, unit, first, end) or _with_choices(text, unit, end)


def _with_answer(text: Placed, unit: Unit, first: int, end: int) -> int:
    """Return where the answer ends that follows a question which is a paragraph, 0 where another or
    none does.
    """
    after = end + len(unit.answer)
    if not unit.answer or tuple(text.words[end:after]) != tuple(unit.answer):
        return 0
    is_asked = _PARAGRAPH.search(text.gap(end)) and (
        first == 0 or _PARAGRAPH.search(text.gap(first))
    )
    is_told = after == len(text.words) or _SENTENCE.search(text.gap(after))
    is_long = size(unit.words) >= LEAST or size(unit.words) + size(unit.answer) >= TOGETHER
    return after if is_asked and is_told and is_long else 0


def _with_choices(text: Placed, unit: Unit, end: int) -> int:
    """Return where the choices end that follow a question, 0 where they do not."""
    for choice in filter(None, unit.choices):
        place = next(
            (at for at in _places(text.words[: end + len(choice) + 2], choice) if at >= end), -1
        )
        if place < 0:
            return 0
        end = place + len(choice)
    return end if unit.choices and size(unit.asked) >= 6 else 0


def _run(text: Placed, unit: Unit) -> Hit | None:
    """Find a long run of an item's words: of its question with the choices, or twice as long a one
    of its answer.
    """
    for part, words, least in (("question", unit.asked, SPAN), ("answer", unit.answer, 2 * SPAN)):
        first, end = _longest(text.words, words)
        long = size(text.words[first:end]) >= min(least, max(SPAN, size(words)))
        if long and _says_enough(text.words[first:end], unit):
            return Hit(unit, part, f"{end - first} words in a row", text.span(first, end))
    return None


def _longest(text: Sequence[str], words: Sequence[str]) -> tuple[int, int]:
    """Return where the longest run of the words begins in the text, and where it ends."""
    match = SequenceMatcher(None, words, text, autojunk=False).find_longest_match()
    return match.b, match.b + match.size


def _says_enough(run: Sequence[str], unit: Unit) -> bool:
    """Tell whether a run is more than words by which many questions are put."""
    held = frozenset(terms(run))
    weights = {**unit.answer_weights, **unit.weights}
    return len(held) >= 4 and fsum(weights.get(term, 0.3) for term in held) >= 1.5


# ----------------------------------------------------------------------------------------- reworded


class _Stretch(NamedTuple):
    """Sentences in a row, how like a question they are, and how far above the bar that is."""

    above: float
    start: int
    end: int
    like: Likeness


def _reworded(reading: _TextSearch, unit: Unit) -> Hit | None:
    """Find the question in other words: the stretch of the text that is most surely it."""
    best = max(_stretches(reading.sentences, unit), key=lambda stretch: stretch.above, default=None)
    if best is None or best.above < 0:
        return None
    how = f"in other words, {best.like.score:.2f}" + (
        ", with its answer" if best.like.told >= TOLD else ""
    )
    return Hit(unit, "question", how, reading.text[best.start : best.end].strip())


def _stretches(sentences: Sequence[_Sentence], unit: Unit) -> Iterator[_Stretch]:
    """Yield the sentences in a row that may be the question."""
    most = 2 * len(unit.weights) + 8
    for first, sentence in enumerate(sentences):
        if not sentence.terms.isdisjoint(unit.weights):
            held: frozenset[str] = frozenset()
            for last in range(first, len(sentences)):
                held |= sentences[last].terms
                if len(held - unit.beside) > most:
                    break
                yield from _compared(sentences, unit, first, last, held)


def _compared(
    sentences: Sequence[_Sentence], unit: Unit, first: int, last: int, held: frozenset[str]
) -> Iterator[_Stretch]:
    """Yield the stretch from one sentence to another where it may be the question; the answer may
    stand behind it.
    """
    behind = held.union(*(sentence.terms for sentence in sentences[last + 1 : last + 4]))
    if has_numbers(unit, held) and may_ask(unit, held | (behind & unit.answer_weights.keys())):
        like = likeness(unit, held, told(unit, behind))
        above = is_it(like, sentences[first].begins and sentences[last].ends)
        yield _Stretch(above, sentences[first].start, sentences[last].end, like)
