"""Samples for the report: of each rule that changed something, and of each reason to leave, the
first three places.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, NamedTuple

from dataprep.model import Example, Origin, texts
from dataprep.text.diff import first_difference
from dataprep.text.shorten import shorten

MOST = 3
SIZE = 120
"""Characters of a text that are shown."""
Key = tuple[str, str]
"""A kind of sample, "changed" or a way out, and the rule or the reason."""


class Sample(NamedTuple):
    """Where something was changed or left, and the first stretch that differs, before and after.

    Of an example that left, `before` is how it begins, and `found` what led to it.
    """

    path: str
    line: int
    before: str
    after: str = ""
    found: str = ""


class Samples:
    """The first samples of each kind, in the order of the inputs."""

    def __init__(self) -> None:
        self.first: dict[Key, list[Sample]] = {}

    def wants(self, key: Key) -> bool:
        """Tell whether there are not enough of a kind yet."""
        return len(self.first.get(key, ())) < MOST

    def add(self, key: Key, samples: Iterable[Sample]) -> None:
        """Add samples that come after all there are, as far as they are wanted."""
        self.first[key] = [*self.first.get(key, ()), *samples][:MOST]

    def update(self, others: Samples) -> None:
        """Add the samples of inputs that come after."""
        for key, samples in others.first.items():
            self.add(key, samples)

    def as_json(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """Return the samples of one kind, by rule or reason."""
        told = ("before", "after") if kind == "changed" else ("before", "found")
        return {
            name: [
                {part: getattr(sample, part) for part in ("path", "line", *told)}
                for sample in samples
            ]
            for (its, name), samples in sorted(self.first.items())
            if its == kind
        }


def changed(place: Origin, before: Example, after: Example) -> Sample:
    """Return a sample of an example that was changed: the first of its texts that differs."""
    pairs = zip_longest(
        (text for _, text in texts(before)), (text for _, text in texts(after)), fillvalue=""
    )
    one, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return Sample(place.path, place.line, *first_difference(one, other, SIZE))


def left(place: Origin, example: Example, found: str) -> Sample:
    """Return a sample of an example that left."""
    said = " → ".join(turn.text for turn in example.turns[-2:]) or example.text
    return Sample(place.path, place.line, shorten(said, SIZE), found=shorten(found, SIZE))
