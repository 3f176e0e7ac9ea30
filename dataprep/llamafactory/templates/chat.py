"""The chat templates that `check --quick` knows, with the strings that models were made with.

They are LLaMA-Factory's own (data/template.py, data/tool_utils.py), for nothing else would count
the same tokens.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple


class Mark(Enum):
    """A token that the tokenizer has by name."""

    BOS = "bos"
    EOS = "eos"


BOS, EOS = Mark.BOS, Mark.EOS
Slots = tuple[str | Mark, ...]
CONTENT = "{{content}}"


class Template(NamedTuple):
    """What stands around each kind of message, and which tokens end an answer.

    `system_in_question` puts the system text into the first question; `replaces_eos` makes the
    first of `stop` the end token. `tools` names the way in which tools and calls are written.
    """

    user: Slots
    answer: Slots = (CONTENT, EOS)
    system: Slots = (CONTENT,)
    seen: Slots = ()
    calls: Slots = ()
    prefix: Slots = ()
    default_system: str = ""
    stop: tuple[str, ...] = ()
    replaces_eos: bool = False
    system_in_question: bool = False
    tools: str = "default"

    @property
    def observation(self) -> Slots:
        """Return what stands around a tool's result."""
        return self.seen or self.user

    @property
    def call(self) -> Slots:
        """Return what stands around a tool call."""
        return self.calls or self.answer


def _im(role: str) -> str:
    return f"<|im_start|>{role}\n{CONTENT}<|im_end|>\n"


def _header(role: str) -> str:
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n"


_IM_ASKS = "<|im_start|>assistant\n"
_CHATML = Template(
    user=(_im("user") + _IM_ASKS,),
    answer=(f"{CONTENT}<|im_end|>\n",),
    system=(_im("system"),),
    stop=("<|im_end|>",),
)
_QWEN = _CHATML._replace(
    seen=(f"<|im_start|>user\n<tool_response>\n{CONTENT}\n</tool_response><|im_end|>\n{_IM_ASKS}",),
    replaces_eos=True,
    tools="qwen",
)
_GEMMA_ASKS = "<start_of_turn>model\n"

