"""Addresses on the internet that may lead to a person: public ones, not those within a house or of
a manual.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from dataprep.steps.privacy.words import Span, Spans, bounded, is_after, label

_QUAD = bounded("0-9", r"(?<![A-Za-z][/-].)\d{0,2}(?:\.\d{1,3}){3}(?!\.\d|-[A-Za-z])", ".")
_COLONS = bounded("23", r"[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{3,35}(?![:]|\.\d)", ":.")
_VERSION = label(
    r"\b(?:version|ver|v|release[ds]?|build|firmware|sdk|driver|oracle|chrome|firefox|python"
    r"|android|ios|kernel|jdk"
    r"|upgrade[ds]?|section|chapter|clause|article|figure|table|spec(?:ification)?|oid"
    r"|(?:object)?identifier)"
    r"(?: (?:to|from|is))?"
    r"|版本号?(?:是|为)?|版|升级[到至]|固件|驱动|章节?|条款|[=<>~^]=?",
    r"[^0-9A-Za-z\n.]",
)
_ADDRESS = re.compile(
    r"\bip(?:v4)?\b|(?:\b|ip_?)addr(?:ess)?\b|://|@|服务器|地址|网关|主机|登录|来自|访问"
    r"|\b(?:host|server|client|remote|ping|traceroute|ssh|telnet|curl|wget|gateway|from|src|dst)\b",
    re.IGNORECASE,
)
_PORT_OR_LOG = re.compile(r":\d{2,5}\b| - - \[")
_NETWORK = re.compile(r"/\d{1,2}\b")
_KNOWN = re.compile(
    r"1\.2\.3\.4|8\.8\.(?:8\.8|4\.4)|1\.(?:1\.1|0\.0)\.1|9\.9\.9\.9|4\.2\.2\.[1-6]"
    r"|114\.114\.11[45]\.11[45]|223\.([56])\.\1\.\1"
    r"|119\.29\.29\.29|180\.76\.76\.76|208\.67\.22[02]\.22[02]"
    r"|2001:4860:4860::88(?:88|44)|2606:4700:4700::1[01]{3}|2400:3200:(?:|baba:):1|2620:fe::fe"
)
"""The public name servers that every manual has, and the manuals' favourite."""


def ips(text: str) -> Spans:
    """Find public IPv4 and IPv6 addresses; versions and sections look the same, so short ones need
    words in front.

    Private, loopback, reserved and documentation addresses (RFC 6890, by the table of `ipaddress`)
    are ignored.
    """
    for match in _QUAD.finditer(text):
        if _is_public(match[0]) and _is_address(text, *match.span()):
            yield Span(*match.span(), match[0])
    for match in _COLONS.finditer(text):
        if _is_public(match[0]) and not (
            match[0].endswith("::") and _NETWORK.match(text, match.end())
        ):
            yield Span(*match.span(), str(IPv6Address(match[0])))


def _is_public(written: str) -> bool:
    try:
        address = IPv6Address(written) if ":" in written else IPv4Address(written)
    except AddressValueError:
        return False
    return address.is_global and not address.is_multicast and not _KNOWN.fullmatch(str(address))


def _is_address(text: str, start: int, end: int) -> bool:
    if is_after(text, start, _VERSION) or (
        text[end - 2 : end] == ".0" and _NETWORK.match(text, end)
    ):
        return False
    if end - start >= len("12.34.56.78"):
        return True
    return bool(_ADDRESS.search(text, max(0, start - 40), start) or _PORT_OR_LOG.match(text, end))
