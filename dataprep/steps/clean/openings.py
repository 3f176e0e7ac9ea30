"""Openings by which an answer says that a machine speaks: `As an AI language model, I …`,
作为一个语言模型，我……
"""

from __future__ import annotations

import re
from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.model import Drop, Example, Turn
from dataprep.steps.clean.rules import CleanView, Rule

_MAY = (
    "ai",
    "artificial",
    "language model",
    "chatbot",
    "chat bot",
    "人工智",
    "语言模型",
    "語言模型",
    "大模型",
    "聊天机器",
    "聊天機器",
)
_SORRY = (
    r"(?:(?:I['’]?m|I am) (?:\w+ )?(?:sorry|afraid)|sorry|apologies|unfortunately)"
    r"[,.!:;]*\s+(?:but )?"
)
_MACHINE = r"(?:an? )?(?:\w+[ -]){0,3}?(?:AI|artificial intelligence|language model|chat ?bot)"
_KIND = (
    r"(?: (?:language|large|chat|model|assistant|program|system|bot|chat ?bot|powered|based|text"
    r"|entity))*"
)
_OPENING = re.compile(
    rf"(?P<before>[\s*#>-]*(?:{_SORRY})?)(?:as|being) {_MACHINE}\b{_KIND}"
    r"(?: (?:trained|developed|created|made|designed|built) (?:by|on|to|for)[^,.\n]{0,40})?,\s*"
    r"(?=(?:I\b|my\b|it\b|there\b|unfortunately\b|please\b))",
    re.IGNORECASE,
)
_OPENING_ZH = re.compile(
    r"(?P<before>[\s*#>-]*(?:(?:非常|很|十分)?(?:抱歉|对不起|對不起|不好意思)[，,。！!]\s*(?:但是?)?)?)"
    r"(?:作为|作為|身为|身為)(?:一个|一個|一名|一款|一种|一種)?"
    r"(?:[^，,。！!？?\n]{0,12})(?:人工智能|人工智慧|AI|语言模型|語言模型|大模型|聊天机器人|聊天機器人)"
    r"(?:语言|語言|大|聊天|对话|對話)?(?:模型|助手|助理|程序|程式|系统|系統|机器人|機器人)?[，,]\s*"
    r"(?=我|很|非常|无法|無法|不能|没有|沒有|目前|由于|由於|您|请|請|抱歉|对不起)"
)


def rule() -> Rule:
    """Return the rule that leaves such openings out of answers; what comes after them stays."""
    return Rule("openings", _may, _clean)


def _may(view: CleanView) -> bool:
    return any(words in view.lower for words in _MAY)


def _clean(view: CleanView) -> Example | Drop:
    example = view.example
    turns = tuple(_without(turn) for turn in example.turns)
    worse = _without(example.rejected) if example.rejected else None
    if (turns, worse) == (example.turns, example.rejected):
        return example
    try:
        return replace(example, turns=turns, rejected=worse)
    except RecordError as error:
        return Drop(error.reason)


def _without(turn: Turn) -> Turn:
    found = (
        (_OPENING.match(turn.text) or _OPENING_ZH.match(turn.text))
        if turn.role == "assistant"
        else None
    )
    if not found:
        return turn
    rest = turn.text[found.end() :]
    begins = found["before"].strip(" \n*#>-") == "" or found["before"].rstrip().endswith(
        (".", "!", "。", "！")
    )
    return Turn(turn.role, found["before"] + (rest[:1].upper() + rest[1:] if begins else rest))
