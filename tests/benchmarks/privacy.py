"""Rows a second that the step `privacy` looks at on one core, and that it redacts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import corpus

from dataprep import formats, steps
from dataprep.model import Example

ROWS = 50_000
TARGET = 30_000


def main() -> None:
    """Print the rate on Alpaca rows that hold nothing, on such with dates and prices, and on such
    as hold some.
    """
    print(f"{ROWS:,} Alpaca rows, one process")
    clean = list(_examples(lambda number: ""))
    _measure(clean, "nothing in them", f", at least {TARGET:,} wanted")
    _measure(list(_examples(_harmless)), "dates, prices and version numbers in each")
    _measure(
        list(_examples(_personal))[: ROWS // 10], "an e-mail address and a phone number in each"
    )


def _harmless(number: int) -> str:
    return (
        f" On 2024-01-{number % 28 + 1:02} at 12:30 version 1.2.{number} cost ¥{number}.50 "
        "(ISBN 978-7-111-54742-6)."
    )


def _personal(number: int) -> str:
    return f" Write to user{number}@qq.com or call 138{number:08}."


def _examples(more: Callable[[int], str]) -> Iterator[Example]:
    for number, row in enumerate(corpus.alpaca(ROWS)):
        yield formats.FORMATS["alpaca"].read({**row, "output": row["output"] + more(number)})


def _measure(examples: Sequence[Example], words: str, wanted: str = "") -> None:
    step = steps.build("privacy", {})
    begun = time.perf_counter()
    for example in examples:
        step.rulings(example)
    print(f"  {len(examples) / (time.perf_counter() - begun):>9,.0f} rows/s  {words}{wanted}")


if __name__ == "__main__":
    main()
