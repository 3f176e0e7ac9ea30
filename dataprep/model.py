"""What one training example is, by LLaMA-Factory's own roles and rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from dataprep.errors import RecordError

Role = Literal["user", "observation", "assistant", "function_call"]
Record = dict[str, Any]

ASKS = frozenset({"user", "observation"})
ANSWERS = frozenset({"assistant", "function_call"})


class Origin(NamedTuple):
    """Where a record stands: its file, the 1-based line and the 0-based byte on which it starts.

    The byte is -1 where a container tells none.
    """

    path: str
    line: int
    byte: int = -1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Turn(NamedTuple):
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Say that a step takes this example out; `reason` is two or three words that stand in the report."""

    reason: str


@dataclass(frozen=True, slots=True)
class Example:
    """Hold one conversation that can be trained on.

    Asking turns (`user`, `observation`) and answering turns (`assistant`, `function_call`) take strict turns and the
    last one answers. `system` is "" where there is none. `tools` is "" or a JSON list of tools, each with a name and
    parameters. Prompts and answers are never blank, for LLaMA-Factory trains a blank answer as "say nothing".

    Raises `RecordError` when built of anything else.
    """

    turns: tuple[Turn, ...]
    system: str = ""
    tools: str = ""

    def __post_init__(self) -> None:
        _check_order(self.turns)
        for number, turn in enumerate(self.turns, 1):
            _check_text(number, turn)
        if self.tools:
            _check_tools(self.tools)

    @property
    def answer(self) -> str:
        """Return the text of the last turn."""
        return self.turns[-1].text

    @property
    def calls(self) -> bool:
        """Tell whether a turn calls a tool or returns what it said."""
        return any(turn.role in ("function_call", "observation") for turn in self.turns)

    def rewrite(self, change: Callable[[str], str]) -> Example | Drop:
        """Return the example with `change` done to its prose: system, user and assistant texts, not tool traffic.

        Gives the very same object where nothing changes, and a `Drop` where a prompt or an answer comes out blank.
        """
        turns = tuple(_rewrite_turn(turn, change) for turn in self.turns)
        system = change(self.system) if self.system else ""
        if turns == self.turns and system == self.system:
            return self
        try:
            return replace(self, turns=turns, system=system)
        except RecordError as error:
            return Drop(error.reason)


def _rewrite_turn(turn: Turn, change: Callable[[str], str]) -> Turn:
    return Turn(turn.role, change(turn.text)) if turn.role in ("user", "assistant") else turn


def _check_order(turns: tuple[Turn, ...]) -> None:
    for number, turn in enumerate(turns, 1):
        expected = ASKS if number % 2 else ANSWERS
        if turn.role not in expected:
            roles = "user or observation" if number % 2 else "assistant or function_call"
            raise RecordError("turns out of order", f"turn {number} is '{turn.role}', expected {roles}")
    if not turns or len(turns) % 2:
        found = f"turn {len(turns)}, the last, is '{turns[-1].role}'" if turns else "there are no turns"
        raise RecordError("turns out of order", f"{found}, expected an answer to learn")


def _check_text(number: int, turn: Turn) -> None:
    if turn.role == "function_call":
        _check_call(number, turn.text)
    elif turn.role != "observation" and not turn.text.strip():
        kind = "empty prompt" if turn.role == "user" else "empty answer"
        raise RecordError(kind, f"turn {number} ({turn.role}) is {'blank' if turn.text else 'empty'}")


_TOOL_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_THOUGHT = re.compile(r"<think>\n(.*?)\n</think>\n\n", re.DOTALL)  # LLaMA-Factory knows no other spelling


def _check_call(number: int, text: str) -> None:
    tagged = _TOOL_CALL.search(text)
    body = tagged[1] if tagged else _THOUGHT.sub("", text, count=1)
    calls = _json(body, RecordError("unreadable tool call", f"turn {number} is not JSON"))
    for call in calls if isinstance(calls, list) else [calls]:
        if not isinstance(call, dict) or not {"name", "arguments"} <= call.keys():
            raise RecordError("unreadable tool call", f"turn {number} lacks 'name' or 'arguments'")


def _check_tools(text: str) -> None:
    tools = _json(text, RecordError("unreadable tools", "not JSON", "/tools"))
    if not isinstance(tools, list):
        raise RecordError("unreadable tools", "is one tool, expected a JSON list of tools", "/tools")
    for tool in tools:
        body = tool.get("function", tool) if isinstance(tool, dict) else {}
        if "name" not in body or "properties" not in (body.get("parameters") or {}):
            raise RecordError("unreadable tools", "a tool lacks 'name' or 'parameters' with 'properties'", "/tools")


def _json(text: str, error: RecordError) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise error from None
