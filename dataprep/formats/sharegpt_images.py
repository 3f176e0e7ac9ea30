"""ShareGPT with images: one path in `images` for each `<image>` in the conversation."""

from __future__ import annotations

from dataprep.formats.parsing import conversation, media, tagged
from dataprep.model import Example, Record

READS = conversation.READS | media.NAMES
HOLDS = frozenset({"rounds", "system", "tools", "images"})
DATASET_INFO = tagged.info("system", "tools", "images")


def claims(record: Record) -> bool:
    """Claim messages with `images`."""
    return tagged.claims_media(record, "images")


def read(record: Record) -> Example:
    """Read the conversation and the paths, one for each placeholder in it."""
    return tagged.read_media(record)


def write(example: Example) -> Record:
    """Write one message a turn, and the paths."""
    return tagged.media_row(example, "images")
