r"""BELLE's multi-turn string: `Human:…\nAssistant:…\nHuman:…\nAssistant:` and the last answer as
the output.
"""

from __future__ import annotations

from dataprep.formats.parsing.belle_script import is_script, script_of, turns_of_script
from dataprep.formats.parsing.conversation import shape
from dataprep.model import Example, Record, Turn

READS = frozenset({"instruction", "input", "output"})
HOLDS = frozenset({"rounds"})
DATASET_INFO = None  # LLaMA-Factory would train it as one giant user turn with the names inside


def claims(record: Record) -> bool:
    """Tell it by an instruction that opens with `Human:` and ends with a bare `Assistant:`."""
    return is_script(record.get("instruction")) and "output" in record and not shape(record)


def read(record: Record) -> Example:
    """Split the string at its speakers and give the last one the output."""
    *turns, last = turns_of_script(record["instruction"])
    opened = [] if last.role == "assistant" and not last.text.strip() else [last]
    return Example((*turns, *opened, Turn("assistant", record["output"])))


def write(example: Example) -> Record:
    """Write all but the last answer as one string."""
    *turns, answer = example.turns
    return {
        "instruction": script_of([*turns, Turn("assistant", "")]),
        "input": "",
        "output": answer.text,
    }
