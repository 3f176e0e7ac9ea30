"""ShareGPT: `{"from": "human" | "gpt" | …, "value"}` messages, with system message and tools."""

from __future__ import annotations

from dataprep.formats.parsing import conversation, tagged
from dataprep.model import Example, Record

READS = conversation.READS
HOLDS = frozenset({"rounds", "system", "tools"})
DATASET_INFO = tagged.info("system", "tools")


def claims(record: Record) -> bool:
    """Claim a list of messages that no more special format claims."""
    return conversation.shape(record) == "sharegpt"


def read(record: Record) -> Example:
    """Read the system message from the first message or from its field; both must agree."""
    return conversation.example_of(record)


def write(example: Example) -> Record:
    """Write one message a turn; the system message and the tools may be ""."""
    return tagged.row(example)
