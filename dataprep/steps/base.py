"""What corpus steps see: of every example its fingerprint and what more they asked for, never the
text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from dataprep.executor import Workers
from dataprep.text.similarity.fingerprint import Fingerprint

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.steps.quality.verdicts import Verdict
    from dataprep.text.similarity.sketch import Part, Sketches


@dataclass(frozen=True)
class Corpus:
    """Columns over all examples in their order; the first `known` are of other sets, which are only
    compared with.

    `values` has a column for each field of the raw records that a step names, and `ranks` says
    where its file stands among the inputs as they were listed, which `files` names. `sketches` is
    there where texts are compared for being nearly the same. `parts` has the numbers of examples
    that are written in parts, each with the hash of a part's prompt. `workers` are processes that a
    step may use. `lengths` counts the characters of all texts, `languages` says which one each
    example is in, and `tokens` about how many it has; each is empty where no step asks for it.
    `noted` has a column for each name under which judges noted numbers. `verdicts` has what pairs
    and labels say of answers, by the example's number.
    """

    prints: Sequence[Fingerprint]
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    lengths: Sequence[int] = ()
    ranks: Sequence[int] = ()
    files: Sequence[str] = ()
    sketches: Sketches | None = None
    known: int = 0
    parts: Sequence[tuple[int, bytes]] = ()
    workers: Workers = field(default_factory=Workers)
    languages: Sequence[str] = ()
    tokens: Sequence[int] = ()
    noted: Mapping[str, Sequence[float]] = field(default_factory=dict)
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)


class Gone(NamedTuple):
    """Why an example leaves: the reason, and what of this very example led to it.

    That of a duplicate is the number of the example that it repeats, and their similarity, 0 to 1.
    `opposes` is the number of one that it contradicts.
    """

    reason: str
    repeats: int = -1
    similarity: float = 1.0
    found: str = ""
    opposes: int = -1


class Again(NamedTuple):
    """Say that an example is written for training so many times."""

    times: int


class CorpusStep(Protocol):
    """A step over the whole corpus: what it wants to be noted of each example, and its judgement
    over all of them.
    """

    @property
    def by_language(self) -> bool:
        """Tell whether it wants the language of each example."""

    @property
    def by_length(self) -> bool:
        """Tell whether it wants the length of each example."""

    @property
    def by_tokens(self) -> bool:
        """Tell whether it wants to know how many tokens each example has."""

    @property
    def parts(self) -> frozenset[Part]:
        """Return the parts of the examples that are sketched for it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the raw records whose values it wants."""

    @property
    def noted(self) -> tuple[str, ...]:
        """Return the names of the numbers, noted by judges, that it wants."""

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> Mapping[int, Gone | Again]:
        """Return those of the staying examples that leave, or are written several times."""


def source_among(path: str, names: Iterable[str]) -> str:
    """Return which of these names means a file: its path, its name with or without suffixes, or a
    pattern of these.
    """
    names = list(names)
    if path in names:
        return path
    file = PurePath(path)
    known = (path, file.name, file.name.partition(".")[0])
    return next((name for name in names if any(fnmatchcase(its, name) for its in known)), "")


class Joined(NamedTuple):
    """In how many clusters several prompts were put on one side of a split, of how many examples,
    and the largest.
    """

    clusters: int = 0
    examples: int = 0
    largest: int = 0


class Places(NamedTuple):
    """The split of each staying example, and what was joined for that."""

    splits: list[str]
    joined: Joined
