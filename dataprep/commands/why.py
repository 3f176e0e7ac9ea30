"""Trace one record: its source, what changed it, and where it is now or why it was removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError, RecordError
from dataprep.formats.reading.records import records
from dataprep.pipeline.report import lineage
from dataprep.pipeline.report.lineage import Story
from dataprep.recipe import DATA
from dataprep.sources import json_lines
from dataprep.sources.outputs import LINEAGE, REJECTS, split_file
from dataprep.sources.raw import Raw
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.steps.split import SPLITS


@dataclass(frozen=True)
class Traced:
    """A record's story in one folder of prepared data, with its raw and its prepared form."""

    folder: Path
    story: Story
    was: Any
    now: Any

    def __str__(self) -> str:
        shown = {"was": self.was, "is": self.now}
        lines = {
            "read as": self.story.format or "no known format",
            "changed by": self.story.changed,
            **self._end(),
            **{
                name: json.dumps(value, ensure_ascii=False)
                for name, value in shown.items()
                if value is not None
            },
        }
        return "\n".join(
            [
                f"{self.story.place} in {self.folder}",
                *(f"  {name:<10}  {text}" for name, text in lines.items() if text),
            ]
        )

    def _end(self) -> dict[str, str]:
        story = self.story
        if story.row:
            return {"went to": f"{self.folder}/{story.fate}.jsonl:{story.row}"}
        repeats = f" as {story.repeats}" if story.repeats else ""
        return {"left as": f"{story.fate}: {story.reason}{repeats}"}


def why(place: str, line: int | None = None) -> Iterator[Traced]:
    """Yield the stories of the record at a place, one for each folder of prepared data that it came
    into.

    A place is a raw file and a line (`faq.csv:17`), or a line of prepared data: `data/NAME` with a
    line of its train.jsonl, or any of its files with a line. Raises `DataprepError` where no record
    is known by that place.
    """
    path, line = (place, line) if line is not None else _parted(place)
    if Path(path, LINEAGE).is_file():
        path = f"{path}/{split_file(SPLITS[0])}"
    folder = Path(path).parent
    if (folder / LINEAGE).is_file() and not path.endswith(LINEAGE):
        yield from _of_output(folder, Path(path), line)
    else:
        yield from _of_input(path, line)


def _parted(place: str) -> tuple[str, int]:
    path, colon, line = place.rpartition(":")
    if not colon or not line.isdigit():
        raise DataprepError(
            f"{place}: expected a file and a line, e.g. {place}:17, or a folder of data and a line"
        )
    return path, int(line)


def _of_output(folder: Path, path: Path, line: int) -> Iterator[Traced]:
    if path.name == REJECTS:
        reject = _row(path, line)
        found = lineage.find(folder / LINEAGE, path=reject["path"], line=reject["line"])
        found = [story for story in found if not story.row]
    else:
        found = lineage.find(folder / LINEAGE, fate=path.stem, row=line)
    if not found:
        raise DataprepError(
            f"{path}:{line}: no such line in the lineage of {folder}; was the file changed by hand?"
        )
    yield from (_traced(folder, story) for story in found)


def _of_input(path: str, line: int) -> Iterator[Traced]:
    """Yield what became of a raw file's record that begins on a line, or on the nearest one before
    it.
    """
    folders = sorted(trail.parent for trail in Path(DATA).glob(f"*/{LINEAGE}"))
    told = 0
    for folder in folders:
        for name in lineage.paths(folder / LINEAGE):
            if name == path or name.endswith(f"/{path}"):
                for story in _nearest(lineage.find(folder / LINEAGE, path=name), line):
                    yield _traced(folder, story)
                    told += 1
    if not told:
        among = (
            f"the inputs of {', '.join(map(str, folders))}"
            if folders
            else "prepared data, for there is none yet"
        )
        raise DataprepError(f"{path}:{line}: no record is known by this place among {among}")


def _nearest(stories: list[Story], line: int) -> list[Story]:
    begun = max((story.line for story in stories if story.line <= line), default=0)
    return [story for story in stories if story.line == begun]


def _traced(folder: Path, story: Story) -> Traced:
    now = _row(folder / split_file(story.fate), story.row) if story.row else None
    return Traced(folder, story, _raw(folder, story), now)


def _raw(folder: Path, story: Story) -> Any:
    """Return the record as it stood in the input, from the rejects or from the file where that is
    still the same.
    """
    if not story.row:
        return next(
            reject["record"]
            for reject in _rows(folder / REJECTS)
            if (reject["path"], reject["line"]) == (story.path, story.line)
        )
    try:
        raws = (raw for raw, _ in records(Piece(Source(story.path))))
        return next(
            (raw.value for raw in raws if raw.origin.line == story.line and _same(raw, story)), None
        )
    except (DataprepError, RecordError, OSError):
        return None


def _same(raw: Raw, story: Story) -> bool:
    return lineage.digest(raw.value) == story.digest


def _row(path: Path, line: int) -> Any:
    for number, row in enumerate(_rows(path), 1):
        if number == line:
            return row
    raise DataprepError(f"{path}: has no line {line}")


def _rows(path: Path) -> Iterator[Any]:
    with path.open(encoding=json_lines.UTF8) as lines:
        yield from map(json.loads, lines)
