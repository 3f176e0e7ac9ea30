"""The parts of a recipe that affect memory and time, and how many parameters it trains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.costs.shape import Matrix, Shape
from dataprep.sources.json_lines import UTF8


class Sharding(NamedTuple):
    """How GPUs share the work.

    `kind` is ddp, zero or fsdp; `stage` is that of ZeRO, and 3 or 2 for FSDP; the rest may be
    offloaded to RAM.
    """

    kind: str = "ddp"
    stage: int = 0
    optimizer_in_ram: bool = False
    weights_in_ram: bool = False

    def __str__(self) -> str:
        if self.kind == "ddp":
            return "DDP"
        name = (
            f"ZeRO-{self.stage}"
            if self.kind == "zero"
            else ("FSDP" if self.stage == 3 else "FSDP shard_grad_op")
        )
        return name + (" with offload" if self.optimizer_in_ram else "")


@dataclass(frozen=True)
class Setup:
    """The keys of a recipe's `train` that affect memory and time, with LLaMA-Factory's defaults.

    `cpu` tells whether it is for a machine without a GPU.
    """

    train: Mapping[str, Any]
    sharding: Sharding = field(default_factory=Sharding)
    cpu: bool = False

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument's value, the default if it is absent or null."""
        value = self.train.get(name)
        return default if value is None else value

    @property
    def stage(self) -> str:
        """Return pt, sft, rm, ppo, dpo or kto."""
        return str(self.get("stage", "sft"))

    @property
    def method(self) -> str:
        """Return full, freeze, lora or oft."""
        return str(self.get("finetuning_type", "lora"))

    @property
    def adapts(self) -> bool:
        """Tell whether adapters are trained on a frozen model."""
        return self.method in ("lora", "oft")

    @property
    def precision(self) -> str:
        """Return mixed (16 bits with 32-bit masters), pure (bf16 only) or single (32 bits)."""
        if self.get("pure_bf16"):
            return "pure"
        return "mixed" if self.get("bf16") or self.get("fp16") else "single"

    @property
    def batch(self) -> int:
        """Return the rows in a GPU's batch; LLaMA-Factory's default is 8."""
        return int(self.get("per_device_train_batch_size", 8))

    @property
    def accumulated(self) -> int:
        """Return the batches per step."""
        return int(self.get("gradient_accumulation_steps", 1))

    @property
    def cutoff(self) -> int:
        """Return the maximum tokens of a row."""
        return int(self.get("cutoff_len", 2048))

    @property
    def packs(self) -> bool:
        """Tell whether rows are packed up to the cutoff."""
        return bool(self.get("packing", self.stage == "pt") or self.get("neat_packing"))

    @property
    def checkpoints(self) -> bool:
        """Tell whether activations are recomputed in the backward pass, LLaMA-Factory's default."""
        return not self.get("disable_gradient_checkpointing")

    @property
    def sequences(self) -> int:
        """Return the learnt texts of a row: a pair has two."""
        return 2 if self.stage in ("dpo", "rm") else 1

    @property
    def refers(self) -> bool:
        """Tell whether a reference model scores each row; ORPO and SimPO use none."""
        losses = self.stage == "dpo" and self.get("pref_loss", "sigmoid") not in ("orpo", "simpo")
        return losses or self.stage in ("kto", "ppo")

    @property
    def second_models(self) -> int:
        """Return how many frozen models are loaded next to the trained one; LoRA is its own
        reference.
        """
        apart = int(self.refers and (bool(self.get("ref_model")) or self.method != "lora"))
        return apart + int(self.stage == "ppo" and self.get("reward_model_type", "lora") == "full")

    @property
    def bits(self) -> int:
        """Return the bits of the frozen weights, 16 if they are not quantized."""
        return int(self.get("quantization_bit", 16))

    @property
    def quantizer(self) -> str:
        """Return bnb, hqq or eetq."""
        return str(self.get("quantization_method", "bnb"))

    def but(self, **changes: Any) -> Setup:
        """Return a copy with some arguments changed."""
        return replace(self, train={**self.train, **changes})


def setup_of(train: Mapping[str, Any], shape: Shape) -> Setup:
    """Return a recipe's setup; raises `DataprepError` if its DeepSpeed file cannot be read.

    A recipe is for a CPU if it says so, or if a model of at most 10⁹ parameters uses no half
    precision, quantization or sharding.
    """
    sharding = _sharding(train)
    set_for_gpu = ("bf16", "fp16", "pure_bf16", "quantization_bit", "deepspeed", "fsdp")
    small = shape.total <= 1e9 and not any(train.get(name) for name in set_for_gpu)
    return Setup(train, sharding, bool(train.get("use_cpu")) or small)


