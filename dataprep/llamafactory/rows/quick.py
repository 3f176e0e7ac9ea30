"""What LLaMA-Factory does with each row, told from the tokenizer alone: no torch, no transformers.

The templates and rules are those of LLaMA-Factory (data/template.py, converter.py, processor/*.py);
tests hold them equal to the real ones. It needs the package `tokenizers` and the model's
tokenizer.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.llamafactory.rows import verdict
from dataprep.llamafactory.rows.converter import Converter, Entry, Message, Row
from dataprep.llamafactory.rows.notes import (
    NO_SYSTEM,
    answer_notes,
    kl_notes,
    question_notes,
    token_notes,
)
from dataprep.llamafactory.rows.tokenizer import Words
from dataprep.llamafactory.rows.verdict import (
    CRASH,
    CRASHES,
    CUT,
    DROPPED,
    NOTHING,
    WHOLE,
    Rules,
    Verdict,
    because,
)
from dataprep.llamafactory.templates.chat import (
    BOS,
    EOS,
    TEMPLATES,
    Mark,
    Slots,
    Template,
    called,
    told_tools,
)

CUTOFF = 2048
"""LLaMA-Factory's own `cutoff_len`, in tokens."""


class Drawn(NamedTuple):
    """A row drawn up in the template: for each message its texts and marks, the answers apart, and
    the row before.
    """

    row: Row
    messages: list[Slots]
    answers: list[Slots]
    before: Row


