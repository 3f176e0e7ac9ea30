"""What proves that a split leaks nothing: how similar the most similar examples on different sides
are, and where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, NamedTuple

from dataprep.model import Origin


class Twins(NamedTuple):
    """Two examples on different sides, and their similarity, 0 to 1."""

    similarity: float
    first: Origin
    second: Origin

    def __str__(self) -> str:
        return f"{shown(self.similarity)}: {self.first} and {self.second}"

    def as_json(self) -> dict[str, Any]:
        """Return them for programs."""
        return {
            "similarity": self.similarity,
            **{
                name: {"path": place.path, "line": place.line}
                for name, place in {"first": self.first, "second": self.second}.items()
            },
        }


@dataclass(frozen=True)
class Border:
    """What is on different ones of these sides: the most similar examples, and how many prompts are
    the same.

    Of the prompts one is shown by its first two places.
    """

    sides: tuple[str, ...]
    twins: Sequence[Twins]
    prompts: int
    asked: tuple[Origin, ...]

    @property
    def similarity(self) -> float:
        """Return the largest similarity, 0 where none reaches the certificate's floor."""
        return self.twins[0].similarity if self.twins else 0.0


@dataclass(frozen=True)
class Certificate:
    """The proof over all examples: it holds where no two on different sides have the same prompt or
    the threshold.

    `examples` counts what was compared by its side, `left_out` the records that are no examples by
    the reason. Similarities below `floor` are not shown.
    """

    threshold: float
    floor: float
    examples: Mapping[str, int]
    borders: Sequence[Border]
    left_out: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Tell whether nothing leaks."""
        return not any(self._leaks(border) for border in self.borders)

    @property
    def exit_status(self) -> int:
        """Return 0 where it holds, else 1."""
        return 0 if self.holds else 1

    def _leaks(self, border: Border) -> bool:
        return border.similarity >= self.threshold or border.prompts > 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one JSON object."""
        return {
            "holds": self.holds,
            "threshold": self.threshold,
            "floor": self.floor,
            "examples": dict(self.examples),
            "not_compared": dict(self.left_out),
            "between": [
                {
                    "sides": list(border.sides),
                    "holds": not self._leaks(border),
                    "similarity": border.similarity or None,
                    "pairs": [twins.as_json() for twins in border.twins],
                    "same_prompts": border.prompts,
                }
                for border in self.borders
            ],
        }

    def sentence(self) -> str:
        """Return what it says of all sides in one line; what is worst where it does not hold."""
        worst = max(
            self.borders,
            key=lambda border: (self._leaks(border), border.similarity, border.prompts),
        )
        return f"{self._verdict()}; {self._of(worst)}"

    def _verdict(self) -> str:
        if leaking := [border for border in self.borders if self._leaks(border)]:
            return f"leaks between {' · '.join(map(_names, leaking))}"
        return f"no pair of {self.threshold:g} or more between {self._sides()}"

    def _sides(self) -> str:
        *names, last = self.examples
        return f"{', '.join(names)} and {last}" if len(self.borders[0].sides) == 2 else "the folds"

    def _of(self, border: Border) -> str:
        """Return what is worst between these sides."""
        if border.prompts and border.similarity < self.threshold:
            return _same_prompts(border)
        return (
            f"the most similar {border.twins[0]}"
            if border.twins
            else f"none reaches {self.floor:g}"
        )

    def lines(self) -> Iterator[str]:
        """Yield the verdict, and for each two sides what is most similar; all that is known where
        they leak.
        """
        yield self._verdict()
        names = [_names(border) for border in self.borders]
        width = max(map(len, names))
        for name, border in zip(names, self.borders, strict=True):
            told = [*([_same_prompts(border)] if border.prompts else []), *map(str, border.twins)]
            for line in (told or [f"none reaches {self.floor:g}"])[
                : None if self._leaks(border) else 1
            ]:
                yield f"  {name:<{width}}  {line}"
        if self.left_out:
            reasons = " · ".join(f"{reason} {count:,}" for reason, count in self.left_out.items())
            yield f"  not compared, for they are no examples: {reasons}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def shown(similarity: float) -> str:
    """Return a similarity with two digits, never more than it is: what is below a threshold reads
    so.
    """
    return f"{floor(similarity * 100 + 1e-9) / 100:.2f}"


def _names(border: Border) -> str:
    return " and ".join(border.sides) if len(border.sides) == 2 else "the folds"


def _same_prompts(border: Border) -> str:
    what = "the same prompt" if border.prompts == 1 else f"{border.prompts:,} prompts are the same"
    return f"{what}: {' and '.join(map(str, border.asked))}"
