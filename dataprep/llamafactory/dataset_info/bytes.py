"""What is wrong with a data file before its columns are looked at: bytes, rows that are none, what
Arrow says of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from dataprep.llamafactory.dataset_info.columns import EntryView, place, times
from dataprep.llamafactory.dataset_info.finding import Finding
from dataprep.llamafactory.dataset_info.paths import type_of
from dataprep.llamafactory.dataset_info.sight import CHUNK, Sight

_TO_JSONL = "`dataprep convert` it to .jsonl"


def file_faults(its: EntryView) -> Iterator[Finding]:
    """Yield what keeps the file from being read at all, or row by row as it is meant."""
    sight = its.sight
    if not sight.rows and not sight.bad:
        yield _fault(
            "empty file", "stops, for there is no row", "fill it, or take the entry out", sight.path
        )
        return
    if sight.wrapped:
        would = "takes the object around the rows for the only row, and stops with a KeyError"
        yield _fault("rows inside an object", would, _TO_JSONL, sight.path)
    yield from _marked(sight)
    for encoding, origin in sight.encodings.items():
        would = f"stops, for it reads UTF-8 and the file is in {encoding}"
        yield _fault("not valid UTF-8", would, _TO_JSONL, place(origin))
    for reason, count in sight.bad.items():
        does = (
            "shifts the cells to other columns, or stops"
            if type_of(sight.path) == "csv"
            else "stops"
        )
        would = f"{does}, for {times(count)} {'is' if count == 1 else 'are'} so"
        instead = "mend it, or `dataprep convert` the file, which leaves such rows out by name"
        yield _fault(reason, would, instead, place(sight.bad_places[reason]))
    yield from {"csv": _table, "text": _text}.get(type_of(sight.path), _nothing)(its)


def _fault(kind: str, would: str, instead: str, seen: str, *, note: bool = False) -> Finding:
    return Finding(kind, "/file_name", would, instead, seen, note=note)


def _nothing(its: EntryView) -> Iterator[Finding]:
    return iter(())


def _marked(sight: Sight) -> Iterator[Finding]:
    """Yield the byte order mark before an array; before lines it does no harm."""
    if type_of(sight.path) != "json":
        return
    with open(sight.path, "rb") as file:
        head = file.read(1 << 12)
    if head.startswith(b"\xef\xbb\xbf") and head[3:].lstrip().startswith(b"["):
        would = "stops at the byte order mark before the array"
        yield _fault("byte order mark", would, "save it as UTF-8 without BOM", sight.path)


def _table(its: EntryView) -> Iterator[Finding]:
    for name, seen in its.sight.fields.items():
        if seen.kinds["null"] and name in its.meaning.used.values():
            would = (
                f"takes {times(seen.kinds['null'], 'cell')} of '{name}' for nulls: empty "
                "ones, NA, null, None, nan"
            )
            yield _fault("cells become null", would, _TO_JSONL, place(seen.places["null"]))
    would = (
        "reads it by pandas, which takes NA, null and None for nulls, and texts of digits "
        "for numbers"
    )
    yield _fault("CSV", would, _TO_JSONL, its.sight.path, note=True)


def _text(its: EntryView) -> Iterator[Finding]:
    would = "makes a document of each line, so that paragraphs are torn apart"
    yield _fault(
        "text file",
        would,
        'convert it to .jsonl with a "text" for each document',
        its.sight.path,
        note=True,
    )
    with open(its.sight.path, encoding="utf-8", errors="replace") as file:
        blank = next((number for number, line in enumerate(file, 1) if not line.strip()), 0)
    if blank:
        would = "makes a document of nothing but the end token of each blank line"
        yield _fault(
            "blank lines",
            would,
            "take them out, or convert the file to .jsonl",
            f"{its.sight.path}:{blank}",
        )


# --------------------------------------------------------------------------------- what Arrow makes


def arrow_faults(its: EntryView) -> Iterator[Finding]:
    """Yield what the reader that `datasets` uses has against the first 10 MB of JSON lines, and
    texts it makes dates.

    That chunk alone decides about the types (datasets' json builder).
    """
    import pyarrow as pa

    if not its.sight.is_lines:
        return
    with open(its.sight.path, "rb") as file:
        chunk = file.read(CHUNK) + file.readline()
    try:
        schema = _schema(chunk)
    except pa.ArrowInvalid as error:
        would = f"stops with: {str(error).removeprefix('JSON parse error: ')}"
        yield _fault(
            "Arrow cannot read it",
            would,
            "mend the row; rows are counted per block",
            its.sight.path,
        )
        return
    used = {name: column for column, name in its.meaning.used.items()}
    for path, kind in _flat(schema):
        if pa.types.is_temporal(kind):
            field = path.split(".")[0].removesuffix("[]")
            would = (
                f"takes all of '{path}' for dates, for each looks like one: it "
                f"{_of_dates(used.get(field, ''))}"
            )
            instead = "convert the file to a .json array, or write one text that is no date"
            note = field not in used
            yield Finding(
                "texts become dates", "/file_name", would, instead, its.sight.path, note=note
            )


def _of_dates(column: str) -> str:
    if column in ("response", "chosen", "rejected"):
        return "drops every row"
    return "stops with a TypeError" if column else "reads them nowhere"


def _schema(chunk: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import json

    block = CHUNK // 32
    while True:
        try:
            return json.read_json(
                io.BytesIO(chunk), read_options=json.ReadOptions(block_size=block)
            ).schema
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            if (
                isinstance(error, pa.ArrowInvalid) and "straddling" not in str(error)
            ) or block > len(chunk):
                raise
            block *= 2


def _flat(schema: Any) -> Iterator[tuple[str, Any]]:
    for field in schema:
        yield from _types_in(field.name, field.type)


def _types_in(path: str, kind: Any) -> Iterator[tuple[str, Any]]:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        for field in kind:
            yield from _types_in(f"{path}.{field.name}", field.type)
    elif pa.types.is_list(kind):
        yield from _types_in(f"{path}[]", kind.value_type)
    else:
        yield path, kind
