"""The rules of quality: rows a second on one core, all together and each alone."""

from __future__ import annotations

import time
from collections.abc import Mapping

import corpus

from dataprep import formats, steps
from dataprep.model import Example

ROWS = 50_000
TARGET = 20_000
ROUNDS = 3


def main() -> None:
    """Print the rate of all judges by their defaults, and the cost of each; the best of three
    rounds counts.
    """
    examples = [formats.FORMATS["alpaca"].read(row) for row in corpus.alpaca(ROWS)]
    judges = steps.build("quality", {})
    print(f"{ROWS:,} Alpaca rows of some 400 bytes, {len(judges)} rules, one core")
    print(f"  {ROWS / _seconds(judges, examples):,.0f} rows/s, at least {TARGET:,} wanted")
    for name, judge in judges.items():
        print(
            f"  {name:<20} {1e6 * _seconds({name: judge}, examples) / ROWS:>5.1f} µs a row, the "
            f"look at it included"
        )


def _seconds(judges: Mapping[str, steps.Judge], examples: list[Example]) -> float:
    """Return the least seconds of the processor that judging took, which other programs lengthen."""
    return min(_once(judges, examples) for _ in range(ROUNDS))


def _once(judges: Mapping[str, steps.Judge], examples: list[Example]) -> float:
    begun = time.process_time()
    for example in examples:
        for judge in judges.values():
            if judge(example) is not example:
                break
    return time.process_time() - begun


if __name__ == "__main__":
    main()
