"""Ranked answers: a prompt, and answers with a score or rank each; read as best against worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, pairs
from dataprep.formats.parsing.fields import Fields
from dataprep.model import Example, Record, Turn

READS = fields.READS | fields.spellings(fields.RANKED, fields.SCORES)


def claims(record: Record) -> bool:
    """Claim a list of answers with a number for each."""
    own = fields.fields_of(record)
    if (
        not own.prompt
        or fields.tells_messages(record, own)
        or (own.chosen and own.rejected)
        or fields.is_marked(record)
    ):
        return False
    return fields.is_ranked(record, own)


def read(record: Record) -> Example:
    """Take the first of the best answers and the first of the worst; refuse equal ranks."""
    own = fields.fields_of(record)
    system, asked = fields.asked_in(record, own)
    answers, merits = _judged(record, own)
    if max(merits) == min(merits):
        raise RecordError(
            "no worse answer", "all answers have the same score", fields.at(own.ranked[0])
        )
    better, worse = (
        _turn(answers[merits.index(pick(merits))], fields.at(own.ranked[0])) for pick in (max, min)
    )
    asked = (*fields.history_of(record, own), *asked)
    return pairs.paired(asked, (better,), (worse,), fields.system_of(record, own, system))


def _judged(record: Record, own: Fields) -> tuple[Sequence[Any], list[float]]:
    """Return the answers and their scores; a higher score is better."""
    if not fields.is_ranked(record, own):
        raise RecordError("no scores", "expected a list of answers, and a score or a rank for each")
    answers = record[own.ranked[0]]
    beside = next((name for name in own.scores if isinstance(record[name], list)), "")
    if beside:
        return answers, _merits(record[beside], beside, len(answers))
    name = next(name for name in fields.JUDGED if name in answers[0])
    return answers, _merits([answer.get(name) for answer in answers], name, len(answers))


def _merits(numbers: list[Any], name: str, size: int) -> list[float]:
    if len(numbers) != size or not all(
        isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers
    ):
        raise RecordError(
            "unreadable scores",
            f"expected a number for each of the {size} answers",
            fields.at(name),
        )
    sign = -1 if fields.fold(name).startswith("rank") else 1
    return [sign * number for number in numbers]


def _turn(answer: Any, pointer: str) -> Turn:
    if isinstance(answer, dict):
        answer = next((answer[name] for name in fields.SPOKEN if name in answer), None)
    if not isinstance(answer, str):
        raise RecordError("no text", "an answer is missing or is no text", pointer)
    return Turn("assistant", answer)
