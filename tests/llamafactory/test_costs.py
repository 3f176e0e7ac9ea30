"""What a plan tells: sizes against the real models, memory against published figures, steps, time
and words.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, good, refusal, run, write
from paths import ROOT

from dataprep.commands.new import Options, new
from dataprep.commands.plan import plan
from dataprep.errors import DataprepError
from dataprep.llamafactory.costs import gpus, hours, volume
from dataprep.llamafactory.costs.forecast import Forecast, time_of
from dataprep.llamafactory.costs.gpus import GB
from dataprep.llamafactory.costs.hours import Band
from dataprep.llamafactory.costs.memory import frozen_bytes, layer_bytes, memory, quantized_bytes
from dataprep.llamafactory.costs.model_sizes import from_config, shape_of
from dataprep.llamafactory.costs.setup import Setup, Sharding, setup_of, trained
from dataprep.llamafactory.costs.shape import Shape
from dataprep.llamafactory.costs.volume import Volume
from dataprep.recipe import compile
from dataprep.text import tokens

SMALL = Shape(512, 2, 8, 8, 1376, 1000)


def setup(shape: Shape = SMALL, **train: Any) -> Setup:
    """Return what a recipe with these arguments asks for, one row at a time as in LLaMA-Factory's
    examples.
    """
    return setup_of({"per_device_train_batch_size": 1, **train}, shape)


# ------------------------------------------------------------------------------------------- memory

SIZES = (
    "meta-llama/Llama-2-7b-hf",
    "microsoft/Phi-3-medium-4k-instruct",
    "huggyllama/llama-30b",
    "Llama-2-70b-hf",
)
PURE = {"finetuning_type": "full", "pure_bf16": True}
MIXED = {"bf16": True}
PUBLISHED: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "full in bf16 or fp16": ({"finetuning_type": "full", **MIXED}, (120, 240, 600, 1200)),
    "full in pure bf16": (PURE, (60, 120, 300, 600)),
    "freeze": ({"finetuning_type": "freeze", "pure_bf16": True}, (16, 32, 64, 160)),
    "lora": (MIXED, (16, 32, 64, 160)),
    "galore": ({**PURE, "use_galore": True, "galore_layerwise": True}, (16, 32, 64, 160)),
    "apollo": ({**PURE, "use_apollo": True, "apollo_layerwise": True}, (16, 32, 64, 160)),
    "badam": ({**PURE, "use_badam": True}, (16, 32, 64, 160)),
    "oft": ({"finetuning_type": "oft", **MIXED}, (16, 32, 64, 160)),
    "qlora in 8 bits": ({"quantization_bit": 8, **MIXED}, (10, 20, 40, 80)),
    "qlora in 4 bits": ({"quantization_bit": 4, **MIXED}, (6, 12, 24, 48)),
    "qlora in 2 bits": (
        {"quantization_bit": 2, "quantization_method": "hqq", **MIXED},
        (4, 8, 16, 24),
    ),
    "qoft in 8 bits": (
        {"finetuning_type": "oft", "quantization_bit": 8, **MIXED},
        (10, 20, 40, 80),
    ),
    "qoft in 4 bits": ({"finetuning_type": "oft", "quantization_bit": 4, **MIXED}, (6, 12, 24, 48)),
}
"""LLaMA-Factory's README, "Hardware Requirement": GB for models of 7, 14, 30 and 70 billion
parameters.

