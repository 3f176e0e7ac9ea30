"""The demo's own README names each planted fault with its place and its fate: here it is held to
that.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from paths import ROOT

from dataprep import recipe
from dataprep.cli import cli
from dataprep.commands.prepare import prepare

RAW = "data/raw/demo"
SPLITS = ("train", "val", "test")
WAYS_OUT = {"rejected": "rejected", "filtered": "filtered", "duplicate": "duplicates"}
SAME = "same prompt and answer"  # the reason that the table does not repeat for each duplicate

Place = tuple[str, int]


# ----------------------------------------------------------------------------- what the README says


@cache
def readme() -> str:
    return (ROOT / RAW / "README.md").read_text(encoding="utf-8")


def tables() -> list[list[list[str]]]:
    """Return the cells of each table's rows, without its head."""
    return [
        [
            [cell.strip(" *`") for cell in row.strip("|").split("|")]
            for row in table.splitlines()[2:]
        ]
        for table in re.findall(r"(?:^\|.*\n)+", readme(), re.MULTILINE)
    ]


def place(cell: str) -> Place:
    """Return the file and the line that a cell as `chats.jsonl` 44 names."""
    file, line = cell.replace("`", "").split()
    return file, int(line)


FILES, FAULTS, COPIES = tables()
RECORDS = {file: int(count) for file, *_, count in FILES}
TOTAL = RECORDS.pop("all")
FATES = {(file, int(line)): fate for _, file, lines, _, fate in FAULTS for line in lines.split(",")}
ORIGINALS = {place(copy): place(original) for copy, original in COPIES}


def planted(*fates: str) -> pytest.MarkDecorator:
    """Run a test with the place, the fate and the reason of each fault that meets one of these
    fates.
    """
    found = [
        (where, *fate.split(": ")) for where, fate in FATES.items() if fate.split(": ")[0] in fates
    ]
    rows = [
        pytest.param(where, fate, *(reason or [SAME]), id=f"{where[0]}:{where[1]} {fate}")
        for where, fate, *reason in found
    ]
    return pytest.mark.parametrize(("where", "fate", "reason"), rows)


# --------------------------------------------------------------------- what stands in the raw files


@cache
def unpacked(file: str) -> bytes:
    data = (ROOT / RAW / file).read_bytes()
    return gzip.decompress(data) if file.endswith(".gz") else data


@cache
def raw(file: str) -> dict[int, Any]:
    """Return the records of a raw file by the line on which each starts, one that is no JSON as its
    text.
    """
    read = {"csv": rows, "json": elements}.get(file.partition(".")[2], lines)
    return read(unpacked(file).decode("gb18030" if file.endswith(".csv") else "utf-8"))


def rows(text: str) -> dict[int, Any]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header, found = next(reader), {}
    start = reader.line_num + 1
    for row in reader:
        found[start] = dict(zip(header, row, strict=True))
        start = reader.line_num + 1
    return found


def elements(text: str) -> dict[int, Any]:
    starts = [match.end() - 1 for match in re.finditer(r"^ *\{", text, re.MULTILINE)]
    return {
        text.count("\n", 0, start) + 1: json.JSONDecoder().raw_decode(text, start)[0]
        for start in starts
    }


def lines(text: str) -> dict[int, Any]:
    return {number: value_or_text(line) for number, line in enumerate(text.split("\n"), 1) if line}


