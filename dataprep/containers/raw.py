"""One record as it stands in a file, and the words for bytes that are no text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from dataprep.errors import RecordError
from dataprep.files import UTF8
from dataprep.model import Origin


class Raw(NamedTuple):
    """One record as it stands in a file: its value, or what keeps it from having one and then `value` is its text."""

    origin: Origin
    value: Any
    error: RecordError | None = None


Reader = Callable[[BinaryIO, str, str], Iterator[Raw]]
"""What reads a container: given the open file, its path and its encoding."""

SURROGATE = re.compile(r"[\ud800-\udfff]")


def readable(text: str) -> str:
    r"""Return text with its undecodable bytes spelled as `\xNN`, so that it can be written as UTF-8."""
    return text.encode(UTF8, "surrogateescape").decode(UTF8, "backslashreplace") if SURROGATE.search(text) else text


def undecodable(encoding: str) -> RecordError:
    """Return the error of a record with bytes that are not text in the encoding that the user named, or in UTF-8."""
    if encoding == UTF8:
        return RecordError("not valid UTF-8", "holds bytes that are not UTF-8; is it GBK? then say encoding gb18030")
    return RecordError(f"not valid {encoding}", f"holds bytes that are not {encoding}; is that the file's encoding?")
