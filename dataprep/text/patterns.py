"""Compile regular expressions on first use, because compiling all takes longer than a short run."""

from __future__ import annotations

import re
from typing import Any, cast


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a stand-in for the compiled pattern."""
    return cast(re.Pattern[str], _Uncompiled(text, flags))


class _Uncompiled:
    """A pattern that is compiled when an attribute is first used."""

    def __init__(self, text: str, flags: int) -> None:
        self._source = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._source), name)
        setattr(self, name, found)  # so that this is not asked for it again
        return found
