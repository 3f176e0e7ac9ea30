"""The names by which transformers 4 knows what transformers 5 writes, in a model's files beside the
new ones.

PPO's own environment, and servers of models, run with transformers 4. There a tokenizer of class
TokenizersBackend or with a list of extra tokens does not load; and a theta or a scaling of rotary
positions that stands under its new name is not seen, without a word: the model then reads with
another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def add_old_names(folder: Path) -> None:
    """Say in a model's `config.json` and `tokenizer_config.json` by its old name too what was
    renamed.
    """
    _change(folder / "config.json", _config)
    _change(folder / "tokenizer_config.json", _tokenizer)


def _config(new: Mapping[str, Any]) -> dict[str, Any]:
    rope = new.get("rope_parameters") or {}
    old = {"torch_dtype": new.get("dtype"), "rope_theta": rope.get("rope_theta")}
    if "rope_theta" in rope and rope.get("rope_type", "default") != "default":
        old["rope_scaling"] = {name: value for name, value in rope.items() if name != "rope_theta"}
    return {**new, **{name: value for name, value in old.items() if value is not None}}


def _tokenizer(new: Mapping[str, Any]) -> dict[str, Any]:
    old = dict(new)
    if old.get("tokenizer_class") == "TokenizersBackend":
        old["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(old.get("extra_special_tokens"), list):
        old["additional_special_tokens"] = old.pop("extra_special_tokens")
    return old


def _change(path: Path, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
    if path.is_file():
        changed = change(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(changed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
