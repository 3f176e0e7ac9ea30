"""What LLaMA-Factory does with each row, told from the tokenizer alone: no torch, no transformers.

The templates and rules are those of LLaMA-Factory 0.9.5 (data/template.py, converter.py, processor/*.py); tests hold
them equal to the real ones. It needs the package `tokenizers` and the model's tokenizer.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dataprep.errors import DataprepError, RecordError, did_you_mean
from dataprep.model import MEDIA
from dataprep.trainer import verdict
from dataprep.trainer.chat import BOS, EOS, TEMPLATES, Mark, Slots, Template, called, told_tools
from dataprep.trainer.lint import finding
from dataprep.trainer.verdict import CRASH, CUT, DROPPED, NOTHING, WHOLE, Rules, Verdict

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Entry = Mapping[str, Any]
Message = tuple[str, Any]
"""A role by LLaMA-Factory's word for it, and a content."""

CRASHES = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a row can raise; anything else is a fault of ours."""
CUTOFF = 2048
COLUMNS = {name: column for name, column in finding.COLUMNS.items() if column}
"""What LLaMA-Factory takes where an entry has no columns, or no tags."""
INDEX = "{{idx}}"
UNASKED = "a blank question"
BLANK = "a blank answer, learnt as the end token alone"
FLIPPED = "a wanted answer that is empty, learnt as unwanted"
NUMBERED = f"'{INDEX}' in a question, where the turn's number is put"
NO_SYSTEM = "no system text, so that the template adds its own"
ALONE = "a row that is alone in its batch, so that its kl term compares it with its own answer"
TWIN = "the same answer as in the row before it, so that its kl term compares it with its own answer"
KIN = "the same question as in the row before it, so that its kl term compares it with an answer to its own question"


NOT_HAD = "is no folder here, and cannot be had from the hub; give --model PATH"


def because(error: BaseException) -> str:
    """Return an error in a few words that are the same for rows with the same fault."""
    said = re.split(r": \[|\n|, got ", str(error))[0][:80]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def special_in(tokens: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds any of these special tokens in a text."""
    names = sorted((token for token in tokens if token), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None


def model_file(model: str, name: str) -> Path | None:
    """Return a file of a model folder, or of a model by its hub name; None where it has none."""
    if Path(model).is_dir():
        path = Path(model, name)
        return path if path.is_file() else None
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        cached = try_to_load_from_cache(model, name)
        return Path(cached if isinstance(cached, str) else hf_hub_download(model, name))
    except EntryNotFoundError as error:
        if not isinstance(error, LocalEntryNotFoundError):
            return None
        raise DataprepError(f"{model}: {NOT_HAD}") from None
    except (HFValidationError, HfHubHTTPError):
        raise DataprepError(f"{model}: {NOT_HAD}") from None


def limit_of(model: str) -> int:
    """Return how many tokens the model takes, 0 where its config.json does not tell."""
    path = model_file(model, "config.json")
    config = json.loads(path.read_text(encoding="utf-8")) if path else {}
    for part in (config, config.get("text_config") or {}):
        for name in ("max_position_embeddings", "n_positions", "seq_length"):
            if isinstance(part.get(name), int):
                return int(part[name])
    return 0


# ---------------------------------------------------------------------------------------------------- the tokenizer


class Words(NamedTuple):
    """A tokenizer with the tokens that a template puts around each turn."""

    tokenizer: Tokenizer
    bos: int | None
    eos: int | None
    eos_text: str
    bos_text: str
    special: re.Pattern[str] | None
    adds_bos: bool

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of each text."""
        return [made.ids for made in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


TOKENIZER = ("tokenizer.json", "special_tokens_map.json", "tokenizer_config.json")
"""The files of a model by which its texts become tokens."""


def words_of(model: str, template: Template | None) -> Words:
    """Load a model's tokenizer and give it the template's tokens, as LLaMA-Factory does (template.py:187)."""
    from tokenizers import Tokenizer

    path = model_file(model, "tokenizer.json")
    if path is None:
        raise DataprepError(f"{model}: has no tokenizer.json, which --quick reads; run without --quick")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config = {**_settings(model, "special_tokens_map.json"), **_settings(model, "tokenizer_config.json")}
    named = {name: _text(config.get(name)) for name in ("bos_token", "eos_token", "pad_token", "unk_token")}
    named["eos_token"] = _add(tokenizer, named, template)
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    return Words(
        tokenizer,
        tokenizer.token_to_id(named["bos_token"]) if named["bos_token"] else None,
        tokenizer.token_to_id(named["eos_token"]) if named["eos_token"] else None,
        named["eos_token"],
        named["bos_token"],
        special_in({*special, *named.values()}),
        bool(config.get("add_bos_token")),
    )


def _settings(model: str, name: str) -> dict[str, Any]:
    path = model_file(model, name)
    value = json.loads(path.read_text(encoding="utf-8")) if path else {}
    return value if isinstance(value, dict) else {}


def _text(token: Any) -> str:
    return str((token.get("content") if isinstance(token, dict) else token) or "")


def _add(tokenizer: Tokenizer, named: Mapping[str, str], template: Template | None) -> str:
    """Give the tokenizer the special tokens that it has by name and the template's; return the end token."""
    from tokenizers import AddedToken

    stop = list(template.stop) if template else []
    eos = stop.pop(0) if template and template.replaces_eos else named["eos_token"] or "<|endoftext|>"
    for text in dict.fromkeys([*named.values(), eos, *stop]):
        known = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
        if text and text not in known:
            tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True)])
    return eos