Its 16-bit row is reckoned in pure bf16 where weights of the model are trained, as its 16-bit row
for full tuning is.
"""


@pytest.mark.parametrize(
    ("method", "model", "published"),
    [
        (name, *cell)
        for name, (_, row) in PUBLISHED.items()
        for cell in zip(SIZES, row, strict=True)
    ],
)
def test_every_cell_of_the_published_table_is_met_within_a_fifth(
    method: str, model: str, published: int
) -> None:
    shape = shape_of(model)
    found = memory(shape, setup(shape, **PUBLISHED[method][0])).total / GB
    assert found == pytest.approx(published, rel=0.2)


@pytest.mark.parametrize(
    ("bits", "double", "method", "expected"),
    [
        (4, True, "bnb", 4.127),
        (4, False, "bnb", 4.5),
        (8, True, "bnb", 8),
        (3, True, "hqq", 3.7),
        (16, True, "bnb", 16),
    ],
)
def test_quantized_weights_carry_the_constants_of_their_blocks(
    bits: int, double: bool, method: str, expected: float
) -> None:
    assert quantized_bytes(bits, double, method) * 8 == pytest.approx(expected)


def test_embeddings_and_experts_are_not_quantized() -> None:
    shape = shape_of("Qwen/Qwen3-30B-A3B")
    assert frozen_bytes(shape, setup(shape, quantization_bit=4)) > 2 * (
        shape.expert + shape.embedding
    )


ZERO3 = {"zero_optimization": {"stage": 3}}
OFFLOAD = {
    "zero_optimization": {
        "stage": 3,
        "offload_optimizer": {"device": "cpu"},
        "offload_param": {"device": "cpu"},
    }
}


def test_what_is_shared_out_shrinks_with_more_gpus_and_what_is_copied_does_not() -> None:
    shape = shape_of("Llama-2-7b")
    alone = {"finetuning_type": "full", "bf16": True}
    shared = [
        memory(shape, setup(shape, **alone, deepspeed=ZERO3), count).total for count in (1, 2, 4, 8)
    ]
    assert shared == sorted(shared, reverse=True)
    assert shared[0] > 5 * shared[-1]
    copied = [memory(shape, setup(shape, **alone), count).total for count in (2, 4, 8)]
    assert len(set(copied)) == 1
    zero2 = setup(shape, **alone, deepspeed={"zero_optimization": {"stage": 2}})
    assert shared[-1] < memory(shape, zero2, 8).total < copied[0]


def test_deepspeeds_own_estimate_is_met() -> None:
    """18 bytes a parameter over all GPUs and 4 of a layer; 2 and 18 over all for ZeRO-2."""
    shape = shape_of("Llama-2-7b")
    states = ("weights", "gradients", "optimizer", "gathered layer")
    for stage, expected in (
        (3, 18 / 8 * shape.total + 4 * shape.per_layer),
        (2, 2 * shape.total + 18 / 8 * shape.total),
    ):
        asked = setup(
            shape,
            finetuning_type="full",
            bf16=True,
            deepspeed={"zero_optimization": {"stage": stage}},
        )
        parts = memory(shape, asked, 8).parts
        assert sum(parts.get(name, 0) for name in states) == pytest.approx(expected, rel=0.15)


def test_what_is_offloaded_stands_in_ram() -> None:
    shape = shape_of("Llama-2-7b")
    found = memory(shape, setup(shape, finetuning_type="full", bf16=True, deepspeed=OFFLOAD), 2)
    assert found.total < 10 * GB
    assert found.ram > 16 * shape.total
    assert "optimizer" not in found.parts


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            {"deepspeed": "examples/deepspeed/ds_z3_offload_config.json"},
            Sharding("zero", 3, True, True),
        ),
        ({"deepspeed": "cache/ds_z2_config.json"}, Sharding("zero", 2)),
        ({"fsdp": "full_shard auto_wrap offload"}, Sharding("fsdp", 3, True, True)),
        ({"fsdp": ["shard_grad_op"]}, Sharding("fsdp", 2)),
        ({}, Sharding()),
    ],
)
def test_sharding_is_read_from_the_recipe(asked: dict[str, Any], expected: Sharding) -> None:
    assert setup(**asked).sharding == expected


def test_a_deepspeed_file_that_is_there_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(OFFLOAD))
    assert setup(deepspeed=str(path)).sharding == Sharding("zero", 3, True, True)
    path.write_text("{")
    with pytest.raises(DataprepError, match=r"mine\.json: not valid JSON"):
        setup(deepspeed=str(path))


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"stage": "dpo", "finetuning_type": "full"}, "other models"),
        ({"stage": "dpo", "ref_model": "other"}, "other models"),
        ({"stage": "ppo", "reward_model_type": "full"}, "other models"),
        ({"stage": "ppo"}, "generation"),
        ({"predict_with_generate": True}, "generation"),
        ({"quantization_bit": 4}, "workspace"),
    ],
)
def test_what_a_stage_needs_beside_is_a_part_of_its_own(more: dict[str, Any], part: str) -> None:
    assert memory(SMALL, setup(bf16=True, **more)).parts[part] > 0
    assert part not in memory(SMALL, setup(bf16=True)).parts


def test_lora_is_its_own_reference() -> None:
    assert "other models" not in memory(SMALL, setup(stage="dpo")).parts
    assert (
        "other models"
        not in memory(SMALL, setup(stage="dpo", finetuning_type="full", pref_loss="orpo")).parts
    )


def test_checkpointing_saves_activations_and_a_pair_needs_twice_as_many() -> None:
    shape = shape_of("Qwen/Qwen2.5-7B")
    on = memory(shape, setup(shape, bf16=True))
    off = memory(shape, setup(shape, bf16=True, disable_gradient_checkpointing=True))
    assert on.parts["activations"] < off.parts["activations"] / 5
    assert (on.otherwise, off.otherwise) == (off.parts["activations"], on.parts["activations"])
    pair = memory(shape, setup(shape, bf16=True, stage="rm"))
    assert pair.parts["logits"] == 2 * on.parts["logits"]


@pytest.mark.parametrize(
    ("optimizer", "bytes_each"),
    [("adamw_torch", 8), ("paged_adamw_8bit", 2), ("sgd", 0), ("lion_8bit", 1), ("adafactor", 0.1)],
)
def test_an_optimizer_has_its_own_states(optimizer: str, bytes_each: float) -> None:
    asked = setup(finetuning_type="full", bf16=True, optim=optimizer)
    assert memory(SMALL, asked).parts.get("optimizer", 0) == pytest.approx(
        bytes_each * SMALL.total, rel=0.01
    )


# -------------------------------------------------------------------------------------------- sizes

TOTALS = {
    "meta-llama/Llama-2-7b-hf": 6.74,
    "meta-llama/Llama-2-13b-chat-hf": 13.02,
    "meta-llama/Llama-2-70b-hf": 68.98,
    "meta-llama/Meta-Llama-3.1-8B-Instruct": 8.03,
    "meta-llama/Llama-3.2-1B": 1.24,
    "meta-llama/Llama-3.3-70B": 70.6,
    "Qwen/Qwen2.5-0.5B": 0.494,
    "Qwen/Qwen2.5-1.5B-Instruct": 1.54,
    "Qwen/Qwen2.5-7B-Instruct": 7.62,
    "Qwen/Qwen2.5-Coder-32B": 32.8,
    "Qwen/Qwen2.5-72B": 72.7,
    "Qwen/Qwen1.5-14B": 14.2,
    "Qwen/Qwen3-0.6B": 0.596,
    "Qwen/Qwen3-8B": 8.19,
    "Qwen/Qwen3-30B-A3B-Instruct-2507": 30.5,
    "Qwen/Qwen3-235B-A22B": 235,
    "mistralai/Mistral-7B-Instruct-v0.3": 7.25,
    "mistralai/Mixtral-8x7B-v0.1": 46.7,
    "google/gemma-2-9b-it": 9.24,
    "google/gemma-7b": 8.54,
    "google/gemma-3-1b-it": 1.0,
    "microsoft/phi-4": 14.7,
    "01-ai/Yi-1.5-34B-Chat": 34.4,
    "internlm/internlm2_5-7b-chat": 7.74,
    "THUDM/glm-4-9b-chat": 9.4,
    "baichuan-inc/Baichuan2-13B-Chat": 13.9,
    "deepseek-ai/DeepSeek-V3": 671,
    "deepseek-ai/DeepSeek-V2-Lite": 15.7,
    "DeepSeek-R1-Distill-Qwen-7B": 7.62,
    "openai/gpt-oss-20b": 20.9,
    "HuggingFaceTB/SmolLM2-135M-Instruct": 0.135,
    "models/smollm2-135m": 0.135,
}
"""Billions of parameters as each model's hub page states them."""


