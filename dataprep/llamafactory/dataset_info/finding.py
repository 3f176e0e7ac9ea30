"""One fault of a registry, and how LLaMA-Factory understands an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dataprep.model import MEDIA

Entry = Mapping[str, Any]
Patch = Mapping[str, Any]
"""What to change in an entry, as a JSON merge patch (RFC 7386): a null takes a key out."""

COLUMNS: Mapping[str, str | None] = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "history": None,
    "messages": "conversations",
    "system": None,
    "tools": None,
    "images": None,
    "videos": None,
    "audios": None,
    "chosen": None,
    "rejected": None,
    "kto_tag": None,
}
"""LLaMA-Factory's columns, and the fields that it takes for them where an entry has no `columns`
(data/parser.py).
"""

TAGS: Mapping[str, str] = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
"""LLaMA-Factory's tags, and what it takes for them where an entry has no `tags` (data/parser.py).
"""

_BESIDE = ("system", "tools", *MEDIA, "chosen", "rejected", "kto_tag")
USED = {
    "alpaca": ("prompt", "query", "response", "history", *_BESIDE),
    "sharegpt": ("messages", *_BESIDE),
    "openai": ("messages", *_BESIDE),
}
"""The columns that each formatting looks at (data/converter.py)."""

HUBS = ("hf_hub_url", "ms_hub_url", "om_hub_url")


class Finding(NamedTuple):
    """One fault: the key it is at as a JSON pointer in the entry, what LLaMA-Factory does, what to
    write instead.

    `kind` is two to four words for it. `place` is the file and line that shows it, where it needs
    the data. A `note` is no fault: it is worth a look, and nothing is lost or changed. `fix` is
    what `--fix` changes in the entry.
    """

    kind: str
    key: str
    would: str
    instead: str
    place: str = ""
    fix: Patch | None = None
    note: bool = False
    entry: str = ""

    def __str__(self) -> str:
        note = "note: " if self.note else ""
        seen = f" ({self.place})" if self.place else ""
        where = f"{self.entry}{self.key}"
        named = f"{where}: " if where else ""
        return f"{named}{note}{self.kind}{seen}\n    LLaMA-Factory {self.would}\n    {self.instead}"

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**self._asdict(), "fix": None if self.fix is None else dict(self.fix)}


class Meaning(NamedTuple):
    """An entry as LLaMA-Factory understands it: what is not spelled out has its default."""

    formatting: Any
    ranking: Any
    columns: Mapping[str, Any]
    tags: Mapping[str, Any]

    @property
    def used(self) -> dict[str, str]:
        """Return the columns that are looked at, each with its field."""
        return {
            name: self.columns[name] for name in USED.get(self.formatting, ()) if self.columns[name]
        }


def meaning(entry: Entry) -> Meaning:
    """Return what LLaMA-Factory makes of an entry: of `columns` and `tags` that are there, what is
    left out is None.
    """
    columns, tags = entry.get("columns"), entry.get("tags")
    return Meaning(
        entry.get("formatting", "alpaca"),
        entry.get("ranking", False),
        {name: columns.get(name) for name in COLUMNS} if isinstance(columns, dict) else COLUMNS,
        {name: tags.get(name) for name in TAGS} if isinstance(tags, dict) else TAGS,
    )


def patched(value: Any, patch: Any) -> Any:
    """Return a value with a JSON merge patch applied (RFC 7386)."""
    if not isinstance(patch, Mapping):
        return patch
    made = dict(value) if isinstance(value, Mapping) else {}
    for name, part in patch.items():
        if part is None:
            made.pop(name, None)
        else:
            made[name] = patched(made.get(name), part)
    return made
