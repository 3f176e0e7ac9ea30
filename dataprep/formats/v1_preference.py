"""LLaMA-Factory's v1 preference pairs: conversations `chosen_messages`, `rejected_messages`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, pairs, typed
from dataprep.model import Example, Record

READS = frozenset({"chosen_messages", "rejected_messages", "tools"})
HOLDS = frozenset({"rounds", "system", "tools", "rejected"})
DATASET_INFO = None  # as for v1


def claims(record: Record) -> bool:
    """Claim two lists of messages."""
    return isinstance(record.get("chosen_messages"), list) and isinstance(
        record.get("rejected_messages"), list
    )


def read(record: Record) -> Example:
    """Read both conversations, which must be equal up to the last answer."""
    chosen, rejected = (
        typed.turns_of(record[name], f"/{name}")
        for name in ("chosen_messages", "rejected_messages")
    )
    return pairs.from_said(("", ()), chosen, rejected, tools=calls.tools_text(record.get("tools")))


def write(example: Example) -> Record:
    """Write both conversations whole."""
    if example.rejected is None:
        raise RecordError(
            "format cannot hold it", "there is no rejected answer; v1 has no need of one"
        )
    worse = (*example.turns[:-1], example.rejected)
    return {
        "chosen_messages": typed.messages_of(example.system, example.turns),
        "rejected_messages": typed.messages_of(example.system, worse),
        "tools": example.tools,
    }
