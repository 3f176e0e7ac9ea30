"""Redact personal data and secrets in an example, drop the example, or report it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from dataprep.model import Drop, Example, Tag, texts
from dataprep.steps.base import Ruling
from dataprep.steps.privacy.find import find
from dataprep.steps.privacy.placeholders import Placeholders, is_clean, rewritten

Judge = Callable[[Sequence[str], Example], Sequence[Ruling]]
"""Returns a ruling for each of these kinds that an example holds."""


def _redact(kinds: Sequence[str], example: Example) -> Sequence[Ruling]:
    places = places_in(example, kinds)
    if not places:
        return ()
    placeholders = Placeholders(text for _, text in texts(example))
    rulings = []
    for number, kind in enumerate(kinds, 1):
        if kind not in places:
            continue
        # The kinds before it too: a neighbour that is redacted now may have hidden their data.
        redacted = rewritten(example, partial(placeholders.put, kinds=kinds[:number]))
        rulings.append(Ruling(f"{_words(kind)} redacted", redacted))
        if isinstance(redacted, Drop):
            break
        example = redacted
        places = places_in(example, kinds)
    return rulings


def _drop(kinds: Sequence[str], example: Example) -> Sequence[Ruling]:
    places = places_in(example, kinds)
    for kind in kinds:
        if kind in places:
            return (Ruling(kind, Drop(f"private: {_words(kind)}", _counted(places[kind]))),)
    return ()


def _report(kinds: Sequence[str], example: Example) -> Sequence[Ruling]:
    places = places_in(example, kinds)
    return [
        Ruling(kind, Tag(example, f"private: {_words(kind)}", _counted(places[kind])))
        for kind in kinds
        if kind in places
    ]


JUDGES: Mapping[str, Judge] = {"redact": _redact, "drop": _drop, "report": _report}


def places_in(example: Example, kinds: Sequence[str]) -> Mapping[str, list[str]]:
    """Return for each kind found the name of the text of each datum."""
    places: dict[str, list[str]] = {}
    if not is_clean(example):
        for name, text in texts(example):
            for found in find(text, kinds):
                places.setdefault(found.kind, []).append(name)
    return places


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _counted(places: Sequence[str]) -> str:
    """Return how many data there are and where, and nothing of the data."""
    return f"{len(places)} in {', '.join(dict.fromkeys(places))}"
