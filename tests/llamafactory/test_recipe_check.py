"""Recipe mistakes that LLaMA-Factory accepts silently are reported with the line and the fix."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from changed_recipe import PLAIN, RECIPE, changed, said
from commandline import GOOD, good, refusal, run, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import ROOT

from dataprep.commands.new import Options, new
from dataprep.llamafactory.pitfalls.pitfall import ERROR, WARNING
from dataprep.llamafactory.recipe_check import check
from dataprep.recipe import BLOCKS
from dataprep.schema import load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with one raw file."""
    monkeypatch.chdir(tmp_path)
    write("good.jsonl", *GOOD)
    return tmp_path


REFUSED: dict[str, tuple[str, str]] = {
    "quantization_method: bitsandbytes | quantization_bit: 4": (
        "quantization_method",
        "silently not quantized",
    ),
    "quantization_method: gptq | quantization_bit: 4": (
        "quantization_method",
        "silently loaded unquantized",
    ),
    "quantization_method: bnb": ("quantization_method", "does nothing without quantization_bit"),
    "quantization_bit: 3": ("quantization_bit", "3 is not what bnb can do"),
    "quantization_method: eetq | quantization_bit: 4": (
        "quantization_bit",
        "4 is not what eetq can do",
    ),
    "quantization_bit: 4 | finetuning_type: full": (
        "quantization_bit",
        "cannot be trained by full",
    ),
    "quantization_bit: 4 | finetuning_type: freeze": (
        "quantization_bit",
        "cannot be trained by freeze",
    ),
    "quantization_bit: 4 | pissa_init: true": ("pissa_init", "cannot begin on a quantized model"),
    "quantization_bit: 4 | resize_vocab: true": (
        "resize_vocab",
        "cannot enlarge a quantized model's vocabulary",
    ),
    "quantization_bit: 4 | add_tokens: a,b": ("add_tokens", "enlarges the vocabulary"),
    "quantization_bit: 4 | add_special_tokens: <a>": (
        "add_special_tokens",
        "enlarges the vocabulary",
    ),
    "quantization_bit: 4 | quantization_device_map: auto": (
        "quantization_device_map",
        "auto is for inference",
    ),
    "quantization_bit: 4 | fp8: true": ("fp8", "exclude each other"),
    "stage: dpo | format: preference | pref_loss: ipo": (
        "pref_loss",
        "silently trains the sigmoid loss",
    ),
    "stage: dpo | format: preference | pref_loss: hinge": (
        "pref_loss",
        "silently trains the sigmoid loss",
    ),
    "stage: dpo | format: preference | pref_loss: xyz": (
        "pref_loss",
        "silently trains the sigmoid loss",
    ),
    "stage: dpo | format: preference | pref_loss: orpo | dpo_label_smoothing: 0.1": (
        *("dpo_label_smoothing", "for the sigmoid loss only"),
    ),
    "stage: dpo | format: preference | pissa_init: true": ("pissa_init", "would have no reference"),
    "stage: orpo": ("stage", "write stage: dpo and pref_loss: orpo"),
    "finetuning_type: qlora": ("finetuning_type", "write lora and quantization_bit: 4"),
    "-template": (
        "template",
        "is missing: base models are trained with prompt and answer run together",
    ),
    "template: empty": ("template", "empty runs prompt and answer together"),
    "template: qwen9": (
        "template",
        "qwen9 is not a template of LLaMA-Factory 0.9.5; did you mean 'qwen",
    ),
    "template: llama3 | model_name_or_path: Qwen/Qwen2.5-7B-Instruct": (
        "template",
        "of another family than the model",
    ),
    "stage: pt | format: text | packing: true": (
        "template",
        "qwen ends each document by its end-of-turn token",
    ),
    "max_samples: 1000": ("max_samples", "keeps the first 1000 rows of each data set"),
    "stage: dpo": ("stage", "dpo needs preference pairs, and these are questions and answers"),
    "stage: rm | format: kto": (
        "stage",
        "rm needs preference pairs, and these are labelled answers",
    ),
    "format: preference": ("stage", "sft cannot use preference pairs"),
    "stage: kto": ("stage", "kto needs a label that is true or false in each row"),
    "format: kto": ("stage", "sft drops every row that has a label"),
    "stage: pt | -template | packing: true": ("stage", "pt learns the first question of each row"),
    "format: text": ("stage", "sft needs answers, and these are documents"),
    "val_size: 0.1 | split: {val: 0.1}": ("val_size", "conflicts with a prepared validation split"),
    "eval_strategy: steps": ("eval_strategy", "steps has nothing to evaluate on"),
    "do_eval: true": ("do_eval", "has nothing to evaluate on"),
    "predict_with_generate: true": ("predict_with_generate", "has nothing to predict"),
    "do_predict: true | split: {val: 0.1}": ("do_predict", "is what `make predict` does"),
    "predict_with_generate: true | compute_accuracy: true | split: {val: 0.1}": (
        *("predict_with_generate", "and compute_accuracy exclude each other"),
    ),
    "stage: kto | format: kto | predict_with_generate: true | split: {val: 0.1}": (
        *("predict_with_generate", "is for stage sft only"),
    ),
    "stage: rm | format: preference | split: {val: 0.1} | load_best_model_at_end: true": (
        *("load_best_model_at_end", "is not for stage rm"),
    ),
    "early_stopping_steps: 3": ("early_stopping_steps", "3 ends the run at its start"),
    "streaming: true | dataloader_num_workers: 1": ("streaming", "needs max_steps"),
    "streaming: true | max_steps: 5": ("streaming", "of a local file ends in StopIteration"),
    "streaming: true | max_steps: 5 | dataloader_num_workers: 1 | tokenized_path: x": (
        *("streaming", "cannot save a tokenized_path"),
    ),
    "interleave_probs: '0.5,0.5'": ("interleave_probs", "needs an interleaving mix_strategy"),
    "interleave_probs: '0.5,0.5' | mix_strategy: interleave_under": (
        "interleave_probs",
        "one number for each data set",
    ),
    "mix_strategy: interleave": ("mix_strategy", "ends in KeyError; write interleave_under"),
    "mask_history: true | train_on_prompt: true": ("mask_history", "exclude each other"),
    "mask_history: true | stage: kto | format: kto": ("mask_history", "is for stage sft only"),
    "train_on_prompt: true | stage: kto | format: kto": (
        "train_on_prompt",
        "is for stage sft only",
    ),
    "neat_packing: true | stage: kto | format: kto": ("neat_packing", "is for stage sft only"),
    "preprocessing_batch_size: 1 | stage: kto | format: kto": (
        *("preprocessing_batch_size", "1 leaves every row alone in its batch"),
    ),
    "train_on_prompt: true | template: gemma2": (
        "train_on_prompt",
        "is refused by template gemma2",
    ),
    "use_dora: true | finetuning_type: full": ("use_dora", "is for lora only"),
    "use_rslora: true | finetuning_type: full": ("use_rslora", "is for lora only"),
    "use_llama_pro: true | finetuning_type: full": (
        "use_llama_pro",
        "is for lora and freeze only",
    ),
    "use_galore: true": ("finetuning_type", "cannot be trained by GaLore"),
    "use_dft_loss: true | use_asft_loss: true": ("finetuning_type", "is trained by one loss"),
    "flash_attn: fa3": ("flash_attn", "fa3 ends in NotImplementedError"),
    "flash_attn: true": ("flash_attn", "write fa2, or auto"),
    "bf16: true | fp16: true": ("fp16", "and bf16 exclude each other"),
    "infer_backend: vllm": ("infer_backend", "vllm is for chat and api"),
    "learning_rate: '\"1e-4\"'": ("learning_rate", "'\"1e-4\"', expected number"),
    "model_name_or_path: ${oc.env:HOME}/model": (
        "model_name_or_path",
        "is not resolved by LLaMA-Factory",
    ),
    "evaluation_strategy: steps": ("evaluation_strategy", "is called eval_strategy now"),
    "save_safetensors: true": ("save_safetensors", "is gone with transformers 5"),
    "new_special_tokens: <a>": ("new_special_tokens", "is called add_special_tokens now"),
    "dpo_beta: 0.1": ("dpo_beta", "is called pref_beta now"),
    "do_train: false": ("do_train", "comes from the recipe's name; take it out"),
    "dataset: other": ("dataset", "comes from the recipe's name; take it out"),
    "export: {quantization_bit: 4}": ("quantization_bit", "adapters cannot be merged into that"),
    "export: {export_quantization_bit: 4, export_quantization_dataset: a.jsonl}": (
        *("export_quantization_bit", "cannot be combined with merging"),
    ),
    "export: {export_quantization_bit: 4} | finetuning_type: full": (
        *("export_quantization_bit", "needs export_quantization_dataset"),
    ),
    "export: {bf16: true}": ("bf16", "is for train; write it under train"),
    "export: {max_new_tokens: 9}": (
        "max_new_tokens",
        "is for predict, chat or api; write it under",
    ),
    "export: {lora_rank: 8}": ("lora_rank", "is for train; write it under train"),
    "export_size: 1": ("export_size", "is for export; write it under export"),
    "export_quantization_bit: 4": (
        "export_quantization_bit",
        "is for quantize; write it under quantize",
    ),
    "vllm_maxlen: 9": ("vllm_maxlen", "is for chat or api; write it under chat or api"),
    "quantize: {learning_rate: 0.1}": ("learning_rate", "is for train; write it under train"),
    "quantize: {quantization_bit: 3}": (
        "quantization_bit",
        "3 is not what bitsandbytes can do; write 4 or 8",
    ),
    "quantize: {quantization_bit: 4, quantization_method: hqq}": (
        "quantization_method",
        "saved ready to load",
    ),
    "quantize: {export_quantization_bit: 5}": (
        "export_quantization_bit",
        "5 is not what GPTQ can do",
    ),
    "quantize: {export_quantization_bit: 4, quantization_bit: 4}": (
        "quantization_bit",
        "take one out",
    ),
    "quantize: {model_name_or_path: a}": (
        "model_name_or_path",
        "comes from the recipe's name; take it out",
    ),
    "predict: {num_train_epochs: 3} | split: {test: 0.1}": ("num_train_epochs", "is for train"),
    "predict: {export_size: 3} | split: {test: 0.1}": (
        "export_size",
        "is for export; write it under export",
    ),
    "predict: {} | stage: dpo | format: preference | split: {test: 0.1}": (
        "predict",
        "has no answers to predict",
    ),
    "predict: {}": ("predict", "has no test split to predict on"),
    "evaluate: {}": ("evaluate", "has no test split to evaluate on"),
    "evaluate: {temperature: 0.5} | split: {test: 0.1}": (
        "temperature",
        "is for predict, chat or api",
    ),
    "chat: {bf16: true}": ("bf16", "is for train"),
    "api: {export_dir: a}": ("export_dir", "comes from the recipe's name"),
    "export: {export_size: 1} | model_name_or_path: some/model-AWQ": (
        *("model_name_or_path", "is already quantized, and adapters cannot be merged into that"),
    ),
    "export: {export_size: 1, stage: sft} | stage: rm | format: preference": (
        "stage",
        "value head is silently left behind",
    ),
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_would_go_wrong_is_refused_with_the_way_out(change: str) -> None:
    key, words = REFUSED[change]
    ((found, level, message),) = said(*change.split(" | "))
    assert (found, level) == (key, ERROR)
    assert words in message


TOLD: dict[str, tuple[str, str]] = {
    "val_size: 0.1": ("val_size", "near-duplicates"),
    "template: qwen3": (
        "enable_thinking",
        "write enable_thinking: false, or template: qwen3_nothink",
    ),
    "template: default | model_name_or_path: meta-llama/Llama-2-7b-hf": (
        "template",
        "is right for a base model",
    ),
    "tokenized_path: x": ("tokenized_path", "once x is there it is loaded"),
    "packing: true": ("packing", "write neat_packing: true"),
    "packing: true | stage: kto | format: kto": ("packing", "packs nothing in stage kto"),
    "stage: pt | format: text | -template": ("packing", "the last piece shorter"),
    "quantization_type: fp4": ("quantization_type", "is for 4 bits only"),
    "quantization_bit: 8 | double_quantization: true": (
        "double_quantization",
        "is for 4 bits only",
    ),
    "quantization_bit: 4 | model_name_or_path: some/model-GPTQ": (
        "quantization_bit",
        "the model is already quantized",
    ),
    "stage: dpo | format: preference | pref_loss: orpo | ref_model: x": (
        "ref_model",
        "is never loaded",
    ),
    "stage: ppo | reward_model: x": ("stage", "does not run in LLaMA-Factory 0.9.5"),
    "num_train_epochs: 3 | max_steps: 5": ("num_train_epochs", "is ignored"),
    "init_special_tokens: desc_init": ("init_special_tokens", "falls back to noise"),
    "pref_beta: 0.2": ("pref_beta", "does nothing in stage sft"),
    "kto_chosen_weight: 0.2": (
        "kto_chosen_weight",
        "does nothing in stage sft; take it out, or write stage: kto",
    ),
    "finetuning_type: full | lora_rank: 8": (
        "lora_rank",
        "does nothing with finetuning_type: full",
    ),
    "galore_rank: 8": ("galore_rank", "does nothing without use_galore: true"),
    "export: {export_legacy_format: true}": (
        "export_legacy_format",
        "does nothing since transformers 5",
    ),
}


@pytest.mark.parametrize("change", TOLD)
def test_what_may_be_meant_is_told_and_goes_on(change: str) -> None:
    key, words = TOLD[change]
    ((found, level, message),) = said(*change.split(" | "))
    assert (found, level) == (key, WARNING)
    assert words in message


WELL = [
    "stage: sft",
    "stage: dpo | format: preference | pref_loss: simpo | simpo_gamma: 0.5 | pref_beta: 2.0",
    "stage: dpo | format: alpaca-preference | pref_loss: orpo",
    "stage: rm | format: preference",
    "stage: rm | format: preference | export: {stage: rm}",
    "stage: kto | format: kto | kto_chosen_weight: 1.5",
    "stage: pt | format: text | -template | packing: false",
    "template: qwen3 | enable_thinking: false",
    "template: qwen3 | enable_thinking: true",
    "template: qwen3_nothink | model_name_or_path: Qwen/Qwen3-8B",
    "template: chatml | model_name_or_path: Qwen/Qwen2.5-7B",
    "quantization_bit: 4 | quantization_method: bnb | double_quantization: true | "
    "quantization_type: nf4",
    "quantization_bit: 3 | quantization_method: hqq",
    "finetuning_type: full | use_galore: true | galore_rank: 8",
    "split: {val: 0.1} | eval_strategy: epoch",
    "streaming: true | max_steps: 5 | dataloader_num_workers: 1",
    "packing: true | neat_packing: true",
    "finetuning_type: full | export: {export_quantization_bit: 4, export_quantization_dataset: "
    "a.jsonl}",
    "quantize: {quantization_bit: 8}",
    "quantize: {export_quantization_bit: 4, export_quantization_maxlen: 256}",
    "split: {test: 0.1} | predict: {max_new_tokens: 20, temperature: 0.5} | evaluate: "
    "{per_device_eval_batch_size: 8}",
    "chat: {temperature: 0.5} | api: {infer_backend: vllm, vllm_maxlen: 512}",
]


@pytest.mark.parametrize("change", WELL)
def test_nothing_is_said_of_what_is_well(change: str) -> None:
    assert said(*change.split(" | ")) == []


# ------------------------------------------------------------------------------ what lies beside it


def test_a_cutoff_beyond_the_model_is_told_where_its_config_is_at_hand() -> None:
    write("model/config.json", {"max_position_embeddings": 512})
    ((key, level, message),) = said("model_name_or_path: model")
    assert (key, level) == ("cutoff_len", WARNING)
    assert "beyond the 512 tokens" in message
    assert said("model_name_or_path: model", "cutoff_len: 512") == []
    assert said("model_name_or_path: model", "rope_scaling: yarn") == []


def test_a_model_whose_config_says_that_it_is_quantized_takes_no_adapter() -> None:
    write("model/config.json", {"quantization_config": {"quant_method": "awq"}})
    ((key, level, _),) = said("model_name_or_path: model", "export: {export_size: 1}")
    assert (key, level) == ("model_name_or_path", ERROR)
    write("model/config.json", {"quantization_config": {"quant_method": "mxfp4"}})
    assert said("model_name_or_path: model", "export: {export_size: 1}") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("quantization_bit: 8", "only bnb with 4 bits"),
        ("quantization_bit: 4 | quantization_method: hqq", "only bnb with 4 bits"),
        ("model_name_or_path: some/model-GPTQ", "is already quantized"),
        ("pissa_init: true", "pissa_init"),
        ("finetuning_type: full | use_galore: true", "GaLore or APOLLO exclude"),
    ],
)
def test_deepspeed_that_shares_out_the_weights_excludes_much(change: str, words: str) -> None:
    write("ds.json", {"zero_optimization": {"stage": 3}})
    ((key, level, message),) = said("deepspeed: ds.json", *change.split(" | "))
    assert (key, level) == ("deepspeed", ERROR)
    assert words in message
    assert said("deepspeed: ds.json", "quantization_bit: 4") == []