# ---------------------------------------------------------------------------------------------------- the converter


class Row(NamedTuple):
    """A row as LLaMA-Factory's converter gives it to the template."""

    prompt: list[Message]
    response: list[Message]
    system: Any = ""
    tools: Any = ""
    media: tuple[str, ...] = ()

    @property
    def filled(self) -> tuple[str, ...]:
        """Return the names of the converted columns that hold something."""
        there = {"_prompt": self.prompt, "_response": self.response}
        texts = {"_system": self.system, "_tools": self.tools}
        return (
            *(name for name, value in there.items() if value),
            *(name for name, value in texts.items() if value is not None),
            *(f"_{kind}" for kind in self.media),
        )


class Converter:
    """Turns records into rows by a registry entry; `fields` are those that any record of the file has."""

    def __init__(self, entry: Entry, fields: Iterable[str]) -> None:
        self.columns: Mapping[str, str] = entry.get("columns", COLUMNS)
        self.tags: Mapping[str, str] = entry.get("tags", finding.TAGS)
        self.ranking = bool(entry.get("ranking", False))
        self.formatting = entry.get("formatting", "alpaca")
        self.fields = frozenset(fields)
        if self.formatting not in ("alpaca", "sharegpt"):
            raise DataprepError(f"--quick knows formatting alpaca and sharegpt, not '{self.formatting}'")

    def __call__(self, record: Any) -> Row:
        """Return the row of a record; raises what LLaMA-Factory would end with."""
        if not isinstance(record, dict):
            raise TypeError("is no object")
        if self.formatting == "alpaca":
            prompt, response, system = self._alpaca(record)
        else:
            prompt, response, system = self._sharegpt(record)
        return Row(prompt, response, system, self._column(record, "tools", ""), self._media(record))

    def _media(self, record: dict[str, Any]) -> tuple[str, ...]:
        return tuple(kind for kind in MEDIA if self._column(record, kind, None) not in (None, []))

    def _column(self, record: dict[str, Any], name: str, default: Any = None) -> Any:
        """Return what a column holds; raises KeyError where no record of the file has that field."""
        field = self.columns.get(name)
        if not field:
            return default
        if field not in self.fields:
            raise KeyError(field)
        return record.get(field)

    def _alpaca(self, record: dict[str, Any]) -> tuple[list[Message], list[Message], Any]:
        prompt: list[Message] = []
        history = self._column(record, "history")
        for asked, answer in history if isinstance(history, list) else []:
            prompt += [("user", asked), ("assistant", answer)]
        query = [self._column(record, name) for name in ("prompt", "query")]
        prompt.append(("user", "\n".join([text for text in query if text])))
        return prompt, self._answers(record), self._column(record, "system", "")

    def _answers(self, record: dict[str, Any]) -> list[Message]:
        label = self._column(record, "kto_tag")
        if isinstance(label, bool):
            return _labelled(("assistant", self._column(record, "response")), label)
        if self.ranking:
            pair = [self._column(record, name) for name in ("chosen", "rejected")]
            if all(isinstance(text, str) for text in pair):
                return [("assistant", text) for text in pair]
        response = self._column(record, "response")
        return [("assistant", response)] if isinstance(response, str) else []

    def _sharegpt(self, record: dict[str, Any]) -> tuple[list[Message], list[Message], Any]:
        messages = self._column(record, "messages")
        role = self.tags["role_tag"]
        if "messages" not in self.columns:
            raise KeyError(None)
        if len(messages) and self.tags.get("system_tag") and messages[0][role] == self.tags["system_tag"]:
            system, messages = messages[0].get(self.tags["content_tag"]), messages[1:]
        else:
            system = self._column(record, "system", "")
        aligned = list(self._aligned(messages))
        if len(aligned) < len(messages) or len(aligned) % 2 != self.ranking:
            return [], [], system
        return *self._parted(record, aligned), system

    def _aligned(self, messages: Iterable[Any]) -> Iterator[Message]:
        """Yield the messages up to the first that is out of order."""
        for number, message in enumerate(messages):
            name = self._role(message[self.tags["role_tag"]], number)
            if not name:
                return
            yield name, message.get(self.tags["content_tag"])

    def _role(self, tag: str, number: int) -> str:
        asks = {"user_tag": "user", "observation_tag": "observation"}
        answers = {"assistant_tag": "assistant", "function_tag": "function"}
        wanted = answers if number % 2 else asks
        found = [role for name, role in wanted.items() if self.tags.get(name) == tag]
        return found[0] if found else ""

    def _parted(self, record: dict[str, Any], aligned: list[Message]) -> tuple[list[Message], list[Message]]:
        label = self._column(record, "kto_tag")
        if isinstance(label, bool):
            return aligned[:-1], _labelled(aligned[-1], label)
        if self.ranking:
            pair = [self._column(record, name) for name in ("chosen", "rejected")]
            if all(isinstance(message, dict) for message in pair):
                return aligned, [self._chosen(message) for message in pair]
        return aligned[:-1], aligned[-1:]

    def _chosen(self, message: dict[str, Any]) -> Message:
        tag = message[self.tags["role_tag"]]
        role = self._role(tag, 1) or self._role(tag, 0) or ("system" if tag == self.tags.get("system_tag") else "")
        if not role:
            raise KeyError(tag)
        return role, message.get(self.tags["content_tag"])


