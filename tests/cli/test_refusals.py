"""What is wrong is refused in one clear line, before a byte is written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from commandline import (
    EMPTY,
    GOOD,
    counts,
    good,
    refusal,
    run,
    write,
)

pytestmark = pytest.mark.usefixtures("folder")

# ---------------------------------------------------------------------------------------- bad input

READING = {
    "convert": "-o out.jsonl",
    "validate": "",
    "clean": "-o out.jsonl",
    "privacy": "",
    "dedupe": "-o out.jsonl",
    "quality": "",
    "split": "-o out",
}
MISUSED = {
    "missing.jsonl": "missing.jsonl: no such file",
    "good.jsonl missing.jsonl": "missing.jsonl: no such file",
    "notes.docx": "notes.docx: cannot read '.docx'; known: .json, .jsonl, .ndjson, .csv, .tsv",
    "mine": "mine: no such file",
    "empty.jsonl": "empty.jsonl: is empty",
    "blank.json": "blank.json: is empty",
    "folder.jsonl": "folder.jsonl: holds no file that can be read; known: .json, .jsonl",
    "'*.tsv'": "*.tsv: no file has such a name",
    "good.jsonl --format shargpt": "Invalid value for '--format' / '--from': no format 'shargpt'",
    "good.jsonl --encoding utf9": "no encoding 'utf9'; common ones: utf-8, gb18030",
    "good.jsonl --encoding hex": "no encoding 'hex'; common ones: utf-8, gb18030",
    "good.jsonl --columns prompt": (
        "Invalid value for '--columns': 'prompt', expected prompt=COLUMN,response=COLUMN"
    ),
    "good.jsonl --columns prompt=a": "Invalid value for '--columns': 'prompt=a', expected",
    "good.jsonl --columns prompt=,response=a": (
        "Invalid value for '--columns': 'prompt=,response=a', expected"
    ),
    "good.jsonl --columns promt=a,response=b": (
        "Invalid value for '--columns': 'promt=a,response=b', expected"
    ),
    "good.jsonl --colums prompt=a,response=b": "No such option",
    "good.jsonl --format belle --columns prompt=a,response=b": (
        "say the format or the columns, not both"
    ),
    "": "Missing argument 'FILE...'",
}


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("words", MISUSED)
def test_input_that_cannot_be_read_is_refused_in_one_line(words: str, command: str) -> None:
    assert refusal(f"{command} {words} {READING[command]}").startswith(MISUSED[words])


REFUSED = {
    "convrt": "No such command 'convrt'",
    "convert good.jsonl -o out.txt": (
        "out.txt: is no kind of file that is written; name it out.jsonl, out.json"
    ),
    "convert good.jsonl -o folder.jsonl": "folder.jsonl: is a directory, expected a file to write",
    "convert good.jsonl -o good.jsonl": "good.jsonl: is an input, and inputs are never changed",
    "convert good.jsonl -o folder.jsonl/../good.jsonl": "folder.jsonl/../good.jsonl: is an input",
    "convert good.jsonl -o out.jsonl --to shargpt": (
        "Invalid value for '--to': no format 'shargpt'; did you mean"
    ),
    "clean good.jsonl -o out.jsonl --no-htm": "No such option",
    "dedupe good.jsonl -o out.jsonl --by text": (
        "Invalid value for '--by': 'text' is not one of 'whole', 'prompt'"
    ),
    "quality good.jsonl -o good.jsonl": "good.jsonl: is an input, and inputs are never changed",
    "quality good.jsonl --no-refusal": "No such option",
    "privacy good.jsonl --kinds emial": "no kind 'emial' of personal data; did you mean 'email'?",
    "privacy good.jsonl --action hide": (
        "Invalid value for '--action': 'hide' is not one of 'redact', 'drop', 'report'"
    ),
    "split good.jsonl -o good.jsonl": "good.jsonl: is a file, expected a folder to write to",
    "split good.jsonl -o out --val 1.5": (
        "val is 1.5, expected a fraction below 1, or a number of examples"
    ),
    "split good.jsonl -o out --folds 3 --test 1": (
        "folds stand instead of val and test, for each fold has a test"
    ),
    "split good.jsonl -o out --near 0.3": (
        "Invalid value for '--near': 0.3 is not in the range 0.5<=x<=1"
    ),
    "split --verify good.jsonl": (
        "good.jsonl: is all on one side; name the others too, e.g. train.jsonl test.jsonl"
    ),
    "split --verify good.jsonl -o out": "--verify writes nothing; leave -o out.",
    "split good.jsonl -o out --val 0.5 --test 0.5": (
        "val 0.5 and test 0.5 leave nothing to train on"
    ),
    "split good.jsonl -o out --val many": (
        "Invalid value for '--val': 'many', expected a number, e.g. 0.05 or 5%"
    ),
    "prepare": "Missing argument 'RECIPE'",
    "prepare missing.yaml": "missing.yaml: no such file",
    "prepare folder.jsonl": "folder.jsonl: is a directory, expected a recipe file",
    "prepare mine.yaml --workers -1": "Invalid value for '--workers'",
    "prepare mine.yaml --forse": "No such option",
    "config missing.yaml train": "missing.yaml: no such file",
    "config mine.yaml": "Missing argument 'STAGE'",
    "config mine.yaml trian": "no stage 'trian'; did you mean 'train'?",
    "config mine.yaml train -o folder.jsonl": "folder.jsonl: is a directory",
    "new folder.jsonl": "Invalid value for 'RECIPE': File 'folder.jsonl' is a directory",
    "new mine.yaml --dataset good.jsonl": (
        "mine.yaml: was not made of DATASET=good.jsonl; edit it and use RECIPE=mine"
    ),
    "new own.yaml --dataset missing.jsonl": "missing.jsonl: no such file",
    "new own.yaml --dataset notes.docx": "notes.docx: cannot read '.docx'",
    "new own.yaml --dataset good.jsonl --format shargpt": "Invalid value for '--format'",
    "new own.yaml --dataset good.jsonl --model no/name": (
        "no/name: no chat template can be inferred from the name"
    ),
    "new own.yaml --dataset good.jsonl --quantization 3bit": "Invalid value for '--quantization'",
    "new own.yaml --dataset good.jsonl --epochs 0": "Invalid value for '--epochs'",
    "new own.yaml --dataset good.jsonl --lora-rnk 8": "No such option",
    "new raw.yaml --dataset good.jsonl": (
        "raw.yaml: the name 'raw' would put the prepared data among the raw files"
    ),
    "ask missing.yaml": "missing.yaml: no such file",
    "ask mine.yaml": "saves/mine/merged: no exported model; make it by: make export RECIPE=mine",
    "forget": "Missing argument",
    "forget mine": "data/mine: was not prepared here, so it stays",
    "forget ../good.jsonl": "data/../good.jsonl: was not prepared here, so it stays",
    "forget .": "data: was not prepared here, so it stays",
    "gguf missing.gguf -o model": "Invalid value for 'SOURCE': File 'missing.gguf' does not exist",
    "gguf folder.jsonl -o model": "Invalid value for 'SOURCE': File 'folder.jsonl' is a directory",
    "gguf junk.gguf -o model": (
        "junk.gguf: is no GGUF file, for it does not begin with 'GGUF'; fetch it again"
    ),
    "gguf notes.docx -o model": (
        "notes.docx: expected a .gguf file, or a .whl or .zip that holds one"
    ),
    "gguf notes.docx -o folder.jsonl": (
        "folder.jsonl: is there already; remove it, or choose another folder"
    ),
    "gguf notes.docx": "Missing option '-o'",
}


@pytest.mark.parametrize("line", REFUSED)
def test_command_that_is_wrong_is_refused_in_one_line(line: str) -> None:
    assert refusal(line).startswith(REFUSED[line])


def test_output_of_another_suffix_is_answered_with_the_right_name() -> None:
    for name in ("out", "out.txt", "out.jsonl.gz"):
        assert refusal(f"convert good.jsonl -o {name}").endswith(
            "name it out.jsonl, out.json, out.parquet"
        )


@pytest.mark.parametrize(
    "line",
    [
        "convert raw.rejects.jsonl -o raw.jsonl",
        "split raw/train.jsonl -o raw",
        "split raw/rejects.jsonl -o raw",
    ],
)
def test_input_is_never_overwritten_or_taken_away(line: str) -> None:
    write(line.split()[1], *GOOD, EMPTY)
    assert "inputs are never changed" in refusal(line)


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (
            "torn.json",
            '[{"instruction": "Hi", "output": "Hello"},',
            "torn.json:1: the array breaks off",
        ),
        (
            "plain.jsonl.gz",
            '{"instruction": "Hi", "output": "Hello"}',
            "plain.jsonl.gz: not a whole gzip file",
        ),
    ],
)
def test_file_that_breaks_off_is_data_at_fault(
    command: str, file: str, text: str, words: str
) -> None:
    Path(file).write_text(text)
    assert refusal(f"{command} {file} {READING[command]}", status=1).startswith(words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("convert bad.jsonl -o deep/er/out.jsonl", r"no example is left.*: empty answer \(1\)"),
        ("split bad.jsonl -o deep/er", r"no example is left.*: empty answer \(1\)"),
        (
            "split good.jsonl -o out --val 0.00001",
            "no example is left for val: ask for a larger fraction",
        ),
        (
            "convert odd.jsonl -o out.jsonl",
            "no record has a known shape; say which it is: --format NAME, or --columns",
        ),
    ],
)
def test_data_of_which_nothing_is_left_writes_nothing(line: str, words: str) -> None:
    write("bad.jsonl", EMPTY)
    write("odd.jsonl", {"x": "Hi", "y": "Hello"})
    assert re.match(words, refusal(line, status=1))


DATES = [
    {"instruction": f"Which day is number {day}?", "input": "", "output": f"2024-01-{day}"}
    for day in range(10, 30)
]
AS_ARRAY = "; write an array, in which texts stay texts: -o out.json"
IN_SENTENCES = "; put the dates into sentences, or add examples of another kind"
DATED = {
    "convert dates.jsonl -o out.jsonl": f"out.jsonl: every text of 'output' is a date.*{AS_ARRAY}$",
    "convert dates.jsonl --to sharegpt -o out.jsonl": None,
    "convert dates.jsonl good.jsonl -o out.jsonl": None,
    "clean dates.jsonl -o out.jsonl": f"out.jsonl: every text of 'output' is a date.*{AS_ARRAY}$",
    "dedupe dates.jsonl -o out.jsonl": f"out.jsonl: every text of 'output' is a date.*{AS_ARRAY}$",
    "split dates.jsonl --val 0.3 -o out": (
        f"out/train.jsonl: every text of 'output' is a date.*{IN_SENTENCES}$"
    ),
    "convert dates.jsonl -o out.json": None,
    "convert dates.jsonl -o out.parquet": None,
}
"""What is said of files in which each answer is a date, None where nothing is."""


@pytest.mark.parametrize("line", DATED)
def test_lines_that_llamafactory_would_take_for_dates_are_refused(line: str) -> None:
    write("dates.jsonl", *DATES)
    words = DATED[line]
    if words is None:
        good(line)
    else:
        assert re.match(words, refusal(line, status=1))


def test_standard_output_that_would_be_taken_for_dates_is_told_beside_it() -> None:
    write("dates.jsonl", *DATES)
    told = run("convert dates.jsonl")
    assert told.exit_code == 0
    assert len(told.stdout.splitlines()) == len(DATES)
    assert "warning: every text of 'output' is a date" in told.stderr
    assert "warning" not in run("convert dates.jsonl good.jsonl").stderr


def test_split_that_takes_all_says_so_and_blames_no_record() -> None:
    write("one.jsonl", GOOD[0])
    assert "validate" not in refusal("split one.jsonl -o out --val 0.99999", status=1)


@pytest.mark.parametrize(
    "files", ["good.jsonl good.jsonl", "'g*.jsonl' good.jsonl", "good.jsonl ./good.jsonl"]
)
def test_file_that_is_named_twice_is_read_once(files: str) -> None:
    assert counts(good(f"convert {files} -o out.jsonl"))["in"] == 3


@pytest.mark.parametrize("name", ["undefined", "idna"])
def test_codec_that_is_no_encoding_of_files_is_refused(name: str) -> None:
    assert f"encoding '{name}'" in refusal(f"validate good.jsonl --encoding {name}")


def test_command_that_needs_the_training_half_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("gguf", "torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    Path("model.gguf").write_bytes(b"GGUF")
    assert refusal("gguf model.gguf -o model").endswith(
        "install it by: pip install 'dataprep[train]'"
    )
