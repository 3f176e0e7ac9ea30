"""Write the table of chat templates from the installed LLaMA-Factory.

python -m dataprep.llamafactory.templates.generate     # `make docs` runs it; needs [train]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dataprep.llamafactory.templates.table import DEFAULTS, TABLE


def write() -> None:
    """Write the table."""
    TABLE.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the table as JSON: one template per block, one field per line, no defaults."""
    from llamafactory.data.template import TEMPLATES

    blocks = [_block(name, _fields(TEMPLATES[name])) for name in sorted(TEMPLATES)]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _fields(template: Any) -> dict[str, Any]:
    """Return the fields of a template that differ from their defaults."""
    from llamafactory.data.template import Llama2Template, ReasoningTemplate

    fields = {
        "user": _slots(template.format_user.slots),
        "assistant": _slots(template.format_assistant.slots),
        "system": _slots(template.format_system.slots),
        "function": _slots(template.format_function.slots),
        "observation": _slots(template.format_observation.slots),
        "prefix": _slots(template.format_prefix.slots),
        "tools": template.format_tools.tool_format,
        "calls": template.format_function.tool_format,
        "default_system": template.default_system,
        "stop_words": template.stop_words,
        "efficient_eos": template.efficient_eos,
        "replace_eos": template.replace_eos,
        "system_in_question": isinstance(template, Llama2Template),
        "reasoning": isinstance(template, ReasoningTemplate),
    }
    defaults = {
        **DEFAULTS,
        "function": fields["assistant"],
        "observation": fields["user"],
        "calls": fields["tools"],
    }
    return {name: value for name, value in fields.items() if value != defaults[name]}


def _slots(slots: Sequence[Any]) -> list[Any]:
    """Return slots as JSON: a text as it is, a named token as an object."""
    return [
        slot
        if isinstance(slot, str)
        else {"token": slot["token"] if isinstance(slot, dict) else next(iter(slot))}
        for slot in slots
    ]


def _block(name: str, fields: dict[str, Any]) -> str:
    lines = [f"    {json.dumps(key)}: {_json(value)}" for key, value in fields.items()]
    return f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    write()
