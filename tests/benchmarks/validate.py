"""Validate good Alpaca rows: rows a second and core, beside jsonschema alone on the same schema in
the same run.
"""

from __future__ import annotations

import sys
import tempfile
from operator import attrgetter
from pathlib import Path

import corpus
import measure

from dataprep import schema

ROWS = 609_438
TARGET = 100_000
BIN = Path(sys.executable).parent
JSONSCHEMA = """
import json, sys
from jsonschema import Draft202012Validator
judge = Draft202012Validator(json.load(open(sys.argv[1], encoding="utf-8")))
with open(sys.argv[2], "rb") as lines:
    assert all(judge.is_valid(json.loads(line)) for line in lines)
"""


def main() -> None:
    """Print the rates on one core, by format and by a schema of one's own; of two goes each the
    faster counts.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write_lines(folder / "alpaca.jsonl", corpus.alpaca(ROWS))
        print(
            f"{ROWS:,} Alpaca rows, {(folder / 'alpaca.jsonl').stat().st_size / 1e6:.0f} MB, one "
            f"process"
        )
        own = next(
            path
            for path in (place / "alpaca.schema.json" for place in schema.FOLDERS)
            if path.is_file()
        )
        ours = [str(BIN / "dataprep"), "validate", "alpaca.jsonl"]
        runs = {
            "dataprep": ours,
            "dataprep, own schema": [*ours, "--schema", str(own)],
            "jsonschema": [sys.executable, "-c", JSONSCHEMA, str(own), "alpaca.jsonl"],
        }
        for tool, words in runs.items():
            cost = min((measure.run(words, folder) for _ in range(2)), key=attrgetter("cores"))
            print(
                f"  {tool:<20} {ROWS / cost.cores:>9,.0f} rows/s  {cost.mib:>6.0f} MiB", flush=True
            )
        print(f"  at least {TARGET:,} wanted")


if __name__ == "__main__":
    main()
