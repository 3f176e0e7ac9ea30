"""What an example is about: where people talk of characters, markup or scripts, these are meant as
they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dataprep.model import Drop, Example
from dataprep.steps.clean.rules import CleanView


@dataclass(frozen=True, eq=False)
class Topic:
    """A topic by what is said of it, in small letters: any of some words, or what a pattern
    matches.
    """

    words: tuple[str, ...]
    pattern: re.Pattern[str] = re.compile(r"(?!)")
    hints: tuple[str, ...] = ("",)
    """Without one of these the pattern matches nothing."""

    def is_of(self, view: CleanView) -> bool:
        """Tell whether an example is about it, which is looked for until it is once not found."""
        if self in view.silent:
            return False
        if self.is_in(view.lower):
            return True
        view.silent.add(self)
        return False

    def is_in(self, text: str) -> bool:
        """Tell whether a text in small letters is about it."""
        return any(map(text.__contains__, self.words)) or (
            any(map(text.__contains__, self.hints)) and bool(self.pattern.search(text))
        )


CHARACTERS = Topic(
    (
        *(
            "unicode",
            "\\u00",
            "\\u20",
            "zero-width",
            "zero width",
            "soft hyphen",
            "variation selector",
            "diacritic",
        ),
        *(
            "full-width",
            "fullwidth",
            "half-width",
            "halfwidth",
            "control character",
            "non-printable",
            "nonprintable",
        ),
        *(
            "零宽",
            "零寬",
            "全角",
            "半角",
            "全形",
            "半形",
            "控制字符",
            "控制字元",
            "不可见字符",
            "不可見字元",
        ),
    ),
    re.compile(r"\bu\+[0-9a-f]{4}|\bnfk?[cd]\b"),
    ("u+", "nf"),
)
SCRIPTS = Topic(
    (
        *(
            "简体",
            "簡體",
            "繁体",
            "繁體",
            "正體",
            "异体字",
            "異體字",
            "简化字",
            "簡化字",
            "简繁",
            "繁简",
            "簡繁",
            "繁簡",
        ),
        *("错别字", "錯別字", "别字", "別字"),
        *(
            "simplified chinese",
            "traditional chinese",
            "simplified character",
            "traditional character",
        ),
    )
)
ENCODINGS = Topic(
    (
        *(
            "mojibake",
            "encoding",
            "charset",
            "latin-1",
            "latin1",
            "utf-8",
            "utf8",
            "cp1252",
            "windows-1252",
        ),
        *("乱码", "亂碼", "编码", "編碼", "字符集"),
    )
)
Change = Callable[[str], str]


def unless(
    topic: Topic, change: Change, otherwise: Change | None = None
) -> Callable[[CleanView], Example | Drop]:
    """Return what does `change` to the prose of an example, or something else where the example is
    about that.
    """

    def rewrite(view: CleanView) -> Example | Drop:
        made = view.example.rewrite(change)
        if made is view.example or not topic.is_of(view):
            return made
        return view.example.rewrite(otherwise) if otherwise else view.example

    return rewrite
