"""Simplified and traditional Chinese, the one into the other by OpenCC: by words, for 发 is 髮 in 头发 and 發 in 发展.

The plain conversions t2s and s2t are used, which change how words are written and not which words are used: 軟體
becomes 软体, not 软件, and traditional text comes out in OpenCC's own standard (裏, 麪), of no region.
"""

from __future__ import annotations

import re
from typing import Literal

from dataprep.cleaning.about import SCRIPTS, unless
from dataprep.cleaning.rules import Rule
from dataprep.cleaning.stretches import Kind, outside
from dataprep.languages import han

Way = Literal["simplified", "traditional"]
CONFIGS: dict[Way, str] = {"simplified": "t2s", "traditional": "s2t"}
"""OpenCC's names."""
_LEFT_ALONE: tuple[Kind, ...] = ("code", "code line", "formula", "address")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OTHERS = re.compile(r"[\uac00-\ud7a3]|" + han.KANA.pattern)
_LETTERS = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[^。！？!?\n「」『』《》“”\"]+")
"""What one language is told for: a sentence, or what stands in quotes in one."""
_ROUNDS = 4


def rule(way: Way) -> Rule:
    """Return the rule that converts to one way of writing; raises `ModuleNotFoundError` without the extra [zh]."""
    convert = _Converter(way)
    return Rule(
        f"to {way}",
        lambda view: not view.is_ascii and bool(_HAN.search(view.text)),
        unless(SCRIPTS, lambda text: outside(text, convert, _LEFT_ALONE)),
    )


class _Converter:
    """Converts what is Chinese in a text."""

    def __init__(self, way: Way) -> None:
        import opencc

        self.way = way
        self.convert = opencc.OpenCC(CONFIGS[way]).convert

    def __call__(self, text: str) -> str:
        if _OTHERS.search(text):
            if han.tell("".join(_LETTERS.findall(text))).language == "ja":
                return text
            return _SENTENCE.sub(lambda match: match[0] if _OTHERS.search(match[0]) else self._sure(match[0]), text)
        return self._sure(text) if self.way == "simplified" else _SENTENCE.sub(lambda match: self._sure(match[0]), text)

    def _sure(self, text: str) -> str:
        """Return the text converted, as it is where it is that already or does not come to rest."""
        if self.way == "traditional" and _is_traditional(text):
            return text
        made = self.convert(text)
        for _ in range(_ROUNDS):
            before, made = made, self.convert(made)
            if made == before:
                return str(made)
        return text


def _is_traditional(text: str) -> bool:
    """Tell whether a text has characters that only traditional Chinese has, and none that only simplified has."""
    own, said = han.own(), set(text)
    return not own.traditional.isdisjoint(said) and own.simplified.isdisjoint(said)
