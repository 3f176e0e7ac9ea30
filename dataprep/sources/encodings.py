"""Detect the encoding of a file, and decode it.

A byte-order mark decides, or zero bytes reveal UTF-16 and UTF-32, which are transcoded to UTF-8.
Otherwise samples of the file decide: they are UTF-8, or `guess` names the codec of the lines that
are not. A line that does not fit the encoding of its file is tried on its own. The result depends
on the file and the line only, not on what was read before, so a file can be read in pieces.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from dataprep.sources.guess import READ, fits, guess, is_odd
from dataprep.sources.json_lines import CHUNK, UTF8
from dataprep.sources.raw import Codec, Raw, name_of

AUTO = "auto"
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_MARKS = {
    codecs.BOM_UTF8: UTF8,
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    "\ufeff".encode("gb18030"): "gb18030",
}


# ------------------------------------------------------------------------------------- a whole file


def text_stream(stream: BinaryIO, encoding: str) -> tuple[BinaryIO, str]:
    """Return a file as a stream of text without its byte-order mark, and the codec of the stream.

    `encoding` is Python's name of the encoding that the user gave, or "auto".
    """
    head = stream.peek(_HEAD)[:_HEAD]  # type: ignore[attr-defined]
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    codec = _opening(head, _MARKS.get(mark, ""), encoding)
    if mark and _MARKS[mark] in (codec, UTF8):
        stream.read(len(mark))
    if codec in _WIDE:
        return io.BufferedReader(_Transcoded(stream, codec), CHUNK), Codec(
            UTF8, codec, detected=False
        )
    if encoding != AUTO:
        return stream, encoding
    return stream, Codec(codec) if codec == "gb18030" else detect(stream)


def _opening(head: bytes, marked: str, encoding: str) -> str:
    """Return the encoding that the head of a file reveals, as far as the user left it open,
    or "".
    """
    if encoding == AUTO:
        return marked or _wide(head)
    if encoding in ("utf-16", "utf-32"):
        detected = marked or _wide(head)
        return detected if detected.startswith(encoding) else f"{encoding}-le"
    return encoding


def is_transcoded(encoding: str) -> bool:
    """Return whether a stream is transcoded, so that its offsets are not those of the file."""
    return isinstance(encoding, Codec) and encoding.name in _WIDE


def without_bytes(raws: Iterator[Raw], encoding: str) -> Iterator[Raw]:
    """Yield the records of a transcoded file with the encoding of the file and without byte
    offsets.
    """
    for raw in raws:
        yield raw._replace(origin=raw.origin._replace(byte=-1), encoding=name_of(encoding))


_HEAD = 4096
_SEPARATOR = re.compile(r'[\n", ]')


def _wide(head: bytes) -> str:
    """Return the UTF-16 or UTF-32 codec of a file without a mark, or "": the one with line ends and
    the like.

    In the wrong byte order these are characters that hardly any text has.
    """
    if b"\0" not in head or (_is_utf8(head) and head.count(b"\0") < len(head) / 5):
        return ""
    texts = {codec: _strict(head, codec) for codec in _WIDE}
    found = {
        codec: len(_SEPARATOR.findall(text))
        for codec, text in texts.items()
        if text and not is_odd(text)
    }
    best = max(found, key=found.__getitem__, default="")
    return best if found.get(best) else ""


def _strict(data: bytes, codec: str) -> str:
    """Return the text of bytes whose last character may be truncated, "" if they are invalid."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeDecodeError:
        return ""


