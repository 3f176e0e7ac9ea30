"""Estimate the cost of a training before a GPU is rented: steps, memory, fitting GPUs, hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dataprep.errors import DataprepError
from dataprep.llamafactory.costs import gpus, hours
from dataprep.llamafactory.costs.forecast import ACCURACY, CPU, Forecast, Outlook
from dataprep.llamafactory.costs.gpus import GpuModel
from dataprep.llamafactory.costs.hours import Band, Steps
from dataprep.llamafactory.costs.memory import Memory, memory
from dataprep.llamafactory.costs.model_sizes import folder_of, shape_of
from dataprep.llamafactory.costs.setup import Setup, setup_of, trained
from dataprep.llamafactory.costs.shape import Shape
from dataprep.llamafactory.costs.volume import Volume, measure
from dataprep.llamafactory.version import VERSION
from dataprep.recipe import SAVES, Run, compile
from dataprep.sources.outputs import split_file
from dataprep.sources.source import Source

COUNTS = (1, 2, 4, 8)
"""The numbers of GPUs to compare, and of CPU cores."""
SMALL = 1_000_000_000
"""The largest number of parameters for which training on a CPU is estimated."""


def plan(recipe: Run, gpu: str | None = None, count: int | None = None) -> Forecast:
    """Estimate the cost of training a recipe.

    Without `gpu`, takes the usual GPUs; without `count`, 1, 2, 4 and 8 of each. Raises
    `DataprepError` for a recipe without `train`, a model of unknown size, and an unknown GPU.
    """
    if not recipe.train.get("model_name_or_path"):
        raise DataprepError(
            f"{recipe.path}: 'train' names no model_name_or_path, so there is nothing to plan"
        )
    model = _model(recipe)
    shape = shape_of(model)
    setup = setup_of(recipe.train, shape)
    cards = (
        ()
        if gpu and gpu.lower() == CPU
        else gpus.named(gpu)
        if gpu
        else ()
        if setup.cpu
        else gpus.shown()
    )
    if not cards:
        setup = _on_cpu(setup)
    elif setup.cpu:
        setup = Setup(setup.train, setup.sharding)
    volume = _volume(recipe, setup, model, shape)
    counts = (count,) if count else COUNTS
    memories = {number: _memory(shape, setup, volume, number) for number in counts}
    return Forecast(
        recipe.path,
        model,
        shape,
        setup,
        trained(shape, setup),
        volume,
        counts,
        memories,
        {number: _steps(setup, volume, 1 if setup.cpu else number) for number in counts},
        tuple(_outlooks(recipe, shape, setup, volume, cards, counts)),
        _savings(shape, setup, volume, counts[-1]),
        tuple(_notes(recipe, shape, setup, volume, cards)),
    )


def _model(recipe: Run) -> str:
    """Return the model to train; for one that another recipe will make, the base model of that
    recipe.
    """
    model = Path(str(recipe.train["model_name_or_path"]))
    other = Path(recipe.path).with_name(f"{model.parent.name}.yaml")
    if (
        model.parent.parent == Path(SAVES)
        and not model.exists()
        and other.is_file()
        and str(other) != recipe.path
    ):
        return _model(compile(str(other)))
    return str(model)


def _on_cpu(setup: Setup) -> Setup:
    """Return the same setup in 32 bits, as make starts it without a GPU."""
    return Setup({**setup.train, "bf16": False, "fp16": False, "pure_bf16": False}, cpu=True)


def _memory(shape: Shape, setup: Setup, volume: Volume, count: int) -> Memory:
    longest = setup.cutoff if setup.packs else volume.longest(setup.cutoff)
    return memory(shape, setup, 1 if setup.cpu else count, longest)


def _volume(recipe: Run, setup: Setup, model: str, shape: Shape) -> Volume:
    """Measure the prepared training file, or the raw files if nothing is prepared yet."""
    folder = folder_of(model)
    train = Path(recipe.folder, split_file("train"))
    if train.is_file():
        found = measure([Source(str(train), recipe.format)], folder, shape.vocab)
    else:
        found = measure(recipe.plan.sources, folder, shape.vocab, _held(recipe))
    if not found.rows:
        raise DataprepError(
            f"{recipe.path}: has no example to train on; `dataprep inspect` its inputs"
        )
    most = int(setup.get("max_samples", found.rows))
    return found if most >= found.rows else Volume(most, found.lengths, found.told, found.media)


def _steps(setup: Setup, volume: Volume, count: int) -> Steps:
    return hours.steps(setup, volume.blocks(setup.cutoff) if setup.packs else volume.rows, count)


def _outlooks(
    recipe: Run,
    shape: Shape,
    setup: Setup,
    volume: Volume,
    cards: Sequence[GpuModel],
    counts: Sequence[int],
) -> Iterator[Outlook]:
    for card in cards:
        for count in counts:
            steps = _steps(setup, volume, count)
            work = _work(recipe, shape, setup, volume, steps)
            parts = (
                hours.seconds_on(card, work, steps.batches, shape.layers, setup, count),
                hours.seconds_of_offloading(shape, setup, steps.total),
                hours.start(shape),
            )
            yield Outlook(card, count, _memory(shape, setup, volume, count).total, _sum(parts))
    if not cards or shape.total <= SMALL:
        yield from _on_cores(recipe, shape, _on_cpu(setup), volume, counts)


def _on_cores(
    recipe: Run, shape: Shape, setup: Setup, volume: Volume, counts: Sequence[int]
) -> Iterator[Outlook]:
    work = _work(recipe, shape, setup, volume, _steps(setup, volume, 1))
    needed = _memory(shape, setup, volume, 1).total
    for count in counts:
        yield Outlook(
            None, count, needed, _sum((hours.seconds_on_cpu(work, count), hours.start(shape)))
        )


def _sum(bands: Iterable[Band]) -> Band:
    lows, highs = zip(*bands, strict=True)
    return Band(sum(lows), sum(highs))


def _work(recipe: Run, shape: Shape, setup: Setup, volume: Volume, steps: Steps) -> float:
    """Return the operations of the whole run: all trained tokens with padding, and evaluations."""
    length = setup.cutoff if setup.packs else volume.padded(setup.cutoff, setup.batch)
    tokens = steps.batches * setup.batch * length * setup.sequences
    evaluated = (
        _evaluations(setup, steps) * _rows_of_val(recipe, volume.rows) * length * setup.sequences
    )
    return hours.operations(shape, setup, length) * tokens + 2.0 * shape.active * evaluated


def _evaluations(setup: Setup, steps: Steps) -> float:
    strategy = setup.get("eval_strategy", "no")
    if strategy == "epoch":
        return steps.epochs + 1
    every = float(setup.get("eval_steps", setup.get("logging_steps", 500)))
    return (
        steps.total / (every if every >= 1 else every * steps.total) + 1
        if strategy == "steps"
        else 0
    )


def _held(recipe: Run) -> list[float]:
    """Return the sizes of val and test: a fraction of all examples below 1, else their number."""
    split = recipe.plan.split
    return [float(split.get(name, 0)) for name in ("val", "test")]


def _rows_of_val(recipe: Run, rows: int) -> float:
    """Return the number of rows of val if train has `rows`."""
    held = _held(recipe)
    left = 1 - sum(share for share in held if share < 1)
    total = (rows + sum(share for share in held if share >= 1)) / max(left, 0.01)
    return held[0] if held[0] >= 1 else held[0] * total


def _savings(shape: Shape, setup: Setup, volume: Volume, most: int) -> dict[str, float]:
    """Return the changes of one key that save at least a tenth of the memory on one GPU."""
    if setup.cpu:
        return {}
    now = _memory(shape, setup, volume, 1).total
    found = {
        word: _memory(shape, changed, volume, 1).total
        for word, changed in _alternatives(shape, setup)
    }
    return {word: size for word, size in found.items() if size < 0.9 * now}


def _alternatives(shape: Shape, setup: Setup) -> Iterator[tuple[str, Setup]]:
    if not setup.checkpoints:
        yield (
            "disable_gradient_checkpointing: false",
            setup.but(disable_gradient_checkpointing=False),
        )
    if setup.batch > 1:
        yield "per_device_train_batch_size: 1", setup.but(per_device_train_batch_size=1)
    if not setup.adapts:
        yield "finetuning_type: lora", setup.but(finetuning_type="lora", pure_bf16=False, bf16=True)
    elif setup.bits > 4 and shape.bits > 4 and not setup.get("pissa_init"):
        yield "quantization_bit: 4", setup.but(quantization_bit=4, quantization_method="bnb")
    yield f"cutoff_len: {setup.cutoff // 2}", setup.but(cutoff_len=setup.cutoff // 2)


def _notes(
    recipe: Run, shape: Shape, setup: Setup, volume: Volume, cards: Sequence[GpuModel]
) -> Iterator[str]:
    if not Path(recipe.folder, split_file("train")).is_file():
        yield (
            f"rows are those of the raw files, for {recipe.folder} is not prepared yet; "
            "duplicates will be fewer"
        )
    if volume.media:
        yield "images, videos and audios are not counted: their tokens come on top"
    if shape.guessed:
        yield (
            "the model's shape is a guess from its name: take all figures for a fifth more or less"
        )
    if shape.experts and setup.bits < 16:
        yield (
            "the experts stay in 16 bits: transformers 5 keeps them in one tensor, which is "
            "not quantized"
        )
    if setup.stage == "ppo":
        yield (
            f"LLaMA-Factory {VERSION} refuses stage ppo (it wants trl <= 0.9.6); "
            "generating the answers takes time on top"
        )
    if setup.precision == "single" and not setup.cpu:
        yield (
            "neither bf16 nor fp16 is set: a GPU computes in 32 bits then, and several times slower"
        )
    if setup.get("bf16") and (old := [card.name for card in cards if not card.bf16]):
        yield f"{', '.join(old)} has no bf16: set fp16: true in its place"
    if not setup.cpu:
        yield (
            f"memory: within a fifth; – does not fit, tight takes more than {ACCURACY:.0%} "
            "of the card"
        )
    yield _assumption(setup)


def _assumption(setup: Setup) -> str:
    if setup.cpu:
        return (
            f"time: {hours.CPU_CORE.low / 1e9:.0f} to {hours.CPU_CORE.high / 1e9:.0f} billion "
            f"operations a second on "
            "each core, in 32 bits, and the start of LLaMA-Factory"
        )
    slow = hours.slowdown(setup)
    extra = (
        f", {slow.low:.1f} to {slow.high:.1f} times slower for how it is set"
        if slow.high > 1
        else ""
    )
    return (
        f"time: {hours.UTILISATION.low:.0%} to {hours.UTILISATION.high:.0%} of the card's "
        f"published bf16 peak{extra}"
    )
