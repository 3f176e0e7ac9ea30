"""Find exact and near duplicates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Literal

from dataprep.errors import DataprepError
from dataprep.steps.base import LENGTH, Corpus, CorpusStep, FieldNeed, Gone, Need, SketchNeed
from dataprep.text.similarity.fingerprint import Fingerprint

By = Literal["whole", "prompt", "answer", "both"]
Keep = Literal["first", "longest", "newest", "best", "source", "none"]
THRESHOLD = 0.6
REASONS = {
    "prompt": "same prompt",
    "answer": "same answer",
    "whole": "same prompt and answer",
    "both": "same prompt and answer",
}
NEAR = "nearly the same"
_KEYS: dict[str, Callable[[Fingerprint], Hashable]] = {
    "prompt": attrgetter("prompt"),
    "answer": attrgetter("answer"),
    "whole": attrgetter("prompt", "answer"),
    "both": attrgetter("prompt", "answer"),
}


class Dedupe(CorpusStep, name="dedupe"):
    """Keep one of all examples that are the same, or nearly the same.

    by: what must be the same: the prompt (with system text, tools and earlier turns), the answer,
        both, or the whole, where near ones may share most of their words in one and fewer in the
        other. Runs of white space count as one space; nothing else is folded.
    near: also where they share most of their words: true, or from which similarity on, 0 to 1; true
        is 0.6. Case, width and punctuation count for nothing then, and two examples that differ in
        a number, a name or an opposite stay.
    keep: which one stays: the first, the longest, the newest or the best by a field, that of the
        input listed first, or none.
    field: the field of the raw records with the date or the score, for newest and best.
    fields: fields of the raw records that must be the same instead of prompt and answer.
    against: files of another set; what stands in them already leaves.
    """

    by: By = "whole"
    near: bool | float = False
    keep: Keep = "first"
    field: str = ""
    fields: list[str] = dataclasses.field(default_factory=list)
    against: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        if self.keep in ("newest", "best") and not self.field:
            needed = "its date" if self.keep == "newest" else "its score"
            raise DataprepError(
                f"keep '{self.keep}' needs to know {needed}; say field: NAME, a field of the raw "
                f"records"
            )
        if self.near and not 0 < self.threshold <= 1:
            raise DataprepError(
                f"near is {self.near}, expected a similarity above 0 and at most 1, or true"
            )

    @property
    def threshold(self) -> float:
        """Return the least similarity of near duplicates; 0 for exact duplicates only."""
        return THRESHOLD if self.near is True else float(self.near)

    @property
    def needs(self) -> frozenset[Need]:
        """Return the fields, lengths, and sketches that the options ask for."""
        needs: set[Need] = set(map(FieldNeed, self.fields))
        if self.field:
            needs.add(FieldNeed(self.field))
        if self.keep == "longest":
            needs.add(LENGTH)
        if self.near:
            needs.add(SketchNeed("whole" if self.by == "both" else self.by))
        return frozenset(needs)

    @property
    def known(self) -> list[str]:
        """Return the files of the other set."""
        return self.against

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone]:
        """Return the staying examples that leave."""
        order = [*range(corpus.known), *self._ranked(corpus, staying)]
        gone = self._exact(corpus, order)
        if self.threshold:
            rest = [number for number in order if number not in gone]
            gone |= self._near(corpus, rest)
        return gone

    def _ranked(self, corpus: Corpus, staying: Sequence[int]) -> list[int]:
        """Return the examples in the order in which they are worth keeping."""
        if self.keep == "longest":
            return sorted(staying, key=lambda number: (-corpus.lengths[number], number))
        if self.keep == "source":
            return sorted(staying, key=lambda number: (corpus.ranks[number], number))
        if self.keep in ("newest", "best"):
            values = corpus.values[self.field]
            rank = _number if self.keep == "best" else _date
            return sorted(staying, key=lambda number: (rank(values[number]), -number), reverse=True)
        return list(staying)

    def _exact(self, corpus: Corpus, order: Sequence[int]) -> dict[int, Gone]:
        first: dict[Hashable, int] = {}
        gone: dict[int, Gone] = {}
        reason = f"same {' and '.join(self.fields)}" if self.fields else REASONS[self.by]
        for number, key in self._keyed(corpus, order):
            original = first.setdefault(key, number)
            if original != number and number >= corpus.known:
                gone[number] = Gone(reason, original)
                if self.keep == "none" and original >= corpus.known:
                    gone.setdefault(original, Gone(reason, number))
        return gone

    def _keyed(self, corpus: Corpus, order: Sequence[int]) -> Iterable[tuple[int, Hashable]]:
        """Return each example with what must be the same; those that lack a named field have
        nothing to be the same.
        """
        if self.fields:
            return self._by_fields(corpus, order)
        return zip(order, map(_KEYS[self.by], map(corpus.prints.__getitem__, order)), strict=True)

    def _by_fields(self, corpus: Corpus, order: Iterable[int]) -> Iterator[tuple[int, Hashable]]:
        columns = [corpus.values[name] for name in self.fields]
        for number in order:
            values = tuple(column[number] for column in columns)
            if None not in values:
                yield number, values

    def _near(self, corpus: Corpus, order: list[int]) -> dict[int, Gone]:
        from dataprep.steps.dedupe.leaders import near_duplicates
        from dataprep.text.similarity.pairs import Measure

        assert corpus.sketches is not None
        found = near_duplicates(
            corpus.sketches,
            order,
            Measure(self.by, self.threshold),
            corpus.executor,
            known=corpus.known,
            spare=self.keep != "none",
        )
        return {number: Gone(NEAR, original, similarity) for number, original, similarity in found}


def _number(value: Any) -> float:
    """Return a score, the lowest there is for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("-inf")


def _date(value: Any) -> tuple[int, float, str]:
    """Return what dates are sorted by: seconds as numbers, and texts as they are, for those of ISO
    8601 sort so.
    """
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    return (1, 0.0, value) if isinstance(value, str) else (0, 0.0, "")
