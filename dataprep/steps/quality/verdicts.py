"""What preference pairs and labels (KTO) say of answers, over all examples: contradictions, and a
bias of length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from statistics import median
from typing import Any, NamedTuple

from dataprep.model import Example, Origin

SWAPPED, CONTRADICTORY = "swapped pair", "contradictory label"
MOST_WANTED = 4 / 3
"""Weighted, the wanted answers should count for as much as the unwanted ones, up to a third more
(TRL on KTO).
"""
BIASED = 0.1
"""So far from half is the share of pairs whose longer answer is the better one where a model may
learn the length.

A threshold of ours; with few pairs it is two standard errors of a share of 1/2, 1 / √n.
"""
SHOWN = 3
_SIZE = 12  # bytes, as of a fingerprint


class AnswerHash(NamedTuple):
    """An answer: a hash of it, and how many characters it has."""

    digest: bytes
    length: int


NOTHING = AnswerHash(b"", 0)
Saying = tuple[bytes, bytes, bytes]


class Verdict(NamedTuple):
    """What an example says of answers to a prompt: which is wanted and which is not; a label tells
    of one alone.
    """

    place: Origin
    prompt: bytes
    wanted: AnswerHash
    unwanted: AnswerHash

    @property
    def is_pair(self) -> bool:
        """Tell whether it compares two answers."""
        return NOTHING not in (self.wanted, self.unwanted)

    @property
    def says(self) -> Saying:
        """Return the prompt and what is said of its answers, the same for all that say the same."""
        return self.prompt, self.wanted.digest, self.unwanted.digest

    @property
    def opposite(self) -> Saying:
        """Return what one says that contradicts this one; nobody does where both answers are the
        same but for space.
        """
        prompt, wanted, unwanted = self.says
        return (prompt, unwanted, wanted) if wanted != unwanted else (b"", b"", b"")

    @property
    def contradiction(self) -> str:
        """Return the reason for which it leaves where another says the opposite."""
        return SWAPPED if self.is_pair else CONTRADICTORY


class Contradiction(NamedTuple):
    """An example that says the opposite of an earlier one, and that one's place."""

    reason: str
    place: Origin
    other: Origin


def verdict(example: Example, place: Origin) -> Verdict | None:
    """Return what an example says of answers, None where it only shows one."""
    if example.rejected is None and example.label is None:
        return None
    prompt = _hash(
        example.system, example.tools, *(text for turn in example.turns[:-1] for text in turn)
    )
    answer = _said(example.answer)
    if example.rejected:
        return Verdict(place, prompt, answer, _said(example.rejected.text))
    return (
        Verdict(place, prompt, answer, NOTHING)
        if example.label
        else Verdict(place, prompt, NOTHING, answer)
    )


def _said(text: str) -> AnswerHash:
    return AnswerHash(_hash(text), len(text))


def _hash(*texts: str) -> bytes:
    """Return a hash for which runs of white space are one space."""
    return blake2b(
        "\0".join(" ".join(text.split()) for text in texts).encode(), digest_size=_SIZE
    ).digest()


def equal_pair(example: Example) -> str:
    """Return the worse answer of a pair that differs in space and the last mark alone; in code
    these may differ.
    """
    worse = example.rejected
    if not worse or worse.role != "assistant" or "```" in example.answer + worse.text:
        return ""
    return worse.text if _said_plainly(example.answer) == _said_plainly(worse.text) else ""


def _said_plainly(text: str) -> str:
    """Return a text with single spaces and without the marks at its end; one of nothing but marks
    as it is.
    """
    line = " ".join(text.split())
    return re.sub(r"[\s.,;:!。，；：！…~～]+$", "", line) or line


# -------------------------------------------------------------------------------------- all of them


def opposed(verdicts: Mapping[int, Verdict]) -> dict[int, int]:
    """Return the examples that contradict another, each with the first one that it contradicts."""
    first: dict[Saying, int] = {}
    for number, one in verdicts.items():
        first.setdefault(one.says, number)
    return {
        number: first[one.opposite] for number, one in verdicts.items() if one.opposite in first
    }


