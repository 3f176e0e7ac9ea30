"""LLaMA-Factory still does what the recipe check says of it: its parser is asked, its loader and
templates run.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from commandline import GOOD, good, run, write
from tiny import make_model

from dataprep.llamafactory import parser as factory
from dataprep.llamafactory.templates import table

pytest.importorskip("llamafactory", reason="needs the training half: make setup")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore"),
]  # the warnings of LLaMA-Factory's own imports

BASE = {
    "model_name_or_path": "some/model",
    "template": "qwen",
    "stage": "sft",
    "finetuning_type": "lora",
    "do_train": True,
    "dataset": "mine",
    "dataset_dir": "data",
    "output_dir": "out",
}
EXPORT = {
    "model_name_or_path": "some/model",
    "adapter_name_or_path": "a",
    "export_dir": "b",
    "template": "qwen",
}
RECIPE = """\
data:
  inputs: [good.jsonl]
  output: {format: sharegpt}
train:
  {model_name_or_path: some/model, template: qwen, stage: sft, finetuning_type: lora}
export:
  {export_size: 1}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with one raw file and a recipe."""
    monkeypatch.chdir(tmp_path)
    write("good.jsonl", *GOOD)
    Path("mine.yaml").write_text(RECIPE)
    return tmp_path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that is made on the spot, whose tokenizer has no chat template."""
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


def refused(arguments: dict[str, Any]) -> list[factory.Refusal]:
    return list(factory.refusals("train", BASE | arguments))


# ------------------------------------------------------------------------------------------- parser


def test_the_parser_is_asked_until_it_has_told_all() -> None:
    found = refused(
        {"lr": 1, "train_on_prompt": True, "mask_history": True, "optim": "fast", "streaming": True}
    )
    assert [refusal.key for refusal in found] == ["mask_history", "optim", "lr", "streaming"]
    assert (
        found[-1].message
        == "LLaMA-Factory refuses it: Please specify `max_steps` in streaming mode."
    )


def test_nothing_is_said_of_arguments_that_it_takes() -> None:
    assert refused({}) == []
    assert list(factory.refusals("export", EXPORT)) == []


def test_an_export_is_asked_as_one() -> None:
    (found,) = factory.refusals("export", EXPORT | {"bf16": False})
    assert found.key == "bf16"


def test_what_only_this_machine_lacks_is_told_as_such() -> None:
    (package,) = refused({"enable_liger_kernel": True})
    assert (package.key, package.here_only) == ("enable_liger_kernel", True)
    if find_spec("flash_attn") is None:
        assert [(found.key, found.here_only) for found in refused({"flash_attn": "fa2"})] == [
            ("flash_attn", True)
        ]
    import torch

    if not torch.cuda.is_available():
        assert [(found.key, found.here_only) for found in refused({"bf16": True})] == [
            ("bf16", True)
        ]
        assert refused({"bf16": True, "use_cpu": True}) == []


def test_asking_leaves_logging_and_the_environment_as_they_were() -> None:
    before = logging.root.manager.disable, os.environ.get("LLAMAFACTORY_VERBOSITY")
    refused({"lr": 1})
    assert (logging.root.manager.disable, os.environ.get("LLAMAFACTORY_VERBOSITY")) == before


REFUSED: list[dict[str, Any]] = [
    {"quantization_bit": 4, "finetuning_type": "full"},
    {"quantization_bit": 4, "finetuning_type": "freeze"},
    {"quantization_bit": 4, "pissa_init": True},
    {"quantization_bit": 4, "resize_vocab": True},
    {"quantization_bit": 4, "fp8": True, "use_cpu": True},
    {"quantization_device_map": "auto"},
    {"stage": "dpo", "pref_loss": "orpo", "dpo_label_smoothing": 0.1},
    {"stage": "dpo", "pissa_init": True},
    {"stage": "kto", "pissa_init": True},
    {"stage": "kto", "mask_history": True},
    {"stage": "kto", "train_on_prompt": True},
    {"stage": "kto", "neat_packing": True},
    {"stage": "kto", "predict_with_generate": True},
    {"mask_history": True, "train_on_prompt": True},
    {"eval_strategy": "steps"},
    {"do_eval": True},
    {"do_predict": True, "val_size": 0.1},
    {"val_size": 0.1, "eval_dataset": "other"},
    {"streaming": True},
    {"streaming": True, "max_steps": 5, "val_size": 0.1},
    {"streaming": True, "max_steps": 5, "max_samples": 5},
    {"interleave_probs": "0.5,0.5"},
    {"interleave_probs": "0.5,0.5", "mix_strategy": "interleave_under"},
    {"finetuning_type": "full", "use_dora": True},
    {"finetuning_type": "full", "use_rslora": True},
    {"finetuning_type": "full", "use_llama_pro": True},
    {"use_galore": True},
    {"stage": "rm", "load_best_model_at_end": True},
    {"stage": "ppo"},
    {"infer_backend": "vllm"},
    {"evaluation_strategy": "steps"},
    {"save_safetensors": True},
    {"group_by_length": True},
    {"no_cuda": True},
    {"new_special_tokens": "a"},
    {"visual_inputs": True},
]


