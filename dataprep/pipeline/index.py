"""An index of earlier examples, to compare new ones with them without reading the old files.

It is a folder with a segment for each run: the sketches of its examples
(`dataprep.text.similarity.sketch`), their fingerprints, and their origins. A segment is written
elsewhere and renamed, so that it is complete or absent.
"""

from __future__ import annotations

import json
from array import array
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

from dataprep.errors import DataprepError
from dataprep.executor import Workspace
from dataprep.pipeline.deciding import KNOWN
from dataprep.pipeline.job import Job, Processed
from dataprep.pipeline.plan import Plan
from dataprep.pipeline.writing import Outcome
from dataprep.sources import json_lines
from dataprep.sources.shards import Piece
from dataprep.sources.source import Source
from dataprep.steps.base import Corpus
from dataprep.text.similarity.fingerprint import pack, unpack

VERSION = 3
"""Version of the files; segments of another version are refused."""
_STEM, _PRINTS, _LINES, _ABOUT = "sketch", "prints", "lines", "about.json"


def read(folder: Path, plan: Plan) -> list[Processed]:
    """Return the examples of an index as shards to compare with; none if there is no index yet.

    Raises `DataprepError` for a folder that is not an index, or whose examples lack what the plan
    compares by.
    """
    if not folder.exists():
        return []
    segments = sorted(path for path in folder.iterdir() if path.name.isdigit())
    if not segments and any(folder.iterdir()):
        raise DataprepError(f"{folder}: is no index; name a new folder")
    return [_segment(path, plan, number) for number, path in enumerate(segments)]


def _segment(path: Path, plan: Plan, number: int) -> Processed:
    try:
        about = json.loads((path / _ABOUT).read_text(encoding=json_lines.UTF8))
    except (OSError, ValueError):
        raise DataprepError(f"{path}: is no part of an index; name a new folder") from None
    if about["version"] != VERSION:
        raise DataprepError(f"{path}: is of another version of dataprep; make the index anew")
    if plan.parts != about["parts"]:
        raise DataprepError(
            f"{path.parent}: was made {_how(about['parts'])}; ask so again, or name a new folder"
        )
    if lacking := sorted(set(plan.fields) - set(about["fields"])):
        raise DataprepError(
            f"{path.parent}: has no field {', '.join(lacking)}; ask as when the index was made"
        )
    done = Processed(Job(_shard(about), Workspace(path), number, known=True, stem=_STEM))
    done.ends = list(accumulate(count for _, count in about["files"]))
    done.stays = bytearray(b"\1" * done.ends[-1])
    done.lines = array("q", (path / _LINES).read_bytes())
    done.prints = unpack((path / _PRINTS).read_bytes(), done.ends[-1])
    done.lengths = array("q", bytes(8 * done.ends[-1]))
    done.values = {name: about["values"][name] for name in plan.fields}
    done.counts.update({("in", name): count for name, count in about["files"]})
    return done


def _how(parts: list[str]) -> str:
    """Return the options that make an index with these parts."""
    if not parts:
        return "without --near"
    return "with --near" if parts == ["whole"] else f"with --near --by {parts[0]}"


def extend(folder: Path, segment: Path) -> None:
    """Move a finished segment into an index, as its last."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        last = max((int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0)
        segment.rename(folder / f"{last + 1:06}")


def _shard(about: dict[str, Any]) -> tuple[Piece, ...]:
    return tuple(Piece(Source(name)) for name, _ in about["files"])


def write(folder: Path, plan: Plan, outcome: Outcome, corpus: Corpus) -> None:
    """Write the examples that stay as a segment of an index."""
    folder.mkdir()
    kept = [number for number, fate in enumerate(outcome.fates) if fate.split and fate is not KNOWN]
    places = [outcome.place(number) for number in kept]
    about = {
        "version": VERSION,
        "parts": plan.parts,
        "fields": plan.fields,
        "files": [[name, len([*each])] for name, each in groupby(place.path for place in places)],
        "values": {
            name: [column[number] for number in kept] for name, column in corpus.values.items()
        },
    }
    (folder / _ABOUT).write_bytes(json_lines.to_json(about))
    (folder / _LINES).write_bytes(array("q", (place.line for place in places)).tobytes())
    (folder / _PRINTS).write_bytes(
        pack(corpus.prints[number]._replace(opening=b"") for number in kept)
    )
    if corpus.sketches:
        corpus.sketches.copy(kept, folder / _STEM)
