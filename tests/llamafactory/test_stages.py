"""Each stage of a recipe, carried out by the real LLaMA-Factory through the Makefile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from browser import browser, is_here
from paths import ROOT
from project import Project, environment
from questioner import RECIPE, questioner

pytestmark = [
    pytest.mark.train,
    pytest.mark.skipif(
        not (ROOT / ".venv/.ready").exists(), reason="needs the training half: make setup"
    ),
]

NAME = "RECIPE=数字"
SAVES = "saves/数字"
LATER = "quantize: {quantization_bit: 8}\npredict: {max_new_tokens: 4, do_sample: false}\n"
METHODS = {
    "oft": "finetuning_type: oft, oft_block_size: 4, oft_rank: 0",
    "freeze": "finetuning_type: freeze, freeze_trainable_layers: 1",
    "full": "finetuning_type: full",
    "qlora": "finetuning_type: lora, lora_rank: 4, quantization_bit: 4, quantization_method: bnb",
}


def laid(folder: Path, *changes: tuple[str, str]) -> Project:
    """Lay out a project whose recipe is changed."""
    project = questioner(folder / "project")
    recipe = project / "recipes/数字.yaml"
    text = RECIPE + LATER
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    recipe.write_text(text, encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project that went through all stages that end by themselves."""
    project = laid(tmp_path_factory.mktemp("stages"))
    said = project.make("prepare", "train", "export", "quantize", NAME)
    assert f"{SAVES}/quantized: quantized to 8 bits" in said
    assert said.index("found: no GPU") < said.index("so:    bf16=false (a CPU computes in fp32)")
    return project


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_is_changed_for_the_machine_is_recorded(tuned: Project) -> None:
    run = read(tuned / f"{SAVES}/run.json")
    assert run["changed"] == [{"key": "bf16", "value": False, "why": "a CPU computes in fp32"}]
    assert run["arguments"]["bf16"] is False
    assert "bf16=false" in run["command"]
    assert run["environment"] == {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "2000"}


def test_the_quantized_model_loads_as_it_is(tuned: Project) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tuned / f"{SAVES}/quantized"
    model, tokenizer = (
        AutoModelForCausalLM.from_pretrained(folder),
        AutoTokenizer.from_pretrained(folder),
    )
    assert model.is_loaded_in_8bit
    assert model(**tokenizer("Who is number 1?", return_tensors="pt")).logits.isfinite().all()
    assert f"{SAVES}/quantized: up to date" in tuned.make("quantize", NAME)


def test_gptq_is_refused_with_what_it_lacks_and_its_texts_are_there(
    tuned: Project, tmp_path: Path
) -> None:
    project = tuned.copy(tmp_path / "project")
    recipe = project / "recipes/数字.yaml"
    keys = (
        "{export_quantization_bit: 4, export_quantization_maxlen: 20, "
        "export_quantization_nsamples: 4}"
    )
    recipe.write_text(
        recipe.read_text(encoding="utf-8").replace("{quantization_bit: 8}", keys), encoding="utf-8"
    )
    said = project.make("prepare", "quantize", NAME, status=2)
    assert "export_quantization_bit needs " in said
    assert "saves/数字/adapter: trained" not in said
    rows = (project / "data/数字/calibration.jsonl").read_text(encoding="utf-8").splitlines()
    assert rows
    assert all(len(json.loads(row)["text"]) >= 8 * 20 for row in rows)


def test_as_written_nothing_is_changed(tuned: Project) -> None:
    said = tuned.make("train", NAME, "ARGS=max_steps=1", "AUTO=0", status=2)
    assert "found: no GPU" in said
    assert "so:  " not in said
    assert "bf16" in said  # LLaMA-Factory refuses it on a CPU
    assert (tuned / f"{SAVES}/adapter/train_results.json").is_file()