@pytest.mark.parametrize(("model", "billions"), TOTALS.items())
def test_well_known_models_have_their_published_size(model: str, billions: float) -> None:
    shape = shape_of(model)
    assert not shape.guessed
    assert shape.total / 1e9 == pytest.approx(billions, rel=0.02)


def test_a_token_passes_only_some_experts() -> None:
    assert shape_of("Qwen/Qwen3-30B-A3B").active / 1e9 == pytest.approx(3, rel=0.1)
    assert shape_of("deepseek-ai/DeepSeek-R1").active / 1e9 == pytest.approx(37, rel=0.05)


@pytest.mark.parametrize("size", ["0.5B", "3b", "7B", "14B", "32B", "70B", "135M"])
def test_a_number_in_the_name_makes_an_average_model(size: str) -> None:
    shape = shape_of(f"someone/mine-{size}-chat")
    assert shape.guessed
    assert shape.total == pytest.approx(
        float(size[:-1]) * (1e6 if size[-1] == "M" else 1e9), rel=0.02
    )


@pytest.mark.parametrize("model", ["someone/my-model", "gpt2", "qwen-vl-max", "b7"])
def test_a_name_that_tells_no_size_is_not_guessed_at(model: str) -> None:
    with pytest.raises(
        DataprepError, match=r"its size is unknown: .*put its config\.json in a folder"
    ):
        shape_of(model)


