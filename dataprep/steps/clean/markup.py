"""Markup that is left over from web pages: entities and tags, not in code and tables, not where
people talk of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from functools import partial
from typing import NamedTuple

from dataprep.model import Drop, Example
from dataprep.steps.clean.about import Topic
from dataprep.steps.clean.rules import CleanView, Rule
from dataprep.text.spans import outside

_MARKUP = Topic(
    (
        *(
            "html",
            "css",
            "xml",
            "markup",
            "webpage",
            "web page",
            "classname",
            "javascript",
            "escape sequence",
        ),
        *(
            "escape character",
            "escaped character",
            "character entit",
            "<script",
            "<style",
            "<form",
            "<input",
            "<svg",
        ),
        *("标签", "標籤", "网页", "網頁", "标记语言", "標記語言", "转义", "轉義"),
    ),
    re.compile(r"\b(?:tags?|dom|jsx)\b"),
    ("tag", "dom", "jsx"),
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?[a-z][^&\n]{0,60}&gt;", re.IGNORECASE)

_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))*\s*/?"
_INLINES = "span|font|b|i|u|em|strong"
_INLINE = re.compile(rf"<(/?)({_INLINES}){_ATTRIBUTES}>", re.IGNORECASE)
_BLOCKS = "div|h[1-6]|ul|ol|li|tr|center|blockquote"
_OTHERS = "table|thead|tbody|tfoot|t[dh]|o:p"
_ANY_TAG = re.compile(rf"<(?:br|/?(?:p|{_BLOCKS}|{_OTHERS})|!--)\b", re.IGNORECASE)
_TRACE = re.compile(rf"{_ENTITY.pattern}|</?(?:{_INLINES})\b|{_ANY_TAG.pattern}", re.IGNORECASE)
"""One of these is in all that is not left as it is."""
_CELL_END = re.compile(r"</t[dh]\s*>(?=\s*<t[dh]\b)", re.IGNORECASE)
_LONE_P = re.compile(
    r"(?:^|(?<=[.!?。！？:：;；]))[ \t]*<p>[ \t]*|[ \t]*<p>[ \t]*$", re.IGNORECASE | re.MULTILINE
)
"""One that nothing closes, between sentences; `index of <p> in S_5` is mathematics."""


class _Tags(NamedTuple):
    """What tags of blocks look like: where lines may end by them, and all of them."""

    breaks: re.Pattern[str]
    all: re.Pattern[str]


def _tags(blocks: str) -> _Tags:
    # begins with one of few characters, for which re looks quickly
    sign = r"[ \t<](?:(?<=<)|(?<=[ \t])[ \t]*<)"
    ends = rf"(?:br{_ATTRIBUTES}|/(?:{blocks})\s*)>[ \t]*\r?\n?"
    begins = rf"(?P<begins>)(?=(?:{blocks}){_ATTRIBUTES}>)"
    every = rf"</?(?:{blocks}|{_OTHERS}){_ATTRIBUTES}>|<!--(?:Start|End)Fragment-->"
    return _Tags(
        re.compile(f"{sign}(?:{ends}|{begins})", re.IGNORECASE), re.compile(every, re.IGNORECASE)
    )


_WITH_P = _tags(f"p|{_BLOCKS}")
_WITHOUT_P = _tags(rf"p(?=\s)|{_BLOCKS}")
"""Of `<p>` that nothing closes those with attributes."""


def rule() -> Rule:
    """Return the rule against left-over markup."""
    return Rule("html", _may, _clean)


def _may(view: CleanView) -> bool:
    return ("<" in view.text or "&" in view.text) and bool(_TRACE.search(view.text))


def _clean(view: CleanView) -> Example | Drop:
    made = view.example.rewrite(_strip)
    return view.example if made is not view.example and _is_about_markup(view) else made


def _is_about_markup(view: CleanView) -> bool:
    """Tell whether people talk of markup, in words that stand in no tag, or spell tags in entities
    beside real ones.
    """
    if "&lt;" in view.lower and _ESCAPED_TAG.search(view.text) and _WITH_P.all.search(view.text):
        return True
    return _MARKUP.is_of(view) and _MARKUP.is_in(_INLINE.sub(" ", _WITH_P.all.sub(" ", view.lower)))


def _strip(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    tags = [match.groups() for match in _INLINE.finditer(text)]
    opened, closed = ({name.lower() for slash, name in tags if slash == sign} for sign in ("", "/"))
    return outside(text, partial(_strip_part, paired=opened & closed, blocks=_blocks_of(text)))


def _blocks_of(text: str) -> _Tags:
    return _WITH_P if "</p" in text or "</P" in text else _WITHOUT_P


def _strip_part(text: str, paired: Collection[str], blocks: _Tags) -> str:
    """Take markup out of prose; of inline tags those that are opened and closed, for `a<b>c`
    compares.
    """
    text = _ENTITY.sub(_unescape, text)
    text = _INLINE.sub(lambda tag: _untag(tag) if tag[2].lower() in paired else tag[0], text)
    if not _ANY_TAG.search(text):
        return text
    text = text if blocks is _WITH_P else _LONE_P.sub("\n", text)
    return blocks.all.sub(_untag, _CELL_END.sub(" ", blocks.breaks.sub(_break, text)))


def _break(match: re.Match[str]) -> str:
    """Return a line end for a tag that ends a block, and before one that begins one inside of a
    line.
    """
    if match["begins"] is None:
        return "\n"
    before = match.string[: match.start()][-1:]
    return match[0] if not before or before.isspace() or before == ">" else "\n<"


def _untag(match: re.Match[str]) -> str:
    """Return nothing for a tag, or the line end inside it, which keeps the back-ticks around it two
    lines' own.
    """
    starts_line = match.string[: match.start()].endswith("\n")
    return "" if starts_line or len(match[0].splitlines()) == 1 else "\n"


def _unescape(match: re.Match[str]) -> str:
    """Return what an entity means.

    A name that only begins like an entity (`&params;`) stays, and so does a back-tick, for it would
    open code.
    """
    meant = html.unescape(match[0]).replace("\xa0", " ")
    return match[0] if len(meant) > 2 or meant == "`" else meant
