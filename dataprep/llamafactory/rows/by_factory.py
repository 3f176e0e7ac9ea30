"""Run LLaMA-Factory's own loader, converter, template and processor on each row.

LLaMA-Factory is imported only when a function is called. Needs the [train] extra.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from dataprep.errors import DataprepError, RecordError
from dataprep.llamafactory.rows import outcome
from dataprep.llamafactory.rows.notes import (
    NO_SYSTEM,
    answer_notes,
    kl_notes,
    question_notes,
    special_in,
    token_notes,
)
from dataprep.llamafactory.rows.outcome import (
    CRASH,
    CRASHES,
    CUT,
    DROPPED,
    NOTHING,
    WHOLE,
    Pair,
    RowOutcome,
    Rules,
    because,
)

Entry = Mapping[str, Any]
Aligned = dict[str, Any]
TOKENIZER_KEYS = (
    "model_name_or_path",
    "cache_dir",
    "use_fast_tokenizer",
    "resize_vocab",
    "split_special_tokens",
    "add_tokens",
    "add_special_tokens",
    "new_special_tokens_config",
    "model_revision",
    "hf_hub_token",
    "trust_remote_code",
    "image_max_pixels",
    "image_min_pixels",
    "image_do_pan_and_scan",
    "crop_to_patches",
    "video_max_pixels",
    "video_min_pixels",
    "video_fps",
    "video_maxlen",
    "audio_sampling_rate",
    "use_audio_in_video",
)
"""The model arguments that affect tokens; the others need the machine that trains."""
LOADING = ("max_samples", "dataset_dir", "media_dir")
"""The data arguments that are set here."""
THOUGHT = "no thought, so the template adds an empty thinking block"
LEARNT, UNLEARNT = f"{THOUGHT}, which is learnt", f"{THOUGHT}, which is not learnt"
MISSPELT = "a thought spelt differently from the template's, which is never removed"
EARLIER_THOUGHT = "a thought in an earlier answer, which is learnt without mask_history"


class LoadError(DataprepError):
    """LLaMA-Factory cannot load a data set; the message is its own."""

    exit_status = 1


@dataclass
class Factory:
    """LLaMA-Factory's tokenizer and template for one set of arguments."""

    data_args: Any
    tokenizer: Any
    processor: Any
    template: Any
    stage: str
    folder: str

    @property
    def rules(self) -> Rules:
        """Return the rules that truncate a row."""
        args = self.data_args
        return Rules(
            self.stage,
            args.cutoff_len,
            bool(args.packing),
            bool(args.mask_history) and self.stage == "sft",
            bool(args.train_on_prompt) and self.stage == "sft",
            int(self.template.efficient_eos and self.stage == "sft"),
            args.preprocessing_batch_size,
        )