TEMPLATES: dict[str, Template] = {
    "alpaca": Template(
        user=(f"### Instruction:\n{CONTENT}\n\n### Response:\n",),
        answer=(CONTENT, EOS, "\n\n"),
        default_system="Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n",
    ),
    "chatml": _CHATML._replace(
        seen=(_im("tool") + _IM_ASKS,), stop=("<|im_end|>", "<|im_start|>"), replaces_eos=True
    ),
    "deepseek3": Template(user=(f"<｜User｜>{CONTENT}<｜Assistant｜>",), prefix=(BOS,)),
    "default": Template(
        user=(f"Human: {CONTENT}", EOS, "\nAssistant:"),
        answer=(CONTENT, EOS, "\n"),
        system=(f"System: {CONTENT}", EOS, "\n"),
    ),
    "gemma": Template(
        user=(f"<start_of_turn>user\n{CONTENT}<end_of_turn>\n{_GEMMA_ASKS}",),
        answer=(f"{CONTENT}<end_of_turn>\n",),
        system=(f"{CONTENT}\n\n",),
        seen=(f"<start_of_turn>tool\n{CONTENT}<end_of_turn>\n{_GEMMA_ASKS}",),
        prefix=(BOS,),
        stop=("<end_of_turn>",),
        replaces_eos=True,
        system_in_question=True,
    ),
    "llama2": Template(
        user=(BOS, f"[INST] {CONTENT} [/INST]"),
        system=(f"<<SYS>>\n{CONTENT}\n<</SYS>>\n\n",),
        system_in_question=True,
    ),
    "llama3": Template(
        user=(f"{_header('user')}{CONTENT}<|eot_id|>{_header('assistant')}",),
        answer=(f"{CONTENT}<|eot_id|>",),
        system=(f"{_header('system')}{CONTENT}<|eot_id|>",),
        seen=(f"{_header('ipython')}{CONTENT}<|eot_id|>{_header('assistant')}",),
        prefix=(BOS,),
        stop=("<|eot_id|>", "<|eom_id|>"),
        replaces_eos=True,
        tools="llama3",
    ),
    "mistral": Template(
        user=(f"[INST] {CONTENT}[/INST]",),
        answer=(f" {CONTENT}", EOS),
        system=(f"{CONTENT}\n\n",),
        seen=('[TOOL_RESULTS] {"content": ' + CONTENT + "}[/TOOL_RESULTS]",),
        calls=(f"[TOOL_CALLS] {CONTENT}", EOS),
        prefix=(BOS,),
        system_in_question=True,
        tools="mistral",
    ),
    "phi4": Template(
        user=(f"<|im_start|>user<|im_sep|>{CONTENT}<|im_end|><|im_start|>assistant<|im_sep|>",),
        answer=(f"{CONTENT}<|im_end|>",),
        system=(f"<|im_start|>system<|im_sep|>{CONTENT}<|im_end|>",),
        stop=("<|im_end|>",),
        replaces_eos=True,
    ),
    "qwen": _QWEN._replace(
        default_system="You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    ),
    "qwen3_nothink": _QWEN,
    "smollm2": _CHATML._replace(
        default_system="You are a helpful AI assistant named SmolLM, trained by Hugging Face."
    ),
    "vicuna": Template(
        user=(f"USER: {CONTENT} ASSISTANT:",),
        default_system="A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    ),
}


# -------------------------------------------------------------------------------------------- tools

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


def told_tools(way: str, text: str) -> str:
    """Return how a template tells the model of its tools, given as a JSON text; "" for an empty
    list.
    """
    try:
        tools = json.loads(text)
    except json.JSONDecodeError:
        raise RuntimeError(f"Invalid JSON format in tool description: {[text]}.") from None
    if not len(tools):
        return ""
    if way == "default":
        return _DEFAULT_TOOLS.format(
            tools="".join(map(_described, tools)),
            names=", ".join([_body(tool)["name"] for tool in tools]),
        )
    wrapped = [
        tool if tool.get("type") == "function" else {"type": "function", "function": tool}
        for tool in tools
    ]
    if way == "mistral":
        return f"[AVAILABLE_TOOLS] {json.dumps(wrapped, ensure_ascii=False)}[/AVAILABLE_TOOLS]"
    if way == "qwen":
        return _QWEN_TOOLS.format(
            tools="".join(f"\n{json.dumps(tool, ensure_ascii=False)}" for tool in wrapped)
        )
    listed = "".join(json.dumps(tool, indent=4, ensure_ascii=False) + "\n\n" for tool in wrapped)
    return _LLAMA3_TOOLS.format(date=datetime.now().strftime("%d %b %Y"), tools=listed)


def _body(tool: dict[str, Any]) -> Any:
    return tool.get("function", "") if tool.get("type") == "function" else tool


def _described(tool: dict[str, Any]) -> str:
    body = _body(tool)
    parameters = body["parameters"]
    needed = parameters.get("required", [])
    told = "".join(
        _parameter(name, its, name in needed) for name, its in parameters["properties"].items()
    )
    return f"> Tool Name: {body['name']}\nTool Description: {body.get('description', '')}\nTool Args:\n{told}\n"


def _parameter(name: str, its: dict[str, Any], needed: bool) -> str:
    among = f", should be one of [{', '.join(its['enum'])}]" if its.get("enum") else ""
    items = (
        f", where each item should be {its['items'].get('type', '')}" if its.get("items") else ""
    )
    need = ", required" if needed else ""
    return f"  - {name} ({its.get('type', '')}{need}): {its.get('description', '')}{among}{items}\n"


_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_THOUGHT = re.compile(r"<think>\n(.*?)\n</think>\n\n", re.DOTALL)


def called(template: Template, content: str) -> str:
    """Return how a template writes the tool calls of a turn, with what stands beside them before."""
    if template.system_in_question:  # it is not told of thoughts and tags (template.py:373)
        return _calls(template.tools, content, content)
    if call := _CALL.search(content):
        return content.replace(call[0], "") + _calls(template.tools, call[1], content)
    thought = _THOUGHT.search(content)
    beside = thought[0] if thought else ""
    return beside + _calls(
        template.tools, content.replace(beside, "") if beside else content, content
    )


def _calls(way: str, text: str, content: str) -> str:
    try:
        value = json.loads(text)
        calls = value if isinstance(value, list) else [value]
        named = [(call["name"], call["arguments"]) for call in calls]
    except json.JSONDecodeError:
        raise RuntimeError(f"Invalid JSON format in function message: {[content]}.") from None
    if way == "default":
        return "\n".join(f"Action: {name}\nAction Input: {_json(given)}" for name, given in named)
    if way == "qwen":
        each = [_json({"name": name, "arguments": given}) for name, given in named]
        return "\n".join(f"<tool_call>\n{text}\n</tool_call>" for text in each)
    if way == "mistral":
        return _json([{"name": name, "arguments": given} for name, given in named])
    objects = [{"name": name, "parameters": given} for name, given in named]
    return _json(objects[0] if len(objects) == 1 else objects)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
