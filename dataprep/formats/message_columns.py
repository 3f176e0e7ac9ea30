"""Messages as columns, as in Parquet files: `conversations: {"from": […], "value": […]}`."""

from __future__ import annotations

from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields, media
from dataprep.formats.parsing.heard import SENDERS, TEXTS
from dataprep.model import Example, Record

READS = conversation.READS | media.NAMES


def claims(record: Record) -> bool:
    """Claim an object with a list of senders and a list of texts, and no label or pair."""
    own = fields.fields_of(record)
    if not own.messages or not any(_are_columns(record[name]) for name in own.messages):
        return False
    pair, labelled = own.chosen and own.rejected, fields.is_labelled(record, own)
    elsewhere = (
        fields.is_marked(record) or fields.has_messages(record, own) or conversation.talk_in(record)
    )
    return not (pair or labelled or elsewhere or conversation.shape(record))


def _are_columns(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    lists = {name for name, column in value.items() if isinstance(column, list)}
    return not lists.isdisjoint(SENDERS) and not lists.isdisjoint(TEXTS)


def read(record: Record) -> Example:
    """Read one message from each row of the columns."""
    name = next((name for name in conversation.LISTS if _are_columns(record.get(name))), "")
    if not name:
        raise RecordError(
            "no messages", "expected an object of lists, one of speakers and one of texts"
        )
    lists = {key: column for key, column in record[name].items() if isinstance(column, list)}
    if len({len(column) for column in lists.values()}) > 1:
        raise RecordError(
            "columns of unequal length", "there are not as many speakers as texts", f"/{name}"
        )
    rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    return media.attached(record, conversation.example_of({**record, name: rows}))
