"""Sketches of examples for comparison: word codes and MinHash bands, never the text.

An example is the sequence of its words with a border before, between and after its texts. Its
*pairs* are the adjacent words, borders included, each once; similarity is the Jaccard similarity of
these sets. A single word has two pairs, so short texts need no special case, and an example with
one word more or less has nearly the same pairs.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataprep.text.similarity import minhash
from dataprep.text.similarity.words import (
    BORDER,
    WORD,
    Codes,
    Numbers,
    bare,
    bordered,
    distinct,
    mix,
)

Part = Literal["whole", "prompt", "answer"]
# examples that are sketched at a time: what they need, some hundred kilobytes each, stays in the
# cache
BATCH = 512
_ROW_BITS = np.uint64(20)
LABEL = 3
"""The bits of `beside` that hold the label of an example."""
PARTS: tuple[Part, ...] = ("whole", "prompt", "answer")


class Texts(NamedTuple):
    """The texts of the prompt and of the answer of one example."""

    prompt: tuple[str, ...]
    answer: tuple[str, ...]


class Sizes(NamedTuple):
    """The number of codes of each prompt, including its last border, and of each whole example."""

    prompt: Numbers
    whole: Numbers


class Sketcher:
    """Writes the sketches of the examples of one shard to files.

    Use it as a context; `stem` is the path of the files without suffixes, `parts` are the parts to
    band.
    """

    def __init__(self, stem: Path, parts: Collection[Part]) -> None:
        self.stem = stem
        self.parts = [part for part in PARTS if part in parts]
        self.waiting: list[Texts] = []
        self.beside: list[int] = []

    def __enter__(self) -> Sketcher:
        self.stack = ExitStack()
        banded = [f"{kind}-{part}" for part in self.parts for kind in ("sets", "bands")]
        self.files = {
            suffix: self.stack.enter_context(_of(self.stem, suffix).open("wb"))
            for suffix in ("codes", "sizes", "beside", *banded)
        }
        return self

    def __exit__(self, *_: object) -> None:
        with self.stack:
            self._flush()

    def add(self, prompt: tuple[str, ...], answer: tuple[str, ...], beside: int = 0) -> None:
        """Add an example, with 64 bits of its system text, tools and media, which its copies
        share.
        """
        self.waiting.append(Texts(prompt, answer))
        self.beside.append(beside)
        if len(self.waiting) == BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.waiting:
            self.add_codes(*codes_of(self.waiting), np.array(self.beside, np.uint64))
            self.waiting.clear()
            self.beside.clear()

    def add_codes(self, codes: Codes, sizes: Sizes, beside: Codes) -> None:
        """Add examples whose codes are known."""
        self.files["codes"].write(codes.tobytes())
        self.files["beside"].write(beside.tobytes())
        self.files["sizes"].write(np.stack(sizes, axis=1).astype(np.uint32).tobytes())
        for part in self.parts:
            members, ends = pairs_in(codes, sizes, part)
            self.files[f"sets-{part}"].write(_sums(mix(members), ends).tobytes())
            self.files[f"bands-{part}"].write(minhash.bands(members, ends).tobytes())


def _of(stem: Path, suffix: str) -> Path:
    return stem.with_name(f"{stem.name}.{suffix}")


def _sums(values: Codes, ends: Numbers) -> Codes:
    """Return the sum of each set, which is equal for equal sets and hardly ever otherwise."""
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)))
    return sums[ends] - sums[np.concatenate(([0], ends[:-1]))]


class Sketches:
    """The sketches of all examples, in the order of `stems`.

    `sizes` has a row (prompt, whole) per example. The codes stay on disk and are read for
    comparison.
    """

    def __init__(self, stems: Sequence[Path]) -> None:
        self.stems = stems
        sizes = [_read(stem, "sizes", np.uint32).reshape(-1, 2).astype(np.int64) for stem in stems]
        self.sizes = np.concatenate([np.empty((0, 2), np.int64), *sizes])
        self._files = [os.open(_of(stem, "codes"), os.O_RDONLY) for stem in stems]
        self._file = np.repeat(np.arange(len(stems)), [len(part) for part in sizes])
        starts = [np.cumsum(part[:, 1]) - part[:, 1] for part in sizes]
        self._place = np.concatenate([np.empty(0, np.int64), *starts])

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def folder(self) -> Path:
        """Return a folder for temporary files."""
        return self.stems[-1].parent

    def sets(self, part: Part) -> Codes:
        """Return a number per example that is equal for equal sets of pairs, 0 for an empty set."""
        return np.concatenate(
            [
                np.empty(0, np.uint64),
                *(_read(stem, f"sets-{part}", np.uint64) for stem in self.stems),
            ]
        )

    @cached_property
    def beside(self) -> Codes:
        """Return 64 bits of the system text, tools and media of each example."""
        return np.concatenate(
            [np.empty(0, np.uint64), *(_read(stem, "beside", np.uint64) for stem in self.stems)]
        )

    def bands(self, part: Part) -> minhash.Bands:
        """Return the MinHash bands of each example, a row each."""
        read = (_read(stem, f"bands-{part}", np.uint32) for stem in self.stems)
        return np.concatenate([np.empty(0, np.uint32), *read]).reshape(-1, minhash.BANDS)

    def codes(self, rows: Numbers) -> tuple[Codes, Sizes]:
        """Return the concatenated codes of these examples, and their sizes."""
        sizes = self.sizes[rows]
        places = zip(
            self._file[rows].tolist(), self._place[rows].tolist(), sizes[:, 1].tolist(), strict=True
        )
        found = [os.pread(self._files[file], 8 * count, 8 * place) for file, place, count in places]
        return np.frombuffer(b"".join(found), np.uint64), Sizes(sizes[:, 0], sizes[:, 1])

    def copy(self, rows: Sequence[int], stem: Path) -> None:
        """Write the sketches of these examples to new files."""
        parts = [
            part for part in PARTS if all(_of(one, f"sets-{part}").exists() for one in self.stems)
        ]
        with Sketcher(stem, parts) as sketcher:
            for start in range(0, len(rows), BATCH):
                here = np.asarray(rows[start : start + BATCH], np.int64)
                sketcher.add_codes(*self.codes(here), self.beside[here])

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            os.close(file)


def _read(stem: Path, suffix: str, kind: type) -> NDArray[Any]:
    return np.fromfile(_of(stem, suffix), kind)


def codes_of(examples: Sequence[Texts]) -> tuple[Codes, Sizes]:
    """Return the concatenated codes of examples, with borders around their texts, and their
    sizes.
    """
    asked = np.array([len(example.prompt) for example in examples])
    texts = asked + np.array([len(example.answer) for example in examples])
    text = "\0\0".join(["\0".join((*example.prompt, *example.answer)) for example in examples])
    if text.count("\0") != texts.sum() + len(texts) - 2:
        text = "\0\0".join(
            ["\0".join(map(bare, (*example.prompt, *example.answer))) for example in examples]
        )
    codes = bordered(f"\0{text}\0")
    borders = np.flatnonzero(codes == BORDER)
    last = np.cumsum(texts + 1) - 1
    starts = borders[last - texts]
    return codes, Sizes(borders[last - texts + asked] - starts + 1, borders[last] - starts + 1)


def counting(counts: Numbers) -> Numbers:
    """Return 0, 1, … below each of these counts, concatenated."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def pairs_in(codes: Codes, sizes: Sizes, part: Part) -> tuple[Codes, Numbers]:
    """Return the pairs of each example, each once and sorted, one example after the other, and
    where each ends.
    """
    return pairing(codes, sizes).of(part)


