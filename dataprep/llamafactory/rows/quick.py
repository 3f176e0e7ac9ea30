"""Compute what LLaMA-Factory does with each row, from the tokenizer alone.

Same converter, templates and truncation as LLaMA-Factory, without torch or transformers; tests
compare each with the real run. Needs the package `tokenizers` and the model's tokenizer.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.llamafactory.rows import outcome
from dataprep.llamafactory.rows.converter import ConvertedRow, Converter, Entry, Message
from dataprep.llamafactory.rows.notes import (
    NO_SYSTEM,
    answer_notes,
    kl_notes,
    question_notes,
    token_notes,
)
from dataprep.llamafactory.rows.outcome import (
    CRASH,
    CRASHES,
    CUT,
    DROPPED,
    NOTHING,
    WHOLE,
    RowOutcome,
    Rules,
    because,
)
from dataprep.llamafactory.rows.tokenizer import ModelTokenizer
from dataprep.llamafactory.templates.table import (
    BOS,
    EOS,
    QUICK,
    TEMPLATES,
    Slot,
    Slots,
    Template,
    Token,
)
from dataprep.llamafactory.templates.tools import describe_tools, write_calls

CUTOFF = 2048
"""LLaMA-Factory's default `cutoff_len`, in tokens."""


class RenderedRow(NamedTuple):
    """A row rendered by the template: texts and tokens per message, its answers, and the row
    before.
    """

    row: ConvertedRow
    messages: list[Slots]
    answers: list[Slots]
    before: ConvertedRow


