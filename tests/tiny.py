"""A two-layer Llama and its tokenizer, made on the spot: real training in seconds, and nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPUS = ["Who are you? I am a model made for a test.", "你是谁？我是为测试而做的模型。", "What is 2+2? It is 4."]
SPECIAL = ["<unk>", "<s>", "</s>"]
NAMES = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}


def make_tokenizer(folder: Path) -> Path:
    """Write a folder with the files of a tokenizer alone, without torch or transformers, and return it."""
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
        CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    return raw


def make_model(folder: Path) -> Path:
    """Write a model folder that transformers and LLaMA-Factory load, and return it."""
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=_tokenizer(), **NAMES)
    set_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **sizes))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
