"""What options take on the command line, read as Python values."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from dataprep.errors import DataprepError

REJECTS = "rejects"
"""The format that stands for the records in lines of rejects.jsonl, each detected."""
STAGES = ("pt", "sft", "rm", "dpo", "kto")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE_TO_WRITE = click.Path(dir_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class TextType(click.ParamType[Any]):
    """A text that a function makes a value of; its `DataprepError` is shown as the option's."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self.read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except DataprepError as error:
            self.fail(str(error), param, ctx)


def _format(value: str, *, written: bool) -> str:
    """Read the name of a format, or the file of one's own."""
    from dataprep import formats
    from dataprep.pipeline import plugins

    if value == REJECTS and not written:
        return REJECTS
    name = plugins.add(value) if value.endswith(".py") else value
    (formats.written if written else formats.named)(name)
    return name


FORMAT = TextType("format", partial(_format, written=False))
WRITTEN_FORMAT = TextType("format", partial(_format, written=True))


def _number(value: str) -> float:
    """Read a number, or a share as `5%`."""
    try:
        return float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        raise DataprepError(f"'{value}', expected a number, e.g. 0.05 or 5%") from None


def _share(value: str) -> float:
    """Read a share as `0.5%`."""
    try:
        share = _number(value)
    except DataprepError:
        share = -1.0
    if not value.endswith("%") or not 0 <= share <= 1:
        raise DataprepError(f"'{value}', expected a share of the rows, e.g. 0.5%")
    return share


NUMBER = TextType("float", _number)
SHARE = TextType("share", _share)


class _Similarity(click.FloatRange):
    """A similarity above 0, also as `60%`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(NUMBER.convert(value, param, ctx), param, ctx)


SIMILARITY = _Similarity(0, 1, min_open=True)


def _columns(value: str) -> dict[str, str | list[str]]:
    """Read `prompt=COLUMN,response=COLUMN`, by LLaMA-Factory's names; `COLUMN+COLUMN` joins two."""
    from dataprep.formats.reading.columns import COLUMNS, are_enough

    found = _pairs(value)
    if not (found.keys() <= COLUMNS.keys() and are_enough(found) and all(found.values())):
        names = ", ".join(sorted(COLUMNS.keys() - {"prompt", "response"}))
        raise DataprepError(
            f"'{value}', expected prompt=COLUMN,response=COLUMN; there are also {names}"
        )
    return {name: column.split("+") if "+" in column else column for name, column in found.items()}


COLUMNS = TextType("text", _columns)


def _pairs(value: str) -> dict[str, str]:
    return dict(pair.strip().partition("=")[::2] for pair in value.split(","))


def pairs(example: str) -> TextType:
    """Return the type of `NAME=VALUE,NAME=VALUE`."""

    def read(value: str) -> dict[str, str]:
        if not all((found := _pairs(value)).values()):
            raise DataprepError(f"'{value}', expected {example}")
        return found

    return TextType("text", read)


def numbers(kind: Callable[[str], Any]) -> TextType:
    """Return the type of `NAME=NUMBER,NAME=NUMBER`."""

    def read(value: str) -> dict[str, Any]:
        found = {}
        for pair in filter(None, map(str.strip, value.split(","))):
            name, _, number = pair.rpartition("=")
            try:
                found[name.strip()] = kind(number)
            except ValueError:
                raise DataprepError(f"'{pair}', expected NAME=NUMBER, e.g. forum=3") from None
        return found

    return TextType("text", read)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


NAMES = TextType("text", _names)


def block(step: str) -> TextType:
    """Return the type of a step's block of options in a recipe; an empty one is all defaults."""

    def read(value: str) -> dict[str, Any]:
        from dataprep.recipe import step_of

        if os.path.exists(value):
            raise DataprepError(f"'{value}' is a file; name files before --{step}")
        return dict([step_of(step, value)])

    return TextType("text", read)


def _choice(value: str) -> Any:
    if ":" not in value:
        return value
    from dataprep.recipe.yaml_lines import block_of

    return block_of(value)


CHOICE = TextType("text", _choice)
"""How to choose the best: `best 0.8`, or a block of options."""
