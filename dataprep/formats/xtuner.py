"""XTuner: `{"system", "input", "output"}` rounds in a list; the first has the system message."""

from __future__ import annotations

from dataprep.formats.parsing import conversation
from dataprep.model import Example, Record

READS = conversation.READS


def claims(record: Record) -> bool:
    """Claim lists of rounds with an input and an output."""
    return conversation.shape(record) == "xtuner"


def read(record: Record) -> Example:
    """Read a question and an answer from each round."""
    return conversation.example_of_rounds(record)
