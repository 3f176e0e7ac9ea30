"""A recipe file's YAML: its value, and the line of each place in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import EMPTY, DataprepError, Fault, did_you_mean
from dataprep.sources.json_lines import UTF8

UNREADABLE, NOT_YAML = "unreadable-file", "not-yaml"


class _Loader(yaml.SafeLoader):
    """YAML as LLaMA-Factory reads it: `1e-4` is a number there, and plain PyYAML takes it for a
    string.
    """


_FLOAT = re.compile(
    r"(?:[-+]?(?:\d[\d_]*\.?\d*|\.\d+)[eE][-+]?\d+|[-+]?(?:\d[\d_]*\.\d*|\.\d+)|[-+]?\.(?:inf|Inf"
    r"|INF)|\.nan)\Z"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def parse(path: str) -> tuple[Any, dict[str, int]]:
    """Return a YAML file's value, and the line of each place in it by its JSON pointer."""
    if os.path.isdir(path):
        recipe = "a recipe file, e.g. recipes/demo.yaml"
        raise DataprepError(Fault(UNREADABLE, "is a directory", recipe, path=path))
    try:
        value, lines = _read(Path(path).read_text(encoding=UTF8))
    except OSError as error:
        why = (error.strerror or "cannot be read").lower()
        raise DataprepError(Fault(UNREADABLE, f"{why}{_others(path)}", path=path)) from None
    except UnicodeDecodeError:
        fix = "save the recipe as UTF-8"
        raise DataprepError(Fault("not-utf-8", "is not UTF-8 text", fix=fix, path=path)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found, line = f"not valid YAML ({error.problem})", mark.line + 1 if mark else 1
        raise DataprepError(Fault(NOT_YAML, found, path=path, line=line)) from None
    except yaml.YAMLError as error:
        raise DataprepError(Fault(NOT_YAML, f"not valid YAML ({error})", path=path)) from None
    if value is None:
        fix = "recipes/demo.yaml shows what a recipe holds"
        raise DataprepError(Fault(EMPTY, "is empty", fix=fix, path=path))
    return value, lines


def block_of(text: str) -> Any:
    """Return the value of a block in YAML's flow form, whose outer braces may be left out: `keep:
    [zh, en], sure: 0.6`.

    Raises `DataprepError` for a text that is no YAML.
    """
    try:
        return _read(text if text.lstrip().startswith("{") else f"{{{text}}}")[0]
    except yaml.YAMLError as error:
        why = error.problem if isinstance(error, yaml.MarkedYAMLError) else error
        raise DataprepError(f"'{text}' is not valid YAML ({why})") from None


def _read(text: str) -> tuple[Any, dict[str, int]]:
    lines = dict(_lines(yaml.compose(text, _Loader), ""))
    return yaml.load(text, _Loader), lines


def value_of(text: str) -> Any:
    """Return what a text stands for as the value of a key, the text itself where it is no YAML."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError:
        return text


def keys_of(words: Iterable[str]) -> dict[str, Any]:
    """Return `KEY=VALUE` words as keys; raises `DataprepError` for a word without `=`."""
    keys = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise DataprepError(f"'{word}' is no KEY=VALUE, e.g. num_train_epochs=1")
        keys[key] = value_of(text)
    return keys


def _others(path: str) -> str:
    folder = Path(path).parent
    names = [found.stem for found in folder.glob("*.yaml")] if folder.is_dir() else []
    return did_you_mean(Path(path).stem, names) if names else ""


def _lines(node: yaml.Node | None, pointer: str) -> Iterator[tuple[str, int]]:
    """Yield each place of a YAML tree with its line; raises for a key that stands twice (YAML takes
    the last).
    """
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a name is expected before ':'", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"'{key.value}' stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
            yield f"{pointer}/{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{pointer}/{key.value}")
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield f"{pointer}/{number}", value.start_mark.line + 1
            yield from _lines(value, f"{pointer}/{number}")


def line_of(lines: Mapping[str, int], pointer: str) -> int:
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)
