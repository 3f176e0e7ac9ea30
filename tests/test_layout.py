"""The tests mirror the package and do not import each other."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import ROOT, TESTS

MODULES = sorted(TESTS.rglob("*.py"))
NAMES = {path.stem for path in MODULES if path.stem.startswith("test_")}
OTHERS = {"benchmarks", "cases", "support"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_imports_a_test(path: Path) -> None:
    assert NAMES.isdisjoint(imported(path)), "move what both need to tests/support"


def test_names_of_test_modules_are_unique() -> None:
    assert len(NAMES) == len([path for path in MODULES if path.stem.startswith("test_")])


def test_folders_are_those_of_the_package() -> None:
    folders = {path.parent.name for path in MODULES if path.parent != TESTS} - OTHERS
    assert folders <= {path.name for path in (ROOT / "dataprep").iterdir() if path.is_dir()}


def test_readme_explains_every_marker() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    markers = options["tool"]["pytest"]["ini_options"]["markers"]
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{marker.partition(':')[0]}` |" in text for marker in markers)
