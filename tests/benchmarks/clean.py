"""The step `clean`: rows a second on one core with nothing to clean, with what each rule costs, and
of dirty ones.

Then with the steps that go before and after it in most recipes, `quality` and `privacy`, also as
one run of the command with reading and writing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import corpus
import measure
import real

from dataprep import formats, steps
from dataprep.model import Drop, Example
from dataprep.steps.clean.rules import Cleaner

ROWS = 50_000
ROUNDS = 3
TARGET = 60_000
TOGETHER = {"clean": {}, "quality": {}, "privacy": {}}
TARGET_TOGETHER = 5_000
"""On one core; on two, 10,000."""
RUN = 52_000
"""Rows of one run, as many as Stanford Alpaca has."""
MICROSECONDS = 140
"""Of processor time a row, all of a run included."""
BIN = Path(sys.executable).parent
ALL_RULES = {
    "unicode": "nfkc",
    "mojibake": True,
    "zh": "simplified",
    "openings": True,
    "citations": True,
}


def main() -> None:
    """Print the rate on clean rows by the defaults and with all rules, and on rows of which each
    has a fault.
    """
    print(f"{ROWS:,} Alpaca rows of some 400 bytes, one core")
    clean = list(_examples(lambda number, text: text))
    _tell(clean, "nothing to clean", f", at least {TARGET:,} wanted")
    _tell(clean, "nothing to clean, all rules", by={"clean": ALL_RULES})
    _tell(
        clean, "clean, quality and privacy", f", at least {TARGET_TOGETHER:,} wanted", by=TOGETHER
    )
    rules = steps.build("clean", {}).cleaner.rules
    for rule in rules:
        one = Cleaner([rule])
        print(f"  {1e6 * _seconds([one], clean) / ROWS:>9.2f} µs  {rule.name}, with its view")
    _tell(list(_examples(_with_code))[: ROWS // 5], "code, formulas and a table in each")
    _tell(
        list(_examples(_dirty))[: ROWS // 5],
        "tags, entities, full-width letters and stray space in each",
    )
    _tell_run()


def _tell_run() -> None:
    """Print what a run of the command costs, of real rows where they are beside this project."""
    rows = list(real.rows() if real.SHARED.is_dir() else corpus.alpaca(RUN))
    with tempfile.TemporaryDirectory() as name:
        corpus.write_lines(Path(name, "rows.jsonl"), islice(cycle(rows), RUN))
        words = [
            str(BIN / "dataprep"),
            "clean",
            "rows.jsonl",
            "--quality",
            "--privacy",
            "-o",
            "out.jsonl",
        ]
        cost = min(measure.run([*words, "--workers", "2"], Path(name)) for _ in range(2))
    each = f"{1e6 * cost.cores / RUN:.0f} µs of a core each, at most {MICROSECONDS} wanted"
    print(
        f"  {RUN / cost.seconds:>9,.0f} rows/s  one run that reads, cleans, judges, redacts and "
        f"writes; {each}"
    )


def _with_code(number: int, text: str) -> str:
    code = f"```python\nif a < {number} & b:\n    return '&amp;'\n```"
    return f"{text}\n{code}\n| a | b |\n|---|---|\n| $x<{number}$ | `c` |"


def _dirty(number: int, text: str) -> str:
    return f"<p>{text}</p>\r\n第{chr(0xFF10 + number % 10)}行&nbsp;\u200b "


def _examples(change: Callable[[int, str], str]) -> Iterator[Example]:
    for number, row in enumerate(corpus.alpaca(ROWS)):
        yield formats.FORMATS["alpaca"].read({**row, "output": change(number, row["output"])})


def _tell(
    examples: Sequence[Example],
    words: str,
    wanted: str = "",
    by: Mapping[str, dict[str, Any]] | None = None,
) -> None:
    made = [steps.build(name, options) for name, options in (by or {"clean": {}}).items()]
    print(f"  {len(examples) / _seconds(made, examples):>9,.0f} rows/s  {words}{wanted}")


def _seconds(made: Sequence[steps.ExampleStep | Cleaner], examples: Sequence[Example]) -> float:
    """Return the least processor seconds of several runs; other programs only add to them."""
    return min(_once(made, examples) for _ in range(ROUNDS))


def _once(made: Sequence[steps.ExampleStep | Cleaner], examples: Sequence[Example]) -> float:
    begun = time.process_time()
    for example in examples:
        result: Any = example
        for step in made:
            rulings = step.rulings(result)
            result = rulings[-1].result if rulings else result
            if isinstance(result, Drop):
                break
    return time.process_time() - begun


if __name__ == "__main__":
    main()
