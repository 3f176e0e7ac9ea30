"""Estimate how long training takes: its steps, operations, and a time range on a GPU or CPU.

Sources: operations after Kaplan et al., "Scaling Laws for Neural Language Models" (2020), section
2.1; attention after Chowdhery et al., "PaLM" (2022), appendix B.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dataprep.llamafactory.costs.gpus import GpuModel
from dataprep.llamafactory.costs.setup import Setup, trained
from dataprep.llamafactory.costs.shape import Shape


def operations(shape: Shape, setup: Setup, length: float) -> float:
    """Return the operations of training on one token, in rows of `length` tokens.

    A forward pass takes 2 per parameter, and 4 x layers x width x length for attention; a backward
    pass twice as many (6 N together). Frozen weights need no gradient of their own (4 N), frozen
    layers below the trained ones no backward pass. Checkpointing recomputes the layers. A reference
    model adds a forward pass; KTO two more for its mismatched answers (Ethayarajh et al., 2024,
    section 4.1).
    """
    what = trained(shape, setup)
    attention = 4.0 * shape.layers * shape.width * length
    forward = 2.0 * shape.active + attention
    reached = what.layers / shape.layers
    weights = 2.0 * shape.active * (what.base / (shape.total - shape.beside)) + 2.0 * what.adapters
    backward = (2.0 * shape.active + 2 * attention) * reached + weights
    again = forward * reached * setup.checkpoints
    others = forward * (setup.refers + 2 * (setup.stage == "kto"))
    return forward + backward + again + others + 4.0 * what.adapters


class Band(NamedTuple):
    """A range: the least and the most."""

    low: float
    high: float

    def times(self, other: Band) -> Band:
        """Return the range of the product."""
        return Band(self.low * other.low, self.high * other.high)


UTILISATION = Band(0.20, 0.45)
"""The fraction of a GPU's peak that training reaches: 0.3 to 0.55 in published runs of well-tuned
code (PaLM, 2022, table 3), less in LLaMA-Factory, which pads rows and has no fused kernels.
"""
FLOOR = Band(0.002, 0.006)
"""The minimum seconds per layer and batch, forward and backward: Python launches each kernel."""
CPU_CORE = Band(25e9, 90e9)
"""Operations per second of a CPU core in 32 bits; measured with small models on two cores."""


def slowdown(setup: Setup, gpus: int = 1) -> Band:
    """Return by which factor training is slower than plain arithmetic on one GPU, at best and
    worst.

    4 bits: 1.5 in Raschka's measurements ("Practical Tips for Finetuning LLMs Using LoRA", 2023). 8
    bits: slower due to outliers (LLM.int8(), appendix D). DoRA, offloading and communication are
    our own estimates.
    """
    factors = [Band(1, 1)]
    if min(setup.bits, 16) < 16:
        factors.append(
            Band(1.5, 3) if setup.bits == 8 and setup.quantizer == "bnb" else Band(1.2, 1.8)
        )
    if setup.get("use_dora"):
        factors.append(Band(1.1, 2))
    if setup.sharding.optimizer_in_ram:
        factors.append(Band(1.1, 2))
    if gpus > 1:
        factors.append(Band(1.05, 1.7) if setup.sharding.stage == 3 else Band(1.02, 1.3))
    product = factors[0]
    for factor in factors[1:]:
        product = product.times(factor)
    return product


def seconds_on(
    gpu: GpuModel, work: float, batches: float, layers: int, setup: Setup, gpus: int = 1
) -> Band:
    """Return the seconds for `work` operations in `batches` batches (of all GPUs together) on
    `gpus` GPUs.

    Without half precision, a GPU reaches a quarter of its peak.
    """
    peak = gpu.peak * 1e12 * (0.25 if setup.precision == "single" else 1)
    slow = slowdown(setup, gpus)
    sums = Band(
        work / (peak * UTILISATION.high) * slow.low, work / (peak * UTILISATION.low) * slow.high
    )
    least = Band(*(batches * layers * seconds for seconds in FLOOR))
    return Band(max(sums.low, least.low) / gpus, max(sums.high, least.high) / gpus)


def seconds_of_offloading(shape: Shape, setup: Setup, count: int) -> Band:
    """Return the extra seconds for `count` steps of an optimizer in RAM.

    A CPU takes a quarter of a second for 10⁹ parameters at best (Ren et al., "ZeRO-Offload", 2021,
    table 4).
    """
    each = trained(shape, setup).total * 1e-9 * setup.sharding.optimizer_in_ram
    return Band(0.25 * each * count, 2.0 * each * count)


def seconds_on_cpu(work: float, cores: int) -> Band:
    """Return the seconds for `work` operations on CPU cores in 32 bits."""
    return Band(work / (CPU_CORE.high * cores), work / (CPU_CORE.low * cores))


class Steps(NamedTuple):
    """The steps per epoch and in all, epochs, rows per step, and batches on all GPUs."""

    per_epoch: int
    total: int
    epochs: float
    rows: int
    batches: int


def steps(setup: Setup, rows: int, gpus: int = 1) -> Steps:
    """Return the steps for `rows` rows (blocks if packed), as transformers' Trainer counts them.

    Batches are distributed over the GPUs, and each GPU takes `gradient_accumulation_steps` of them
    per step; the last step of an epoch may have fewer.
    """
    rounding = math.floor if setup.get("dataloader_drop_last") else math.ceil
    each = max(rounding(rounding(rows / setup.batch) / gpus), 1)
    per_epoch = math.ceil(each / setup.accumulated)
    most = int(setup.get("max_steps", -1))
    total = most if most > 0 else math.ceil(float(setup.get("num_train_epochs", 3.0)) * per_epoch)
    epochs = total / per_epoch if most > 0 else float(setup.get("num_train_epochs", 3.0))
    return Steps(
        per_epoch,
        total,
        epochs,
        setup.batch * setup.accumulated * gpus,
        math.ceil(each * gpus * epochs),
    )


START = Band(15, 60)
"""Seconds to start LLaMA-Factory and prepare the rows."""
READING = Band(0.3e9, 2e9)
"""Bytes per second at which a model is loaded from a disk."""


def start(shape: Shape) -> Band:
    """Return the seconds before the first step."""
    size = 2.0 * shape.total
    return Band(START.low + size / READING.high, START.high + size / READING.low)