def load(arguments: Mapping[str, Any], stage: str, folder: str) -> Factory:
    """Load LLaMA-Factory's tokenizer and template.

    `folder` is the registry's; media are read from there. Raises `DataprepError` if LLaMA-Factory
    refuses the arguments or cannot load a tokenizer.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # workers fork later
    from llamafactory.hparams import DataArguments, ModelArguments
    from llamafactory.model.loader import load_tokenizer

    logging.getLogger("llamafactory").setLevel(logging.CRITICAL)
    logging.getLogger("transformers").setLevel(logging.CRITICAL)
    model = arguments.get("model_name_or_path")
    try:
        data_args = DataArguments(**_known(DataArguments, arguments), dataset_dir=folder)
        if data_args.packing is None:
            data_args.packing = stage == "pt"  # as hparams/parser.py::get_train_args does
        loaded = load_tokenizer(
            ModelArguments(**{key: arguments[key] for key in TOKENIZER_KEYS if key in arguments})
        )
        template = _template(loaded["tokenizer"], data_args)
    except OSError as error:
        raise DataprepError(f"{model}: {error} ({error.__cause__})") from None
    except (ValueError, TypeError) as error:
        raise DataprepError(f"LLaMA-Factory refuses this: {error}") from None
    return Factory(data_args, loaded["tokenizer"], loaded["processor"], template, stage, folder)


def _template(tokenizer: Any, data_args: Any) -> Any:
    """Return the template for these arguments.

    LLaMA-Factory writes into its registered template, so a copy stands in for it.
    """
    from llamafactory.data import template

    own = {
        name: copy.copy(template.TEMPLATES[name])
        for name in [data_args.template]
        if name in template.TEMPLATES
    }
    with patch.dict(template.TEMPLATES, own):
        return template.get_template_and_fix_tokenizer(tokenizer, data_args)


def _known(cls: type, arguments: Mapping[str, Any]) -> dict[str, Any]:
    left_out = {*LOADING, "dataset", "eval_dataset", "val_size"}
    names = {field.name for field in dataclasses.fields(cls)} - left_out
    return {name: value for name, value in arguments.items() if name in names}


@contextmanager
def rows(factory: Factory, name: str, entry: Entry) -> Iterator[Any]:
    """Yield the rows of a data set as LLaMA-Factory loads them, before conversion; they stay on
    disk.

    Raises `LoadError` if it cannot load them.
    """
    from datasets import disable_progress_bars
    from datasets.exceptions import DatasetsError
    from llamafactory.data import loader

    disable_progress_bars()
    logging.getLogger("datasets").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="dataprep-") as cache:
        found = dataclasses.replace(attributes(name, entry), num_samples=None)
        model_args = _CacheOnly(cache)
        try:
            with patch.object(loader, "align_dataset", lambda dataset, *_: dataset):
                dataset = loader._load_single_dataset(found, model_args, factory.data_args, None)
        except (DatasetsError, *CRASHES) as error:
            cause: BaseException = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            message = " ".join(f"{type(cause).__name__}: {cause}".split())
            raise LoadError(message[:300]) from None
        yield dataset


@dataclass
class _CacheOnly:
    """The model arguments that the loader reads."""

    cache_dir: str
    hf_hub_token: str | None = None
    ms_hub_token: str | None = None
    om_hub_token: str | None = None


def attributes(name: str, entry: Entry) -> Any:
    """Return LLaMA-Factory's reading of a registry entry."""
    from llamafactory.data.parser import get_dataset_list

    return get_dataset_list([name], {name: dict(entry)})[0]


