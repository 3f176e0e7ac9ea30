"""The rules that the options of `clean` ask for, in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from dataprep.steps.clean import (
    Clean,
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


def cleaner(options: Clean) -> Cleaner:
    """Return a cleaner that repairs characters first, then removes text, and trims space last."""
    rules: list[tuple[object, Callable[[], Rule]]] = [
        (options.control, invisible.rule),
        (options.mojibake, mojibake.rule),
        (options.unicode, lambda: letters.composed(options.unicode)),
        (options.full_width, letters.narrow),
        (options.html, markup.rule),
        (options.openings, openings.rule),
        (options.citations, citations.rule),
        (options.boilerplate, lambda: boilerplate.rule(options.boilerplate)),
        (options.zh != "keep", lambda: chinese.rule(cast(chinese.Way, options.zh))),
        (options.space, space.rule),
    ]
    return Cleaner([make() for is_wanted, make in rules if is_wanted])
