"""How rules are done to an example: after one that changes it, those before it have another look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import NamedTuple

from dataprep.model import Drop, Example


class View:
    """What a quick look at an example tells of all its prose at once.

    `is_printable` tells whether there is nothing but letters, signs, spaces and line feeds: no
    control or format characters. `silent` are the topics that it is known not to be about; what
    comes of cleaning it is not either.
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
        """Return all of it in small letters."""
        return self.text.lower()


class Rule(NamedTuple):
    """A rule by the name under which its changes are counted.

    `may` tells by a quick look whether it may change an example; most times it may not. `change`
    gives the very same example where it does not, and a `Drop` where nothing is left of a prompt or
    an answer.
    """

    name: str
    may: Callable[[View], bool]
    change: Callable[[View], Example | Drop]


class Cleaner:
    """Does rules one after another, and looks at each example once for all of them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.view = View(Example(text="-"))

    def judge(self, number: int, example: Example) -> Example | Drop:
        """Do one rule to an example that those before it are done with.

        Where it changes something they are done again until nothing changes, so that cleaning twice
        is cleaning once: an entity may stand for a full-width letter, and a tag may keep two halves
        of a letter apart.
        """
        if self.view.example is not example:
            self.view = View(example)
        made = self._do(self.rules[number], example)
        while isinstance(made, Example) and made is not example:
            example = made
            for rule in self.rules[: number + 1]:
                made = self._do(rule, made) if isinstance(made, Example) else made
        return made

    def _do(self, rule: Rule, example: Example) -> Example | Drop:
        """Do a rule to an example, the one that was looked at or what came of it."""
        if self.view.example is not example:
            self.view = View(example, self.view.silent)
        return rule.change(self.view) if rule.may(self.view) else example
