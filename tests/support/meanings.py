"""The example that a case in a YAML file spells out."""

from __future__ import annotations

from typing import Any

from dataprep.model import MEDIA, Example, Turn

PARTS = ("system", "tools", "label", "images", "videos", "audios", "text")


def meant(case: dict[str, Any]) -> Example:
    parts = {
        name: tuple(case[name]) if name in MEDIA else case[name] for name in PARTS if name in case
    }
    rejected = Turn(*case["rejected"]) if "rejected" in case else None
    return Example(tuple(Turn(*turn) for turn in case["turns"]), rejected=rejected, **parts)
