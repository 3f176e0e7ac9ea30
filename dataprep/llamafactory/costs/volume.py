"""Count the rows of files and estimate the tokens in each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataprep.formats.reading.examples import examples
from dataprep.model import Example
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.text.tokens import Count, counter, estimate

SAMPLE = 10_000
"""The minimum number of rows to tokenize; beyond twice as many, rows are sampled evenly."""
AT_ONCE = 1000
MARKERS = 5
"""Tokens that a template adds around a turn: five in ChatML, three to six in most others."""
ALIGNED = 8
"""The collator pads rows to a multiple of this many tokens (`train/sft/workflow.py::run_sft`)."""


@dataclass(frozen=True)
class Volume:
    """The number of rows, and the tokens of the counted ones before the cutoff.

    `told` describes how they were counted; `media` if there are images, videos or audios, whose
    tokens are not counted.
    """

    rows: int
    lengths: Counter[int] = field(default_factory=Counter)
    told: str = ""
    media: bool = False

    def longest(self, cutoff: int) -> int:
        """Return the tokens of the longest row after the cutoff; the cutoff itself if some were not
        counted.
        """
        if not self.lengths or self.lengths.total() < self.rows or self.media:
            return cutoff
        return min(max(self.lengths), cutoff)

    def mean(self, cutoff: int) -> float:
        """Return the mean tokens of a row after the cutoff."""
        return sum(min(length, cutoff) * count for length, count in self.lengths.items()) / max(
            self.lengths.total(), 1
        )

    def padded(self, cutoff: int, batch: int) -> float:
        """Return the mean tokens of a row padded to the longest in its batch of random rows."""
        below, before, mean = 0, 0.0, 0.0
        for length in sorted(self.lengths):
            below += self.lengths[length]
            share = (below / self.lengths.total()) ** batch
            mean += (share - before) * min(math.ceil(length / ALIGNED) * ALIGNED, cutoff)
            before = share
        return mean

    def blocks(self, cutoff: int) -> int:
        """Return how many blocks of cutoff tokens all rows fill when packed."""
        return max(math.ceil(self.rows * self.mean(cutoff) / cutoff), 1)


def measure(
    sources: Iterable[Source], folder: Path | None, vocabulary: int, held: Sequence[float] = ()
) -> Volume:
    """Return the volume of the valid examples in files, without those held out for val and test.

    Each of `held` is a fraction below 1 or a number of examples. `folder` has the model's
    tokenizer.json; without it, or without the package `tokenizers`, tokens are estimated from the
    characters by script.
    """
    rows, sample = _sampled(example for source in sources for example in _examples(source))
    count = counter(folder)
    told = (
        "counted with the model's tokenizer"
        if count
        else "estimated from the characters, within about a third"
    )
    if len(sample) < rows:
        told += f", of {len(sample):,} rows"
    count = count or (lambda texts: [estimate(text, vocabulary) for text in texts])
    lengths: Counter[int] = Counter()
    for start in range(0, len(sample), AT_ONCE):
        lengths.update(_lengths(sample[start : start + AT_ONCE], count))
    media = any(example.images or example.videos or example.audios for example in sample)
    return Volume(
        max(round(rows - sum(share if share >= 1 else share * rows for share in held)), 0),
        lengths,
        told,
        media,
    )


def _examples(source: Source) -> Iterator[Example]:
    for _, _, example in examples(Piece(source)):
        if isinstance(example, Example):
            yield example


def _sampled(examples: Iterable[Example]) -> tuple[int, list[Example]]:
    """Return the number of examples, and every n-th of them: `SAMPLE` to twice as many."""
    sample: list[Example] = []
    rows, every = 0, 1
    for example in examples:
        if rows % every == 0:
            sample.append(example)
        rows += 1
        if len(sample) > 2 * SAMPLE:
            sample = sample[::2]
            every *= 2
    return rows, sample


def _lengths(examples: Sequence[Example], count: Count) -> Iterator[int]:
    """Yield the tokens of each example; for a pair, with the longer answer."""
    texts = [_texts(example) for example in examples]
    counted = iter(count([text for row in texts for text in row]))
    for example, row in zip(examples, texts, strict=True):
        sizes = [next(counted) for _ in row]
        worse = sizes.pop() if example.rejected else 0
        answer = sizes[-1]
        yield (
            sum(sizes)
            - answer
            + max(answer, worse)
            + (MARKERS * len(sizes) if example.turns else 1)
        )


def _texts(example: Example) -> list[str]:
    """Return all texts of an example, the answer last, and then a pair's rejected answer."""
    if example.text:
        return [example.text]
    texts = [text for text in (example.system, example.tools) if text] + [
        turn.text for turn in example.turns
    ]
    return [*texts, example.rejected.text] if example.rejected else texts
