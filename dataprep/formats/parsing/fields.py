"""The meaning of fields: the many names of questions, answers and what goes with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from dataprep.errors import RecordError
from dataprep.formats.parsing import media, spoken
from dataprep.formats.parsing.belle_script import is_script
from dataprep.formats.parsing.conversation import is_cell
from dataprep.formats.parsing.spoken import Said
from dataprep.model import Example, Record, Turn

PROMPT = (
    *(
        "instruction",
        "指令",
        "prompt",
        "question",
        "questions",
        "problem",
        "ask",
        "问题",
        "提问",
        "问",
        "query",
    ),
    *("definition", "input", "inputs", "输入", "context"),
)
"""Names of a question, the surest first; `input` and `context` ask only if no other field does."""
CONTEXT = ("input", "inputs", "context", "passage", "paragraph", "输入", "上下文", "背景")
ANSWER = (
    *(
        "output",
        "response",
        "completion",
        "answer",
        "target",
        "solution",
        "canonical_solution",
        "std_answer",
        "reply",
    ),
    *("generated_solution", "outputs", "targets", "answers", "答案", "回答", "回复", "答", "输出"),
)
SYSTEM = ("system", "system_prompt", "system_message")
HISTORY = ("history",)
THOUGHT = (
    *(
        "reasoning_content",
        "reasoning",
        "thinking",
        "think",
        "thought",
        "thoughts",
        "cot",
        "chain_of_thought",
    ),
    *("complex_cot", "rationale", "思考", "思考过程"),
)
CHOSEN = (
    "chosen",
    "response_chosen",
    "chosen_response",
    "answer_chosen",
    "response_accepted",
    "accepted",
    "preferred",
    "response_j",
    "chosen_answer",
    "better_response",
    "positive_response",
    "pos_resp",
    "preferred_output",
)
REJECTED = (
    "rejected",
    "response_rejected",
    "rejected_response",
    "answer_rejected",
    "dispreferred",
    "reject",
    "response_k",
    "rejected_answer",
    "rejected_messages",
    "worse_response",
    "negative_response",
    "neg_resp",
    "non_preferred_output",
)
AGAINST = frozenset({"rejected", "rejected_response", "response_rejected", "rejected_messages"})
"""Names of a worse answer to a whole conversation, whose last answer is the better one."""
LABEL = ("kto_tag", "label")
MESSAGES = (
    *(
        "conversations",
        "conversation",
        "messages",
        "dialogue",
        "dialog",
        "turns",
        "chat",
        "items",
        "trajectory",
    ),
    "dialogue_turns",
)
RANKED = ("answers", "responses", "completions", "candidates")
SCORES = ("scores", "ranks", "rank", "ratings", "rankings", "score")

CHOICES = ("choices", "options", "a", "option_a", "choice_a", "opa")
"""Names of choices. A question needs them, so its columns must be named: `[question, A, B]`."""


class Fields(NamedTuple):
    """A record's own field names by meaning, the surest name of each meaning first.

    `asks` is the folded name of the question's field if there is an answer too, else "". `telling`
    says that values must be checked, since the record may be more than a question and an answer.
    """

    asks: str
    telling: bool
    prompt: tuple[str, ...]
    context: tuple[str, ...]
    answer: tuple[str, ...]
    title: tuple[str, ...]
    system: tuple[str, ...]
    history: tuple[str, ...]
    thought: tuple[str, ...]
    chosen: tuple[str, ...]
    rejected: tuple[str, ...]
    label: tuple[str, ...]
    messages: tuple[str, ...]
    ranked: tuple[str, ...]
    scores: tuple[str, ...]
    choices: tuple[str, ...]


def fold(name: str) -> str:
    """Return a field's name in lower case, without brackets, with `_` for spaces and hyphens."""
    return (
        name.partition("(")[0]
        .partition("（")[0]
        .strip()
        .lower()
        .replace(" ", "_")
        .replace("-", "_")
    )


def spellings(*groups: Iterable[str]) -> frozenset[str]:
    """Return all names of these groups in lower case, title case and upper case."""
    return frozenset(
        spelt for group in groups for name in group for spelt in (name, name.title(), name.upper())
    )


