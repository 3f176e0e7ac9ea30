"""Which fields hold the question, the choices and the answer of the evaluation sets that people
know by name.

The names of the fields are those of the sets' own repositories, or of the same set on the Hugging
Face hub where it differs. A set that is not here is read by the same fields, or as one of the
record formats.
"""

from __future__ import annotations

from typing import NamedTuple


class Fields(NamedTuple):
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
_ANSWERED = Fields(("question",), (), ("answer",))
_LETTERED = Fields(("question", *LETTERS), LETTERS, ("answer",))
_LISTED = Fields(("question", "choices"), ("choices",), ("answer",))
_KEYED = Fields(("question", "choices.text"), ("choices.text",), ("answerKey",))

KNOWN: dict[str, tuple[Fields, ...]] = {
    "agieval": (Fields(("question", "options"), ("options",), ("label", "answer"), ("passage",)),),
    "alpacaeval": (Fields(("instruction",), (), ("output",)),),
    "arc": (
        Fields(("question.stem", "question.choices"), ("question.choices",), ("answerKey",)),
        _KEYED,
    ),
    "bbh": (Fields(("input", "target"), (), ("target",)),),
    "boolq": (Fields(("question", "passage"), (), ("answer",), ("passage",)),),
    "ceval": (_LETTERED,),
    "cmath": (Fields(("question", "golden"), (), ("golden",)), _ANSWERED),
    "cmmlu": (Fields(("Question", *LETTERS), LETTERS, ("Answer",)),),
    "commonsenseqa": (_KEYED,),
    "gpqa": (
        Fields(
            ("Question", "Correct Answer"),
            ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"),
            ("Correct Answer",),
        ),
    ),
    "gsm8k": (_ANSWERED,),
    "hellaswag": (Fields(("ctx", "endings"), ("endings",), ("label",)),),
    "humaneval": (Fields(("prompt", "canonical_solution"), (), ("canonical_solution",)),),
    "ifeval": (Fields(("prompt", "instruction_id_list")),),
    "math": (Fields(("problem",), (), ("solution", "answer")),),
    "mbpp": (Fields(("text", "code"), (), ("code",)), Fields(("prompt", "code"), (), ("code",))),
    "mmlu": (_LISTED, _LETTERED, Fields(("1", "6"), ("2", "3", "4", "5"), ("6",))),
    "mmlupro": (Fields(("question", "options"), ("options",), ("answer",)),),
    "mtbench": (
        Fields(("turns",), (), ("reference",)),
        Fields(("prompt", "prompt_id"), (), ("reference",)),
    ),
    "openbookqa": (Fields(("question_stem", "choices.text"), ("choices.text",), ("answerKey",)),),
    "piqa": (Fields(("goal", "sol1"), ("sol1", "sol2"), ("label",)),),
    "sciq": (
        Fields(
            ("question", "correct_answer"),
            ("distractor1", "distractor2", "distractor3", "correct_answer"),
            ("correct_answer",),
            ("support",),
        ),
    ),
    "truthfulqa": (
        Fields(("Question", "Best Answer"), (), ("Best Answer",)),
        Fields(("question", "best_answer"), (), ("best_answer",)),
        Fields(("question", "mc1_targets.choices"), ("mc1_targets.choices",)),
    ),
    "winogrande": (Fields(("sentence", "option1"), ("option1", "option2"), ("answer",)),),
}
"""The known sets by their names, folded as `fold` does; of several shapes the first that a record
has.
"""

PLAIN = (
    Fields(("question",), (), ("answer",), ("passage", "context")),
    Fields(("turns",), (), ("reference",)),
    Fields(("prompt",), (), ("answer",)),
)
"""Shapes that nobody need know: the last that are tried."""


def fold(name: str) -> str:
    """Return a set's name without case and signs: `MT-bench` and `mt_bench` are `mtbench`."""
    return "".join(filter(str.isalnum, name.casefold()))
