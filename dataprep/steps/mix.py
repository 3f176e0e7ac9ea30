"""Mix several sources in shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from typing import Literal

from dataprep.errors import DataprepError
from dataprep.steps.base import (
    TOKENS,
    Again,
    Corpus,
    CorpusStep,
    Gone,
    Need,
    source_among,
)

REASON = "more than its share"
MOST = 1_000
"""The most times that the rows of a source are written."""


class Mix(CorpusStep, name="mix"):
    """Mix the sources in shares: rows that are too many leave, and rows of a source may stand
    several times.

    The shares are those of what is written for training, for LLaMA-Factory counts a data set that
    is named twice once, and what its own `interleave_probs` gives depends on which source ends
    first. A source is named by its file's name, with or without its suffix, its path, or a pattern
    of these; files of one pattern count as one source.

    weights: the share of each source, in any unit; as much as there is of all of them in these
        shares is taken.
    most: of a source no more than so many rows, or tokens.
    times: each row of a source so many times, before its share is taken; 1 where nothing is said.
    by: whether shares are of the rows or of the tokens, which are estimated.
    seed: another number takes other rows.
    """

    weights: dict[str, float] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    by: Literal["rows", "tokens"] = "rows"
    seed: int = 0

    def __post_init__(self) -> None:
        numbers: Mapping[str, float]
        for kind, numbers in (("weight", self.weights), ("most", self.most), ("times", self.times)):
            for name, number in numbers.items():
                if number <= 0:
                    raise DataprepError(
                        f"{kind} of '{name}' is {number:g}, expected a number above 0; leave the "
                        f"file "
                        f"out"
                    )
        for name, count in self.times.items():
            if count > MOST:
                raise DataprepError(
                    f"mix: '{name}' {count:,} times is more than {MOST:,}; num_train_epochs "
                    f"repeats "
                    f"all rows"
                )
        if not (self.weights or self.most or self.times):
            raise DataprepError(
                "mix needs the share of each source: weights: {FILE: 0.7, OTHER: 0.3}"
            )

    @property
    def needs(self) -> frozenset[Need]:
        """Return the number of tokens, if shares are of tokens."""
        return frozenset([TOKENS] if self.by == "tokens" else [])

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone | Again]:
        """Return the staying examples that leave or are written several times."""
        pools = [
            self._pool(corpus, name, numbers)
            for name, numbers in self._by_source(corpus, staying).items()
        ]
        unit = min((pool.full / pool.weight for pool in pools if pool.weight), default=0.0)
        found: dict[int, Gone | Again] = {}
        for pool in pools:
            for number, count in pool.taken(unit * pool.weight if self.weights else pool.full):
                if count > 1:
                    found[number] = Again(count)
                elif not count:
                    found[number] = Gone(
                        REASON, found=f"of {pool.name} {len(pool.numbers):,} rows are there"
                    )
        return found

    def _by_source(self, corpus: Corpus, staying: Sequence[int]) -> dict[str, list[int]]:
        """Return the examples of each source, by name; a file that no option names is a source."""
        names = list(dict.fromkeys((*self.weights, *self.most, *self.times)))
        sources = [source_among(path, names) for path in corpus.files]
        for name in names:
            if name not in sources:
                raise DataprepError(
                    f"mix: '{name}' is none of the inputs, which are {', '.join(corpus.files)}"
                )
        for path, name in zip(corpus.files, sources, strict=True):
            if self.weights and name not in self.weights:
                raise DataprepError(
                    f"mix: {path} has no weight; give it one, or leave it out of the inputs"
                )
        found: dict[str, list[int]] = {name: [] for name in self.weights}
        for number in staying:
            rank = corpus.ranks[number]
            found.setdefault(sources[rank] or corpus.files[rank], []).append(number)
        if empty := [name for name, numbers in found.items() if not numbers]:
            raise DataprepError(
                f"mix: no example of {', '.join(empty)} is left for its share; see rejects.jsonl"
            )
        return found

    def _pool(self, corpus: Corpus, name: str, numbers: Sequence[int]) -> _Pool:
        """Return the examples of a source in a hashed order, which other rows do not change."""
        order = sorted(
            numbers, key=lambda number: (self._draw(b"".join(corpus.prints[number][:2])), number)
        )
        sizes = [corpus.tokens[number] if self.by == "tokens" else 1 for number in order]
        if name in self.most:
            order = order[: sum(1 for total in accumulate(sizes) if total <= self.most[name])]
        return _Pool(
            name,
            order,
            sizes[: len(order)],
            self.times.get(name, 1),
            self.weights.get(name, 0.0),
            numbers,
        )

    def _draw(self, key: bytes) -> bytes:
        return blake2b(b"%d:" % self.seed + key, digest_size=8).digest()


@dataclass(frozen=True)
class _Pool:
    """The examples of a source that may be taken, in order, and the size of each."""

    name: str
    order: Sequence[int]
    sizes: Sequence[int]
    times: int
    weight: float
    numbers: Sequence[int]

    @property
    def full(self) -> int:
        """Return the size of all examples."""
        return sum(self.sizes) * self.times

    def taken(self, wanted: float) -> Iterator[tuple[int, int]]:
        """Yield how often each example is taken, so that the sum is nearest to the wanted size."""
        once = sum(self.sizes)
        rounds = min(int(wanted // once), self.times) if once else self.times
        rest = wanted - rounds * once
        counts = dict.fromkeys(self.numbers, 0)
        before = 0
        for number, size in zip(self.order, self.sizes, strict=True):
            counts[number] = rounds + (rounds < self.times and before + size / 2 <= rest)
            before += size
        return iter(counts.items())
