"""Repairs of faulty records, done only where they are asked for; each that is done is named, so
that it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import combinations, groupby
from typing import Any, NamedTuple

import orjson

from dataprep.errors import NOT_JSON, DataprepError, RecordError, did_you_mean
from dataprep.formats.reading.examine import examine, example_of
from dataprep.formats.reading.records import judged
from dataprep.model import ANSWERS, ASKS, Drop, Example, Turn
from dataprep.sources.raw import Raw
from dataprep.sources.source import Source
from dataprep.text import mojibake
from dataprep.text.patterns import pattern

Turns = tuple[Turn, ...]


def merge_turns(turns: Turns) -> Turns:
    """Join neighbouring turns of one role by a blank line."""
    runs = (list(run) for _, run in groupby(turns, key=lambda turn: turn.role))
    return tuple(Turn(run[0].role, "\n\n".join(turn.text for turn in run)) for run in runs)


def trim_turns(turns: Turns) -> Turns:
    """Drop answers before the first question and questions after the last answer."""
    first = next((number for number, turn in enumerate(turns) if turn.role in ASKS), len(turns))
    last = next(
        (number for number in range(len(turns), 0, -1) if turns[number - 1].role in ANSWERS), 0
    )
    return turns[first:last]


def unwrap_template(example: Example) -> Example | Drop:
    """Take prompts and answers out of a chat template that leaked into them (`### Instruction:`,
    `[INST]`, ChatML).
    """
    return example.rewrite(_unwrapped)


def lift_system(example: Example) -> Example | Drop:
    """Lift a system text out of the first question (`<<SYS>>…<</SYS>>`, `System: …` before a blank
    line).
    """
    found = None if example.system or not example.turns else _SYSTEM.match(example.turns[0].text)
    if not found:
        return example
    system, question = (found[1], found[2]) if found[1] is not None else (found[3], found[4])
    first = Turn(example.turns[0].role, question)
    return replace(example, turns=(first, *example.turns[1:]), system=system)


def fix_mojibake(example: Example) -> Example | Drop:
    """Undo text that was decoded in a wrong encoding, as far as ftfy is sure of it."""
    return example.rewrite(mojibake.undo)


def close_json(text: str) -> Any:
    """Close a line of JSON that breaks off: a text in it ends there, a key or a number is left out.

    Returns its value, None where it has none.
    """
    for end in _cuts(text):
        try:
            return orjson.loads(text[:end] + _closers(text[:end]))
        except orjson.JSONDecodeError:
            continue
    return None


# --------------------------------------------------------------------------------------- doing them

OF_TURNS: dict[str, Callable[[Turns], Turns]] = {
    "merge_turns": merge_turns,
    "trim_turns": trim_turns,
}
OF_EXAMPLES: dict[str, Callable[[Example], Example | Drop]] = {
    "unwrap_template": unwrap_template,
    "lift_system": lift_system,
    "fix_mojibake": fix_mojibake,
}
REPAIRS: dict[str, Callable[..., Any]] = {"close_json": close_json, **OF_TURNS, **OF_EXAMPLES}


def check_names(names: Collection[str]) -> None:
    """Raise `DataprepError` for a repair that there is not."""
    for name in names:
        if name not in REPAIRS:
            raise DataprepError(f"no repair '{name}'{did_you_mean(name, REPAIRS)}")


class Read(NamedTuple):
    """A record with its format and the example that it is, and the repairs that made it one."""

    raw: Raw
    name: str
    example: Example
    used: list[str]


def read(raw: Raw, name: str, source: Source, wanted: Collection[str]) -> Read:
    """Return what a record is after those repairs that are wanted and that it needs.

    Raises `RecordError` where it is none.
    """
    used: list[str] = []
    if raw.error and "close_json" in wanted and (closed := _closed(raw, source)):
        raw, name = closed
        used.append("close_json")
    try:
        example = example_of(raw, name, source)
    except RecordError as error:
        example = _mended(error, wanted, used)
    for repair in OF_EXAMPLES:
        if repair in wanted:
            better = OF_EXAMPLES[repair](example)
            if better is not example and isinstance(better, Example):
                used.append(repair)
                example = better
    return Read(raw, name, example, used)


def would_take(raw: Raw, source: Source, error: RecordError) -> list[str]:
    """Return the repairs that would make a record an example, none where no repair would."""
    if error.fault.code == NOT_JSON:
        return ["close_json"] if _closed(raw, source) else []
    return next((list(some) for some in _choices(OF_TURNS) if _repaired(error.draft, some)), [])


def _closed(raw: Raw, source: Source) -> tuple[Raw, str] | None:
    if not raw.error or raw.error.fault.code != NOT_JSON or not isinstance(raw.value, str):
        return None
    value = close_json(raw.value)
    try:
        closed = raw._replace(value=value, error=None)
        closed = judged(closed, source) if source.schema else closed
        name, _ = examine(closed, source)
    except RecordError:
        return None
    return closed, name


def _mended(error: RecordError, wanted: Collection[str], used: list[str]) -> Example:
    for some in _choices([name for name in OF_TURNS if name in wanted]):
        if example := _repaired(error.draft, some):
            used.extend(some)
            return example
    raise error


def _choices(names: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield every choice of some names, the small ones first."""
    for size in range(1, len(names) + 1):
        yield from combinations(names, size)


