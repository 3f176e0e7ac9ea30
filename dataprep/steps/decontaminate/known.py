"""Which fields hold the question, the choices and the answer of the evaluation sets that people
know by name.

The names of the fields are those of the sets' own repositories, or of the same set on the Hugging
Face hub where it differs. A set that is not here is read by the same fields, or as one of the
record formats.
"""

from __future__ import annotations

from typing import NamedTuple


class ItemFields(NamedTuple):
    """Where an item says what: names of fields, or dotted paths into them. All of `question` must
    be there.

    `choices` is one field with a list, or a field for each. What `context` names is read before the
    question.
    """

    question: tuple[str, ...]
    choices: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


LETTERS = ("A", "B", "C", "D")
_ANSWERED = ItemFields(("question",), (), ("answer",))
_LETTERED = ItemFields(("question", *LETTERS), LETTERS, ("answer",))
_LISTED = ItemFields(("question", "choices"), ("choices",), ("answer",))
_KEYED = ItemFields(("question", "choices.text"), ("choices.text",), ("answerKey",))

KNOWN: dict[str, tuple[ItemFields, ...]] = {
    "agieval": (
        ItemFields(("question", "options"), ("options",), ("label", "answer"), ("passage",)),
    ),
    "alpacaeval": (ItemFields(("instruction",), (), ("output",)),),
    "arc": (
        ItemFields(("question.stem", "question.choices"), ("question.choices",), ("answerKey",)),
        _KEYED,
    ),
    "bbh": (ItemFields(("input", "target"), (), ("target",)),),
    "boolq": (ItemFields(("question", "passage"), (), ("answer",), ("passage",)),),
    "ceval": (_LETTERED,),
    "cmath": (ItemFields(("question", "golden"), (), ("golden",)), _ANSWERED),
    "cmmlu": (ItemFields(("Question", *LETTERS), LETTERS, ("Answer",)),),
    "commonsenseqa": (_KEYED,),
    "gpqa": (
        ItemFields(
            ("Question", "Correct Answer"),
            ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"),
            ("Correct Answer",),
        ),
    ),
    "gsm8k": (_ANSWERED,),
    "hellaswag": (ItemFields(("ctx", "endings"), ("endings",), ("label",)),),
    "humaneval": (ItemFields(("prompt", "canonical_solution"), (), ("canonical_solution",)),),
    "ifeval": (ItemFields(("prompt", "instruction_id_list")),),
    "math": (ItemFields(("problem",), (), ("solution", "answer")),),
    "mbpp": (
        ItemFields(("text", "code"), (), ("code",)),
        ItemFields(("prompt", "code"), (), ("code",)),
    ),
    "mmlu": (_LISTED, _LETTERED, ItemFields(("1", "6"), ("2", "3", "4", "5"), ("6",))),
    "mmlupro": (ItemFields(("question", "options"), ("options",), ("answer",)),),
    "mtbench": (
        ItemFields(("turns",), (), ("reference",)),
        ItemFields(("prompt", "prompt_id"), (), ("reference",)),
    ),
    "openbookqa": (
        ItemFields(("question_stem", "choices.text"), ("choices.text",), ("answerKey",)),
    ),
    "piqa": (ItemFields(("goal", "sol1"), ("sol1", "sol2"), ("label",)),),
    "sciq": (
        ItemFields(
            ("question", "correct_answer"),
            ("distractor1", "distractor2", "distractor3", "correct_answer"),
            ("correct_answer",),
            ("support",),
        ),
    ),
    "truthfulqa": (
        ItemFields(("Question", "Best Answer"), (), ("Best Answer",)),
        ItemFields(("question", "best_answer"), (), ("best_answer",)),
        ItemFields(("question", "mc1_targets.choices"), ("mc1_targets.choices",)),
    ),
    "winogrande": (ItemFields(("sentence", "option1"), ("option1", "option2"), ("answer",)),),
}
"""The known sets by their names, folded as `fold` does; of several shapes the first that a record
has.
"""

PLAIN = (
    ItemFields(("question",), (), ("answer",), ("passage", "context")),
    ItemFields(("turns",), (), ("reference",)),
    ItemFields(("prompt",), (), ("answer",)),
)
"""Shapes of no particular set, tried last."""


def fold(name: str) -> str:
    """Return a set's name without case and signs: `MT-bench` and `mt_bench` are `mtbench`."""
    return "".join(filter(str.isalnum, name.casefold()))
