"""Estimate the memory of a training, by part, from figures alone; no torch.

Sources of the formulas:
- mixed precision with Adam: Rajbhandari et al., "ZeRO" (2020), section 3.1; LLaMA-Factory's README,
  "Hardware Requirement" (18 bytes a parameter for full tuning, 8 in pure bf16), met within 20
  percent in a test;
- sharding: DeepSpeed's documentation, "Memory Requirements"
  (`estimate_zero2/3_model_states_mem_needs`);
- activations: Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models"
  (2022), section 4; checkpointing: Chen et al., "Training Deep Nets with Sublinear Memory Cost"
  (2016);
- quantization: Dettmers et al., "LLM.int8()" (2022) and "QLoRA" (2023), section 3; the
  documentation of HQQ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataprep.llamafactory.costs.gpus import GB
from dataprep.llamafactory.costs.setup import Setup, Trained, trained
from dataprep.llamafactory.costs.shape import Shape


@dataclass(frozen=True)
class Memory:
    """The bytes on each GPU by part, in display order, and the bytes in the machine's RAM.

    `otherwise` is the size of the activations without gradient checkpointing or, if it is off, with
    it.
    """

    parts: Mapping[str, float]
    ram: float = 0
    otherwise: float = 0

    @property
    def total(self) -> float:
        """Return the bytes on each GPU."""
        return sum(self.parts.values())


def memory(shape: Shape, setup: Setup, gpus: int = 1, longest: int | None = None) -> Memory:
    """Return the peak memory on each of `gpus` GPUs, for rows of at most `longest` tokens.

    Of the logits and one layer's recomputation, only the larger counts: they are not held at the
    same time.
    """
    tokens = setup.batch * setup.sequences * min(longest or setup.cutoff, setup.cutoff)
    what = trained(shape, setup)
    kept, work, logits = _activations(shape, setup, what, tokens, longest or setup.cutoff)
    states, ram = _states(shape, setup, what, gpus)
    # The largest matrix is unpacked, forward and backward; DoRA copies it too.
    unpacked = 4.0 * shape.widest if min(setup.bits, shape.bits) < 16 else 0.0
    parts = {
        **states,
        "activations": kept + max(work - logits, 0),
        "logits": logits,
        "generation": _generation(shape, setup),
        "workspace": unpacked + (8.0 * shape.widest if setup.get("use_dora") else 0.0),
        "overhead": PROGRAM if setup.cpu else CONTEXT + (COMMUNICATION if gpus > 1 else 0),
    }
    switched = setup.but(disable_gradient_checkpointing=setup.checkpoints)
    other = _activations(shape, switched, what, tokens, longest or setup.cutoff)
    return Memory(
        {name: size for name, size in parts.items() if size >= 1},
        ram,
        other[0] + max(other[1] - logits, 0),
    )


CONTEXT = 0.6 * GB
"""CUDA's context and library workspaces: 0.4 to 0.8 GB more in `nvidia-smi` than in torch."""
COMMUNICATION = 0.4 * GB
"""NCCL's buffers for several GPUs: 0.2 to 0.6 GB."""
PROGRAM = 1.0 * GB
"""Python with torch and LLaMA-Factory in RAM, for training on a CPU."""


def quantized_bytes(bits: float, double: bool = True, method: str = "bnb") -> float:
    """Return the bytes of a quantized weight, its block's constants included.

    4 bits of bitsandbytes: blocks of 64 with 0.5 bits, or 0.127 with double quantization (QLoRA,
    section 3). HQQ: a scale and a zero of 16 bits for each 64 weights, and 3 bits packed ten to 32
    bits. GPTQ and AWQ: the same for 128.
    """
    if bits >= 16:
        return 2.0
    if method == "hqq":
        return ({3: 3.2}.get(int(bits), bits) + 0.5) / 8
    if method == "bnb":
        return 1.0 if bits == 8 else (bits + (0.127 if double else 0.5)) / 8
    return 1.0 if method == "eetq" else (bits + 32 / 128) / 8


