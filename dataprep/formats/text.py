"""Plain text for pre-training: one document in `text` or `content`."""

from __future__ import annotations

from dataprep.errors import RecordError
from dataprep.formats.parsing import conversation, fields
from dataprep.formats.parsing.transcript import is_transcript
from dataprep.model import Example, Record

READS = frozenset({"text", "content", "raw_content"})
HOLDS = frozenset({"text"})
DATASET_INFO = {"formatting": "alpaca", "columns": {"prompt": "text"}}
_NAMES = ("text", "content", "raw_content")
_MORE = frozenset(
    {
        "summary",
        "abstract",
        "role",
        "from",
        "code",
        "translation",
        "instances",
        "Instances",
        "replies",
        "tools",
    }
)


def claims(record: Record) -> bool:
    """Claim a text without a question, an answer or a description of the text."""
    spoken = fields.fields_of(record)._replace(label=(), ranked=(), scores=(), telling=False)
    if any(spoken) or not _MORE.isdisjoint(record) or conversation.talk_in(record):
        return False
    texts = [record[name] for name in _NAMES if name in record]
    return bool(texts) and not any(map(is_transcript, texts))


def read(record: Record) -> Example:
    """Read the document."""
    names = [name for name in _NAMES if name in record]
    if not names:
        raise RecordError("no text", "expected a document in 'text' or in 'content'")
    texts = {text for name in names if (text := fields.text_of(record, name)).strip()}
    if len(texts) > 1:
        raise RecordError(
            "two texts",
            f"{' and '.join(map(repr, names))} differ; say which is the document by columns",
        )
    if not texts:
        raise RecordError("empty text", "the text is blank", fields.at(names[0]))
    return Example(text=texts.pop())


def write(example: Example) -> Record:
    """Write the document."""
    if not example.text:
        raise RecordError(
            "format cannot hold it",
            "a conversation is no text for pre-training; sharegpt has a place for it",
        )
    return {"text": example.text}
