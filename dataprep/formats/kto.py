"""KTO: a conversation, and a `label` that says whether its last answer is good."""

from __future__ import annotations

from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields, media, tagged
from dataprep.model import Example, Record

READS = conversation.READS | media.NAMES | {*fields.LABEL}
HOLDS = frozenset({"rounds", "system", "tools", "label"})
DATASET_INFO = tagged.info("system", "tools", kto_tag="label")


def claims(record: Record) -> bool:
    """Claim messages with a label that is true or false."""
    own = fields.fields_of(record)
    if not own.label or (own.chosen and own.rejected) or fields.is_marked(record):
        return False
    return fields.has_messages(record, own) and fields.is_labelled(record, own)


def read(record: Record) -> Example:
    """Read the conversation and its label."""
    return replace(
        media.attached(record, conversation.example_of(record)), label=fields.label_of(record)
    )


def write(example: Example) -> Record:
    """Write one message a turn, and the label as a boolean, which LLaMA-Factory requires."""
    if example.label is None:
        raise RecordError("format cannot hold it", "there is no label; sharegpt has no need of one")
    return tagged.row(example, label=example.label)
