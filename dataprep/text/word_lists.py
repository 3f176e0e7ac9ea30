"""Word lists that are data files: one entry a line, with comments after `#`."""

from __future__ import annotations


def read_list(package: str, name: str) -> list[str]:
    """Return the entries of `lists/NAME.txt` in a package, in their order."""
    from importlib.resources import files  # slow to import, and no list is needed at the start

    text = (files(package) / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
