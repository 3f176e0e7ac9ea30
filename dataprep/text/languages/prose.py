"""Remove code, formulas, addresses and markup from a text, which belong to no language."""

from __future__ import annotations

import re

from dataprep.text.patterns import pattern

_FENCED = pattern(r"(`{3,}|~{3,}).*?(?:\1|\Z)", re.DOTALL)
FORMULA = pattern(
    (
        r"\$\$.*?\$\$|\\\[.*?\\\]|\\\(.*?\\\)|\\begin\{(\w+\*?)\}.*?\\end\{\1\}"
        r"|\$(?=[^$\n]*[\\^_{}=<>+*/-])[^$\n]{1,200}\$"
    ),
    re.DOTALL,
)
_INLINE = pattern(r"`[^`\n]+`|</?[a-zA-Z][^<>\n]{0,200}>|\\[a-zA-Z]+|&#?\w{2,8};")
_EMAIL = pattern(r"\b[\w.+-]+@[\w-]+\.[\w.-]+")
_FILE = pattern(r"[\w.-]*[/_\\][\w.-][\w./\\-]*|\b[\w-]+\.[a-z]{2,5}\b(?!\.\w)", re.ASCII)
"""A path, a file name, or an identifier; `and/or` matches too, which does no harm."""
_SUFFIX = pattern(r"\.[a-z]{2}")
"""The suffix of a file name without a path."""
ADDRESS = pattern(r"\b(?:https?|ftp)://[^\s，。；、）】》]+|\bwww\.[^\s，。；、）】》]+")
CODE_LINE = pattern(
    r"""^(?!.{300})[ \t]*(?:
        (?:import|from)\ +[\w.]+(?:\ +import\ .*|\ +as\ +\w+|;)?
      | (?:async\ def|def|class|fn|func|function|public|private|static|void|int|float|double|char
        |const|let|var)
            (?:\ +[\w<>\[\]*&.]+){1,4}\ *[({;=:].*
      | (?:if|for|while|else|elif|try|except|finally|with|switch|catch)\b.*[({:]
      | if\b.*:\ return\b.*
      | (?:return\b|self\.|>>>|\$\ |\#include|\#define).*
      | (?:print|echo)\ *[("'$].*
      | (?:pass|break|continue|@[\w.]+)
      | (?:SELECT|INSERT\ INTO|DELETE\ FROM|(?:CREATE|ALTER|DROP)\ TABLE|(?:ORDER|GROUP)\ BY)\ .*
      | (?:FROM\ \w+|UPDATE\ \w+\ SET\ .*|(?:WHERE|AND|ON)\ .*[=<>].*)
      | [\w.:\[\]'"]+(?:,\ *[\w.\[\]]+)*(?::\ ?[\w.\[\], ]+)?
        \ *(?:[-+*/%|&]|//|\*\*)?(?:=|:=|<-)\ *[^=\ ].*
      | [\w.]+\([^()]*(?:\([^()]*\)[^()]*)*\)
      | ['"]\w+['"]:\ .*
      | [\t -~]*\{
      | [(){}\[\]\ ]*[{}][(){}\[\]\ ]*
      | (?=.*[=(<\["]).*;
    )[;,]?[ \t]*(?:(?:\#|//).*)?$""",
    re.VERBOSE | re.MULTILINE | re.ASCII,
)
"""A line of unfenced code, by how such lines begin and end; long lines are prose."""


def prose(text: str) -> str:
    """Return the text without code, formulas, markup and addresses."""
    text = text.replace("\r\n", "\n").replace("\xa0", " ")
    if "`" in text or "~~~" in text:
        text = _FENCED.sub("\n", text)
    if "$" in text or "\\" in text:
        text = FORMULA.sub(" ", text)
    if "://" in text or "www." in text:
        text = ADDRESS.sub(" ", text)
    text = _INLINE.sub(" ", text)
    text = CODE_LINE.sub("", _EMAIL.sub(" ", text) if "@" in text else text)
    is_named = any(map(text.__contains__, "/_\\")) or _SUFFIX.search(text)
    return _FILE.sub(" ", text) if is_named else text