READS = spellings(PROMPT, CONTEXT, ANSWER, SYSTEM, HISTORY, media.NAMES)
"""The fields that `read` uses."""


def fields_of(record: Record) -> Fields:
    """Return a record's fields by meaning."""
    return _fields(tuple(record))


@lru_cache(maxsize=4096)
def _fields(names: tuple[str, ...]) -> Fields:
    own: dict[str, list[str]] = {}
    for name in names:
        own.setdefault(fold(name), []).append(name)

    def found(known: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for folded in known for name in own.get(folded, ()))

    prompt = found(PROMPT)
    context = (
        tuple(name for name in found(CONTEXT) if name != prompt[0]) if prompt else found(CONTEXT)
    )
    asking = tuple(name for name in prompt if name not in context)
    title = found(("title",)) if asking and fold(asking[0]) == "ask" else ()
    answer = tuple(name for name in found(ANSWER) if fold(name) != "answers" or "tools" not in own)
    beside = [found(known) for known in (REJECTED, LABEL, MESSAGES, RANKED, SCORES, CHOICES)]
    chosen = found(CHOSEN) or _against(beside[0], answer, messages=beside[2])
    asks = fold(asking[0]) if asking and answer and not found(THOUGHT) else ""
    telling = any(map(found, (CHOSEN, REJECTED, LABEL, MESSAGES, RANKED, CHOICES, _MARKS)))
    said = [found(known) for known in (SYSTEM, HISTORY, THOUGHT)]
    return Fields(asks, telling, asking, context, answer, title, *[*said, chosen, *beside])


