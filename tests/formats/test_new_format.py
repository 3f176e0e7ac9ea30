"""A new format touches its own module, its schema and its cases, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

CARD = {"card_front": "What is 2 + 2?", "card_back": "It is 4."}
MODULE = '''\
"""Flash cards: a front that asks and a back that answers."""

from __future__ import annotations

from dataprep.model import Example, Record, Turn

READS = frozenset({"card_front", "card_back"})
HOLDS: frozenset[str] = frozenset()
DATASET_INFO = {
    "formatting": "alpaca",
    "columns": {"prompt": "card_front", "response": "card_back"},
}


def claims(record: Record) -> bool:
    return record.keys() >= READS


def read(record: Record) -> Example:
    return Example((Turn("user", record["card_front"]), Turn("assistant", record["card_back"])))


def write(example: Example) -> Record:
    ask, answer = example.turns
    return {"card_front": ask.text, "card_back": answer.text}
'''
TEXT = {"type": "string", "description": "The text of one side."}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "flash-card.schema.json",
    "title": "Flash card",
    "description": "A front that asks and a back that answers. Other fields are not read.",
    "type": "object",
    "properties": dict.fromkeys(CARD, TEXT),
    "required": [*CARD],
    "examples": [CARD],
}
CASES = {
    "plain.yaml": {
        "record": CARD,
        "turns": [["user", "What is 2 + 2?"], ["assistant", "It is 4."]],
    },
    "empty_back.yaml": {
        "record": CARD | {"card_back": ""},
        "error": {"reason": "empty answer", "detail": "turn 2 (assistant) is empty"},
    },
}
PAGES = ("schemas/README.md", "dataprep/formats/README.md")
"""Pages with generated lists of formats; `make docs` writes them."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the package and its tests, and add a format to the copy."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("dataprep", "schemas", "tests"):
        unneeded = shutil.ignore_patterns("__pycache__", "benchmarks")
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "dataprep/formats/flash_card.py").write_text(MODULE)
    (folder / "schemas/flash-card.schema.json").write_text(json.dumps(SCHEMA))
    cases = folder / "tests/cases/flash-card"
    cases.mkdir()
    for name, case in CASES.items():
        (cases / name).write_text(json.dumps(case))
    return folder


def python(folder: Path, *words: str) -> str:
    """Run a module in the copy and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_new_format_is_detected_converted_and_written(copy: Path) -> None:
    (copy / "cards.jsonl").write_text(json.dumps(CARD) + "\n")
    chat = python(copy, "dataprep", "convert", "cards.jsonl", "--to", "sharegpt")
    assert [turn["value"] for turn in json.loads(chat)["conversations"]] == [*CARD.values()]
    (copy / "chat.jsonl").write_text(chat)
    back = python(copy, "dataprep", "convert", "chat.jsonl", "--to", "flash-card")
    assert json.loads(back) == CARD


def test_tests_and_pages_of_all_formats_find_the_new_one(copy: Path) -> None:
    python(copy, "cogapp", "-r", *PAGES)
    assert all("flash-card" in (copy / page).read_text(encoding="utf-8") for page in PAGES)
    chosen = "flash-card or every_format or every_schema or claims"
    files = ("tests/formats", "tests/test_schema.py", "tests/llamafactory/test_registry.py")
    said = python(copy, "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *files)
    assert " passed" in said
