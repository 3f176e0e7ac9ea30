"""Compared answers: `response_0` and `response_1`, or `…_a` and `…_b`, and a verdict."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, media, pairs, spoken
from dataprep.formats.parsing.fields import Fields
from dataprep.formats.parsing.spoken import Said
from dataprep.model import Example, Record

_STEMS = ("response", "answer", "output", "completion", "human_ref", "conversation")
_ENDS = (("_0", "_1"), ("_1", "_2"), ("_a", "_b"), ("0", "1"), ("1", "2"))
_PAIRS = [(stem + first, stem + second) for stem in _STEMS for first, second in _ENDS]
_WINNERS = (
    "better_response_id",
    "better_response",
    "better",
    "winner",
    "preferred_response",
    "preferred",
)
"""Fields that name the better answer by the letter or the number that its own name ends with."""
_LEANINGS = ("preference_strength", "overall_preference")
"""Fields that are less than 0 where the first answer is better, and more than 0 where the second
is.
"""
_ASKED = ("history", "context")
READS = (
    fields.READS
    | fields.spellings(_WINNERS, _LEANINGS, *_PAIRS)
    | {"score_0", "score_1", "score_A", "score_B"}
)


class _Found(NamedTuple):
    """The names of the answers, of the fields with the verdict, and of the question."""

    answers: tuple[str, str]
    winner: str
    leaning: str
    scores: tuple[str, ...]
    asked: str


@lru_cache(maxsize=4096)
def _found(names: tuple[str, ...]) -> _Found | None:
    own = {fields.fold(name): name for name in names}
    pair = next((pair for pair in _PAIRS if own.keys() >= set(pair)), None)
    if not pair:
        return None

    def first(known: tuple[str, ...]) -> str:
        return next((own[name] for name in known if name in own), "")

    scores = tuple(own[name] for end in pair if (name := f"score_{end[-1]}") in own)
    found = _Found(
        (own[pair[0]], own[pair[1]]), first(_WINNERS), first(_LEANINGS), scores, first(_ASKED)
    )
    return found if found.winner or found.leaning or len(scores) == 2 else None


_ELSE = frozenset(
    {"text", "content", "raw_content", "data", "utterances", "plain_text", "sample", "tools"}
)


def claims(record: Record) -> bool:
    """Claim records with two numbered answers and a verdict, and no other answer."""
    found = _found(tuple(record))
    if not found or not _ELSE.isdisjoint(record) or fields.is_marked(record):
        return False
    own = fields.fields_of(record)
    if own.answer or own.chosen or own.rejected or own.ranked or fields.tells_messages(record, own):
        return False
    return bool(own.prompt or found.asked) or isinstance(record[found.answers[0]], list)


def read(record: Record) -> Example:
    """End the conversation with the better answer, and keep the worse one as rejected."""
    found, own = _found(tuple(record)), fields.fields_of(record)
    if not found:
        raise RecordError(
            "no pair", "expected two answers such as 'response_0' and 'response_1', and a verdict"
        )
    both = [spoken.said(record[name], "assistant", fields.at(name)) for name in found.answers]
    chosen, rejected = both if _first_is_better(record, found) else reversed(both)
    asked = _asked(record, found, own)
    system = fields.system_of(record, own, asked[0])
    return media.attached(record, pairs.from_said(asked, chosen, rejected, system))


def _asked(record: Record, found: _Found, own: Fields) -> Said:
    if own.prompt:
        return fields.asked_in(record, own)
    return (
        spoken.said(record[found.asked], "user", fields.at(found.asked))
        if found.asked
        else ("", ())
    )


def _first_is_better(record: Record, found: _Found) -> bool:
    if found.winner:
        return _named(record[found.winner], found)
    if found.leaning:
        return _less(record[found.leaning], 0, found.leaning)
    return _less(record[found.scores[1]], record[found.scores[0]], found.scores[0])


def _named(verdict: Any, found: _Found) -> bool:
    """Return whether a verdict, such as 0, "A" or "model_a", names the first answer."""
    end = "" if isinstance(verdict, bool) else str(verdict).casefold().rpartition("_")[2]
    ends = [name[-1].casefold() for name in found.answers]
    if end not in ends:
        words = " or ".join(map(repr, ends))
        raise RecordError(
            "no worse answer", f"is {verdict!r}", fields.at(found.winner), expected=words
        )
    return end == ends[0]


def _less(number: Any, other: Any, name: str) -> bool:
    if not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in (number, other)
    ):
        raise RecordError("unreadable scores", "expected a number", fields.at(name))
    if number == other:
        raise RecordError("no worse answer", "both answers are as good", fields.at(name))
    return bool(number < other)