def test_a_config_that_is_no_decoders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "resnet"}')
    with pytest.raises(DataprepError, match=r"config\.json: has no hidden_size, num_hidden_layers"):
        from_config(tmp_path / "config.json")


def test_a_model_in_the_hubs_cache_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    folder = tmp_path / "hub/models--some--thing/snapshots/1234"
    folder.mkdir(parents=True)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100}
    (folder / "config.json").write_text(json.dumps(sizes))
    assert (shape_of("some/thing").hidden, shape_of("some/thing").inner) == (64, 256)


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        ("microsoft/Phi-4-mini-instruct", 32),
        ("google/gemma-2-2b-it", 26),
        ("Qwen/Qwen2.5-3B", 36),
        ("Llama-3.2-3B", 28),
    ],
)
def test_a_name_does_not_find_the_entry_of_a_longer_or_shorter_one(model: str, layers: int) -> None:
    assert shape_of(model).layers == layers


WIDE: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 688,
    "num_hidden_layers": 3,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
    "pad_token_id": 0,
}
EXPERTS = {
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 96,
    "num_local_experts": 8,
}
LATENT = {
    "n_routed_experts": 8,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    "q_lora_rank": 48,
    "kv_lora_rank": 32,
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16,
    "v_head_dim": 32,
    "n_group": 1,
    "topk_group": 1,
    "num_key_value_heads": 8,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": WIDE,
    "mistral": WIDE,
    "qwen2": WIDE,
    "qwen3": {**WIDE, "head_dim": 64},
    "gemma2": {**WIDE, "head_dim": 64},
    "phi3": WIDE,
    "glm4": {**WIDE, "head_dim": 32},
    "granite": WIDE,
    "mixtral": {**WIDE, "num_local_experts": 8, "num_experts_per_tok": 2},
    "qwen3_moe": {**WIDE, **EXPERTS, "head_dim": 32},
    "deepseek_v3": {**WIDE, **EXPERTS, **LATENT},
    "gpt2": {"n_embd": 256, "n_layer": 3, "n_head": 8, "vocab_size": 1000},
    "gpt_neox": {name: value for name, value in WIDE.items() if name != "num_key_value_heads"},
    "starcoder2": WIDE,
}


