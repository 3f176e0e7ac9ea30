"""Firefly: `{"human", "assistant"}` rounds in a list, or rounds under other names."""

from __future__ import annotations

from dataprep.formats.parsing import conversation
from dataprep.model import Example, Record

READS = conversation.READS


def claims(record: Record) -> bool:
    """Claim lists of rounds."""
    return conversation.shape(record) == "firefly"


def read(record: Record) -> Example:
    """Read a question and an answer from each round."""
    return conversation.example_of_rounds(record)
