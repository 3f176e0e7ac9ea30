"""ShareGPT: `{"from": "human" | "gpt" | …, "value"}` messages, with the system text and the tools
beside them.
"""

from __future__ import annotations

from dataprep.formats.parsing import conversation, tagged
from dataprep.model import Example, Record

READS = conversation.READS
HOLDS = frozenset({"rounds", "system", "tools"})
DATASET_INFO = tagged.info("system", "tools")


def claims(record: Record) -> bool:
    """Tell it by its list of messages, unless that has the marks of a more special format."""
    return conversation.shape(record) == "sharegpt"


def read(record: Record) -> Example:
    """Take the system text from the first message or from its field, never from both."""
    return conversation.example_of(record)


def write(example: Example) -> Record:
    """Write one message a turn; the system text and the tools are "" where there are none."""
    return tagged.row(example)
