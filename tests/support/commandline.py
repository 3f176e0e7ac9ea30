"""Commands as a shell would run them, and what they leave behind."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from paths import ROOT

from dataprep.cli import cli

Tree = dict[str, bytes | None]
Record = dict[str, Any]

GOOD = [
    {"instruction": f"What is {number} + 1?", "input": "", "output": f"It is {number + 1}."}
    for number in range(3)
]
EMPTY = {"instruction": "Who is there?", "input": "", "output": ""}
MANY = [
    {"instruction": f"Question {n // 2}", "input": "", "output": f"Answer {n}."} for n in range(200)
]
WAYS_OUT = {"rejected": "rejected", "filtered": "filtered", "duplicate": "duplicates"}
NONE_LEFT = dict.fromkeys(WAYS_OUT.values(), 0)
RECIPE = """\
data:
  inputs: [good.jsonl]
  steps: [clean, dedupe]
  output: {format: alpaca}
train: {model_name_or_path: some/model, template: qwen, stage: sft, finetuning_type: lora}
"""


def alpaca(question: str, answer: object) -> Record:
    return {"instruction": question, "input": "", "output": answer}


def write(path: str, *records: Record) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(
        "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8"
    )


def read(path: str) -> list[Record]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def answers(path: str) -> list[str]:
    return [record["output"] for record in read(path)]


def tree() -> Tree:
    """Return all files here with their bytes, and all folders."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in Path().rglob("*")}


def run(line: str) -> Result:
    """Run a command as a shell would; an error that is not told in words fails the test."""
    return CliRunner().invoke(cli, shlex.split(line), prog_name="dataprep", catch_exceptions=False)


def good(line: str) -> str:
    """Run a command that must go well, and return what it prints; no bar and no warning is beside
    it.
    """
    result = run(line)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refusal(line: str, status: int = 2) -> str:
    """Run a command that must be refused with nothing written, and return the one line that says
    why.
    """
    before = tree()
    result = run(line)
    assert (result.exit_code, result.stdout) == (status, "")
    assert tree() == before
    *usage, error = result.stderr.splitlines()
    assert not [
        told
        for told in usage
        if not re.match(r"Usage: dataprep|Try 'dataprep .*--help' for help\.|$", told)
    ]
    assert error.startswith("Error: ")
    return error.removeprefix("Error: ")


def counts(table: str) -> dict[str, int]:
    """Return the numbers of a table."""
    return {name: int(count) for name, count in re.findall(r"^  (\w+) +(\d+)", table, re.MULTILINE)}


def example_of(path: str, page: str = "README.md") -> str:
    """Return the file of that path which a page of ours shows."""
    text = ROOT.joinpath(page).read_text(encoding="utf-8")
    return re.findall(
        rf"^```python\n(# {re.escape(path)}\n.*?)^```$", text, re.MULTILINE | re.DOTALL
    )[0]


def edit(path: str, old: str, new: str) -> None:
    Path(path).write_text(Path(path).read_text().replace(old, new))


def registry() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(Path("data/dataset_info.json").read_text(encoding="ascii"))
    return value
