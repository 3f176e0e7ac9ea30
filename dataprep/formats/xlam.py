"""xLAM function calling: a `query`, the tools, and the calls that answer it, as JSON."""

from __future__ import annotations

from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, conversation
from dataprep.model import Example, Record, Turn

READS = frozenset({"query", "answers", "tools", "system"})


def claims(record: Record) -> bool:
    """Claim a query, answers and tools."""
    return record.keys() >= {"query", "answers", "tools"} and not conversation.shape(record)


def read(record: Record) -> Example:
    """Read the calls as one turn."""
    made = _list(record, "answers")
    if not made:
        raise RecordError("no tool call", "there are no calls", "/answers", expected="one or more")
    turns = (
        Turn("user", record["query"]),
        Turn("function_call", calls.call_text(made, pointer="/answers")),
    )
    return Example(turns, record.get("system") or "", calls.tools_text(_list(record, "tools")))


def _list(record: Record, name: str) -> list[Any]:
    value = record[name]
    if isinstance(value, str):
        try:
            value = calls.parse(value)
        except ValueError:
            raise RecordError(f"unreadable {name}", "is not JSON", f"/{name}") from None
    return value if isinstance(value, list) else [value]
