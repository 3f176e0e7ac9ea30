"""A two-layer Llama and its tokenizer, made on the spot: real training in seconds, and nothing is fetched."""

from __future__ import annotations

from pathlib import Path

CORPUS = ["Who are you? I am a model made for a test.", "你是谁？我是为测试而做的模型。", "What is 2+2? It is 4."]
SPECIAL = ["<unk>", "<s>", "</s>"]


def make_model(folder: Path) -> Path:
    """Write a model folder that transformers and LLaMA-Factory load, and return it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    raw = Tokenizer(models.BPE(unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **names)
    set_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **sizes))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
