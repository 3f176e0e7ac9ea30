"""A model that we write loads with transformers 5 and with transformers 4, and is the same model
with both.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

from dataprep.llamafactory.runs.old_names import add_old_names

ROPE = {"rope_theta": 500_000.0, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0}
ROPE |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
ALONE = ROOT / ".venv-ppo"
"""With transformers 4."""
installed = pytest.mark.skipif(
    not (ROOT / ".venv/.ready").exists(), reason="needs the training half: make setup"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of a Llama 3, without its weights, as transformers 5 writes
    them.
    """
    from tiny import NAMES, _tokenizer
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    LlamaConfig(rope_parameters=ROPE, dtype="bfloat16").save_pretrained(tmp_path)
    made = PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(), **NAMES, extra_special_tokens=["<think>", "</think>"]
    )
    made.save_pretrained(tmp_path)
    return tmp_path


def config_of(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / name).read_text()))


@installed
def test_what_was_renamed_stands_there_by_both_names(folder: Path) -> None:
    before = config_of(folder, "config.json"), config_of(folder, "tokenizer_config.json")
    add_old_names(folder)
    config, tokenizer = config_of(folder, "config.json"), config_of(folder, "tokenizer_config.json")
    assert config.items() >= before[0].items()
    scaling = {name: value for name, value in ROPE.items() if name != "rope_theta"}
    assert (config["rope_theta"], config["rope_scaling"], config["torch_dtype"]) == (
        500_000.0,
        scaling,
        "bfloat16",
    )
    assert before[1]["tokenizer_class"] == "TokenizersBackend"
    assert tokenizer["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert tokenizer["additional_special_tokens"] == before[1]["extra_special_tokens"]


@installed
def test_transformers_5_reads_the_same_as_before(folder: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer

    config, tokenizer = AutoConfig.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    add_old_names(folder)
    again = AutoConfig.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert again[0].rope_parameters == config.rope_parameters == ROPE
    assert again[0].dtype == config.dtype
    text = "<think>Who?</think>\n谁？"
    assert again[1](text)["input_ids"] == tokenizer(text)["input_ids"]
    assert again[1].all_special_tokens == tokenizer.all_special_tokens


READ = """
import json, sys
from transformers import AutoConfig, AutoTokenizer
config = AutoConfig.from_pretrained(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
told = [config.rope_theta, config.rope_scaling["rope_type"], str(config.torch_dtype)]
print(json.dumps([*told, tokenizer.additional_special_tokens, tokenizer(sys.argv[2])["input_ids"]]))
"""


@installed
@pytest.mark.recipes
@pytest.mark.skipif(not (ALONE / ".ready").exists(), reason="needs .venv-ppo: make test-recipes")
def test_transformers_4_reads_the_same(folder: Path) -> None:
    from transformers import AutoTokenizer

    add_old_names(folder)
    text = "<think>Who?</think>"
    words = [str(ALONE / "bin/python"), "-c", READ, str(folder), text]
    told = json.loads(
        subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )
    ids = AutoTokenizer.from_pretrained(folder)(text)["input_ids"]
    assert told == [500_000.0, "llama3", "torch.bfloat16", ["<think>", "</think>"], ids]
