"""Steps of the user's own: each a Python file that a recipe names, built like a module of `dataprep.steps`.

The file's name is the step's; its function of that name has the step's options as keyword-only arguments, with their
types, and returns what judges an example. The file is an input of the run, so that a change of it shows.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from dataprep import steps
from dataprep.errors import DataprepError, RecordError
from dataprep.model import Drop, Example, Note, Tag

_loaded: dict[str, tuple[str, int]] = {}
"""The absolute path and the mtime of the file of each step of the user's that is known now."""


def load(paths: Iterable[str]) -> None:
    """Make the steps in these files known, and those of other files unknown.

    Raises `DataprepError` for a file that is no step, with the line of it that failed.
    """
    wanted = {Path(path).stem: path for path in paths}
    for name in _loaded.keys() - wanted.keys():
        del _loaded[name], steps.STEPS[name]
    for name, path in wanted.items():
        _load(name, path)


def _load(name: str, path: str) -> None:
    if not Path(path).is_file():
        raise DataprepError(f"{path}: no such file")
    state = str(Path(path).resolve()), Path(path).stat().st_mtime_ns
    if _loaded.get(name) == state:
        return
    if name in steps.STEPS and name not in _loaded:
        raise DataprepError(f"{path}: '{name}' is a step of dataprep's own; give the file another name")
    module = _module(name, path)
    _complete(module, name, path)
    steps.STEPS[name], _loaded[name] = module, state
    steps.parameters.cache_clear()


def _module(name: str, path: str) -> ModuleType:
    """Return what a file holds, run anew."""
    if not name.isidentifier():
        raise DataprepError(f"{path}: is called as no function can be; name it by letters, digits and '_'")
    module = ModuleType(f"{__name__}.{name}")
    sys.modules[module.__name__], module.__file__ = module, path
    try:
        exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    except Exception as error:  # noqa: BLE001  whatever a user's file may raise
        raise DataprepError(_told(path, error)) from None
    return module


def _complete(module: ModuleType, name: str, path: str) -> None:
    """Add to a module what those of `dataprep.steps` have beside their function."""
    function = getattr(module, name, None)
    if not callable(function):
        raise DataprepError(f"{path}: has no function '{name}'; a step's function is called as its file")
    for option, its in inspect.signature(function, eval_str=True).parameters.items():
        if its.kind != its.KEYWORD_ONLY or its.annotation is its.empty:
            raise DataprepError(f"{path}: options stand behind a star and have a type: {name}(*, {option}: int = 1)")
        if not steps.is_type(its.annotation):
            kind = getattr(its.annotation, "__name__", its.annotation)
            raise DataprepError(
                f"{path}: '{option}' is {kind}, expected bool, int, float, str, or lists or dicts of these"
            )
    files: Callable[..., list[str]] = getattr(module, "files", lambda **_: [])
    vars(module).update(OVER="examples", files=lambda **its: [path, *files(**its)])
    setattr(module, name, _guarded(function, name, path))


def _guarded(function: Callable[..., Any], name: str, path: str) -> Callable[..., steps.Judges]:
    """Return a step's function, whose judges stop the run with their place in the file where they fail."""

    @wraps(function)
    def build(**options: Any) -> steps.Judges:
        made = _called(path, function, **options)
        judges = made if isinstance(made, Mapping) else {name: made}
        for judge in judges.values():
            if not callable(judge):
                raise DataprepError(f"{path}: gives {_kind(judge)}, expected a function of an example")
        return {label: _Judge(judge, path) for label, judge in judges.items()}

    return build


@dataclass(frozen=True)
class _Judge:
    """A judge from a file of the user's."""

    judge: Callable[[Example], Any]
    path: str

    def __call__(self, example: Example) -> Example | Drop | Tag | Note:
        try:
            verdict = _called(self.path, self.judge, example)
        except RecordError as error:  # what was made of the example is none
            return Drop(error.reason, error.found)
        if not isinstance(verdict, (Example, Drop, Tag, Note)):
            raise DataprepError(f"{self.path}: gives {_kind(verdict)} of an example, expected the example or a Drop")
        return verdict


def _called(path: str, function: Callable[..., Any], *example: Example, **options: Any) -> Any:
    try:
        return function(*example, **options)
    except (DataprepError, RecordError):
        raise
    except Exception as error:  # noqa: BLE001
        raise DataprepError(_told(path, error)) from None


def _told(path: str, error: Exception) -> str:
    """Return what failed, and in which line of the file."""
    lines = [
        frame.lineno
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).resolve() == Path(path).resolve()
    ]
    line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
    said = error.msg if isinstance(error, SyntaxError) else error
    return f"{path}{f':{line}' if line else ''}: {type(error).__name__}: {said}"


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
