"""A model's tokenizer and token limit, read from its files without torch or transformers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.llamafactory.rows.notes import special_in
from dataprep.llamafactory.templates.table import Template

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NOT_HAD = "is neither a folder nor a model that the hub can provide; give --model PATH"


def model_file(model: str, name: str) -> Path | None:
    """Return a file of a model folder or hub model, None if it has none."""
    if Path(model).is_dir():
        path = Path(model, name)
        return path if path.is_file() else None
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

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
    """Return how many tokens the model takes, 0 if its config.json does not say."""
    path = model_file(model, "config.json")
    config = json.loads(path.read_text(encoding="utf-8")) if path else {}
    for part in (config, config.get("text_config") or {}):
        for name in ("max_position_embeddings", "n_positions", "seq_length"):
            if isinstance(part.get(name), int):
                return int(part[name])
    return 0


class ModelTokenizer(NamedTuple):
    """A tokenizer with its special tokens, the template's included."""

    tokenizer: Tokenizer
    bos: int | None
    eos: int | None
    eos_text: str
    bos_text: str
    special: re.Pattern[str] | None
    adds_bos: bool

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text."""
        encoded = self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encoded]


FILES = ("tokenizer.json", "special_tokens_map.json", "tokenizer_config.json")
"""The files of a model that decide how its texts are tokenized."""


def load(model: str, template: Template | None) -> ModelTokenizer:
    """Load a model's tokenizer and add the template's tokens.

    Same as `data/template.py::fix_special_tokens`.
    """
    from tokenizers import Tokenizer

    path = model_file(model, "tokenizer.json")
    if path is None:
        raise DataprepError(
            f"{model}: has no tokenizer.json, which --quick reads; run without --quick"
        )
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config = {
        **_settings(model, "special_tokens_map.json"),
        **_settings(model, "tokenizer_config.json"),
    }
    named = {}
    for name in ("bos_token", "eos_token", "pad_token", "unk_token"):
        token = config.get(name)
        named[name] = str((token.get("content") if isinstance(token, dict) else token) or "")
    named["eos_token"] = _add_tokens(tokenizer, named, template)
    special = {
        token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special
    }
    return ModelTokenizer(
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


def _add_tokens(tokenizer: Tokenizer, named: Mapping[str, str], template: Template | None) -> str:
    """Add the model's and the template's special tokens to the tokenizer; return the end token."""
    from tokenizers import AddedToken

    stop = list(template.stop_words) if template else []
    eos = (
        stop.pop(0) if template and template.replace_eos else named["eos_token"] or "<|endoftext|>"
    )
    for text in dict.fromkeys([*named.values(), eos, *stop]):
        known = {
            token.content
            for token in tokenizer.get_added_tokens_decoder().values()
            if token.special
        }
        if text and text not in known:
            tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True)])
    return eos