@pytest.mark.parametrize("arguments", REFUSED, ids=str)
def test_the_parser_still_refuses_it(arguments: dict[str, Any]) -> None:
    assert [found for found in refused(arguments) if not found.here_only]


SILENT: list[dict[str, Any]] = [
    {"quantization_method": "bitsandbytes", "quantization_bit": 4},
    {"quantization_method": "gptq", "quantization_bit": 4},
    {"quantization_method": "bnb"},
    {"quantization_bit": 3},
    {"stage": "dpo", "pref_loss": "ipo"},
    {"stage": "dpo", "pref_loss": "xyz"},
    {"stage": "sft", "pref_loss": "orpo"},
    {"template": None},
    {"template": "no_such"},
    {"max_samples": 10},
    {"val_size": 0.1},
    {"tokenized_path": "x"},
    {"packing": True},
    {"stage": "dpo", "packing": True},
    {"flash_attn": "fa3"},
    {"dataset": "a,a"},
    {"early_stopping_steps": 3},
    {"do_train": False},
    {"max_steps": 5, "num_train_epochs": 3},
    {"use_dft_loss": True, "use_asft_loss": True},
    {"streaming": True, "max_steps": 5},
    {"model_name_or_path": "${oc.env:HOME}"},
    {"finetuning_type": "full", "lora_rank": 8},
    {"galore_rank": 8},
    {"cutoff_len": 10_000_000},
]


@pytest.mark.parametrize("arguments", SILENT, ids=str)
def test_the_parser_still_has_nothing_against_it(arguments: dict[str, Any]) -> None:
    assert refused(arguments) == []


def test_quantization_beside_an_export_is_still_let_through_to_the_merging() -> None:
    assert list(factory.refusals("export", EXPORT | {"quantization_bit": 4})) == []


# -------------------------------------------------------------------------------------- the command


def test_the_command_passes_the_parsers_words_on_with_the_line() -> None:
    Path("mine.yaml").write_text(RECIPE.replace("lora}", "lora,\n   load_best_model_at_end: true}"))
    told = run("recipe check mine.yaml")
    assert told.exit_code == 2
    assert told.stdout.startswith(
        "mine.yaml:6: /train/load_best_model_at_end: LLaMA-Factory refuses it: --load_best_"
    )


def test_what_the_tables_know_is_told_once() -> None:
    told = run(
        "recipe check mine.yaml finetuning_type=full quantization_bit=4 train_on_prompt=true "
        "mask_history=true"
    )
    assert {line.split(": ")[0] for line in told.stdout.splitlines()[:-1]} == {
        "quantization_bit=4",
        "mask_history=true",
    }


def test_a_recipe_that_is_well_passes_the_parser_too() -> None:
    assert good("recipe check mine.yaml") == "mine.yaml: no problems found\n"
    assert good("recipe check --quiet mine.yaml") == ""


# -------------------------------------------------------------------------- what it does in silence


def test_the_table_of_templates_is_that_of_the_installed_version() -> None:
    from dataprep.llamafactory.templates.generate import text

    assert table.TABLE.read_text(encoding="utf-8") == text()


def test_templates_of_one_family_mark_turns_alike() -> None:
    assert table.have_same_markers("qwen3", "chatml")
    assert not table.have_same_markers("qwen3", "llama3")
    assert not table.have_same_markers("qwen3", "no template")


@pytest.mark.parametrize(
    ("method", "quantized"),
    [("bnb", True), *((name, False) for name in ("bitsandbytes", "gptq", "awq", "fp8"))],
)
def test_another_method_than_three_loads_the_model_unquantized(
    method: str, quantized: bool
) -> None:
    from llamafactory.hparams import get_train_args
    from llamafactory.model.model_utils.quantization import configure_quantization

    model, *_ = get_train_args(
        {**BASE, "quantization_bit": 4, "quantization_method": method, "report_to": "none"}
    )
    arguments: dict[str, Any] = {}
    configure_quantization(SimpleNamespace(), None, model, True, arguments)
    assert ("quantization_config" in arguments) is quantized


def test_the_loss_of_a_preference_run_is_sigmoid_whatever_is_said() -> None:
    from llamafactory.train.dpo.trainer import CustomDPOTrainer

    assert inspect.signature(CustomDPOTrainer.dpo_loss).parameters["loss_type"].default == "sigmoid"
    source = inspect.getsource(CustomDPOTrainer.compute_preference_loss)
    assert "self.dpo_loss(" in source
    assert "loss_type=" not in source


def test_flash_attention_3_is_not_implemented() -> None:
    from llamafactory.model.model_utils.attention import configure_attn_implementation

    with pytest.raises(NotImplementedError):
        configure_attn_implementation(SimpleNamespace(), SimpleNamespace(flash_attn="fa3"))


def encoded(tiny: Path, **arguments: Any) -> tuple[str, str]:
    """Return the prompt and the answer of one exchange as they would be trained."""
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.hparams import DataArguments
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    template = get_template_and_fix_tokenizer(tokenizer, DataArguments(**arguments))
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    prompt, answer = template.encode_oneturn(tokenizer, turns)
    return tokenizer.decode(prompt), tokenizer.decode(answer)