class Pairing(NamedTuple):
    """The pairs of examples in the order in which they stand.

    `keys` has the example in its first bits and a hash of the pair in the others, and `joined`
    tells which codes begin a pair.
    """

    keys: Codes
    joined: NDArray[np.bool_]
    sizes: Sizes

    def of(self, part: Part) -> tuple[Codes, Numbers]:
        """Return the pairs of a part of each example, each once and sorted, and where those of each
        example end.
        """
        keys = self.keys
        if part != "whole":
            ends = np.repeat(self.sizes.prompt - 1, self.sizes.whole)
            in_prompt = (counting(self.sizes.whole) < ends)[:-1][self.joined]
            keys = keys[in_prompt == (part == "prompt")]
        keys = distinct(keys)
        counts = np.bincount(
            (keys >> (np.uint64(64) - _ROW_BITS)).astype(np.int64), minlength=len(self.sizes.whole)
        )
        return keys << _ROW_BITS, np.cumsum(counts)


def pairing(codes: Codes, sizes: Sizes) -> Pairing:
    """Return the pairs of examples whose codes are concatenated."""
    row = np.repeat(np.arange(len(sizes.whole), dtype=np.uint64), sizes.whole)
    joined = (codes[1:] != BORDER) | (
        codes[:-1] != BORDER
    )  # an example ends with a border, and the next begins so
    plain = codes & WORD
    pair = mix(mix(plain[:-1]) + plain[1:])[joined]
    return Pairing(
        (row[:-1][joined] << (np.uint64(64) - _ROW_BITS)) | (pair >> _ROW_BITS), joined, sizes
    )
