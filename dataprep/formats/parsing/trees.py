"""Message trees: the best path, all paths, and ranked pairs of answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Node = dict[str, Any]
Path = list[Node]


def is_tree(value: object) -> bool:
    """Return whether a value is a message with replies."""
    return isinstance(value, dict) and "replies" in value and "text" in value


def best_path(root: Node) -> Path:
    """Return the messages from the root to an answer, along the best-ranked replies."""
    path, node = [], root
    while node:
        path.append(node)
        node = next(iter(_ranked(node)), {})
    return _answered(path)


def paths(root: Node) -> Iterator[Path]:
    """Yield each different path from the root to a last answer, the best-ranked replies first."""
    seen: list[Path] = []
    for whole in _leaves(root):
        path = _answered(whole)
        if path and not any(path == other[: len(path)] for other in seen[-1:]):
            seen.append(path)
            yield path


def ranked_pairs(root: Node) -> Iterator[tuple[Path, Node, Node]]:
    """Yield the question, an answer and the next worse one, for neighbours of different rank."""
    for asked in _questions(root):
        ranked = (reply for reply in _ranked(asked[-1]) if _rank(reply) < math.inf)
        yield from (
            (asked, better, worse)
            for better, worse in pairwise(ranked)
            if _rank(better) < _rank(worse)
        )


def _ranked(node: Node) -> list[Node]:
    """Return the replies that are not deleted, by rank; those without a rank come last."""
    replies = node.get("replies")
    kept = (
        [reply for reply in replies if isinstance(reply, dict)] if isinstance(replies, list) else []
    )
    return sorted((reply for reply in kept if not reply.get("deleted")), key=_rank)


def _rank(node: Node) -> float:
    rank = node.get("rank")
    return rank if isinstance(rank, (int, float)) else math.inf


def _answered(path: Path) -> Path:
    """Return a path without a last question that has no answer."""
    return path[: len(path) - len(path) % 2]


def _leaves(root: Node) -> Iterator[Path]:
    """Yield the paths from the root to each leaf; without recursion, since trees may be deep."""
    stack = [[root]]
    while stack:
        path = stack.pop()
        replies = _ranked(path[-1])
        stack += [[*path, reply] for reply in reversed(replies)]
        if not replies:
            yield path


def _questions(root: Node) -> Iterator[Path]:
    """Yield the paths from the root to each question."""
    stack = [[root]]
    while stack:
        path = stack.pop()
        stack += [[*path, reply] for reply in reversed(_ranked(path[-1]))]
        if len(path) % 2:
            yield path
