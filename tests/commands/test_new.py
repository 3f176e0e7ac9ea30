"""A file and a model of one's own need one line, and become a recipe that is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dataprep import recipe
from dataprep.commands.new import Options, new
from dataprep.errors import DataprepError
from dataprep.llamafactory.templates.by_model import template_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with one raw file."""
    monkeypatch.chdir(tmp_path)
    write_records(3)
    return tmp_path


def write_records(count: int) -> None:
    """Write a raw file of that many records."""
    Path("faq.json").write_text(
        json.dumps([{"instruction": f"Q{n}", "output": f"A{n}"} for n in range(count)])
    )


def made(**options: object) -> recipe.Run:
    """Write the recipe of these options and read it."""
    new(Path("recipes/faq.yaml"), Options(dataset="faq.json", **options))
    return recipe.compile("recipes/faq.yaml")


def test_every_option_stands_in_the_recipe() -> None:
    found = made(
        model="Qwen/Qwen2.5-7B",
        format="alpaca",
        lora_rank=4,
        lora_alpha=9,
        epochs=2.5,
        batch_size=3,
        quantization="8bit",
        export_dir="out",
    )
    assert found.data["inputs"] == [{"path": "faq.json", "format": "alpaca"}]
    expected = {
        "model_name_or_path": "Qwen/Qwen2.5-7B",
        "template": "qwen",
        "lora_rank": 4,
        "lora_alpha": 9,
        "num_train_epochs": 2.5,
        "per_device_train_batch_size": 3,
        "quantization_bit": 8,
        "quantization_method": "bnb",
    }
    assert expected.items() <= found.train.items()
    assert found.merged == "out"


def test_every_option_may_be_left_out() -> None:
    found = made()
    assert found.train["template"] == "smollm2"
    assert (found.train["lora_rank"], found.train["lora_alpha"]) == (8, 16)
    assert "quantization_bit" not in found.train


def test_a_reasoning_model_gets_no_empty_thinking_blocks() -> None:
    assert made(model="Qwen/Qwen3-8B").train["enable_thinking"] is False


def test_a_large_enough_file_keeps_some_for_validation() -> None:
    assert made().splits == ["train"]
    write_records(500)
    Path("recipes/faq.yaml").unlink()
    assert made().splits == ["train", "val"]


def test_the_recipe_is_the_users_from_then_on() -> None:
    made(epochs=1)
    path = Path("recipes/faq.yaml")
    path.write_text(path.read_text().replace("lora_rank: 8", "lora_rank: 64"))
    assert made(epochs=1).train["lora_rank"] == 64


def test_other_options_do_not_overwrite_a_recipe() -> None:
    made(epochs=1)
    with pytest.raises(DataprepError, match=r"was not made of DATASET=faq.json EPOCHS=2; edit it"):
        made(epochs=2)
    assert recipe.compile("recipes/faq.yaml").train["num_train_epochs"] == 1


def test_a_model_of_unknown_template_is_answered_with_candidates() -> None:
    with pytest.raises(DataprepError, match=r"or TEMPLATE= with make; .*known: chatglm3"):
        made(model="someone/their-model")
    assert not Path("recipes").exists()
    assert made(model="someone/their-model", template="llama3").train["template"] == "llama3"


def test_a_template_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataprepError, match=r"^no chat template 'lama3'; did you mean 'llama3'\?"):
        made(template="lama3")
    assert not Path("recipes").exists()


@pytest.mark.parametrize(
    ("model", "template"),
    [
        ("meta-llama/Llama-2-13b-hf", "llama2"),
        ("/data/models/Meta-Llama-3.1-8B-Instruct/", "llama3"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3_nothink"),
        ("Qwen/Qwen3-4B-Thinking-2507", "qwen3"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseekr1"),
        ("01-ai/Yi-1.5-9B-Chat", "yi"),
    ],
)
def test_a_known_name_tells_the_template(model: str, template: str) -> None:
    assert template_of(model) == template


@pytest.mark.parametrize("model", ["Qwen/Qwen2-VL-7B", "gpt2", "my-model", "deepseek"])
def test_a_name_that_tells_nothing_is_not_guessed_at(model: str) -> None:
    with pytest.raises(DataprepError):
        template_of(model)
