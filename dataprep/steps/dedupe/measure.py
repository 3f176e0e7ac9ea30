"""Measure how well near duplicates are found: compare all pairs of a sample and of edited
copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity.pairs import AlikePairs, Measure, Shared, alike
from dataprep.text.similarity.sketch import Part, Sizes, Sketcher, Sketches, pairs_in
from dataprep.text.similarity.words import BORDER, Codes, Numbers, mix

SAMPLE = 1500
"""Examples to sample; a copy of each has 0 to `MOST` of its words edited."""
MOST = 0.3
EDGES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
_COLUMNS = 4096  # pairs of words that are counted at a time
_SEED = 20


class Bin(NamedTuple):
    """The pairs of examples in a range of similarity: how many there are and how many are found."""

    low: float
    high: float
    pairs: int
    found: int


@dataclass(frozen=True)
class SearchQuality:
    """What the search finds in a sample, by similarity.

    `told` pairs are reported, of which `wrong` ones are below the threshold.
    """

    examples: int
    threshold: float
    bins: Sequence[Bin]
    told: int
    wrong: int

    @property
    def recall(self) -> float:
        """Return the share of the pairs above the threshold that are found, 0 to 1."""
        over = [bin_ for bin_ in self.bins if bin_.low >= self.threshold]
        return sum(bin_.found for bin_ in over) / max(sum(bin_.pairs for bin_ in over), 1)

    @property
    def precision(self) -> float:
        """Return the share of reported pairs that are above the threshold, 0 to 1."""
        return 1 - self.wrong / max(self.told, 1)

    def __str__(self) -> str:
        rows = [
            f"  {bin_.low:.2f} to {min(bin_.high, 1):.2f}  {bin_.pairs:>9,}  {bin_.found:>9,}  "
            f"{_share(bin_):>7}"
            for bin_ in self.bins
        ]
        return "\n".join(
            [
                f"{self.examples:,} examples, half of them edited copies of yours, every pair "
                f"compared word for word",
                "  similarity        pairs      found   recall",
                *rows,
                f"  from {self.threshold:g} on: recall {self.recall:.1%}, precision "
                f"{self.precision:.1%}",
            ]
        )


def _share(bin_: Bin) -> str:
    return f"{bin_.found / bin_.pairs:.1%}" if bin_.pairs else "–"


def measure(sketches: Sketches, rows: Numbers, what: Measure, folder: Path) -> SearchQuality:
    """Compare all pairs of a sample of these rows and edited copies with the pairs that the search
    finds.

    The sample has the rows with the lowest hashes, so it is the same in every run. `folder` is for
    its sketches.
    """
    lowest = np.argsort(mix(sketches.sets(what.banded)[rows]), kind="stable")[:SAMPLE]
    codes, sizes = _with_copies(*sketches.codes(np.sort(rows[lowest])))
    codes, sizes = _distinct(codes, sizes, what.banded)
    with Sketcher(folder / "sample", [what.banded]) as sketcher:
        sketcher.add_codes(codes, sizes, np.zeros(len(sizes.whole), np.uint64))
    with closing(Sketches([folder / "sample"])) as sampled:
        found = alike(sampled, np.arange(len(sampled)), what._replace(threshold=EDGES[0]))
    exact = _exact(codes, sizes, what)
    told = found.similarity >= what.threshold
    wrong = exact[found.first, found.second] < what.threshold
    return SearchQuality(
        len(exact),
        what.threshold,
        _bins(found, exact, what),
        int(told.sum()),
        int((told & wrong).sum()),
    )


def _bins(found: AlikePairs, exact: NDArray[np.float64], what: Measure) -> list[Bin]:
    every = exact[np.triu_indices(len(exact), 1)]
    here = exact[found.first, found.second]
    bounds = sorted({*EDGES, what.threshold})
    counts = (np.histogram(values, bounds)[0].tolist() for values in (every, here))
    return [Bin(*row) for row in zip(bounds, bounds[1:], *counts, strict=False)]


def _exact(codes: Codes, sizes: Sizes, what: Measure) -> NDArray[np.float64]:
    """Return the similarity of every pair of examples, 0 if a part is below its bound."""
    similarity = _shared(codes, sizes, what.banded).similarity
    for part, bound in what._replace(threshold=EDGES[0]).bounds.items():
        if part != what.banded:
            similarity[~what.is_met_by(_shared(codes, sizes, part), part, bound)] = 0
    return similarity


def _shared(codes: Codes, sizes: Sizes, part: Part) -> Shared:
    """Return the overlap of every pair of examples, from the product of the membership matrix."""
    members, ends = pairs_in(codes, sizes, part)
    counts = np.diff(ends, prepend=0)
    row = np.repeat(np.arange(len(ends)), counts)
    order = np.argsort(members, kind="stable")
    column = np.cumsum(np.diff(members[order], prepend=members[order[:1]]) != 0)
    common = np.zeros((len(ends), len(ends)), np.float32)
    for start in range(0, int(column[-1]) + 1 if len(column) else 0, _COLUMNS):
        here = slice(*np.searchsorted(column, (start, start + _COLUMNS)))
        has = np.zeros((len(ends), _COLUMNS), np.float32)
        has[row[order[here]], column[here] - start] = 1
        common += has @ has.T
    one, other = counts[:, None], counts[None, :]
    whole = np.rint(common).astype(np.int64)
    return Shared(whole, np.maximum(one, other), one + other - whole)


def _with_copies(codes: Codes, sizes: Sizes) -> tuple[Codes, Sizes]:
    """Return the examples followed by an edited copy of each."""
    rng = np.random.default_rng(_SEED)
    vocabulary = codes[codes != BORDER]
    texts = np.split(codes, np.cumsum(sizes.whole)[:-1])
    copies, prompts = [], []
    for text, prompt in zip(texts, sizes.prompt, strict=True):
        parts = [
            _edited(part, rng.uniform(0, MOST), vocabulary, rng)
            for part in (text[:prompt], text[prompt:])
        ]
        prompts.append(len(parts[0]))
        copies.append(np.concatenate(parts))
    whole = [len(copy) for copy in copies]
    joined = Sizes(np.append(sizes.prompt, prompts), np.append(sizes.whole, whole))
    return np.concatenate((codes, *copies)), joined


def _distinct(codes: Codes, sizes: Sizes, part: Part) -> tuple[Codes, Sizes]:
    """Return the examples whose pairs differ from all earlier ones; of equal ones the search
    compares the first.
    """
    members, ends = pairs_in(codes, sizes, part)
    sets = [part.tobytes() for part in np.split(members, ends[:-1])]
    first = {its: number for number, its in reversed([*enumerate(sets)])}
    new = np.array(
        [bool(its) and first[its] == number for number, its in enumerate(sets)], np.bool_
    )
    return codes[np.repeat(new, sizes.whole)], Sizes(sizes.prompt[new], sizes.whole[new])


def _edited(text: Codes, share: float, vocabulary: Codes, rng: np.random.Generator) -> Codes:
    """Return a text with a share of its words deleted, doubled or replaced; borders stay."""
    chosen = (rng.random(len(text)) < share) & (text != BORDER)
    kind = rng.integers(0, 3, len(text))
    replaced = np.where(chosen & (kind == 2), rng.choice(vocabulary, len(text)), text)
    return np.repeat(replaced, np.where(chosen & (kind < 2), 2 * kind, 1))
