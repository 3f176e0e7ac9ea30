"""Load the user's own steps and formats: each a Python file, written like a module of ours.

The name of the file is the name of the step or format; a file with a function `read` is a format.
The file is an input of the run, so a change of it makes `prepare` run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dataprep import formats, steps
from dataprep.errors import DataprepError
from dataprep.pipeline.plugins import own_formats, own_steps
from dataprep.pipeline.plugins.code import run


class _Plugin(NamedTuple):
    """A loaded file: where it is, when it was written, and the function that unloads it."""

    path: str
    written: int
    forget: Callable[[], object]


_loaded: dict[str, _Plugin] = {}
"""The plugins that are loaded, by the stems of their files."""


def load(paths: Iterable[str]) -> None:
    """Load the steps and formats in these files, and unload those of other files.

    Raises `DataprepError` for a file that is neither, with the line that failed.
    """
    wanted = {Path(path).stem: path for path in paths}
    for name in _loaded.keys() - wanted.keys():
        _loaded.pop(name).forget()
    for path in wanted.values():
        add(path)


def add(path: str) -> str:
    """Load the step or the format in a file too, and return its name; raises as `load` does."""
    stem = Path(path).stem
    if not Path(path).is_file():
        raise DataprepError(f"{path}: no such file")
    place, written = str(Path(path).resolve()), Path(path).stat().st_mtime_ns
    known = _loaded.get(stem)
    if not known or known[:2] != (place, written):
        if known:
            _loaded.pop(stem).forget()
        _loaded[stem] = _Plugin(place, written, _known(stem, path))
    return name_of(path)


def name_of(path: str) -> str:
    """Return the name of the step or format in a file; a format's has '-' for '_'."""
    stem = Path(path).stem
    return formats.name_of(stem) if formats.name_of(stem) in formats.OWN else stem


def _known(stem: str, path: str) -> Callable[[], object]:
    """Load a file, and return the function that unloads it."""
    if not stem.isidentifier():
        raise DataprepError(
            f"{path}: is called as no function can be; name it by letters, digits and '_'"
        )
    if stem in steps.STEPS or formats.name_of(stem) in formats.FORMATS:
        kind = "step" if stem in steps.STEPS else "format"
        raise DataprepError(
            f"{path}: '{stem}' is a {kind} of dataprep's own; give the file another name"
        )
    known = set(steps.STEPS)
    module = run(stem, path)
    for name in steps.STEPS.keys() - known:
        steps.remove(name)  # it has the name of the file
    if own_formats.is_format(module):
        return formats.add(stem, own_formats.completed(module, path), path)
    steps.add(stem, own_steps.step_class(module, stem, path))
    return partial(steps.remove, stem)
