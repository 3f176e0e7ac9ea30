"""The step `clean`: rows a second on one core with nothing to clean, with what each rule costs, and of dirty ones.

Then with the steps that go before and after it in most recipes, `quality` and `privacy`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import corpus

from dataprep import formats, steps
from dataprep.model import Drop, Example

ROWS = 50_000
ROUNDS = 3
TARGET = 60_000
TOGETHER = {"clean": {}, "quality": {}, "privacy": {}}
TARGET_TOGETHER = 5_000
"""On one core; on two, 10,000."""
ALL_RULES = {"unicode": "nfkc", "mojibake": True, "zh": "simplified", "openings": True, "citations": True}


def main() -> None:
    """Print the rate on clean rows by the defaults and with all rules, and on rows of which each has a fault."""
    print(f"{ROWS:,} Alpaca rows of some 400 bytes, one core")
    clean = list(_examples(lambda number, text: text))
    _tell(clean, "nothing to clean", f", at least {TARGET:,} wanted")
    _tell(clean, "nothing to clean, all rules", by={"clean": ALL_RULES})
    _tell(clean, "clean, quality and privacy", f", at least {TARGET_TOGETHER:,} wanted", by=TOGETHER)
    for name, judge in steps.build("clean", {}).items():
        print(f"  {1e6 * _seconds([judge], clean) / ROWS:>9.2f} µs  {name}")
    _tell(list(_examples(_with_code))[: ROWS // 5], "code, formulas and a table in each")
    _tell(list(_examples(_dirty))[: ROWS // 5], "tags, entities, full-width letters and stray space in each")


def _with_code(number: int, text: str) -> str:
    code = f"```python\nif a < {number} & b:\n    return '&amp;'\n```"
    return f"{text}\n{code}\n| a | b |\n|---|---|\n| $x<{number}$ | `c` |"


def _dirty(number: int, text: str) -> str:
    return f"<p>{text}</p>\r\n第{chr(0xFF10 + number % 10)}行&nbsp;\u200b "


def _examples(change: Callable[[int, str], str]) -> Iterator[Example]:
    for number, row in enumerate(corpus.alpaca(ROWS)):
        yield formats.FORMATS["alpaca"].read({**row, "output": change(number, row["output"])})


def _tell(
    examples: Sequence[Example], words: str, wanted: str = "", by: Mapping[str, dict[str, Any]] | None = None
) -> None:
    judges = [judge for name, its in (by or {"clean": {}}).items() for judge in steps.build(name, its).values()]
    print(f"  {len(examples) / _seconds(judges, examples):>9,.0f} rows/s  {words}{wanted}")


def _seconds(judges: Sequence[steps.Judge], examples: Sequence[Example]) -> float:
    """Return the least seconds of the processor that judging took, which other programs lengthen."""
    return min(_once(judges, examples) for _ in range(ROUNDS))


def _once(judges: Sequence[steps.Judge], examples: Sequence[Example]) -> float:
    begun = time.process_time()
    for example in examples:
        made: Any = example
        for judge in judges:
            made = judge(made)
            if isinstance(made, Drop):
                break
    return time.process_time() - begun


if __name__ == "__main__":
    main()