def real(family: str, folder: Path) -> Any:
    """Make a model of that family without weights, and write its config.json."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.AutoConfig.for_model(family, **FAMILIES[family])
    config.save_pretrained(folder)
    with torch.device("meta"):
        return transformers.AutoModelForCausalLM.from_config(config)


@pytest.mark.train
@pytest.mark.parametrize("family", FAMILIES)
def test_the_parameters_of_a_config_are_those_of_the_real_model(
    family: str, tmp_path: Path
) -> None:
    model = real(family, tmp_path)
    assert shape_of(str(tmp_path)).total == pytest.approx(model.num_parameters(), rel=0.01)


@pytest.mark.train
@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize(
    "family", ["llama", "qwen2", "qwen3", "phi3", "glm4", "gemma2", "qwen3_moe", "deepseek_v3"]
)
def test_the_parameters_of_adapters_are_those_that_peft_trains(
    family: str, dora: bool, tmp_path: Path
) -> None:
    model = real(family, tmp_path)
    peft = pytest.importorskip("peft")
    shape = shape_of(str(tmp_path))
    names = sorted({matrix.name for matrix in shape.matrices})
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules=names, use_dora=dora))
    found = sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad)
    assert trained(shape, setup(shape, lora_rank=4, use_dora=dora)).total == found


def kept_activations(layers: int, kv_heads: int, tokens: int) -> int:
    """Return the bytes that torch keeps for the backward pass of LoRA on a small Llama in bf16."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    peft = pytest.importorskip("peft")
    sizes = {
        "hidden_size": 512,
        "intermediate_size": 1376,
        "num_attention_heads": 8,
        "num_key_value_heads": kv_heads,
    }
    config = transformers.LlamaConfig(vocab_size=1000, num_hidden_layers=layers, **sizes)
    model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
    names = [matrix.name for matrix in SMALL.matrices]
    model = peft.get_peft_model(model, peft.LoraConfig(r=8, target_modules=names))
    model.enable_input_require_grads()
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    found: dict[int, Any] = {}

    def keep(tensor: Any) -> Any:
        found[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    ids = torch.zeros((1, tokens), dtype=torch.long)
    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept),
        torch.autocast("cpu", torch.bfloat16),
    ):
        output = model(input_ids=ids, labels=ids, use_cache=False)
    assert output.loss is not None
    return sum(
        tensor.untyped_storage().nbytes() for at, tensor in found.items() if at not in weights
    )


@pytest.mark.train
@pytest.mark.parametrize("kv_heads", [8, 2])
def test_the_activations_of_a_layer_are_what_torch_keeps(kv_heads: int) -> None:
    found = (kept_activations(2, kv_heads, 256) - kept_activations(1, kv_heads, 256)) / 256
    shape = Shape(512, 1, 8, kv_heads, 1376, 1000)
    assert layer_bytes(shape, setup(shape), 256) == pytest.approx(found, rel=0.1)


@pytest.mark.parametrize(
    ("train", "share"),
    [
        ({"finetuning_type": "full"}, 1),
        ({"finetuning_type": "freeze"}, 2 / 32),
        ({"finetuning_type": "freeze", "freeze_trainable_layers": -4}, 4 / 32),
        ({"finetuning_type": "freeze", "freeze_trainable_modules": "mlp"}, 2 / 32 * 2 / 3),
        ({"lora_target": "q_proj,v_proj", "lora_rank": 8}, 0.0006),
        ({"additional_target": "embed_tokens,lm_head"}, 0.04),
    ],
)
def test_as_much_is_trained_as_the_recipe_says(train: dict[str, Any], share: float) -> None:
    shape = shape_of("Llama-2-7b")
    assert trained(shape, setup(shape, **train)).total / shape.total == pytest.approx(
        share, rel=0.1
    )


# --------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("train", "per_parameter"),
    [
        ({"finetuning_type": "full", "disable_gradient_checkpointing": True}, 6),
        ({"finetuning_type": "full"}, 8),
        ({"lora_rank": 1, "disable_gradient_checkpointing": True}, 4),
        ({"lora_rank": 1}, 6),
        ({"lora_rank": 1, "stage": "dpo"}, 8),
        ({"lora_rank": 1, "stage": "kto"}, 12),
    ],
)
def test_operations_are_a_multiple_of_the_parameters(
    train: dict[str, Any], per_parameter: float
) -> None:
    shape = shape_of("Llama-2-7b")
    assert hours.operations(shape, setup(shape, **train), 1) / shape.active == pytest.approx(
        per_parameter, rel=0.02
    )


