"""The second pass, over the fingerprints alone: what repeats what, and what goes to which split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dataprep import steps
from dataprep.fingerprint import Fingerprint
from dataprep.pipeline.reading import Processed
from dataprep.plan import Plan
from dataprep.steps.dedupe import REASONS


class Fate(NamedTuple):
    """Where an example goes: a split, or out as the duplicate of another one for that reason."""

    split: str = ""
    reason: str = ""
    repeats: int = -1


TRAIN = Fate("train")


def decide(plan: Plan, prints: Sequence[Fingerprint]) -> list[Fate]:
    """Return the fate of each example, from the fingerprints of all of them in their order."""
    place = steps.build("split", plan.split)
    known = {"val": Fate("val"), "test": Fate("test"), "train": TRAIN}
    fates = [known[place(print_)] for print_ in prints]
    for name, options in plan.steps:
        if name == "dedupe":
            reason = REASONS[options.get("by", "both")]
            staying = [number for number, fate in enumerate(fates) if fate.split]
            originals = steps.build(name, options)(prints[number] for number in staying)
            for number, original in zip(staying, originals, strict=True):
                if staying[original] != number:
                    fates[number] = Fate("", reason, staying[original])
    return fates


def fates_of(plan: Plan, done: Iterable[Processed]) -> list[Fate]:
    """Return the fate of each example of these shards, in their order."""
    if plan.compares:
        return decide(plan, [print_ for part in done for print_ in part.prints])
    return [TRAIN] * sum(sum(part.stays) for part in done)
