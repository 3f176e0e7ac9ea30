"""The registry of readers: which one reads a file, and which options it takes.

A reader registers itself with `reader`, so a new one needs only its own module in `readers/`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dataprep.sources.raw import Raw

Reader = Callable[..., Iterator[Raw]]
"""Yields the records of an open file, given the stream, the path and the encoding."""
AnyReader = TypeVar("AnyReader", bound=Reader)


@dataclass(frozen=True)
class ReaderOption:
    """An option of a reader: annotate a keyword-only parameter with `Annotated[TYPE,
    ReaderOption()]`.

    Recipes and commands take it from there. TYPE is `bool` (default true, so the command has
    `--no-NAME`), `str`, or `Mapping[str, str]`; a mapping must have the keys in `required`, and
    `example` shows one.
    """

    help: str
    example: str = ""
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeclaredOption:
    """An option with its type, as found in the signature of a reader."""

    type: Any
    declared: ReaderOption

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value."""
        made: dict[str, Any] = {"description": self.declared.help}
        if self.type is bool:
            return made | {"type": "boolean"}
        if self.type is str:
            return made | {"type": "string", "minLength": 1}
        required = {"required": [*self.declared.required]} if self.declared.required else {}
        return made | {"type": "object", "additionalProperties": {"type": "string"}} | required


@dataclass(frozen=True)
class Container:
    """A kind of file and how to read it.

    A `binary` reader gets the bytes as they are, any other one text in a known encoding. `magic` is
    how every such file begins. `package` is the distribution that parses it, "" for ours.
    """

    read: Reader
    binary: bool = False
    magic: bytes = b""
    package: str = ""

    @cached_property
    def options(self) -> dict[str, DeclaredOption]:
        """Return the options of the reader by name."""
        hints = get_type_hints(self.read, include_extras=True)
        found = {}
        for name, parameter in inspect.signature(self.read).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                kind, declared = get_args(hints[name])
                found[name] = DeclaredOption(get_origin(kind) or kind, declared)
        return found


CONTAINERS: dict[str, Container] = {}
"""The containers by suffix."""


def reader(
    *suffixes: str, binary: bool = False, magic: bytes = b"", package: str = ""
) -> Callable[[AnyReader], AnyReader]:
    """Register the decorated function as the reader of files with these suffixes."""

    def register(read: AnyReader) -> AnyReader:
        CONTAINERS.update(dict.fromkeys(suffixes, Container(read, binary, magic, package)))
        return read

    return register
