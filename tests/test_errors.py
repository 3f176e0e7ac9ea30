"""Faults: their codes, their words, and errors that cross processes."""

from __future__ import annotations

import ast
import importlib
import pickle
from collections.abc import Iterator

import pytest
from paths import ROOT

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
