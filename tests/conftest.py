"""Folders that tests work in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import GOOD, RECIPE, write
from hypothesis import settings
from project import Project, clone

from dataprep.pipeline import plugins

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")  # a busy machine is no fault


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a fresh clone."""
    return clone(tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with one good file, files that are not, and a recipe."""
    monkeypatch.chdir(tmp_path)
    write("good.jsonl", *GOOD)
    Path("empty.jsonl").touch()
    Path("blank.json").write_text(" \n\n")
    Path("notes.docx").write_text("Hi")
    Path("junk.gguf").write_text("Hi")
    Path("folder.jsonl").mkdir()
    Path("mine.yaml").write_text(RECIPE)
    yield tmp_path
    plugins.load([])  # forget those of this folder
