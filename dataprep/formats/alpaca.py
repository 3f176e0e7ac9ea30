"""Alpaca: an instruction, perhaps an input, and an output; earlier rounds in `history`."""

from __future__ import annotations

from dataprep.conversation import is_script, no_script
from dataprep.model import Example, Record, Turn

READS = frozenset({"instruction", "input", "output", "history", "system"})
HOLDS = frozenset({"system"})  # rounds would need `history`, which pyarrow takes for null where it is first empty
DATASET_INFO = {
    "formatting": "alpaca",
    "columns": {"prompt": "instruction", "query": "input", "response": "output", "system": "system"},
}


def claims(record: Record) -> bool:
    """Tell an Alpaca record by its two fields."""
    return "instruction" in record and "output" in record and not is_script(record["instruction"])


def read(record: Record) -> Example:
    """Join instruction and input by one line end, as LLaMA-Factory does, after the rounds of the history."""
    prompt = "\n".join(text for text in (record["instruction"], record.get("input")) if text)
    rounds = [*(record.get("history") or []), [prompt, record["output"]]]
    turns = tuple(turn for ask, answer in rounds for turn in (Turn("user", ask), Turn("assistant", answer)))
    return Example(turns, record.get("system") or "")


def write(example: Example) -> Record:
    """Write the whole prompt as the instruction."""
    ask, answer = example.turns
    return {"instruction": no_script(ask.text), "input": "", "output": answer.text, "system": example.system}
