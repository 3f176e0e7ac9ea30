"""What LLaMA-Factory does with each row, by running its own parser, loader, converter, template and
processor on it.

The only module that imports LLaMA-Factory, and only when it is called. Needs the [train] extra.
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
"""The model's arguments that decide about tokens; the others need the machine that trains."""
LOADING = ("max_samples", "dataset_dir", "media_dir")
"""The data's arguments that are decided here."""
THOUGHT = "no thought, so that the template adds an empty thinking block"
LEARNT, UNLEARNT = f"{THOUGHT}, which is learnt", f"{THOUGHT}, which is not learnt"
MISSPELT = "a thought in another spelling than the template's, which is never taken out"
EARLIER_THOUGHT = "a thought in an earlier answer, which is learnt without mask_history"


class LoadError(DataprepError):
    """Say in LLaMA-Factory's words why it cannot load a data set."""

    exit_status = 1


@dataclass
class Factory:
    """LLaMA-Factory's tokenizer and template for one set of its arguments."""

    data_args: Any
    tokenizer: Any
    processor: Any
    template: Any
    stage: str
    folder: str

    @property
    def rules(self) -> Rules:
        """Return what decides how a row is cut."""
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
    """Return LLaMA-Factory's tokenizer and template; `folder` is that of the registry, from which
    media are read.

    Raises `DataprepError` where LLaMA-Factory refuses the arguments or loads no tokenizer.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # for processes come after
    from llamafactory.hparams import DataArguments, ModelArguments
    from llamafactory.model.loader import load_tokenizer

    logging.getLogger("llamafactory").setLevel(logging.CRITICAL)
    logging.getLogger("transformers").setLevel(logging.CRITICAL)
    model = arguments.get("model_name_or_path")
    try:
        data_args = DataArguments(**_known(DataArguments, arguments), dataset_dir=folder)
        if data_args.packing is None:
            data_args.packing = stage == "pt"  # as parser.py:520 does
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
    """Return the template for these arguments, and leave LLaMA-Factory's own as they are: it writes
    into them.
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
    names = {each.name for each in dataclasses.fields(cls)} - {
        *LOADING,
        "dataset",
        "eval_dataset",
        "val_size",
    }
    return {name: value for name, value in arguments.items() if name in names}


@contextmanager
def rows(factory: Factory, name: str, entry: Entry) -> Iterator[Any]:
    """Give the rows of a data set as LLaMA-Factory's loader has them, before its converter; they
    are on disk.

    Raises `LoadError` where it cannot load them.
    """
    from datasets import disable_progress_bars
    from llamafactory.data import loader

    disable_progress_bars()
    logging.getLogger("datasets").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="dataprep-") as cache:
        found = dataclasses.replace(attributes(name, entry), num_samples=None)
        model_args = _CacheOnly(cache)
        try:
            with patch.object(loader, "align_dataset", lambda dataset, *_: dataset):
                made = loader._load_single_dataset(found, model_args, factory.data_args, None)
        except _loading_errors() as error:
            raise LoadError(_innermost(error)) from None
        yield made


@dataclass
class _CacheOnly:
    """What the loader reads of the model's arguments."""

    cache_dir: str
    hf_hub_token: str | None = None
    ms_hub_token: str | None = None
    om_hub_token: str | None = None


def _loading_errors() -> tuple[type[Exception], ...]:
    from datasets.exceptions import DatasetsError

    return (DatasetsError, *CRASHES)


