"""The rules of `clean`, and how they are applied to an example together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import NamedTuple

from dataprep.model import Drop, Example
from dataprep.steps.base import Ruling


class CleanView:
    """The prose of an example, joined, with the facts that several rules ask about.

    `is_printable` is true where there are only letters, signs, spaces, and line feeds: no control
    or format characters. `silent` holds the topics that the example is known not to be about;
    cleaning adds none.
    """

    def __init__(self, example: Example, silent: Collection[object] = ()) -> None:
        self.example = example
        self.texts = example.prose
        self.text = "\n".join(self.texts)
        self.is_ascii = self.text.isascii()
        self.is_printable = self.text.replace("\n", "").isprintable()
        self.silent = set(silent)

    @cached_property
    def lower(self) -> str:
        """Return the text in lower case."""
        return self.text.lower()


class Rule(NamedTuple):
    """A rule by the name that counts its changes.

    `may` is a quick check whether the rule may change an example; it rarely may. `change` returns
    the very same example where it changes nothing, and a `Drop` where nothing is left of a prompt
    or an answer.
    """

    name: str
    may: Callable[[CleanView], bool]
    change: Callable[[CleanView], Example | Drop]


class Cleaner:
    """Applies rules one after another; all of them share one view of the example."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that changed an example, in order; a `Drop` ends it."""
        view = CleanView(example)
        found: list[Ruling] = []
        for number, rule in enumerate(self.rules):
            if not rule.may(view):
                continue
            made = rule.change(view)
            if made is view.example:
                continue
            if isinstance(made, Example):
                made, view = self._settle(made, number, view)
            found.append(Ruling(rule.name, made))
            if isinstance(made, Drop):
                break
        return found

    def _settle(
        self, example: Example, number: int, view: CleanView
    ) -> tuple[Example | Drop, CleanView]:
        """Apply the rules up to this number again until nothing changes.

        So cleaning twice is cleaning once: an entity may stand for a full-width letter, and a tag
        may separate a letter from its accent.
        """
        while True:
            before = example
            for rule in self.rules[: number + 1]:
                if view.example is not example:
                    view = CleanView(example, view.silent)
                if rule.may(view):
                    made = rule.change(view)
                    if isinstance(made, Drop):
                        return made, view
                    example = made
            if example is before:
                return example, view