@pytest.mark.parametrize(
    ("rows", "count", "train", "expected"),
    [
        (360, 1, {"per_device_train_batch_size": 4}, (90, 270)),
        (66, 1, {"gradient_accumulation_steps": 8}, (9, 27)),
        (66, 4, {"gradient_accumulation_steps": 8}, (3, 9)),
        (3, 8, {"gradient_accumulation_steps": 8}, (1, 3)),
        (10, 1, {"per_device_train_batch_size": 4, "dataloader_drop_last": True}, (2, 6)),
        (100, 1, {"num_train_epochs": 0.5}, (100, 50)),
        (100, 1, {"max_steps": 7}, (100, 7)),
    ],
)
def test_steps_are_counted_as_the_trainer_does(
    rows: int, count: int, train: dict[str, Any], expected: tuple[int, int]
) -> None:
    found = hours.steps(setup(**train), rows, count)
    assert (found.per_epoch, found.total) == expected


def test_a_faster_card_and_more_cards_take_less_time() -> None:
    (slow,), (fast,) = gpus.named("A100 40GB"), gpus.named("H100")
    asked = setup(bf16=True)
    bands = [
        hours.seconds_on(card, 1e20, 10, 32, asked, count)
        for card in (slow, fast)
        for count in (1, 4)
    ]
    assert bands[0].low > bands[1].low > bands[3].low
    assert bands[0].high > bands[2].high > bands[3].high
    quantized = hours.seconds_on(slow, 1e20, 10, 32, setup(bf16=True, quantization_bit=4))
    assert quantized.low > bands[0].low


def test_an_optimizer_in_ram_takes_its_time() -> None:
    shape = shape_of("Llama-2-7b")
    away = setup(shape, finetuning_type="full", deepspeed=OFFLOAD)
    assert hours.seconds_of_offloading(shape, away, 100).low > 100
    assert hours.seconds_of_offloading(shape, setup(shape, finetuning_type="full"), 100).high == 0


def test_small_batches_take_the_time_to_start_their_kernels() -> None:
    (card,) = gpus.named("H100")
    assert hours.seconds_on(card, 1.0, 1000, 32, setup(bf16=True)).low >= 10


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ((1, 20), "under a minute"),
        ((70, 300), "1–5 min"),
        ((5400, 16000), "2–4 h"),
        ((9e5, 2e6), "10–23 days"),
    ],
)
def test_time_is_told_as_exactly_as_it_deserves(seconds: tuple[float, float], words: str) -> None:
    assert time_of(Band(*seconds)) == words


@pytest.mark.parametrize(
    ("name", "memory_of"),
    [
        ("H100", 80),
        ("nvidia rtx 4090", 24),
        ("rtx4090", 24),
        ("A100 40GB", 40),
        ("a100-80gb", 80),
        ("24GB", 24),
    ],
)
def test_a_card_is_found_by_its_name_or_size(name: str, memory_of: int) -> None:
    assert {gpu.memory for gpu in gpus.named(name)} == {memory_of}


def test_the_table_has_a_card_of_each_size() -> None:
    assert {gpu.memory for gpu in gpus.shown()} >= {12, 16, 24, 40, 48, 80, 96, 141}


# ------------------------------------------------------------------------------------------- volume


def test_a_batch_is_as_long_as_its_longest_row() -> None:
    found = Volume(4, Counter({8: 2, 80: 2}))
    assert found.padded(2048, 1) == found.mean(2048) == 44
    assert found.padded(2048, 2) == 62
    assert found.padded(2048, 50) == pytest.approx(80)
    assert found.padded(32, 50) == pytest.approx(32)
    assert (found.longest(2048), found.longest(32), found.blocks(88)) == (80, 32, 2)


