"""Splitting without leaks and proving it: seconds, memory, and the growth with the rows; and rows
of one template.

The rows are made of phrases of real ones, a tenth of them edited copies of another (see dedupe.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import corpus
import dedupe
import measure

from dataprep.model import Record

SIZES = (52_000, 200_000)
SECONDS = 20
"""What the certificate of the smaller corpus may cost."""
SHARES = ["--val", "0.05", "--test", "0.05"]


def main() -> None:
    """Print what it costs to split, without and with near duplicates kept together, and to prove it
    of the files.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"two processes; at most {SECONDS} s wanted for the proof of {SIZES[0]:,} rows")
        base = dedupe.base_rows()
        for size in SIZES:
            _measured(f"{size:,} rows", dedupe.composed(base), size, folder)
        _measured(
            f"{SIZES[0]:,} of one template", dedupe.numbered(), SIZES[0], folder, ["--no-near"]
        )


def _measured(
    what: str, rows: Iterator[Record], size: int, folder: Path, more: list[str] | None = None
) -> None:
    corpus.write_lines(folder / "rows.jsonl", islice(rows, size))
    split, out = [str(dedupe.BIN / "dataprep"), "split", "--workers", "2"], str(folder / what)
    made = measure.run([*split, "rows.jsonl", *SHARES, *(more or []), "-o", out], folder)
    print(f"  {what:<24} split and proved {made.seconds:>6.1f} s {made.mib:>6.0f} MiB", flush=True)
    if not more:
        proved = measure.run([*split, "--verify", out], folder)
        print(
            f"  {'':<24} proved again     {proved.seconds:>6.1f} s {proved.mib:>6.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
