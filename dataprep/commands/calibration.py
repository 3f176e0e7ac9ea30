"""Write the texts that calibrate GPTQ, in the format that LLaMA-Factory reads: long rows of one
`text` each.

LLaMA-Factory draws rows at random, takes a piece of `export_quantization_maxlen` tokens from each
longer row, and stops if a hundred draws find none
(`model/model_utils/quantization.py::_get_quantization_dataset`), so training rows would be too
short.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dataprep import formats
from dataprep.errors import DataError
from dataprep.formats.reading.records import records
from dataprep.model import Example
from dataprep.recipe import Recipe
from dataprep.sources import json_lines
from dataprep.sources.outputs import CALIBRATION, split_file
from dataprep.sources.shards import cut
from dataprep.sources.source import Source

CHARACTERS = 8
"""Characters for a token: more than the average of any usual tokenizer, so that no row is too
short.
"""


def write(recipe: Recipe, folder: Path) -> None:
    """Write `calibration.jsonl` next to a prepared train.jsonl, if the recipe quantizes by GPTQ.

    Raises `DataError` if there is too little data for one row.
    """
    if not recipe.calibration:
        return
    length, count = wanted(recipe)
    source = Source(str(folder / split_file("train")), recipe.format)
    rows = list(islice(_joined(_texts(source), length * CHARACTERS), count))
    if not rows:
        raise DataError(
            f"{recipe.path}: too few characters are left to calibrate by {length} tokens; "
            "lower export_quantization_maxlen under quantize"
        )
    (folder / CALIBRATION).write_bytes(b"".join(json_lines.to_line({"text": row}) for row in rows))


def wanted(recipe: Recipe) -> tuple[int, int]:
    """Return the tokens of a piece and the number of pieces that the recipe needs, (0, 0) for
    none.
    """
    keys = recipe.later.get("quantize", {})
    if not recipe.calibration:
        return 0, 0
    return int(keys.get("export_quantization_maxlen", 1024)), int(
        keys.get("export_quantization_nsamples", 128)
    )


def _texts(source: Source) -> Iterator[str]:
    for shard in cut((source,)):
        for piece in shard:
            for raw, name in records(piece):
                yield _text(formats.named(name).read(raw.value))


def _text(example: Example) -> str:
    return "\n".join(
        filter(None, [example.system, *(turn.text for turn in example.turns), example.text])
    )


def _joined(texts: Iterator[str], length: int) -> Iterator[str]:
    """Yield texts joined until they have at least `length` characters; drop the short rest."""
    row = ""
    for text in texts:
        row = f"{row}\n\n{text}" if row else text
        if len(row) >= length:
            yield row
            row = ""