@dataclass
class FactoryPreprocessor:
    """Preprocesses rows with LLaMA-Factory's own processor and reports each row's outcome."""

    factory: Factory
    name: str
    entry: Entry
    rules: Rules
    _pairs: list[Pair] = field(default_factory=list)
    _encoded: Any = None
    _before: Aligned = field(default_factory=dict)

    def __post_init__(self) -> None:
        from llamafactory.data.converter import get_dataset_converter
        from llamafactory.data.loader import _get_dataset_processor
        from llamafactory.data.processor.processor_utils import greedy_knapsack, infer_seqlen
        from llamafactory.data.template import ReasoningTemplate

        args, tokenizer = self.factory.data_args, self.factory.tokenizer
        self._attributes = attributes(self.name, self.entry)
        self._convert = get_dataset_converter(self._attributes.formatting, self._attributes, args)
        self._template = copy.copy(self.factory.template)
        self._processor = _get_dataset_processor(
            args, self.rules.stage, self._template, tokenizer, self.factory.processor
        )
        self._infer_seqlen, self.knapsack = infer_seqlen, greedy_knapsack
        self._reasoning = isinstance(self._template, ReasoningTemplate)
        added = getattr(tokenizer, "added_tokens_decoder", {}).values()
        self._special = special_in(
            [
                *tokenizer.all_special_tokens,
                *(token.content for token in added if token.special),
                *self._template.stop_words,
            ]
        )
        self._listen()

    def _listen(self) -> None:
        """Wrap the template and the processor, to record the tokens of each turn and the encoded
        row.
        """
        encode_multiturn, encode_oneturn = (
            self._template.encode_multiturn,
            self._template.encode_oneturn,
        )
        encode: Any = getattr(self._processor, "_encode_data_example", None)

        def multiturn(*args: Any, **kwargs: Any) -> Any:
            pairs = encode_multiturn(*args, **kwargs)
            self._pairs += [(len(source), len(target)) for source, target in pairs]
            return pairs

        def oneturn(*args: Any, **kwargs: Any) -> Any:
            prompt, response = encode_oneturn(*args, **kwargs)
            self._pairs.append((len(prompt), len(response) + self._template.efficient_eos))
            return prompt, response

        def encoded(**kwargs: Any) -> Any:
            if "kl_response" in kwargs:
                kwargs["kl_response"] = self._before["_response"]
            self._encoded = encode(**kwargs)
            return self._encoded

        self._template.encode_multiturn, self._template.encode_oneturn = multiturn, oneturn
        if encode:
            self._processor._encode_data_example = encoded

    def outcomes(self, records: Sequence[Any]) -> list[RowOutcome]:
        """Return the outcome of each record of a batch."""
        batch = [self._align(record) for record in records]
        if self.rules.stage == "pt":
            return self._documents(batch)
        return [self._outcome(batch, number, record) for number, record in enumerate(records)]

    def _align(self, record: Any) -> Aligned | RowOutcome:
        if isinstance(record, RecordError):
            return RowOutcome(CRASH, (record.reason,))
        try:
            aligned: Aligned = self._convert(record)
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),))
        return aligned

    def _outcome(
        self, batch: Sequence[Aligned | RowOutcome], number: int, record: Any
    ) -> RowOutcome:
        aligned, before = batch[number], batch[number - 1]
        if isinstance(aligned, RowOutcome):
            return aligned
        self._pairs.clear()
        self._encoded = None
        self._before = aligned if isinstance(before, RowOutcome) else before
        try:
            made = self._processor.preprocess_dataset(
                {column: [value] for column, value in aligned.items()}
            )
        except CRASHES as error:
            unpaired = self.rules.stage == "kto" and outcome.lacks_answer(
                _contents(self._before["_response"])
            )
            return RowOutcome(
                CRASH, (outcome.NEIGHBOUR if unpaired else because(error),), filled=_filled(aligned)
            )
        if not made or self._encoded is None:
            why = outcome.dropped_because(
                len(aligned["_prompt"]), len(aligned["_response"]), self.rules.stage
            )
            return RowOutcome(DROPPED, (why or outcome.TOO_LONG,), filled=_filled(aligned))
        return self._kept(aligned, record)

    def _kept(self, aligned: Aligned, record: Any) -> RowOutcome:
        if self.rules.stage == "rm":  # the longer answer of the pair
            pairs: tuple[Pair, ...] = (
                (self._pairs[0][0], max(answer for _, answer in self._pairs)),
            )
        else:  # kto encodes its KL answer too, after the row's own
            pairs = tuple(self._pairs[:1] if self.rules.stage == "kto" else self._pairs)
        kept = outcome.shares(pairs, self.rules, self.rules.cutoff, self._infer_seqlen)
        ids, labels = self._encoded[0], self._encoded[1]
        learnt = sum(label != -100 for label in labels)
        total = len(ids) if self.rules.stage != "rm" else max(len(ids), len(self._encoded[2]))
        fate, reasons = self._fate(aligned, pairs, kept, total, learnt)
        notes = self._notes(aligned, record)
        return RowOutcome(
            fate, reasons, pairs, total, learnt, outcome.gone(pairs, kept), notes, _filled(aligned)
        )

    def _fate(
        self, aligned: Aligned, pairs: tuple[Pair, ...], kept: list[Pair], total: int, learnt: int
    ) -> tuple[str, tuple[str, ...]]:
        if self.rules.stage == "rm" and self._encoded[0] == self._encoded[2]:
            chosen, rejected = aligned["_response"]
            return NOTHING, (outcome.SAME if chosen == rejected else outcome.SAME_CUT,)
        if not learnt:
            return NOTHING, (outcome.MASKED,)
        if total == sum(map(sum, pairs)) + self.rules.ends:
            return WHOLE, ()
        return CUT, outcome.losses(pairs, kept, self.rules, lambda: self._system_end(aligned))

    def _system_end(self, aligned: Aligned) -> int:
        """Return the number of tokens up to the end of the system text.

        It counts what precedes the system text in the question too.
        """
        system, tools = aligned["_system"], aligned["_tools"]
        if not (system or tools or self._template.default_system):
            return 0
        tokenizer, question = self.factory.tokenizer, {"role": "user", "content": ""}
        (whole,) = self._template._encode(tokenizer, [question], system, tools)
        bare = self._template.format_user.apply(content="", idx="0")
        return len(whole) - len(self._template._convert_elements_to_ids(tokenizer, bare))

    # --------------------------------------------------------------------------------- pre-training

    def _documents(self, batch: Sequence[Aligned | RowOutcome]) -> list[RowOutcome]:
        """Return the outcomes of documents.

        Each document's tokens are counted alone; the batch decides how many of them fill blocks.
        """
        measured = [self._length(aligned) for aligned in batch]
        lengths = [0 if isinstance(one, RowOutcome) else one for one in measured]
        kept = outcome.documents_kept(lengths, self.rules, self.rules.cutoff)
        self._check_sum(batch, measured, sum(kept))
        return [self._document(*one) for one in zip(batch, measured, kept, strict=True)]

    def _check_sum(
        self, batch: Sequence[Any], measured: Sequence[int | RowOutcome], kept: int
    ) -> None:
        """Assert that LLaMA-Factory keeps as many tokens of the batch as the outcomes say."""
        both = zip(batch, measured, strict=True)
        prompts = [aligned["_prompt"] for aligned, one in both if not isinstance(one, RowOutcome)]
        made = self._processor.preprocess_dataset({"_prompt": prompts}) if prompts else {}
        assert sum(map(len, made.get("input_ids", []))) == kept, (
            f"{kept} tokens kept, but LLaMA-Factory keeps another number: please report this"
        )

    def _length(self, aligned: Aligned | RowOutcome) -> int | RowOutcome:
        if isinstance(aligned, RowOutcome):
            return aligned
        whole = dataclasses.replace(self.factory.data_args)
        whole.cutoff_len, whole.packing = 1 << 40, False
        processor = dataclasses.replace(self._processor, data_args=whole)
        try:
            ids = processor.preprocess_dataset({"_prompt": [aligned["_prompt"]]})["input_ids"][0]
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),), filled=_filled(aligned))
        packed = self.rules.packing and getattr(self.factory.tokenizer, "add_bos_token", False)
        return len(ids) - bool(packed)

    def _document(self, aligned: Any, length: int | RowOutcome, kept: int) -> RowOutcome:
        if isinstance(length, RowOutcome):
            return length
        prompt = aligned["_prompt"]
        found = outcome.document(length, kept, bool(aligned["_response"] or len(prompt) > 1))
        notes = token_notes(self._special, [prompt[0]["content"]])
        return found._replace(notes=notes, filled=_filled(aligned))

    # ---------------------------------------------------------------------------------------- notes

    def _notes(self, aligned: Aligned, record: Any) -> tuple[str, ...]:
        from llamafactory.data.template import Llama2Template

        prompt, response = aligned["_prompt"], aligned["_response"]
        texts = _contents([*prompt, *response])
        found = token_notes(self._special, [*texts, aligned["_system"], aligned["_tools"]])
        asked = [message["content"] for message in prompt if message["role"] == "user"]
        found += question_notes(asked, not isinstance(self._template, Llama2Template))
        if self._template.default_system and not aligned["_system"]:
            found += (NO_SYSTEM,)
        if self._reasoning:
            found += tuple(self._thought_notes(aligned))
        answers = _contents(response)
        if self.rules.stage != "kto":
            return found + answer_notes(answers, None)
        before = self._before
        return (
            found
            + answer_notes(answers, record[self._attributes.kto_tag])
            + kl_notes(
                before is aligned,
                before["_prompt"] == prompt,
                answers,
                _contents(before["_response"]),
            )
        )

    def _thought_notes(self, aligned: Aligned) -> Iterator[str]:
        """Yield notes on the thoughts in the answers that the template processes.

        See `data/template.py::ReasoningTemplate.encode_multiturn`.
        """
        all_learnt = self.rules.stage == "sft" and not self.factory.data_args.mask_history
        earlier = _contents(aligned["_prompt"][1::2]) if all_learnt else []
        answers = [text for text in (*earlier, *_contents(aligned["_response"])) if text]
        words = [word.strip() for word in self._template.thought_words]
        thinks = [any(word in text for word in words) for text in answers]
        if not all(thinks):
            yield LEARNT if self._template.enable_thinking else UNLEARNT
        if any(
            thinking and not self._is_removable(text)
            for text, thinking in zip(answers, thinks, strict=True)
        ):
            yield MISSPELT
        if self._template.enable_thinking is not False and any(
            map(self._is_removable, filter(None, earlier))
        ):
            yield EARLIER_THOUGHT

    def _is_removable(self, text: str) -> bool:
        """Tell whether the template recognises a thought in the text and can remove it."""
        return bool(self._template.remove_thought(text) != text.lstrip("\n"))


def _contents(messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [message["content"] for message in messages]


def _filled(aligned: Aligned) -> tuple[str, ...]:
    return tuple(name for name, value in aligned.items() if value is not None and value != [])
