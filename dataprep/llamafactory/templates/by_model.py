"""Infer a model's chat template from its name."""

from __future__ import annotations

import re
from difflib import get_close_matches

from dataprep.errors import DataprepError

FAMILIES: tuple[tuple[str, str], ...] = (
    (r"smollm2", "smollm2"),
    (r"smollm-", "smollm"),
    (r"deepseek-r1|deepseek-v3\.1", "deepseekr1"),
    (r"deepseek-coder-(?!v2)", "deepseekcoder"),
    (r"deepseek-(v3|v2\.5|v2-chat-0628)", "deepseek3"),
    (r"deepseek-(llm|math|moe|v2|coder-v2)", "deepseek"),
    (r"qwen3-.*instruct-2507|qwen3-next-.*instruct|qwen3-coder", "qwen3_nothink"),
    (r"qwen3\.5", "qwen3_5"),
    (r"qwen3\.6", "qwen3_6"),
    (r"qwen3-", "qwen3"),
    (r"(code)?qwen(1\.5|2|2\.5)?-|qwq", "qwen"),
    (r"chinese-(alpaca|llama)-2", "llama2_zh"),
    (r"llama-?2-", "llama2"),
    (r"llama-?3(\.\d)?-", "llama3"),
    (r"llama-4", "llama4"),
    (r"mistral-small|devstral-small", "mistral_small"),
    (r"ministral-3-", "ministral3"),
    (r"ministral|mistral-nemo", "ministral"),
    (r"mistral-7b|mixtral|codestral", "mistral"),
    (r"gemma-3-(270m|1b)|gemma-2-", "gemma2"),
    (r"gemma-3n-", "gemma3n"),
    (r"gemma-3-", "gemma3"),
    (r"gemma-4-e", "gemma4n"),
    (r"gemma-4-", "gemma4"),
    (r"gemma", "gemma"),
    (r"phi-4-mini", "phi4_mini"),
    (r"phi-4", "phi4"),
    (r"phi-3-small", "phi_small"),
    (r"phi-3", "phi"),
    (r"yi-", "yi"),
    (r"internlm[23]", "intern2"),
    (r"chatglm3", "chatglm3"),
    (r"glm-4\.5", "glm4_moe"),
    (r"glm-4-", "glm4"),
    (r"glm-z1", "glmz1"),
    (r"vicuna", "vicuna"),
    (r"zephyr", "zephyr"),
    (r"falcon-h1", "falcon_h1"),
    (r"falcon-", "falcon"),
    (r"granite-3", "granite3"),
    (r"hunyuan-", "hunyuan"),
    (r"minicpm4", "cpm4"),
    (r"xuanyuan", "xuanyuan"),
    (r"telechat2", "telechat2"),
    (r"index-1\.9b", "index"),
    (r"seed-oss", "seed_oss"),
    (r"gpt-oss", "gpt_oss"),
)
"""Patterns of model names and their templates; the first match wins.

A test compares the result with LLaMA-Factory's own list of models.
"""

_NOT_TEXT = re.compile(r"vl\b|vision|audio|omni|llava|ocr|[\d.]v\b|paligemma|medgemma|-v-|-o-")


def template_of(model: str) -> str:
    """Return the template for a model, by the last part of its path or hub name.

    Raises `DataprepError` with suggestions if no pattern matches.
    """
    name = re.sub(r"[_ ]", "-", model.rstrip("/").rpartition("/")[2].lower())
    if not _NOT_TEXT.search(name):
        for pattern, template in FAMILIES:
            start = "" if pattern.startswith("(") else "(^|[^a-z])"
            if re.search(f"{start}{pattern}", f"{name}-"):
                return template
    known = sorted({template for _, template in FAMILIES})
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    suggestion = f"perhaps {' or '.join(near)}; " if near else ""
    raise DataprepError(
        f"{model}: no chat template can be inferred from the name; give --template, or TEMPLATE= "
        f"with make; {suggestion}known: {', '.join(known)}"
    )