@dataclass
class Verdicts:
    """The verdicts of all examples, in their order."""

    all: list[Verdict] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.all)

    def take(self, example: Example, place: Origin) -> None:
        """Take up what an example says of answers, if anything."""
        if found := verdict(example, place):
            self.all.append(found)

    @property
    def pairs(self) -> list[Verdict]:
        """Return those that compare two answers."""
        return [one for one in self.all if one.is_pair]

    @property
    def labels(self) -> tuple[list[int], list[int]]:
        """Return the lengths of answers labelled as wanted, and of those labelled as unwanted."""
        rest = [one for one in self.all if not one.is_pair]
        wanted = [one.wanted.length for one in rest if one.wanted is not NOTHING]
        return wanted, [one.unwanted.length for one in rest if one.unwanted is not NOTHING]

    def contradictions(self) -> Iterator[Contradiction]:
        """Yield each example that says the opposite of an earlier one about the same prompt, with
        that one's place.
        """
        first: dict[Saying, Origin] = {}
        for one in self.all:
            if other := first.get(one.opposite):
                yield Contradiction(one.contradiction, one.place, other)
            first.setdefault(one.says, one.place)

    def as_json(self) -> dict[str, Any]:
        """Return counts, fractions of 1, and ratios of lengths in characters, for programs."""
        found = list(self.contradictions())
        told: dict[str, Any] = {}
        if pairs := self.pairs:
            told["pairs"] = {"count": len(pairs), "swapped": _count(found, SWAPPED), **_bias(pairs)}
        if any(labels := self.labels):
            told["labels"] = {
                "wanted": len(labels[0]),
                "unwanted": len(labels[1]),
                "contradictory": _count(found, CONTRADICTORY),
                "length_ratio": _ratio(*labels),
                **weights(*map(len, labels)),
            }
        told["contradictions"] = [
            {"path": one.place.path, "line": one.place.line, "contradicts": str(one.other)}
            for one in found[:SHOWN]
        ]
        return told

    def lines(self) -> Iterator[str]:
        """Yield all of it in words."""
        told = self.as_json()
        if pairs := told.get("pairs"):
            yield _about_pairs(pairs)
        if labels := told.get("labels"):
            yield from _about_labels(labels)
        for one in told["contradictions"]:
            yield f"    {one['path']}:{one['line']} says the opposite of {one['contradicts']}"


def _count(found: Iterable[Contradiction], reason: str) -> int:
    return sum(one.reason == reason for one in found)


def _bias(pairs: list[Verdict]) -> dict[str, float | None]:
    """Return in which share of the pairs whose lengths differ the better answer is the longer one,
    and by how much.
    """
    longer = [
        one.wanted.length > one.unwanted.length
        for one in pairs
        if one.wanted.length != one.unwanted.length
    ]
    return {
        "longer_is_better": round(sum(longer) / len(longer), 4) if longer else None,
        "length_ratio": round(median(one.wanted.length / one.unwanted.length for one in pairs), 3),
    }


def _ratio(wanted: list[int], unwanted: list[int]) -> float | None:
    return round(median(wanted) / median(unwanted), 3) if wanted and unwanted else None


def weights(wanted: int, unwanted: int) -> dict[str, float]:
    """Return LLaMA-Factory's weights by which so many wanted and unwanted answers count for about
    the same.

    Both are 1 where there are as many wanted ones, up to a third more; else the rarer ones get
    more.
    """
    chosen = rejected = 1.0
    if wanted and unwanted:
        chosen = round(max(1.0, unwanted / wanted), 2)
        rejected = round(wanted / unwanted, 2) if wanted / unwanted > MOST_WANTED else 1.0
    return {"kto_chosen_weight": chosen, "kto_rejected_weight": rejected}


def _about_pairs(told: dict[str, Any]) -> str:
    said = f"  pairs: {told['count']:,}, of which {told['swapped']:,} say the opposite of another"
    if (share := told["longer_is_better"]) is None:
        return said
    ratio = f"{told['length_ratio']:.2f}"
    often = (
        f"the longer answer is the better one in {share:.1%}, at the median {ratio} times as long"
    )
    biased = abs(share - 0.5) > max(BIASED, told["count"] ** -0.5)
    bias = "; a length bias, which a model learns too" if biased else ""
    return f"{said}\n  lengths: {often}{bias}"


def _about_labels(told: dict[str, Any]) -> Iterator[str]:
    again = f"{told['contradictory']:,} say the opposite of another"
    yield f"  labels: {told['wanted']:,} wanted and {told['unwanted']:,} unwanted, of which {again}"
    if told["length_ratio"]:
        ratio = f"{told['length_ratio']:.2f}"
        yield f"  lengths: at the median, wanted answers are {ratio} times as long as unwanted ones"
    if not (told["wanted"] and told["unwanted"]):
        yield "  all have one label, of which KTO learns little; it needs both"
    for name in ("kto_chosen_weight", "kto_rejected_weight"):
        if told[name] > 1:
            yield f"  {name}: {told[name]:g} under train: makes both count for the same"
