"""The items of evaluation sets: found by path or by name, read from any container, each with its
place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from dataprep import formats
from dataprep.errors import DataError, DataprepError, RecordError, did_you_mean
from dataprep.formats.reading.fields import value_at
from dataprep.model import Example, Origin, Record
from dataprep.sources import inputs
from dataprep.sources.outputs import describes_data
from dataprep.sources.raw import Raw
from dataprep.steps.decontaminate.known import KNOWN, PLAIN, ItemFields, fold

SPLITS = frozenset({"test", "tests", "val", "valid", "validation", "dev", "train", "eval", "data"})
"""Names of files and folders that tell nothing of the set."""


class EvalSet(NamedTuple):
    """An evaluation set: the name that reports have for it, and its files."""

    name: str
    files: tuple[str, ...]


class Item(NamedTuple):
    """One question of an evaluation set, with its context before it; `choices` and `answer` as
    texts, "" for none.
    """

    origin: Origin
    question: str
    choices: tuple[str, ...] = ()
    answer: str = ""


# -------------------------------------------------------------------------------- finding the files


def find(wanted: str, folder: str) -> EvalSet:
    """Return the set that a path, a glob, or a name in the folder of evaluation sets stands for.

    Raises `DataprepError` where there is none.
    """
    paths = _paths(wanted) or _named(wanted, folder)
    if not paths:
        raise DataprepError(f"no evaluation set '{wanted}'{_there_is(wanted, folder)}")
    files = tuple(dict.fromkeys(file for path in paths for file in _files(path)))
    return EvalSet(set_name(wanted), files)


def _paths(wanted: str) -> list[str]:
    if os.path.exists(wanted):
        return [wanted]
    return sorted(glob(wanted, recursive=True)) if any(sign in wanted for sign in "*?[") else []


def _named(wanted: str, folder: str) -> list[str]:
    return [path for name, path in _in_folder(folder) if name == fold(wanted)]


def _in_folder(folder: str) -> list[tuple[str, str]]:
    """Return what lies in the folder of evaluation sets by its folded name, without suffixes."""
    if not os.path.isdir(folder):
        return []
    paths = (path for path in sorted(Path(folder).iterdir()) if not describes_data(path.name))
    return [(fold(path.name.split(".")[0]), str(path)) for path in paths]


def _there_is(wanted: str, folder: str) -> str:
    """Return what a name could have meant."""
    names = [name for name, _ in _in_folder(folder) if name]
    if fold(wanted) in KNOWN or not names:
        return f": put its file there as {folder}/{wanted}.jsonl, or name the file by its path"
    return f" in {folder}{did_you_mean(fold(wanted), names)}"


def _files(path: str) -> list[str]:
    """Return the files of a path; what is plain text in a folder or a zip is no set of
    questions.
    """
    files = inputs.files(path)
    for file in files:
        inputs.check_input(file)
    return (
        files if files == [path] else [file for file in files if not file.lower().endswith(".txt")]
    )


def set_name(wanted: str) -> str:
    """Return the name for a set: that of its file, or of the nearest folder that does not only tell
    the split.
    """
    for part in reversed(Path(wanted).parts):
        name = part.split(".")[0].strip("*?")
        if fold(name) and name.casefold() not in SPLITS:
            return name
    return Path(wanted).name.split(".")[0] or wanted


# ------------------------------------------------------------------------------------ reading items


def read(each: EvalSet) -> Iterator[Item]:
    """Yield the items of a set in the order of its files; raises `DataError` for a record that
    holds no question.
    """
    shapes = _shapes(each.name)
    for file in each.files:
        for raw in inputs.read(file, options={"header": False} if _is_headless(file) else {}):
            if raw.error:
                raise DataError(f"{raw.origin}: {raw.error}")
            yield from _items(raw, shapes)


def _is_headless(file: str) -> bool:
    """Tell the tables of MMLU: a question, four choices and a letter in each row, the first one
    included.
    """
    if "header" not in inputs.options_of(file):
        return False
    first = next(inputs.read(file, options={"header": False}), None)
    return (
        first is not None
        and isinstance(first.value, dict)
        and str(first.value.get("6", "")) in tuple("ABCD")
    )


def _shapes(name: str) -> list[ItemFields]:
    """Return the fields to look for: those of the set by this name, then of all others, the most
    telling first.
    """
    own = [fields for known, its in KNOWN.items() if fold(name).startswith(known) for fields in its]
    others = {fields: None for its in KNOWN.values() for fields in its if len(fields.question) > 1}
    return [*own, *sorted(others, key=lambda fields: -len(fields.question))]


def _items(raw: Raw, shapes: Iterable[ItemFields]) -> Iterator[Item]:
    record = raw.value
    if isinstance(record, dict):
        for fields in shapes:
            if _has(record, fields):
                return _by_fields(raw.origin, record, fields)
        if (example := _example(record)) is not None:
            return _by_turns(raw.origin, example)
        for fields in PLAIN:
            if _has(record, fields):
                return _by_fields(raw.origin, record, fields)
    raise DataError(f"{raw.origin}: holds no question that can be found{_fields_of(record)}")


def _fields_of(record: Any) -> str:
    if not isinstance(record, dict):
        return ""
    names = ", ".join(f"'{name}'" for name in list(record)[:8])
    command = "dataprep convert FILE --columns prompt=…,response=… -o NEW"
    return f", its fields are {names}; name them: {command}"


def _has(record: Record, fields: ItemFields) -> bool:
    return all(value_at(record, path) is not None for path in fields.question)


def _by_fields(origin: Origin, record: Record, fields: ItemFields) -> Iterator[Item]:
    """Yield the item that the fields make, of several turns one for each."""
    context = "\n".join(text for path in fields.context for text in _texts(value_at(record, path)))
    choices = tuple(text for path in fields.choices for text in _texts(value_at(record, path)))
    answer = next((text for path in fields.answer for text in _texts(value_at(record, path))), "")
    for question in _texts(value_at(record, fields.question[0])):
        asked = f"{context}\n{question}" if context else question
        yield Item(origin, asked, choices, _chosen(bare(answer), choices))


def _texts(value: Any) -> list[str]:
    """Return the texts of a value: itself, those of a list, and the `text` of an object."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, dict):
        return _texts(value.get("text", value.get("content")))
    return [] if value is None else [str(value)]


_CALCULATION = re.compile(r"<<[^<>]*>>|^####", re.MULTILINE)


def bare(answer: str) -> str:
    """Return an answer of GSM8K without its calculator's notes."""
    return _CALCULATION.sub("", answer)


def _chosen(answer: str, choices: tuple[str, ...]) -> str:
    """Return the choice that a letter or a number from 0 stands for, else the answer as it is."""
    if len(answer) == 1 and choices:
        place = int(answer) if answer.isdecimal() else ord(answer.upper()) - ord("A")
        return choices[place] if 0 <= place < len(choices) else answer
    return answer


def _example(record: Record) -> Example | None:
    """Return what a record is in one of our formats, None where it is in none."""
    try:
        name = formats.detect(record)
        return formats.FORMATS[name].read(record) if formats.is_valid(name, record) else None
    except RecordError:
        return None


def _by_turns(origin: Origin, example: Example) -> Iterator[Item]:
    """Yield an item for each question of a conversation, or for a document."""
    if example.text:
        yield Item(origin, example.text)
    for ask, answer in zip(example.turns[::2], example.turns[1::2], strict=True):
        if ask.role == "user":
            yield Item(origin, ask.text, (), bare(answer.text))