def _labelled(answer: Message, wanted: bool) -> list[Message]:
    return [answer, ("assistant", "")] if wanted else [("assistant", ""), answer]


# ------------------------------------------------------------------------------------------------------- the judge


class Drawn(NamedTuple):
    """A row drawn up in the template: for each message its texts and marks, the answers apart, and the row before."""

    row: Row
    messages: list[Slots]
    answers: list[Slots]
    before: Row


@dataclass
class Judge:
    """Judges rows from their texts alone; `arguments` are LLaMA-Factory's own keys, `fields` those of the file."""

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

    # ---------------------------------------------------------------------------------------------- pre-training

    def _documents(self, rows: Sequence[Row | Verdict]) -> list[Verdict]:
        """Judge documents, each with the end token behind it (pretrain.py:28)."""
        end = "<|end_of_text|>" if self.arguments.get("template") == "llama3" else self.words.eos_text
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
        return made._replace(notes=notes(self.words.special, [text]), filled=row.filled)

    # ---------------------------------------------------------------------------------------------- conversations

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
                    f"This model does not support {kind} input. Please check whether the correct `template` is used."
                )
            return self._draw(row, before)
        except CRASHES as error:
            return Verdict(CRASH, (because(error),), filled=row.filled)

    def _draw(self, row: Row, before: Row) -> Drawn:
        answers = _asked_for(row) if self.rules.stage == "kto" else row.response
        messages = [self._slots(row, message, number) for number, message in enumerate(row.prompt)]
        return Drawn(row, messages, [self._slots(row, message, len(row.prompt)) for message in answers], before)

    def _slots(self, row: Row, message: Message, number: int) -> Slots:
        """Return the texts and marks of one message; the first has the prefix and the system text before it."""
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
        slots = {"assistant": self.template.answer, "observation": self.template.observation}.get(role)
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
        learnt = min(answers[0], kept[0][1]) if self.rules.stage != "sft" else verdict.learnt(kept, self.rules)
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
        found = notes(self.words.special, [*texts, row.system, row.tools])
        asked = [content for role, content in row.prompt if role == "user"]
        found += question_notes(asked, not self.template.system_in_question)
        if self.default_system and not row.system:
            found += (NO_SYSTEM,)
        answers = _contents(row.response)
        if self.rules.stage != "kto":
            return found + answer_notes(answers, None)
        found += answer_notes(answers, record[self._convert.columns["kto_tag"]])
        return found + kl_notes(before is row, before.prompt == row.prompt, answers, _contents(before.response))


