"""OpenAssistant message trees: a `prompt` with nested `replies`, read along the best path."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, trees
from dataprep.model import Example, Record

READS = frozenset({"prompt", "message_tree_id", "tree_state"})


def claims(record: Record) -> bool:
    """Claim a prompt with replies."""
    return trees.is_tree(record.get("prompt")) and not conversation.shape(record)


def read(record: Record) -> Example:
    """Follow the replies that people ranked first, from the prompt to the last answer."""
    path = trees.best_path(record["prompt"])
    if not path:
        raise RecordError("no answer in the tree", "nobody answered the prompt", "/prompt/replies")
    return conversation.example_of({"messages": path})
