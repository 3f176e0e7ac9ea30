"""Hermes and Qwen tool calls: tools in the system message, `<tool_call>`, `<tool_response>`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dataprep.errors import RecordError
from dataprep.formats.parsing import calls, conversation
from dataprep.model import Example, Record

READS = conversation.READS
_TOOLS = re.compile(r"<tools>(.*?)</tools>", re.DOTALL)
_LEADS = ("You are a function calling AI model.", "# Tools\n\nYou may call one or more functions")
"""How the two templates begin to speak of tools, which LLaMA-Factory does anew in the words of the
model's own.
"""


def claims(record: Record) -> bool:
    """Claim messages with `<tools>` in the system message."""
    return conversation.shape(record) == "hermes"


def read(record: Record) -> Example:
    """Move the tools out of the system message, and calls and results out of their tags.

    A system message that introduces its tools in words of its own stays whole, tools included.
    """
    example = conversation.example_of(record, tagged_calls=True)
    start = _prompt_start(example.system)
    if example.tools or start < 0:
        return example
    return replace(
        example, system=example.system[:start].rstrip(), tools=_tools(example.system[start:])
    )


def _prompt_start(system: str) -> int:
    """Return where the template's text on tools starts, -1 if it does not end like a template."""
    start = next((at for lead in _LEADS if (at := system.find(lead)) >= 0), -1)
    tail = system[system.rfind("</tools>") :].removeprefix("</tools>").strip()
    return start if not tail or tail.endswith("</tool_call>") else -1


def _tools(prompt: str) -> str:
    """Return the tools of a prompt: one JSON list, or one tool per line."""
    listed = next((text.strip() for text in _TOOLS.findall(prompt) if text.strip()), "")
    return calls.tools_text(_parsed(listed)) if listed else ""


def _parsed(text: str) -> list[Any]:
    try:
        tools = calls.parse(text)
    except ValueError:
        tools = _parsed_lines(text.splitlines())
    return tools if isinstance(tools, list) else [tools]


def _parsed_lines(lines: list[str]) -> list[Any]:
    try:
        return [calls.parse(line) for line in lines if line.strip()]
    except ValueError:
        raise RecordError(
            "unreadable tools", "what stands in <tools> of the system text is not JSON"
        ) from None
