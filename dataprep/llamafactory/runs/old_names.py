"""Add the key names of transformers 4 to model files that transformers 5 wrote.

PPO's environment and many model servers run transformers 4. It cannot load a tokenizer of class
TokenizersBackend or with a list of extra tokens, and it silently ignores a rotary theta or scaling
under its new name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def add_old_names(folder: Path) -> None:
    """Add the old names of renamed keys to a model's `config.json` and `tokenizer_config.json`."""
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
