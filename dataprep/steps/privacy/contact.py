"""How people are reached: e-mail addresses and telephone numbers; and the plates of their cars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dataprep.steps.privacy.words import (
    IN_PATH,
    OTHER_NUMBERS,
    RIGHT,
    Span,
    Spans,
    bounded,
    is_after,
    is_calculated,
    label,
)

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# ------------------------------------------------------------------------------------------- e-mail

_LOCAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]*[A-Za-z0-9_+-])?\Z")
_DOMAIN = re.compile(
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+)([A-Za-z]{2,24})(?![A-Za-z0-9_(\[@-]"
    r"|\.[A-Za-z0-9]|:[/~]|/)"
)
_ENDING = re.compile(
    r"academy|agency|aero|app|asia|bank|berlin|best|biz|blog|center|chat|city|click|cloud|club"
    r"|com|company"
    r"|consulting|coop|design|dev|digital|edu|education|email|energy|engineering|finance"
    r"|foundation|fun|global"
    r"|gov|group|health|host|icu|inc|info|ink|institute|int|jobs|law|legal|life|link|live|llc"
    r"|london|ltd|media"
    r"|mil|mobi|museum|net|network|news|ngo|nyc|one|online|org|page|paris|press|pro|ren|school"
    r"|science|services"
    r"|shop|site|social|solutions|space|store|studio|systems|team|tech|tel|today|tokyo|top|travel"
    r"|university"
    r"|vip|wang|website|wiki|work|works|world|xin|xyz|zone"
    r"|a[c-gilmoq-uwxz]|b[abd-jm-or-twyz]|c[acdf-ik-oru-z]|d[ejkmoz]|e[cegr-u]|f[i-kmor]"
    r"|g[ad-il-np-uwy]"
    r"|h[kmnrtu]|i[del-oq-t]|j[emop]|k[eg-imnprwyz]|l[a-cikr-vy]|m[ac-eghk-z]|n[ace-gilopruz]|om"
    r"|p[ae-hk-nr-twy]|qa|r[eosuw]|s[a-eg-ik-or-vx-z]|t[cdf-hj-ortvwz]|u[agksyz]|v[aceginu]"
    r"|w[fs]|y[et]|z[amw]",
    re.IGNORECASE,
)
"""Top-level domains that people have addresses under: the usual ones of IANA's list, and all of
countries.
"""
_NOBODY = re.compile(
    r"your.*|example|my[._-]?e?-?mail.*|user(?:[._-]?name)?\d?|e-?mail(?:[._-]?address)?|name|x{2,}"
    r"|no-?reply|do-?not-?reply|test|abc"
    r"|first(?:[._-]?name)?[._]last(?:[._-]?name)?|some(?:one|body|name)|git|hg|svn|mailer-daemon",
    re.IGNORECASE,
)
"""Local parts that stand for anybody's, or for a machine's."""
_NO_HOST = re.compile(
    r"(?:.*\.)?(?:(?:example|your|my)[a-z-]*|x{2,})\.(?:[a-z]{2,3}\.)?", re.IGNORECASE
)
"""Example domains: those of RFC 2606 under any ending, and others like `yourcompany.com`."""
_LOGIN = re.compile(
    r"(?:\b(?:ssh|scp|sftp|rsync|ssh-copy-id)\s(?:-\S+\s(?:\S+\s)?)*|[/@]|://[^\s/@]{0,32}:)\Z"
)


def emails(text: str) -> Spans:
    """Find e-mail addresses of a domain that there can be; not logins, handles, and those that
    stand for anybody's.
    """
    at = text.find("@")
    while at >= 0:
        if (domain := _DOMAIN.match(text, at + 1)) and (
            local := _LOCAL.search(text, max(0, at - 64), at)
        ):
            start = _past_escape(text, local.start())
            if (
                start < at
                and _is_mailbox(text[start:at], domain)
                and not is_after(text, start, _LOGIN)
            ):
                yield Span(start, domain.end(), text[start : domain.end()].lower())
        at = text.find("@", at + 1)


def _past_escape(text: str, start: int) -> int:
    r"""Return where an address begins that stands right after the \n of a string in code."""
    return start + 1 if text[start - 1 : start] == "\\" and text[start] in "nrt" else start


def _is_mailbox(local: str, domain: re.Match[str]) -> bool:
    host, ending = domain[1], domain[2]
    if not _ENDING.fullmatch(ending) or (len(host) < 3 and ending.lower() != "com"):
        return False
    return not _NOBODY.fullmatch(local) and not _NO_HOST.fullmatch(host)


# ---------------------------------------------------------------------------------------- telephone

_MOBILE = re.compile(
    rf"1[3-9]\d(?:(?:[ -]?\d{{4}}){{2}}|(?:\.\d{{4}}){{2}}){RIGHT}(?![.-]\d)", re.ASCII
)
_CHINA = re.compile(r"[(（]?(?:\+|00)?86[)）]?[ -]?\Z")
_GLUED = re.compile(r"[0-9A-Za-z_.+-](?<![Tt]el)(?<![Pp]hone)\Z")
_LANDLINE = bounded(
    "08(（",
    r"(?:(?<=0)\d{2,3}-|(?<=8)6-\d{2,3}-|(?<=[(（])0\d{2,3}[)）][ "
    r"-]?)[2-9]\d{6,7}(?:-\d{1,5}|转\d{1,5})?(?![.-]\d)",
    ".+-",
)
_AMERICAN = bounded(
    "0-9(",
    r"(?:(?<=1)[-. ](?:\(\d{3}\) ?|\d{3}[-.])|(?<=\()\d{3}\) "
    r"?|(?<=\d)\d{2}[-.])\d{3}[-.]\d{4}(?![.-]\d)",
    ".)+-",
)
_ABROAD = re.compile(
    r"\+(?<![0-9A-Za-z_+*/)].)[1-9]\d{0,14}(?:[ .-]?\(?\d{1,14}\)?){0,7}", re.ASCII
)
_DECIMAL = re.compile(r"\+\d+\.\d+")
_GOES_ON = re.compile("[0-9A-Za-z_]")
_LABELLED = bounded("0-9(", r"(?:(?<=\d)|(?<=\()\d)(?:[ ().-]{0,2}\d){7,14}(?![.-]\d)", ".+-")
_CALLED = label(
    r"(?:电话|電話|手机|手機|座机|热线|传真|联系方式|致电|拨打|撥打|微信)[号號]?[码碼]?(?:是|为|為)?|whatsapp|wa\.me"
    r"|\b(?:tele|télé)?phone"
    r"|\b(?:tel|mobile|cell|fax|call|text|dial|reach|contact|wechat)s?(?:[ "
    r"_](?:me|us|him|her|them|at|on|id))*",
    r"(?:[\s:：#=\"'.(\[_-]|number|no\b|num\b|is\b|at\b|on\b)",
)
_REGIONS = ("US", "CN", "GB", "HK", "TW", "JP", "KR", "IN", "AU", "DE", "FR")
"""Where a number without its country may be from, where words say that it is a telephone number."""
_PRICE = re.compile(r"[¥￥$€£=+×*÷]\s?\Z")
_UNIT = re.compile(
    r"\s?(?:[元块万亿美个人次条件名%％]|dollars|usd|rmb|yuan|euros?|people|bytes|ms\b)",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"[\"']\w+[\"']\s*:\s*\Z")
"""The name of a bare number in JSON or code, which is a telephone number only where it says so."""


def phones(text: str) -> Spans:
    """Find telephone numbers that there can be: Chinese, American with its usual signs, and of any
    country after `+`.

    Others where words in front say so. Service numbers (400, 800, short ones) belong to no person.
    """
    yield from _abroad(text)
    landlines = [(*match.span(), "CN") for match in _LANDLINE.finditer(text)]
    american = [(*match.span(), "US") for match in _AMERICAN.finditer(text)]
    for start, end, region in [*_mobiles(text), *landlines, *american]:
        if (number := _number(text[start:end], region)) and not _is_other(text, start, end):
            yield Span(start, end, number)
    for match in _LABELLED.finditer(text):
        if is_after(text, match.start(), _CALLED) and (number := _somewhere(match[0])):
            yield Span(*match.span(), number)


def _mobiles(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where what looks like a Chinese mobile number begins, with +86 or without, and ends."""
    for match in _MOBILE.finditer(text):
        china = _CHINA.search(text, max(0, match.start() - 8), match.start())
        for start in (china.start() if china else match.start(), match.start()):
            if not _GLUED.search(text, max(0, start - 5), start):
                yield start, match.end(), "CN"
                break


