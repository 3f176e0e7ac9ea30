"""Convert between simplified and traditional Chinese with OpenCC.

It works by words, because 发 is 髮 in 头发 and 發 in 发展. The conversions tw2s and s2tw change how
words are written, not which words are used: 軟體 becomes 软体, not 软件. Traditional text is
written as in Taiwan, because the plain s2t writes 吃 and 为 as 喫 and 爲, and the plain t2s leaves
隨著 as 随著. Text that is already in the wanted characters stays, because OpenCC would turn 显著
into 显着; in a sentence that mixes both, t2s converts the traditional characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Literal

from dataprep.model import Drop, Example
from dataprep.steps.clean.about import SCRIPTS
from dataprep.steps.clean.rules import CleanView, Rule
from dataprep.text.languages import han
from dataprep.text.spans import Kind, outside

Way = Literal["simplified", "traditional"]
_LEFT_ALONE: tuple[Kind, ...] = ("code", "code line", "formula", "address")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OTHERS = re.compile(r"[\uac00-\ud7a3]|" + han.KANA.pattern)
_LETTERS = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[^。！？!?\n「」『』《》“”\"]+")
"""What one language is told for: a sentence, or what stands in quotes in one."""


def rule(way: Way) -> Rule:
    """Return the rule that converts to one way of writing; raises `ModuleNotFoundError` without the
    extra [zh].
    """
    converter = _converter(way)
    return Rule(
        f"to {way}",
        lambda view: not view.is_ascii and bool(_HAN.search(view.text)),
        converter.change,
    )


@cache
def _converter(way: Way) -> _ChineseConverter:
    return _ChineseConverter(way)  # its dictionaries take a tenth of a second to load


class _ChineseConverter:
    """Converts what is Chinese in an example."""

    def __init__(self, way: Way) -> None:
        import opencc

        self.way = way
        self.to_simplified, self.to_traditional, self.out_of_mixed = (
            opencc.OpenCC(name).convert for name in ("tw2s", "s2tw", "t2s")
        )
        self.telling = _Scripts(opencc.OpenCC("t2s").convert, opencc.OpenCC("s2t").convert)

    def change(self, view: CleanView) -> Example | Drop:
        """Return the example converted, but for one that is about ways of writing."""
        if SCRIPTS.is_of(view):
            return view.example
        beside_japanese = bool(_OTHERS.search(view.text)) and any(map(_is_japanese, view.texts))
        return view.example.rewrite(partial(self._text, beside_japanese=beside_japanese))

    def _text(self, text: str, beside_japanese: bool) -> str:
        if not _HAN.search(text) or (
            beside_japanese and (_is_japanese(text) or not _is_chinese(text))
        ):
            return text
        whole = self.telling.of(text) or ("traditional" if han.has_traditional_words(text) else "")
        return outside(
            text,
            lambda part: _SENTENCE.sub(lambda its: self._sentence(its[0], whole), part),
            _LEFT_ALONE,
        )

    def _sentence(self, text: str, whole: str) -> str:
        """Return a sentence converted; one that may be either is what the whole text is."""
        told = self.telling.of(text) or whole
        if _OTHERS.search(text) or told == self.way or (told == "mixed" and not _is_chinese(text)):
            return text
        if self.way == "traditional":
            return self._at_rest(text, self.to_traditional)
        return (
            self._at_rest(text, self.out_of_mixed if told == "mixed" else self.to_simplified)
            if told
            else text
        )

    def _at_rest(self, text: str, convert: Callable[[str], str]) -> str:
        """Return a text converted, as it is where another time would convert it again."""
        made = convert(text)
        return made if self.telling.of(made) == self.way or convert(made) == made else text


class _Scripts(dict[str, str]):
    """Tells of a text in which characters it is: simplified, traditional, mixed, or "" where it may
    be either.

    Traditional is a character that OpenCC simplifies and that GB 2312 has not, and the other way
    round with Big5.
    """

    def __init__(self, simplify: Callable[[str], str], unsimplify: Callable[[str], str]) -> None:
        super().__init__()
        self.simplify = simplify
        self.unsimplify = unsimplify

    def __missing__(self, sign: str) -> str:
        told = ""
        if sign in han.ALWAYS_TRADITIONAL or (
            self.simplify(sign) != sign and not sign.encode("gb2312", "ignore")
        ):
            told = "traditional"
        elif self.unsimplify(sign) != sign and not sign.encode("big5", "ignore"):
            told = "simplified"
        self[sign] = told
        return told

    def of(self, text: str) -> str:
        """Return what a text is."""
        told = {self[sign] for sign in set(text)} - {""}
        return told.pop() if len(told) == 1 else "mixed" if told else ""


def _is_japanese(text: str) -> bool:
    return (
        bool(han.KANA.search(text)) and han.detect("".join(_LETTERS.findall(text))).language == "ja"
    )


def _is_chinese(text: str) -> bool:
    """Tell whether a text has characters that Japanese has not."""
    return not han.own().chinese.isdisjoint(text)
