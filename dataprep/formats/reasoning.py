"""Question, answer and thoughts in a field of their own: `reasoning`, `think`, `cot` …."""

from __future__ import annotations

from dataclasses import replace

from dataprep.errors import RecordError
from dataprep.formats.parsing import fields
from dataprep.formats.parsing.fields import Fields
from dataprep.model import Example, Record, Turn

READS = fields.READS | fields.spellings(fields.THOUGHT) | {"content"}


def claims(record: Record) -> bool:
    """Claim a field of thoughts with a question and an answer."""
    own = fields.fields_of(record)
    answered = own.answer or "content" in record
    return bool(own.thought and own.prompt and answered) and not fields.is_more(record, own)


def read(record: Record) -> Example:
    r"""Put the thoughts before the answer, in LLaMA-Factory's `<think>\n…\n</think>\n\n`."""
    own = fields.fields_of(record)
    example = fields.read(record if own.answer else {**record, "output": record.get("content")})
    thought = _thought(record, own)
    return replace(
        example, turns=(*example.turns[:-1], Turn("assistant", _joined(thought, example.answer)))
    )


def _thought(record: Record, own: Fields) -> str:
    bare = [_bare(fields.text_of(record, name)) for name in own.thought]
    texts = {text for text in bare if text.strip() and text.lower() not in _SWITCHES}
    if len(texts) > 1:
        names = " and ".join(f"'{name}'" for name in own.thought)
        raise RecordError("two thoughts", f"{names} differ; say which is which by columns")
    return next(iter(texts), "")


_SWITCHES = frozenset({"on", "off", "true", "false", "yes", "no"})
"""What says whether there are thoughts in the answer, and is none."""


def _bare(thought: str) -> str:
    """Return a thought without the tags around it, if any."""
    inner = thought.strip()
    if inner.startswith("<think>") and inner.endswith("</think>"):
        return inner.removeprefix("<think>").removesuffix("</think>").strip("\n")
    return thought


def _joined(thought: str, answer: str) -> str:
    if not thought or ("<think>" in answer and thought.strip() in answer):
        return answer
    if "<think>" in answer:
        raise RecordError("two thoughts", "the answer has a <think> of its own that is another")
    return f"<think>\n{thought}\n</think>\n\n{answer}"
