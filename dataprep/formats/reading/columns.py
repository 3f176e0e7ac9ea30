"""LLaMA-Factory's columns: which field of a record holds what, where the user says so."""

from __future__ import annotations

from dataprep.sources.source import Columns

COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
    "messages": "conversations",
    "chosen": "chosen",
    "rejected": "rejected",
    "kto_tag": "kto_tag",
    "tools": "tools",
    "images": "images",
    "videos": "videos",
    "audios": "audios",
    "text": "text",
}
"""LLaMA-Factory's names for the columns of a file, `text` for documents, and the fields that they
fill.
"""


def are_enough(columns: Columns) -> bool:
    """Tell whether these columns make an example: a question and an answer, messages, a pair, or a
    document.
    """
    return any(
        need <= columns.keys()
        for need in ({"prompt", "response"}, {"messages"}, {"chosen", "rejected"}, {"text"})
    )


def columns_format(columns: Columns) -> str:
    """Return the format of the records that these columns make."""
    if "text" in columns:
        return "text"
    if "chosen" in columns or "rejected" in columns:
        return "preference" if "messages" in columns else "chosen-rejected"
    if "kto_tag" in columns:
        return "kto" if "messages" in columns else "labelled"
    return "sharegpt" if "messages" in columns else "alpaca"


def columns_read(columns: Columns) -> set[str]:
    """Return the fields of a record that these columns may take something from."""
    named = [
        path
        for value in columns.values()
        for path in ([value] if isinstance(value, str) else value)
    ]
    return {*named, *(path.split(".")[0] for path in named)}