def _is_other(text: str, start: int, end: int) -> bool:
    """Tell whether what stands around a number says that it is no telephone number, and nothing
    says that it is one.
    """
    if is_after(text, start, _CALLED):
        return False
    if any(is_after(text, start, words) for words in (OTHER_NUMBERS, IN_PATH, _PRICE, _MEMBER)):
        return True
    return bool(_UNIT.match(text, end)) or is_calculated(text, start, end)


def _abroad(text: str) -> Spans:
    """Yield the longest number after each `+` that there can be, for a date or a price may stand
    after it.
    """
    for plus in _ABROAD.finditer(text):
        ends = [plus.start() + group.end() for group in re.finditer(r"\d+", plus[0])]
        for end in (
            reversed(ends)
            if not _GOES_ON.match(text, plus.end()) and not _DECIMAL.fullmatch(plus[0])
            else ()
        ):
            if number := _number(text[plus.start() : end], ""):
                yield Span(plus.start(), end, number)
                break


@cache
def _personal() -> frozenset[int]:
    from phonenumbers import PhoneNumberType as Kind

    return frozenset(
        {
            Kind.MOBILE,
            Kind.FIXED_LINE,
            Kind.FIXED_LINE_OR_MOBILE,
            Kind.VOIP,
            Kind.PERSONAL_NUMBER,
            Kind.PAGER,
        }
    )


