"""The rules that are wanted, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from dataprep.model import Drop, Example
from dataprep.steps.clean import (
    boilerplate,
    chinese,
    citations,
    invisible,
    letters,
    markup,
    mojibake,
    openings,
    space,
)
from dataprep.steps.clean.rules import Cleaner, Rule


def judges(options: Mapping[str, Any]) -> dict[str, Callable[[Example], Example | Drop]]:
    """Return what the rules that these options of `clean` ask for do to an example, each by its
    name.
    """
    rules = list(_rules(options))
    cleaner = Cleaner(rules)
    return {rule.name: partial(cleaner.judge, number) for number, rule in enumerate(rules)}


def _rules(options: Mapping[str, Any]) -> Iterator[Rule]:
    """Yield what mends characters first, then what takes text out, and last the space that this
    leaves.
    """
    wanted: dict[str, Callable[[], Rule]] = {
        "control": invisible.rule,
        "mojibake": mojibake.rule,
        "unicode": lambda: letters.composed(options["unicode"]),
        "full_width": letters.narrow,
        "html": markup.rule,
        "openings": openings.rule,
        "citations": citations.rule,
        "boilerplate": lambda: boilerplate.rule(options["boilerplate"]),
        "zh": lambda: chinese.rule(options["zh"]),
        "space": space.rule,
    }
    for name, make in wanted.items():
        if options[name] and options[name] != "keep":
            yield make()
