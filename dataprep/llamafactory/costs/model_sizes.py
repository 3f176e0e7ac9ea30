"""Find a model's shape: in its config.json, in a table of well-known models, or in its name."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dataprep.errors import DataprepError
from dataprep.llamafactory.costs.shape import Latent, Shape
from dataprep.sources.json_lines import UTF8


def shape_of(model: str) -> Shape:
    """Return a model's shape: from its folder, the hub's cache, the table, or the size in its name.

    Raises `DataprepError` if none of these has it.
    """
    if folder := folder_of(model):
        return from_config(folder / "config.json")
    if found := from_table(model):
        return found
    if found := from_name(model):
        return found
    raise DataprepError(
        f"{model}: its size is unknown: there is no {model}/config.json, and the name is not in "
        "the table and has no number such as 7B; put its config.json in a folder and write that "
        "as model_name_or_path"
    )


def folder_of(model: str) -> Path | None:
    """Return the folder on this machine that holds a model's config.json, None if there is none."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cached = (home / "hub" / f"models--{model.replace('/', '--')}" / "snapshots").glob("*")
    return next(
        (folder for folder in (Path(model), *sorted(cached)) if (folder / "config.json").is_file()),
        None,
    )


_KEYS = {
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "vocab": ("vocab_size", "padded_vocab_size"),
}
"""The fields of every model, by their names in different families."""

_UNGATED = ("bloom", "falcon", "gpt", "opt", "phi", "starcoder2", "stablelm_alpha", "mpt")
_JOINED = {
    "phi3": ("qkv_proj", "gate_up_proj"),
    "glm4": ("gate_up_proj",),
    "glm": ("gate_up_proj",),
    "chatglm": ("qkv_proj", "gate_up_proj"),
    "internlm2": ("qkv_proj",),
    "baichuan": ("qkv_proj",),
    "gpt2": ("qkv_proj",),
    "gpt_neox": ("qkv_proj",),
    "bloom": ("qkv_proj",),
    "falcon": ("qkv_proj",),
}
"""The families that join several matrices in one."""

_TIED = ("gemma", "gpt2", "falcon", "bloom", "opt", "cohere")
"""The families that tie embedding and output layer if the config does not say."""


def from_config(path: Path) -> Shape:
    """Return the shape in a config.json; raises `DataprepError` if it is not a decoder's."""
    try:
        config = json.loads(path.read_text(encoding=UTF8))
    except ValueError as error:
        raise DataprepError(f"{path}: not valid JSON ({error})") from None
    text = config.get("text_config") or config.get("llm_config") or config
    needed = {name: _first(text, *keys) for name, keys in _KEYS.items()}
    if missing := [_KEYS[name][0] for name, value in needed.items() if not value]:
        raise DataprepError(
            f"{path}: has no {', '.join(missing)}; only decoders in the format of transformers "
            "are supported"
        )
    family = str(text.get("model_type") or config.get("model_type") or "")
    tied = config.get("tie_word_embeddings")
    if tied is None:
        tied = text.get("tie_word_embeddings")
    positions = 0
    if family in ("gpt2", "opt", "gpt_bigcode"):  # these learn an embedding of each position
        positions = int(_first(text, "n_positions", "max_position_embeddings"))
    return Shape(
        **needed,
        **_widths(text, needed),
        **_experts(text),
        tied=family.startswith(_TIED) if tied is None else bool(tied),
        gated=not (
            family.startswith(_UNGATED)
            and family not in ("phi3", "phimoe", "gpt_oss", "phi4_multimodal")
        ),
        joined=_JOINED.get(family, ()),
        latent=_latent(text),
        positions=positions,
        bits=_bits(config),
        beside=_tower(config.get("vision_config")) + _tower(config.get("audio_config")),
        told=f"sizes from its {path.name}",
    )


def _first(config: Mapping[str, Any], *names: str) -> Any:
    return next((config[name] for name in names if config.get(name)), 0)


def _widths(config: Mapping[str, Any], known: Mapping[str, int]) -> dict[str, Any]:
    heads = known["heads"]
    default = 1 if config.get("multi_query") else heads
    groups = config.get("multi_query_group_num") if config.get("multi_query_attention") else 0
    inner = _first(config, "intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim")
    return {
        "kv_heads": groups or _first(config, "num_key_value_heads", "num_kv_heads") or default,
        "head_dim": _first(config, "head_dim", "kv_channels") or 0,
        "inner": inner or 4 * known["hidden"],
    }


