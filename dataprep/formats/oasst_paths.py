"""OpenAssistant message trees, read along every path: one conversation for each last answer."""

from __future__ import annotations

from collections.abc import Iterator

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, trees
from dataprep.model import Example, Record

READS = frozenset({"prompt", "messages", "message_tree_id", "tree_state"})


def claims(record: Record) -> bool:
    """Claim none: by default a tree is read along its best path."""
    return False


def unfold(record: Record) -> Iterator[Record]:
    """Yield the messages of each path, or the record if it has none."""
    paths = list(trees.paths(record["prompt"])) if trees.is_tree(record.get("prompt")) else []
    yield from ({"messages": [_bare(node) for node in path]} for path in paths)
    if not paths:
        yield record


def _bare(node: trees.Node) -> Record:
    return {"role": node.get("role"), "text": node.get("text")}


def read(record: Record) -> Example:
    """Read the messages of one path."""
    if "messages" not in record:
        raise RecordError(
            "no answer in the tree",
            "expected a 'prompt' that is answered in its 'replies'",
            "/prompt",
        )
    return conversation.example_of(record)
