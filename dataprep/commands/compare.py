"""Put runs beside each other: what they came to, what they took, and in what they differ; as text
and as a page.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.commands.evaluate import NAME as EVALUATION
from dataprep.errors import DataprepError
from dataprep.llamafactory.runs import record
from dataprep.sources import json_lines

COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")
WIDTH, HEIGHT, MARGIN = 720, 320, 44
NONE = "–"
OWN = ("output_dir", "dataset", "eval_dataset", "run_name")
"""The arguments that follow from a run's name."""


@dataclass(frozen=True)
class Side:
    """One of the runs that are compared: its name among them, its record, and what was measured of
    it later.
    """

    name: str
    run: record.Document
    evaluation: record.Document
    predicted: record.Document

    @property
    def measures(self) -> dict[str, str]:
        """Return what it came to and what it took."""
        results = self.run["results"]
        gpu = results.get("gpu_memory", 0)
        return {
            "steps": f"{results['steps']:,}",
            "train loss": _number(results.get("train_loss"), 4),
            "eval loss": _number(
                next((loss for _, loss in reversed(results["eval_losses"])), None), 4
            ),
            "test loss": _number(self.evaluation.get("tuned_loss"), 4),
            "test perplexity": _number(self.evaluation.get("tuned_perplexity"), 2),
            "BLEU-4": _number(self.predicted.get("predict_bleu-4"), 1),
            "ROUGE-L": _number(self.predicted.get("predict_rouge-l"), 1),
            "time": f"{self.run['seconds']:,.0f} s",
            "memory": f"{self.run['memory'] / (1 << 30):.1f} GiB",
            "memory of a GPU": f"{gpu / (1 << 30):.1f} GiB" if gpu else NONE,
        }

    @property
    def said(self) -> dict[str, str]:
        """Return what it was told, and the data and the base model that it was made from."""
        arguments = {
            key: _shown(value) for key, value in self.run["arguments"].items() if key not in OWN
        }
        data = {
            Path(path).name: f"{its['rows']:,} rows, {its['blake2b'][:8]}"
            for path, its in self.run["data"].items()
        }
        return {
            **arguments,
            **data,
            "base model": _fingerprint(self.run["base"]),
            **self.run["versions"],
        }


def _fingerprint(base: record.Document) -> str:
    return (
        str(base.get("commit") or "")[:8]
        or json_lines.to_line(base.get("files", {})).decode()[-10:-3]
    )


