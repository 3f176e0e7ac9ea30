"""Check that the data sets of one run have the same column types.

LLaMA-Factory concatenates them after conversion and stops if their columns differ, as those of
documents and conversations do. A column of nulls matches any other, a column of empty lists does
not (`datasets/features/features.py::_check_if_features_can_be_aligned`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from dataprep.errors import DataprepError
from dataprep.llamafactory.dataset_info.paths import files_of, local_file
from dataprep.llamafactory.dataset_info.sight import BATCH, rows_of
from dataprep.llamafactory.rows.converter import Converter, Entry, Message
from dataprep.llamafactory.rows.outcome import CRASHES

ColumnTypes = dict[str, str]
"""The type of each column of a converted data set, in words; columns of nulls are left out."""

_NONE, _NULLS = "none", "nulls"
_LESS = {"": 0, _NONE: 1, _NULLS: 2}
"""Types that yield to another type in the same column, weakest first."""
_NAMES = {str: "texts", bool: "true and false", int: "whole numbers", float: "numbers"}


def misaligned(sets: Mapping[str, ColumnTypes]) -> str:
    """Return why LLaMA-Factory cannot train these data sets in one run, "" if it can."""
    for column in dict.fromkeys(chain.from_iterable(sets.values())):
        holders: dict[str, str] = {}
        for name, kinds in sets.items():
            holders.setdefault(kinds.get(column, ""), name)
        types = [f"{kind} in '{name}'" for kind, name in holders.items() if kind]
        if len(types) > 1:
            return (
                f"{column}: {', '.join(types)}; LLaMA-Factory stops with "
                '"The features can\'t be aligned"'
            )
    return ""


def column_types(entry: Entry, folder: str) -> ColumnTypes:
    """Return the types of a data set's converted columns.

    `folder` is the registry's. The types come from the first thousand rows, which settle the types
    of the columns; {} if the rows cannot be read or converted here.
    """
    kinds: ColumnTypes = {}
    with suppress(DataprepError):
        for columns in _converted(entry, folder):
            for name, kind in columns.items():
                kinds[name] = max(
                    kinds.get(name, ""), kind, key=lambda one: _LESS.get(one, len(_LESS))
                )
    return {name: kind for name, kind in kinds.items() if kind}


def _converted(entry: Entry, folder: str) -> Iterator[ColumnTypes]:
    """Yield the column types of each convertible row among the first thousand."""
    files = files_of(os.path.join(folder, local_file(entry))) if local_file(entry) else []
    raws = islice(chain.from_iterable(map(rows_of, files)), BATCH)
    records = [raw.value for raw in raws if isinstance(raw.value, dict)]
    convert = Converter(entry, chain.from_iterable(records))
    for record in records:
        with suppress(*CRASHES):
            row = convert(record)
            media = {}
            for kind in row.media:
                paths = record[convert.columns[kind]]
                media[kind] = _kind(paths if isinstance(paths, list) else [paths])
            yield {
                "questions": _content_kind(row.prompt),
                "answers": _content_kind(row.response),
                "system texts": _kind(row.system),
                "tools": _kind(row.tools),
                **media,
            }


def _content_kind(messages: list[Message]) -> str:
    kinds = [_kind(content) or _NULLS for _, content in messages]
    return next((kind for kind in kinds if kind != _NULLS), _NULLS) if kinds else _NONE


def _kind(value: Any) -> str:
    """Return the type of a value in words, "" for null."""
    if isinstance(value, list):
        inner = next(filter(None, map(_kind, value)), "")
        return f"lists of {inner}" if inner else _NONE
    if isinstance(value, dict):
        return f"objects of {', '.join(value)}"
    return "" if value is None else _NAMES[type(value)]
