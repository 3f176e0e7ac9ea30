"""Rows like Alpaca's from the real data beside this project: one for each round of each
conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import RecordError
from dataprep.formats.reading.examine import example_of
from dataprep.formats.reading.records import records
from dataprep.model import Example, Record
from dataprep.sources.shards import cut
from dataprep.sources.source import sources_of

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared/data"
TABLE = TESTS / "pipeline/real_data.yaml"
MOST = 4_000
"""Rounds of one file; more come only from the chats in pairs and the quiz, and would leave little
beside them.
"""
FIELDS = ("instruction", "input", "output")
_HAN, _LATIN, _OTHER = (
    re.compile(f"[{letters}]")
    for letters in ("\u4e00-\u9fff", "A-Za-z", "\u3040-\u30ff\uac00-\ud7af")
)


def rows(*, most: int = MOST) -> Iterator[Record]:
    """Yield rows in English and Chinese, none twice, at most so many of each file."""
    seen: set[str] = set()
    for path, row in yaml.safe_load(TABLE.read_text(encoding="utf-8")).items():
        if "named" not in row:
            yield from islice(_new(_rounds(str(SHARED / path), row), seen), most)


def language(row: Record) -> str:
    """Return en, zh, or "" for another language or a mixture; Chinese that quotes English or code
    is zh.
    """
    text = "".join(row[field] for field in FIELDS)
    han, latin, other = (len(letters.findall(text)) for letters in (_HAN, _LATIN, _OTHER))
    if other > han:
        return ""
    if han > latin // 4:
        return "zh"
    return "en" if latin > 20 * han else ""


def _new(found: Iterator[Record], seen: set[str]) -> Iterator[Record]:
    for row in found:
        text = " ".join(" ".join(row.values()).split())
        if text not in seen and language(row):
            seen.add(text)
            yield row


def _rounds(path: str, row: dict[str, Any]) -> Iterator[Record]:
    for example in _examples(path, row):
        for ask, answer in zip(example.turns[::2], example.turns[1::2], strict=True):
            if (ask.role, answer.role) == ("user", "assistant"):
                yield {"instruction": ask.text, "input": "", "output": answer.text}


def _examples(path: str, row: dict[str, Any]) -> Iterator[Example]:
    """Yield what can be read of a file; `row` says how, as in the table of real data."""
    sources = sources_of(
        [path], row.get("format"), columns=row.get("columns", {}), options=row.get("options", {})
    )
    for piece in (piece for shard in cut(sources) for piece in shard):
        for raw, name in records(piece):
            with suppress(RecordError):
                yield example_of(raw, name, piece.source)
