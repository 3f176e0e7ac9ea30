"""Remove invisible characters: control characters, zero-width and direction marks.

Their neighbours show which of them have a purpose and stay: joiners in emoji and in scripts whose
letters join (UAX 31, Unicode's rules for identifiers, 2.3), zero-width spaces between words of
scripts without spaces, direction marks in text that runs from right to left, variation selectors
after what has variants, tags in flags.
"""

from __future__ import annotations

import re
import unicodedata

from dataprep.steps.clean.about import CHARACTERS, unless
from dataprep.steps.clean.rules import CleanView, Rule
from dataprep.text.scripts import SOUTH_EAST_ASIAN

_TORN = (
    "[\xc2-\xdf][\x80-\x9f]|[\xe0-\xef](?:[\x80-\x9f][\x80-\xbf]|[\xa0-\xbf][\x80-\x9f])"
    "|[\xf0-\xf4][\x80-\xbf]{3}|[\u20ac\u0100-\u04ff][\x80-\x9f]"
)
"""The bytes of a letter in UTF-8, each read as a letter of its own, in Latin-1 or in another
character set.
"""
_COMMAND = "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\))"
"""What tells a terminal to change its colour or its title (ECMA-48)."""
_CONTROL = re.compile(
    f"(?P<torn>{_TORN})|(?P<rest>\x80[\x80-\xbf])|{_COMMAND}"
    f"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]"
)
_MAY_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""One of these is in all that is not left as it is."""
_HIDDEN = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\ufffc\U000e0001-\U000e01ef]"
)
_UNSEEN = re.compile(f"[{_MAY_CONTROL.pattern[1:-1]}{_HIDDEN.pattern[1:-1]}]")
"""Any of both."""
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Those of them that count as printable."""

_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc]"
)
"""Arabic, Syriac, the scripts of India, Tibetan, Burmese, Khmer, Mongolian."""
_WITHOUT_SPACES = re.compile(f"[{SOUTH_EAST_ASIAN}]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ON_EMOJI = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG = "\U0001f3f4"

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
"""Marks, embeddings and isolates; an override (U+202D, U+202E) never stays, for it shows a text in
another order.
"""
_LINE_ENDS = frozenset("\x0b\x0c")


def rule() -> Rule:
    """Return the rule against control characters and invisible characters."""
    return Rule(
        "control characters",
        _may,
        unless(CHARACTERS, lambda text: _reveal(_drop_control(text)), _drop_control),
    )


def _may(view: CleanView) -> bool:
    if view.is_printable:
        return not view.is_ascii and bool(_VARIANTS.search(view.text))
    return bool((_MAY_CONTROL if view.is_ascii else _UNSEEN).search(view.text))


def _drop_control(text: str) -> str:
    return _CONTROL.sub(_meant, text) if _MAY_CONTROL.search(text) else text


def _meant(match: re.Match[str]) -> str:
    """Return what a control character stands for: a line end, or what Windows has in its place, as
    browsers read it.

    What has the bytes of a letter in UTF-8 stays, for it was that before it was read in a wrong
    encoding; where the first byte of a dash or a quote is gone, the two others still tell which it
    was.
    """
    found = match[0]
    if match["torn"]:
        return found
    if match["rest"]:
        return bytes([0xE2, *map(ord, found)]).decode()
    if found in _LINE_ENDS:
        return "\n"
    return bytes([ord(found)]).decode("cp1252", "ignore") if "\x80" <= found[0] <= "\x9f" else ""


def _reveal(text: str) -> str:
    if not _HIDDEN.search(text):
        return text
    runs_left = bool(_RIGHT_TO_LEFT.search(text))

    def keep(match: re.Match[str]) -> str:
        start, end = match.span()
        sign, before, after = match[0], text[max(0, start - 8) : start], text[end : end + 1]
        return sign if (runs_left and sign in _DIRECTIONS) or _is_meant(sign, before, after) else ""

    return _HIDDEN.sub(keep, text)


def _is_meant(sign: str, before: str, after: str) -> bool:
    """Return whether an invisible character has an effect between its neighbours."""
    last = before[-1:]
    if sign == "\u200b":
        return bool(_WITHOUT_SPACES.match(last) or _WITHOUT_SPACES.match(after))
    if sign == "\u200c":
        return bool(_JOINING.match(last))
    if sign == "\u200d":
        return bool(_JOINING.match(last)) or (
            _is_picture(_ON_EMOJI.sub("", before)[-1:]) and _is_picture(after)
        )
    if sign == "\u180e":
        return "\u1800" <= last <= "\u18af"
    if sign == "\xad":
        return _is_torn(last, after)
    if "\U000e0001" <= sign <= "\U000e007f":
        return _FLAG in before
    return bool(_VARIANTS.match(sign)) and _has_variants(last)


def _is_picture(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sm", "Sk")


def _has_variants(character: str) -> bool:
    """Tell whether a variation selector may follow: signs, digits, ideographs, not a Latin letter
    or a space.
    """
    return character == "ℹ" or (
        bool(character) and unicodedata.category(character) not in ("Lu", "Ll", "Zs", "Cc", "Cf")
    )


def _is_torn(before: str, after: str) -> bool:
    """Tell whether a soft hyphen is a byte of a letter that was read in a wrong encoding, as in
    `Ã\xad` for `í`.
    """
    return "\xc2" <= before <= "\xdf" or "\x80" <= before <= "\xbf" or "\x80" <= after <= "\xbf"
