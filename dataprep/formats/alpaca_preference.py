"""Alpaca preference pairs: `instruction`, an optional `input`, and texts `chosen`, `rejected`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields, media, pairs
from dataprep.formats.parsing.belle_script import no_script
from dataprep.model import Example, Record, Turn

READS = frozenset(
    {"instruction", "input", "history", "chosen", "rejected", *fields.SYSTEM, *media.NAMES}
)
HOLDS = frozenset({"system", "rejected"})
DATASET_INFO = {
    "formatting": "alpaca",
    "ranking": True,
    "columns": {
        "prompt": "instruction",
        "query": "input",
        "chosen": "chosen",
        "rejected": "rejected",
        "system": "system",
    },
}


def claims(record: Record) -> bool:
    """Claim records with an instruction and two answers that are texts."""
    texts = (record.get(name) for name in ("instruction", "chosen", "rejected"))
    if not all(isinstance(text, str) for text in texts) or fields.is_marked(record):
        return False
    return not fields.has_messages(record, fields.fields_of(record))


def read(record: Record) -> Example:
    """Read the question as in Alpaca, and both answers unchanged."""
    own = fields.fields_of(record)
    asked = (*fields.history_of(record, own), Turn("user", fields.prompt_of(record, own)))
    chosen, rejected = ((Turn("assistant", record[name]),) for name in ("chosen", "rejected"))
    return media.attached(
        record, pairs.paired(asked, chosen, rejected, fields.system_of(record, own))
    )


def write(example: Example) -> Record:
    """Write the whole prompt as the instruction."""
    ask, better = example.turns
    if example.rejected is None:
        raise RecordError(
            "format cannot hold it", "there is no rejected answer; alpaca has no need of one"
        )
    if example.rejected.role != "assistant":
        raise RecordError(
            "format cannot hold it",
            "the rejected answer is a tool call; preference has a place for it",
        )
    return {
        "instruction": no_script(ask.text),
        "input": "",
        "chosen": better.text,
        "rejected": example.rejected.text,
        "system": example.system,
    }
