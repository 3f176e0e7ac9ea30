"""Show the estimated cost of a training, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dataprep.llamafactory.costs.gpus import GB, GpuModel
from dataprep.llamafactory.costs.hours import Band, Steps
from dataprep.llamafactory.costs.memory import Memory
from dataprep.llamafactory.costs.setup import Setup, Trained
from dataprep.llamafactory.costs.shape import Shape
from dataprep.llamafactory.costs.volume import Volume

CPU = "cpu"
BAR = 24  # characters of the largest part
ACCURACY = 0.85
"""A training fits up to this fraction of a GPU's memory, the accuracy of the estimate; above, it is
tight.
"""


class Outlook(NamedTuple):
    """The estimate for some number of one GPU model, or of CPU cores if `gpu` is None."""

    gpu: GpuModel | None
    number: int
    needed: float
    seconds: Band

    @property
    def fit(self) -> str:
        """Return fits, tight or no."""
        room = self.gpu.memory * GB if self.gpu else float("inf")
        if self.needed > room:
            return "no"
        return "fits" if self.needed <= ACCURACY * room else "tight"


@dataclass(frozen=True)
class Forecast:
    """The whole estimate of a recipe's training. `memory` is that of the first of `counts`, per
    GPU.
    """

    path: str
    model: str
    shape: Shape
    setup: Setup
    what: Trained
    volume: Volume
    counts: tuple[int, ...]
    memories: Mapping[int, Memory]
    steps: Mapping[int, Steps]
    outlooks: tuple[Outlook, ...]
    savings: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def memory(self) -> Memory:
        """Return the memory of the first count."""
        return self.memories[self.counts[0]]

    def as_json(self) -> dict[str, Any]:
        """Return all figures as JSON: bytes, seconds, tokens, rows."""
        setup, volume, cutoff = self.setup, self.volume, self.setup.cutoff
        return {
            "recipe": self.path,
            "model": {"name": self.model, "parameters": self.shape.total, "told": self.shape.told},
            "training": {
                "stage": setup.stage,
                "method": setup.method,
                "bits": setup.bits,
                "trained": self.what.total,
                "sharding": str(setup.sharding),
            },
            "data": {
                "rows": volume.rows,
                "tokens": round(volume.rows * volume.mean(cutoff)),
                "longest": volume.longest(cutoff),
                "told": volume.told,
            },
            "runs": [self._run(count) for count in self.counts],
            "outlooks": [
                {
                    "gpu": outlook.gpu.name if outlook.gpu else CPU,
                    "memory": outlook.gpu.memory * GB if outlook.gpu else None,
                    "count": outlook.number,
                    "needed": round(outlook.needed),
                    "fit": outlook.fit,
                    "seconds": [round(second) for second in outlook.seconds],
                }
                for outlook in self.outlooks
            ],
            "less_memory": {change: round(size) for change, size in self.savings.items()},
            "notes": list(self.notes),
        }

    def _run(self, count: int) -> dict[str, Any]:
        found = self.memories[count]
        return {
            "count": count,
            "steps": self.steps[count]._asdict(),
            "memory": {name: round(size) for name, size in found.parts.items()},
            "total": round(found.total),
            "ram": round(found.ram),
        }

    def __str__(self) -> str:
        size = f"{_amount(self.shape.total)} parameters ({self.shape.told})"
        head = f"{self.path}: {self.model}, {size}"
        lines = [head, *self._table(), "", *self._parts(), "", *self._grid(), *self._foot()]
        return "\n".join(lines)

    def _table(self) -> Iterator[str]:
        cutoff = self.setup.cutoff
        volume, steps = self.volume, self.steps[self.counts[0]]
        part = self.what.total / self.shape.total
        share = f"{part:.0%}" if part > 0.1 else f"{part:.2%}"
        yield _line(
            "trains",
            f"{_amount(self.what.total)} parameters, {share} of all: {_method(self.setup)}",
        )
        tokens = volume.rows * volume.mean(cutoff)
        yield _line("an epoch", f"{volume.rows:,} rows, {_amount(tokens)} tokens ({volume.told})")
        lengths = (
            f"{volume.mean(cutoff):,.0f} tokens on average, {volume.longest(cutoff):,} at most"
        )
        yield _line(
            "a row", f"{lengths}, cutoff {cutoff:,}{', packed' if self.setup.packs else ''}"
        )
        batch = f"{self.setup.batch} × {self.setup.accumulated}"
        unit = "blocks" if self.setup.packs else "rows"
        yield _line(
            "steps",
            f"{steps.total:,} = {steps.epochs:g} epochs of {steps.per_epoch:,}, each of {batch} "
            f"{unit} on a device",
        )

    def _parts(self) -> Iterator[str]:
        found = self.memory
        place = (
            "in RAM"
            if self.setup.cpu
            else f"on each of {self.counts[0]} GPUs"
            if self.counts[0] > 1
            else "on one GPU"
        )
        yield f"  memory {place}" + ("" if self.counts[0] == 1 else f", {self.setup.sharding}")
        most = max(found.parts.values())
        for name, size in found.parts.items():
            yield f"    {name:<15} {_gb(size):>8}  {'█' * round(BAR * size / most) or '▏'}"
        yield f"    {'total':<15} {_gb(found.total):>8}"
        if found.ram:
            yield f"    {'and in RAM':<15} {_gb(found.ram):>8}"

    def _grid(self) -> Iterator[str]:
        unit, word = ("core", "takes") if self.setup.cpu else ("GPU", "fits, and takes")
        yield _row(f"  {word}", [f"{count} {unit}{'s' * (count > 1)}" for count in self.counts])
        if len(self.counts) > 1 and not self.setup.cpu:
            yield _row(
                "    needed on each", [_gb(self.memories[count].total) for count in self.counts]
            )
        for gpu in dict.fromkeys(outlook.gpu for outlook in self.outlooks):
            name = (
                f"{gpu.memory:>3} GB  {gpu.name}"
                if gpu
                else "CPU, as many cores"
                if not self.setup.cpu
                else "CPU"
            )
            yield _row(
                f"    {name}", [_cell(outlook) for outlook in self.outlooks if outlook.gpu == gpu]
            )

    def _foot(self) -> Iterator[str]:
        if self.savings:
            yield "  less memory: " + " · ".join(
                f"{change} {_gb(size)}" for change, size in self.savings.items()
            )
        for note in self.notes:
            yield f"  {note}"


def _row(head: str, cells: Iterable[str]) -> str:
    return f"{head:<26}{''.join(f'{cell:<16}' for cell in cells)}".rstrip()


def _line(word: str, text: str) -> str:
    return f"  {word:<10}  {text}"


def _method(setup: Setup) -> str:
    names = {"full": "all weights", "freeze": "some layers", "lora": "LoRA", "oft": "OFT"}
    name = (
        "DoRA"
        if setup.get("use_dora")
        else "PiSSA"
        if setup.get("pissa_init")
        else names[setup.method]
    )
    rank = f" of rank {setup.get('lora_rank', 8)}" if setup.method == "lora" else ""
    base = f" on a {setup.bits}-bit base" if setup.bits < 16 else ""
    return f"{name}{rank}{base}, stage {setup.stage}"


def _amount(number: float) -> str:
    """Format a number with up to three significant figures, in words."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return f"{float(f'{number:.3g}'):,.0f}"


def _gb(size: float) -> str:
    value = size / GB
    return "< 0.1 GB" if value < 0.1 else f"{value:.1f} GB" if value < 10 else f"{value:,.0f} GB"


def _cell(outlook: Outlook) -> str:
    if outlook.fit == "no":
        return "–"
    return time_of(outlook.seconds) + (" tight" if outlook.fit == "tight" else "")


def time_of(band: Band) -> str:
    """Format a range of seconds with fitting precision: `4–15 min`, `3–8 h`, `2–6 days`."""
    if band.high < 60:
        return "under a minute"
    units = ((100 * 60, 60, "min"), (72 * 3600, 3600, "h"), (float("inf"), 86400, "days"))
    size, unit = next((size, unit) for limit, size, unit in units if band.high < limit)
    values = [max(seconds / size, 0.5) for seconds in band]
    low, high = (f"{v:.1g}" if v < 9.5 else f"{float(f'{v:.2g}'):.0f}" for v in values)
    return f"{high} {unit}" if low == high else f"{low}–{high} {unit}"