def test_answers_are_predicted_and_measured(tuned: Project) -> None:
    said = tuned.make("predict", NAME)
    assert "BLEU-4 " in said
    assert "ROUGE-L " in said
    lines = (
        (tuned / f"{SAVES}/predictions/generated_predictions.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    test = [
        json.loads(line)
        for line in (tuned / "data/数字/test.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [json.loads(line)["label"].strip() for line in lines] == [row["output"] for row in test]


def test_base_and_tuned_model_are_measured_side_by_side(tuned: Project) -> None:
    said = tuned.make("evaluate", NAME)
    found = read(tuned / f"{SAVES}/evaluation.json")
    assert "data/raw/numbers.json" in said
    assert found["rows"] == len((tuned / "data/数字/test.jsonl").read_text().splitlines())
    assert found["tuned_loss"] < found["base_loss"]
    assert found["base_perplexity"] == pytest.approx(2.718281828 ** found["base_loss"], rel=1e-3)
    assert found["sources"]["data/raw/numbers.json"] == {
        key: found[key] for key in found["sources"].popitem()[1]
    }


def test_the_loss_is_the_one_that_llamafactory_measures(tuned: Project) -> None:
    arguments = {
        "eval_dataset": "数字_test",
        "dataset_dir": "data",
        "do_eval": "true",
        "output_dir": "eval",
        "stage": "sft",
    }
    keys = {
        "model_name_or_path": "tiny",
        "adapter_name_or_path": f"{SAVES}/adapter",
        "template": "default",
    }
    more = {
        "cutoff_len": "128",
        "per_device_eval_batch_size": "1",
        "report_to": "none",
        "finetuning_type": "lora",
    }
    words = [
        word for key, value in {**arguments, **keys, **more}.items() for word in (f"--{key}", value)
    ]
    cli = str(ROOT / ".venv/bin/llamafactory-cli")
    subprocess.run(
        [cli, "train", *words], cwd=tuned.folder, env=environment(), check=True, capture_output=True
    )
    tuned.make("evaluate", NAME)
    rows = read(tuned / f"{SAVES}/evaluation.json")
    theirs = read(tuned / "eval/eval_results.json")[
        "eval_loss"
    ]  # a mean of rows, ours is one of tokens
    assert rows["tuned_loss"] == pytest.approx(theirs, rel=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_exported_as_a_whole_model(method: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    project = laid(tmp_path, ("finetuning_type: lora, lora_rank: 4", METHODS[method]))
    project.make("prepare", "train", "export", NAME)
    merged = AutoModelForCausalLM.from_pretrained(project / f"{SAVES}/merged").state_dict()
    base = AutoModelForCausalLM.from_pretrained(project / "tiny").state_dict()
    assert merged.keys() == base.keys()
    assert any((merged[name] != base[name]).any() for name in base)
    assert "quantization_config" not in read(project / f"{SAVES}/merged/config.json")


# ----------------------------------------------------------------------------------------- resuming

LONG = (
    "max_steps: 4,",
    "max_steps: 150, save_strategy: steps, save_steps: 5, save_total_limit: 2,",
)


def killed(project: Project, *words: str) -> int:
    """Start a training, end it with all that it started once it has saved, and return the steps
    that it saved.
    """
    run = subprocess.Popen(
        ["make", "train", NAME, *words],
        cwd=project.folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    part = project / f"{SAVES}/adapter.part"
    while not list(part.glob("checkpoint-*/trainer_state.json")):
        assert run.poll() is None
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert not (project / f"{SAVES}/adapter").exists()
    return max(
        int(path.parent.name.rpartition("-")[2])
        for path in part.glob("checkpoint-*/trainer_state.json")
    )


def test_an_interrupted_training_goes_on_to_the_same_end(tmp_path: Path) -> None:
    project = laid(tmp_path, LONG)
    project.make("prepare", NAME)
    saved = killed(project)
    said = project.make("train", NAME)
    assert (
        f"resumes from the interrupted run's last checkpoint, "
        f"{SAVES}/adapter.part/checkpoint-{saved}" in said
    )
    assert f"{SAVES}/adapter: trained from step {saved} on, 150 steps" in said
    assert read(project / f"{SAVES}/adapter/trainer_state.json")["global_step"] == 150
    run = read(project / f"{SAVES}/run.json")
    assert (run["resumed"], run["results"]["steps"]) == (saved, 150)
    assert [step for step, _ in run["results"]["losses"]] == list(range(1, 151))


def test_a_changed_recipe_or_changed_data_begin_anew(tmp_path: Path) -> None:
    project = laid(tmp_path, LONG)
    project.make("prepare", NAME)
    killed(project)
    recipe = project / "recipes/数字.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("0.01", "0.02"), encoding="utf-8")
    killed(project, "ARGS=seed=3")
    said = project.make("train", NAME, "ARGS=max_steps=2")
    assert "starts anew: the recipe, its data or its base model changed" in said
    assert f"{SAVES}/adapter: trained, 2 steps" in said


# ------------------------------------------------------------------------------------- several runs


def test_a_recorded_run_is_made_again_to_the_byte(tuned: Project) -> None:
    said = tuned.make("reproduce", f"RUN={SAVES}/run.json")
    assert "losses: the same at all 4 steps\nweights: the same to the byte\n" in said
    data = tuned / "data/数字/train.jsonl"
    rows = data.read_text(encoding="utf-8")
    data.write_text(rows.replace("I am 1", "I was 1"), encoding="utf-8")
    assert "is not what was trained on then" in tuned.make(
        "reproduce", f"RUN={SAVES}/run.json", status=2
    )
    data.write_text(rows, encoding="utf-8")


def test_a_sweep_trains_each_combination_once_and_compares_them(tmp_path: Path) -> None:
    project = laid(tmp_path)
    grid = ("sweep", NAME, "GRID=lora_rank=2,4")
    said = project.make(*grid)
    rows = [line.split() for line in said.splitlines()]
    assert ["lora_rank-2", "lora_rank-4"] in rows
    assert ["lora_rank", "2", "4"] in rows
    for rank in (2, 4):
        assert (
            read(project / f"{SAVES}/sweep/lora_rank-{rank}/adapter/adapter_config.json")["r"]
            == rank
        )
    assert project.make(*grid).count("up to date") == 3


def test_several_recipes_are_carried_out_and_compared(tmp_path: Path) -> None:
    project = laid(tmp_path)
    text = (project / "recipes/数字.yaml").read_text(encoding="utf-8")
    for name, rate in (("a", "0.01"), ("b", "0.02")):
        (project / f"recipes/{name}.yaml").write_text(text.replace("0.01", rate), encoding="utf-8")
    said = project.make("prepare", "train", "RECIPE=a b")
    assert "saves/a/adapter: trained" in said
    assert "saves/b/adapter: trained" in said
    said = project.make("compare", "RECIPE=a b")
    assert ["learning_rate", "0.01", "0.02"] in [line.split() for line in said.splitlines()]
    assert "<polyline" in (project / "saves/compare.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------ serving


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(project: Project, stage: str) -> Iterator[str]:
    """Give the address of a stage that serves, once it answers."""
    port, log = free_port(), project / f"{stage}.log"
    words = ["make", stage, NAME, f"PORT={port}"]
    with log.open("wb") as said:
        run = subprocess.Popen(
            words,
            cwd=project.folder,
            env=environment(),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            while not answers(address):
                assert run.poll() is None, log.read_text()[-3000:]
                time.sleep(0.2)
            yield address
        finally:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()


def answers(address: str) -> bool:
    try:
        urlopen(address, timeout=5).close()
    except HTTPError:
        return True
    except OSError:
        return False
    return True


def ask(address: str, value: Any = None) -> Any:
    data = None if value is None else json.dumps(value).encode()
    with urlopen(
        Request(address, data, {"Content-Type": "application/json"}), timeout=60
    ) as answer:
        return json.loads(answer.read())


def listens_on(port: str) -> set[str]:
    """Return the addresses that are listened on at a port, as Linux tells them."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    return {
        line[1].partition(":")[0]
        for line in lines
        if line[1].endswith(f":{int(port):04X}") and line[3] == "0A"
    }


def test_the_api_answers_a_request_and_nobody_else(tuned: Project) -> None:
    with serving(tuned, "api") as address:
        said = ask(
            f"{address}/v1/chat/completions",
            {
                "model": "x",
                "max_tokens": 4,
                "messages": [{"role": "user", "content": "Who is number 1?"}],
            },
        )
        assert said["choices"][0]["message"]["role"] == "assistant"
        assert said["usage"]["completion_tokens"] <= 4
        assert listens_on(address.rpartition(":")[2]) == {"0100007F"}  # 127.0.0.1


@pytest.mark.skipif(not is_here(), reason="needs Debian's chromium and chromium-driver")
def test_the_page_lists_our_data_and_shows_them(tuned: Project, tmp_path: Path) -> None:
    with serving(tuned, "webui") as address, browser(tmp_path / "profile") as window:
        window.say("/url", {"url": address})
        window.click(
            "//*[normalize-space(text())='Dataset']/ancestor::div[contains(@class,'block')][1]//i"
            "nput"
        )
        assert set(window.until(lambda: window.texts("//li[@role='option']"))) == {
            "数字",
            "数字_val",
            "数字_test",
        }
        window.click("//li[@role='option'][contains(., '数字_val')]")
        window.click("//button[normalize-space()='Preview dataset'][not(@disabled)]")
        first = json.loads(
            (tuned / "data/数字/val.jsonl").read_text(encoding="utf-8").splitlines()[0]
        )
        window.until(lambda: first["instruction"] in window.run("return document.body.innerText"))
        assert listens_on(address.rpartition(":")[2]) == {"0100007F"}
