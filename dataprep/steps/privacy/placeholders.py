"""Placeholders in the place of what is personal or secret: the same datum has the same one in all
of a conversation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.model import Drop, Example, Turn
from dataprep.steps.privacy.find import Datum, find, may_hold
from dataprep.steps.privacy.kinds import KINDS

_PLACEHOLDER = re.compile(rf"\[({'|'.join(kind.upper() for kind in KINDS)})_([0-9]{{1,9}})\]")


def is_clean(example: Example) -> bool:
    """Tell by a quick look at all texts at once that there is nothing to find in them."""
    worse = example.rejected.text if example.rejected else ""
    turns = "\n".join([turn.text for turn in example.turns])
    return not may_hold("\n".join((turns, example.system, example.tools, worse, example.text)))


class Placeholders:
    """Number the data of one conversation, each kind by itself, on from the placeholders that it
    has already.
    """

    def __init__(self, written: Iterable[str] = ()) -> None:
        self.names: dict[tuple[str, str], str] = {}
        self.last = Counter[str]()
        for text in written:
            for kind, number in _PLACEHOLDER.findall(text) if "[" in text else ():
                self.last[kind] = max(self.last[kind], int(number))

    def of(self, kind: str, key: str) -> str:
        """Return what stands in the place of a datum."""
        if (kind, key) not in self.names:
            self.last[kind.upper()] += 1
            self.names[kind, key] = f"[{kind.upper()}_{self.last[kind.upper()]}]"
        return self.names[kind, key]

    def put(self, text: str, kinds: Sequence[str]) -> str:
        """Return a text with placeholders for what it holds, until it holds nothing more."""
        while found := find(text, kinds):
            text = self._put(text, found)
        return text

    def _put(self, text: str, found: list[Datum]) -> str:
        parts: list[str] = []
        at = 0
        for one in found:
            parts += text[at : one.start], one.quote, self.of(one.kind, one.key), one.quote
            at = one.end
        return "".join((*parts, text[at:]))


def rewritten(example: Example, change: Callable[[str], str]) -> Example | Drop:
    """Return the example with `change` done to all its texts, in their order; a `Drop` where that
    is no example.
    """
    system, tools = change(example.system), change(example.tools)
    turns = tuple(Turn(turn.role, change(turn.text)) for turn in example.turns)
    worse = Turn(example.rejected.role, change(example.rejected.text)) if example.rejected else None
    try:
        return replace(
            example,
            system=system,
            tools=tools,
            turns=turns,
            rejected=worse,
            text=change(example.text),
        )
    except RecordError as error:
        return Drop(error.reason)