def value_or_text(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def turns(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the system text of a raw or a written record, and what is said in it, turn by turn."""
    if "conversations" in record:
        said = [message["value"] for message in record["conversations"]]
        return tuple(
            said
            if record["conversations"][0]["from"] == "system"
            else [record.get("system", ""), *said]
        )
    if "问题" in record:
        return ("", record["问题"], record["答案"])
    prompt = "\n".join(filter(None, [record["instruction"], record.get("input")]))
    spoken = re.split(r"(?:^|\n)(?:Human|Assistant):", prompt)
    return (record.get("system", ""), *filter(None, spoken), record["output"])


def loosely(*texts: str) -> str:
    """Return the letters and digits alone, whatever the cleaning rules make of the rest."""
    plain = re.sub(r"<[^>]*>", "", html.unescape("\n".join(texts)))
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", plain))).casefold()


# ----------------------------------------------------------------------------- what came of the run


@dataclass(frozen=True)
class Run:
    """A prepared demo."""

    folder: Path
    report: dict[str, Any]
    rejects: dict[Place, dict[str, Any]]
    splits: dict[str, list[dict[str, Any]]]

    @property
    def written(self) -> list[dict[str, Any]]:
        return [record for split in self.splits.values() for record in split]


def carry_out(
    folder: Path, reorder: Callable[[list[Any]], list[Any]] = list, workers: int = 0
) -> Path:
    """Prepare the demo in a folder of its own, and return its folder of data."""
    shutil.copytree(ROOT / "data/raw", folder / "data/raw")
    value = yaml.safe_load((ROOT / "recipes/demo.yaml").read_text(encoding="utf-8"))
    value["data"]["inputs"] = reorder(value["data"]["inputs"])
    (folder / "demo.yaml").write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    with chdir(folder):
        prepare(recipe.compile("demo.yaml"), workers=workers)
    return folder / "data"


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Prepare the demo once."""
    folder = carry_out(tmp_path_factory.mktemp("demo")) / "demo"
    left = read_lines(folder / "rejects.jsonl")
    rejects = {(reject["path"].removeprefix(f"{RAW}/"), reject["line"]): reject for reject in left}
    assert len(rejects) == len(left)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Run(
        folder, report, rejects, {split: read_lines(folder / f"{split}.jsonl") for split in SPLITS}
    )


# --------------------------------------------------------------------------------------- the tables


def test_the_tables_agree_with_themselves_and_with_the_prose() -> None:
    assert sum(RECORDS.values()) == TOTAL
    assert all(len(lines.split(",")) == int(count) for _, _, lines, count, _ in FAULTS)
    assert [int(number) for number in re.findall(r"^(\d+) .*records", readme(), re.MULTILINE)] == [
        TOTAL,
        len(FATES),
    ]
    assert ORIGINALS.keys() == {where for where, fate in FATES.items() if fate == "duplicate"}


def test_each_file_holds_as_many_records_as_the_table_says(demo: Run) -> None:
    assert {file: len(raw(file)) for file in RECORDS} == RECORDS
    assert demo.report["inputs"] == {f"{RAW}/{file}": count for file, count in RECORDS.items()}
    assert {path.name for path in (ROOT / RAW).iterdir()} == {*RECORDS, "README.md"}


# ---------------------------------------------------------------------------------------- the fates


@planted("rejected", "filtered", "duplicate")
def test_record_that_leaves_leaves_as_it_was(
    where: Place, fate: str, reason: str, demo: Run
) -> None:
    file, line = where
    reject = demo.rejects[where]
    assert (reject["path"], reject["fate"], reject["reason"]) == (f"{RAW}/{file}", fate, reason)
    assert reject["record"] == raw(file)[line]
    assert unpacked(file)[: reject["byte"]].count(b"\n") == line - 1


def test_nothing_else_leaves(demo: Run) -> None:
    assert demo.rejects.keys() == {
        where for where, fate in FATES.items() if not fate.startswith("cleaned")
    }


@pytest.mark.parametrize(("copy", "original"), ORIGINALS.items(), ids=str)
def test_copy_names_its_original_and_the_original_stays(
    copy: Place, original: Place, demo: Run
) -> None:
    (file, line), (copied, place) = original, copy
    assert demo.rejects[copy]["found"] == f"repeats {RAW}/{file}:{line}"
    said = turns(raw(file)[line])
    assert turns(raw(copied)[place]) == said
    assert [turns(record) for record in demo.written].count(said) == 1


PLANTED = {
    "html": re.compile(r"</?[a-z]+\b[^>]*>|&#?\w+;"),
    "full-width": re.compile("[０-９Ａ-Ｚａ-ｚ]"),
}


@planted("cleaned")
def test_cleaned_record_stands_in_one_split_without_its_fault(
    where: Place, fate: str, reason: str, demo: Run
) -> None:
    file, line = where
    dirty = turns(raw(file)[line])
    (clean,) = (
        turns(record) for record in demo.written if loosely(*turns(record)) == loosely(*dirty)
    )
    assert PLANTED[reason].search("\n".join(dirty))
    assert not PLANTED[reason].search("\n".join(clean))
    assert len(clean) == len(dirty)


def test_record_without_a_fault_comes_out_to_the_letter(demo: Run) -> None:
    sound = [
        turns(record)
        for file in RECORDS
        for line, record in raw(file).items()
        if (file, line) not in FATES
    ]
    cleaned = sum(fate.startswith("cleaned") for fate in FATES.values())
    written = Counter(turns(record) for record in demo.written)
    assert Counter(sound) - written == Counter()
    assert written.total() == len(sound) + cleaned


# --------------------------------------------------------------------------------------- the counts


def test_report_counts_what_the_table_names(demo: Run) -> None:
    fates = Counter(f"{fate}: {SAME}" if fate == "duplicate" else fate for fate in FATES.values())
    told = {fate: demo.report["reasons"][word] for fate, word in WAYS_OUT.items()}
    told["cleaned"] = {rule: demo.report["changed"][rule] for rule in PLANTED}
    assert {
        f"{fate}: {reason}": count for fate in told for reason, count in told[fate].items()
    } == fates


def test_no_record_is_lost(demo: Run) -> None:
    counted = dict(demo.report["records"])
    assert {split: counted[split] for split in SPLITS} == {
        split: len(rows) for split, rows in demo.splits.items()
    }
    assert sum(counted[word] for word in WAYS_OUT.values()) == len(demo.rejects)
    assert counted.pop("in") == sum(counted.values()) == TOTAL


# --------------------------------------------------------------------------------------- the splits


def test_no_prompt_of_val_or_test_is_in_train(demo: Run) -> None:
    asked = {
        split: {loosely(turns(record)[1]) for record in records}
        for split, records in demo.splits.items()
    }
    assert all(asked.values())
    assert not asked["train"] & (asked["val"] | asked["test"])
    assert not asked["val"] & asked["test"]


def test_every_written_row_is_a_good_example(demo: Run) -> None:
    paths = [str(demo.folder / f"{split}.jsonl") for split in SPLITS]
    result = CliRunner().invoke(cli, ["validate", *paths])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{len(demo.written)} records, all good\n"


# -------------------------------------------------------------------------------- same in, same out


def outputs(data: Path) -> dict[str, bytes]:
    """Return all that a run wrote but locks and its own notes of times."""
    found = [data / "dataset_info.json", *(data / "demo").glob("[!.]*")]
    return {path.name: path.read_bytes() for path in found}


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_processes_gives_the_same_bytes(
    workers: int, demo: Run, tmp_path: Path
) -> None:
    assert outputs(carry_out(tmp_path, workers=workers)) == outputs(demo.folder.parent)


def file_by_file(inputs: list[Any]) -> list[Any]:
    """Return each file by its own name, the last first."""
    table = next(entry for entry in inputs if isinstance(entry, dict))
    return [
        table if file.endswith(".csv") else f"{RAW}/{file}"
        for file in sorted(RECORDS, reverse=True)
    ]


@pytest.mark.parametrize(
    "reorder", [lambda inputs: inputs[::-1], file_by_file], ids=["reversed", "file by file"]
)
def test_any_order_of_the_inputs_gives_the_same_bytes(
    reorder: Callable[[list[Any]], list[Any]], demo: Run, tmp_path: Path
) -> None:
    assert outputs(carry_out(tmp_path, reorder)) == outputs(demo.folder.parent)
