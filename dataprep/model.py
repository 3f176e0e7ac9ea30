"""What one training example is, by LLaMA-Factory's own roles and rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, NamedTuple, cast

from dataprep.errors import RecordError

Role = Literal["user", "observation", "assistant", "function_call"]
Record = dict[str, Any]

ASKS = frozenset({"user", "observation"})
ANSWERS = frozenset({"assistant", "function_call"})
PROSE = frozenset({"user", "assistant"})
MEDIA = ("images", "videos", "audios")
_OPTIONAL = ("system", "tools", "rejected", "label", *MEDIA, "text")
_OPTIONAL_OF = attrgetter(*_OPTIONAL)
_NONE = ("", "", None, None, (), (), (), "")
PLACES = frozenset({"rounds", *_OPTIONAL})
"""What an example may need a place for in a format, beyond one question and one answer."""


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
    """Say that a step takes this example out.

    `reason` is two or three words that stand in the report; `found` tells what of this very example
    led to it.
    """

    reason: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A step keeps this example and marks it.

    `label` is two or three words, counted in the report; `found` is what the step found in this
    example. `names` are the names in the label, such as those of evaluation sets, as data: a name
    may hold any word.
    """

    example: Example
    label: str
    found: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Hold one thing that can be trained on: a conversation, or a text for pre-training.

    Asking turns (`user`, `observation`) and answering turns (`assistant`, `function_call`) take
    strict turns and the last one answers. `system` is "" where there is none. `tools` is "" or a
    JSON list of tools, each with a name and parameters. Prompts and answers are never blank, for
    LLaMA-Factory trains a blank answer as "say nothing".

    `rejected` is the worse answer of a preference pair, whose better one is the last turn; `label`
    says whether the last turn is a wanted answer (KTO). `images`, `videos` and `audios` are paths,
    as many as the turns have `<image>`, `<video>` and `<audio>`. `text` is a document, which has
    none of all this beside it.

    Raises `RecordError` when built of anything else.
    """

    turns: tuple[Turn, ...] = ()
    system: str = ""
    tools: str = ""
    rejected: Turn | None = None
    label: bool | None = None
    images: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    audios: tuple[str, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        if self.text:
            _check_document(self)
            return
        try:
            _check_turns(self.turns)
        except RecordError as error:
            error.draft = self
            raise
        if self.tools:
            _check_tools(self.tools)
        if self.rejected is not None:
            _check_rejected(self)
        if self.images or self.videos or self.audios:
            _check_media(self)

    @property
    def answer(self) -> str:
        """Return the text of the last turn, of a document its own."""
        return self.turns[-1].text if self.turns else self.text

    @property
    def prose(self) -> list[str]:
        """Return all that people read: system text, turns, the worse answer, the document; no tool
        traffic.
        """
        turns = self.turns if self.rejected is None else (*self.turns, self.rejected)
        return [self.system, *[turn.text for turn in turns if turn.role in PROSE], self.text]

    @property
    def needs(self) -> set[str]:
        """Return what a format must have a place for beyond one question and one answer, by the
        names of `PLACES`.
        """
        optional = _OPTIONAL_OF(self)
        needed = set()
        if optional != _NONE:
            needed = {
                place
                for place, its, none in zip(_OPTIONAL, optional, _NONE, strict=True)
                if its != none
            }
        if len(self.turns) > 2:
            needed.add("rounds")
        for turn in self.turns:
            if turn.role not in PROSE:
                needed.add("tools")
        return needed

    def rewrite(self, change: Callable[[str], str]) -> Example | Drop:
        """Return the example with `change` done to its prose: never to tool traffic.

        Gives the very same object where nothing changes, and a `Drop` where a prompt or an answer
        comes out blank.
        """
        turns = tuple(_rewrite_turn(turn, change) for turn in self.turns)
        rejected = _rewrite_turn(self.rejected, change) if self.rejected else None
        system, text = (
            change(self.system) if self.system else "",
            change(self.text) if self.text else "",
        )
        if (turns, rejected, system, text) == (self.turns, self.rejected, self.system, self.text):
            return self
        if self.text and not text:
            return Drop("empty text")
        try:
            media = self.images, self.videos, self.audios
            return Example(turns, system, self.tools, rejected, self.label, *media, text)
        except RecordError as error:
            return Drop(error.reason)


@dataclass(frozen=True, slots=True)
class Note:
    """Say that a step keeps this example as it is, and notes a number of it for when all of them
    are known.
    """

    example: Example
    name: str
    number: float


def texts(example: Example) -> Iterator[tuple[str, str]]:
    """Yield every text of an example with its name, in the order in which a reader meets them; tool
    traffic too.
    """
    yield "system", example.system
    yield "tools", example.tools
    for number, turn in enumerate(example.turns, 1):
        yield f"turn {number}", turn.text
    yield "rejected answer", example.rejected.text if example.rejected else ""
    yield "text", example.text


def _rewrite_turn(turn: Turn, change: Callable[[str], str]) -> Turn:
    return Turn(turn.role, change(turn.text)) if turn.role in PROSE else turn


def _check_document(example: Example) -> None:
    if example.turns or example.needs != {"text"}:
        raise RecordError(
            "text beside turns", "a text for pre-training has no conversation beside it"
        )
    if example.text.isspace():
        raise RecordError("empty text", "the text is blank")


def _check_turns(turns: tuple[Turn, ...]) -> None:
    for number, turn in enumerate(turns):
        role, text = turn
        if role not in (ANSWERS if number % 2 else ASKS):
            raise _out_of_order(number, turn)
        if role == "function_call" or (role != "observation" and (not text or text.isspace())):
            _check_text(number, turn)
    if not turns or len(turns) % 2:
        raise _no_answer(turns)


def _out_of_order(number: int, turn: Turn) -> RecordError:
    roles = "assistant or function_call" if number % 2 else "user or observation"
    return RecordError("turns out of order", f"turn {number + 1} is '{turn.role}'", expected=roles)


def _no_answer(turns: tuple[Turn, ...]) -> RecordError:
    found = f"turn {len(turns)}, the last, is '{turns[-1].role}'" if turns else "there are no turns"
    return RecordError("turns out of order", found, expected="an answer to learn")


def _check_text(number: int, turn: Turn) -> None:
    """Raise if a text is blank or a tool call unreadable; turn -1 is the rejected answer."""
    if turn.role == "function_call":
        _check_call(number, turn.text)
    elif not turn.text or turn.text.isspace():
        kind = "empty prompt" if turn.role == "user" else "empty answer"
        raise RecordError(
            kind, f"{_name(number)} ({turn.role}) is {'blank' if turn.text else 'empty'}"
        )


def _name(number: int) -> str:
    return "the rejected answer" if number < 0 else f"turn {number + 1}"


def _check_rejected(example: Example) -> None:
    worse = cast(Turn, example.rejected)
    if worse.role not in ANSWERS:
        raise RecordError(
            "turns out of order", f"the rejected answer is '{worse.role}'", expected="an answer"
        )
    if example.label is not None:
        raise RecordError(
            "pair with a label", "an answer is either better than another or labelled, not both"
        )
    _check_text(-1, worse)
    if worse == example.turns[-1]:
        raise RecordError("pair of equal answers", "chosen and rejected are the same")


def _check_media(example: Example) -> None:
    spoken = "".join(turn.text for turn in example.turns)
    for kind in MEDIA:
        sign, paths = f"<{kind.removesuffix('s')}>", getattr(example, kind)
        if paths and spoken.count(sign) != len(paths):
            raise RecordError(
                "media do not match", f"has {len(paths)} {kind} and {spoken.count(sign)} '{sign}'"
            )


_TOOL_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_THOUGHT = re.compile(
    r"<think>\n(.*?)\n</think>\n\n", re.DOTALL
)  # LLaMA-Factory knows no other spelling


def _check_call(number: int, text: str) -> None:
    tagged = _TOOL_CALL.search(text)
    body = tagged[1] if tagged else _THOUGHT.sub("", text, count=1)
    calls = _json(body, RecordError("unreadable tool call", f"{_name(number)} is not JSON"))
    for call in calls if isinstance(calls, list) else [calls]:
        if not isinstance(call, dict) or not {"name", "arguments"} <= call.keys():
            raise RecordError(
                "unreadable tool call", f"{_name(number)} lacks 'name' or 'arguments'"
            )


def _check_tools(text: str) -> None:
    tools = _json(text, RecordError("unreadable tools", "not JSON", "/tools"))
    if not isinstance(tools, list):
        raise RecordError(
            "unreadable tools", "is one tool", "/tools", expected="a JSON list of tools"
        )
    for tool in tools:
        body = tool.get("function", tool) if isinstance(tool, dict) else {}
        if "name" not in body or "properties" not in (body.get("parameters") or {}):
            raise RecordError(
                "unreadable tools",
                "a tool lacks 'name' or 'parameters' with 'properties'",
                "/tools",
            )


def _json(text: str, error: RecordError) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise error from None
