"""Numbers on papers: identity cards, business codes, bank cards and IBAN, by their check digits;
and passports.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import accumulate

from dataprep.steps.privacy.words import (
    IN_PATH,
    OTHER_NUMBERS,
    Span,
    Spans,
    bounded,
    is_after,
    is_calculated,
    label,
)

_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""The first two digits of GB/T 2260's codes, and 83 for residents from Taiwan."""

# ----------------------------------------------------------------------------------- identity cards

_CARD = bounded("1-8", r"\d{5}([ -]?)(?:18|19|20)\d{6}\1\d{3}[\dXx](?![.-]\d)", ".")
_OLD_CARD = bounded("1-8", r"\d{14}(?![.-]\d)")
_CARD_LABEL = label(
    r"身份证件?(?:号码?|编号)?(?:是|为)?|证件号码?(?:是|为)?"
    r"|(?:identity|id) card(?: (?:number|no\.?))?(?: is)?"
)


def id_cards(text: str) -> Spans:
    """Find numbers of identity cards by GB 11643: 18 places with a date of birth and a check digit.

    Those of 15 digits have no check digit, so words in front must say what they are.
    """
    for match in _CARD.finditer(text):
        number = re.sub("[ -]", "", match[0]).upper()
        if _is_id_card(number):
            yield Span(*match.span(), number)
    for match in _OLD_CARD.finditer(text):
        if is_after(text, match.start(), _CARD_LABEL) and _is_born(f"19{match[0][6:12]}", match[0]):
            yield Span(*match.span(), match[0])


def _is_id_card(number: str) -> bool:
    from stdnum.cn import ric

    return _is_born(number[6:14], number) and number[-1] == ric.calc_check_digit(number)


def _is_born(day: str, number: str) -> bool:
    try:
        date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return False
    return _PROVINCE.match(number) is not None


# ----------------------------------------------------------------------------------- business codes

_CREDIT_CODE = bounded("1-9", r"\d{7}[0-9A-HJ-NPQRTUWXY]{10}", ".")
_REGISTERED = bounded("0-9", r"\d{14}")
_REGISTERED_LABEL = label(
    r"注册号(?:码)?(?:是|为)?|营业执照号?(?:码)?(?:是|为)?|registration (?:number|no)\.?(?: is)?"
)
_OFFICES = re.compile(r"1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[129]|7[129]|8[19]|9[123]")
"""The first two places of a unified social credit code: who registers it, and what it is (GB
32100).
"""
_REGION = re.compile(rf"10|{_PROVINCE.pattern}")


def business_codes(text: str) -> Spans:
    """Find unified social credit codes by GB 32100, and registration numbers of 15 digits where
    words say so.
    """
    from stdnum.cn import uscc
    from stdnum.iso7064 import mod_11_10

    for match in _CREDIT_CODE.finditer(text):
        number = match[0]
        if (
            _OFFICES.match(number)
            and _REGION.match(number, 2)
            and uscc.is_valid(number)
            and not _is_sum(text, match)
        ):
            yield Span(*match.span(), number)
    for match in _REGISTERED.finditer(text):
        if is_after(text, match.start(), _REGISTERED_LABEL) and mod_11_10.is_valid(match[0]):
            yield Span(*match.span(), match[0])


def _is_sum(text: str, match: re.Match[str]) -> bool:
    return match[0].isdigit() and is_calculated(text, *match.span())


# --------------------------------------------------------------------------------------- bank cards

