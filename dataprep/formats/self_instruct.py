"""Self-instruct seed tasks: an instruction, and `instances` of an input and an output."""

from __future__ import annotations

from collections.abc import Iterator

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields
from dataprep.model import Example, Record

READS = frozenset({"instruction", "instances", "input", "output"})


def claims(record: Record) -> bool:
    """Claim an instruction with a list of instances."""
    listed = "instruction" in record and isinstance(record.get("instances"), list)
    return listed and not conversation.shape(record)


def unfold(record: Record) -> Iterator[Record]:
    """Yield one record an instance, with the instruction in it, or the record if it has none."""
    beside = {name: value for name, value in record.items() if name != "instances"}
    instances = record.get("instances")
    for instance in instances if isinstance(instances, list) else ():
        yield {**beside, "instances": [instance]}
    if not isinstance(instances, list) or not instances:
        yield record


def read(record: Record) -> Example:
    """Read the one instance of an unfolded record."""
    instances = record["instances"]
    if len(instances) != 1:
        raise RecordError(
            "no instance", f"has {len(instances)} instances", "/instances", expected="one"
        )
    return fields.read({"instruction": record["instruction"], **instances[0]})
