"""Every file of real data that nobody here wrote: what it is read as, what comes of it, and what is
left out and why.

`real_data.yaml` has a row for each source, and each number in it is explained there. Formats with a
place for what a file holds are written: `sharegpt` unless the row says another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from paths import SHARED, yaml_table

from dataprep.executor.base import Workspace
from dataprep.pipeline.job import Job
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.reading import process, reader_of
from dataprep.pipeline.report.report import Report
from dataprep.sources.shards import cut
from dataprep.sources.source import sources_of

TABLE: dict[str, dict[str, Any]] = yaml_table("pipeline/real_data.yaml")
NOT_RECORDS = {"json_test_suite_mit", "minhash_mccormick_mit", "models"}
"""A test of JSON parsers (see test_readers.py), lines of text named .train, and models."""

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")


@pytest.mark.parametrize("path", TABLE)
def test_real_data_comes_out_as_the_table_says(path: str, tmp_path: Path) -> None:
    row = TABLE[path]
    place = str(SHARED / path)
    if "named" in row:  # a suffix that does not say what the file is
        place = str(tmp_path / row["named"])
        Path(place).write_bytes((SHARED / path).read_bytes())
    sources = sources_of(
        [place], row.get("format"), columns=row.get("columns", {}), options=row.get("options", {})
    )
    found = convert(tmp_path / "out", Plan(sources, row.get("to", "sharegpt")))
    assert found == {
        key: row[key] for key in ("in", "out", "read", "left", "encodings") if key in row
    }
    assert row["in"] == row["out"] + sum(row.get("left", {}).values())
    assert row["why"]


def convert(folder: Path, plan: Plan) -> dict[str, Any]:
    """Return the counts of reading, checking and writing every record, as a row of the table has
    them.
    """
    folder.mkdir()
    report = Report()
    reader = reader_of(plan)
    for number, shard in enumerate(cut(plan.sources)):
        report.add(process(reader, Job(shard, Workspace(folder), number)).counts)
    counts = {
        "read": report.of("format"),
        "left": report.of("rejected"),
        "encodings": report.of("encoding"),
    }
    kept = report.total("in") - sum(counts["left"].values())
    return {
        "in": report.total("in"),
        "out": kept,
        **{name: its for name, its in counts.items() if its},
    }


def test_the_table_has_every_source_of_real_data() -> None:
    sources = {path.name for path in SHARED.iterdir() if path.is_dir()}
    assert {path.split("/")[0] for path in TABLE} == sources - NOT_RECORDS
