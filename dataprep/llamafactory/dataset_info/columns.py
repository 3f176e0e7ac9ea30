"""What is wrong between an entry's columns and the fields of its file: absent, passed over, of the
wrong type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dataprep.formats.parsing.fields import fields_of
from dataprep.llamafactory.dataset_info.finding import COLUMNS, Entry, Finding, Meaning, meaning
from dataprep.llamafactory.dataset_info.sight import BATCH, CHUNK, Seen, Sight
from dataprep.llamafactory.dataset_info.talk import Talk
from dataprep.model import MEDIA, Origin


class EntryView(NamedTuple):
    """An entry, what it means, and what its file holds."""

    entry: Entry
    meaning: Meaning
    sight: Sight
    talk: Talk


def view(entry: Entry, sight: Sight, talk: Talk) -> EntryView:
    """Return an entry beside what its file holds."""
    return EntryView(entry, meaning(entry), sight, talk)


def times(count: int, what: str = "row") -> str:
    """Return a count with its noun: 1 row, 2,000 rows."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def article(kind: str) -> str:
    """Return a kind with its article: a text, an object, null."""
    return {"null": "null", "true/false": "true or false", "object": "an object"}.get(
        kind, f"a {kind}"
    )


def place(origin: Origin | None) -> str:
    """Return a place as path:line, "" for none."""
    return f"{origin.path}:{origin.line}" if origin else ""


def column_faults(its: EntryView) -> Iterator[Finding]:
    """Yield the faults of an entry's columns against the fields of its file."""
    if not its.sight.fields:
        return
    right = right_columns(its)
    if not isinstance(its.entry.get("columns", {}), dict):
        return
    if misread := list(_conversation_as_alpaca(its)):
        yield from misread
        return
    yield from _absent(its, right)
    yield from _passed_over(its, right)
    for column, name in its.meaning.used.items():
        if isinstance(name, str) and name in its.sight.fields:
            yield from _values(its, column, name, its.sight.fields[name])


# ------------------------------------------------------------------------------ absent, passed over


def right_columns(its: EntryView) -> dict[str, str]:
    """Return the columns that the file has: those of the entry that are there, and others by the
    fields' names.
    """
    fields = its.sight.fields
    used = {
        column: name
        for column, name in its.meaning.used.items()
        if isinstance(name, str) and name in fields
    }
    for column, names in _named(its).items():
        free = [name for name in names if name in fields and name not in used.values()]
        if column not in used and free and _fits(column, fields[free[0]], its):
            used[column] = free[0]
    return {column: used[column] for column in COLUMNS if column in used}


def _named(its: EntryView) -> dict[str, tuple[str, ...]]:
    """Return the fields of the file that are named like what a column holds, the surest first."""
    own = fields_of(dict.fromkeys(its.sight.fields))
    beside: dict[str, tuple[str, ...]] = {
        "system": own.system,
        "tools": ("tools",),
        "kto_tag": own.label,
    }
    beside |= {kind: (kind,) for kind in MEDIA}
    if its.meaning.ranking:
        beside |= {"chosen": own.chosen, "rejected": own.rejected}
    if its.meaning.formatting != "alpaca":
        return {"messages": (its.talk.column,), **beside}
    texts = ("text", "content") if not own.prompt and not own.answer else ()
    return {
        "prompt": own.prompt[:1] or own.context[:1] or texts,
        "query": own.context[:1] if own.prompt else (),
        "response": () if its.meaning.ranking else own.answer[:1],
        "history": own.history,
        **beside,
    }


_TEXTS = ("prompt", "query", "response", "system", "tools")


def _fits(column: str, seen: Seen, its: EntryView) -> bool:
    """Tell whether a field may be named as a column without a doubt: it is filled, and of one right
    type.
    """
    kinds = seen.own_kinds
    if not seen.filled:
        return False
    if column in _TEXTS:
        return kinds == ["text"]
    if column in ("chosen", "rejected"):
        return kinds == (["text"] if its.meaning.formatting == "alpaca" else ["object"])
    return kinds == (["true/false"] if column == "kto_tag" else ["list"])


