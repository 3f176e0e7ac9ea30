"""The steps of a recipe: one module each, named as the step.

A step is a class: `ExampleStep` judges one example at a time, `CorpusStep` decides over columns of
all examples, and `OutputStep` places what stays. See `README.md` in this folder for how to write
one.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from dataprep.errors import DataprepError, did_you_mean
from dataprep.steps.base import STEPS as STEPS
from dataprep.steps.base import CorpusStep as CorpusStep
from dataprep.steps.base import ExampleStep as ExampleStep
from dataprep.steps.base import OutputStep, Step

Options = Mapping[str, Any]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

_KINDS = {"examples": ExampleStep, "corpus": CorpusStep, "output": OutputStep}


def add(name: str, step: type[Step]) -> None:
    """Register a step of the user's."""
    step.name = name
    STEPS[name] = step
    _forget_caches()


def remove(name: str) -> None:
    """Unregister a step of the user's."""
    del STEPS[name]
    _forget_caches()


def _forget_caches() -> None:
    parameters.cache_clear()
    option_help.cache_clear()


def over(kind: Literal["examples", "corpus", "output"]) -> list[str]:
    """Return the names of the steps of one kind."""
    return [name for name, step in STEPS.items() if issubclass(step, _KINDS[kind])]


def reads_files(name: str) -> bool:
    """Return whether a step of this name may read files in addition to the inputs."""
    return name in STEPS and STEPS[name].reads_files()


def build(name: str, options: Options) -> Any:
    """Return a step with these options; raises `DataprepError` for an option that it does not
    have or a value that it does not take.
    """
    known = parameters(name)
    for option, value in options.items():
        if option not in known:
            raise DataprepError(
                f"no option '{option}' in step '{name}'{did_you_mean(str(option), known)}"
            )
        _check(f"option '{option}' of step '{name}'", value, known[option].annotation)
    return STEPS[name](**options)


@cache
def parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """Return the options of a step, with their types and defaults."""
    return STEPS[name].parameters()


def _check(what: str, value: Any, kind: Any) -> None:
    if not _fits(value, kind):
        raise DataprepError(f"{what} is {value!r}, expected {_wanted(kind)}")


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is UnionType:
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(one, get_args(kind)[0]) for one in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(
            _fits(one, get_args(kind)[1]) for one in value.values()
        )
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is kind


def is_type(kind: Any) -> bool:
    """Tell whether a recipe can hold values of a type, so that an option may have it."""
    try:
        return bool(_wanted(kind))
    except (KeyError, TypeError, IndexError):
        return False


def _wanted(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if get_origin(kind) is UnionType:
        return " or ".join(map(_wanted, get_args(kind)))
    if get_origin(kind) is list:
        return f"a list of {_wanted(get_args(kind)[0]).removeprefix('a ')}s"
    if get_origin(kind) is dict:
        return f"names with {_wanted(get_args(kind)[1])} each"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kind]


def summary(name: str) -> str:
    """Return what a step does, in a sentence."""
    return " ".join((inspect.getdoc(STEPS[name]) or "").partition("\n\n")[0].split())


@cache
def option_help(name: str) -> Mapping[str, str]:
    """Return the help of each option of a step, from its docstring's `option: words` lines."""
    lines = (inspect.getdoc(STEPS[name]) or "").splitlines()
    found: dict[str, str] = {}
    option = ""
    for line in lines:
        head, colon, words = line.partition(": ")
        if colon and head in parameters(name):
            option, found[head] = head, words
        elif option and line.startswith("    "):
            found[option] += f" {line.strip()}"
        else:
            option = ""
    return found
