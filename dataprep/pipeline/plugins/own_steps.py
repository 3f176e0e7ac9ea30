"""A step of the user's own: a function that has the file's name and gives what judges an example."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import ModuleType
from typing import Any

from dataprep import steps
from dataprep.errors import DataprepError, RecordError
from dataprep.model import Drop, Example, Note, Tag
from dataprep.pipeline.plugins.code import called, kind_of


def completed(module: ModuleType, name: str, path: str) -> ModuleType:
    """Return a module with what those of `dataprep.steps` have beside their function; raises for
    what is no step.
    """
    function = getattr(module, name, None)
    if not callable(function):
        raise DataprepError(
            f"{path}: has no function '{name}', as a step has, which is called as its file, nor "
            f"'read', as a format has"
        )
    for option, its in inspect.signature(function, eval_str=True).parameters.items():
        if its.kind != its.KEYWORD_ONLY or its.annotation is its.empty:
            raise DataprepError(
                f"{path}: options stand behind a star and have a type: {name}(*, {option}: int = 1)"
            )
        if not steps.is_type(its.annotation):
            kind = getattr(its.annotation, "__name__", its.annotation)
            raise DataprepError(
                f"{path}: '{option}' is {kind}, expected bool, int, float, str, or lists or dicts "
                f"of these"
            )
    files: Callable[..., list[str]] = getattr(module, "files", lambda **_: [])
    vars(module).update(OVER="examples", files=lambda **its: [path, *files(**its)])
    setattr(module, name, _guarded(function, name, path))
    return module


def _guarded(function: Callable[..., Any], name: str, path: str) -> Callable[..., steps.Judges]:
    """Return a step's function, whose judges stop the run with their place in the file where they
    fail.
    """

    @wraps(function)
    def build(**options: Any) -> steps.Judges:
        made = called(path, function, **options)
        judges = made if isinstance(made, Mapping) else {name: made}
        for judge in judges.values():
            if not callable(judge):
                raise DataprepError(
                    f"{path}: gives {kind_of(judge)}, expected a function of an example"
                )
        return {label: _Judge(judge, path) for label, judge in judges.items()}

    return build


@dataclass(frozen=True)
class _Judge:
    """A judge from a file of the user's."""

    judge: Callable[[Example], Any]
    path: str

    def __call__(self, example: Example) -> Example | Drop | Tag | Note:
        try:
            verdict = called(self.path, self.judge, example)
        except RecordError as error:  # what was made of the example is none
            return Drop(error.reason, error.found)
        if not isinstance(verdict, (Example, Drop, Tag, Note)):
            raise DataprepError(
                f"{self.path}: gives {kind_of(verdict)} of an example, expected the example or a "
                f"Drop"
            )
        return verdict