def _patch(its: EntryView, right: dict[str, str]) -> dict[str, Any]:
    """Return what makes the columns of an entry these: all that are not among them go."""
    given = its.entry.get("columns", {})
    return {"columns": {**dict.fromkeys(given.keys() & COLUMNS.keys() - right.keys()), **right}}


def _absent(its: EntryView, right: dict[str, str]) -> Iterator[Finding]:
    for column, name in its.meaning.used.items():
        if name in its.sight.fields or not isinstance(name, str) or not _is_read(its, column):
            continue
        spelt = "columns" in its.entry
        would = f"stops with KeyError '{name}', for no row has it"
        if not spelt:
            would = f"takes '{name}' for {column} where there are no columns, and {would}"
        enough = "messages" in right or "prompt" in right
        fix = (
            _patch(its, right)
            if enough and (column in right or column not in ("prompt", "messages"))
            else None
        )
        instead = (
            f'write "{column}": "{right[column]}"'
            if column in right
            else f"leave {column} out of the columns"
        )
        if not spelt and fix:
            instead = f"spell out the columns: {_listed(right)}"
        key = f"/columns/{column}" if spelt else ""
        yield Finding("column is not in the file", key, would, instead, its.sight.path, fix)


def _is_read(its: EntryView, column: str) -> bool:
    """Tell whether a column's field is looked up in each row: an answer is not where a pair or a
    label is.
    """
    if column in ("chosen", "rejected"):
        return bool(its.meaning.ranking)
    return column != "response" or not its.meaning.ranking


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f'"{column}": "{name}"' for column, name in columns.items())


def _passed_over(its: EntryView, right: dict[str, str]) -> Iterator[Finding]:
    used = set(its.meaning.used.values())
    named = {
        name: column
        for column, names in _named(its).items()
        for name in names[:1]
        if column not in its.meaning.used
    }
    rest = []
    for name, seen in its.sight.fields.items():
        if name in used:
            continue
        if (
            name not in named
            or not seen.filled
            or (named[name] == "kto_tag" and not _fits("kto_tag", seen, its))
        ):
            rest.append(name)
            continue
        column = named[name]
        would = f"trains without '{name}', which {times(seen.filled)} {_have(seen.filled)}"
        instead = f'write "{column}": "{name}"' + (
            "" if "columns" in its.entry else f" with all others: {_listed(right)}"
        )
        fix = _patch(its, right) if right.get(column) == name else None
        yield Finding(
            "field is passed over", "/columns", would, instead, place(seen.first_filled), fix
        )
    yield from _pairs(its)
    if extra := [
        name
        for name in rest
        if its.sight.fields[name].filled and name not in ("chosen", "rejected")
    ]:
        words = ", ".join(f"'{name}'" for name in extra[:8]) + (", …" if len(extra) > 8 else "")
        instead = "name it in the columns if it is to be learnt"
        yield Finding(
            "other fields", "/columns", f"does not read {words}", instead, its.sight.path, note=True
        )


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _pairs(its: EntryView) -> Iterator[Finding]:
    own = fields_of(dict.fromkeys(its.sight.fields))
    mapped = its.meaning.columns["chosen"] and its.meaning.columns["rejected"]
    if its.meaning.ranking or mapped or not (own.chosen and own.rejected):
        return
    ranked = its._replace(meaning=its.meaning._replace(ranking=True))
    right = right_columns(ranked)
    fix = (
        {"ranking": True, **_patch(its, right)} if {"chosen", "rejected"} <= right.keys() else None
    )
    would = f"trains no preference: it does not read '{own.chosen[0]}' and '{own.rejected[0]}'"
    instead = f'write "ranking": true and "columns": {{{_listed(right)}}}'
    yield Finding("ranking is missing", "/ranking", would, instead, its.sight.path, fix)


