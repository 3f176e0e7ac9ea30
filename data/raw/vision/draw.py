"""Draw the pictures of this folder and write what is asked of them: python data/raw/vision/draw.py

Shapes of one colour on white, 56 by 56 pixels, each with two questions in English and one in
Chinese. The same bytes each time.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SIDE = 56
COLOURS = {
    "red": ((208, 48, 48), "红"),
    "green": ((48, 144, 64), "绿"),
    "blue": ((48, 80, 192), "蓝"),
    "black": ((32, 32, 32), "黑"),
}
SHAPES = {"square": "正方形", "circle": "圆", "triangle": "三角形"}


def inside(shape: str, x: float, y: float) -> bool:
    """Tell whether a point belongs to a shape; both go from -1 to 1 across the picture, y
    downwards.
    """
    if shape == "circle":
        return x * x + y * y < 0.5
    if shape == "square":
        return max(abs(x), abs(y)) < 0.6
    return -0.7 < y < 0.6 and abs(x) < (y + 0.7) / 1.8


def png(shape: str, colour: tuple[int, int, int]) -> bytes:
    """Return a picture's bytes."""
    scale = [2 * (place + 0.5) / SIDE - 1 for place in range(SIDE)]
    rows = [
        b"\0" + b"".join(bytes(colour if inside(shape, x, y) else (255, 255, 255)) for x in scale)
        for y in scale
    ]
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def asked(shape: str, colour: str) -> Iterator[dict[str, Any]]:
    """Yield the records of one picture; its path counts from data/, as LLaMA-Factory takes it."""
    picture, character = f"raw/vision/{colour}-{shape}.png", COLOURS[colour][1]
    names = list(COLOURS)
    other = names[names.index(colour) - 1]
    yield record(
        picture, "Which shape is this, and which colour has it?", f"A {colour} {shape} on white."
    )
    yield record(picture, f"Is this a {other} {shape}?", f"No, the {shape} is {colour}.")
    yield record(
        picture,
        f"图里是{character}色的{SHAPES[shape]}吗？",
        f"是的，是{character}色的{SHAPES[shape]}。",
    )


def record(picture: str, question: str, answer: str) -> dict[str, Any]:
    """Return a ShareGPT record with one picture."""
    turns = [{"from": "human", "value": f"<image>{question}"}, {"from": "gpt", "value": answer}]
    return {"conversations": turns, "images": [picture]}


def main() -> None:
    """Write a picture for each colour and shape, and one file of records."""
    made = [(shape, colour) for colour in COLOURS for shape in SHAPES]
    for shape, colour in made:
        (HERE / f"{colour}-{shape}.png").write_bytes(png(shape, COLOURS[colour][0]))
    rows = [
        json.dumps(row, ensure_ascii=False)
        for shape, colour in made
        for row in asked(shape, colour)
    ]
    (HERE / "shapes.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