def _repaired(draft: Example | None, names: tuple[str, ...]) -> Example | None:
    """Return a draft whose turns went through these repairs, None where it still is no example."""
    if draft is None:
        return None
    turns = draft.turns
    for name in names:
        turns = OF_TURNS[name](turns)
    try:
        return replace(draft, turns=turns)
    except RecordError:
        return None


# -------------------------------------------------------------------------------------------- texts

_WRAPPINGS = (
    pattern(
        r"\s*(?:Below is an? .{0,300}?\n\s*)?#{2,3} ?(?:Instruction|指令) ?[:：]\s*(.*?)"
        r"(?:\s*#{2,3} ?(?:Input|输入) ?[:：]\s*(.*?))?(?:\s*#{2,3} ?(?:Response|回答|"
        r"回复) ?[:：])?\s*",
        re.DOTALL,
    ),
    pattern(r"\s*(?:<s>)?\s*\[INST\]\s*(.*?)\s*\[/INST\]\s*", re.DOTALL),
    pattern(r"\s*<\|im_start\|>\w+\n(.*?)(?:<\|im_end\|>)?\s*", re.DOTALL),
    pattern(r"\s*#{2,3} ?(?:Response|回答|回复) ?[:：]\s*(.*?)(?:</s>)?\s*", re.DOTALL),
)
_SYSTEM = pattern(
    r"\s*<<SYS>>\s*(.+?)\s*<</SYS>>\s*(.+)\Z"
    r"|\s*(?:System|SYSTEM|系统)\s*[:：]\s*(.+?)\s*\n\s*\n\s*(?:(?:User|Human|用户)\s*[:：]\s*)?(.+)\Z",
    re.DOTALL,
)


def _unwrapped(text: str) -> str:
    for wrapping in _WRAPPINGS:
        if found := wrapping.fullmatch(text):
            return "\n".join(part for part in found.groups() if part)
    return text


# --------------------------------------------------------------------------------------------- JSON

_TOKEN = pattern(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL)


_ENDS = 16  # places from the end at which a text is tried


def _cuts(text: str) -> Iterator[int]:
    """Yield where a text may be closed: at its end unless that is in a number, then at commas and
    opening brackets.
    """
    text = text.rstrip()
    tokens = list(_TOKEN.finditer(text))
    if not re.search(r"[\d.eE+-]\Z", text) or (tokens and tokens[-1].end() == len(text)):
        yield len(text)
    places = [
        token.start() if token[0] == "," else token.end() for token in tokens if token[0] in ",{["
    ]
    yield from reversed(places[-_ENDS:])


def _closers(text: str) -> str:
    """Return what closes the string and the brackets that are open at the end of a text."""
    stack: list[str] = []
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            stack.append("}" if sign == "{" else "]")
        elif sign in "}]" and stack:
            stack.pop()
        elif sign[0] == '"' and token.end() == len(text) and not _is_closed(sign):
            stack.append('"')
    return "".join(reversed(stack))


def _is_closed(string: str) -> bool:
    return len(string) > 1 and re.fullmatch(r'"(?:[^"\\]|\\.)*"', string, re.DOTALL) is not None