def test_a_thinking_template_is_judged_by_the_prepared_data() -> None:
    write("data/mine/train.jsonl", {"conversations": [{"from": "gpt", "value": "Hello"}]})
    ((key, level, message),) = said("template: qwen3")
    assert (key, level) == ("enable_thinking", ERROR)
    assert "the data have no thinking blocks" in message
    write(
        "data/mine/train.jsonl",
        {"conversations": [{"from": "gpt", "value": "<think>\nHm\n</think>\n\nHello"}]},
    )
    assert said("template: qwen3") == []


LONELY = [
    ("preprocessing_batch_size: 2", [3], "2 leaves one row of 3 alone in the last batch"),
    (
        "preprocessing_batch_size: 3 | split: {val: 0.1}",
        [6, 4],
        "3 leaves one row of 6 and 4 alone",
    ),
    (
        "preprocessing_batch_size: 3 | preprocessing_num_workers: 2",
        [8],
        "3 leaves one row of 8 alone",
    ),
    ("preprocessing_batch_size: 3", [8], ""),
    (
        "preprocessing_batch_size: 3 | preprocessing_num_workers: 2",
        [7],
        "3 leaves one row of 7 alone",
    ),
    ("preprocessing_num_workers: 2", [2002], ""),
]


@pytest.mark.parametrize(("change", "rows", "words"), LONELY)
def test_kto_is_judged_by_the_rows_of_its_last_batch(
    change: str, rows: list[int], words: str
) -> None:
    for split, count in zip(("train", "val"), rows, strict=False):
        write(f"data/mine/{split}.jsonl", *[{"n": n} for n in range(count)])
    told = said("stage: kto", "format: kto", *change.split(" | "))
    assert [(key, level) for key, level, _ in told] == [
        ("preprocessing_batch_size", WARNING)
    ] * bool(words)
    assert all(
        message.startswith(words) and message.endswith("write 1000") for _, _, message in told
    )


