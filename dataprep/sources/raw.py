"""One record as read from a file, and the errors for undecodable bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dataprep.errors import RecordError
from dataprep.model import Origin
from dataprep.sources.json_lines import UTF8
from dataprep.text.patterns import pattern


class Raw(NamedTuple):
    """One record as read from a file: its value, or the error that prevented it and `value` is its
    text.

    `encoding` is the common name of the encoding it was read in, "" for UTF-8.
    """

    origin: Origin
    value: Any
    error: RecordError | None = None
    encoding: str = ""


class Codec(str):
    """A codec that was detected, with facts about it; a plain `str` is a codec that the user named.

    `name` is its common name. `detected` is true if it was detected from the bytes, so that a line
    that does not fit may be tried on its own; `seen` then holds some lines of the other codecs in
    the file, and `like` is a codec that the lines resemble but that is read only on request.
    """

    name: str
    detected: bool
    seen: Mapping[str, bytes]
    like: str

    def __new__(
        cls,
        codec: str,
        name: str = "",
        detected: bool = True,
        seen: Mapping[str, bytes] | None = None,
        like: str = "",
    ) -> Codec:
        made = super().__new__(cls, codec)
        made.name, made.detected, made.seen, made.like = name or codec, detected, seen or {}, like
        return made

    def __getnewargs__(  # type: ignore[override]
        self,
    ) -> tuple[str, str, bool, Mapping[str, bytes], str]:
        return str(self), self.name, self.detected, self.seen, self.like


def name_of(encoding: str) -> str:
    """Return the common name of an encoding, "" for UTF-8."""
    name = encoding.name if isinstance(encoding, Codec) else encoding
    return "" if name == UTF8 else name


SURROGATE = pattern(r"[\ud800-\udfff]")


def readable(text: str) -> str:
    r"""Return text with its undecodable bytes spelled as `\xNN`, so that it can be written as
    UTF-8.
    """
    return (
        text.encode(UTF8, "surrogateescape").decode(UTF8, "backslashreplace")
        if SURROGATE.search(text)
        else text
    )


def undecodable(encoding: str) -> RecordError:
    """Return the error for a record with bytes that are invalid in its file's encoding."""
    name = name_of(encoding) or "UTF-8"
    return RecordError(f"not valid {name}", f"holds bytes that are not {name}; {advice(encoding)}")


def advice(encoding: str) -> str:
    """Return what a user can do about bytes that are invalid in a file's encoding."""
    if isinstance(encoding, Codec) and encoding.detected:
        if encoding.like:
            return f"is it {encoding.like}? then say encoding {encoding.like}"
        return "no encoding was found that fits them; if you know it, say it: encoding NAME"
    return (
        "is it GBK? then say encoding gb18030"
        if encoding == UTF8
        else "is that the file's encoding?"
    )
