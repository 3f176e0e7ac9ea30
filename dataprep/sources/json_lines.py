"""JSON as bytes: one value a line, or indented for people."""

from __future__ import annotations

from typing import Any

import orjson

CHUNK = 1 << 20
"""Bytes to read or copy at a time."""
UTF8 = "utf-8"


def to_line(value: Any) -> bytes:
    """Return a value as one line of UTF-8 JSON with its LF."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def to_json(value: Any) -> bytes:
    """Return a value as indented UTF-8 JSON that people read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
