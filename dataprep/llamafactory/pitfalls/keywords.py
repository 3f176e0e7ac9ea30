"""Keys and values that LLaMA-Factory renamed, removed, or ignores where they are."""

from __future__ import annotations

from typing import Any

from dataprep.llamafactory.version import VERSION

SPELLINGS: dict[tuple[str, Any], str] = {
    (
        "quantization_method",
        "bitsandbytes",
    ): "is not a value since 0.9.3: the model is silently not quantized; write bnb",
    ("stage", "orpo"): "is a loss, not a stage; write stage: dpo and pref_loss: orpo",
    ("stage", "simpo"): "is a loss, not a stage; write stage: dpo and pref_loss: simpo",
    ("stage", "pretrain"): "is not a stage; write pt",
    ("stage", "reward"): "is not a stage; write rm",
    ("finetuning_type", "qlora"): "is not a method; write lora and quantization_bit: 4",
    ("finetuning_type", "none"): "is not a method; write lora",
    ("flash_attn", True): "is not a value since 0.7; write fa2, or auto",
    ("flash_attn", False): "is not a value since 0.7; write disabled",
    ("flash_attn", "off"): "is not a value since 0.7; write disabled",
    (
        "mix_strategy",
        "interleave",
    ): "ends in KeyError; write interleave_under, interleave_over or interleave_once",
    (
        "resume_from_checkpoint",
        True,
    ): "finds no checkpoint because make starts in an empty folder; write the folder of one",
    ("report_to", True): "is not a value; write none, tensorboard or wandb",
    ("report_to", False): "is not a value; write none",
}
"""Messages about values that old recipes use and LLaMA-Factory does not support."""

LOSSES = (
    f"is not a real loss in {VERSION}: it silently trains the sigmoid loss; write "
    f"sigmoid, orpo or simpo"
)

GONE = {
    "evaluation_strategy": "is called eval_strategy now",
    "no_cuda": "is called use_cpu now",
    "save_safetensors": "is gone with transformers 5, which writes safetensors always; take it out",
    "group_by_length": (
        "is gone with transformers 5; write train_sampling_strategy: group_by_length"
    ),
    "new_special_tokens": "is called add_special_tokens now",
    "visual_inputs": "is gone: images are detected in the data; take it out",
    "sft_packing": "is called packing now",
    "cache_path": "is called tokenized_path now",
    "max_source_length": "is gone: cutoff_len holds for prompt and answer together",
    "max_target_length": "is gone: cutoff_len holds for prompt and answer together",
    "reserved_label_len": (
        "is gone: cutoff_len is divided by the lengths of prompt and answer; take it out"
    ),
    "dpo_beta": "is called pref_beta now",
    "dpo_loss": "is called pref_loss now",
    "dpo_ftx": "is called pref_ftx now",
    "orpo_beta": "is called pref_beta now",
    "kto_beta": "is called pref_beta now",
    "kto_ftx": "is called pref_ftx now",
    "num_layer_trainable": "is called freeze_trainable_layers now",
    "name_module_trainable": "is called freeze_trainable_modules now",
    "checkpoint_dir": "is called adapter_name_or_path now",
    "resume_lora_training": "is gone: write create_new_adapter: true for the opposite",
    "image_resolution": "is called image_max_pixels now",
    "video_resolution": "is called video_max_pixels now",
}
"""Messages about keys of older versions, which LLaMA-Factory refuses."""

OF_STAGE = {
    "pref_beta": ("dpo", "kto"),
    "pref_ftx": ("dpo", "kto"),
    "pref_loss": ("dpo",),
    "pref_bco_weight": ("dpo",),
    "dpo_label_smoothing": ("dpo",),
    "simpo_gamma": ("dpo",),
    "ld_alpha": ("dpo",),
    "kto_chosen_weight": ("kto",),
    "kto_rejected_weight": ("kto",),
    "ppo_buffer_size": ("ppo",),
    "ppo_epochs": ("ppo",),
    "ppo_score_norm": ("ppo",),
    "ppo_target": ("ppo",),
    "ppo_whiten_rewards": ("ppo",),
    "reward_model": ("ppo",),
    "reward_model_adapters": ("ppo",),
    "reward_model_quantization_bit": ("ppo",),
    "reward_model_type": ("ppo",),
    "ref_model": ("dpo", "kto", "ppo"),
    "ref_model_adapters": ("dpo", "kto", "ppo"),
    "ref_model_quantization_bit": ("dpo", "kto", "ppo"),
    "use_dft_loss": ("sft",),
    "use_asft_loss": ("sft",),
    "use_eaft_loss": ("sft",),
    "compute_accuracy": ("sft",),
}
"""The keys that all but these stages silently ignore."""

OF_METHOD = {
    "lora_": "lora",
    "loraplus_": "lora",
    "pissa_": "lora",
    "oft_": "oft",
    "module_dropout": "oft",
    "freeze_trainable_": "freeze",
    "freeze_extra_": "freeze",
}
"""Prefixes of keys that all but this method silently ignore."""

SWITCHES = {
    "galore_": "use_galore",
    "apollo_": "use_apollo",
    "badam_": "use_badam",
    "swanlab_": "use_swanlab",
    "kt_": "use_kt",
    "asft_": "use_asft_loss",
    "eaft_": "use_eaft_loss",
}
"""Prefixes of keys that have no effect without a switch."""

ELSEWHERE = {"export_": "export", "vllm_": "chat or api", "sglang_": "chat or api"}
"""Prefixes of keys that a training ignores, and the stages that use them."""
