"""Which rows are nearly the same: the pairs of `meaning.yaml`, each alone and all in one file, and
planted articles.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commandline import Record, good, read, write
from paths import SHARED, yaml_table

TABLE: dict[str, list[dict[str, str]]] = yaml_table("steps/meaning.yaml")
ARTICLES = SHARED / "minhash_mccormick_mit"
FIELDS = ("instruction", "input", "output")
MARK = re.compile(r"⟨([^⟨⟩|]*)\|([^⟨⟩|]*)⟩")
Pair = tuple[Record, Record]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pair(row: dict[str, str]) -> Pair:
    """Return the two rows that one entry of the table stands for."""
    first, second = (
        {name: MARK.sub(side, row.get(name, "")) for name in FIELDS} for side in (r"\1", r"\2")
    )
    return first, second


def called(row: dict[str, str]) -> str:
    """Return a name by which a failing pair is found in the table."""
    marks = MARK.search("\n".join(row.get(name, "") for name in FIELDS))
    assert marks, row
    return f"{row['language']}-{row['kind']}-{marks[1]}-{marks[2]}"


def pairs(kind: str) -> Any:
    return pytest.mark.parametrize("row", TABLE[kind], ids=called)


def dropped(file: str) -> dict[int, int]:
    """Return the lines that near dedupe takes out of a file, each with the line that it repeats."""
    good(f"dedupe {file} --near --to alpaca -o kept.jsonl")
    rejects = read("kept.rejects.jsonl") if Path("kept.rejects.jsonl").exists() else []
    assert all(row["fate"] == "duplicate" for row in rejects)
    assert len(read("kept.jsonl")) + len(rejects) == len(read(file))
    return {
        row["line"]: int(row["found"].removeprefix(f"repeats {file}:").partition(",")[0])
        for row in rejects
    }


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[int, int]:
    """Give what leaves of all pairs in one file: the first rows of all, then the second rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("together"))
        firsts, seconds = zip(*(pair(row) for rows in TABLE.values() for row in rows), strict=True)
        write("all.jsonl", *firsts, *seconds)
        return dropped("all.jsonl")


def lines(row: dict[str, str]) -> tuple[int, int]:
    """Return the lines of a pair in the file of all."""
    rows = [row for rows in TABLE.values() for row in rows]
    number = next(place for place, other in enumerate(rows, 1) if other is row)
    return number, number + len(rows)


@pairs("different")
def test_rows_that_differ_in_meaning_both_stay(row: dict[str, str]) -> None:
    first, second = pair(row)
    write("pair.jsonl", first, second)
    write("turned.jsonl", second, first)
    assert dropped("pair.jsonl") == dropped("turned.jsonl") == {}


@pairs("different")
def test_rows_that_differ_in_meaning_both_stay_among_others(
    row: dict[str, str], together: dict[int, int]
) -> None:
    assert not together.keys() & {*lines(row)}


@pairs("same")
def test_copy_leaves(row: dict[str, str]) -> None:
    write("pair.jsonl", *pair(row))
    assert dropped("pair.jsonl") == {2: 1}


@pairs("same")
def test_copy_leaves_among_others(row: dict[str, str], together: dict[int, int]) -> None:
    first, second = lines(row)
    assert first not in together
    assert together.get(second) == first


@pytest.mark.parametrize("language", ["en", "zh"])
def test_table_has_pairs_enough(language: str) -> None:
    counts = {
        kind: sum(row["language"] == language for row in rows) for kind, rows in TABLE.items()
    }
    assert counts["different"] >= 40
    assert counts["same"] >= 20


def test_no_text_of_the_table_stands_twice() -> None:
    texts = Counter(str(side) for rows in TABLE.values() for row in rows for side in pair(row))
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.skipif(not ARTICLES.is_dir(), reason="the real data is not here")
def test_planted_articles_are_found_and_no_others() -> None:
    rows = [
        line.split(" ", 1)
        for line in (ARTICLES / "articles_100.train").read_text("utf-8").splitlines()
    ]
    truth = {
        frozenset(line.split())
        for line in (ARTICLES / "articles_100.truth").read_text().splitlines()
    }
    write(
        "articles.jsonl",
        *({"instruction": "Write an article.", "output": text} for _, text in rows),
    )
    names = {number: name for number, (name, _) in enumerate(rows, 1)}
    found = dropped("articles.jsonl")
    assert {frozenset([names[line], names[original]]) for line, original in found.items()} == truth
    assert len(found) == len(truth)