@dataclass
class Judge:
    """Judges rows from their texts alone; `arguments` are LLaMA-Factory's own keys, `fields` those
    of the file.
    """

    arguments: Mapping[str, Any]
    entry: Entry
    rules: Rules
    fields: frozenset[str]
    words: Words
    _known: dict[str, list[int]] = field(default_factory=dict)

    @property
    def knapsack(self) -> Callable[[list[int], int], list[list[int]]]:
        """Return what puts lengths into blocks."""
        return verdict.greedy_knapsack

    @cached_property
    def template(self) -> Template:
        """Return the template that the arguments name."""
        return template_of(self.arguments)

    @cached_property
    def _convert(self) -> Converter:
        return Converter(self.entry, self.fields)

    def judge(self, records: Sequence[Any]) -> list[Verdict]:
        """Return the verdicts on the records of one batch, in their order."""
        rows = [self._row(record) for record in records]
        if self.rules.stage == "pt":
            return self._documents(rows)
        drawn = [self._drawn(rows, number) for number in range(len(rows))]
        self._tokenize(text for one in drawn if isinstance(one, Drawn) for text in _texts(one))
        return [self._judged(one, record) for one, record in zip(drawn, records, strict=True)]

    def _row(self, record: Any) -> Row | Verdict:
        if isinstance(record, RecordError):
            return Verdict(CRASH, (record.reason,))
        try:
            return self._convert(record)
        except CRASHES as error:
            return Verdict(CRASH, (because(error),))

    def _tokenize(self, texts: Iterable[str]) -> None:
        new = list(dict.fromkeys(texts))
        self._known = dict(zip(new, self.words.ids(new), strict=True))

    # --------------------------------------------------------------------------------- pre-training

    def _documents(self, rows: Sequence[Row | Verdict]) -> list[Verdict]:
        """Judge documents, each with the end token behind it (pretrain.py:28)."""
        end = (
            "<|end_of_text|>" if self.arguments.get("template") == "llama3" else self.words.eos_text
        )
        start = self.words.bos_text if self.words.adds_bos and not self.rules.packing else ""
        checked = [_document_of(row) for row in rows]
        texts = [f"{start}{text}{end}" if isinstance(text, str) else "" for text in checked]
        lengths = [len(ids) for ids in self.words.ids(texts)]
        kept = verdict.documents_kept(lengths, self.rules, self.rules.cutoff)
        return [self._document(*one) for one in zip(rows, checked, lengths, kept, strict=True)]

    def _document(self, row: Any, text: str | Verdict, length: int, kept: int) -> Verdict:
        if isinstance(text, Verdict):
            return text
        made = verdict.document(length, kept, bool(row.response or len(row.prompt) > 1))
        return made._replace(notes=token_notes(self.words.special, [text]), filled=row.filled)

    # -------------------------------------------------------------------------------- conversations

    def _drawn(self, rows: Sequence[Row | Verdict], number: int) -> Drawn | Verdict:
        row = rows[number]
        if isinstance(row, Verdict):
            return row
        if why := verdict.dropped_because(len(row.prompt), len(row.response), self.rules.stage):
            return Verdict(DROPPED, (why,), filled=row.filled)
        before = other if isinstance(other := rows[number - 1], Row) else row
        if self.rules.stage == "kto" and verdict.lacks_answer(_contents(before.response)):
            return Verdict(CRASH, (verdict.NEIGHBOUR,), filled=row.filled)
        try:
            if row.media:
                kind = row.media[0].removesuffix("s")
                raise ValueError(
                    f"This model does not support {kind} input. Please check whether the correct "
                    f"`template` is used."
                )
            return self._draw(row, before)
        except CRASHES as error:
            return Verdict(CRASH, (because(error),), filled=row.filled)

    def _draw(self, row: Row, before: Row) -> Drawn:
        answers = _asked_for(row) if self.rules.stage == "kto" else row.response
        messages = [self._slots(row, message, number) for number, message in enumerate(row.prompt)]
        return Drawn(
            row,
            messages,
            [self._slots(row, message, len(row.prompt)) for message in answers],
            before,
        )

    def _slots(self, row: Row, message: Message, number: int) -> Slots:
        """Return the texts and marks of one message; the first has the prefix and the system text
        before it.
        """
        role, content = message
        head: Slots = ()
        system = ""
        if number == 0:
            head = self.template.prefix
            said = row.system or self.default_system
            if said or row.tools:
                text = said + (told_tools(self.template.tools, row.tools) if row.tools else "")
                shown = fill(self.template.system, content=text)
                if self.template.system_in_question:
                    system = str(shown[0])
                else:
                    head += shown
        if role == "user" and self.template.system_in_question:
            return head + fill(self.template.user, content=system + content)
        if role == "user":
            return head + fill(self.template.user, content=content, idx=str(number // 2))
        if role == "function":
            return head + fill(self.template.call, content=called(self.template, content))
        slots = {"assistant": self.template.answer, "observation": self.template.observation}.get(
            role
        )
        if slots is None:
            raise NotImplementedError(f"Unexpected role: {role}")
        return head + fill(slots, content=content)

    @cached_property
    def default_system(self) -> str:
        """Return the system text that rows without one get."""
        own = self.arguments.get("default_system")
        return self.template.default_system if own is None else str(own)

    def _length(self, slots: Slots) -> int:
        return len(self._ids(slots))

    def _ids(self, slots: Slots) -> list[int]:
        found: list[int] = []
        for slot in slots:
            if isinstance(slot, Mark):
                mark = {BOS: self.words.bos, EOS: self.words.eos}[slot]
                found += [] if mark is None else [mark]
            elif slot:
                found += self._known.get(slot) or self.words.ids([slot])[0]
        return found

    def _judged(self, drawn: Drawn | Verdict, record: Any) -> Verdict:
        if isinstance(drawn, Verdict):
            return drawn
        lengths = [self._length(slots) for slots in drawn.messages]
        answers = [self._length(slots) for slots in drawn.answers]
        if self.rules.stage == "sft":
            lengths += answers
            pairs = tuple(zip(lengths[::2], lengths[1::2], strict=True))
        else:
            pairs = ((sum(lengths), max(answers)),)
        kept = verdict.shares(pairs, self.rules, self.rules.cutoff)
        fate, reasons = self._fate(drawn, pairs, kept)
        learnt = (
            min(answers[0], kept[0][1])
            if self.rules.stage != "sft"
            else verdict.learnt(kept, self.rules)
        )
        return Verdict(
            fate,
            reasons,
            pairs,
            sum(map(sum, kept)),
            learnt,
            verdict.gone(pairs, kept),
            self._notes(drawn.row, drawn.before, record),
            drawn.row.filled,
        )

    def _fate(
        self, drawn: Drawn, pairs: tuple[verdict.Pair, ...], kept: list[verdict.Pair]
    ) -> tuple[str, tuple[str, ...]]:
        if self.rules.stage == "rm":
            chosen, rejected = (self._ids(slots)[: kept[0][1]] for slots in drawn.answers)
            if chosen == rejected:
                same = drawn.answers[0] == drawn.answers[1]
                return NOTHING, (verdict.SAME if same else verdict.SAME_CUT,)
        if not verdict.learnt(kept, self.rules):
            return NOTHING, (verdict.MASKED,)
        if list(pairs) == kept:
            return WHOLE, ()
        return CUT, verdict.losses(pairs, kept, self.rules, lambda: self._system_end(drawn.row))

    def _system_end(self, row: Row) -> int:
        if not (row.system or row.tools or self.default_system):
            return 0
        bare = fill(self.template.user, content="", idx="0")
        return self._length(self._slots(row, ("user", ""), 0)) - self._length(bare)

    def _notes(self, row: Row, before: Row, record: Any) -> tuple[str, ...]:
        texts = _contents([*row.prompt, *row.response])
        found = token_notes(self.words.special, [*texts, row.system, row.tools])
        asked = [content for role, content in row.prompt if role == "user"]
        found += question_notes(asked, not self.template.system_in_question)
        if self.default_system and not row.system:
            found += (NO_SYSTEM,)
        answers = _contents(row.response)
        if self.rules.stage != "kto":
            return found + answer_notes(answers, None)
        found += answer_notes(answers, record[self._convert.columns["kto_tag"]])
        return found + kl_notes(
            before is row, before.prompt == row.prompt, answers, _contents(before.response)
        )


def fill(slots: Slots, **values: str) -> Slots:
    """Put the values into the slots as LLaMA-Factory does: each name's first place in each slot
    (formatter.py:69).
    """
    filled: list[str | Mark] = []
    for slot in slots:
        if isinstance(slot, str):
            for name, value in values.items():
                if not isinstance(value, str):
                    raise RuntimeError(f"Expected a string, got {value}")
                slot = slot.replace(f"{{{{{name}}}}}", value, 1)
        filled.append(slot)
    return tuple(filled)


def _document_of(row: Row | Verdict) -> str | Verdict:
    """Return the text that pre-training takes of a row, its first prompt."""
    if isinstance(row, Verdict):
        return row
    text = row.prompt[0][1] if row.prompt else None
    if isinstance(text, str):
        return text
    error = TypeError("the text is null") if row.prompt else IndexError("list index out of range")
    return Verdict(CRASH, (because(error),), filled=row.filled)


def _contents(messages: Sequence[Message]) -> list[Any]:
    return [content for _, content in messages]


def _asked_for(row: Row) -> list[Message]:
    return [row.response[0] if row.response[0][1] else row.response[1]]


def _texts(drawn: Drawn) -> Iterator[str]:
    for slots in (*drawn.messages, *drawn.answers):
        yield from (slot for slot in slots if isinstance(slot, str) and slot)


UNCOUNTED = (
    "tool_format",
    "split_special_tokens",
    "add_tokens",
    "add_special_tokens",
    "new_special_tokens_config",
)
"""LLaMA-Factory's arguments that change what stands in a row in ways that only it knows."""


def rules_of(arguments: Mapping[str, Any], stage: str) -> Rules:
    """Return what decides how a row is cut in a stage, by LLaMA-Factory's arguments and their
    defaults.
    """
    packing = arguments.get("packing") or arguments.get("neat_packing") or False
    return Rules(
        stage,
        int(arguments.get("cutoff_len", CUTOFF)) - bool(packing),
        bool(packing) if arguments.get("packing") is not None or packing else stage == "pt",
        bool(arguments.get("mask_history")) and stage == "sft",
        bool(arguments.get("train_on_prompt")) and stage == "sft",
        0,
        int(arguments.get("preprocessing_batch_size", 1000)),
    )


def template_of(arguments: Mapping[str, Any]) -> Template:
    """Return the template that the arguments name; raises `DataprepError` for one that only
    LLaMA-Factory knows.
    """
    name = arguments.get("template")
    if name not in TEMPLATES:
        raise DataprepError(
            f"--quick does not know the template '{name}'{did_you_mean(str(name), TEMPLATES)}; "
            "run without --quick for any other"
        )
    for key in UNCOUNTED:
        if arguments.get(key):
            raise DataprepError(f"--quick does not know what '{key}' does; run without --quick")
    return TEMPLATES[str(name)]