def test_kto_of_plain_arguments_is_judged_by_the_rows_of_all_its_data() -> None:
    labels = {
        "file_name": "a.jsonl",
        "columns": {"prompt": "q", "response": "a", "kto_tag": "label"},
    }
    write("data/dataset_info.json", {"a": labels, "b": labels | {"file_name": "b.jsonl"}})
    for name in ("a", "b"):
        write(f"data/{name}.jsonl", {"q": "Q"}, {"q": "Q"}, {"q": "Q"})
    text = PLAIN.replace("sft", "kto").replace("mine", "a,b") + "preprocessing_batch_size: "
    Path("lf.yaml").write_text(f"{text}5\n")
    assert "5 leaves one row of 6 alone" in str(check("lf.yaml"))
    Path("lf.yaml").write_text(f"{text}4\n")
    assert check("lf.yaml") == []


def test_tokenized_data_that_is_older_than_its_recipe_is_refused() -> None:
    write("tokenized/dataset_dict.json", {})
    os.utime("tokenized/dataset_dict.json", (1, 1))
    ((key, level, message),) = said("tokenized_path: tokenized")
    assert (key, level) == ("tokenized_path", ERROR)
    assert "data set, template, cutoff_len and model of this recipe are ignored" in message
    os.utime("tokenized/dataset_dict.json", (4e9, 4e9))
    assert [level for _, level, _ in said("tokenized_path: tokenized")] == [WARNING]