def test_the_longest_row_is_known_only_where_all_were_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volume, "SAMPLE", 4)
    records = [
        {"instruction": f"Question {n}", "input": "", "output": "word " * n} for n in range(1, 101)
    ]
    write("many.jsonl", *records)
    from dataprep.sources.source import sources_of

    found = volume.measure(sources_of(["many.jsonl"]), None, 32_000)
    assert found.rows == 100
    assert 4 <= found.lengths.total() <= 8
    assert found.longest(999) == 999
    assert found.mean(999) == pytest.approx(75, rel=0.35)
    assert "of " in found.told


def test_chinese_takes_more_tokens_in_a_small_vocabulary() -> None:
    assert tokens.estimate("word " * 20, 32_000) == 25
    assert tokens.estimate("什么是微调？" * 10, 32_000) > 2 * tokens.estimate(
        "什么是微调？" * 10, 151_936
    )


# ------------------------------------------------------------------------------------------ command

TRAINED = """\
data:
  inputs: [good.jsonl]
  output: {format: alpaca}
train: {model_name_or_path: MODEL, template: qwen, stage: sft, finetuning_type: lora, bf16: true}
"""


def recipe(model: str = "Qwen/Qwen2.5-7B", path: str = "mine.yaml", more: str = "") -> Forecast:
    Path(path).write_text(
        TRAINED.replace("MODEL", model).replace("bf16: true", f"bf16: true{more}")
    )
    return plan(compile(path))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_recipe_of_ours_is_planned(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = good(f"plan recipes/{path.name}")
    for word in ("trains", "an epoch", "steps", "memory", "total", "time:"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 120


def test_the_demo_takes_minutes_on_a_cpu_and_three_gigabytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    forecast = plan(compile("recipes/demo.yaml"))
    assert {outlook.gpu for outlook in forecast.outlooks} == {None}
    assert forecast.memory.total / GB == pytest.approx(3, rel=0.2)
    two = next(outlook.seconds for outlook in forecast.outlooks if outlook.number == 2)
    assert two.low < 8 * 60 < two.high  # the README's eight minutes on two cores
    assert " min" in str(forecast)
    assert "operations a second on each core" in str(forecast)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "Qwen/Qwen3-8B", "quantization": "4bit"},
        {"model": "meta-llama/Llama-2-13b-hf", "quantization": "8bit", "batch_size": 4},
        {"model": "deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "lora_rank": 64},
    ],
)
def test_what_new_writes_is_planned(folder: Path, options: dict[str, Any]) -> None:
    new(Path("recipes/mine.yaml"), Options(dataset="good.jsonl", **options))
    assert "memory on one GPU" in good("plan recipes/mine.yaml")


def test_a_plan_is_a_table_for_people(folder: Path) -> None:
    recipe()
    text = good("plan mine.yaml")
    assert "Qwen/Qwen2.5-7B, 7.62 billion parameters (a well-known model's sizes)" in text
    assert "20.2 million parameters, 0.27% of all: LoRA of rank 8, stage sft" in text
    assert "3 rows" in text
    assert "3 = 3 epochs of 1, each of 8 × 1 rows on a device" in text
    assert re.search(r"^ +12 GB  RTX 3060 +– +– +– +–$", text, re.MULTILINE)
    assert re.search(r"^ +141 GB  H200 +\S+ min ", text, re.MULTILINE)
    assert "rows are those of the raw files" in text
    assert "quantization_bit: 4 " in text


def test_a_plan_for_one_kind_and_number_of_cards(folder: Path) -> None:
    recipe(more=", deepspeed: ds_z3_config.json")
    text = good("plan mine.yaml --gpu 24GB --gpus 2")
    assert "memory on each of 2 GPUs, ZeRO-3" in text
    assert "RTX 4090" in text
    assert "H100" not in text
    assert "4 GPUs" not in text


def test_a_plan_for_a_cpu_that_is_asked_for(folder: Path) -> None:
    recipe("HuggingFaceTB/SmolLM2-135M")
    assert "memory on one GPU" in good("plan mine.yaml")
    text = good("plan mine.yaml --gpu cpu --gpus 4")
    assert "memory in RAM" in text
    assert "4 cores" in text


