"""What is looked for of an evaluation set's items: their words for spans of them, their terms for
other wordings.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from dataprep.model import Origin
from dataprep.steps.decontaminate.items import Item
from dataprep.steps.decontaminate.terms import terms
from dataprep.steps.decontaminate.words import is_character, tokens, words

PLAIN = frozenset({"0", "1", "2"})
"""Numbers that are as often words (`one of`, `two terms`), so that they do not tell one problem
from another.
"""


@dataclass(frozen=True)
class Unit:
    """One item as it is looked for.

    `words` are those of the question, `choices` and `answer` theirs, all exact. `weights` says how
    rare each term of the question is in its set: 1 for one that stands in one item alone, next to 0
    for one that stands in all. `answer_weights` says the same of the answer's other terms. `beside`
    are terms that may stand around the question.
    """

    name: str
    origin: Origin
    words: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    answer: tuple[str, ...]
    weights: Mapping[str, float]
    answer_weights: Mapping[str, float]
    beside: frozenset[str]

    @property
    def terms(self) -> Iterator[str]:
        """Yield the terms of the question and of the answer."""
        yield from self.weights
        yield from self.answer_weights

    @cached_property
    def total(self) -> float:
        """Return the weight of all terms of the question."""
        return math.fsum(self.weights.values())

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Return the numbers that tell the question from others of its kind."""
        return frozenset(filter(is_number, self.weights)) - PLAIN

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Return the words of the question and of its choices."""
        return (*self.words, *chain.from_iterable(self.choices))


def is_number(term: str) -> bool:
    """Tell whether a term is a number."""
    return term[0].isdecimal()


class _Draft(NamedTuple):
    """An item while the weights of its set are not known yet, and the terms of each of its
    parts.
    """

    item: Item
    question: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    gist: frozenset[str]
    answer: frozenset[str]
    beside: frozenset[str]


def units(name: str, items: Iterable[Item]) -> Iterator[Unit]:
    """Yield the unit of each item of a set, its terms weighed by how few of the set's items have
    them (IDF).
    """
    drafts = [_draft(item) for item in items]
    held = Counter(chain.from_iterable(draft.gist | draft.beside for draft in drafts))
    rarest = math.log1p(len(drafts))
    weights = {
        term: _half(term) * math.log1p(len(drafts) / count) / rarest for term, count in held.items()
    }
    for draft in drafts:
        yield _unit(name, draft, weights)


def _half(term: str) -> float:
    """Return what a pair of characters counts, of which a word has about two."""
    return 0.5 if is_character(term) else 1


def _draft(item: Item) -> _Draft:
    question = tokens(item.question)
    choices = [tokens(choice) for choice in item.choices]
    told = _told(item.question)
    gist, answer = (
        frozenset(terms(tokens(told) if told else question)),
        frozenset(terms(tokens(item.answer))),
    )
    beside = answer.union(terms(question), *map(terms, choices)) - gist
    return _Draft(
        item,
        tuple(words(question)),
        tuple(tuple(words(choice)) for choice in choices),
        gist,
        answer - gist,
        beside,
    )


_DOCSTRING = re.compile(r'def .*?(?:"""|\'\'\')(.*?)(?:"""|\'\'\'|\Z)', re.DOTALL)
_EXAMPLE = re.compile(r">>>|==>|\bexamples?\b", re.IGNORECASE)


def _told(question: str) -> str:
    """Return what the docstring of a function that is to be written tells in words, before its
    examples.
    """
    found = _DOCSTRING.search(question) if "def " in question else None
    return _EXAMPLE.split(found[1])[0].strip() if found else ""


def _unit(name: str, draft: _Draft, weights: Mapping[str, float]) -> Unit:
    return Unit(
        name,
        draft.item.origin,
        draft.question,
        draft.choices,
        tuple(words(tokens(draft.item.answer))),
        {term: weights[term] for term in sorted(draft.gist)},
        {term: weights[term] for term in sorted(draft.answer)},
        draft.beside,
    )
