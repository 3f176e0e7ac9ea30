"""ShareGPT with audios: one path in `audios` for each `<audio>` in the conversation."""

from __future__ import annotations

from dataprep.formats.parsing import conversation, media, tagged
from dataprep.model import Example, Record

READS = conversation.READS | media.NAMES
HOLDS = frozenset({"rounds", "system", "tools", "audios"})
DATASET_INFO = tagged.info("system", "tools", "audios")


def claims(record: Record) -> bool:
    """Claim messages with `audios`."""
    return tagged.claims_media(record, "audios")


def read(record: Record) -> Example:
    """Read the conversation and the paths, one for each placeholder in it."""
    return tagged.read_media(record)


def write(example: Example) -> Record:
    """Write one message a turn, and the paths."""
    return tagged.media_row(example, "audios")