@pytest.fixture
def templates() -> Iterator[None]:
    """Put the templates back, for LLaMA-Factory changes them in place."""
    from copy import deepcopy

    from llamafactory.data.template import TEMPLATES

    before = deepcopy(TEMPLATES)
    yield
    TEMPLATES.clear()
    TEMPLATES.update(before)


@pytest.mark.usefixtures("templates")
@pytest.mark.parametrize("template", [None, "empty"])
def test_without_a_template_prompt_and_answer_run_together(
    tiny: Path, template: str | None
) -> None:
    assert encoded(tiny, template=template) == ("q", "a")
    assert encoded(tiny, template="default")[1].startswith("a</s>")


@pytest.mark.usefixtures("templates")
def test_a_thinking_template_has_an_empty_thought_learned(tiny: Path) -> None:
    assert encoded(tiny, template="qwen3")[1].startswith("<think>")
    assert not encoded(tiny, template="qwen3", enable_thinking=False)[1].startswith("<think>")
    assert not encoded(tiny, template="qwen3_nothink")[1].startswith("<think>")


@pytest.mark.usefixtures("templates")
def test_a_template_changes_the_end_of_a_document(tiny: Path) -> None:
    from llamafactory.data import get_template_and_fix_tokenizer
    from llamafactory.hparams import DataArguments
    from transformers import AutoTokenizer

    ends = {}
    for name in ("qwen", "llama2"):
        tokenizer = AutoTokenizer.from_pretrained(tiny)
        get_template_and_fix_tokenizer(tokenizer, DataArguments(template=name))
        ends[name] = tokenizer.eos_token
    assert ends == {"qwen": "<|im_end|>", "llama2": "</s>"}


def dataset(tiny: Path, **arguments: Any) -> Any:
    """Return what LLaMA-Factory would train on."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    given = {
        **BASE,
        "model_name_or_path": str(tiny),
        "template": "default",
        "report_to": "none",
        "cache_dir": "cache",
    }
    model, data, training, finetuning, _ = get_train_args(given | arguments)
    module = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(module["tokenizer"], data)
    stage = {"dpo": "rm"}.get(finetuning.stage, finetuning.stage)
    return get_dataset(template, model, data, training, stage=stage, **module)


@pytest.fixture
def registered() -> None:
    """Register rows under two names."""
    rows = [{"instruction": f"Q{n}", "input": "", "output": f"A{n}"} for n in range(12)]
    write("data/rows.jsonl", *rows)
    names = {"mine": {"file_name": "rows.jsonl"}, "other": {"file_name": "rows.jsonl"}}
    names["pairs"] = {"file_name": "rows.jsonl", "ranking": True}
    Path("data/dataset_info.json").write_text(json.dumps(names))


@pytest.mark.usefixtures("registered")
def test_rows_are_left_out_or_read_once_without_a_word(tiny: Path) -> None:
    assert len(dataset(tiny)["train_dataset"]) == 12
    assert len(dataset(tiny, max_samples=5)["train_dataset"]) == 5
    assert len(dataset(tiny, dataset="mine,mine,other")["train_dataset"]) == 24


@pytest.mark.usefixtures("registered")
def test_tokenized_data_are_loaded_whatever_the_recipe_says(tiny: Path) -> None:
    dataset(tiny, tokenized_path="tokenized", max_samples=5)
    assert (
        len(
            dataset(tiny, tokenized_path="tokenized", dataset="other", template="qwen")[
                "train_dataset"
            ]
        )
        == 5
    )


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"stage": "dpo"}, "not applicable in the current training stage"),
        ({"dataset": "pairs"}, "not applicable in the current training stage"),
        ({"stage": "kto"}, "Cannot find valid samples"),
        ({"dataset": "mine,"}, "Undefined dataset"),
        ({"mix_strategy": "interleave", "dataset": "mine,other"}, "interleave"),
        ({"streaming": True, "max_steps": 5}, ""),
    ],
    ids=str,
)
def test_data_of_another_kind_end_the_run(
    tiny: Path, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises((ValueError, RuntimeError, KeyError, StopIteration), match=error):
        dataset(tiny, **arguments)


@pytest.mark.usefixtures("registered")
def test_pretraining_never_sees_an_answer(tiny: Path) -> None:
    from transformers import AutoTokenizer

    rows = dataset(tiny, stage="pt", packing=False)["train_dataset"]["input_ids"]
    assert [AutoTokenizer.from_pretrained(tiny).decode(row) for row in rows[:2]] == [
        "Q0</s>",
        "Q1</s>",
    ]


def test_values_are_taken_as_they_stand() -> None:
    from omegaconf import OmegaConf

    loaded = OmegaConf.to_container(
        OmegaConf.create(yaml.safe_load("model_name_or_path: ${oc.env:HOME}"))
    )
    assert loaded == {"model_name_or_path": "${oc.env:HOME}"}
