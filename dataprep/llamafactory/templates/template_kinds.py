"""What the chat templates of LLaMA-Factory are: their names, and in what they differ.

A test holds each list against the installed version.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMES = _names(
    """
    aeva alpaca bailing bailing_v2 breeze chatglm3 chatml chatml_de cohere cpm4 dbrx deepseek deepseek3
    deepseekcoder deepseekr1 default dots_ocr empty ernie ernie_nothink ernie_vl exaone falcon falcon_h1 fewshot
    gemma gemma2 gemma3 gemma3n gemma4 gemma4n glm4 glm4_5v glm4_7 glm4_moe glm4v glm_ocr glmz1 gpt_oss granite3
    granite3_vision granite4 hunyuan hunyuan_small hy3 index intern2 intern_s1 intern_vl keye_vl kimi_vl lfm2
    lfm2_vl llama2 llama2_zh llama3 llama4 llava llava_next llava_next_llama3 llava_next_mistral llava_next_qwen
    llava_next_video llava_next_video_mistral llava_next_video_yi llava_next_yi mimo mimo_v2 mimo_vl minicpm_o
    minicpm_v minicpm_v_4_6 minimax1 minimax2 ministral ministral3 mistral mistral_small mllama moonlight olmo
    openchat openchat-3.6 opencoder paligemma paligemma_chat phi phi4 phi4_mini phi_small pixtral qwen
    qwen2_audio qwen2_omni qwen2_vl qwen3 qwen3_5 qwen3_5_nothink qwen3_6 qwen3_nothink qwen3_omni
    qwen3_omni_nothink qwen3_vl qwen3_vl_nothink sailor seed_coder seed_oss smollm smollm2 solar starchat
    telechat2 vicuna video_llava xuanyuan yi yi_vl youtu youtu_vl yuan zephyr
    """
)
"""All of them."""

REASONING = _names(
    """
    aeva deepseekr1 ernie_vl gemma4 gemma4n glm4_5v glm4_7 glm4_moe glm4v glmz1 gpt_oss hy3 keye_vl kimi_vl mimo
    mimo_v2 mimo_vl minimax2 qwen3 qwen3_5 qwen3_6 qwen3_omni qwen3_vl seed_oss youtu
    """
)
"""Those that put an empty thinking block before each answer that has none, and learn it."""

REPLACES_EOS = _names(
    """
    chatml chatml_de dbrx ernie_vl gemma gemma3 gemma3n gemma4 gemma4n hy3 keye_vl lfm2 lfm2_vl llama3 llama4
    llava_next_llama3 llava_next_qwen mimo mimo_v2 mimo_vl mllama moonlight paligemma_chat phi phi4 phi4_mini
    phi_small qwen qwen2_audio qwen2_omni qwen2_vl qwen3 qwen3_5 qwen3_5_nothink qwen3_6 qwen3_nothink
    qwen3_omni qwen3_omni_nothink qwen3_vl qwen3_vl_nothink youtu
    """
)
"""Those that end a document by their own end-of-turn token in place of the model's."""

EFFICIENT_EOS = _names(
    """
    aeva bailing bailing_v2 breeze chatglm3 dots_ocr falcon fewshot gemma2 glm4 glm4_5v glm4_7 glm4_moe glm4v
    glm_ocr glmz1 gpt_oss index solar yi_vl
    """
)
"""Those whose end-of-turn token is the next turn's first one; they cannot train on the prompt."""

PLAIN = _names("alpaca default solar vicuna xuanyuan")
"""Those of plain words, which a base model of any family can be taught."""

_ALIKE = (
    "chatml chatml_de cpm4 dbrx falcon_h1 intern2 intern_s1 intern_vl keye_vl lfm2 lfm2_vl "
    "llava_next_qwen llava_next_video_yi llava_next_yi mimo mimo_v2 mimo_vl minicpm_o minicpm_v "
    "minicpm_v_4_6 opencoder qwen qwen2_audio qwen2_omni qwen2_vl qwen3 qwen3_5 qwen3_5_nothink "
    "qwen3_6 "
    "qwen3_nothink qwen3_omni qwen3_omni_nothink qwen3_vl qwen3_vl_nothink smollm smollm2 yi",
    "deepseek3 deepseekr1",
    "empty fewshot",
    "gemma gemma2 gemma3 gemma3n paligemma_chat",
    "gemma4 gemma4n",
    "aeva glm4 glm4_5v glm4_7 glm4_moe glm4v glm_ocr glmz1",
    "granite3 granite4",
    "kimi_vl moonlight",
    "llama2 llama2_zh",
    "llama3 llava_next_llama3 mllama",
    "llava llava_next llava_next_video vicuna video_llava",
    "llava_next_mistral llava_next_video_mistral mistral",
    "ministral ministral3 mistral_small pixtral",
    "phi phi_small",
    "seed_coder seed_oss",
)


def have_same_markers(one: str, other: str) -> bool:
    """Tell whether two templates mark the turns alike, and differ in the system text or the
    thinking block at most.
    """
    return one == other or any({one, other} <= _names(alike) for alike in _ALIKE)
