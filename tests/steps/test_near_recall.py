"""How many edited copies of rows near dedupe finds, and how little else it takes; and that the
measure is right.
"""

from __future__ import annotations

from pathlib import Path

import corpus
import edited_copies
import pytest
import real
from commandline import good
from edited_copies import SHARES, Row, score

BASE = list(corpus.alpaca(80))
ROWS = edited_copies.make(BASE, rows=60, copies=40)
PLACE = {row: line for line, row in enumerate(map(repr, ROWS), 1)}
COPIES = [row for row in ROWS if row.share]


def line(row: Row) -> int:
    return PLACE[repr(row)]


def base_of(copy: Row) -> Row:
    return next(row for row in ROWS if row.base == copy.base and not row.share)


def test_set_has_the_rows_and_copies_that_are_asked_for_and_none_twice() -> None:
    assert (len(ROWS), len(COPIES)) == (100, 40)
    assert len({row.base for row in COPIES}) == 40
    assert sorted({row.share for row in COPIES}) == list(SHARES)
    assert all(row.record in BASE for row in ROWS if not row.share)


def test_same_seed_gives_the_same_set_and_another_seed_another() -> None:
    again, other = (edited_copies.make(BASE, rows=60, copies=40, seed=seed) for seed in (0, 1))
    assert again == ROWS != other


@pytest.mark.parametrize("copy", COPIES, ids=lambda row: f"{row.language}-{row.share}-{row.base}")
def test_copy_has_its_share_of_edits(copy: Row) -> None:
    before, after = (
        [
            unit.strip()
            for field in real.FIELDS
            for unit in edited_copies.units(row.record[field], row.language)
        ]
        for row in (base_of(copy), copy)
    )
    edits = max(1, round(copy.share * len(before)))
    kept = len(before) * edited_copies.likeness(" ".join(before), " ".join(after), "en")
    assert before != after
    assert kept >= len(before) - 2 * edits
    assert abs(len(before) - len(after)) <= edits


def test_search_that_takes_all_copies_and_nothing_else_scores_all() -> None:
    found = score(ROWS, {line(copy): line(base_of(copy)) for copy in COPIES})
    assert set(found.recall.values()) == {1.0}
    assert (found.left, found.unlike, found.numbers) == (0, 0, 0)


def test_search_that_takes_base_rows_in_place_of_their_copies_scores_all() -> None:
    assert set(
        score(ROWS, {line(base_of(copy)): line(copy) for copy in COPIES}).recall.values()
    ) == {1.0}


def test_search_that_takes_a_row_unlike_the_one_it_names_is_found_out() -> None:
    copied = {copy.base for copy in COPIES}
    single, other = [row for row in ROWS if row.base not in copied and row.language == "en"][:2]
    found = score(ROWS, {line(single): line(other)})
    assert set(found.recall.values()) == {0.0}
    assert found.left == found.unlike == 1000 / 20


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not real.SHARED.is_dir():
        pytest.skip("the real data is not here")
    return edited_copies.make(real.rows(most=200), rows=3_000, copies=1_500)


def measured(rows: list[Row], folder: Path, options: str = "") -> edited_copies.Score:
    edited_copies.write(folder / "rows.jsonl", rows)
    good(f"dedupe {folder}/rows.jsonl --near {options} --to alpaca -o {folder}/kept.jsonl")
    return score(rows, edited_copies.left(folder / "kept.rejects.jsonl"))


def test_copies_with_few_edits_are_found_by_default_and_hardly_any_other_row(
    rows: list[Row], tmp_path: Path
) -> None:
    found = measured(rows, tmp_path)
    assert {key: rate for key, rate in found.recall.items() if key[1] <= 0.1 and rate < 0.92} == {}
    assert found.unlike <= 2


def test_copies_with_a_fifth_of_edits_are_found_at_a_low_threshold(
    rows: list[Row], tmp_path: Path
) -> None:
    assert {
        key: rate
        for key, rate in measured(rows, tmp_path, "--threshold 0.4").recall.items()
        if rate < 0.9
    } == {}