def frozen_bytes(shape: Shape, setup: Setup) -> float:
    """Return the bytes of a loaded model: linear modules quantized; embedding, norms and experts
    not.

    transformers 5 keeps experts in one tensor, which bitsandbytes does not quantize.
    """
    plain = 4.0 if setup.cpu and setup.precision == "single" else 2.0
    linear = plain
    if shape.bits < 16:
        linear = quantized_bytes(shape.bits, method="gptq")
    elif setup.bits < 16:
        linear = quantized_bytes(
            setup.bits, setup.get("double_quantization", True), setup.quantizer
        )
    upcast = 2.0 * shape.norms * bool(setup.get("upcast_layernorm"))
    return shape.linear * linear + (shape.total - shape.linear) * plain + upcast


def _states(shape: Shape, setup: Setup, what: Trained, gpus: int) -> tuple[dict[str, float], float]:
    """Return the bytes of weights, adapters, gradients, optimizer and other models on one GPU, and
    in RAM.
    """
    loaded = frozen_bytes(shape, setup)
    frozen = loaded * (1 - what.base / shape.total)
    second = setup.second_models * loaded
    if setup.sharding.stage:
        return _sharded(shape, setup, what, gpus, frozen, second)
    each = 2 if setup.precision == "pure" else 4
    held = _gradients_held(shape, setup, what)
    parts = {
        "weights": frozen + what.base * (each + (2 if setup.precision == "mixed" else 0)),
        "adapters": float(what.adapters * each),
        "gradients": held * each,
        "optimizer": _optimizer(shape, setup, what, each),
        "DDP's buckets": held * each if gpus > 1 else 0.0,
        "other models": second,
    }
    return parts, 0.0


def _gradients_held(shape: Shape, setup: Setup, what: Trained) -> float:
    """Return how many gradients are held at a time: one layer's if each is applied at once."""
    layerwise = (
        setup.get("use_badam") or setup.get("galore_layerwise") or setup.get("apollo_layerwise")
    )
    if layerwise or str(setup.get("optim", "")) in ("lomo", "adalomo"):
        return min(what.total, shape.per_layer)
    return what.total


_STATES = {
    "lion_8bit": 1.0, "ademamix_8bit": 3.0, "8bit": 2.0, "4bit": 1.0, "sgd": 0.0,
    "adafactor": 0.1, "lomo": 0.0,
    "ademamix": 12.0, "lion": 4.0, "adagrad": 4.0, "rmsprop": 4.0,
}  # fmt: skip
"""Bytes of state per parameter, by a part of the optimizer's name; the first match wins. Adam has
8.
"""


def _optimizer(shape: Shape, setup: Setup, what: Trained, each: int) -> float:
    """Return the optimizer's bytes: for Adam, two numbers per parameter, in its own precision.

    GaLore and APOLLO hold a projection of each matrix to some rank (Zhao et al., 2024); BAdam holds
    the states and 32-bit weights of one layer (Luo et al., 2024).
    """
    if setup.get("use_badam"):
        return float(shape.per_layer * 16)
    for name in ("galore", "apollo"):
        if setup.get(f"use_{name}"):
            rank = int(setup.get(f"{name}_rank", 16))
            low = sum(rank * (2 * max(m[1:3]) + min(m[1:3])) * m.copies for m in shape.matrices)
            return float(each * (low + 2 * shape.embedding))
    optimizer = str(setup.get("optim", "adamw_torch"))
    return what.total * next(
        (size for name, size in _STATES.items() if name in optimizer), 2.0 * each
    )


