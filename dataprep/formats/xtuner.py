"""XTuner: `{"system", "input", "output"}` rounds in a list, the system text in the first."""

from __future__ import annotations

from dataprep.model import Example, Record
from dataprep.shapes import conversation

READS = conversation.READS


def claims(record: Record) -> bool:
    """Tell it by a list of rounds that have an input and an output."""
    return conversation.shape(record) == "xtuner"


def read(record: Record) -> Example:
    """Read a question and an answer from each round."""
    return conversation.example_of_rounds(record)