# ------------------------------------------------------------------------------ the whole of a file


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        RECIPE.replace("sharegpt", "shargpt").replace("qwen", "qwen9")
        + "  max_samples: 9\n  templat: a\n"
    )
    Path("mine.yaml").write_text(text)
    places = [str(found).split(": ")[:2] for found in check("mine.yaml")]
    expected = {
        3: "data/output/format",
        6: "train/template",
        9: "train/max_samples",
        10: "train/templat",
    }
    assert places == [[f"mine.yaml:{line}", f"/{pointer}"] for line, pointer in expected.items()]


def test_a_recipe_without_training_has_nothing_against_it() -> None:
    Path("mine.yaml").write_text(RECIPE[: RECIPE.index("train:")])
    assert check("mine.yaml") == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda path: path.stem
)
def test_our_own_recipes_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    known = ["ppo does not run in LLaMA-Factory 0.9.5"] if path.stem == "ppo" else []
    assert [
        message.partition(" as installed")[0]
        for message in (found.message for found in check(str(path)))
    ] == known


MODELS = [
    "Qwen/Qwen3-8B",
    "meta-llama/Llama-2-13b-hf",
    "google/gemma-2-9b-it",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
]


@pytest.mark.parametrize("model", [None, *MODELS])
@pytest.mark.parametrize("quantization", [None, "4bit", "8bit"])
def test_recipes_that_are_written_for_one_pass(model: str | None, quantization: str | None) -> None:
    new(
        Path("mine.yaml"),
        Options(model=model, dataset="good.jsonl", quantization=quantization, export_dir="out"),
    )
    assert check("mine.yaml") == []


