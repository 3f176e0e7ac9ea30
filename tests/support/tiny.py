"""Two-layer models and their tokenizer, made on the spot: real training in seconds, and nothing is
fetched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dataprep.llamafactory.runs.old_names import add_old_names

CORPUS = [
    "Who are you? I am a model made for a test.",
    "你是谁？我是为测试而做的模型。",
    "What is 2+2? It is 4.",
]
SPECIAL = ["<unk>", "<s>", "</s>"]
NAMES = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}


def make_tokenizer(folder: Path) -> Path:
    """Write a folder with the files of a tokenizer alone, without torch or transformers, and return
    it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _tokenizer().save(str(folder / "tokenizer.json"))
    named = {**NAMES, "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named), encoding="utf-8")
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    raw = Tokenizer(models.BPE(unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet),
    )
    return raw


KINDS = ("llama", "qwen3")
ROOM = 448
"""The rows of the embedding: the tokenizer's own tokens, and some for those that a template adds.
"""


def make_model(folder: Path, kind: str = "llama") -> Path:
    """Write a model folder that transformers and LLaMA-Factory load, of one of `KINDS`, and return
    it.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast, set_seed

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=_tokenizer(), **NAMES)
    set_seed(0)
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    sizes |= {
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": ROOM,
        "max_position_embeddings": 2048,
    }
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(kind, **sizes, bos_token_id=1, eos_token_id=2)
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    add_old_names(folder)
    return folder


SIGHT = [
    f"<|{name}|>"
    for name in ("im_start", "im_end", "vision_start", "vision_end", "image_pad", "video_pad")
]


def make_seeing_model(folder: Path) -> Path:
    """Write a model of Qwen2-VL's architecture with its processor, and return the folder."""
    from transformers import (
        PreTrainedTokenizerFast,
        Qwen2VLConfig,
        Qwen2VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
        set_seed,
    )

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(), **NAMES, extra_special_tokens=SIGHT
    )
    numbers = {sign: tokenizer.convert_tokens_to_ids(sign) for sign in SIGHT}
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3]}
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    text = {**sizes, "num_key_value_heads": 2, "vocab_size": ROOM, "max_position_embeddings": 2048}
    text |= {"rope_parameters": rope, "bos_token_id": 1, "eos_token_id": 2}
    sight = {"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2}
    set_seed(0)
    config = Qwen2VLConfig(
        text_config=text,
        vision_config=sight,
        image_token_id=numbers["<|image_pad|>"],
        video_token_id=numbers["<|video_pad|>"],
        vision_start_token_id=numbers["<|vision_start|>"],
        vision_end_token_id=numbers["<|vision_end|>"],
    )
    Qwen2VLForConditionalGeneration(config).save_pretrained(folder)
    Qwen2VLProcessor(
        Qwen2VLImageProcessor(), tokenizer, Qwen2VLVideoProcessor(), chat_template="{{ messages }}"
    ).save_pretrained(folder)
    return folder
