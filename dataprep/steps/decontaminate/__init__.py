"""Find examples that hold items of an evaluation set, so that a test of the trained model measures
what it should.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from dataprep.errors import DataprepError
from dataprep.model import Drop, Example, Tag
from dataprep.steps import Judges

if TYPE_CHECKING:  # what reads files and compares them takes a while to load
    from dataprep.steps.decontaminate.glance import Glance
    from dataprep.steps.decontaminate.index import Index
    from dataprep.steps.decontaminate.items import EvalSet, Item
    from dataprep.steps.decontaminate.search import Hit

OVER = "examples"
FOLDER = "data/evals"
SHOWN = 160
"""Characters of a span that are told."""


def decontaminate(
    *,
    against: list[str] = [],  # noqa: B006  read only, and its type is the option's
    action: Literal["drop", "tag"] = "drop",
    evals: str = FOLDER,
) -> Judges:
    """Drop or tag examples that hold items of evaluation sets: word for word, a long span, or in
    other words.

    against: evaluation sets: files, globs or folders of any kind that can be read, or names of sets
        in the folder of evaluation sets: gsm8k stands for data/evals/gsm8k.jsonl and the like. A
        recipe names files outside of its folder with outside: true beside it.
    action: drop takes out what holds an item; tag keeps it, and tells it in tags.jsonl.
    evals: the folder of evaluation sets.

    Case, punctuation and the spelling of numbers count for nothing. Each hit names the item by its
    file and line and shows the words; the reason names the sets, so that the report counts by set.
    """
    if not against:
        raise DataprepError(
            "decontaminate needs evaluation sets; say against: [gsm8k], or the file of one"
        )
    return {"contaminated": _Judge(*_state(against, evals), action)}


@dataclass(frozen=True)
class _Judge:
    """What drops or tags what holds an item of these sets, whose files are in these states."""

    sets: tuple[EvalSet, ...]
    states: tuple[int, ...]
    action: Literal["drop", "tag"]

    def __call__(self, example: Example) -> Example | Drop | Tag:
        return self.many([example])[0]

    def make_ready(self) -> None:
        """Build the index now; that of 17,361 items takes five seconds and 330 MiB."""
        _index(self.sets, self.states)

    def many(self, examples: Sequence[Example]) -> list[Example | Drop | Tag]:
        """Judge several examples at a time, which takes half the time."""
        from dataprep.steps.decontaminate.search import search_all

        hits = search_all(*_index(self.sets, self.states), [_text(example) for example in examples])
        return [
            self._verdict(*its) if its[1] else its[0] for its in zip(examples, hits, strict=True)
        ]

    def _verdict(self, example: Example, hits: list[Hit]) -> Drop | Tag:
        """Name the sets that are hit, and show the first hit of each and the number of the others."""
        first: dict[str, Hit] = {}
        for hit in hits:
            first.setdefault(hit.unit.name, hit)
        reason = f"contaminated by {' and '.join(first)}"
        more = f"; and {len(hits) - len(first):,} more" if len(hits) > len(first) else ""
        found = "; ".join(map(_said, first.values())) + more
        if self.action == "drop":
            return Drop(reason, found)
        return Tag(example, reason, found, names=tuple(first))


def files(*, against: list[str], evals: str = FOLDER, **_: object) -> list[str]:
    """Return the files that the step reads beside the inputs."""
    from dataprep.sources import inputs

    named = (file for each in _sets(against, evals) for file in each.files)
    return list(dict.fromkeys(path for file in named for path in inputs.on_disk(file)))


def compared(*, against: list[str], evals: str = FOLDER, **_: object) -> dict[str, int]:
    """Return how many items each set has that examples are compared with."""
    return _index(*_state(against, evals))[0].sizes


def _state(against: list[str], evals: str) -> tuple[tuple[EvalSet, ...], tuple[int, ...]]:
    """Return the sets, and the states that their files are in."""
    return _sets(against, evals), tuple(
        os.stat(path).st_mtime_ns for path in files(against=against, evals=evals)
    )


def _sets(against: list[str], evals: str) -> tuple[EvalSet, ...]:
    from dataprep.steps.decontaminate.items import find

    return tuple(dict.fromkeys(find(wanted, evals) for wanted in against))


@lru_cache(4)
def _index(sets: tuple[EvalSet, ...], states: tuple[int, ...]) -> tuple[Index, Glance]:
    """Return the index of these sets in these states, and the glance by it, built once in a
    process.
    """
    from dataprep.steps.decontaminate.glance import Glance
    from dataprep.steps.decontaminate.index import Index
    from dataprep.steps.decontaminate.items import read

    found: defaultdict[str, list[Item]] = defaultdict(list)
    for each in sets:
        found[each.name] += read(each)
    index = Index(found)
    return index, Glance(index)


def _text(example: Example) -> str:
    worse = example.rejected.text if example.rejected else ""
    parts = [example.system, *[turn.text for turn in example.turns], worse, example.text]
    return "\n\n".join([part for part in parts if part])


def _said(hit: Hit) -> str:
    span = " ".join(hit.span.split())
    span = span if len(span) <= SHOWN else f"{span[:SHOWN]}…"
    return f"{hit.part} of {hit.unit.origin}, {hit.how}: {span}"
