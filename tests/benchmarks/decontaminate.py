"""How long it takes to tell that a row holds nothing of GSM8K, HumanEval and MMLU, once their index stands."""

from __future__ import annotations

import time
from pathlib import Path

import real

from dataprep import steps
from dataprep.model import Example, Turn

SETS = ("evals_gsm8k_mit/test.jsonl", "evals_humaneval_mit/HumanEval.jsonl.gz", "evals_mmlu_mit/mmlu.zip")
SHARED = Path(__file__).parents[3] / "shared/data"
ROWS = 10_000
MICROSECONDS = 35


def main() -> None:
    """Print what the index costs, and what a row does on one core."""
    judge = steps.build("decontaminate", {"against": [str(SHARED / path) for path in SETS]})["contaminated"]
    rows = [record for record in real.rows() if len(record["output"]) > 1][:ROWS]
    made = [
        Example((Turn("user", f"{record['instruction']}\n{record['input']}"), Turn("assistant", record["output"])))
        for record in rows
    ]
    begun = time.process_time()
    judge(made[0])
    print(f"index of {len(SETS)} sets: {time.process_time() - begun:.1f} s")
    begun = time.process_time()
    found = sum(judge(example) is not example for example in made)
    each = (time.process_time() - begun) / len(made) * 1e6
    words = sum(len(turn.text.split()) for example in made for turn in example.turns) / len(made)
    print(f"{len(made):,} rows of {words:.0f} words: {each:.0f} µs each, {MICROSECONDS} wanted; {found:,} hold an item")


if __name__ == "__main__":
    main()
