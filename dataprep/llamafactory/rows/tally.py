"""Count row outcomes: fates, tokens, the cost of each cutoff and padding, as text or JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from dataprep.llamafactory.rows.outcome import (
    CRASH,
    FATES,
    WHOLE,
    RowOutcome,
    Rules,
    documents_kept,
    greedy_knapsack,
    kept_at,
)

PLACES = 3
FIRST_CUTOFF, LAST_CUTOFF = 256, 131_072  # the last one for models without a known limit
PERCENTILES = (50, 90, 99, 100)
BAR = 40  # characters of the histogram's longest bar
ALIGNED = 8
"""The collator pads to a multiple of this many tokens (`train/sft/workflow.py::run_sft`)."""
SETTLED = 1000
"""Rows after which the types of the converted columns are fixed: `datasets` writes in batches."""
Key = TypeVar("Key")
Knapsack = Callable[[list[int], int], list[list[int]]]


class Place(NamedTuple):
    """The file and line of a prepared row, and its raw record as `file:line` or ""."""

    path: str
    line: int
    raw: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f" from {self.raw}" if self.raw else "")


@dataclass
class RowGroup:
    """The number of rows that share something, and the places of the first few."""

    count: int = 0
    places: list[Place] = field(default_factory=list)

    def add(self, count: int, places: Iterable[Place]) -> None:
        """Count rows that follow those already counted."""
        self.count += count
        self.places += list(places)[: PLACES - len(self.places)]

    def as_json(self) -> dict[str, Any]:
        """Return the count and the places."""
        return {"count": self.count, "places": [place._asdict() for place in self.places]}


def cutoffs(limit: int, own: int) -> list[int]:
    """Return the cutoffs to compare: 256 and its doublings, the model's limit, and `own`."""
    top = limit or LAST_CUTOFF
    doubled = []
    step = FIRST_CUTOFF
    while step < top:
        doubled.append(step)
        step *= 2
    return sorted({*doubled, top, own})


