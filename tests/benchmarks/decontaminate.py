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
    clean = [example for example in made if judge(example) is example]  # the quiz is among the rows
    begun = time.process_time()
    for example in clean:
        judge(example)
    each = (time.process_time() - begun) / len(clean) * 1e6
    words = sum(len(turn.text.split()) for example in clean for turn in example.turns) / len(clean)
    print(f"{len(clean):,} rows of {words:.0f} words that hold no item: {each:.0f} µs each, {MICROSECONDS} wanted")


if __name__ == "__main__":
    main()
