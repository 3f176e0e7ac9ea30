"""A recipe is closed: all faults are reported at once, with their lines, before a byte is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dataprep import recipe
from dataprep.errors import DataprepError
from dataprep.llamafactory import stages

GOOD = """\
data:
  inputs: [faq.json]
  steps: [clean, {dedupe: {by: prompt}}]
  output: {format: sharegpt, split: {val: 0.1, test: 0.1}}
train: {model_name_or_path: ab, template: qwen, stage: sft, learning_rate: 1e-4, default_system: ""}
export: {export_size: 2}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with one raw file."""
    monkeypatch.chdir(tmp_path)
    Path("faq.json").write_text('[{"instruction": "Hi", "output": "Hello"}]')
    Path("empty").mkdir()
    return tmp_path


def load(text: str, name: str = "mine") -> recipe.Run:
    """Write a recipe file and read it."""
    Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    return recipe.compile(f"{name}.yaml")


def faults(text: str, name: str = "mine") -> list[str]:
    """Return the lines of what is said against a recipe."""
    with pytest.raises(DataprepError) as caught:
        load(text, name)
    return str(caught.value).splitlines()


FAULTS = {
    "  inputs: [faq.json]→  input: [faq.json]": (
        "mine.yaml:2: /data/input: no such key; did you mean 'inputs'?"
    ),
    "faq.json→fag.json": "mine.yaml:2: /data/inputs/0: fag.json: no such file",
    "[faq.json]→['*.csv']": "mine.yaml:2: /data/inputs/0: *.csv: no file has such a name",
    "faq.json→../faq.json": (
        "mine.yaml:2: /data/inputs/0: ../faq.json lies outside of this folder; if you mean it, add"
    ),
    "[faq.json]→[empty]": "mine.yaml:2: /data/inputs/0: empty: holds no file that can be read",
    "[faq.json]→[{path: faq.json, encoding: utf9}]": (
        "mine.yaml:2: /data/inputs/0: no encoding 'utf9'"
    ),
    "[faq.json]→[{path: faq.json, format: alpaca, columns: {prompt: a, response: b}}]": (
        "mine.yaml:2: /data/inputs/0: has a format and columns; say one of them"
    ),
    "[clean,→[clear,": "mine.yaml:3: /data/steps/0: no step 'clear'; did you mean 'clean'?",
    "by: prompt→bye: prompt": "mine.yaml:3: /data/steps/1: no option 'bye' in step 'dedupe'",
    "by: prompt→by: text": (
        "mine.yaml:3: /data/steps/1: option 'by' of step 'dedupe' is 'text', expected"
    ),
    "[clean, {dedupe: {by: prompt}}]→[dedupe, clean]": (
        "mine.yaml:3: /data/steps/1: 'clean' stands after 'dedupe'"
    ),
    "format: sharegpt→format: shargpt": (
        "mine.yaml:4: /data/output/format: no format 'shargpt'; did you mean 'sharegpt"
    ),
    "format: sharegpt→format: belle-multiturn": (
        "mine.yaml:4: /data/output/format: LLaMA-Factory cannot train on"
    ),
    "val: 0.1→val: 1.5": (
        "mine.yaml:4: /data/output/split: val is 1.5, expected a fraction below 1, or a"
    ),
    "val: 0.1, test: 0.1→folds: 5": (
        "mine.yaml:4: /data/output/split: a recipe trains on one split, not on folds"
    ),
    "val: 0.1→valid: 0.1": (
        "mine.yaml:4: /data/output/split: no option 'valid' in step 'split'; did you mean 'val'?"
    ),
    "template: qwen→templat: qwen": (
        "mine.yaml:5: /train/templat: no such key; did you mean 'template'?"
    ),
    "stage: sft→stage: stf": 'mine.yaml:5: /train/stage: is \'stf\', expected "pt" or "sft"',
    "stage: sft→dataset: faq": (
        "mine.yaml:5: /train/dataset: comes from the recipe's name; take it out"
    ),
    "learning_rate: 1e-4→learning_rate: fast": (
        "mine.yaml:5: /train/learning_rate: is 'fast', expected number"
    ),
    "export_size: 2→export_sise: 2": (
        "mine.yaml:6: /export/export_sise: no such key; did you mean 'export_size'?"
    ),
    "data:→data: {}\ndata:": "mine.yaml:2: not valid YAML ('data' stands twice)",
    "[clean,→[clean": "mine.yaml:3: not valid YAML",
}


@pytest.mark.parametrize("change", FAULTS)
def test_a_fault_is_told_with_its_line_and_the_right_word(change: str) -> None:
    old, new = change.split("→")
    assert old in GOOD
    (line,) = faults(GOOD.replace(old, new, 1))
    assert line.startswith(FAULTS[change])


def test_all_faults_are_told_at_once() -> None:
    text = (
        GOOD.replace("faq.json", "fag.json")
        .replace("clean", "clear")
        .replace("template", "templat")
    )
    assert [line.split(": ")[0] for line in faults(text)] == [
        "mine.yaml:5",
        "mine.yaml:2",
        "mine.yaml:3",
    ]


def test_a_file_that_is_no_recipe_is_refused_in_one_line() -> None:
    Path("latin.yaml").write_bytes(b"# caf\xe9\n")
    said = {"none.yaml": "no such file", "latin.yaml": "is not UTF-8", ".": "is a directory"}
    for path, words in said.items():
        with pytest.raises(DataprepError, match=words):
            recipe.compile(path)
    assert "is empty" in faults("")[0]
    assert faults("- a\n") == ["mine.yaml:1: is an array, expected object"]


@pytest.mark.parametrize("name", ["raw", "a_val", "a_test", "a b", "a,b", "-a"])
def test_a_name_that_would_collide_is_refused(name: str) -> None:
    assert len(faults(GOOD, name)) == 1


def test_numbers_are_those_that_llamafactory_reads() -> None:
    assert load(GOOD).train["learning_rate"] == 1e-4


def test_the_parts_are_tied_by_the_name() -> None:
    mine = load(GOOD)
    train, export, chat = (stages.config(mine, stage) for stage in ("train", "export", "chat"))
    assert train["dataset"] == "mine"
    assert train["eval_dataset"] == "mine_val"
    assert train["output_dir"] == export["adapter_name_or_path"] == "saves/mine/adapter"
    assert export["export_dir"] == chat["model_name_or_path"] == "saves/mine/merged"
    assert {"do_train", "learning_rate"}.isdisjoint(export)
    assert chat["default_system"] == ""


def test_an_adapter_merges_into_the_unquantized_base() -> None:
    mine = load(GOOD.replace("stage: sft", "stage: sft, quantization_bit: 4"))
    assert stages.config(mine, "train")["quantization_bit"] == 4
    assert "quantization_bit" not in stages.config(mine, "export")


@pytest.mark.parametrize("method", ["full", "freeze"])
def test_a_full_fine_tuning_exports_what_it_trained(method: str) -> None:
    export = stages.config(
        load(GOOD.replace("stage: sft", f"stage: sft, finetuning_type: {method}")), "export"
    )
    assert export["model_name_or_path"] == "saves/mine/adapter"
    assert "adapter_name_or_path" not in export


def test_an_adapter_of_another_kind_is_merged_as_its_own_file_says() -> None:
    export = stages.config(
        load(GOOD.replace("stage: sft", "stage: sft, finetuning_type: oft")), "export"
    )
    assert export["adapter_name_or_path"] == "saves/mine/adapter"
    assert export["finetuning_type"] == "lora"  # else LLaMA-Factory refuses it


def test_the_exported_model_is_what_is_quantized_and_served() -> None:
    mine = load(f"{GOOD}quantize: {{quantization_bit: 8}}\nchat: {{temperature: 0.5}}\napi:\n")
    quantize, chat, api = (stages.config(mine, stage) for stage in ("quantize", "chat", "api"))
    assert (quantize["model_name_or_path"], quantize["export_dir"]) == (
        "saves/mine/merged",
        "saves/mine/quantized",
    )
    assert (quantize["quantization_bit"], quantize["quantization_method"]) == (8, "bnb")
    assert (chat["temperature"], chat["model_name_or_path"]) == (0.5, "saves/mine/merged")
    assert "temperature" not in api
    assert stages.config(load(GOOD), "quantize")["quantization_bit"] == 4


def test_gptq_calibrates_by_the_prepared_file_or_an_own_one() -> None:
    mine = load(f"{GOOD}quantize: {{export_quantization_bit: 4}}\n")
    assert (
        stages.config(mine, "quantize")["export_quantization_dataset"]
        == "data/mine/calibration.jsonl"
    )
    assert "quantization_bit" not in stages.config(mine, "quantize")
    own = load(
        f"{GOOD}quantize: {{export_quantization_bit: 4, export_quantization_dataset: own.jsonl}}\n"
    )
    assert stages.config(own, "quantize")["export_quantization_dataset"] == "own.jsonl"
    assert own.calibration == ""


def test_predictions_and_evaluations_are_on_the_test_split_with_the_keys_of_the_training() -> None:
    text = GOOD.replace("stage: sft", "stage: sft, cutoff_len: 99, max_samples: 5, bf16: true")
    mine = load(f"{text}predict: {{max_new_tokens: 20, cutoff_len: 50}}\n")
    predict, evaluate = (stages.config(mine, stage) for stage in ("predict", "evaluate"))
    assert predict["eval_dataset"] == evaluate["eval_dataset"] == "mine_test"
    assert (
        predict["adapter_name_or_path"] == evaluate["adapter_name_or_path"] == "saves/mine/adapter"
    )
    assert (predict["cutoff_len"], evaluate["cutoff_len"]) == (50, 99)
    assert predict["bf16"] is True
    assert {"learning_rate", "max_samples", "do_train"}.isdisjoint(predict)
    assert "max_new_tokens" not in evaluate


def test_what_a_stage_lacks_is_told_with_the_way_out() -> None:
    for change, stage, words in [
        (
            ", test: 0.1→",
            "predict",
            "has no test split to predict on; write split: {test: 0.05} under output",
        ),
        (", test: 0.1→", "evaluate", "has no test split to evaluate on"),
        ("stage: sft→stage: dpo", "predict", "stage dpo has no answers to predict; make evaluate"),
        (
            "sft→sft",
            "webui",
            "'webui' takes no arguments, for all is said on its page; open it by: make webui",
        ),
        ("sft→sft", "chta", "no stage 'chta'; did you mean 'chat'?"),
    ]:
        with pytest.raises(DataprepError) as caught:
            stages.config(load(GOOD.replace(*change.split("→"))), stage)
        assert words in str(caught.value)


def test_a_reward_model_stays_one() -> None:
    assert stages.config(load(GOOD.replace("stage: sft", "stage: rm")), "export")["stage"] == "rm"
    assert "stage" not in stages.config(load(GOOD), "export")


def test_no_validation_split_means_no_evaluation_data() -> None:
    assert "eval_dataset" not in stages.config(load(GOOD.replace("val: 0.1, ", "")), "train")


def test_what_is_printed_is_what_llamafactory_will_read() -> None:
    mine = load(GOOD)
    for stage in stages.STAGES:
        assert yaml.safe_load(stages.show(mine, stage)) == stages.config(mine, stage)


def test_an_unknown_stage_is_answered_with_the_right_one() -> None:
    with pytest.raises(DataprepError, match="no stage 'trian'; did you mean 'train'"):
        stages.config(load(GOOD), "trian")


def test_a_recipe_without_training_says_so() -> None:
    data_only = GOOD[: GOOD.index("train:")]
    with pytest.raises(DataprepError, match="has no 'train'"):
        stages.config(load(data_only), "train")
