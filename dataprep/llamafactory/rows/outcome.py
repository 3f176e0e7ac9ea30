"""The outcome of a row, and the arithmetic by which LLaMA-Factory truncates it to the cutoff."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

WHOLE, CUT, NOTHING, DROPPED, CRASH = FATES = (
    "kept whole",
    "cut",
    "nothing to learn",
    "dropped",
    "crash",
)
CRASHES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Errors that a row can cause; any other error is a bug in dataprep."""

PROMPT_END = "the end of the prompt with the assistant header"
ANSWER_END = "the end of the answer with the end token"
ANSWER_PART = "the end of the answer"
LATER, EARLIER = "later turns", "earlier turns"
SYSTEM = "system text"
TEXT_END = "the end of the text"
ALL_BUT_FIRST = "all after the first prompt"
BEHIND = "after the last full block of its batch"
MASKED = "all labels are ignored"
SAME, SAME_CUT = (
    "chosen and rejected are the same",
    "chosen and rejected are the same after the cut",
)
OUT_OF_ORDER = "turns out of order"
NO_ANSWER = "no text answer"
NO_PAIR = "no chosen and rejected answer"
NO_LABEL = "no label of true or false"
PAIR = "a pair or a labelled answer in stage sft"
TOO_LONG = "longer than a packed block"
NEIGHBOUR = "the row before it is dropped, and its answer is needed"

Pair = tuple[int, int]
"""The tokens of a prompt and of its answer."""


class Rules(NamedTuple):
    """The LLaMA-Factory arguments that truncate a row; lengths are in tokens.

    `stage` is pt, sft, rm or kto. `cutoff` is the room for a row, one less than `cutoff_len` if
    rows are packed. `from_last` fills it from the last turn on (`mask_history`), `ends` is the
    number of tokens that the template adds after all turns, `batch` the number of rows that
    LLaMA-Factory preprocesses together.
    """

    stage: str = "sft"
    cutoff: int = 2048
    packing: bool = False
    from_last: bool = False
    on_prompt: bool = False
    ends: int = 0
    batch: int = 1000


class RowOutcome(NamedTuple):
    """The outcome of a row and its reasons, the tokens of each turn, and the tokens kept and
    learnt.

    `pairs` are counted before truncation, `kept` and `learnt` after it; `gone` numbers the lost
    turns from 1. `notes` are remarks on a row that is trained on; `filled` names its converted
    columns that have a value.
    """

    fate: str
    reasons: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    kept: int = 0
    learnt: int = 0
    gone: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def prompt(self) -> int:
        """Return the number of tokens in all prompts."""
        return sum(prompt for prompt, _ in self.pairs)

    @property
    def answer(self) -> int:
        """Return the number of tokens in all answers."""
        return sum(answer for _, answer in self.pairs)


def because(error: BaseException) -> str:
    """Summarise an error in a few words, the same for all rows with the same fault."""
    message = re.split(r": \[|\n|, got ", str(error))[0][:80]
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def infer_seqlen(source: int, target: int, cutoff: int) -> Pair:
    """Return how many tokens of a prompt and its answer are kept.

    Same as `data/processor/processor_utils.py::infer_seqlen`.
    """
    if 2 * target < cutoff:
        room = cutoff
    elif 2 * source < cutoff:
        room = cutoff - source
    else:
        room = int(cutoff * (target / (source + target)))
    kept = min(room, target)
    return min(max(cutoff - kept, 0), source), kept


def greedy_knapsack(lengths: Iterable[int], capacity: int) -> list[list[int]]:
    """Pack lengths into blocks, each time the longest that fits.

    Same as `data/processor/processor_utils.py::greedy_knapsack`.
    """
    left = sorted(lengths)
    blocks = []
    while left and left[0] <= capacity:
        room, block = capacity, []
        while (place := bisect(left, room)) > 0:
            block.append(left.pop(place - 1))
            room -= block[-1]
        blocks.append(block)
    return blocks


