"""Find what is personal or secret in a text: every kind by its own rules, the surest first."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dataprep.steps.privacy import contact, json_texts, network, numbers, secrets
from dataprep.steps.privacy.kinds import KINDS
from dataprep.steps.privacy.words import Spans

FINDERS: dict[str, Callable[[str], Spans]] = {
    "private_key": secrets.private_keys,
    "jwt": secrets.jwts,
    "api_key": secrets.api_keys,
    "password": secrets.passwords,
    "email": contact.emails,
    "iban": numbers.ibans,
    "id_card": numbers.id_cards,
    "business_code": numbers.business_codes,
    "bank_card": numbers.bank_cards,
    "passport": numbers.passports,
    "phone": contact.phones,
    "ip": network.ips,
    "plate": contact.plates,
}
"""What finds each kind, in their order."""


class Datum(NamedTuple):
    """A datum in a text: its place, its kind, what all spellings share, and the quote that its
    placeholder needs.
    """

    start: int
    end: int
    kind: str
    key: str
    quote: str = ""


_NUMBERS = re.compile(
    r"[0-9](?:[0-9 "
    r"().-]{7}|[0-9]{6}|[0-9]{0,2}\.[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{3}:[0-9A-Fa-f]{0,4}:"
    r"|[0-9] ?[A-Z0-9]{4})"
)
_LETTER_AFTER_HAN = re.compile(r"[\u4e00-\u9fff][A-Z]")
_WORDS = ("-----begin", "plate", "secret", "accountkey", "\\u")


def may_hold(text: str) -> bool:
    """Tell by a quick look whether a text may hold anything of any kind; most do not."""
    if "@" in text or _NUMBERS.search(text) or secrets.has_long_word(text):
        return True
    if any(map(text.lower().__contains__, _WORDS)):
        return True
    return not text.isascii() and bool(_LETTER_AFTER_HAN.search(text))


def find(text: str, kinds: Sequence[str] = KINDS) -> list[Datum]:
    """Return what of these kinds a text holds, in the order of appearance; no two have a character
    in common.
    """
    if not may_hold(text):
        return []
    found: list[Datum] = []
    at = 0
    for start, end in json_texts.stretches(text):
        found += _in_prose(text, at, start, kinds)
        found += _in_json(text, start, end, kinds)
        at = end
    return found + list(_in_prose(text, at, len(text), kinds))


def _in_prose(text: str, start: int, end: int, kinds: Sequence[str]) -> Iterator[Datum]:
    for one in _claimed(text[start:end], kinds):
        place = one.start + start, one.end + start
        yield one._replace(start=place[0], end=place[1], quote=json_texts.quote_for(text, *place))


def _in_json(text: str, start: int, end: int, kinds: Sequence[str]) -> list[Datum]:
    """Return what a stretch of JSON holds; a string that is JSON itself is read as such, as
    arguments of calls are.
    """
    stretch = text[start:end]
    said, places = json_texts.unescaped(stretch)
    inner = list(json_texts.inner(stretch))
    found = [one for its in inner for one in _in_string(stretch, *its, kinds)]
    for one in _claimed(said, kinds):
        first, last = places[one.start], places[one.end]
        if not json_texts.crosses_strings(stretch[first:last]) and not any(
            a <= first < b for a, b in inner
        ):
            found.append(
                one._replace(
                    start=first,
                    end=last,
                    quote=json_texts.quote_for(stretch, first, last, json=True),
                )
            )
    return [one._replace(start=one.start + start, end=one.end + start) for one in sorted(found)]


def _in_string(text: str, start: int, end: int, kinds: Sequence[str]) -> Iterator[Datum]:
    """Yield the data in a string that is JSON itself, with quotes as a string has them."""
    said, places = json_texts.unescaped(text[start:end])
    for one in _in_json(said, 0, len(said), kinds):
        quote = one.quote.replace("\\", "\\\\").replace('"', '\\"')
        yield one._replace(
            start=places[one.start] + start, end=places[one.end] + start, quote=quote
        )


def _claimed(text: str, kinds: Sequence[str]) -> list[Datum]:
    """Return what each kind finds in a text, but for what overlaps with a kind before it."""
    claimed: list[Datum] = []
    for kind, spans in FINDERS.items():
        if kind in kinds:
            for span in spans(text):
                one = Datum(span.start, span.end, kind, span.key)
                at = bisect(claimed, one)
                if _is_free(claimed[max(0, at - 1) : at + 1], one):
                    claimed.insert(at, one)
    return claimed


def _is_free(neighbours: list[Datum], one: Datum) -> bool:
    return all(one.end <= other.start or other.end <= one.start for other in neighbours)