class _Transcoded(io.RawIOBase):
    """Transcode a stream to UTF-8; undecodable bytes stay undecodable."""

    def __init__(self, stream: BinaryIO, codec: str) -> None:
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder(codec)("dataprep.no_text")
        self.ready = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.given

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        ended = False
        while not self.ready and not ended:
            data = self.stream.read(CHUNK)
            ended = not data
            self.ready = self.decoder.decode(data, ended).encode(UTF8, "surrogatepass")
        size = min(len(buffer), len(self.ready))
        buffer[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        self.given += size
        return size


def _no_text(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\udc00" * (error.end - error.start), error.end


codecs.register_error("dataprep.no_text", _no_text)


# ----------------------------------------------------------------------------- what the samples say

_SAMPLE = CHUNK // 2
_STRETCH = CHUNK // 16
_TELLING = 40  # bytes outside ASCII with which a line tells its encoding by itself
_LIKELY = 10  # bytes outside ASCII with which it may be named to the user
_VOTES = 32
_AGREED = 0.9
_MIXED = 0.1
# bytes that UTF-8 has beyond one a character: two Chinese ones, which other encodings hardly have
# by accident
_SURE = 4
_KEPT = 2048  # bytes of a codec's lines that are kept to judge short ones by


def detect(stream: BinaryIO) -> Codec:
    """Return the codec of a file without a mark, from samples; the position of the stream is
    kept.
    """
    chunks = _samples(stream)
    if all(_is_utf8(chunk) for chunk in chunks):
        return Codec(UTF8)
    lines = [line for chunk in chunks for line in chunk.split(b"\n") if not line.isascii()]
    wrong = [line for line in lines if not _is_utf8(line)]
    votes = _votes([line for line in wrong if _high(line) >= _TELLING] or [b"\n".join(wrong)])
    if not READ.keys() & votes:
        votes = _votes(wrong) or votes
    return _elected(votes, mixed=sum(map(_surely_utf8, lines)) >= _MIXED * len(lines))


def _votes(lines: list[bytes]) -> dict[str, list[bytes]]:
    """Return some lines from all over the file by their codec, without those that fit none."""
    votes = defaultdict(list)
    for line in lines[:: len(lines) // _VOTES + 1]:
        votes[guess(line)].append(line)
    votes.pop("", None)
    return votes


def _elected(votes: dict[str, list[bytes]], mixed: bool) -> Codec:
    """Return the codec of nearly all lines, or UTF-8 if they disagree, with the other codecs
    found.
    """
    first = max(votes, key=lambda codec: len(votes[codec]), default=UTF8)
    seen = {codec: _some(lines) for codec, lines in votes.items() if codec in READ}
    rivals = sum(len(lines) for codec, lines in votes.items() if (codec in READ) == (first in READ))
    agreed = bool(votes) and len(votes[first]) >= _AGREED * rivals
    if agreed and first not in READ:
        return Codec(UTF8, like=first if not mixed and _high(_some(votes[first])) > _LIKELY else "")
    return Codec(first, READ[first], seen=seen) if agreed and not mixed else Codec(UTF8, seen=seen)


def _some(lines: list[bytes]) -> bytes:
    kept = b""
    for line in lines:
        if len(kept) + len(line) <= _KEPT:
            kept += line + b"\n"
    return kept


def _samples(stream: BinaryIO) -> list[bytes]:
    """Return the head of a file, plus pieces up to its end if it is seekable; a small file
    whole.
    """
    file = getattr(stream, "raw", None)
    if not (isinstance(file, io.FileIO) and file.seekable()):
        return [_trimmed(stream.peek(CHUNK)[:_SAMPLE], head=True)]  # type: ignore[attr-defined]
    start, size = stream.tell(), os.fstat(file.fileno()).st_size
    if size <= _SAMPLE:
        samples = [stream.read()]
    else:
        samples = [_trimmed(stream.read(_SAMPLE // 2), head=True)]
        for place in (size // 4, size // 2, size * 3 // 4, size - _STRETCH):
            stream.seek(place)
            samples.append(_trimmed(stream.read(_STRETCH)))
    stream.seek(start)
    return samples


def _trimmed(chunk: bytes, head: bool = False) -> bytes:
    """Return a piece of a file without truncated characters: whole lines, or the text between
    quotes.
    """
    start, end = _border(chunk)
    if head:
        return chunk[: end + 1] if end > len(chunk) / 2 else chunk
    return chunk[start : end + 1]


def _border(chunk: bytes) -> tuple[int, int]:
    for border in (b"\n", b'"', b",", b" "):  # never the second byte of a character
        start, end = chunk.find(border), chunk.rfind(border)
        if start < end:
            return start, end
    return 0, -1


# ------------------------------------------------------------------------------------------- a line


def text_of(line: bytes, encoding: str) -> tuple[str, str]:
    """Return the text of a line and its codec; undecodable bytes become lone surrogates."""
    try:
        if encoding == UTF8:
            return line.decode(), encoding
    except UnicodeDecodeError:
        pass  # what else it may be is tried below
    codec = (
        _codec_of(line, encoding) if isinstance(encoding, Codec) and encoding.detected else encoding
    )
    return line.decode(codec, "surrogateescape"), codec


def _codec_of(line: bytes, codec: Codec) -> Codec:
    if (
        codec != UTF8
        and not _surely_utf8(line, 1 if codec == "cp1252" else _SURE)
        and _has(codec, line)
    ):
        return codec
    if _decodes(line, UTF8):
        return Codec(UTF8)
    if other := _other(line, codec):
        return Codec(other, READ[other])
    return (
        Codec(UTF8, codec.name) if _decodes(line, codec) else codec
    )  # where it would be another text than was meant


def _has(codec: Codec, line: bytes) -> bool:
    """Return whether a line is in the encoding of its file.

    Nearly all bytes are valid cp1252, so many of them must form words.
    """
    try:
        text = line.decode(codec)
    except UnicodeDecodeError:
        return False
    return not _NO_SIGN.search(text) and (
        codec != "cp1252" or _high(line) <= _SURE or fits(line, codec)
    )


_NO_SIGN = re.compile(
    "[\x80-\x9f\uf8f0-\uf8f3]"
)  # what Python makes of single bytes that have no meaning


def _other(line: bytes, codec: Codec) -> str:
    """Return the codec of a line that is not in the encoding of its file; a short line is judged
    together with other lines of the file.
    """
    alone = "" if codec.like else guess(line)
    if alone in READ or _high(line) >= _TELLING:
        return alone if alone in READ and _decodes(line, alone) else ""
    for other, lines in codec.seen.items():
        if fits(line, other, fewest=2) and _decodes(line, other) and guess(lines + line) == other:
            return other
    return ""


def _high(line: bytes) -> int:
    return len(line) - len(line.decode("ascii", "ignore"))


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8; the last character may be truncated."""
    try:
        codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        return False
    return True


def _surely_utf8(line: bytes, sure: int = _SURE) -> bool:
    return _is_utf8(line) and len(line) - len(line.decode(UTF8, "ignore")) >= sure
