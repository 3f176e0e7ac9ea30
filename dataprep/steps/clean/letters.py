"""One character for each letter: composed (NFC, or NFKC where that is asked for), and of its usual
width.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from dataprep.model import Drop, Example
from dataprep.steps.clean.about import CHARACTERS, unless
from dataprep.steps.clean.rules import CleanView, Rule
from dataprep.text.languages import han
from dataprep.text.spans import outside

Form = Literal["nfc", "nfkc"]

_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_LETTERS = re.compile(r"[^\W\d_]+")


def composed(form: Form) -> Rule:
    """Return the rule that composes letters, and with nfkc puts the usual character for one that
    only looks special.
    """
    fold = _fold if form == "nfkc" else _compose

    def changes(text: str) -> bool:
        return fold(text) != text

    return Rule(
        form, lambda view: not view.is_ascii and changes(view.text), _in_prose(fold, changes)
    )


def narrow() -> Rule:
    """Return the rule that gives full-width letters and digits their usual width; Japanese has its
    own habits.
    """
    return Rule(
        "full-width",
        lambda view: not view.is_ascii and bool(_WIDE.search(view.text)),
        _in_prose(_narrow, _WIDE.search),
    )


def _in_prose(
    change: Callable[[str], str], may: Callable[[str], object]
) -> Callable[[CleanView], Example | Drop]:
    return unless(CHARACTERS, lambda text: outside(text, change) if may(text) else text)


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _narrow(text: str) -> str:
    if han.KANA.search(text) and han.detect("".join(_LETTERS.findall(text))).language == "ja":
        return text
    return _WIDE.sub(lambda match: chr(ord(match[0]) - 0xFEE0), text)


# --------------------------------------------------------------------------------------------- NFKC

_FOLDED = frozenset(
    {"noBreak", "compat", "square", "narrow", "initial", "medial", "final", "isolated"}
)
_KEPT = re.compile("[…‥″‴‶‷⁗∬∭∯∰ϐ-Ϲㄱ-ㆎ\u0e00-\u0fff]")
"""Signs of Chinese text and of formulas that NFKC takes apart, and letters of Thai, Tibetan and
Korean.
"""


class _Usual(dict[int, str]):
    """Return the usual character or characters for one that only looks special, asked once for
    each.

    Stays what says something by its looks: raised and lowered characters (x²), fractions (½),
    circled numbers (①), letters of mathematics (ℝ), accents that stand alone, and punctuation of
    full width.
    """

    def __missing__(self, point: int) -> str:
        sign = chr(point)
        kind, _, parts = unicodedata.decomposition(sign).partition("> ")
        folds = kind[1:] in _FOLDED and not parts.startswith("0020 ") and not _KEPT.match(sign)
        folds = folds or bool(_WIDE.match(sign)) or "\U0001d400" <= sign <= "\U0001d7ff"
        self[point] = "".join(self[int(part, 16)] for part in parts.split()) if folds else sign
        return self[point]


_USUAL = _Usual()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_USUAL))
