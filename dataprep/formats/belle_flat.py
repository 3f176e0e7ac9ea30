"""BELLE's single round: instruction, input and output, without a system message."""

from __future__ import annotations

from dataprep.formats.parsing.belle_script import no_script
from dataprep.model import Example, Record, Turn

READS = frozenset({"instruction", "input", "output"})
HOLDS: frozenset[str] = frozenset()
DATASET_INFO = {
    "formatting": "alpaca",
    "columns": {"prompt": "instruction", "query": "input", "response": "output"},
}


def claims(record: Record) -> bool:
    """Claim none: these records look like Alpaca."""
    return False


def read(record: Record) -> Example:
    """Join instruction and input with one newline."""
    prompt = "\n".join(text for text in (record["instruction"], record.get("input")) if text)
    return Example((Turn("user", prompt), Turn("assistant", record["output"])))


def write(example: Example) -> Record:
    """Write the whole prompt as the instruction."""
    ask, answer = example.turns
    return {"instruction": no_script(ask.text), "input": "", "output": answer.text}
