"""ShareGPT with videos: one path in `videos` for each `<video>` in the conversation."""

from __future__ import annotations

from dataprep.formats.parsing import conversation, media, tagged
from dataprep.model import Example, Record

READS = conversation.READS | media.NAMES
HOLDS = frozenset({"rounds", "system", "tools", "videos"})
DATASET_INFO = tagged.info("system", "tools", "videos")


def claims(record: Record) -> bool:
    """Claim messages with `videos`."""
    return tagged.claims_media(record, "videos")


def read(record: Record) -> Example:
    """Read the conversation and the paths, one for each placeholder in it."""
    return tagged.read_media(record)


def write(example: Example) -> Record:
    """Write one message a turn, and the paths."""
    return tagged.media_row(example, "videos")