ANY = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just({})
    | st.just([1])
)


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from([*load("train")["properties"], "data", "train", "export"]), ANY, max_size=8
    ),
    st.sampled_from([*BLOCKS, "plain"]),
)
def test_whatever_a_file_holds_is_told_in_words(keys: dict[str, Any], place: str) -> None:
    value = keys if place == "plain" else {**yaml.safe_load(RECIPE), place: keys}
    Path("any.yaml").write_text(yaml.safe_dump(value) if value else "x: 1", encoding="utf-8")
    assert all(isinstance(found.message, str) and found.message for found in check("any.yaml"))


# ---------------------------------------------------------------------------------- plain arguments

PLAIN_FAULTS = {
    "do_train: true→do_train: false": (
        "lf.yaml:4: /do_train: ",
        "trains nothing and exits successfully",
    ),
    "do_train: true→logging_steps: 1": ("lf.yaml:1: /do_train: ", "is missing"),
    "dataset: mine→dataset: mine,mine": ("lf.yaml:5: /dataset: ", "names a data set twice"),
    "dataset: mine→dataset: mien": (
        "lf.yaml:5: /dataset: ",
        "'mien' is no data set in dataset_info.json; did you mean",
    ),
    "dataset: mine→dataset: 2024": (
        "lf.yaml:5: /dataset: ",
        "2024 is a number, and LLaMA-Factory takes a name",
    ),
    "dataset: mine→dataset: 'mine,'": ("lf.yaml:5: /dataset: ", "'' is no data set"),
    "dataset: mine→dataset: pairs": ("lf.yaml:3: /stage: ", "sft cannot use preference pairs"),
    "seed→max_samples: 9\nseed": ("lf.yaml:7: /max_samples: ", "keeps the first 9 rows"),
    "output_dir: out→output_dir: old": (
        "lf.yaml:6: /output_dir: ",
        "silently resumes from the last one",
    ),
    "dataset: mine→dataset: mine\neval_dataset: mine\nval_size: 0.1": (
        "lf.yaml:7: /val_size: ",
        "conflicts with a prepared",
    ),
    "stage: sft→stage: stf": ("lf.yaml:3: /stage: ", "is 'stf', expected"),
    "do_train: true→do_trian: true\ndo_train: true": (
        "lf.yaml:4: /do_trian: ",
        "no such key; did you mean 'do_train'?",
    ),
}


