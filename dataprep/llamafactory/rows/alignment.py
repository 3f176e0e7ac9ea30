"""Data sets of one run: LLaMA-Factory puts them one behind the other, and stops where their
converted columns differ.

Each may be well by itself, such as documents and conversations. A column of nulls goes with any,
one of empty lists does not (datasets' `_check_if_features_can_be_aligned`).
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
"""What the columns of a converted data set hold, in words; a column of nulls is not among them."""

_NONE, _NULLS = "none", "nulls"
_LESS = {"": 0, _NONE: 1, _NULLS: 2}
"""What gives way to another kind in the same column, in this order."""
_NAMES = {str: "texts", bool: "true and false", int: "whole numbers", float: "numbers"}


def misaligned(sets: Mapping[str, ColumnTypes]) -> str:
    """Return why LLaMA-Factory cannot train data sets, by their names, in one run; "" where it can."""
    for column in dict.fromkeys(chain.from_iterable(sets.values())):
        holders: dict[str, str] = {}
        for name, kinds in sets.items():
            holders.setdefault(kinds.get(column, ""), name)
        told = [f"{kind} in '{name}'" for kind, name in holders.items() if kind]
        if len(told) > 1:
            return f'{column}: {", ".join(told)}; LLaMA-Factory stops with "The features can\'t be aligned"'
    return ""


def column_types(entry: Entry, folder: str) -> ColumnTypes:
    """Return what the converted columns of a data set hold, by its registry entry and the
    registry's folder.

    It is told from the first thousand rows, by which the types of the columns are settled; nothing
    where it cannot be read or converted here.
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
    """Yield the kinds of the columns of each row that can be converted, among the first thousand."""
    files = files_of(os.path.join(folder, local_file(entry))) if local_file(entry) else []
    raws = islice(chain.from_iterable(map(rows_of, files)), BATCH)
    records = [raw.value for raw in raws if isinstance(raw.value, dict)]
    convert = Converter(entry, chain.from_iterable(records))
    for record in records:
        with suppress(*CRASHES):
            row = convert(record)
            media = {kind: _listed(record[convert.columns[kind]]) for kind in row.media}
            spoken = {"questions": _spoken(row.prompt), "answers": _spoken(row.response)}
            yield {**spoken, "system texts": _kind(row.system), "tools": _kind(row.tools), **media}


def _spoken(messages: list[Message]) -> str:
    kinds = [_kind(content) or _NULLS for _, content in messages]
    return next((kind for kind in kinds if kind != _NULLS), _NULLS) if kinds else _NONE


def _listed(paths: Any) -> str:
    return _kind(paths if isinstance(paths, list) else [paths])


def _kind(value: Any) -> str:
    """Return the kind of a value in words, "" for null."""
    if isinstance(value, list):
        inner = next(filter(None, map(_kind, value)), "")
        return f"lists of {inner}" if inner else _NONE
    if isinstance(value, dict):
        return f"objects of {', '.join(value)}"
    return "" if value is None else _NAMES[type(value)]
