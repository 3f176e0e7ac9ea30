"""What is wrong between an entry's tags and the messages of its file."""

from __future__ import annotations

from collections.abc import Iterator

from dataprep.llamafactory.dataset_info.columns import EntryView, article, place, times
from dataprep.llamafactory.dataset_info.finding import TAGS, Finding
from dataprep.llamafactory.dataset_info.sight import BATCH
from dataprep.llamafactory.dataset_info.talk import Talk


def tag_faults(its: EntryView) -> Iterator[Finding]:
    """Yield the messages' keys that are not those of the tags, and the rows that are dropped for
    who speaks in them.
    """
    talk = its.talk
    if its.meaning.formatting not in ("sharegpt", "openai"):
        return
    yield from _no_messages(its)
    if not talk.rows:
        return
    wrong = list(_keys(its))
    yield from wrong
    if not wrong:
        yield from _dropped(its)
    yield from _contents(its)
    if talk.twice:
        would = (
            f"passes the system column over in {times(talk.twice)}, whose conversation "
            "begins with a system text"
        )
        yield Finding(
            "two system texts",
            "/columns/system",
            would,
            "keep one of them",
            place(talk.twice_place),
        )


def _no_messages(its: EntryView) -> Iterator[Finding]:
    name = its.meaning.columns["messages"]
    seen = its.sight.inner.get(f"{name}[]")
    for kind in seen.kinds if seen else ():
        if seen and kind != "object":
            would = f"stops with a TypeError, for a message is {article(kind)}"
            instead = "`dataprep convert` the file to sharegpt"
            yield Finding(
                "message is no object",
                "/columns/messages",
                would,
                instead,
                place(seen.places[kind]),
            )


def _patch(its: EntryView) -> dict[str, dict[str, str]] | None:
    tags = its.talk.right_tags()
    return {"tags": tags} if tags else None


def _keys(its: EntryView) -> Iterator[Finding]:
    for tag, key in zip(("role_tag", "content_tag"), its.talk.keys, strict=True):
        value = its.meaning.tags[tag]
        if isinstance(value, str) and key and value != key:
            pointer = f"/tags/{tag}" if "tags" in its.entry else ""
            would = (
                f"looks for '{value}' in each message and stops with a KeyError, for they "
                f"have '{key}'"
            )
            origin = next(iter(its.talk.places.values()), None)
            instead = f'write "{tag}": "{key}", with all other tags beside'
            yield Finding(
                "tag is not in the messages", pointer, would, instead, place(origin), _patch(its)
            )


def _dropped(its: EntryView) -> Iterator[Finding]:
    talk = its.talk
    hopeless = talk.hopeless.total()
    unknown = [name for name in talk.senders if name not in talk.known]
    if talk.dropped > hopeless and unknown:
        yield _unnamed(its, unknown)
    elif unknown and not hopeless:
        words = ", ".join(f"'{name}'" for name in unknown[:5])
        would = f"knows no {words}, and drops the rows in which they speak"
        yield Finding(
            "senders without a tag",
            "/tags",
            would,
            _instead(talk),
            place(talk.places[unknown[0]]),
            _patch(its),
        )
    for reason, count in talk.hopeless.items():
        would = f"drops {times(count)} of {talk.rows:,}, with one line among thousands"
        instead = (
            "`dataprep convert` the file, which says which rows and mends what it can: --repair all"
        )
        yield Finding(reason, "/file_name", would, instead, place(talk.hopeless_places[reason]))
    if talk.dropped_first == BATCH and talk.dropped < talk.rows:
        would = (
            f"stops with a cast error, for it drops all of the first {BATCH:,} rows and then "
            "keeps one"
        )
        yield Finding(
            "nothing in the first batch",
            "/file_name",
            would,
            "put a good row first",
            its.sight.path,
        )


def _unnamed(its: EntryView, unknown: list[str]) -> Finding:
    talk = its.talk
    words = ", ".join(f"'{name}'" for name in unknown[:5])
    would = (
        f"drops {times(talk.dropped)} of {talk.rows:,}, in which {words} "
        f"speak{'s' * (len(unknown) == 1)} without a tag"
    )
    return Finding(
        "senders without a tag",
        "/tags",
        would,
        _instead(talk),
        place(talk.places[unknown[0]]),
        _patch(its),
    )


def _instead(talk: Talk) -> str:
    tags = talk.right_tags()
    if not tags:
        return (
            "`dataprep convert` the file to sharegpt, for two names share a role or one is unknown"
        )
    shown = {name: value for name, value in tags.items() if value != TAGS[name]} or tags
    return f"write all seven tags, with {', '.join(map(_pair, shown.items()))}"


def _contents(its: EntryView) -> Iterator[Finding]:
    """Report messages whose content is missing or not text; Arrow or the template fails on them."""
    key = its.talk.keys[1]
    seen = its.sight.inner.get(f"{its.talk.column}[].{key}")
    if not seen:
        return
    instead = "`dataprep convert` the file to sharegpt, where each content is a text"
    for kind in seen.kinds:
        if kind != "text":
            would = f"stops where a message's '{key}' is {article(kind)}"
            yield Finding(
                "content is no text", "/columns/messages", would, instead, place(seen.places[kind])
            )
    lacking = its.sight.inner[f"{its.talk.column}[]"].count - seen.count
    if lacking:
        would = f"finds no '{key}' in {times(lacking, 'message')}, and stops there"
        yield Finding("content is missing", "/columns/messages", would, instead, its.sight.path)


def _pair(item: tuple[str, str]) -> str:
    return f'"{item[0]}": "{item[1]}"'