def shares(
    pairs: Sequence[Pair],
    rules: Rules,
    cutoff: int,
    seqlen: Callable[[int, int, int], Pair] = infer_seqlen,
) -> list[Pair]:
    """Return the tokens kept of each turn's prompt and answer, (0, 0) for a turn without room."""
    kept = [(0, 0)] * len(pairs)
    used = rules.ends
    turns = range(len(pairs))
    for turn in reversed(turns) if rules.from_last else turns:
        if used >= cutoff:
            break
        kept[turn] = seqlen(*pairs[turn], cutoff - used)
        used += sum(kept[turn])
    return kept


def kept_at(pairs: Sequence[Pair], rules: Rules, cutoff: int) -> int:
    """Return how many tokens of a row are kept at a cutoff."""
    total = sum(map(sum, pairs)) + rules.ends
    if total <= cutoff:
        return total
    if rules.stage == "pt":
        return cutoff
    return sum(map(sum, shares(pairs, rules, cutoff))) + rules.ends


def documents_kept(lengths: Sequence[int], rules: Rules, cutoff: int) -> list[int]:
    """Return how many tokens are kept of each document of a batch in pre-training.

    If packed, the documents are joined and cut into blocks, and a rest that fills no block is lost
    (`data/processor/pretrain.py::preprocess_dataset`).
    """
    if not rules.packing:
        return [min(length, cutoff) for length in lengths]
    left = sum(lengths) // cutoff * cutoff
    kept = []
    for length in lengths:
        kept.append(min(length, left))
        left -= kept[-1]
    return kept


def document(length: int, kept: int, first_only: bool) -> RowOutcome:
    """Return the outcome of a document of `length` tokens; `first_only` if the row has more than
    one text.
    """
    reasons: tuple[str, ...] = (ALL_BUT_FIRST,) if first_only else ()
    pairs = ((0, length),)
    if length and not kept:
        return RowOutcome(DROPPED, (*reasons, BEHIND), pairs)
    reasons += (TEXT_END,) if kept < length else ()
    return RowOutcome(CUT if reasons else WHOLE, reasons, pairs, kept, kept)


def losses(
    pairs: Sequence[Pair], kept: Sequence[Pair], rules: Rules, system_end: Callable[[], int]
) -> tuple[str, ...]:
    """Return what truncation removes, in words.

    `system_end` counts the tokens up to the end of the system text.
    """
    found = []
    remaining = [
        (turn, left) for turn, left in zip(pairs, kept, strict=True) if any(left) or not any(turn)
    ]
    if any(left[0] < turn[0] for turn, left in remaining):
        found.append(PROMPT_END)
    if any(left[1] < turn[1] for turn, left in remaining):
        found.append(ANSWER_PART if rules.ends else ANSWER_END)
    if gone(pairs, kept):
        found.append(EARLIER if rules.from_last else LATER)
    if kept and kept[0][0] < pairs[0][0] and kept[0][0] < system_end():
        found.append(SYSTEM)
    return tuple(found)


def gone(pairs: Sequence[Pair], kept: Sequence[Pair]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the turns that are lost entirely."""
    both = zip(pairs, kept, strict=True)
    return tuple(
        number for number, (turn, left) in enumerate(both, 1) if any(turn) and not any(left)
    )


def learnt(kept: Sequence[Pair], rules: Rules) -> int:
    """Return how many tokens are learnt, for templates that end each answer themselves."""
    answers = kept[-1:] if rules.from_last else kept
    return sum(answer for _, answer in answers) + (
        sum(prompt for prompt, _ in kept) if rules.on_prompt else 0
    )


def dropped_because(prompt: int, response: int, stage: str) -> str:
    """Return why a row with so many prompt turns and answers is dropped, "" if it is kept.

    See `preprocess_dataset` in each module of `data/processor`.
    """
    if stage == "rm" and response == 1:  # the last question in place of a pair
        return NO_PAIR
    if prompt % 2 != 1:
        return OUT_OF_ORDER
    if stage == "sft" and response != 1:
        return NO_ANSWER if response == 0 else PAIR
    if stage in ("rm", "kto") and response < 2:
        return NO_PAIR if stage == "rm" else NO_LABEL
    return ""


def lacks_answer(answers: Sequence[str]) -> bool:
    """Tell whether a row leaves the next row in its batch without an answer to compare with.

    See `data/processor/feedback.py::_encode_data_example`.
    """
    return len(answers) < 2 and not any(answers)