def _against(
    rejected: tuple[str, ...], answer: tuple[str, ...], messages: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the implied better answer of a rejected one: the answer, or the conversation."""
    if answer or AGAINST.isdisjoint(rejected):
        return answer[:1] if rejected else ()
    return messages[:1]


_MARKS = ("instances", "prompt", "tools", "chosen_messages")


# -------------------------------------------------------------------------------------- which shape


def asks_by(record: Record) -> str:
    """Return the folded name of the question, "" if the record is not one question and answer."""
    fields = fields_of(record)
    if not fields.asks or (fields.telling and is_more(record, fields)) or is_scripted(record):
        return ""
    return fields.asks


def is_more(record: Record, fields: Fields) -> bool:
    """Return whether a record is a pair, labelled, a list of messages, or a multiple choice."""
    return bool(
        fields.choices
        or (fields.chosen and fields.rejected)
        or tells_messages(record, fields)
        or (fields.label and is_labelled(record, fields))
        or (fields.ranked and is_ranked(record, fields))
        or is_marked(record)
    )


def is_scripted(record: Record) -> bool:
    """Return whether an instruction is a whole conversation that the output answers."""
    return "output" in record and "instruction" in record and is_script(record["instruction"])


def is_marked(record: Record) -> bool:
    """Return whether a record belongs to a format with marks other than question and answer."""
    names = record.keys()
    if names >= {"query", "answers", "tools"} or names >= {"chosen_messages", "rejected_messages"}:
        return True
    prompt, instances = record.get("prompt"), record.get("instances", record.get("Instances"))
    return (
        (isinstance(prompt, dict) and "replies" in prompt)
        or isinstance(instances, list)
        or is_scripted(record)
    )


def tells_messages(record: Record, fields: Fields) -> bool:
    """Return whether a record may have messages; `turns` may also be their number."""
    return any(
        isinstance(record[name], (list, dict)) or is_cell(record[name]) for name in fields.messages
    )


def has_messages(record: Record, fields: Fields) -> bool:
    """Return whether a record has a list of messages."""
    return any(_is_listed(record[name]) for name in fields.messages)


def _is_listed(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def is_conversation(record: Record, fields: Fields) -> bool:
    """Return whether a record is a list of messages, without a pair or a label."""
    if (
        not fields.messages
        or (fields.chosen and fields.rejected)
        or is_labelled(record, fields)
        or is_marked(record)
    ):
        return False
    return has_messages(record, fields)


def is_ranked(record: Record, fields: Fields) -> bool:
    """Return whether a record has several answers with a number for each."""
    answers = record[fields.ranked[0]] if fields.ranked else None
    if not isinstance(answers, list) or len(answers) < 2:
        return False
    beside = any(isinstance(record[name], list) for name in fields.scores)
    return beside or all(
        isinstance(answer, dict) and any(name in answer for name in JUDGED) for answer in answers
    )


JUDGED = ("rank", "overall_score", "score", "rating", "pm_score")
SPOKEN = ("text", "answer", "response", "output", "content", "completion")


def is_labelled(record: Record, fields: Fields) -> bool:
    """Return whether a record has a label for its answer, readable or not."""
    return any(fold(name) == "kto_tag" or _is_switch(record[name]) for name in fields.label)


def _is_switch(value: Any) -> bool:
    return (
        value in (0, 1)
        if isinstance(value, int)
        else isinstance(value, str) and value.lower() in _TRUTH
    )


_TRUTH = {"true": True, "false": False}


def label_of(record: Record) -> bool:
    """Return a record's label, a boolean or its word; a number may be some other class."""
    name = next(iter(fields_of(record).label), "")
    if not name:
        raise RecordError("no label", "has neither 'label' nor 'kto_tag'")
    value = record[name]
    if isinstance(value, str):
        value = _TRUTH.get(value.strip().lower(), value)
    if isinstance(value, bool) or (fold(name) == "kto_tag" and value in (0, 1)):
        return bool(value)
    raise RecordError("unreadable label", f"is {_kind(value)}", at(name), expected="true or false")


# ------------------------------------------------------------------------------------------ reading


def read(record: Record) -> Example:
    """Read one question and one answer, with history, system message and media."""
    fields = fields_of(record)
    spoken_system, asked = asked_in(record, fields)
    turns = (*history_of(record, fields), *asked, *answered_in(record, fields))
    return media.attached(record, Example(turns, system_of(record, fields, spoken_system)))


def asked_in(record: Record, fields: Fields) -> Said:
    """Return the system message and the turns of the question's field, usually one turn."""
    value = record[_first(fields.prompt)]
    if isinstance(value, dict):
        value = value.get("messages", value)
    if spoken.is_said(value):
        return spoken.said(value, "user", at(fields.prompt[0]))
    return spoken.said(prompt_of(record, fields), "user", at(fields.prompt[0]))


def conversation_in(record: Record, fields: Fields) -> Said:
    """Return the system message and the turns of a record's list of messages."""
    name = next((name for name in fields.messages if _is_listed(record[name])), "")
    if not name:
        raise RecordError(
            "no messages", "expected a list of messages in 'conversations' or in 'messages'"
        )
    return spoken.said(record[name], "user", at(name))


def prompt_of(record: Record, fields: Fields) -> str:
    """Return question and context, joined by newlines; refuse two different questions."""
    asked = text_of(record, _first(fields.prompt))
    for other in fields.prompt[1:]:
        _check_same_question(asked, other, text_of(record, other))
    title = [text for name in fields.title if (text := text_of(record, name)) != asked]
    parts = [*title, asked, *[text_of(record, name) for name in fields.context]]
    return "\n".join([part for part in parts if part])


def _first(names: tuple[str, ...]) -> str:
    if not names:
        raise RecordError(
            "no question",
            "has no field that is named as one: instruction, prompt, question, query …",
        )
    return names[0]


def _check_same_question(asked: str, other: str, text: str) -> None:
    """Raise if another field asks something else; it may repeat the prompt in a template."""
    if text.strip() and text.strip() not in asked and asked.strip() not in text:
        raise RecordError(
            "two prompts",
            f"'{other}' asks something else; say which is which by columns",
            at(other),
        )


def answered_in(record: Record, fields: Fields) -> tuple[Turn, ...]:
    """Return the turns of the answer's field, usually one turn."""
    for name in fields.answer[:1]:
        if spoken.is_said(record[name]):
            return spoken.said(record[name], "assistant", at(name))[1]
    return (Turn("assistant", answer_of(record, fields)),)


def answer_of(record: Record, fields: Fields) -> str:
    """Return the longest answer, which must contain the others; refuse different answers."""
    if not fields.answer:
        raise RecordError(
            "no answer", "has no field that is named as one: output, response, answer, completion …"
        )
    if len(fields.answer) == 1:
        return text_of(record, fields.answer[0])
    texts = {name: text_of(record, name) for name in fields.answer}
    filled = {name: text for name, text in texts.items() if text and not text.isspace()}
    longest = max((filled or texts).values(), key=lambda text: len(text.strip()))
    if not all(_is_part(text.strip(), longest) for text in filled.values()):
        names = " and ".join(f"'{name}'" for name in filled)
        raise RecordError(
            "two answers", f"{names} answer differently; say which is the answer by columns"
        )
    return longest


def _is_part(text: str, whole: str) -> bool:
    """Return whether a text is part of another one, and not inside a word."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])", whole) is not None


def pair_in(record: Record, fields: Fields) -> tuple[Said, Said]:
    """Return the turns of the better and the worse answer of a pair."""
    if not fields.chosen or not fields.rejected:
        raise RecordError("no pair", "expected two answers, in 'chosen' and in 'rejected'")
    return _answer_in(record, fields.chosen[0]), _answer_in(record, fields.rejected[0])


def _answer_in(record: Record, name: str) -> Said:
    return spoken.said(record[name], "assistant", at(name))


def system_of(record: Record, fields: Fields, said: str = "") -> str:
    """Return the system text of the field or of the first message; refuse two that differ."""
    if not fields.system:
        return said
    texts = {text for text in (said, *(text_of(record, name) for name in fields.system)) if text}
    if len(texts) > 1:
        raise RecordError(
            "two system texts", "two texts that differ; keep one of them", at(fields.system[-1])
        )
    return next(iter(texts), "")


def text_of(record: Record, name: str) -> str:
    """Return a field's text, "" for null; a list or object must hold one text, as in SQuAD."""
    value = record[name]
    if isinstance(value, dict):
        value = value.get("text", value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str):
            raise RecordError("not text", f"is {_kind(text)}", at(name), expected="text")
    if len(set(texts)) > 1:
        raise RecordError(
            "several texts", f"is a list of {len(texts)} texts", at(name), expected="one"
        )
    return texts[0] if texts else ""


def _kind(value: Any) -> str:
    """Return a short name for an unexpected value."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    return f"of type {type(value).__name__}"


def at(name: str) -> str:
    """Return the JSON pointer of a field (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


# ------------------------------------------------------------------------------------------ history


def history_of(record: Record, fields: Fields) -> tuple[Turn, ...]:
    """Return the earlier rounds: pairs, objects, messages, texts in turn, or JSON of these."""
    if not fields.history:
        return ()
    return tuple(turn for name in fields.history for turn in rounds(record[name], at(name)))


def rounds(value: Any, pointer: str) -> tuple[Turn, ...]:
    """Return the turns of a history in any of its forms."""
    if isinstance(value, str) and value.strip():
        value = _parsed(value, pointer)
    if not value:
        return ()
    if not isinstance(value, list):
        raise RecordError(
            "unreadable history", f"is {_kind(value)}", pointer, expected="a list of rounds"
        )
    if spoken.are_messages(value):
        return spoken.said(value, "user", pointer)[1]
    if all(isinstance(item, str) for item in value):
        value = [value[start : start + 2] for start in range(0, len(value), 2)]
    return tuple(
        turn for number, item in enumerate(value) for turn in _round(item, f"{pointer}/{number}")
    )


def _parsed(text: str, pointer: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise RecordError(
            "unreadable history", "is a text that is not JSON", pointer, expected="a list of rounds"
        ) from None


def _round(item: Any, pointer: str) -> tuple[Turn, Turn]:
    pair = _named_pair(item) if isinstance(item, dict) else item
    if (
        not isinstance(pair, list)
        or len(pair) != 2
        or not all(isinstance(text, str) for text in pair)
    ):
        raise RecordError(
            "unreadable history", "expected a question and its answer, two texts", pointer
        )
    return Turn("user", pair[0]), Turn("assistant", pair[1])


_ASKS = {*PROMPT, "user", "human"}
_ANSWERS = {*ANSWER, "assistant", "bot", "gpt"}


def _named_pair(item: dict[str, Any]) -> list[Any]:
    asks = [value for name, value in item.items() if fold(name) in _ASKS]
    answers = [value for name, value in item.items() if fold(name) in _ANSWERS]
    return asks + answers if len(asks) == len(answers) == 1 else []
