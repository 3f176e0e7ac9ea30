"""The examples of data, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from dataprep.commands.given import opened
from dataprep.errors import RecordError
from dataprep.formats.reading.examples import examples
from dataprep.model import Example, Record
from dataprep.pipeline.reading import reject
from dataprep.sources.shards import Piece


class Examples:
    """The examples of data, read while they are asked for, by one loop at a time.

    `rejects` has the records that the last loop could not read so far, as `rejects.jsonl` has them.
    """

    def __init__(self, data: Any, how: Mapping[str, Any]) -> None:
        self._data = data
        self._how = how
        self.rejects: list[Record] = []

    def __iter__(self) -> Iterator[Example]:
        self.rejects = []
        with opened(self._data, **self._how) as sources:
            for source in sources:
                for raw, _, example in examples(Piece(source)):
                    if isinstance(example, RecordError):
                        self.rejects.append(orjson.loads(reject(raw, "rejected", example)))
                    else:
                        yield example
