"""Lines, and what else a user names, that stand in many texts and belong to none: adverts, footers,
notices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from dataprep.errors import DataprepError
from dataprep.steps.clean.rules import Rule
from dataprep.text.spans import CODE, outside

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")


def rule(entries: Sequence[str]) -> Rule:
    """Return the rule that takes out these lines, and what these regular expressions match.

    An entry is a line with * for anything, case and the space around it are all one; a regular
    expression between slashes; or a file, `.txt`, that holds one of these a line. Raises
    `DataprepError` for one that is neither.
    """
    named = [
        one for entry in entries for one in ([entry] if not _is_file(entry) else _entries_in(entry))
    ]
    patterns = [_compiled(one) for one in named if _is_pattern(one)]
    lines = _any_of([one for one in named if not _is_pattern(one)])
    return Rule(
        "boilerplate",
        lambda view: (
            bool(lines.search(view.text)) or any(pattern.search(view.text) for pattern in patterns)
        ),
        lambda view: view.example.rewrite(
            lambda text: _without_lines(_without(text, patterns), lines)
        ),
    )


def files_among(entries: Sequence[str]) -> list[str]:
    """Return the files among entries."""
    return [entry for entry in entries if _is_file(entry)]


def _is_file(entry: str) -> bool:
    return entry.endswith(".txt") and not _is_pattern(entry) and "*" not in entry


def _is_pattern(entry: str) -> bool:
    return len(entry) > 2 and entry.startswith("/") and entry.endswith("/")


def _entries_in(path: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataprepError(
            f"{path}: cannot be read as a list of lines in UTF-8: {error}"
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _compiled(entry: str) -> re.Pattern[str]:
    try:
        return re.compile(entry[1:-1], re.MULTILINE)
    except re.error as error:
        raise DataprepError(f"boilerplate: '{entry}' is no regular expression: {error}") from None


def _any_of(lines: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of a line that is one of these, of none where there are none."""
    for line in lines:
        if not line.strip(" *"):
            raise DataprepError(
                f"boilerplate: '{line}' would take out every line; say what stands in it"
            )
    choices = "|".join(r"[^\n]*".join(map(re.escape, line.strip().split("*"))) for line in lines)
    return re.compile(
        rf"^[^\S\n]*(?:{choices})[^\S\n]*$" if choices else r"(?!)", re.MULTILINE | re.IGNORECASE
    )


def _without(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        if pattern.search(text):
            text = outside(text, partial(pattern.sub, ""), CODE)
    return text


def _without_lines(text: str, named: re.Pattern[str]) -> str:
    """Return a text without the lines that are named, and without the blank ones after them that
    are too many.
    """
    if not named.search(text):
        return text
    kept: list[str] = []
    gone = False
    for line, is_code in _lines(text):
        if not is_code and named.fullmatch(line):
            gone = True
        elif not gone or line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
            gone = False
    return "\n".join(kept)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it is of a fenced block of code."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        yield line, bool(fence or mark)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
