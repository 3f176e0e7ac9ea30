"""Tool descriptions and tool calls as templates write them.

Each function matches one in LLaMA-Factory (`data/tool_utils.py`, `FunctionFormatter` in
`data/formatter.py`); tests compare the token counts with its own.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from dataprep.llamafactory.templates.table import Template

_DEFAULT_TOOLS = (
    "You have access to the following tools:\n{tools}Use the following format if using a "
    "tool:\n```\n"
    "Action: tool name (one of [{names}])\n"
    "Action Input: the input to the tool, in a JSON format representing the kwargs "
    '(e.g. ```{{"input": "hello world", "num_beams": 5}}```)\n```\n'
)
_LLAMA3_TOOLS = (
    "Cutting Knowledge Date: December 2023\nToday Date: {date}\n\n"
    "You have access to the following functions. To call a function, please respond with JSON for "
    "a function call. "
    'Respond in the format {{"name": function name, "parameters": dictionary of argument name and '
    "its value}}. "
    "Do not use variables.\n\n{tools}"
)
_QWEN_TOOLS = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML "
    "tags:\n<tools>{tools}\n</tools>\n\n"
    "For each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{{"name": <function-name>, '
    '"arguments": <args-json-object>}}\n</tool_call>'
)


def describe_tools(form: str, text: str) -> str:
    """Return the text that describes tools to the model, "" for an empty list.

    `form` is a template's `tools`; `text` is the tools as JSON. Raises `RuntimeError` as
    LLaMA-Factory does if it is not JSON.
    """
    try:
        tools = json.loads(text)
    except json.JSONDecodeError:
        raise RuntimeError(f"Invalid JSON format in tool description: {[text]}.") from None
    if not len(tools):
        return ""
    if form == "default":
        return _DEFAULT_TOOLS.format(
            tools="".join(map(_describe, tools)),
            names=", ".join([_body(tool)["name"] for tool in tools]),
        )
    wrapped = [
        tool if tool.get("type") == "function" else {"type": "function", "function": tool}
        for tool in tools
    ]
    if form == "mistral":
        return f"[AVAILABLE_TOOLS] {json.dumps(wrapped, ensure_ascii=False)}[/AVAILABLE_TOOLS]"
    if form == "qwen":
        return _QWEN_TOOLS.format(
            tools="".join(f"\n{json.dumps(tool, ensure_ascii=False)}" for tool in wrapped)
        )
    listed = "".join(json.dumps(tool, indent=4, ensure_ascii=False) + "\n\n" for tool in wrapped)
    return _LLAMA3_TOOLS.format(date=datetime.now().strftime("%d %b %Y"), tools=listed)


def _body(tool: dict[str, Any]) -> Any:
    return tool.get("function", "") if tool.get("type") == "function" else tool


def _describe(tool: dict[str, Any]) -> str:
    body = _body(tool)
    parameters = body["parameters"]
    required = parameters.get("required", [])
    lines = [
        _parameter(name, schema, name in required)
        for name, schema in parameters["properties"].items()
    ]
    return (
        f"> Tool Name: {body['name']}\nTool Description: {body.get('description', '')}\n"
        f"Tool Args:\n{''.join(lines)}\n"
    )


def _parameter(name: str, schema: dict[str, Any], required: bool) -> str:
    kind = f"{schema.get('type', '')}{', required' if required else ''}"
    line = f"  - {name} ({kind}): {schema.get('description', '')}"
    if schema.get("enum"):
        line += f", should be one of [{', '.join(schema['enum'])}]"
    if schema.get("items"):
        line += f", where each item should be {schema['items'].get('type', '')}"
    return line + "\n"


_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_THOUGHT = re.compile(r"<think>\n(.*?)\n</think>\n\n", re.DOTALL)


def write_calls(template: Template, content: str) -> str:
    """Return a turn's tool calls in the template's format, after the text around them."""
    if template.system_in_question:  # Llama2Template passes on no thought and call tags
        return _calls(template.calls, content, content)
    if call := _CALL.search(content):
        return content.replace(call[0], "") + _calls(template.calls, call[1], content)
    if thought := _THOUGHT.search(content):
        return thought[0] + _calls(template.calls, content.replace(thought[0], ""), content)
    return _calls(template.calls, content, content)


def _calls(form: str, text: str, content: str) -> str:
    try:
        value = json.loads(text)
        calls = value if isinstance(value, list) else [value]
        named = [(call["name"], call["arguments"]) for call in calls]
    except json.JSONDecodeError:
        raise RuntimeError(f"Invalid JSON format in function message: {[content]}.") from None
    if form == "default":
        return "\n".join(
            f"Action: {name}\nAction Input: {_json(arguments)}" for name, arguments in named
        )
    if form == "qwen":
        each = [_json({"name": name, "arguments": arguments}) for name, arguments in named]
        return "\n".join(f"<tool_call>\n{text}\n</tool_call>" for text in each)
    if form == "mistral":
        return _json([{"name": name, "arguments": arguments} for name, arguments in named])
    objects = [{"name": name, "parameters": arguments} for name, arguments in named]
    return _json(objects[0] if len(objects) == 1 else objects)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
