"""Check recipes: what the tables know against them, and what LLaMA-Factory's own parser says where
it is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from dataprep.errors import DataprepError, Fault
from dataprep.llamafactory import parser as factory
from dataprep.llamafactory.pitfalls.pitfall import ERROR, WARNING
from dataprep.llamafactory.recipe_check import check, findings_on, not_asked
from dataprep.recipe import Compiled, RecipeError, Run, read
from dataprep.recipe.yaml_lines import keys_of


@dataclass(frozen=True)
class RecipeVerdict:
    """The faults of some recipes; with `strict`, a warning is as bad as an error."""

    paths: Sequence[str]
    faults: Sequence[Fault]
    strict: bool = False

    @property
    def errors(self) -> list[Fault]:
        """Return the faults for which a run is refused."""
        return [fault for fault in self.faults if self.strict or fault.severity == ERROR]

    @property
    def exit_status(self) -> int:
        """Return 2 where a run is refused, else 0."""
        return 2 if self.errors else 0

    def __str__(self) -> str:
        names = ", ".join(self.paths)
        if not self.faults:
            return f"{names}: no problems found"
        errors, warnings = len(self.errors), len(self.faults) - len(self.errors)
        counts = [_counted(errors, ERROR), _counted(warnings, WARNING)]
        return f"{names}: {' and '.join(count for count in counts if count)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def check_recipes(
    words: Iterable[str], *, strict: bool = False, quick: bool = False
) -> RecipeVerdict:
    """Return what is against the recipes among these words; `KEY=VALUE` words are said of the
    training of each.

    With `quick`, or where it is not installed, LLaMA-Factory's own parser is not asked. Raises
    `DataprepError` for a file that cannot be read, and where no recipe is named.
    """
    words = list(words)
    paths = [word for word in words if "=" not in word]
    if not paths:
        raise DataprepError(
            "no recipe is named, expected RECIPE... [KEY=VALUE]..., e.g. recipes/demo.yaml"
        )
    here = keys_of(word for word in words if "=" in word)
    ask = not_asked if quick or not factory.is_installed() else _parser
    return RecipeVerdict(
        paths, [fault for path in paths for fault in check(path, here, ask)], strict
    )


def _parser(stage: str, arguments: Mapping[str, Any]) -> Iterator[Fault]:
    if stage != "evaluate":
        for key, message, here_only in factory.refusals(stage, arguments):
            severity = WARNING if here_only else ERROR
            pointer = f"/{key}" if key else ""
            yield Fault("refused-argument", message, pointer=pointer, severity=severity)


def compile_checked(
    path: str, words: Iterable[str] = (), *, quick: bool = True
) -> tuple[Run, list[Fault]]:
    """Return the run of a recipe and the warnings about it.

    `words` are KEY=VALUE and override the keys of the training. Without `quick`, LLaMA-Factory's
    own parser is asked too, if it is installed. Raises `RecipeError` with all faults and errors.
    """
    compiled = read(path, keys_of(words))
    asks = not quick and factory.is_installed()
    verdict = RecipeVerdict([path], _asked_apart(compiled) if asks else findings_on(compiled))
    if verdict.errors or compiled.run is None:
        known = {(fault.pointer, fault.message) for fault in compiled.faults}
        is_all = all((fault.pointer, fault.message) in known for fault in verdict.errors)
        raise RecipeError(
            verdict.errors, compiled.exit_status if is_all else RecipeError.exit_status
        )
    return compiled.run, list(verdict.faults)


def _asked_apart(compiled: Compiled) -> list[Fault]:
    """Ask LLaMA-Factory's parser in a forked process, whose exit frees 800 MB of imports."""
    with ProcessPoolExecutor(1, get_context("fork")) as child:
        return child.submit(findings_on, replace(compiled, run=None), _parser).result()