_PAYMENT = bounded(
    "2-9",
    r"(?:\d{13,18}|\d{5}[ -]\d{10,13}|\d{3}([ -])\d{6}\1\d{4,5}|\d{3}([ "
    r"-])\d{4}\2\d{4}\2\d{4}(?P<tail>\2\d{1,3})?)"
    r"(?![.-]\d)",
    ".+-",
)
"""A card's number in one piece, or in groups as it is printed on cards."""
_ISSUERS = re.compile(
    r"4\d{15}(?:\d{3})?"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|62\d{14,17}"  # UnionPay
    r"|9558\d{15}|9559\d{15}|60[13]\d{13}"  # cards of Chinese banks from before UnionPay
    r"|65\d{14}|64[4-9]\d{13}|6011\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
)
"""The first digits of the card schemes and their lengths, by ISO/IEC 7812 and the schemes' own
announcements.
"""
_PAYMENT_LABEL = label(
    r"卡号?码?(?:是|为)?|账号|帐号|\b(?:visa|mastercard|amex|unionpay|cards?(?:[\s_-]*(?:number|num|no"
    r"|is))*)"
)


def bank_cards(text: str) -> Spans:
    """Find card numbers of 14 to 19 digits: a known scheme's first digits, its length, and Luhn's
    check digit.
    """
    from stdnum import luhn

    for match in _PAYMENT.finditer(text):
        for end in (
            match.end(),
            match.start("tail"),
        ):  # what looks like a last group may be the day that it ends
            number = re.sub("[ -]", "", text[match.start() : max(end, 0)])
            if (
                _ISSUERS.fullmatch(number)
                and luhn.is_valid(number)
                and not _is_other(text, match.start(), end)
            ):
                yield Span(match.start(), end, number)
                break


def _is_other(text: str, start: int, end: int) -> bool:
    if is_after(text, start, _PAYMENT_LABEL):
        return False
    return any(is_after(text, start, words) for words in (OTHER_NUMBERS, IN_PATH)) or is_calculated(
        text, start, end
    )


# --------------------------------------------------------------------------------------------- IBAN

_IBAN = bounded("A-Z", r"[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")


def ibans(text: str) -> Spans:
    """Find account numbers by ISO 13616: a country's length and shape, and two check digits."""
    from stdnum import iban

    for match in _IBAN.finditer(text):
        words = match[0].split(" ")
        for end in sorted(
            accumulate(len(word) + 1 for word in words), reverse=True
        ):  # capitals may stand after it
            if iban.is_valid(match[0][: end - 1], check_country=False):
                yield Span(
                    match.start(), match.start() + end - 1, match[0][: end - 1].replace(" ", "")
                )
                break


# ---------------------------------------------------------------------------------------- passports

_PASSPORT = bounded("A-Z0-9", r"[A-Z0-9]{6,8}")
_PASSPORT_LABEL = label(
    r"(?:护照|護照|通行证)(?:[号號][码碼]?|编号)?(?:是|为|為)?|passport(?:[\s_-]*(?:number|num|no\.?|id|#|is|was"
    r"|of|:))*"
)
_CHINESE = re.compile(r"(?:[EGDSPH]\d|E[A-HJ-NP-Z]|[CLW]\d|M\d)\d{7}")
_PASSPORT_NEAR = re.compile(r"护照|護照|通行证|(?<!\[)passport", re.IGNORECASE)


def passports(text: str) -> Spans:
    """Find passport numbers after words that say so, for they have no check digit in print.

    Those of Chinese shape, such as E12345678, also where the word stands farther off on the same
    line.
    """
    if not any(
        word in text for word in ("护照", "護照", "通行证", "Passport", "PASSPORT", "passport")
    ):
        return
    for match in _PASSPORT.finditer(text):
        if sum(sign.isdigit() for sign in match[0]) >= 5 and _is_passport(text, match):
            yield Span(*match.span(), match[0])


def _is_passport(text: str, match: re.Match[str]) -> bool:
    if is_after(text, match.start(), _PASSPORT_LABEL):
        return True
    start, end = match.span()
    near = (
        text[max(0, start - 40) : start].rpartition("\n")[2],
        text[end : end + 20].partition("\n")[0],
    )
    return bool(_CHINESE.fullmatch(match[0])) and any(map(_PASSPORT_NEAR.search, near))
