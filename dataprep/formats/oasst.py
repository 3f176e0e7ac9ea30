"""OpenAssistant message trees: a `prompt` with its `replies`, each with their own; read along the
best-ranked path.
"""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, trees
from dataprep.model import Example, Record

READS = frozenset({"prompt", "message_tree_id", "tree_state"})


def claims(record: Record) -> bool:
    """Tell it by a prompt that has replies."""
    return trees.is_tree(record.get("prompt")) and not conversation.shape(record)


def read(record: Record) -> Example:
    """Follow the replies that people ranked first, from the prompt to the last answer."""
    path = trees.best_path(record["prompt"])
    if not path:
        raise RecordError("no answer in the tree", "nobody answered the prompt", "/prompt/replies")
    return conversation.example_of({"messages": path})
