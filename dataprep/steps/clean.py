"""Take out of the texts what nobody meant to write: left-over markup, full-width letters, control characters."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable

from dataprep.model import Drop, Example
from dataprep.steps import Judge, Judges

OVER = "examples"


def clean(*, html: bool = True, full_width: bool = True, control: bool = True, space: bool = True) -> Judges:
    """Take left-over markup, full-width letters, control characters and stray space out of prompts and answers.

    html: entities, line-break and block tags; not in code, not where the conversation is about HTML.
    full_width: letters and digits to their usual width, Chinese punctuation stays; not in code.
    control: control characters, byte-order marks and zero-width spaces.
    space: line ends to LF, no blank lines before or after, no space after.
    """
    rules: dict[str, tuple[bool, Judge]] = {
        "control characters": (control, _everywhere(_drop_control)),
        "full-width": (full_width, _everywhere(lambda text: _outside_code(text, _narrow))),
        "html": (html, _clean_html),
        "space": (space, _everywhere(_trim)),
    }
    return {name: judge for name, (wanted, judge) in rules.items() if wanted}


def _everywhere(change: Callable[[str], str]) -> Judge:
    return lambda example: example.rewrite(change)


# ------------------------------------------------------------------------------------------------------------ markup

_CODE = re.compile(r"(````.*?(?:````|\Z)|```.*?(?:```|\Z)|`[^`\r\n]+`)", re.DOTALL)
_ABOUT_MARKUP = re.compile(r"html|css|xml|\btags?\b|markup|web ?page|标签|网页|标记语言", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_BREAK = re.compile(r"[ \t]*(?:<br\s*/?>|</(?:p|div|li|h[1-6]|tr)>)[ \t]*\r?\n?", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|div|span|font|b|i|u|em|strong|ul|ol|li|h[1-6]|table|tbody|tr|td|th)(?:\s+[\w-]+=(?:\"[^\"]*\"|'[^']*'))*\s*/?>",
    re.IGNORECASE,
)


def _clean_html(example: Example) -> Example | Drop:
    """Clean an example of markup, unless what it says is about markup."""
    texts = example.prose
    if any("<" in text or "&" in text for text in texts):
        prose = " ".join(_TAG.sub(" ", text) for text in texts)
        return example if _ABOUT_MARKUP.search(prose) else example.rewrite(_strip_html)
    return example


def _strip_html(text: str) -> str:
    return _outside_code(text, _strip_markup) if "<" in text or "&" in text else text


def _strip_markup(text: str) -> str:
    """Take markup out until none is left, so that cleaning twice is cleaning once."""
    while (plain := _TAG.sub(_untag, _BREAK.sub("\n", _ENTITY.sub(_unescape, text)))) != text:
        text = plain
    return text


def _untag(match: re.Match[str]) -> str:
    """Return nothing for a tag, or the line end inside it, which keeps the back-ticks around it two lines' own."""
    return "\n" if len(match[0].splitlines()) > 1 else ""


def _unescape(match: re.Match[str]) -> str:
    """Return what an entity means, as clean as the text around it.

    A name that only begins like an entity (`&params;`) stays, and so does a back-tick, for it would open code.
    """
    meant = entities.unescape(match[0]).replace("\xa0", " ")
    return match[0] if len(meant) > 2 or meant == "`" else _narrow(_drop_control(meant))


# ------------------------------------------------------------------------------------------------------------- letters

_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff]")
_BLANK_LINES_BEFORE = re.compile(r"\A(?:[^\S\n]*\n)+")


def _narrow(text: str) -> str:
    return _WIDE.sub(lambda match: chr(ord(match[0]) - 0xFEE0), text)


def _drop_control(text: str) -> str:
    return _CONTROL.sub("", text)


def _trim(text: str) -> str:
    text = _BLANK_LINES_BEFORE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    return text if "\n" in text else text.strip()


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text with `change` done between its fenced blocks and `inline code`."""
    if "`" not in text:
        return change(text)
    return "".join(part if part.startswith("`") else change(part) for part in _CODE.split(text))
