"""Turn raw corpora into clean, checked, leak-free data for LLaMA-Factory.

    import dataprep

    clean = dataprep.clean("data/raw/*.jsonl", steps=["dedupe"])
    clean.to_datasets()

Data are paths and globs, a pandas or `datasets` table, or an iterable of records. Each verb returns
the rows with a report and the rejects, and writes files with `out=`. Errors are
`dataprep.errors.DataprepError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataprep.commands.verbs import (
        clean,
        convert,
        decontaminate,
        dedupe,
        inspect,
        load,
        prepare,
        read,
        split,
        validate,
    )
    from dataprep.model import Drop, Example, Turn
    from dataprep.steps.base import CorpusStep, ExampleStep

__version__ = "0.1.0"

__all__ = [
    "CorpusStep",
    "Drop",
    "Example",
    "ExampleStep",
    "Turn",
    "clean",
    "convert",
    "decontaminate",
    "dedupe",
    "inspect",
    "load",
    "prepare",
    "read",
    "split",
    "validate",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for, so that `import dataprep` costs nothing."""
    if name == "errors":
        return import_module("dataprep.errors")
    if name not in __all__:
        raise AttributeError(f"module 'dataprep' has no attribute '{name}'")
    home = {"Drop": "model", "Example": "model", "Turn": "model", "CorpusStep": "steps.base"}
    home["ExampleStep"] = "steps.base"
    return getattr(import_module(f"dataprep.{home.get(name, 'commands.verbs')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
