"""How long it takes to tell that a row holds nothing of GSM8K, HumanEval and MMLU, once their index
stands.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import real

from dataprep import steps
from dataprep.model import Example, Turn
from dataprep.pipeline.reading import BATCH
from dataprep.steps.decontaminate.words import quick, size

SETS = (
    "evals_gsm8k_mit/test.jsonl",
    "evals_humaneval_mit/HumanEval.jsonl.gz",
    "evals_mmlu_mit/mmlu.zip",
)
SHARED = Path(__file__).parents[3] / "shared/data"
ROWS = 10_000
MICROSECONDS = 35
"""Wanted for a row on one core."""


def main() -> None:
    """Print what the index costs, and what a row does on one core."""
    judge = steps.build("decontaminate", {"against": [str(SHARED / path) for path in SETS]})
    rows = [record for record in real.rows() if len(record["output"]) > 1][:ROWS]
    made = [
        Example(
            (
                Turn("user", f"{record['instruction']}\n{record['input']}"),
                Turn("assistant", record["output"]),
            )
        )
        for record in rows
    ]
    begun = time.process_time()
    judge(made[0])
    print(f"index of {len(SETS)} sets: {time.process_time() - begun:.1f} s")
    clean = [example for example in made if judge(example) is example]  # the quiz is among the rows
    _measure(judge, clean, "rows")
    for letters, name in ((True, "rows in English"), (False, "rows in Chinese")):
        _measure(judge, [each for each in clean if each.answer.isascii() is letters], name)


def _measure(judge: Any, examples: list[Example], name: str) -> None:
    begun = time.process_time()
    for start in range(0, len(examples), BATCH):
        judge.rulings_of_batch(examples[start : start + BATCH])
    each = (time.process_time() - begun) / len(examples) * 1e6
    words = sum(size(quick(turn.text)) for example in examples for turn in example.turns) / len(
        examples
    )
    print(
        f"{len(examples):,} {name} of {words:.0f} words, without items: {each:.0f} µs each, "
        f"{MICROSECONDS} wanted"
    )


if __name__ == "__main__":
    main()
