"""Natural-instructions tasks: a `Definition`, and `Instances` of an input and its outputs."""

from __future__ import annotations

from collections.abc import Iterator

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields
from dataprep.model import Example, Record

READS = frozenset({"Definition", "Instances"})


def claims(record: Record) -> bool:
    """Claim a definition with a list of instances."""
    return "Definition" in record and isinstance(record.get("Instances"), list)


def unfold(record: Record) -> Iterator[Record]:
    """Yield one record an instance, with the definition in it, or the record if it has none."""
    beside = {
        name: value for name, value in record.items() if name not in ("Instances", *_EXAMPLES)
    }
    instances = record.get("Instances")
    for instance in instances if isinstance(instances, list) else ():
        yield {**beside, "Instances": [instance]}
    if not isinstance(instances, list) or not instances:
        yield record


_EXAMPLES = ("Positive Examples", "Negative Examples")


def read(record: Record) -> Example:
    """Read the one instance of an unfolded record; the definition comes before the input."""
    instances = record["Instances"]
    if len(instances) != 1:
        raise RecordError(
            "no instance", f"has {len(instances)} instances", "/Instances", expected="one"
        )
    return fields.read({"instruction": record["Definition"], **instances[0]})