@dataclass
class Tally:
    """Counts over consecutive rows with the same truncation rules; lengths are in tokens.

    `cutoff` is the given `cutoff_len`, `limit` the model's maximum (0 if unknown), `per_device` the
    rows in one training step. Its size grows with the number of distinct lengths only.
    """

    rules: Rules
    cutoff: int
    limit: int = 0
    per_device: int = 1
    rows: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    reasons: dict[tuple[str, str], RowGroup] = field(default_factory=dict)
    notes: dict[str, RowGroup] = field(default_factory=dict)
    lengths: dict[str, Counter[int]] = field(
        default_factory=lambda: {name: Counter() for name in ("total", "prompt", "answer", "kept")}
    )
    lost: dict[int, tuple[int, int]] = field(default_factory=dict)
    blocks: int = 0
    packed: int = 0
    first_filled: dict[str, int] = field(default_factory=dict)

    def take(
        self,
        places: Sequence[Place],
        outcomes: Sequence[RowOutcome],
        knapsack: Knapsack = greedy_knapsack,
    ) -> None:
        """Count the rows of one batch, which LLaMA-Factory preprocesses together."""
        for place, outcome in zip(places, outcomes, strict=True):
            self._take_one(place, outcome)
        counted = [outcome for outcome in outcomes if outcome.pairs]
        for cutoff in cutoffs(self.limit, self.cutoff):
            packs = self.rules.packing and self.rules.stage == "sft"
            self._add_lost(cutoff, *self._lost_at(counted, cutoff - packs))
        self._pack(counted, knapsack)

    def _take_one(self, place: Place, outcome: RowOutcome) -> None:
        self.rows += 1
        self.fates[outcome.fate] += 1
        for reason in outcome.reasons:
            self.reasons.setdefault((outcome.fate, reason), RowGroup()).add(1, [place])
        for note in outcome.notes:
            self.notes.setdefault(note, RowGroup()).add(1, [place])
        for column in outcome.filled:
            self.first_filled.setdefault(column, self.rows)
        if outcome.pairs:
            prompt, answer = outcome.prompt, outcome.answer
            self.lengths["total"][prompt + answer + self.rules.ends] += 1
            self.lengths["prompt"][prompt] += 1
            self.lengths["answer"][answer] += 1
        if outcome.kept:
            self.lengths["kept"][outcome.kept] += 1

    def _add_lost(self, cutoff: int, rows: int, tokens: int) -> None:
        before = self.lost.get(cutoff, (0, 0))
        self.lost[cutoff] = (before[0] + rows, before[1] + tokens)

    def _lost_at(self, counted: Sequence[RowOutcome], cutoff: int) -> tuple[int, int]:
        totals = [outcome.prompt + outcome.answer + self.rules.ends for outcome in counted]
        if self.rules.stage == "pt":
            kept = documents_kept(totals, self.rules, cutoff)
        else:
            kept = [
                total if total <= cutoff else kept_at(outcome.pairs, self.rules, cutoff)
                for total, outcome in zip(totals, counted, strict=True)
            ]
        lost = [total - left for total, left in zip(totals, kept, strict=True) if left < total]
        return len(lost), sum(lost)

    def _pack(self, counted: Sequence[RowOutcome], knapsack: Knapsack) -> None:
        if self.rules.stage != "sft":
            return
        room = self.cutoff - 1  # hparams/data_args.py::__post_init__ subtracts one
        lengths = [kept_at(outcome.pairs, self.rules, room) for outcome in counted if outcome.kept]
        self.packed += sum(lengths)
        self.blocks += len(knapsack([length for length in lengths if length <= room], room))

    def merge(self, later: Tally) -> None:
        """Add the counts of rows that follow these."""
        for column, row in later.first_filled.items():
            self.first_filled.setdefault(column, self.rows + row)
        self.rows += later.rows
        self.fates.update(later.fates)
        _join(self.reasons, later.reasons)
        _join(self.notes, later.notes)
        for name, lengths in later.lengths.items():
            self.lengths[name].update(lengths)
        for cutoff, (rows, tokens) in later.lost.items():
            self._add_lost(cutoff, rows, tokens)
        self.blocks += later.blocks
        self.packed += later.packed

    # -------------------------------------------------------------------------------------- results

    @property
    def spoilt(self) -> int:
        """Return how many rows are not kept whole."""
        return self.rows - self.fates[WHOLE]

    @property
    def late(self) -> dict[str, int]:
        """Return the columns that are empty in the first thousand rows, with the first row that
        fills each.

        LLaMA-Factory's conversion stops at that row with "Couldn't cast array of type … to null".
        """
        return {column: row for column, row in self.first_filled.items() if row > SETTLED}

    @property
    def ends_in_crash(self) -> bool:
        """Tell whether training would stop before its first step: at a row, at a late column, or
        without rows.
        """
        nothing = not (self.fates[WHOLE] or self.lengths["kept"])
        return bool(self.fates[CRASH] or self.late or (self.rows and nothing))

    def padding(self) -> float | None:
        """Return the expected share of padding in random batches of `per_device` rows, None without
        rows.

        The mean of the longest of n rows is the sum of 1 - F(x)**n over all x, where F is the share
        of rows of length up to x.
        """
        lengths = self.lengths["kept"]
        if not lengths:
            return None
        filled: Counter[int] = Counter()
        for length, count in lengths.items():
            filled[-(-length // ALIGNED) * ALIGNED] += count
        longest, below, before = 0.0, 0.0, 0
        for length in sorted(filled):
            longest += (length - before) * (1 - below**self.per_device)
            below, before = below + filled[length] / lengths.total(), length
        return 1 - _sum(lengths) / lengths.total() / longest

    def padding_packed(self) -> float | None:
        """Return the share of padding if LLaMA-Factory packs the rows, None if it cannot."""
        return 1 - self.packed / (self.blocks * self.cutoff) if self.blocks else None

    def as_json(self) -> dict[str, Any]:
        """Return all counts as JSON; shares are fractions of 1."""
        return {
            "rows": self.rows,
            "fates": {fate: self.fates[fate] for fate in FATES},
            "reasons": [
                {"fate": fate, "reason": reason, **self.reasons[fate, reason].as_json()}
                for fate, reason in self._order()
            ],
            "notes": [{"note": note, **group.as_json()} for note, group in self.notes.items()],
            "late_columns": self.late,
            "tokens": {
                name: _summary(self.lengths[name]) for name in ("total", "prompt", "answer")
            },
            "histogram": [
                {"to": top, "rows": rows} for _, top, rows in _bins(self.lengths["total"])
            ],
            "cutoffs": [
                {"cutoff": cutoff, "rows": rows, "tokens": tokens}
                for cutoff, (rows, tokens) in sorted(self.lost.items())
            ],
            "padding": {
                "per_device_batch_size": self.per_device,
                "share": self.padding(),
                "packed": self.padding_packed(),
            },
        }

    def _order(self) -> list[tuple[str, str]]:
        return sorted(self.reasons, key=lambda key: (FATES.index(key[0]), -self.reasons[key].count))

    def as_lines(self) -> Iterator[str]:
        """Yield the lines of a readable table."""
        yield from self._fate_lines()
        for note, group in self.notes.items():
            yield f"  note: {note} in {group.count:,} row{'s' * (group.count != 1)}"
            yield from _places(group)
        for column, row in self.late.items():
            yield (
                f"  crash: '{column}' is empty in the first {SETTLED:,} rows and first filled in "
                f"row {row:,}"
            )
        if self.lengths["total"]:
            yield from self._token_lines()
            yield from self._cutoff_lines()
            yield from self._padding_lines()

    def _fate_lines(self) -> Iterator[str]:
        width = len(f"{self.rows:,}")
        for fate in FATES:
            if self.fates[fate] or fate == WHOLE:
                share = _percent(self.fates[fate], self.rows)
                yield f"  {fate:<16}  {self.fates[fate]:>{width},}  {share}"
            for other, reason in self._order():
                if other == fate:
                    group = self.reasons[fate, reason]
                    yield f"    {reason} {group.count:,}"
                    yield from _places(group)

    def _token_lines(self) -> Iterator[str]:
        names = ("total", "prompt", "answer")
        summaries = [_summary(self.lengths[name]) for name in names]
        yield f"  {'tokens':<8}" + "".join(f"{name:>12}" for name in names)
        for key in summaries[0]:
            yield f"  {key:<8}" + "".join(f"{summary[key]:>12,}" for summary in summaries)
        bins = _bins(self.lengths["total"])
        most = max(rows for _, _, rows in bins)
        width, count = len(f"{bins[-1][1]:,}"), len(f"{most:,}")
        for low, top, rows in bins:
            bar = "#" * round(BAR * rows / most)
            yield f"  {low:>{width},} to {top:>{width},}  {rows:>{count},}  {bar}".rstrip()

    def _cutoff_lines(self) -> Iterator[str]:
        tokens = _sum(self.lengths["total"])
        yield f"  {'cutoff':<8}{'rows not whole':>22}{'tokens lost':>24}"
        for cutoff, (rows, lost) in sorted(self.lost.items()):
            mark = " *" if cutoff == self.cutoff else ""
            shown = (
                f"{rows:,} {_percent(rows, self.rows):>6}",
                f"{lost:,} {_percent(lost, tokens):>6}",
            )
            yield f"  {cutoff:<8,}{shown[0]:>22}{shown[1]:>24}{mark}"
            if not rows and cutoff >= self.cutoff:
                return

    def _padding_lines(self) -> Iterator[str]:
        padding = []
        packs_documents = self.rules.stage == "pt" and self.rules.packing
        if (share := self.padding()) is not None and not packs_documents:
            padding.append(f"{share:.1%} in batches of {self.per_device}")
        if (packed := self.padding_packed()) is not None:
            padding.append(f"{packed:.1%} packed")
        if padding:
            yield f"  padding   {' · '.join(padding)}"


def _join(mine: dict[Key, RowGroup], later: dict[Key, RowGroup]) -> None:
    for key, group in later.items():
        mine.setdefault(key, RowGroup()).add(group.count, group.places)


def _sum(lengths: Counter[int]) -> int:
    return sum(length * count for length, count in lengths.items())


def _summary(lengths: Counter[int]) -> dict[str, int]:
    """Return the mean, percentiles (nearest rank) and sum of lengths."""
    if not lengths:
        return {}
    total, ordered, seen, found = lengths.total(), sorted(lengths), 0, {}
    wanted = list(PERCENTILES)
    for length in ordered:
        seen += lengths[length]
        while wanted and seen * 100 >= wanted[0] * total:
            found[f"{wanted.pop(0)}%"] = length
    return {"mean": round(_sum(lengths) / total), **found, "sum": _sum(lengths)}


def _bins(lengths: Counter[int]) -> list[tuple[int, int, int]]:
    """Return a histogram over doubling lengths, as (from, to, rows)."""
    counted: Counter[int] = Counter()
    for length, count in lengths.items():
        counted[max(length - 1, 15).bit_length()] += count
    return (
        [
            (1 + (1 << power - 1) * (power > 4), 1 << power, counted[power])
            for power in range(min(counted), max(counted) + 1)
        ]
        if counted
        else []
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""


def _places(group: RowGroup) -> Iterator[str]:
    """Yield the places of a group, one per line."""
    yield from (f"      {place}" for place in group.places)
    if group.count > len(group.places):
        yield f"      … and {group.count - len(group.places):,} more"
