"""YAML: a list of records, several documents, or one mapping that holds a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dataprep.sources.containers import reader
from dataprep.sources.raw import Raw


@reader(".yaml", ".yml")
def read_yaml(stream: BinaryIO, path: str, encoding: str) -> Iterator[Raw]:
    """Read the items of a list, or each document: a record, a list of records, or a mapping that
    holds one.

    Everything stays text, including dates, numbers, `Yes` and `NA`; only `null`, `~`, an empty
    value, `true` and `false` as the value of a field are typed. A mapping may hold its records as
    a list of mappings under data, rows, records, examples or items, or as lists of strings under
    `conversations`: each list becomes {"conversation": [...]} plus the mapping's other fields. A
    list is streamed; a mapping is read into memory whole.

    Raises `DataError` if the file is not YAML or holds more than data: unknown tags, and anchors
    made of aliases, which can blow up a small file.
    """
    from dataprep.sources.readers.parsing.yaml_records import records  # PyYAML loads slowly

    return records(stream, path, encoding)