def _experts(config: Mapping[str, Any]) -> dict[str, Any]:
    count = _first(
        config, "n_routed_experts", "num_experts", "num_local_experts", "moe_num_experts"
    )
    if not count:
        return {}
    width = _first(config, "moe_intermediate_size", "intermediate_size")
    shared = (
        _first(config, "shared_expert_intermediate_size")
        or (config.get("n_shared_experts") or 0) * width
    )
    used = _first(config, "num_experts_per_tok", "moe_topk", "moe_k", "experts_per_token") or 1
    dense = config.get("first_k_dense_replace") or len(config.get("mlp_only_layers") or ())
    return {
        "experts": count,
        "experts_used": used,
        "expert_inner": width,
        "shared_inner": shared,
        "dense_layers": dense,
    }


def _latent(config: Mapping[str, Any]) -> Latent | None:
    if not config.get("kv_lora_rank"):
        return None
    names = ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    return Latent(*(config.get(name) or 0 for name in names))


def _bits(config: Mapping[str, Any]) -> float:
    """Return the bits of each weight of a quantized checkpoint; mxfp4 and fp8 are unpacked on
    loading.
    """
    how = config.get("quantization_config") or {}
    if not how or how.get("quant_method") in ("mxfp4", "fp8"):
        return 16
    if how.get("load_in_4bit") or how.get("load_in_8bit"):
        return 4 if how.get("load_in_4bit") else 8
    return float(
        how.get("bits") or how.get("w_bit") or (2 if how.get("quant_method") == "aqlm" else 4)
    )


def _tower(config: Mapping[str, Any] | None) -> int:
    """Return the approximate parameters of a vision or audio tower: its layers' matrices."""
    config = config or {}
    hidden = _first(config, "hidden_size", "d_model", "embed_dim")
    layers = _first(config, "num_hidden_layers", "encoder_layers", "depth")
    inner = _first(config, "intermediate_size", "encoder_ffn_dim") or 4 * hidden
    return int(layers * (4 * hidden**2 + 2 * hidden * inner))


_NOT_TEXT = re.compile(r"-vl|vision|audio|omni|llava")
TABLE = Path(__file__).with_name("known_models.yaml")


@cache
def _known_models() -> list[tuple[str, Shape]]:
    """Return name patterns and shapes of well-known models."""
    found = []
    for row in yaml.safe_load(TABLE.read_text(encoding=UTF8)):
        sizes = row["sizes"]
        if "latent" in sizes:
            sizes["latent"] = Latent(**sizes["latent"])
        found.append((row["name"], Shape(**{**sizes, "joined": tuple(sizes.get("joined", ()))})))
    return found


def from_table(model: str) -> Shape | None:
    """Return the shape of a well-known model, by the last part of its path or hub name."""
    name = _last(model)
    if _NOT_TEXT.search(name):
        return None
    for pattern, shape in _known_models():
        if re.search(pattern if pattern[0] == "^" else rf"(?<![a-z])(?:{pattern})(?![\d.])", name):
            return replace(shape, told="a well-known model's sizes")
    return None


def _last(model: str) -> str:
    return re.sub(r"[_ ]", "-", model.rstrip("/").rpartition("/")[2].lower()).replace(
        "meta-llama", "llama"
    )


def from_name(model: str) -> Shape | None:
    """Return the shape of an average model with the parameters in its name, None without a number.

    It has Llama's proportions: a width of 128 times the layers, a feed-forward part that makes up
    the rest, and the large vocabulary of newer models.
    """
    found = re.search(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z])", _last(model))
    if not found:
        return None
    total = int(float(found[2]) * int(found[1] or 1) * {"b": 1e9, "m": 1e6}[found[3]])
    return replace(
        _average(total),
        told=f"an average model of the {found[0].upper()} in its name",
        guessed=True,
    )


def _average(total: int) -> Shape:
    tied = total < 3e9
    shapes = (_proportioned(hidden, tied) for hidden in range(128, 32_768, 128))
    near = min(shapes, key=lambda shape: abs(shape.total - total))
    return replace(
        near,
        inner=max(
            near.inner + (total - near.total) // (3 * near.hidden * near.layers), near.hidden
        ),
    )


def _proportioned(hidden: int, tied: bool) -> Shape:
    heads = max(hidden // 128, 1)
    return Shape(
        hidden,
        max(hidden // 128, 2),
        heads,
        heads,
        hidden * 8 // 3,
        128_256 if hidden > 512 else 49_152,
        tied=tied,
    )