@lru_cache(10_000)
def _number(written: str, region: str) -> str:
    """Return a person's number as +COUNTRY and digits, or "" where the region, "" for any, has no
    such number.
    """
    number = _parsed(written, region)
    return _e164(number) if number else ""


@lru_cache(10_000)
def _somewhere(written: str) -> str:
    """Return a person's number by the first region that has such a one; 1234567… is everybody's
    example.
    """
    if re.sub(r"\D", "", written).startswith(("1234567", "01234567")):
        return ""
    return _e164(next(filter(None, (_parsed(written, region) for region in _REGIONS)), None))


def _parsed(written: str, region: str) -> PhoneNumber | None:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        number = parse(re.sub("[（）]", " ", written), region or None)
    except NumberParseException:
        return None
    return number if is_valid_number(number) else None


def _e164(number: PhoneNumber | None) -> str:
    from phonenumbers import PhoneNumberFormat, format_number, number_type

    if number is None or number_type(number) not in _personal():
        return ""
    return format_number(number, PhoneNumberFormat.E164)


# ------------------------------------------------------------------------------------------- plates

_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•. -]?"
    r"(?:[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])" + RIGHT
)
_CAR = re.compile(r"车|牌|(?<!\[)plate|\bcar\b|驾驶|司机|违章|停放", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"[\u4e00-\u9fff]\Z")
_MAY_STAND_BEFORE = re.compile(r"[是为号牌照车辆着了的挂和与或及叫开将把]\Z")
_FOREIGN_PLATE = bounded("A-Z0-9", r"[A-Z0-9]{0,3}(?:[ -]?(?:[A-Z0-9]{2,5}|\d))")
_LETTER_AND_DIGIT = re.compile(r"[A-Z].*\d|\d.*[A-Z]")
_PLATE_LABEL = label(
    r"车牌号?码?(?:是|为)?|\b(?:licen[sc]e|number|registration) plate(?: number| no\.?)?"
    r"(?: is| was)?",
    r"[\s:：#=\"'（(]",
)


def plates(text: str) -> Spans:
    """Find number plates of Chinese cars by GA 36, with at least three digits; others after words
    that say so.
    """
    for match in _PLATE.finditer(text) if not text.isascii() else ():
        series = match[0][2:].lstrip("·•. -")
        if sum(map(str.isdigit, series)) >= 3 and _is_plate(text, match):
            yield Span(*match.span(), match[0][:2] + series)
    for match in _FOREIGN_PLATE.finditer(text) if "plate" in text.lower() or "车牌" in text else ():
        if is_after(text, match.start(), _PLATE_LABEL) and _LETTER_AND_DIGIT.search(match[0]):
            yield Span(*match.span(), re.sub("[ -]", "", match[0]))


def _is_plate(text: str, match: re.Match[str]) -> bool:
    """Check that the province ends no word, as in 最新A10000, or that the text is about a car."""
    start = match.start()
    before = text[max(0, start - 1) : start]
    if not _WORD_BEFORE.search(before) or _MAY_STAND_BEFORE.search(before):
        return True
    return bool(_CAR.search(text, max(0, start - 20), min(len(text), match.end() + 10)))
