"""Each file that names a version of LLaMA-Factory names one that dataprep knows."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from paths import ROOT

from dataprep.llamafactory.version import PPO_VERSION, VERSION

NAMED = re.compile(r"llama-?factory(?:==| )(\d+\.\d+\.\d+)", re.IGNORECASE)
OUTSIDE = [ROOT / "Makefile", ROOT / ".constraints.txt", *sorted(ROOT.glob("recipes/*.yaml"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_setup_installs_the_version_that_is_known() -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
    assert f"llamafactory=={VERSION}" in extras["train"]


def test_make_installs_the_version_for_ppo_that_is_known() -> None:
    assert re.findall(r"llamafactory==(\S+)", text("Makefile")) == [PPO_VERSION]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.name)
def test_file_outside_the_code_names_a_known_version(path: Path) -> None:
    assert {*NAMED.findall(path.read_text(encoding="utf-8"))} <= {VERSION, PPO_VERSION}


def test_schema_names_the_version_that_it_was_generated_from() -> None:
    description = json.loads(text("schemas/llamafactory.schema.json"))["description"]
    assert NAMED.findall(description) == [VERSION]


def test_code_takes_the_version_from_one_place() -> None:
    files = sorted((ROOT / "dataprep").rglob("*.py"))
    assert [path.name for path in files if VERSION in path.read_text(encoding="utf-8")] == [
        "version.py"
    ]


@pytest.mark.train
def test_installed_version_is_the_one_that_is_known() -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    assert version("llamafactory") == VERSION
