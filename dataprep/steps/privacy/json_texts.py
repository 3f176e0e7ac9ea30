"""JSON inside a text, read so that a datum in it can be replaced where it stands and the JSON stays
whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

_DECODER = json.JSONDecoder()
_BEGINS = re.compile(r"(?:\A|<tool_call>|</think>)\s*(?=[\[{])")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_MEANS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BARE_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"')
_MEMBER = re.compile(r'(\\*")\s*:\s*(?:\[\s*(?:[^\[\]{}"]*,\s*)?)?\Z')
_VALUE_ENDS = re.compile(r"\s*(?:[,}\]\r\n]|\\[rn]|\Z)")


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Yield where JSON objects and arrays begin and end: at the start of a text, in `<tool_call>`,
    after thoughts.
    """
    for begin in _BEGINS.finditer(text) if "{" in text or "[" in text else ():
        try:
            yield begin.end(), _DECODER.raw_decode(text, begin.end())[1]
        except (ValueError, RecursionError):
            continue


def unescaped(text: str) -> tuple[str, Sequence[int]]:
    """Return a stretch of JSON with its escapes read, and for each character of that its place in
    the stretch.
    """
    if "\\" not in text:
        return text, range(len(text) + 1)
    said: list[str] = []
    places: list[int] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        said += text[at : escape.start()], _meant(escape)
        places += range(at, escape.start() + 1)
        at = escape.end()
    return "".join((*said, text[at:])), [*places, *range(at, len(text) + 1)]


def _meant(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _MEANS.get(escape[2], escape[2])


def inner(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the strings of a stretch of JSON begin and end that are JSON objects or arrays
    themselves.
    """
    for string in _STRING.finditer(text):
        start, end = string.start() + 1, string.end() - 1
        if text[start : start + 1] in ("{", "[") and _is_json(unescaped(text[start:end])[0]):
            yield start, end


def _is_json(text: str) -> bool:
    return next(stretches(text), None) == (0, len(text))


def crosses_strings(datum: str) -> bool:
    """Tell whether a piece of JSON begins in one string and ends outside of it."""
    return _BARE_QUOTE.search(datum) is not None


def quote_for(text: str, start: int, end: int, *, json: bool = False) -> str:
    r"""Return the quotation mark that a text needs which takes a bare number's place in JSON or
    code, `"` or `\"`.

    "" where none is wanted. `json` says that all of the text is JSON, so that a number outside of
    strings needs one.
    """
    if not text[start:end].isdigit() or not _VALUE_ENDS.match(text, end):
        return ""
    if json and not any(string.start() < start < string.end() for string in _STRING.finditer(text)):
        return '"'
    member = _MEMBER.search(text, max(0, start - 200), start)
    return member[1] if member else ""