@dataclass
class QuickPreprocessor:
    """Computes the outcomes of rows from their texts.

    `arguments` are LLaMA-Factory's keys, `fields` all field names in the file.
    """

    arguments: Mapping[str, Any]
    entry: Entry
    rules: Rules
    fields: frozenset[str]
    tokenizer: ModelTokenizer
    _known: dict[str, list[int]] = field(default_factory=dict)

    @property
    def knapsack(self) -> Callable[[list[int], int], list[list[int]]]:
        """Return the function that packs lengths into blocks."""
        return outcome.greedy_knapsack

    @cached_property
    def template(self) -> Template:
        """Return the template that the arguments name."""
        return template_of(self.arguments)

    @cached_property
    def _convert(self) -> Converter:
        return Converter(self.entry, self.fields)

    def outcomes(self, records: Sequence[Any]) -> list[RowOutcome]:
        """Return the outcome of each record of a batch."""
        rows = [self._align(record) for record in records]
        if self.rules.stage == "pt":
            return self._documents(rows)
        rendered = [self._render(rows, number) for number in range(len(rows))]
        texts = [
            slot
            for row in rendered
            if isinstance(row, RenderedRow)
            for slots in (*row.messages, *row.answers)
            for slot in slots
            if isinstance(slot, str) and slot
        ]
        texts = list(dict.fromkeys(texts))
        self._known = dict(zip(texts, self.tokenizer.ids(texts), strict=True))
        return [self._outcome(row, record) for row, record in zip(rendered, records, strict=True)]

    def _align(self, record: Any) -> ConvertedRow | RowOutcome:
        if isinstance(record, RecordError):
            return RowOutcome(CRASH, (record.reason,))
        try:
            return self._convert(record)
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),))

    # --------------------------------------------------------------------------------- pre-training

    def _documents(self, rows: Sequence[ConvertedRow | RowOutcome]) -> list[RowOutcome]:
        """Return the outcomes of documents, each with an end token.

        See `data/processor/pretrain.py::preprocess_dataset`.
        """
        llama3 = self.arguments.get("template") == "llama3"
        end = "<|end_of_text|>" if llama3 else self.tokenizer.eos_text
        adds_bos = self.tokenizer.adds_bos and not self.rules.packing
        start = self.tokenizer.bos_text if adds_bos else ""
        checked = [_document_of(row) for row in rows]
        texts = [f"{start}{text}{end}" if isinstance(text, str) else "" for text in checked]
        lengths = [len(ids) for ids in self.tokenizer.ids(texts)]
        kept = outcome.documents_kept(lengths, self.rules, self.rules.cutoff)
        return [self._document(*one) for one in zip(rows, checked, lengths, kept, strict=True)]

    def _document(self, row: Any, text: str | RowOutcome, length: int, kept: int) -> RowOutcome:
        if isinstance(text, RowOutcome):
            return text
        found = outcome.document(length, kept, bool(row.response or len(row.prompt) > 1))
        return found._replace(notes=token_notes(self.tokenizer.special, [text]), filled=row.filled)

    # -------------------------------------------------------------------------------- conversations

    def _render(
        self, rows: Sequence[ConvertedRow | RowOutcome], number: int
    ) -> RenderedRow | RowOutcome:
        row = rows[number]
        if isinstance(row, RowOutcome):
            return row
        if why := outcome.dropped_because(len(row.prompt), len(row.response), self.rules.stage):
            return RowOutcome(DROPPED, (why,), filled=row.filled)
        before = other if isinstance(other := rows[number - 1], ConvertedRow) else row
        if self.rules.stage == "kto" and outcome.lacks_answer(_contents(before.response)):
            return RowOutcome(CRASH, (outcome.NEIGHBOUR,), filled=row.filled)
        try:
            if row.media:
                kind = row.media[0].removesuffix("s")
                raise ValueError(
                    f"This model does not support {kind} input. Please check whether the correct "
                    f"`template` is used."
                )
            return self._render_row(row, before)
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),), filled=row.filled)

    def _render_row(self, row: ConvertedRow, before: ConvertedRow) -> RenderedRow:
        answers = row.response
        if self.rules.stage == "kto":  # one of the two is an empty placeholder
            answers = [answers[0] if answers[0][1] else answers[1]]
        messages = [self._slots(row, message, number) for number, message in enumerate(row.prompt)]
        return RenderedRow(
            row,
            messages,
            [self._slots(row, message, len(row.prompt)) for message in answers],
            before,
        )

    def _slots(self, row: ConvertedRow, message: Message, number: int) -> Slots:
        """Return the texts and tokens of a message; the first follows the prefix and the system
        text.
        """
        role, content = message
        head: Slots = ()
        system = ""
        if number == 0:
            head = self.template.prefix
            system_text = row.system or self.default_system
            if system_text or row.tools:
                text = system_text + (
                    describe_tools(self.template.tools, row.tools) if row.tools else ""
                )
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
            return head + fill(self.template.function, content=write_calls(self.template, content))
        slots = {
            "assistant": self.template.assistant,
            "observation": self.template.observation,
        }.get(role)
        if slots is None:
            raise NotImplementedError(f"Unexpected role: {role}")
        return head + fill(slots, content=content)

    @cached_property
    def default_system(self) -> str:
        """Return the system text for rows without one."""
        given = self.arguments.get("default_system")
        return self.template.default_system if given is None else str(given)

    def _length(self, slots: Slots) -> int:
        return len(self._ids(slots))

    def _ids(self, slots: Slots) -> list[int]:
        found: list[int] = []
        for slot in slots:
            if isinstance(slot, Token):
                mark = {BOS: self.tokenizer.bos, EOS: self.tokenizer.eos}[slot]
                found += [] if mark is None else [mark]
            elif slot:
                found += self._known.get(slot) or self.tokenizer.ids([slot])[0]
        return found

    def _outcome(self, rendered: RenderedRow | RowOutcome, record: Any) -> RowOutcome:
        if isinstance(rendered, RowOutcome):
            return rendered
        lengths = [self._length(slots) for slots in rendered.messages]
        answers = [self._length(slots) for slots in rendered.answers]
        if self.rules.stage == "sft":
            lengths += answers
            pairs = tuple(zip(lengths[::2], lengths[1::2], strict=True))
        else:
            pairs = ((sum(lengths), max(answers)),)
        kept = outcome.shares(pairs, self.rules, self.rules.cutoff)
        fate, reasons = self._fate(rendered, pairs, kept)
        learnt = (
            min(answers[0], kept[0][1])
            if self.rules.stage != "sft"
            else outcome.learnt(kept, self.rules)
        )
        return RowOutcome(
            fate,
            reasons,
            pairs,
            sum(map(sum, kept)),
            learnt,
            outcome.gone(pairs, kept),
            self._notes(rendered.row, rendered.before, record),
            rendered.row.filled,
        )

    def _fate(
        self, rendered: RenderedRow, pairs: tuple[outcome.Pair, ...], kept: list[outcome.Pair]
    ) -> tuple[str, tuple[str, ...]]:
        if self.rules.stage == "rm":
            chosen, rejected = (self._ids(slots)[: kept[0][1]] for slots in rendered.answers)
            if chosen == rejected:
                same = rendered.answers[0] == rendered.answers[1]
                return NOTHING, (outcome.SAME if same else outcome.SAME_CUT,)
        if not outcome.learnt(kept, self.rules):
            return NOTHING, (outcome.MASKED,)
        if list(pairs) == kept:
            return WHOLE, ()
        return CUT, outcome.losses(pairs, kept, self.rules, lambda: self._system_end(rendered.row))

    def _system_end(self, row: ConvertedRow) -> int:
        if not (row.system or row.tools or self.default_system):
            return 0
        bare = fill(self.template.user, content="", idx="0")
        return self._length(self._slots(row, ("user", ""), 0)) - self._length(bare)

    def _notes(self, row: ConvertedRow, before: ConvertedRow, record: Any) -> tuple[str, ...]:
        texts = _contents([*row.prompt, *row.response])
        found = token_notes(self.tokenizer.special, [*texts, row.system, row.tools])
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
    """Fill the slots: the first occurrence of each name in each slot.

    Same as `data/formatter.py::StringFormatter.apply`.
    """
    filled: list[Slot] = []
    for slot in slots:
        if isinstance(slot, str):
            for name, value in values.items():
                if not isinstance(value, str):
                    raise RuntimeError(f"Expected a string, got {value}")
                slot = slot.replace(f"{{{{{name}}}}}", value, 1)
        filled.append(slot)
    return tuple(filled)


