"""Faults: their codes, their words, and errors that cross processes."""

from __future__ import annotations

import ast
import importlib
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from paths import ROOT

from dataprep.cli import cli
from dataprep.errors import CODES, DataError, DataprepError, Fault, RecordError
from dataprep.recipe import compile


def _codes() -> Iterator[str]:
    """Yield the code of each fault that the package builds, where the code names it."""
    for path in sorted((ROOT / "dataprep").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Fault" and call.args:
                code = call.args[0]
                if isinstance(code, ast.Constant):
                    yield code.value
                elif isinstance(code, ast.Name) and code.id.isupper():
                    yield getattr(importlib.import_module(module), code.id)


def test_every_code_is_documented() -> None:
    assert set(_codes()) <= CODES.keys()


def test_no_code_is_documented_that_nothing_has() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dataprep").rglob("*.py"))
    built = set(_codes())
    assert [code for code in CODES if text.count(f'"{code}"') < 2 and code not in built] == []


def test_codes_are_kebab_case() -> None:
    assert [code for code in CODES if code != code.lower() or " " in code or "_" in code] == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("a", "is null", "string"), "is null, expected string"),
        (Fault("a", "is null", fix="write one"), "is null; write one"),
        (Fault("a", "is null", path="x.jsonl", line=3), "x.jsonl:3: is null"),
        (Fault("a", "odd", path="x", severity="warning", pointer="/k"), "x: warning: /k: odd"),
        (Fault("a", "x, expected y", "z"), "x, expected y, expected z"),
    ],
)
def test_text_has_place_severity_pointer_and_message(fault: Fault, words: str) -> None:
    assert str(fault) == words


def test_a_fault_within_another_file_keeps_its_place_in_its_words() -> None:
    fault = Fault("a", "is null", "string", "write one", "in.json", 3, "/k")
    outer = fault.within("mine.yaml", 7, "/data")
    assert str(outer) == "mine.yaml:7: /data: in.json:3: /k: is null, expected string; write one"
    assert (outer.code, outer.expected, outer.line) == ("a", "string", 7)


def test_standard_input_has_no_other_name_in_any_field() -> None:
    fault = Fault("a", "/tmp/x: is empty", path="/tmp/x").renamed("/tmp/x", "-")
    assert (fault.path, fault.found) == ("-", "-: is empty")


def test_a_role_that_reads_like_a_sentence_stays_whole() -> None:
    error = RecordError("unknown role", "'x, expected y'", "/role", expected="user")
    assert (error.found, error.expected) == ("'x, expected y'", "user")


def test_faults_of_an_error_survive_a_worker() -> None:
    error = DataError(Fault("broken-file", "breaks off", path="a.json", line=7))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.faults, str(again)) == (DataError, error.faults, str(error))


def test_json_has_every_field_and_the_message() -> None:
    fault = Fault("a", "is null", "string", "write one", "x", 1, "/k")
    assert fault.as_json() == {
        "code": "a",
        "found": "is null",
        "expected": "string",
        "fix": "write one",
        "path": "x",
        "line": 1,
        "pointer": "/k",
        "severity": "error",
        "message": "is null, expected string; write one",
    }


@pytest.mark.parametrize(
    ("train", "status"),
    [("", 1), ("train: {model_name_or_path: a/b, stage: sft, finetuning_type: lora}\n", 2)],
)
def test_a_recipe_is_not_to_blame_for_a_broken_input(
    train: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.zip").write_bytes(b"PK\x03\x04 and no more")
    Path("mine.yaml").write_text(
        f"data:\n  inputs: [broken.zip]\n  output: {{format: alpaca}}\n{train}"
    )
    result = CliRunner().invoke(cli, ["prepare", "mine.yaml"])
    assert "mine.yaml:2: /data/inputs/0: broken.zip" in result.output
    assert result.exit_code == status


def test_recipe_error_has_all_faults_with_their_lines(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("recipe") / "mine.yaml"
    path.write_text("data:\n  inputs: [nowhere.jsonl]\n  steps: [dedup]\n  output: {format: x}\n")
    with pytest.raises(DataprepError) as caught:
        compile(str(path))
    assert [(fault.line, fault.code) for fault in caught.value.faults] == [
        (2, "wrong-usage"),
        (3, "unknown-step"),
        (4, "wrong-usage"),
    ]
    assert str(caught.value).splitlines()[1].startswith(f"{path}:3: /data/steps/0: no step 'dedup'")