def _sharding(train: Mapping[str, Any]) -> Sharding:
    if train.get("deepspeed"):
        return _zero(train["deepspeed"])
    if asked := train.get("fsdp"):
        words = asked if isinstance(asked, list) else str(asked).split()
        if asked is True or {"full_shard", "hybrid_shard", "shard_grad_op"} & set(words):
            in_ram = "offload" in words
            return Sharding("fsdp", 2 if "shard_grad_op" in words else 3, in_ram, in_ram)
    return Sharding()


def _zero(asked: Any) -> Sharding:
    config = asked
    if isinstance(asked, str):
        if not Path(asked).is_file():
            return _zero_by_name(asked)
        try:
            config = json.loads(Path(asked).read_text(encoding=UTF8))
        except ValueError as error:
            raise DataprepError(f"{asked}: not valid JSON ({error})") from None
    zero = config.get("zero_optimization") or {}
    in_ram = [
        (zero.get(f"offload_{part}") or {}).get("device", "none") != "none"
        for part in ("optimizer", "param")
    ]
    return Sharding("zero", int(zero.get("stage", 0)), *in_ram)


def _zero_by_name(path: str) -> Sharding:
    """Infer the sharding from a missing file's name, such as LLaMA-Factory's
    ds_z3_offload_config.json.
    """
    name = Path(path).name
    stage = next(
        (stage for stage in (3, 2, 1, 0) if f"z{stage}" in name or f"zero{stage}" in name), 2
    )
    return Sharding("zero", stage, "offload" in name, "offload" in name and stage == 3)


class Trained(NamedTuple):
    """Trained parameters: the model's own, the adapters', and the layers with activations."""

    base: int
    adapters: int
    layers: int

    @property
    def total(self) -> int:
        """Return both."""
        return self.base + self.adapters


def trained(shape: Shape, setup: Setup) -> Trained:
    """Return the trained parameters, and the layers whose activations the backward pass needs.

    LoRA has rank x (inputs + outputs) for each target (Hu et al., 2021, section 4), DoRA one more
    output width each (Liu et al., 2024), OFT inputs x (block - 1) / 2 (Qiu et al., 2023). Frozen
    layers below the first trained one need no activations.
    """
    if setup.method == "full":
        return Trained(shape.total - shape.beside, 0, shape.layers)
    if setup.method == "freeze":
        return _unfrozen(shape, setup)
    adapters = sum(_adapter(matrix, setup) for matrix in targets(shape, setup))
    return Trained(0, adapters + _extra(setup.get("additional_target", ""), shape), shape.layers)


def _unfrozen(shape: Shape, setup: Setup) -> Trained:
    asked = int(setup.get("freeze_trainable_layers", 2))
    layers = min(abs(asked), shape.layers)
    modules = setup.get("freeze_trainable_modules", "all")
    share = shape.linear + shape.expert + shape.norms
    if "all" not in modules:
        share = sum(matrix.size for matrix in shape.matrices if _is_of(matrix, modules))
    reached = layers if asked > 0 else shape.layers
    return Trained(
        share * layers // shape.layers + _extra(setup.get("freeze_extra_modules", ""), shape),
        0,
        reached,
    )


def _is_of(matrix: Matrix, modules: str) -> bool:
    block = (
        "mlp"
        if matrix.name in ("gate_proj", "up_proj", "gate_up_proj", "down_proj")
        else "self_attn"
    )
    return block in modules


def _extra(names: str, shape: Shape) -> int:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return sum(
        shape.head
        for name in wanted
        if name in ("embed_tokens", "lm_head", "wte", "embedding", "output_layer")
    )


_ALIASES = {
    "query_key_value": "qkv_proj",
    "c_attn": "qkv_proj",
    "wqkv": "qkv_proj",
    "W_pack": "qkv_proj",
}


def targets(shape: Shape, setup: Setup) -> tuple[Matrix, ...]:
    """Return the matrices that get adapters; all if the recipe names none that this model is known
    to have.
    """
    names = {name.strip() for name in setup.get(f"{setup.method}_target", "all").split(",")}
    names |= {_ALIASES[name] for name in names if name in _ALIASES}
    return tuple(matrix for matrix in shape.matrices if matrix.name in names) or shape.matrices


def _adapter(matrix: Matrix, setup: Setup) -> int:
    """Return the parameters of a matrix's LoRA or OFT adapters."""
    if setup.method == "lora":
        rank = int(setup.get("lora_rank", 8))
        magnitude = matrix.outputs if setup.get("use_dora") else 0
        return (rank * (matrix.inputs + matrix.outputs) + magnitude) * matrix.copies
    block = int(setup.get("oft_block_size", 32))
    if not block:
        block = matrix.inputs // max(int(setup.get("oft_rank", 0)), 1)
    return matrix.inputs * (block - 1) // 2 * matrix.copies
