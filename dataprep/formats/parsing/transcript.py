"""Conversations in one string, whose turns open with speaker names or template marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from dataprep.errors import RecordError
from dataprep.text.patterns import pattern


class Part(NamedTuple):
    """The text of one speaker, under the name in the text."""

    speaker: str
    text: str


def is_transcript(value: object) -> bool:
    """Return whether a text opens with a speaker and contains an answered question."""
    if not isinstance(value, str):
        return False
    speakers = [part.speaker for part in _split(value)]
    return any(ask in _ASKS and answer in _ANSWERS for ask, answer in pairwise(speakers))


def parts(text: str) -> list[Part]:
    """Return the parts of a transcript; raise `RecordError` if it does not open with a speaker."""
    found = list(_split(text))
    if not found:
        raise RecordError(
            "no script", "expected a text that opens with a speaker, such as 'Human:'"
        )
    return found


def _split(text: str) -> Iterable[Part]:
    head = text[:60].lstrip()
    if head.startswith(("[INST]", "<s>[INST]", "<s> [INST]")):
        return _llama2(text)
    for mark in _MARKS:
        if head.startswith(mark.heads):
            return _marked(text, mark)
    return _named(text)


# ------------------------------------------------------ marks that chat templates put around a turn


class _Mark(NamedTuple):
    """How a chat template opens and closes a turn; the speaker is the group."""

    heads: tuple[str, ...]
    opening: re.Pattern[str]
    closings: tuple[str, ...]


_MARKS = (
    _Mark(("<|im_start|>",), pattern(r"<\|im_start\|>(\w+)\n"), ("<|im_end|>",)),
    _Mark(
        ("<|begin_of_text|>", "<|start_header_id|>"),
        pattern(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>\n{0,2}"),
        ("<|eot_id|><|end_of_text|>", "<|eot_id|>", "<|end_of_text|>"),
    ),
    _Mark(
        ("<bos>", "<start_of_turn>"),
        pattern(r"<start_of_turn>(\w+)\n"),
        ("<end_of_turn>\n<eos>", "<end_of_turn><eos>", "<end_of_turn>"),
    ),
    _Mark(
        ("<|system|>", "<|user|>"),
        pattern(r"<\|(system|user|assistant|observation)\|>\n?"),
        ("\n</s>", "</s>", "<|end|>\n<|endoftext|>", "<|end|>", "<|endoftext|>"),
    ),
    _Mark(("<s>Human:", "<s>System:"), pattern(r"<s>(\w+): ?"), ("\n</s>", "</s>")),
    _Mark(
        ("### Human:", "### User:", "### System:"),
        pattern(r"### (Human|User|Assistant|System): ?"),
        ("",),
    ),
)
_BOS = pattern(r"\s*(?:<s>|<bos>|<\|begin_of_text\|>)?\s*")


def _marked(text: str, mark: _Mark) -> Iterator[Part]:
    """Split at the marks; spaces that a template adds belong to the mark."""
    found = list(mark.opening.finditer(text))
    if not found or not _BOS.fullmatch(text, 0, found[0].start()):
        return
    ends = [*(opening.start() for opening in found[1:]), len(text)]
    for opening, end in zip(found, ends, strict=True):
        said = _closed(text[opening.end() : end], mark.closings)
        if said.strip() or end < len(text):  # a last mark without a text waits for an answer
            yield Part(opening[1].casefold(), said)


def _closed(said: str, closings: tuple[str, ...]) -> str:
    """Return a text without its closing mark and the space after it; unchanged without one."""
    bare = said.rstrip()
    return next(
        (bare.removesuffix(closing) for closing in closings if bare.endswith(closing)), said
    )


_ROUND = pattern(
    r"\s*(?:<s>)?\s*\[INST\] ?(.*?) ?\[/INST\] ?(.*?)(?: ?</s>|(?=<s>\s*\[INST\])|\s*\Z)", re.DOTALL
)
_SYS = pattern(r"<<SYS>>\n?(.*?)\n?<</SYS>>\s*", re.DOTALL)


def _llama2(text: str) -> Iterator[Part]:
    """Split Llama-2's `<s>[INST] … [/INST] … </s>`; the first may have `<<SYS>>`."""
    rounds = list(_ROUND.finditer(text))
    if "".join(found[0] for found in rounds).strip() != text.strip():
        return  # there is text outside of the rounds
    for number, found in enumerate(rounds):
        asked = found[1]
        if number == 0 and (system := _SYS.match(asked)):
            yield Part("system", system[1])
            asked = asked[system.end() :]
        yield Part("user", asked)
        yield Part("assistant", found[2])


# ------------------------------------------------------------------ names that stand before a colon

_ASKS = frozenset(
    {
        *("human", "user", "customer", "client", "patient"),
        *("人类", "用户", "客户", "顾客", "患者", "病人", "来访者", "求助者", "提问者", "问"),
    }
)
_ANSWERS = frozenset(
    {
        *("assistant", "bot", "chatbot", "ai", "gpt", "chatgpt", "model", "agent", "doctor"),
        *("助手", "助理", "机器人", "客服", "医生", "咨询师", "回答者", "答"),
    }
)
_SYSTEM = frozenset(("system", "系统"))
_NAME = pattern(r"^([A-Za-z]{2,9}|[\u4e00-\u9fff]{1,4}) ?[:：]", re.MULTILINE)


def _named(text: str) -> Iterable[Part]:
    """Split at the names that open a line: the first asking and the first answering name only.

    The newlines before a name belong to it. So does one space after each, if every name has one.
    """
    first = _NAME.match(text.lstrip())
    if not first or first[1].casefold() not in _ASKS | _SYSTEM:
        return []
    names = _speakers(_NAME.findall(text))
    marks = [found for found in _NAME.finditer(text) if found[1] in names]
    return _cut(text, marks)


def _speakers(names: list[str]) -> set[str]:
    """Return the first name of each role."""
    return {
        next((name for name in names if name.casefold() in role), "")
        for role in (_ASKS, _ANSWERS, _SYSTEM)
    }


def _cut(text: str, marks: list[re.Match[str]]) -> Iterator[Part]:
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    said = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    blank = "\n\n" if all(part.endswith("\n\n") for part in said[:-1]) and len(said) > 1 else "\n"
    space = " " if all(part.startswith((" ", "\n")) or not part for part in said) else ""
    for mark, part in zip(marks, said, strict=True):
        if part.strip() or mark is not marks[-1]:
            yield Part(mark[1].casefold(), part.removesuffix(blank).removeprefix(space))
