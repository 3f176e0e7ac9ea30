"""Made-up corpora for the benchmarks: the same bytes for the same seed, sizes like those of real
ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

WORDS = (
    *(
        "the",
        "a",
        "of",
        "to",
        "and",
        "in",
        "is",
        "for",
        "that",
        "with",
        "as",
        "on",
        "by",
        "it",
        "this",
        "from",
        "are",
    ),
    *(
        "data",
        "model",
        "answer",
        "question",
        "write",
        "list",
        "name",
        "explain",
        "describe",
        "why",
        "how",
        "many",
    ),
    *(
        "between",
        "water",
        "city",
        "number",
        "example",
        "simple",
        "short",
        "story",
        "market",
        "weather",
        "music",
    ),
    *(
        "small",
        "large",
        "different",
        "system",
        "word",
        "text",
        "paper",
        "house",
        "garden",
        "language",
        "history",
    ),
    *(
        "science",
        "energy",
        "animal",
        "student",
        "teacher",
        "method",
        "result",
        "cause",
        "effect",
        "early",
        "late",
    ),
    *(
        "first",
        "second",
        "third",
        "important",
        "useful",
        "possible",
        "often",
        "never",
        "always",
        "because",
    ),
)
CHINESE = (
    "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方"
    "成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从"
)


def alpaca(count: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """Make Alpaca rows of some 400 bytes, one in four of them Chinese, three in five without an
    input.
    """
    draw = random.Random(seed)
    for number in range(count):
        speak = _chinese if number % 4 == 3 else _english
        yield {
            "instruction": f"{speak(draw, 6, 25)} {number}",
            "input": speak(draw, 5, 40) if draw.random() < 0.4 else "",
            "output": speak(draw, 5, 110),
        }


def _english(draw: random.Random, low: int, high: int) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(low, high))).capitalize() + "."


def _chinese(draw: random.Random, low: int, high: int) -> str:
    return "".join(draw.choices(CHINESE, k=2 * draw.randint(low, high))) + "。"


def write_lines(path: Path, rows: Iterator[dict[str, str]]) -> None:
    """Write rows as JSONL."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def write_array(path: Path, rows: Iterator[dict[str, str]]) -> None:
    """Write rows as one JSON array on one line."""
    with path.open("wb") as file:
        for number, row in enumerate(rows):
            file.write(b"," if number else b"[")
            file.write(orjson.dumps(row))
        file.write(b"]")
