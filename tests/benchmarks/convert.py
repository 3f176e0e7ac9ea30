"""Alpaca to ShareGPT: rows a second and memory, beside convmerge, the fastest peer that is known
for this.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import corpus
import measure

ROWS = 609_438
"""As many as the peer's own published figure is for."""
TARGET = 3
BIN = Path(sys.executable).parent


def main() -> None:
    """Print both rates from one run on this machine, and their ratio; each goes twice and its
    faster run counts.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write_lines(folder / "alpaca.jsonl", corpus.alpaca(ROWS))
        print(
            f"{ROWS:,} Alpaca rows, {(folder / 'alpaca.jsonl').stat().st_size / 1e6:.0f} MB, two "
            f"processes"
        )
        ours = [
            str(BIN / "dataprep"),
            "convert",
            "alpaca.jsonl",
            "--to",
            "sharegpt",
            "--workers",
            "2",
            "-o",
            "a.jsonl",
        ]
        peer = [str(BIN / "convmerge"), "convert", "--input", "alpaca.jsonl", "--output", "b.jsonl"]
        peer += ["--from", "alpaca", "--format", "sharegpt", "--workers", "2"]
        costs = {"dataprep": _best(ours, folder), "convmerge": _best(peer, folder)}
        for tool, cost in costs.items():
            print(f"  {tool:<10} {ROWS / cost.seconds:>9,.0f} rows/s  {cost.mib:>6.0f} MiB")
        ratio = costs["convmerge"].seconds / costs["dataprep"].seconds
        print(f"  {ratio:.1f} times the rate, at least {TARGET} wanted")


def _best(words: list[str], folder: Path) -> measure.Cost:
    return min(measure.run(words, folder) for _ in range(2))


if __name__ == "__main__":
    main()