def question_notes(texts: Sequence[str], numbered: bool) -> tuple[str, ...]:
    """Return what is to be said of questions; `numbered` says that the template puts in the turn's number."""
    found = (NUMBERED,) if numbered and any(INDEX in text for text in texts) else ()
    return found if all(text.strip() for text in texts) else (*found, UNASKED)


def answer_notes(texts: Sequence[str], wanted: bool | None) -> tuple[str, ...]:
    """Return what is to be said of blank answers; `wanted` is the label, and an empty text then only its place."""
    if wanted is None:
        return () if all(text.strip() for text in texts) else (BLANK,)
    if wanted and not any(texts):
        return (FLIPPED,)
    return () if any(text.strip() for text in texts) else (BLANK,)


def kl_notes(alone: bool, same_prompt: bool, answers: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """Return what is to be said of a labelled row whose kl term is not of an answer to another question.

    That answer is the one of the row before it in its batch, for the first the last one's (feedback.py:88). Of a row's
    `answers` one is empty and only tells the label.
    """
    if alone:
        return (ALONE,)
    if [*filter(None, answers)] == [*filter(None, before)]:
        return (TWIN,)
    return (KIN,) if same_prompt else ()


def notes(special: re.Pattern[str] | None, texts: Iterable[Any]) -> tuple[str, ...]:
    """Return which special tokens stand in these texts, to be taken for the real ones."""
    if special is None:
        return ()
    found = {token for text in texts if isinstance(text, str) for token in special.findall(text)}
    return tuple(f"special token '{token}' in the text" for token in sorted(found))


def fill(slots: Slots, **values: str) -> Slots:
    """Put the values into the slots as LLaMA-Factory does: each name's first place in each slot (formatter.py:69)."""
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


UNCOUNTED = ("tool_format", "split_special_tokens", "add_tokens", "add_special_tokens", "new_special_tokens_config")
"""LLaMA-Factory's arguments that change what stands in a row in ways that only it knows."""


def rules_of(arguments: Mapping[str, Any], stage: str) -> Rules:
    """Return what decides how a row is cut in a stage, by LLaMA-Factory's arguments and their defaults."""
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
    """Return the template that the arguments name; raises `DataprepError` for one that only LLaMA-Factory knows."""
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