def _conversation_as_alpaca(its: EntryView) -> Iterator[Finding]:
    """Yield that the rows are conversations where the entry says nothing of that."""
    if (
        its.meaning.formatting != "alpaca"
        or not its.talk.column
        or its.meaning.columns["prompt"] in its.sight.fields
    ):
        return
    tags = its.talk.right_tags()
    shared = its._replace(meaning=its.meaning._replace(formatting="sharegpt"))
    columns = _patch(its, right_columns(shared))
    fix = {"formatting": "sharegpt", **columns, "tags": tags} if tags else None
    would = "takes the rows for alpaca, which have no such field as 'conversations'"
    instead = f'write "formatting": "sharegpt" and "messages": "{its.talk.column}"'
    yield Finding("formatting is missing", "/formatting", would, instead, its.sight.path, fix)


# ------------------------------------------------------------------------------------------- values


class _Wanted(NamedTuple):
    """The kinds that a column may have, and what LLaMA-Factory does with a row of another kind."""

    kinds: tuple[str, ...]
    would: str
    instead: str


_STOPS = "stops with a TypeError at the first such row"
_DROPS = "drops such rows with one line among thousands"
_TO_TEXT = "`dataprep convert` the file, which writes texts"
_OPTIONAL = ("null",)
_PICTURES = _Wanted(("list", "text", *_OPTIONAL), _STOPS, "write a list of paths")
_VALUES = {
    "prompt": _Wanted(("text", *_OPTIONAL), _STOPS, _TO_TEXT),
    "query": _Wanted(("text", *_OPTIONAL), _STOPS, _TO_TEXT),
    "response": _Wanted(("text",), _DROPS, _TO_TEXT),
    "history": _Wanted(
        ("list", *_OPTIONAL),
        "passes such a history over",
        "write a list of [question, answer] pairs",
    ),
    "messages": _Wanted(("list",), _STOPS, "write a list of messages"),
    "system": _Wanted(("text", *_OPTIONAL), _STOPS, _TO_TEXT),
    "tools": _Wanted(
        ("text", *_OPTIONAL),
        "stops, or writes nulls into each tool",
        "write the tools as a JSON string",
    ),
    "kto_tag": _Wanted(("true/false",), _DROPS, "write true or false, as JSON has them"),
    **dict.fromkeys(MEDIA, _PICTURES),
}


def _wanted(its: EntryView, column: str) -> _Wanted:
    if column in ("chosen", "rejected"):
        if its.meaning.formatting == "alpaca":
            return _Wanted(("text",), _DROPS, "write a string, or formatting sharegpt for messages")
        return _Wanted(("object",), _DROPS, 'write one message, e.g. {"from": "gpt", "value": …}')
    return _VALUES[column]


def _values(its: EntryView, column: str, name: str, seen: Seen) -> Iterator[Finding]:
    if column in ("chosen", "rejected") and not its.meaning.ranking:
        return
    wanted = _wanted(its, column)
    key = f"/columns/{column}" if "columns" in its.entry else ""
    for kind, count in seen.kinds.items():
        if kind not in wanted.kinds and not (column == "response" and _is_text_only(its)):
            found = f"'{name}' is {article(kind)} in {times(count)}: it {wanted.would}"
            yield Finding(_TYPES_KIND, key, found, wanted.instead, place(seen.places[kind]))
    lacking = its.sight.rows - its.sight.bad.total() - seen.count
    if lacking and "null" not in wanted.kinds:
        would = f"finds no '{name}' in {times(lacking)}: it {wanted.would}"
        yield Finding("field is not in all rows", key, would, wanted.instead, its.sight.path)
    if column in _LATE:
        yield from _late(its, column, name, seen, key)
    if column == "history":
        yield from _history(its, name, key)
    if column == "prompt" and not {"response", "chosen", "kto_tag"} & its.meaning.used.keys():
        yield from _documents(its, name, seen, key)