def _sharded(
    shape: Shape, setup: Setup, what: Trained, gpus: int, frozen: float, second: float
) -> tuple[dict[str, float], float]:
    """Return the parts as DeepSpeed and FSDP shard them, by the bytes in DeepSpeed's documentation.

    Each trained parameter has 2 bytes as weight, 2 + 4 as gradient and 4 + 8 in the optimizer.
    ZeRO-1 shards the optimizer, ZeRO-2 the gradients too, ZeRO-3 and FSDP everything; the active
    layer is gathered, in 2 bytes for use and 2 more for its gradient. Parts in RAM include
    DeepSpeed's reserve of one half.
    """
    sharding = setup.sharding
    states = max(_optimizer(shape, setup, what, 4) / max(what.total, 1), 0.0) + 4
    share = {"weights": 1, "gradients": gpus if sharding.stage >= 2 else 1, "optimizer": gpus}
    if sharding.stage == 3:
        share["weights"] = gpus
    parts = {
        "weights": (frozen + 2 * what.base) / share["weights"],
        "adapters": 2 * what.adapters / share["weights"],
        "gradients": 6 * what.total / share["gradients"],
        "optimizer": states * what.total / share["optimizer"],
        "gathered layer": 4.0 * shape.per_layer if sharding.stage == 3 else 0.0,
        "other models": second / share["weights"],
    }
    ram = 0.0
    if sharding.optimizer_in_ram:
        ram += max(4 * gpus, states + 4) * what.total * 1.5
        parts["gradients"] = parts["optimizer"] = 0.0
    if sharding.weights_in_ram:
        ram += (frozen + 2 * what.base) * 1.5
        parts["weights"] = parts["adapters"] = 0.0
    return parts, ram


def _activations(
    shape: Shape, setup: Setup, what: Trained, tokens: int, length: int
) -> tuple[float, float, float]:
    """Return the bytes of activations: those kept, the active layer's, and the logits.

    With checkpointing, the input of each layer is kept, 2 bytes a number, and one layer is
    recomputed. Logits are held in half precision, in 32 bits, as logarithms and as gradients: 14
    bytes, and 10 more with a reference model.
    """
    width = 4 if setup.cpu or (setup.precision == "single" and not setup.adapts) else 2
    layer = tokens * layer_bytes(shape, setup, min(length, setup.cutoff)) * width / 2
    if setup.checkpoints:
        inputs = 0 if setup.get("use_unsloth_gc") else what.layers * tokens * shape.hidden * width
        kept, work = float(inputs), layer
    else:
        kept, work = what.layers * layer, 0.0
    logits = tokens * shape.vocab * (14 + 10 * setup.refers)
    fused = setup.get("enable_liger_kernel") and setup.stage in ("sft", "pt")
    return kept, work, float(logits * (0.02 if fused else 1))


def layer_bytes(shape: Shape, setup: Setup, length: int) -> float:
    """Return the bytes of one layer's activations per token in half precision (Korthikanti et al.,
    section 4).

    Two norms with their 32-bit copies; queries, keys and values before and after rotation; the
    output of attention; and the products of the feed-forward part. A test compares it with what
    torch keeps. Without a fused kernel (`flash_attn: disabled`), attention also keeps 8 bytes for
    each pair of tokens and head.
    """
    hidden, kv = shape.hidden, shape.kv_width
    inner = shape.inner
    if shape.experts:
        inner = shape.experts_used * shape.expert_inner + shape.shared_inner
    attention = 6 * shape.width + 8 * kv
    size = 16 * hidden + attention + (8 if shape.gated else 4) * inner
    if setup.get("flash_attn") == "disabled":
        size += 8 * shape.heads * length
    return float(size)


def _generation(shape: Shape, setup: Setup) -> float:
    """Return the bytes of the KV cache in generation: two per number, for each token and layer."""
    if setup.stage != "ppo" and not setup.get("predict_with_generate"):
        return 0.0
    rows = setup.batch if setup.stage == "ppo" else int(setup.get("per_device_eval_batch_size", 8))
    tokens = setup.cutoff + int(setup.get("max_new_tokens", 1024))
    return 2.0 * 2 * shape.kv_width * shape.layers * tokens * rows
