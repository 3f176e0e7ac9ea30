"""Preference pairs: a prompt, and `chosen` and `rejected` as texts, messages or conversations."""

from __future__ import annotations

from dataprep.formats.parsing import calls, fields, media, pairs
from dataprep.formats.parsing.fields import Fields
from dataprep.formats.parsing.spoken import Said
from dataprep.model import Example, Record

READS = fields.READS | fields.spellings(fields.CHOSEN, fields.REJECTED) | {"tools", "messages"}


def claims(record: Record) -> bool:
    """Claim pairs that no preference format of LLaMA-Factory and no transcripts claim."""
    own = fields.fields_of(record)
    if not own.chosen or not own.rejected or fields.is_marked(record):
        return False
    if own.chosen[0] in own.messages:
        return fields.has_messages(record, own)
    chosen, plain = record[own.chosen[0]], {"chosen", "rejected"} <= record.keys()
    if plain and isinstance(chosen, list):
        return True
    if not own.prompt or fields.has_messages(record, own):
        return isinstance(chosen, list) and not own.messages
    return not (
        plain and "instruction" in record and all(isinstance(record[name], str) for name in _ALPACA)
    )


_ALPACA = ("instruction", "chosen", "rejected")


def read(record: Record) -> Example:
    """Read the prompt, if any, and the part that both answers share."""
    own = fields.fields_of(record)
    asked = _asked(record, own)
    chosen, rejected = fields.pair_in(record, own)
    if own.chosen[0] in own.messages:  # a whole conversation, and another answer for its end
        asked, chosen = (chosen[0], chosen[1][:-1]), ("", chosen[1][-1:])
    system = fields.system_of(record, own, asked[0])
    example = pairs.from_said(
        asked, chosen, rejected, system, calls.tools_text(record.get("tools"))
    )
    return media.attached(record, example)


def _asked(record: Record, own: Fields) -> Said:
    if not own.prompt:
        return "", ()
    system, turns = fields.asked_in(record, own)
    return system, (*fields.history_of(record, own), *turns)
