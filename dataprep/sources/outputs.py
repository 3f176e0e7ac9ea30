"""The names of the files that dataprep writes."""

from __future__ import annotations

from pathlib import Path

REGISTRY = "dataset_info.json"
REPORT = "report.json"
REJECTS = "rejects.jsonl"
TAGS = "tags.jsonl"
"""The tags of the examples that stay; absent if no step tags one."""
CLUSTERS = "clusters.parquet"
LINEAGE = "lineage.parquet"
CALIBRATION = "calibration.jsonl"
SEGMENT = "segment"
"""The part of an index of seen examples that one run adds."""
LOCK = ".lock.json"
"""The end of the name of a recipe's lock."""
STATE = ".prepared"
"""The file that marks a folder of prepared data as ours."""

_BESIDE = (REJECTS, TAGS, CLUSTERS)
_DESCRIBING = frozenset({REGISTRY, REPORT, LINEAGE, *_BESIDE})


def split_file(split: str) -> str:
    """Return the name of the file that holds the rows of a split."""
    return f"{split}.jsonl"


def companion(out: Path, name: str) -> Path:
    """Return the path of a file that belongs to an output: `NAME.rejects.jsonl`."""
    return out.with_name(f"{out.stem}.{name}")


def describes_data(name: str) -> bool:
    """Return whether a file of this name, in lower case, is one of ours that holds no data."""
    return name in _DESCRIBING or name.endswith((*(f".{end}" for end in _BESIDE), LOCK))
