"""Instruction and response: Dolly (`context`), GPTeacher (`input`), and Alpaca with another name
for its output.
"""

from __future__ import annotations

from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = fields.READS
ASKS = frozenset({"instruction", "指令", "definition"})


def claims(record: Record) -> bool:
    """Tell it by an instruction beside an answer; with the very names `instruction` and `output` it
    is Alpaca.
    """
    return not {"instruction", "output"} <= record.keys() and fields.asks_by(record) in ASKS


def read(record: Record) -> Example:
    """Read the instruction, its context, the answer, and the system text, history and media beside
    them.
    """
    return fields.read(record)