@pytest.mark.parametrize("change", PLAIN_FAULTS)
def test_a_file_of_plain_arguments_is_checked_too(change: str) -> None:
    entries = {
        "mine": {"file_name": "mine.json"},
        "pairs": {"file_name": "pairs.json", "ranking": True},
    }
    write("data/dataset_info.json", entries)
    Path("old/checkpoint-5").mkdir(parents=True)
    text = PLAIN + "seed: 1\n"
    Path("lf.yaml").write_text(text)
    assert check("lf.yaml") == []
    Path("lf.yaml").write_text(text.replace(*change.split("→"), 1))
    (found,) = map(str, check("lf.yaml"))
    place, words = PLAIN_FAULTS[change]
    assert found.startswith(place)
    assert words in found


def test_an_export_of_plain_arguments_is_checked_as_one() -> None:
    Path("lf.yaml").write_text(
        "model_name_or_path: a\nadapter_name_or_path: b\nexport_dir: c\nquantization_bit: 4\n"
    )
    (found,) = check("lf.yaml")
    assert (found.line, found.pointer) == (4, "/quantization_bit")


# ----------------------------------------------------------------------------------------- commands


def test_the_exit_status_is_2_for_errors_and_0_for_warnings() -> None:
    Path("mine.yaml").write_text(RECIPE + "  val_size: 0.1\n")
    told = run("recipe check --quick mine.yaml")
    finding, verdict = told.stdout.splitlines()
    assert (told.exit_code, told.stderr, verdict) == (0, "", "mine.yaml: 1 warning")
    assert finding.startswith("mine.yaml:9: warning: /train/val_size: 0.1 splits by row")
    strict = run("recipe check --quick --strict mine.yaml")
    assert (strict.exit_code, strict.stdout.splitlines()[-1]) == (2, "mine.yaml: 1 error")
    Path("mine.yaml").write_text(RECIPE + "  max_samples: 9\n")
    assert run("recipe check --quick mine.yaml").exit_code == 2


