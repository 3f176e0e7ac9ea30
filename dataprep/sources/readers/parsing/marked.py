"""Decode text for parsers that refuse lone surrogates: undecodable bytes become private characters.

A record with such a character is then an error; the other records of the file are not affected.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, BinaryIO

from dataprep.model import Origin
from dataprep.sources.json_lines import CHUNK
from dataprep.sources.raw import SURROGATE, Raw, name_of, readable, undecodable

_MARKS = {0xDC00 + byte: 0x10FE00 + byte for byte in range(0x80, 0x100)}
_SURROGATES = {mark: surrogate for surrogate, mark in _MARKS.items()}
_MARKED = re.compile("[\U0010fe80-\U0010feff]")


class MarkedText:
    """The text of a stream, read in pieces of any length; `read` returns "" only at the end."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.decode = codecs.getincrementaldecoder(encoding)("surrogateescape").decode
        self.spoiled = False

    def read(self, size: int = CHUNK) -> str:
        """Return about `size` characters, with a mark for each undecodable byte."""
        text = ""
        while not text:
            data = self.stream.read(size)
            text = self.decode(data, not data)
            if not data:
                break
        if SURROGATE.search(text):
            self.spoiled = True
            return text.translate(_MARKS)
        return text

    def raw(self, origin: Origin, value: Any) -> Raw:
        """Return a record parsed from this text, as an error if it holds undecodable bytes."""
        if self.spoiled:
            text = json.dumps(value, ensure_ascii=False)
            if _MARKED.search(text):
                return Raw(
                    origin, readable(text.translate(_SURROGATES)), undecodable(self.encoding)
                )
        return Raw(origin, value, None, name_of(self.encoding))