def _innermost(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def attributes(name: str, entry: Entry) -> Any:
    """Return how LLaMA-Factory understands a registry entry."""
    from llamafactory.data.parser import get_dataset_list

    return get_dataset_list([name], {name: dict(entry)})[0]


@dataclass
class FactoryPreprocessor:
    """Judges rows by letting LLaMA-Factory prepare each of them for training."""

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

        its = self.factory
        self._attributes = attributes(self.name, self.entry)
        self._convert = get_dataset_converter(
            self._attributes.formatting, self._attributes, its.data_args
        )
        self._template = copy.copy(its.template)
        self._processor = _get_dataset_processor(
            its.data_args, self.rules.stage, self._template, its.tokenizer, its.processor
        )
        self._infer_seqlen, self.knapsack = infer_seqlen, greedy_knapsack
        self._reasoning = isinstance(self._template, ReasoningTemplate)
        self._special = special_in([*_special_tokens(its.tokenizer), *self._template.stop_words])
        self._listen()

    def _listen(self) -> None:
        """Note what the template and the processor give, on their way through LLaMA-Factory's own
        code.
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
        """Return the verdicts on the records of one batch, in their order."""
        aligned = [self._aligned(record) for record in records]
        if self.rules.stage == "pt":
            return self._documents(aligned)
        return [self._judged(aligned, number, record) for number, record in enumerate(records)]

    def _aligned(self, record: Any) -> Aligned | RowOutcome:
        if isinstance(record, RecordError):
            return RowOutcome(CRASH, (record.reason,))
        try:
            made: Aligned = self._convert(record)
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),))
        return made

    def _judged(
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
                {name: [value] for name, value in aligned.items()}
            )
        except CRASHES as error:
            unpaired = self.rules.stage == "kto" and outcome.lacks_answer(
                _contents(self._before["_response"])
            )
            return RowOutcome(
                CRASH, (outcome.NEIGHBOUR if unpaired else because(error),), filled=_filled(aligned)
            )
        if not made or self._encoded is None:
            return self._dropped(aligned)
        return self._kept(aligned, record)

    def _dropped(self, aligned: Aligned) -> RowOutcome:
        why = outcome.dropped_because(
            len(aligned["_prompt"]), len(aligned["_response"]), self.rules.stage
        )
        return RowOutcome(DROPPED, (why or outcome.TOO_LONG,), filled=_filled(aligned))

    def _kept(self, aligned: Aligned, record: Any) -> RowOutcome:
        pairs = self._turns()
        kept = outcome.shares(pairs, self.rules, self.rules.cutoff, self._infer_seqlen)
        ids, labels = self._encoded[0], self._encoded[1]
        learnt = sum(label != -100 for label in labels)
        total = len(ids) if self.rules.stage != "rm" else max(len(ids), len(self._encoded[2]))
        fate, reasons = self._fate(aligned, pairs, kept, total, learnt)
        told = self._notes(aligned, record)
        return RowOutcome(
            fate, reasons, pairs, total, learnt, outcome.gone(pairs, kept), told, _filled(aligned)
        )

    def _turns(self) -> tuple[Pair, ...]:
        """Return the tokens of each turn: of a pair the longer answer, with a label the row's own."""
        if self.rules.stage == "rm":
            return ((self._pairs[0][0], max(answer for _, answer in self._pairs)),)
        return (self._pairs[0],) if self.rules.stage == "kto" else tuple(self._pairs)

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
        """Return the tokens up to the end of the system text, exact but for what stands before it
        in a question.
        """
        system, tools = aligned["_system"], aligned["_tools"]
        if not (system or tools or self._template.default_system):
            return 0
        tokenizer = self.factory.tokenizer
        whole = self._template._encode(tokenizer, [{"role": "user", "content": ""}], system, tools)[
            0
        ]
        bare = self._template.format_user.apply(content="", idx="0")
        return len(whole) - len(self._template._convert_elements_to_ids(tokenizer, bare))

    # --------------------------------------------------------------------------------- pre-training

    def _documents(self, batch: Sequence[Aligned | RowOutcome]) -> list[RowOutcome]:
        """Judge documents: each one's tokens by itself, and of the batch how many are in its
        blocks.
        """
        measured = [self._measured(aligned) for aligned in batch]
        lengths = [0 if isinstance(one, RowOutcome) else one for one in measured]
        kept = outcome.documents_kept(lengths, self.rules, self.rules.cutoff)
        self._check_sum(batch, measured, sum(kept))
        return [self._document(*one) for one in zip(batch, measured, kept, strict=True)]

    def _check_sum(
        self, batch: Sequence[Any], measured: Sequence[int | RowOutcome], kept: int
    ) -> None:
        """Fail loudly should LLaMA-Factory keep other tokens of the batch than we tell, which is
        our fault.
        """
        both = zip(batch, measured, strict=True)
        prompts = [aligned["_prompt"] for aligned, one in both if not isinstance(one, RowOutcome)]
        made = (
            self._processor.preprocess_dataset({"_prompt": prompts})["input_ids"] if prompts else []
        )
        assert sum(map(len, made)) == kept, (
            f"{kept} tokens kept, LLaMA-Factory keeps others: please report this"
        )

    def _measured(self, aligned: Aligned | RowOutcome) -> int | RowOutcome:
        if isinstance(aligned, RowOutcome):
            return aligned
        try:
            return self._document_length(aligned)
        except CRASHES as error:
            return RowOutcome(CRASH, (because(error),), filled=_filled(aligned))

    def _document_length(self, aligned: Aligned) -> int:
        whole = dataclasses.replace(self.factory.data_args)
        whole.cutoff_len, whole.packing = 1 << 40, False
        processor = dataclasses.replace(self._processor, data_args=whole)
        ids = processor.preprocess_dataset({"_prompt": [aligned["_prompt"]]})["input_ids"][0]
        packed = self.rules.packing and getattr(self.factory.tokenizer, "add_bos_token", False)
        return len(ids) - bool(packed)

    def _document(self, aligned: Any, length: int | RowOutcome, kept: int) -> RowOutcome:
        if isinstance(length, RowOutcome):
            return length
        prompt = aligned["_prompt"]
        made = outcome.document(length, kept, bool(aligned["_response"] or len(prompt) > 1))
        return made._replace(
            notes=token_notes(self._special, [prompt[0]["content"]]), filled=_filled(aligned)
        )

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
        if self.rules.stage != "kto":
            return found + answer_notes(_contents(response), None)
        return (
            found
            + answer_notes(_contents(response), record[self._attributes.kto_tag])
            + self._kl_notes(aligned)
        )

    def _kl_notes(self, aligned: Aligned) -> tuple[str, ...]:
        before = self._before
        answers = _contents(aligned["_response"]), _contents(before["_response"])
        return kl_notes(before is aligned, before["_prompt"] == aligned["_prompt"], *answers)

    def _thought_notes(self, aligned: Aligned) -> Iterator[str]:
        """Yield what is to be said of the thoughts in the answers that the template looks at
        (template.py:456).
        """
        all_learnt = self.rules.stage == "sft" and not self.factory.data_args.mask_history
        earlier = [message["content"] for message in aligned["_prompt"][1::2] if all_learnt]
        answers = [
            text
            for text in (*earlier, *(message["content"] for message in aligned["_response"]))
            if text
        ]
        if not all(map(self._thinks, answers)):
            yield LEARNT if self._template.enable_thinking else UNLEARNT
        if any(self._thinks(text) and not self._is_taken_out(text) for text in answers):
            yield MISSPELT
        if self._template.enable_thinking is not False and any(
            map(self._is_taken_out, filter(None, earlier))
        ):
            yield EARLIER_THOUGHT

    def _thinks(self, text: str) -> bool:
        return any(word.strip() in text for word in self._template.thought_words)

    def _is_taken_out(self, text: str) -> bool:
        """Tell whether the template knows a thought in the text, and could take it out."""
        return bool(self._template.remove_thought(text) != text.lstrip("\n"))


def _contents(messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [message["content"] for message in messages]


def _filled(aligned: Aligned) -> tuple[str, ...]:
    return tuple(name for name, value in aligned.items() if value is not None and value != [])


def _special_tokens(tokenizer: Any) -> list[str]:
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return [
        *tokenizer.all_special_tokens,
        *(token.content for token in added.values() if token.special),
    ]
