"""Secrets: private keys, JSON web tokens, keys of clouds and services, passwords in URLs."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode

from dataprep.steps.privacy.words import Span, Spans

_PRIVATE_KEY = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:(?:(?!-----).){1,20000}-----END \1-----|(?:[A-Za-z0-9+/=\s]|\\[nr])+)",
    re.DOTALL,
)
_SPACES = re.compile(r"\\[nr]|\s")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40}")
_JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,})\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}(?"
    r"![A-Za-z0-9_-])"
)


def private_keys(text: str) -> Spans:
    """Find private keys between their PEM lines; one that breaks off too. A body of dots is a
    manual's.
    """
    for match in _PRIVATE_KEY.finditer(text):
        body = _SPACES.sub("", match[0])
        if _BASE64.search(body):
            yield Span(match.start(), match.end() - len(match[0]) + len(match[0].rstrip()), body)


def jwts(text: str) -> Spans:
    """Find JSON web tokens (RFC 7519): three parts, of which the first is JSON with `alg`."""
    for match in _JWT.finditer(text) if "eyJ" in text else ():
        try:
            head = json.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
        except ValueError:
            continue
        if isinstance(head, dict) and "alg" in head:
            yield Span(*match.span(), match[0])


_LONG_WORD = re.compile(r"\b\w[\w-]{19}", re.ASCII)
_IN_WORDS = bytes(ord("a" if re.match(rb"[\w-]", bytes([point])) else " ") for point in range(256))
_LONG = b"a" * 20


def has_long_word(text: str) -> bool:
    """Tell whether a text has a word of 20 letters or more, which every key of these shapes has and
    few words are.
    """
    return _LONG in text.encode(errors="replace").translate(_IN_WORDS) and bool(
        _LONG_WORD.search(text)
    )


_SHAPES = {
    "Alibaba Cloud": r"LTAI[A-Za-z0-9]{16,26}",
    "Anthropic": r"sk-ant-[a-z]+\d\d-[\w-]{40,}",
    "Atlassian": r"ATATT3[\w=-]{60,}",
    "AWS": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    "Baidu Cloud": r"ALTAK[A-Za-z0-9]{21}",
    "Databricks": r"dapi[a-f0-9]{32}(?:-\d)?",
    "DigitalOcean": r"do[opr]_v1_[a-f0-9]{64}",
    "Discord": r"[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,38}",
    "Facebook": r"EAA[A-Za-z0-9]{90,}",
    "GitHub": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,}",
    "GitLab": r"gl(?:pat|dt|rt|ft|cbt|ptt)-[\w-]{20,}",
    "Google": r"AIza[\w-]{35}|ya29\.[\w-]{30,}|GOCSPX-[\w-]{28}",
    "Grafana": r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}",
    "Groq": r"gsk_[A-Za-z0-9]{48,}",
    "Hugging Face": r"(?:hf_|api_org_)[A-Za-z0-9]{34,}",
    "Linear": r"lin_api_[A-Za-z0-9]{40}",
    "Mailgun": r"key-[0-9a-f]{32}",
    "New Relic": r"NRAK-[A-Z0-9]{27}",
    "Notion": r"secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,}",
    "npm": r"npm_[A-Za-z0-9]{36}",
    "OpenAI and its like": r"sk-(?:(?:proj|svcacct|admin|or-v1)-)?(?=[\w-]*\d)[\w-]{32,}",
    "Postman": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "PyPI": r"pypi-AgE[\w-]{50,}",
    "Replicate": r"r8_[A-Za-z0-9]{37}",
    "SendGrid": r"SG\.[\w-]{22}\.[\w-]{43}",
    "Shopify": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "Slack": (
        r"xox[abeoprs]-(?:\d+-)+[\w-]{10,}|xapp-\d-[\w-]{20,}"
        r"|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}"
    ),
    "Square": r"sq0(?:atp-[\w-]{22}|csp-[\w-]{43})",
    "Stripe": r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{32,}",
    "Telegram": r"\d{8,10}:AA[\w-]{33}",
    "Tencent Cloud": r"AKID[A-Za-z0-9]{32}",
    "Twilio": r"SK[0-9a-f]{32}",
    "Vault": r"hv[sb]\.[\w-]{24,}",
    "xAI": r"xai-[A-Za-z0-9]{70,}",
}
"""The shapes of the keys of known services, from their own manuals and from the rules of gitleaks
and TruffleHog.
"""
_KEY = re.compile(rf"(?<![\w-])(?:{'|'.join(_SHAPES.values())})(?![A-Za-z0-9])", re.ASCII)
_NAMED = re.compile(
    r"(?:aws_?secret_?(?:access_?)?key|AccountKey|SharedAccessKey|secret_?(?:access_?)?key"
    r"|secretkey)[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"([A-Za-z0-9/+]{40}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9/+=])",
    re.IGNORECASE,
)
"""AWS's and Azure's secrets, which have no beginning of their own, by the names that their tools
give them.
"""
_MADE_UP = re.compile(r"example|your|x{4}|placeholder|\*{3}|(\w)\1{7}", re.IGNORECASE)


def api_keys(text: str) -> Spans:
    """Find keys of known services by their shapes; not those that say that they are none, such as
    sk-xxxx.
    """
    for match in _KEY.finditer(text) if has_long_word(text) else ():
        if not _MADE_UP.search(match[0]):
            yield Span(*match.span(), match[0])
    for match in _NAMED.finditer(text) if "key" in text.lower() else ():
        if not _MADE_UP.search(match[1]):
            yield Span(*match.span(1), match[1])


_LOGIN = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://([^\s:/@\"'<>]{0,64}):([^\s/?\"'<>]{3,128})@(?=[A-Za-z0-9\[])",
    re.IGNORECASE,
)
_NO_PASSWORD = re.compile(
    r"(?:my|your|db|the)?[_-]?(?:pass(?:word|wd)?|pwd|secret|token|x{2,}|\*+)|your.*|\.{3}|密码"
    r"|\$\{?\w+\}?|\$\(.*|%\(?\w*\)?s?|\{.*|\[[A-Z_]+_\d+\]",
    re.IGNORECASE,
)


def passwords(text: str) -> Spans:
    """Find the password in `scheme://user:password@host`; not what only holds its place, or is the
    name once more.
    """
    for match in _LOGIN.finditer(text) if "://" in text else ():
        if not _NO_PASSWORD.fullmatch(match[2]) and match[1] != match[2]:
            yield Span(*match.span(2), match[2])
