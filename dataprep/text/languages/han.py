"""What is written in Chinese characters: Japanese, or Chinese in simplified or traditional
characters.

The national character sets tell them apart. GB 2312's first level holds the 3,755 common characters
of simplified text, Big5's first level the 5,401 of traditional text, JIS X 0208 those of Japanese;
what stands in one and not in the others is written nowhere else.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dataprep.text.patterns import pattern

KANA = pattern(r"[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
LEAST_KANA = 0.1
"""Share of the letters from which a text has Japanese in it; the sentences of lingua's Japanese
test data have 0.22 and more, those of its Chinese none.
"""
LEAST_OWN = 0.05
"""Share of characters that one language alone has, from which a text is in it whatever else stands
there.
"""

ALWAYS_TRADITIONAL = frozenset("後")
"""In GB 2312, and in no simplified text: the Table of General Standard Chinese Characters (2013)
has it as 后.
"""
_TRADITIONAL_WORDS = pattern(
    "(?<!樊)於(?![乎吉菟])|藉(?:口|由|此|以|故|助|著|端)|徵(?:求|收|集|兆|信|召|聘|用|引|候|象)|[特象表]徵"
)
"""Words by characters that simplified text has too, but in names and in other words: 樊於期, 慰藉, 魏徵.
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
    gb, big5, jis = (_codes(charset) for charset in ("gb2312", "big5", "shift_jis"))
    gb_common = {character for character, code in gb.items() if code < b"\xd8"}
    big5_common = {character for character, code in big5.items() if code < b"\xc7"}
    return Own(
        frozenset(gb_common - big5.keys()),
        frozenset(big5_common - gb.keys()) | ALWAYS_TRADITIONAL,
        frozenset((gb_common | big5_common) - jis.keys()),
        frozenset(jis.keys() - gb.keys() - big5.keys()),
    )


def _codes(charset: str) -> dict[str, bytes]:
    """Return the characters of a national character set with their codes, which rise as they grow
    rare.
    """
    unified = map(chr, range(0x4E00, 0xA000))
    return {
        character: code for character in unified if (code := character.encode(charset, "ignore"))
    }


class Told(NamedTuple):
    """The language, "hans" or "hant" where it is Chinese that only one of the two writes so, and
    the kana in it.
    """

    language: str
    variant: str
    kana: int


def tell(letters: str) -> Told:
    """Return what a text of Chinese characters and kana is."""
    kana = len(KANA.findall(letters))
    simplified, traditional, chinese, japanese = (
        sum(map(letters.count, its & set(letters))) for its in own()
    )
    looks_japanese = kana >= LEAST_KANA * len(letters) or japanese >= LEAST_OWN * len(letters)
    if looks_japanese and chinese < LEAST_OWN * len(letters):
        return Told("ja", "", kana)
    if simplified == traditional == 0 and has_traditional_words(letters):
        return Told("zh", "hant", kana)
    return Told("zh", _variant(simplified, traditional), kana)


def has_traditional_words(text: str) -> bool:
    """Tell whether a text has words that only traditional text writes so, where its characters tell
    nothing.
    """
    return bool(_TRADITIONAL_WORDS.search(text))


def _variant(simplified: int, traditional: int) -> str:
    if simplified == traditional:
        return ""
    return "hans" if simplified > traditional else "hant"