def _number(value: Any, digits: int) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Comparison:
    """Runs beside each other."""

    sides: Sequence[Side]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Return the table: measures that any run has, then what the runs were told otherwise."""
        measures = [side.measures for side in self.sides]
        told = [side.said for side in self.sides]
        names = list(dict.fromkeys(name for each in told for name in each))
        found = [(name, *(each[name] for each in measures)) for name in measures[0]]
        found = [row for row in found if set(row[1:]) != {NONE}]
        differing = [(name, *(each.get(name, NONE) for each in told)) for name in names]
        return found + [row for row in differing if len(set(row[1:])) > 1]

    def __str__(self) -> str:
        table = [("", *(side.name for side in self.sides)), *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        return "\n".join(_aligned(row, widths) for row in table)

    def as_page(self) -> str:
        """Return a page that needs nothing beside it: the losses as a picture, and the table."""
        head = "".join(f"<th>{html.escape(side.name)}</th>" for side in self.sides)
        cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in self.rows)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Runs '
            f"compared</title><style>{STYLE}</style>"
            f"<h1>Runs "
            f"compared</h1>{picture(self.sides)}<table><tr><th></th>{head}</tr>{body}</table></ht"
            f"ml>\n"
        )


STYLE = (
    "body{font:15px sans-serif;margin:2em}td,th{padding:.3em 1em;border-bottom:1px solid "
    "#ddd;text-align:left}"
)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def compare(places: Sequence[str]) -> Comparison:
    """Return runs beside each other; a place is a run.json, or the folder that holds one.

    Raises `DataprepError` where there is none, and for less than two.
    """
    if len(places) < 2:
        raise DataprepError(
            "one run alone cannot be compared; name two or more, e.g. saves/a/run.json "
            "saves/b/run.json"
        )
    found = [Path(place) / record.NAME if Path(place).is_dir() else Path(place) for place in places]
    names = [path.parent.name for path in found]
    clear = len(set(names)) == len(names)
    return Comparison(
        [
            _side(name if clear else str(path.parent), path)
            for name, path in zip(names, found, strict=True)
        ]
    )


def _side(name: str, path: Path) -> Side:
    beside = [path.with_name(EVALUATION), path.parent / "predictions/predict_results.json"]
    evaluation, predicted = (
        json.loads(each.read_bytes()) if each.is_file() else {} for each in beside
    )
    return Side(name, record.read(path), evaluation, predicted)


# ------------------------------------------------------------------------------------------ picture


def picture(sides: Sequence[Side]) -> str:
    """Return the losses of some runs by step as SVG: a line for training, a dashed one for
    validation.
    """
    lines = [
        point
        for side in sides
        for kind in ("losses", "eval_losses")
        for point in side.run["results"][kind]
    ]
    if not lines:
        return ""
    last, top = max(step for step, _ in lines) or 1, max(loss for _, loss in lines) or 1
    drawn = "".join(
        _drawn(side, COLOURS[number % len(COLOURS)], last, top) for number, side in enumerate(sides)
    )
    legend = "".join(_legend(side.name, number) for number, side in enumerate(sides))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + 20 * len(sides)}" width="{WIDTH}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'font-size="12">{_axes(last, top)}{drawn}{legend}</svg>'
    )


def _axes(last: float, top: float) -> str:
    left, bottom, right = MARGIN, HEIGHT - MARGIN, WIDTH - MARGIN
    frame = f'<path d="M{left} 10V{bottom}H{right}" fill="none" stroke="#888"/>'
    words = [(4, 16, f"{top:.3g}"), (4, bottom, "0"), (right - 20, bottom + 18, f"{last:,}")]
    words += [(left, bottom + 18, "loss by step; dashed: validation")]
    return frame + "".join(f'<text x="{x}" y="{y}">{word}</text>' for x, y, word in words)


def _drawn(side: Side, colour: str, last: float, top: float) -> str:
    return "".join(
        f'<polyline fill="none" stroke="{colour}"{dash} '
        f'points="{_points(side.run["results"][kind], last, top)}"/>'
        for kind, dash in (("losses", ""), ("eval_losses", ' stroke-dasharray="5 4"'))
        if side.run["results"][kind]
    )


def _points(losses: Sequence[Sequence[float]], last: float, top: float) -> str:
    across, down = WIDTH - 2 * MARGIN, HEIGHT - MARGIN - 10
    return " ".join(
        f"{MARGIN + across * step / last:.1f},{10 + down * (1 - loss / top):.1f}"
        for step, loss in losses
    )


def _legend(name: str, number: int) -> str:
    y = HEIGHT + 14 + 20 * number
    line = (
        f'<path d="M{MARGIN} {y - 4}h24" stroke="{COLOURS[number % len(COLOURS)]}" '
        'stroke-width="2"/>'
    )
    return f'{line}<text x="{MARGIN + 32}" y="{y}">{html.escape(name)}</text>'


def differences(then: record.Document, now: record.Document) -> Iterator[str]:
    """Yield in what a run that was made again differs from the first: what went in, and what came
    out.
    """
    first, second = (Side("", run, {}, {}).said for run in (then, now))
    for name in dict.fromkeys([*first, *second]):
        if first.get(name) != second.get(name):
            yield f"{name}: {first.get(name, NONE)} then, {second.get(name, NONE)} now"
    yield from _losses_apart(then["results"]["losses"], now["results"]["losses"])
    yield f"weights: {'the same to the byte' if then['weights'] == now['weights'] else 'others'}"


def _losses_apart(
    then: Iterable[tuple[int, float]], now: Iterable[tuple[int, float]]
) -> Iterator[str]:
    first, second = dict(then), dict(now)
    apart = {step: abs(first[step] - second[step]) for step in first if step in second}
    if first.keys() != second.keys():
        yield f"steps with a loss: {len(first)} then, {len(second)} now"
    if any(apart.values()):
        yield (
            f"losses: apart by {max(apart.values()):.2g} at most, from step "
            f"{min(s for s in apart if apart[s])} on"
        )
    elif apart:
        yield f"losses: the same at all {len(apart)} steps"