def _document_of(row: ConvertedRow | RowOutcome) -> str | RowOutcome:
    """Return the text that pre-training takes from a row: its first prompt."""
    if isinstance(row, RowOutcome):
        return row
    text = row.prompt[0][1] if row.prompt else None
    if isinstance(text, str):
        return text
    error = TypeError("the text is null") if row.prompt else IndexError("list index out of range")
    return RowOutcome(CRASH, (because(error),), filled=row.filled)


def _contents(messages: Sequence[Message]) -> list[Any]:
    return [content for _, content in messages]


UNCOUNTED = (
    "tool_format",
    "split_special_tokens",
    "add_tokens",
    "add_special_tokens",
    "new_special_tokens_config",
)
"""LLaMA-Factory arguments that change a row's tokens in ways only LLaMA-Factory can compute."""


def rules_of(arguments: Mapping[str, Any], stage: str) -> Rules:
    """Return the truncation rules of a stage, from LLaMA-Factory's arguments and defaults."""
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
    """Return the template that the arguments name.

    Raises `DataprepError` if only LLaMA-Factory knows it.
    """
    name = arguments.get("template")
    if name not in QUICK:
        raise DataprepError(
            f"--quick does not support the template '{name}'{did_you_mean(str(name), QUICK)}; "
            "run without --quick for any other"
        )
    for key in UNCOUNTED:
        if arguments.get(key):
            raise DataprepError(f"--quick does not support '{key}'; run without --quick")
    return TEMPLATES[str(name)]