_TYPES_KIND = "wrong type in the file"
_LATE = ("system", "tools", *MEDIA)


def _is_text_only(its: EntryView) -> bool:
    return bool(its.meaning.ranking)


def _late(its: EntryView, column: str, name: str, seen: Seen, key: str) -> Iterator[Finding]:
    empty_first = seen.first_filled_row > BATCH
    if empty_first and (seen.kinds["null"] or column in MEDIA or seen.count < its.sight.rows):
        would = (
            f"takes '{name}' for nulls, as its first {BATCH:,} rows are, and stops at the "
            "first other"
        )
        instead = 'put a filled row first, or write "" where there is none'
        instead = (
            "put a filled row first, or keep rows with and without in two files"
            if column in MEDIA
            else instead
        )
        yield Finding("filled late", key, would, instead, place(seen.first_filled))


def _history(its: EntryView, name: str, key: str) -> Iterator[Finding]:
    rounds, texts = its.sight.inner.get(f"{name}[]"), its.sight.inner.get(f"{name}[][]")
    odd = [kind for kind in (rounds.own_kinds if rounds else ()) if kind != "list"]
    wrong = [kind for kind in (texts.kinds if texts else ()) if kind != "text"]
    instead = "write a list of [question, answer] pairs of texts"
    if odd and rounds:
        would = f"wants two texts in each round, and stops at {article(odd[0])}"
        yield Finding("history is no pairs", key, would, instead, place(rounds.places[odd[0]]))
    elif wrong and texts:
        would = f"stops with: Expected a string, got {article(wrong[0])}"
        yield Finding("history is no pairs", key, would, instead, place(texts.places[wrong[0]]))
    elif rounds and texts and texts.count != 2 * rounds.count:
        would = "stops with: not enough or too many values to unpack (expected 2)"
        yield Finding("history is no pairs", key, would, instead, its.sight.path)


def _documents(its: EntryView, name: str, seen: Seen, key: str) -> Iterator[Finding]:
    empty = seen.kinds["null"]
    if empty:
        would = f"makes a document of nothing but the end token of {times(empty)}"
        yield Finding(
            "empty documents", key, would, "take these rows out", place(seen.places["null"])
        )
    if name != "text":
        would = (
            "trains on it in stage pt only: in stage sft it drops every row, for there is no answer"
        )
        yield Finding(
            "no response column", key, would, "name the answer's field as response", note=True
        )


# -------------------------------------------------------------------------------- types in a column


def type_faults(its: EntryView) -> Iterator[Finding]:
    """Yield what keeps `datasets` from finding one type for each field, whether the entry names it
    or not.
    """
    for path, seen in (*its.sight.fields.items(), *its.sight.inner.items()):
        kinds = seen.own_kinds
        if len(kinds) > 1:
            would = f"cannot load the file: '{path}' is {' and '.join(map(article, kinds))}"
            instead = "write one type in all rows; `dataprep convert` does"
            yield Finding("mixed types", "/file_name", would, instead, place(seen.places[kinds[1]]))
        elif its.sight.is_lines:
            yield from _behind_chunk(path, seen)


def _behind_chunk(path: str, seen: Seen) -> Iterator[Finding]:
    """Report a field that first appears after 10 MB, whose types Arrow takes for the whole file."""
    first = seen.first
    if first and first.byte > CHUNK:
        what, origin = "comes up", first
    elif seen.first_filled and seen.first_filled.byte > CHUNK:
        what, origin = "is first filled", seen.first_filled
    else:
        return
    would = (
        f"stops with a cast error: '{path}' {what} behind the first 10 MB, whose types hold for all"
    )
    instead = "put a row that has it first, or convert the file to a .json array"
    yield Finding("late in a large file", "/file_name", would, instead, place(origin))
