"""Split examples into training, validation, and test sets without leaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from dataprep.errors import DataprepError
from dataprep.steps.base import (
    LANGUAGE,
    Corpus,
    FieldNeed,
    Joined,
    Need,
    OutputStep,
    Places,
    SketchNeed,
)
from dataprep.text.languages import models

SPLITS = ("train", "val", "test")
NEAR = 0.8
"""From which share of common pairs of words on two examples are on one side: rows of one template,
edits of one text.

Below it are rows that say different things with the same phrases; what dedupe takes out is more
similar in meaning.
"""
LOWEST = 0.5
"""Below this share of common pairs of words, texts have the words in common that all texts have."""
MOST_FOLDS = 100
BY_SOURCE, BY_LANGUAGE = "source", "language"


class Split(OutputStep, name="split"):
    """Split into train, val and test, with what belongs together on one side.

    val: the examples for validation while training: a fraction of them below 1, or their number.
    test: those for the test, the same.
    seed: another number gives another split.
    group: a field of the raw records, such as a conversation's or an author's id, whose values stay
        on one side.
    near: keep examples together that share so many of their pairs of words, 0.5 to 1, or false.
    stratify: take from each stratum its share: source for the input files, language for the
        detected language, or a field of the raw records.
    folds: instead of val and test so many parts, each the test of its own fold.

    Examples with the same first question are always together. A hash decides where they go, not
    chance: an example stays where it was when others come or go, unless they join its cluster with
    another. Fractions are therefore met on average, not to the row. A number is met as far as
    clusters allow; a new example then takes the place of another, which goes back to train. So it
    is within strata, of which each gives its share to the row.
    """

    val: float = 0.0
    test: float = 0.0
    seed: int = 0
    group: str = ""
    near: bool | float = NEAR
    stratify: str = ""
    folds: int = 0

    def __post_init__(self) -> None:
        if self.folds:
            _check_folds(self.folds, self.val, self.test)
        _check_shares(self.val, self.test)
        if self.near and not LOWEST <= self.threshold <= 1:
            raise DataprepError(
                f"near is {self.near}, expected a similarity of {LOWEST} to 1, or false"
            )
        if self.stratify == BY_LANGUAGE:
            models.require()

    @property
    def threshold(self) -> float:
        """Return the similarity that joins examples; 0 joins none that are only similar."""
        return NEAR if self.near is True else float(self.near)

    @property
    def names(self) -> list[str]:
        """Return the names of the splits, train the first; those of folds are `fold1` and so on."""
        if self.folds:
            return [f"fold{number}" for number in range(1, self.folds + 1)]
        return [
            "train",
            *(name for name, share in {"val": self.val, "test": self.test}.items() if share),
        ]

    @property
    def needs(self) -> frozenset[Need]:
        """Return the columns of the groups and strata, and sketches if similar examples join."""
        stratify = "" if self.stratify in (BY_SOURCE, BY_LANGUAGE) else self.stratify
        needs: set[Need] = {FieldNeed(name) for name in (self.group, stratify) if name}
        if len(self.names) > 1 and self.near:
            needs.add(SketchNeed())
        if len(self.names) > 1 and self.stratify == BY_LANGUAGE:
            needs.add(LANGUAGE)
        return frozenset(needs)

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> Places:
        """Return the split of each of the staying examples."""
        if len(self.names) == 1:
            return Places(self.names * len(staying), Joined())
        labels = self._labels(corpus, staying)
        clusters = _clusters(
            labels,
            zip(
                (corpus.prints[number].opening for number in staying),
                self._strata(corpus, staying),
                strict=True,
            ),
        )
        places = dict(zip(clusters, self._places([*clusters.values()]), strict=True))
        return Places([places[label] for label in labels], _joined(clusters.values()))

    # -------------------------------------------------------------------------- what stays together

    def _labels(self, corpus: Corpus, staying: Sequence[int]) -> list[int]:
        """Return the first example of the cluster of each staying example."""
        from dataprep.text.similarity.components import Components

        together = Components(len(staying))
        together.join_same(enumerate(corpus.prints[number].opening for number in staying))
        if self.group:
            values = corpus.values[self.group]
            together.join_same((place, values[number]) for place, number in enumerate(staying))
        if corpus.parts:
            together.join_same(_prompts(corpus, staying))
        if self.near:
            assert corpus.sketches is not None
            together.join_alike(corpus.sketches, staying, self.threshold)
        return together.labels()

    def _strata(self, corpus: Corpus, staying: Sequence[int]) -> list[str]:
        if not self.stratify:
            return [""] * len(staying)
        if self.stratify == BY_SOURCE:
            return [corpus.files[corpus.ranks[number]] for number in staying]
        if self.stratify == BY_LANGUAGE:
            return [corpus.languages[number] for number in staying]
        values = corpus.values[self.stratify]
        return [str(values[number]) for number in staying]

    # ----------------------------------------------------------------------------- where they go to

    def _places(self, clusters: list[_Cluster]) -> list[str]:
        """Return the split of each cluster."""
        draws = self._draws(clusters)
        if self.folds:
            return [self.names[int(draw * self.folds)] for draw in draws]
        places = [self._by_fraction(draw) for draw in draws]
        rising = sorted(
            range(len(clusters)), key=lambda number: (draws[number], clusters[number].key)
        )
        for name, share, order in (("test", self.test, rising), ("val", self.val, rising[::-1])):
            if share >= 1:
                _take(int(share), name, order, clusters, places)
        return places

    def _by_fraction(self, draw: float) -> str:
        test, val = (share if share < 1 else 0.0 for share in (self.test, self.val))
        if draw < test:
            return "test"
        return "val" if draw < test + val else "train"

    def _draws(self, clusters: list[_Cluster]) -> list[float]:
        """Return a number from 0 to below 1 for each cluster, which decides the split.

        It is drawn from the hash of the key. With strata, it is the rank of that draw within the
        stratum, so each part of the range has a fair share of each stratum.
        """
        draws = [self._draw(cluster.key[0]) for cluster in clusters]
        if self.stratify:
            for stratum, members in _by_stratum(clusters, draws).items():
                before = self._draw(stratum.encode())
                total = sum(clusters[number].size for number in members)
                for number in members:
                    draws[number] = before / total
                    before += clusters[number].size
        return draws

    def _draw(self, key: bytes) -> float:
        digest = blake2b(b"%d:" % self.seed + key, digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / 2**53


def _check_folds(folds: int, val: float, test: float) -> None:
    if not 2 <= folds <= MOST_FOLDS:
        raise DataprepError(f"folds is {folds}, expected 2 to {MOST_FOLDS}")
    if val or test:
        raise DataprepError(
            "folds stand instead of val and test, for each fold has a test of its own; leave "
            "these out"
        )


def _check_shares(val: float, test: float) -> None:
    for name, share in {"val": val, "test": test}.items():
        if not (0 <= share < 1 or (share >= 1 and float(share).is_integer())):
            raise DataprepError(
                f"{name} is {share:g}, expected a fraction below 1, or a number of examples"
            )
    if sum(share for share in (val, test) if share < 1) >= 1:
        raise DataprepError(
            f"val {val:g} and test {test:g} leave nothing to train on; expected a sum below 1"
        )


@dataclass(slots=True)
class _Cluster:
    """Examples that stay together: the smallest hash of an opening, with the stratum, and the size.

    The smallest decides for all, so only a new, smaller one can move them.
    """

    key: tuple[bytes, str]
    size: int = 0
    joined: bool = False

    def add(self, key: tuple[bytes, str]) -> None:
        self.size += 1
        self.joined |= key[0] != self.key[0]
        self.key = min(self.key, key)


def _clusters(labels: Iterable[int], keys: Iterable[tuple[bytes, str]]) -> dict[int, _Cluster]:
    clusters: dict[int, _Cluster] = {}
    for label, key in zip(labels, keys, strict=True):
        clusters.setdefault(label, _Cluster(key)).add(key)
    return clusters


def _by_stratum(clusters: list[_Cluster], draws: list[float]) -> dict[str, list[int]]:
    """Return the numbers of the clusters of each stratum, in the order of their draws."""
    strata: dict[str, list[int]] = {}
    for number in sorted(
        range(len(clusters)), key=lambda number: (draws[number], clusters[number].key)
    ):
        strata.setdefault(clusters[number].key[1], []).append(number)
    return strata


def _take(
    count: int, name: str, order: Iterable[int], clusters: list[_Cluster], places: list[str]
) -> None:
    """Move `count` examples from train to a split, in order; skip clusters that are too large."""
    for number in order:
        if places[number] == "train" and clusters[number].size <= count:
            places[number] = name
            count -= clusters[number].size


def _prompts(corpus: Corpus, staying: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield each staying example with the hash of each prompt that is written for it."""
    places = {number: place for place, number in enumerate(staying)}
    yield from ((place, corpus.prints[number].prompt) for number, place in places.items())
    yield from ((places[number], prompt) for number, prompt in corpus.parts if number in places)


def _joined(clusters: Iterable[_Cluster]) -> Joined:
    sizes = [cluster.size for cluster in clusters if cluster.joined]
    return Joined(len(sizes), sum(sizes), max(sizes, default=0))
