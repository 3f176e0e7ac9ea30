"""One JSON array of 2 GB: rows a second and memory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import corpus
import measure

ROWS = 4_800_000
TARGET = 300
BIN = Path(sys.executable).parent


def main() -> None:
    """Print what the conversion of one large array costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write_array(folder / "large.json", corpus.alpaca(ROWS))
        size = (folder / "large.json").stat().st_size
        cost = measure.run(
            [str(BIN / "dataprep"), "convert", "large.json", "--to", "sharegpt", "-o", "a.jsonl"],
            folder,
        )
        print(f"one array of {size / 1e9:.1f} GB, {ROWS:,} rows")
        print(f"  {ROWS / cost.seconds:,.0f} rows/s, {size / cost.seconds / 1e6:.0f} MB/s")
        print(f"  {cost.mib:.0f} MiB, at most {TARGET} wanted")


if __name__ == "__main__":
    main()
