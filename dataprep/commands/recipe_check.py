"""Check recipes: what the tables know against them, and what LLaMA-Factory's own parser says where
it is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from dataprep.errors import DataprepError
from dataprep.llamafactory import parser as factory
from dataprep.llamafactory.pitfalls.pitfall import ERROR, WARNING
from dataprep.llamafactory.recipe_check import Finding, Said, check, findings_on, nobody
from dataprep.recipe import Compiled, RecipeError, Run, read
from dataprep.recipe.yaml_lines import keys_of


@dataclass(frozen=True)
class Verdict:
    """What is against some recipes; with `strict`, a warning is as bad as an error."""

    paths: Sequence[str]
    findings: Sequence[Finding]
    strict: bool = False

    @property
    def errors(self) -> list[Finding]:
        """Return the findings for which a run is refused."""
        return [finding for finding in self.findings if self.strict or finding.level == ERROR]

    @property
    def exit_status(self) -> int:
        """Return 2 where a run is refused, else 0."""
        return 2 if self.errors else 0

    def __str__(self) -> str:
        names = ", ".join(self.paths)
        if not self.findings:
            return f"{names}: nothing to say against it"
        errors, warnings = len(self.errors), len(self.findings) - len(self.errors)
        counts = [_counted(errors, ERROR), _counted(warnings, WARNING)]
        return f"{names}: {' and '.join(count for count in counts if count)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def check_recipes(words: Iterable[str], *, strict: bool = False, quick: bool = False) -> Verdict:
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
    ask = nobody if quick or not factory.is_installed() else _parser
    return Verdict(paths, [finding for path in paths for finding in check(path, here, ask)], strict)


def _parser(stage: str, arguments: Mapping[str, Any]) -> Iterator[Said]:
    for key, message, here_only in (
        factory.refusals(stage, arguments) if stage != "evaluate" else ()
    ):
        yield Said(key, message, WARNING if here_only else ERROR)


def compile_checked(
    path: str, words: Iterable[str] = (), *, quick: bool = True
) -> tuple[Run, list[Finding]]:
    """Return the run of a recipe and the warnings about it.

    `words` are KEY=VALUE and override the keys of the training. Without `quick`, LLaMA-Factory's
    own parser is asked too, if it is installed. Raises `RecipeError` with all faults and errors.
    """
    compiled = read(path, keys_of(words))
    asks = not quick and factory.is_installed()
    verdict = Verdict([path], _asked_apart(compiled) if asks else findings_on(compiled))
    if verdict.errors or compiled.run is None:
        raise RecipeError(map(str, verdict.errors))
    return compiled.run, list(verdict.findings)


def _asked_apart(compiled: Compiled) -> list[Finding]:
    """Ask LLaMA-Factory's parser in a forked process, whose exit frees 800 MB of imports."""
    with ProcessPoolExecutor(1, get_context("fork")) as child:
        return child.submit(findings_on, replace(compiled, run=None), _parser).result()
