"""The rules of quality: rows a second on one core, all together and each alone."""

from __future__ import annotations

import time

import corpus

from dataprep import formats, steps
from dataprep.model import Example
from dataprep.steps.quality.rules import Sought

ROWS = 50_000
TARGET = 20_000
ROUNDS = 3


def main() -> None:
    """Print the rate of all judges by their defaults, and the cost of each; the best of three
    rounds counts.
    """
    examples = [formats.FORMATS["alpaca"].read(row) for row in corpus.alpaca(ROWS)]
    step = steps.build("quality", {})
    rules = step.judge.known
    print(f"{ROWS:,} Alpaca rows of some 400 bytes, {len(rules)} rules, one core")
    print(f"  {ROWS / _seconds(step, examples):,.0f} rows/s, at least {TARGET:,} wanted")
    off = {
        name: False if isinstance(rule, Sought) else 0 if rule.counts else 1.0 if rule.most else 0.0
        for name, rule in rules.items()
    }
    for name in rules:
        alone = steps.build("quality", {other: off[other] for other in rules if other != name})
        print(
            f"  {name:<20} {1e6 * _seconds(alone, examples) / ROWS:>5.1f} µs a row, with the view"
        )


def _seconds(step: steps.ExampleStep, examples: list[Example]) -> float:
    """Return the least processor seconds of several runs; other programs only add to them."""
    return min(_once(step, examples) for _ in range(ROUNDS))


def _once(step: steps.ExampleStep, examples: list[Example]) -> float:
    begun = time.process_time()
    for example in examples:
        step.rulings(example)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
