r"""BELLE's rounds in one string: `Human:…\nAssistant:…\nHuman:…\nAssistant:`, and an output."""

from __future__ import annotations

from dataprep.formats.parsing.belle_script import is_script, script_of, turns_of_script
from dataprep.formats.parsing.conversation import shape
from dataprep.model import Example, Record, Turn

READS = frozenset({"instruction", "input", "output"})
HOLDS = frozenset({"rounds"})
# LLaMA-Factory would train it as one user turn with the speaker names inside.
DATASET_INFO = None


def claims(record: Record) -> bool:
    """Claim an instruction that opens with `Human:` and ends with a bare `Assistant:`."""
    return is_script(record.get("instruction")) and "output" in record and not shape(record)


def read(record: Record) -> Example:
    """Split the string at its speakers; the output is the last answer."""
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
