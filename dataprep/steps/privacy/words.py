"""The words around a number that say what it is, or that it is something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """Where a datum stands in a text, and what is the same for all its spellings."""

    start: int
    end: int
    key: str


Spans = Iterator[Span]

RIGHT = r"(?![0-9A-Za-z_])"
"""The end of a number: Chinese characters may stand beside it, other letters and digits may not."""


def bounded(first: str, rest: str, not_after: str = "") -> re.Pattern[str]:
    """Compile a number by the signs that it may begin with and what follows, both regular
    expressions.

    It stands after no letter, digit or sign of `not_after`. As the first sign is looked for before
    what stands in front of it, `re` passes over a text without such signs at its full speed.
    """
    return re.compile(rf"[{first}](?<![0-9A-Za-z_{not_after}].){rest}{RIGHT}", re.ASCII)


def label(words: str, between: str = r"[^0-9A-Za-z\n]") -> re.Pattern[str]:
    """Compile what finds one of these words (a regular expression) at the end of a text, up to 8
    signs before it.

    The words in a placeholder, such as [PHONE_1], are none.
    """
    return re.compile(rf"(?<!\[)(?:{words}){between}{{0,8}}\Z", re.IGNORECASE)


def is_after(text: str, start: int, words: re.Pattern[str], reach: int = 40) -> bool:
    """Tell whether one of the words stands in front of this place."""
    return words.search(text, max(0, start - reach), start) is not None


OTHER_NUMBERS = label(
    r"订单号?|单号|流水号?|运单号?|快递|物流|编号|序列号|型号|版本号?|条形?码|时间戳|哈希值?|专利号?|群号?|期刊号|批号|工号|学号"
    r"|(?<![A-Za-z])(?:orders?|invoice|tracking|shipment|serial|sku|upc|ean|barcode|part|model"
    r"|version|build|timestamp|commit|hash|md5"
    r"|sha\d*|isbn|issn|doi|pmid|arxiv|ticket|case|patent|transaction|reference|batch|lot|imei"
    r"|tokens?|uuid|guid|snowflake)"
    r"(?:[\s_-]*(?:number|num|no|nr|id|code|is))*|(?:[a-z]_?|(?<![A-Za-z]))id"
)
"""What is no number of a person, even where its digits would do."""
IN_PATH = re.compile(r"[/=#]\Z")
"""What stands before a number in a path, a URL or an assignment."""
_BEFORE = re.compile(r"(?:(?P<number>-?\d[\d.]*),\s+|[\[(]\s*)[-+]?\Z")
_AFTER = re.compile(r"\.?(?:,\s+(?P<number>-?\d[\d.]*)|\s*[\])])")
_CALLED_WITH = re.compile(r"[A-Za-z_]\(\s*\Z")
_OPERATOR = re.compile(r"\s?(?:[*×÷^]|[+/=]\s?\d)")
_MOBILE = re.compile(r"1[3-9]\d{9}")


def is_calculated(text: str, start: int, end: int) -> bool:
    """Tell whether a number stands among others in a list, as an argument in code, or before an
    operator.

    Those beside it that could be telephone numbers are not such others.
    """
    if _CALLED_WITH.search(text, max(0, start - 8), start) or _OPERATOR.match(text, end):
        return True
    before, after = _BEFORE.search(text, max(0, start - 30), start), _AFTER.match(text, end)
    numbers = [side["number"] for side in (before, after) if side and side["number"]]
    return bool(before and after and numbers) and not any(map(_MOBILE.fullmatch, numbers))
