"""What is wrong with an entry by its keys alone: typos, wrong types, columns and tags that are not
whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from dataprep.errors import did_you_mean, nearest
from dataprep.llamafactory.dataset_info.finding import (
    COLUMNS,
    HUBS,
    TAGS,
    USED,
    Entry,
    Finding,
    meaning,
)

SOURCES = (*HUBS, "script_url", "cloud_file_name", "file_name")
KEYS = (
    *SOURCES,
    "formatting",
    "ranking",
    "subset",
    "split",
    "folder",
    "num_samples",
    "columns",
    "tags",
)
"""The keys of an entry that LLaMA-Factory reads (data/parser.py)."""

_LEVELS = {"": KEYS, "columns": tuple(COLUMNS), "tags": tuple(TAGS)}
_NUMBER = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?")
"""What LLaMA-Factory's YAML (OmegaConf) takes for a number; PyYAML takes 1e5 for a text, and a date
for none.
"""
_SPLIT = re.compile(r"train(\[[^\]]+\])?(\+train(\[[^\]]+\])?)*")


def name_faults(name: str) -> Iterator[Finding]:
    """Yield what keeps a data set from being asked for by its name."""
    if not name or "," in name or name != name.strip():
        would = "cannot be asked for it: it cuts `dataset:` at commas and strips each name"
        yield Finding("name cannot be used", "", would, "rename it without commas and outer spaces")
    elif not isinstance(_as_yaml(name), str | date) or _NUMBER.fullmatch(name):
        would = f"stops where a recipe says `dataset: {name}`, for YAML reads no text there"
        yield Finding(
            "name is no text in YAML",
            "",
            would,
            f"rename it, e.g. data_{name}, or quote it in each recipe",
        )
    elif re.search(r"\s", name):
        would = "is given two words by torchrun, which splits arguments at spaces"
        yield Finding(
            "space in the name", "", would, f"rename it {'_'.join(name.split())}", note=True
        )


def _as_yaml(name: str) -> Any:
    try:
        return yaml.safe_load(name)
    except yaml.YAMLError:
        return None


def key_faults(entry: Entry) -> Iterator[Finding]:
    """Yield the faults that need no look at the data."""
    yield from _unknown(entry)
    yield from _types(entry)
    yield from _sources(entry)
    yield from _formatting(entry)
    yield from _tags(entry)
    yield from _unused(entry)


def _unknown(entry: Entry) -> Iterator[Finding]:
    for level, known in _LEVELS.items():
        given = entry.get(level) if level else entry
        if not isinstance(given, dict):
            continue
        for name in given.keys() - set(known):
            right = nearest(name, known)
            free = right and right not in given
            patch = {name: None, right: given[name]} if free else None
            fix = {level: patch} if level and patch else patch
            pointer = f"/{level}/{name}" if level else f"/{name}"
            hint = (
                did_you_mean(name, known)
                .removeprefix("; ")
                .removeprefix("did you mean ")
                .rstrip("?")
            )
            instead = f"write {hint}" if right else f"take it out; {hint}"
            note = not level and not right
            yield Finding(
                "unknown key", pointer, "ignores it without a word", instead, fix=fix, note=note
            )


_KINDS: dict[str, tuple[type, str]] = {
    **dict.fromkeys((*SOURCES, "formatting", "subset", "split", "folder"), (str, "a string")),
    "ranking": (bool, "true or false"),
    "num_samples": (int, "a whole number"),
    "columns": (dict, "an object"),
    "tags": (dict, "an object"),
}


def _types(entry: Entry) -> Iterator[Finding]:
    for name, (kind, word) in _KINDS.items():
        value = entry.get(name)
        if name in entry and not (_is_count(value) if kind is int else isinstance(value, kind)):
            yield _wrong_type(name, value, word)
    for level in ("columns", "tags"):
        parts = entry.get(level)
        for name, value in parts.items() if isinstance(parts, dict) else ():
            if name in _LEVELS[level] and not isinstance(value, str | None):
                would = f"looks for a field {value!r}, and stops with a KeyError or TypeError"
                yield Finding(
                    "wrong type", f"/{level}/{name}", would, "write the field's name as a string"
                )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _wrong_type(name: str, value: Any, word: str) -> Finding:
    if name == "ranking":
        right = str(value).lower() in ("true", "1", "yes")
        would = (
            f"takes {value!r} for {'true' if value else 'false'} in the rows but refuses neither "
            f"stage, "
            "and the web page hides the data set in all stages"
        )
        return Finding(
            "ranking is no boolean",
            "/ranking",
            would,
            f"write {str(right).lower()}",
            fix={name: right},
        )
    if value is None and name not in ("columns", "tags", "formatting", "split"):
        return Finding(
            "null", f"/{name}", "may take the null for a value", "take it out", fix={name: None}
        )
    return Finding(
        "wrong type",
        f"/{name}",
        f"stops on {value!r}, or takes it for another thing",
        f"write {word}",
    )


def _sources(entry: Entry) -> Iterator[Finding]:
    given = [name for name in SOURCES if name in entry]
    if not given:
        would = "stops with KeyError 'file_name'"
        yield Finding("no source", "", would, "write where the data is: file_name, or hf_hub_url")
    elif given[0] == "script_url":
        would = "stops: its datasets runs loading scripts no more"
        yield Finding(
            "loading script",
            "/script_url",
            would,
            "convert the data to a file, and write its file_name",
        )
    for name in given[1:]:
        if name not in HUBS:
            would = f"never reads it, for {given[0]} comes first"
            yield Finding(
                "source never read", f"/{name}", would, f"keep one of {given[0]} and {name}"
            )
    if given and given[0] not in HUBS:
        yield from _hub_keys(entry, given[0])


def _hub_keys(entry: Entry, source: str) -> Iterator[Finding]:
    for name in ("subset", "folder"):
        if name in entry and source != "script_url":
            would = "ignores it, for it is meant for data sets on a hub"
            yield Finding("key without a hub", f"/{name}", would, "take it out", fix={name: None})
    split = entry.get("split", "train")
    if isinstance(split, str) and not _SPLIT.fullmatch(split):
        would = f"stops with: Unknown split '{split}'; a file has train only"
        yield Finding(
            "unknown split", "/split", would, 'write "train", or a part of it such as "train[:50%]"'
        )


def _formatting(entry: Entry) -> Iterator[Finding]:
    formatting = entry.get("formatting", "alpaca")
    if not isinstance(formatting, str):
        return
    if formatting not in USED:
        right = nearest(formatting, USED)
        would = f"stops with: Dataset converter {formatting} not found"
        fix = {"formatting": right} if right else None
        yield Finding(
            "unknown formatting",
            "/formatting",
            would,
            f"write {right or 'alpaca or sharegpt'}",
            fix=fix,
        )
    if formatting == "openai":
        would = 'adds "detailed thinking off" to the system text of every row'
        instead = (
            "write sharegpt with all seven tags; rows with tool_calls need `dataprep convert "
            "--to sharegpt` first"
        )
        yield Finding("formatting openai", "/formatting", would, instead)
        if "tags" not in entry:
            yield Finding(
                "no tags",
                "",
                "looks for 'from' and stops with a KeyError",
                "spell out all seven tags",
            )


_EFFECTS = {
    "role_tag": "stops with KeyError None",
    "content_tag": "stops with KeyError None",
    "user_tag": "drops every row, for it knows no user or no assistant",
    "assistant_tag": "drops every row, for it knows no user or no assistant",
}


def _tags(entry: Entry) -> Iterator[Finding]:
    tags = entry.get("tags")
    if not isinstance(tags, dict) or meaning(entry).formatting == "alpaca":
        return
    missing = [name for name in TAGS if tags.get(name) is None]
    if needed := [name for name in missing if name in _EFFECTS]:
        effects = dict.fromkeys(_EFFECTS[name] for name in needed)
        yield _partial(tags, needed, f"it {' and '.join(effects)}")
    elif missing:
        would = (
            "it drops rows with a system text, a tool call or a tool's answer, each where "
            "its tag is not there"
        )
        yield _partial(tags, missing, would)._replace(note=True)
    texts = {name: value for name, value in tags.items() if isinstance(value, str) and name in TAGS}
    for name, value in texts.items():
        twin = next((other for other in texts if other != name and texts[other] == value), None)
        if twin and name > twin and "role_tag" not in (name, twin):
            would = f"takes all '{value}' for one role, as {twin} has the same"
            yield Finding(
                "one name for two tags", f"/tags/{name}", would, "give each role its own name"
            )


def _partial(tags: Entry, missing: list[str], effect: str) -> Finding:
    right = {name: _default(name, tags) for name in missing}
    written = ", ".join(f'"{name}": "{value}"' for name, value in right.items())
    would = f"forgets its defaults where there are tags: {effect}"
    return Finding("partial tags", "/tags", would, f"write {written}", fix={"tags": right})


_ROLES = {"user_tag": "user", "assistant_tag": "assistant", "content_tag": "content"}


def _default(name: str, tags: Entry) -> str:
    """Return what a missing tag most likely is, by those that are there."""
    return _ROLES.get(name, TAGS[name]) if tags.get("role_tag") == "role" else TAGS[name]


def _unused(entry: Entry) -> Iterator[Finding]:
    """Yield columns and tags that the formatting does not look at, and such that it needs."""
    columns = entry.get("columns")
    own = meaning(entry)
    if own.formatting == "alpaca" and "tags" in entry:
        fix = {"formatting": "sharegpt"} if own.columns["messages"] and "columns" in entry else None
        instead = 'write "formatting": "sharegpt"' if fix or not columns else "take them out"
        yield Finding(
            "tags never read", "/tags", "reads tags only with formatting sharegpt", instead, fix=fix
        )
    if not isinstance(columns, dict):
        if own.ranking is True:
            would = "stops with KeyError None, for chosen and rejected have no defaults"
            yield Finding(
                "pair without columns",
                "/ranking",
                would,
                "spell out columns with chosen and rejected",
            )
        return
    for name in columns.keys() & COLUMNS.keys() - set(USED.get(own.formatting, COLUMNS)):
        would = f"reads no '{name}' with formatting {own.formatting}"
        right = "sharegpt" if name == "messages" else "alpaca"
        yield Finding(
            "column never read",
            f"/columns/{name}",
            would,
            f"take it out, or write formatting {right}",
        )
    yield from _needed(columns, own.formatting, own.ranking)


def _needed(columns: Entry, formatting: Any, ranking: Any) -> Iterator[Finding]:
    if formatting in ("sharegpt", "openai") and not columns.get("messages"):
        would = "forgets its defaults where there are columns: it stops with KeyError None"
        instead = 'write the field of the conversation, e.g. "messages": "conversations"'
        yield Finding("no messages column", "/columns/messages", would, instead)
    if formatting == "alpaca" and not columns.get("prompt"):
        would = "trains every row with an empty question"
        yield Finding(
            "no prompt column", "/columns/prompt", would, 'write it, e.g. "prompt": "instruction"'
        )
    for name in ("chosen", "rejected"):
        if ranking and not columns.get(name):
            would = "stops with KeyError None"
            yield Finding(
                "pair without columns",
                f"/columns/{name}",
                would,
                f'write it, e.g. "{name}": "{name}"',
            )
    if not ranking and columns.get("chosen") and columns.get("rejected"):
        would = "trains no preference without ranking: the rows have no answer or another one"
        yield Finding("ranking is missing", "/ranking", would, "write true", fix={"ranking": True})