def test_a_plan_is_json_for_programs(folder: Path) -> None:
    recipe()
    told = json.loads(good("plan mine.yaml --json --gpu H100"))
    assert told["model"]["parameters"] == shape_of("Qwen/Qwen2.5-7B").total
    assert [(one["gpu"], one["count"], one["fit"]) for one in told["outlooks"]][:2] == [
        ("H100", 1, "fits"), ("H100", 2, "fits"),
    ]  # fmt: skip
    first = told["runs"][0]
    assert first["total"] == pytest.approx(sum(first["memory"].values()), abs=10)


def test_prepared_data_is_counted_rather_than_the_raw_files(folder: Path) -> None:
    write("good.jsonl", *GOOD, *GOOD)
    Path("mine.yaml").write_text(
        TRAINED.replace("MODEL", "Qwen/Qwen2.5-7B").replace(
            "  output", "  steps: [dedupe]\n  output"
        )
    )
    assert plan(compile("mine.yaml")).volume.rows == 6
    good("prepare mine.yaml")
    forecast = plan(compile("mine.yaml"))
    assert forecast.volume.rows == 3
    assert not any("raw files" in note for note in forecast.notes)


def test_tokens_are_counted_with_the_models_own_tokenizer(folder: Path) -> None:
    pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    from tiny import make_model

    model = make_model(folder / "model")
    forecast = recipe(str(model))
    tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    expected = [
        len(tokenizer.encode(one["instruction"]).ids) + len(tokenizer.encode(one["output"]).ids)
        for one in GOOD
    ]
    assert forecast.volume.mean(9999) == pytest.approx(sum(expected) / 3 + 2 * volume.MARKERS)
    assert "counted with the model's tokenizer" in forecast.volume.told
    assert forecast.shape.told.endswith("config.json")


def test_max_samples_and_packing_are_heeded(folder: Path) -> None:
    assert recipe(more=", max_samples: 2").volume.rows == 2
    packed = recipe(more=", packing: true, cutoff_len: 32")
    assert packed.steps[1].per_epoch == 1
    assert "packed" in str(packed)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("plan mine.yaml --gpu H1000", "no GPU 'H1000'; did you mean 'H100'?"),
        ("plan none.yaml", "none.yaml: no such file or directory"),
    ],
)
def test_what_cannot_be_planned_is_refused(folder: Path, line: str, words: str) -> None:
    recipe()
    assert words in refusal(line)


def test_a_recipe_without_a_model_is_refused(folder: Path) -> None:
    Path("mine.yaml").write_text(TRAINED.split("train:")[0])
    assert "'train' names no model_name_or_path" in refusal("plan mine.yaml")
    Path("mine.yaml").write_text(TRAINED.replace("MODEL", "some/thing"))
    assert "some/thing: its size is unknown" in refusal("plan mine.yaml")


@pytest.mark.parametrize(
    ("model", "more", "words"),
    [
        ("someone/mine-7B", "", "a guess from its name"),
        ("Qwen/Qwen3-30B-A3B", ", quantization_bit: 4", "experts stay in 16 bits"),
        ("Qwen/Qwen2.5-7B", ", fp16: false", "time: 20% to 45%"),
    ],
)
def test_what_is_uncertain_is_told(folder: Path, model: str, more: str, words: str) -> None:
    assert any(words in note for note in recipe(model, more=more).notes)


def test_a_card_without_bf16_is_told(folder: Path) -> None:
    recipe()
    assert "T4 has no bf16: set fp16: true in its place" in good("plan mine.yaml --gpu t4")


def test_a_plan_needs_no_torch(folder: Path) -> None:
    recipe()
    code = (
        "import sys; from dataprep.cli import cli; cli(['plan', 'mine.yaml'], "
        "standalone_mode=False)"
    )
    heavy = (
        "; assert not {'torch', 'transformers', 'llamafactory', 'datasets', 'pandas'} & "
        "sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_help_shows_an_example_that_works(folder: Path) -> None:
    assert "dataprep plan recipes/demo.yaml --gpu 24GB --gpus 2" in run("plan --help").output
