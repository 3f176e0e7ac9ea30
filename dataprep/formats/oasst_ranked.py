"""OpenAssistant message trees, read as preferences: each ranked answer against the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, trees
from dataprep.model import Example, Record, Turn

READS = frozenset({"prompt", "messages", "chosen", "rejected", "message_tree_id", "tree_state"})


def claims(record: Record) -> bool:
    """Claim none: by default a tree is read along its best path."""
    return False


def unfold(record: Record) -> Iterator[Record]:
    """Yield each pair with its question, or the record if it has none."""
    pairs = (
        list(trees.ranked_pairs(record["prompt"])) if trees.is_tree(record.get("prompt")) else []
    )
    for asked, better, worse in pairs:
        messages = [{"role": node.get("role"), "text": node.get("text")} for node in asked]
        yield {"messages": messages, "chosen": better.get("text"), "rejected": worse.get("text")}
    if not pairs:
        yield record


def read(record: Record) -> Example:
    """Read the conversation up to the better answer, with the worse one as rejected."""
    if not record.keys() >= {"messages", "chosen", "rejected"}:
        raise RecordError(
            "no ranked answers",
            "expected a 'prompt' whose 'replies' have different ranks",
            "/prompt",
        )
    better: conversation.Message = {"role": "assistant", "text": record["chosen"]}
    example = conversation.example_of({"messages": [*record["messages"], better]})
    return replace(example, rejected=Turn("assistant", record["rejected"]))
