r"""HH-RLHF: `chosen` and `rejected` transcripts, `\n\nHuman: …\n\nAssistant: …`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, pairs, spoken
from dataprep.model import Example, Record, Turn

READS = frozenset({"chosen", "rejected"})


def claims(record: Record) -> bool:
    """Claim pairs of texts without a prompt."""
    own = fields.fields_of(record)
    pair = isinstance(record.get("chosen"), str) and isinstance(record.get("rejected"), str)
    return pair and not own.prompt and not fields.has_messages(record, own)


def read(record: Record) -> Example:
    """Read both transcripts, which must be equal up to the last answer."""
    return pairs.paired((), _turns(record, "chosen"), _turns(record, "rejected"))


def _turns(record: Record, name: str) -> tuple[Turn, ...]:
    if not spoken.is_transcript(record[name]):
        raise RecordError(
            "no transcript",
            "expected 'Human:' and 'Assistant:', each after an empty line",
            fields.at(name),
        )
    return spoken.turns_of_transcript(record[name])
