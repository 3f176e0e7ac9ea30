"""One record as it stands in a file, the encoding that it is in, and the words for bytes that are
no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dataprep.errors import RecordError
from dataprep.model import Origin
from dataprep.sources.json_lines import UTF8
from dataprep.text.patterns import pattern


class Raw(NamedTuple):
    """One record as it stands in a file: its value, or what keeps it from having one and then
    `value` is its text.

    `encoding` is the one that it was read in, by the name that people know it by, "" for UTF-8.
    """

    origin: Origin
    value: Any
    error: RecordError | None = None
    encoding: str = ""


class Codec(str):
    """What decodes a file's bytes, with what else is known of its encoding; a plain `str` is one
    that the user named.

    `name` is what people call it. `told` says that it was told from the file's bytes, so that a
    line that does not fit it may be tried by itself; `seen` then holds some lines by the other
    codecs that the file has, `like` the one that the lines look like but are not read in without
    being asked to.
    """

    name: str
    told: bool
    seen: Mapping[str, bytes]
    like: str

    def __new__(
        cls,
        codec: str,
        name: str = "",
        told: bool = True,
        seen: Mapping[str, bytes] | None = None,
        like: str = "",
    ) -> Codec:
        made = super().__new__(cls, codec)
        made.name, made.told, made.seen, made.like = name or codec, told, seen or {}, like
        return made

    def __getnewargs__(self) -> tuple[str, str, bool, Mapping[str, bytes], str]:  # type: ignore[override]
        return str(self), self.name, self.told, self.seen, self.like


def name_of(encoding: str) -> str:
    """Return what people call an encoding, "" for UTF-8, which needs no mention."""
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
    """Return the error of a record with bytes that are not text in its file's encoding."""
    name = name_of(encoding) or "UTF-8"
    return RecordError(f"not valid {name}", f"holds bytes that are not {name}; {advice(encoding)}")


def advice(encoding: str) -> str:
    """Return what a user can do about bytes that are not text in a file's encoding."""
    if isinstance(encoding, Codec) and encoding.told:
        if encoding.like:
            return f"is it {encoding.like}? then say encoding {encoding.like}"
        return "no encoding was found that fits them; if you know it, say it: encoding NAME"
    return (
        "is it GBK? then say encoding gb18030"
        if encoding == UTF8
        else "is that the file's encoding?"
    )
