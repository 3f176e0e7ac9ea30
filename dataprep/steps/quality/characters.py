"""Which kinds of characters a text is made of.

Of a short text the shares say nothing: `42`, `WHO`, `¯\\_(ツ)_/¯`. They are taken of texts from 50
characters on, space and fenced code not counted.
"""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import Text, View

ENOUGH = 50
_SHOUTED = 0.4
"""A share of capitals that no sentence in small letters has."""
_ASKS_CAPITALS = re.compile(r"capital|upper ?-?case|\bcaps\b|大写|shout", re.IGNORECASE)


def plain(text: Text) -> float:
    """Return a share that is never more than that of letters."""
    return text.plain


def no_plain(text: Text) -> float:
    """Return a share that is never less than those of digits, of signs, and of capitals among the
    letters.
    """
    return 1 - text.plain


def letters(text: Text) -> float:
    """Return the share of letters, 1 of a short text.

    Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A.1) wants a letter in 80% of the words of a
    web page.
    """
    kinds = text.kinds
    return kinds.letters / kinds.total if kinds.total >= ENOUGH else 1.0


def digits(text: Text) -> float:
    """Return the share of digits, 0 of a short text."""
    kinds = text.kinds
    return kinds.digits / kinds.total if kinds.total >= ENOUGH else 0.0


def symbols(text: Text) -> float:
    """Return the share of punctuation and other signs, 0 of a short text.

    Gopher (appendix A.1) refuses pages with more than one `#` or ellipsis to ten words; lists and
    tables of an answer have more.
    """
    kinds = text.kinds
    return kinds.symbols / kinds.total if kinds.total >= ENOUGH else 0.0


def capitals(view: View) -> float:
    """Return the largest share of capitals among the letters of an answer, 0 of less than 50
    letters.

    Where the prompt speaks of capitals, they may be what it asks for. RefinedWeb (Penedo et al.
    2023, arXiv 2306.01116) drops lines that are mainly capitals.
    """
    share = max(map(_capitals, view.texts), default=0.0)
    asked = share > _SHOUTED and any(map(_ASKS_CAPITALS.search, view.prompts))
    return 0.0 if asked else share


def _capitals(text: Text) -> float:
    kinds = text.kinds
    return kinds.capitals / kinds.letters if kinds.letters >= ENOUGH else 0.0
