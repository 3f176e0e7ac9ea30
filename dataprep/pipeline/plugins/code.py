"""Run the user's code, and report where it fails with the line of the file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from dataprep.errors import DataprepError, RecordError


def run(name: str, path: str) -> ModuleType:
    """Run a file, and return it as a module."""
    module = ModuleType(f"dataprep.pipeline.plugins:{name}")  # as no module of ours can be called
    sys.modules[module.__name__], module.__file__ = module, path
    try:
        exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    except Exception as error:  # noqa: BLE001  whatever a user's file may raise
        raise DataprepError(explained(path, error)) from None
    return module


def called(path: str, function: Callable[..., Any], *values: Any, **options: Any) -> Any:
    """Call a function of the file; raises `DataprepError` with the line where it fails."""
    try:
        return function(*values, **options)
    except (DataprepError, RecordError):
        raise
    except Exception as error:  # noqa: BLE001
        raise DataprepError(explained(path, error)) from None


def explained(path: str, error: Exception) -> str:
    """Return an error in words, with the line of the file that failed."""
    place = Path(path).resolve()
    frames = reversed(extract_tb(error.__traceback__))
    here = next((frame.lineno for frame in frames if Path(frame.filename).resolve() == place), None)
    line = error.lineno if isinstance(error, SyntaxError) else here
    reason = error.msg if isinstance(error, SyntaxError) else error
    return f"{path}{f':{line}' if line else ''}: {type(error).__name__}: {reason}"


def kind_of(value: Any) -> str:
    """Return the type of a value, for an error message."""
    return "None" if value is None else f"a {type(value).__name__}"
