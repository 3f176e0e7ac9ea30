"""Find spans that are no prose (code, formulas, tables and addresses), which rules leave alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from dataprep.text.languages.prose import ADDRESS, CODE_LINE, FORMULA

Kind = Literal["code", "code line", "formula", "table", "address"]
CODE: tuple[Kind, ...] = ("code", "code line")
NO_PROSE: tuple[Kind, ...] = (*CODE, "formula", "table")

_FENCED = r"^[ \t]*~~~.*?(?:^[ \t]*~~~|\Z)|````.*?(?:````|\Z)|```.*?(?:```|\Z)"
_CODE = re.compile(rf"{_FENCED}|``[^`\r\n]+(?:`[^`\r\n]+)*``|`[^`\r\n]+`", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"(?is:<table\b.*?</table\s*>)|^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_IS_MARKUP = re.compile(r".*&#?\w{2,30};\s*|\s*(?:[\w:-]+=(?:\"[^\"]*\"|'[^']*')\s*)+/?>.*")
"""Text that resembles code, and ends in an entity or in the attributes of a tag."""


class _SpanKind(NamedTuple):
    """The pattern of a kind of span, and signs of which it needs at least one."""

    pattern: re.Pattern[str]
    signs: tuple[str, ...]


_SPAN_KINDS: dict[Kind, _SpanKind] = {
    "code": _SpanKind(_CODE, ("`", "~~~")),
    "code line": _SpanKind(
        CODE_LINE,
        ("=", "(", "{", "}", ":", ";", "import ", "return", "pass", "break", "continue", "@"),
    ),
    "formula": _SpanKind(FORMULA, ("$", "\\")),
    "table": _SpanKind(_TABLE, ("|", "<t", "<T")),
    "address": _SpanKind(ADDRESS, ("://", "www.")),
}


def outside(text: str, change: Callable[[str], str], kinds: tuple[Kind, ...] = NO_PROSE) -> str:
    """Return the text with `change` applied between the spans of these kinds."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(span for kind in kinds for span in _spans(text, kind)):
        if end > at:
            parts += change(text[at:start]) if start > at else "", text[max(at, start) : end]
            at = end
    return "".join((*parts, change(text[at:]) if at < len(text) else "")) if parts else change(text)


def _spans(text: str, kind: Kind) -> Iterator[tuple[int, int]]:
    look = _SPAN_KINDS[kind]
    if any(map(text.__contains__, look.signs)):
        for match in look.pattern.finditer(text):
            if match.end() > match.start() and not (
                kind == "code line" and _IS_MARKUP.fullmatch(match[0])
            ):
                yield match.span()
