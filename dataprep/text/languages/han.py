"""Tell Japanese, simplified and traditional Chinese apart by their characters.

National character sets separate them: the first level of GB 2312 holds the 3,755 common characters
of simplified text, that of Big5 the 5,401 of traditional text, and JIS X 0208 those of Japanese.
A character in only one of these sets is evidence for its language.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dataprep.text.patterns import pattern
from dataprep.text.scripts import KANA_LETTERS

KANA = pattern(f"[{KANA_LETTERS}]")
LEAST_KANA = 0.1
"""Least share of kana in Japanese; in lingua's test data, Japanese sentences have 0.22 and more,
Chinese ones none.
"""
LEAST_OWN = 0.05
"""Least share of characters that only one language has, for a text to be in it."""

ALWAYS_TRADITIONAL = frozenset("後")
"""In GB 2312 but in no simplified text: the Table of General Standard Chinese Characters (2013) has
后 instead.
"""
_TRADITIONAL_WORDS = pattern(
    "(?<!樊)於(?![乎吉菟])|藉(?:口|由|此|以|故|助|著|端)|徵(?:求|收|集|兆|信|召|聘|用|引|候|象)|[特象表]徵"
)
"""Traditional words whose characters simplified text has too, in names or other words: 樊於期,
慰藉, 魏徵.
"""


class Own(NamedTuple):
    """The common characters that only one way of writing has."""

    simplified: frozenset[str]
    traditional: frozenset[str]
    chinese: frozenset[str]
    japanese: frozenset[str]


@cache
def own() -> Own:
    """Return the common characters that only one way of writing has."""
    unified = [chr(point) for point in range(0x4E00, 0xA000)]
    gb, big5, jis = (
        {sign: code for sign in unified if (code := sign.encode(charset, "ignore"))}
        for charset in ("gb2312", "big5", "shift_jis")
    )
    gb_common = {sign for sign, code in gb.items() if code < b"\xd8"}  # frequent ones come first
    big5_common = {sign for sign, code in big5.items() if code < b"\xc7"}
    return Own(
        frozenset(gb_common - big5.keys()),
        frozenset(big5_common - gb.keys()) | ALWAYS_TRADITIONAL,
        frozenset((gb_common | big5_common) - jis.keys()),
        frozenset(jis.keys() - gb.keys() - big5.keys()),
    )


class HanLanguage(NamedTuple):
    """The language, "hans" or "hant" for Chinese in only one of them, and the number of kana."""

    language: str
    variant: str
    kana: int


def detect(letters: str) -> HanLanguage:
    """Return the language of a text of Chinese characters and kana."""
    kana = len(KANA.findall(letters))
    present = set(letters)
    simplified, traditional, chinese, japanese = (
        sum(map(letters.count, characters & present)) for characters in own()
    )
    looks_japanese = kana >= LEAST_KANA * len(letters) or japanese >= LEAST_OWN * len(letters)
    if looks_japanese and chinese < LEAST_OWN * len(letters):
        return HanLanguage("ja", "", kana)
    if simplified == traditional == 0 and has_traditional_words(letters):
        return HanLanguage("zh", "hant", kana)
    variant = "" if simplified == traditional else "hans" if simplified > traditional else "hant"
    return HanLanguage("zh", variant, kana)


def has_traditional_words(text: str) -> bool:
    """Return whether a text has words that only traditional text spells like this."""
    return bool(_TRADITIONAL_WORDS.search(text))
