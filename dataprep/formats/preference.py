"""Preference pairs on a conversation: `conversations`, and messages `chosen` and `rejected`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, fields, media, pairs, tagged
from dataprep.model import Example, Record

READS = frozenset(
    {*fields.MESSAGES, *fields.SYSTEM, *fields.CHOSEN, *fields.REJECTED, "tools", *media.NAMES}
)
HOLDS = frozenset({"rounds", "system", "tools", "rejected"})
DATASET_INFO = tagged.info("chosen", "rejected", "system", "tools", ranking=True)


def claims(record: Record) -> bool:
    """Claim messages with a chosen and a rejected answer that are not whole conversations."""
    if "chosen" not in record or "rejected" not in record or isinstance(record["chosen"], list):
        return False
    return fields.has_messages(record, fields.fields_of(record)) and not fields.is_marked(record)


def read(record: Record) -> Example:
    """Read the question from the messages, and each answer from a message or a text."""
    own = fields.fields_of(record)
    asked = fields.conversation_in(record, own)
    chosen, rejected = fields.pair_in(record, own)
    system = fields.system_of(record, own, asked[0])
    example = pairs.from_said(
        asked, chosen, rejected, system, calls.tools_text(record.get("tools"))
    )
    return media.attached(record, example)


def write(example: Example) -> Record:
    """Write all but the last turn as messages, and each answer as one message."""
    if example.rejected is None:
        raise RecordError(
            "format cannot hold it", "there is no rejected answer; sharegpt has no need of one"
        )
    better, worse = tagged.message(example.turns[-1]), tagged.message(example.rejected)
    asked = [tagged.message(turn) for turn in example.turns[:-1]]
    return {
        "conversations": asked,
        "chosen": better,
        "rejected": worse,
        "system": example.system,
        "tools": example.tools,
    }
