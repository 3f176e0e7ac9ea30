"""KTO without messages: a prompt, one answer, and a `label` that says whether it is good."""

from __future__ import annotations

from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, media, spoken
from dataprep.model import Example, Record

READS = fields.READS | fields.spellings(fields.LABEL)


def claims(record: Record) -> bool:
    """Claim an answer with a label that is true or false."""
    own = fields.fields_of(record)
    if (
        not own.label
        or not own.answer
        or (own.chosen and own.rejected)
        or fields.is_ranked(record, own)
    ):
        return False
    if fields.tells_messages(record, own) or fields.is_marked(record):
        return False
    return fields.is_labelled(record, own) and bool(
        own.prompt or isinstance(record[own.answer[0]], list)
    )


def read(record: Record) -> Example:
    """Read the question and the answer, or a conversation in the answer's field, and the label."""
    own = fields.fields_of(record)
    if own.prompt:
        return replace(fields.read(record), label=fields.label_of(record))
    if not own.answer:
        raise RecordError(
            "no answer",
            "expected a prompt and a completion, or a whole conversation in the completion",
        )
    system, turns = spoken.said(record[own.answer[0]], "assistant", fields.at(own.answer[0]))
    example = Example(turns, fields.system_of(record, own, system), label=fields.label_of(record))
    return media.attached(record, example)