def test_quiet_says_errors_only_and_nothing_of_what_is_well() -> None:
    Path("mine.yaml").write_text(RECIPE + "  val_size: 0.1\n")
    assert good("recipe check --quick --quiet mine.yaml") == ""
    Path("mine.yaml").write_text(RECIPE + "  val_size: 0.1\n  max_samples: 9\n")
    told = run("recipe check --quick --quiet mine.yaml")
    assert (told.exit_code, told.stderr, len(told.stdout.splitlines())) == (2, "", 1)


def test_findings_are_printed_for_programs() -> None:
    Path("mine.yaml").write_text(RECIPE + "  max_samples: 9\n")
    (line,) = run("recipe check --quick --json mine.yaml").stdout.splitlines()
    assert (
        json.loads(line).items()
        >= {"line": 9, "pointer": "/train/max_samples", "severity": "error"}.items()
    )


def test_what_is_said_on_the_command_line_goes_before_the_recipe() -> None:
    Path("mine.yaml").write_text(changed("max_samples: 9", "num_train_epochs: 3"))
    assert run("recipe check --quick mine.yaml max_samples=9 max_steps=2").exit_code == 0
    told = run(
        "recipe check --quick mine.yaml max_samples=9 quantization_method=bitsandbytes dataset=b "
        "lr=1"
    )
    places = {line.split(": ")[0] for line in told.stdout.splitlines()[:-1]}
    assert places == {"quantization_method=bitsandbytes", "dataset=b", "lr=1"}


def test_a_file_that_cannot_be_read_is_refused_in_one_line() -> None:
    assert refusal("recipe check missing.yaml").startswith("missing.yaml: no such file")
    assert refusal("recipe check max_steps=1").startswith("no recipe is named")
    assert "Missing argument" in refusal("recipe check")


def test_prepare_refuses_what_would_go_wrong_before_a_byte_is_written() -> None:
    Path("mine.yaml").write_text(RECIPE + "  max_samples: 9\n")
    assert refusal("prepare mine.yaml").startswith(
        "mine.yaml:9: /train/max_samples: 9 keeps the first 9 rows"
    )


def test_a_stage_is_not_started_with_an_error() -> None:
    Path("mine.yaml").write_text(RECIPE)
    assert refusal("run --quick mine.yaml train dataset=b").startswith("dataset=b: ")
    assert "is no KEY=VALUE" in refusal("run --quick mine.yaml train max_steps")
    Path("mine.yaml").write_text(RECIPE + "  max_samples: 9\n")
    assert refusal("run mine.yaml export").startswith("mine.yaml:9: /train/max_samples: 9 ")


def test_prepare_tells_warnings_beside_its_table() -> None:
    Path("mine.yaml").write_text(RECIPE + "  val_size: 0.1\n")
    told = run("prepare mine.yaml")
    assert told.exit_code == 0
    assert told.stderr.startswith("mine.yaml:9: warning: /train/val_size: ")
    assert "train" in told.stdout
