"""The fate of 52,000 rows, by LLaMA-Factory and by `--quick`: seconds, its start included, and
memory by the rows.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import corpus
import measure

ROWS = 52_000
"""As many as Alpaca has."""
TARGETS = {"": 90, "--quick": 20}  # seconds on two cores
GROWTH = 1.25
ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models/smollm2-135m"
BIN = Path(sys.executable).parent


def main() -> None:
    """Print the seconds of the check, and its memory compared with a quarter of the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write_lines(folder / "quarter.jsonl", corpus.alpaca(ROWS // 4))
        corpus.write_lines(folder / "all.jsonl", corpus.alpaca(ROWS))
        model = MODEL if MODEL.is_dir() else _tiny(folder)
        print(
            f"{ROWS:,} Alpaca rows, {len(os.sched_getaffinity(0))} cores, the tokenizer of "
            f"{model.name}"
        )
        for option, target in TARGETS.items():
            few, all_rows = (
                _cost(file, model, option, folder) for file in ("quarter.jsonl", "all.jsonl")
            )
            print(
                f"  check {option:<8} {all_rows.seconds:>6.1f} s, at most {target} wanted  "
                f"{all_rows.mib:>6.0f} MiB"
            )
            print(
                f"    {all_rows.mib / few.mib:.2f} times the memory of a quarter, at most "
                f"{GROWTH} wanted"
            )


def _cost(file: str, model: Path, option: str, folder: Path) -> measure.Cost:
    words = [
        str(BIN / "dataprep"),
        "check",
        file,
        "--model",
        str(model),
        "--template",
        "qwen",
        "--cutoff-len",
        "512",
    ]
    return measure.run([*words, *option.split(), "-o", "fates.jsonl"], folder)


def _tiny(folder: Path) -> Path:
    sys.path.append(str(ROOT / "tests/support"))
    from tiny import make_model

    return make_model(folder / "tiny")


if __name__ == "__main__":
    main()
