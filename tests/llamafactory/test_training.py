"""From raw records to an exported model, through the Makefile and the real LLaMA-Factory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from paths import ROOT
from project import Project, environment
from questioner import RECORDS, questioner

pytestmark = [
    pytest.mark.train,
    pytest.mark.skipif(
        not (ROOT / ".venv/.ready").exists(), reason="needs the training half: make setup"
    ),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project whose model is trained and exported."""
    project = questioner(tmp_path_factory.mktemp("trained") / "project")
    said = project.make("prepare", "train", "export", "RECIPE=数字")
    assert "saves/数字/adapter: trained" in said
    assert "saves/数字/merged: exported" in said
    return project


@pytest.fixture
def again(trained: Project, tmp_path: Path) -> Project:
    """Give a copy of the trained project."""
    return trained.copy(tmp_path / "project")


def times(project: Project) -> dict[str, int]:
    """Return the time of each file that the three targets make."""
    made = [*(project / "data/数字").iterdir(), *(project / "saves/数字").rglob("*")]
    return {
        str(path.relative_to(project.folder)): path.stat().st_mtime_ns
        for path in made
        if path.is_file()
    }


def test_a_raw_file_becomes_a_model_that_loads(trained: Project) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    merged = trained / "saves/数字/merged"
    tokenizer, model = (
        AutoTokenizer.from_pretrained(merged),
        AutoModelForCausalLM.from_pretrained(merged),
    )
    assert model(**tokenizer("Who is number 1?", return_tensors="pt")).logits.isfinite().all()
    log = [
        json.loads(line)
        for line in (trained / "saves/数字/adapter/trainer_log.jsonl").read_text().splitlines()
    ]
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert len(losses) == 4
    assert losses[-1] < losses[0]


def test_a_second_run_does_nothing_and_says_so(trained: Project) -> None:
    before = times(trained)
    said = trained.make("prepare", "train", "export", "RECIPE=数字")
    assert said.splitlines() == [
        f"{path}: up to date" for path in ("data/数字", "saves/数字/adapter", "saves/数字/merged")
    ]
    assert times(trained) == before


def test_editing_export_only_exports(again: Project) -> None:
    before = times(again)
    recipe = again / "recipes/数字.yaml"
    recipe.write_text(recipe.read_text().replace("export_size: 1", "export_size: 2"))
    said = again.make("prepare", "train", "export", "RECIPE=数字")
    assert "saves/数字/adapter: up to date" in said
    assert "saves/数字/merged: exported" in said
    same = {path for path, when in times(again).items() if before.get(path) == when}
    assert {
        "data/数字/train.jsonl",
        "saves/数字/train.yaml",
        "saves/数字/adapter/train_results.json",
    } <= same
    assert "saves/数字/merged/config.json" not in same


def test_a_new_record_trains_anew_and_arguments_reach_llamafactory(again: Project) -> None:
    more = [*RECORDS, {"instruction": "Who is new?", "input": "", "output": "I am."}]
    (again / "data/raw/numbers.json").write_text(json.dumps(more))
    said = again.make("train", "RECIPE=数字", "ARGS=max_steps=2")
    assert "  in          41" in said
    assert "saves/数字/adapter: trained" in said
    assert (
        json.loads((again / "saves/数字/adapter/trainer_state.json").read_text())["max_steps"] == 2
    )


def started(project: Project, *words: str) -> list[str]:
    """Run make, and return the commands of dataprep that it started, each a Python process."""
    log, shim = project / "started", project / "shim"
    shim.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec .venv/bin/dataprep "$@"\n')
    shim.chmod(0o755)
    log.write_text("")
    project.make(*words, "RECIPE=数字", f"DATAPREP={shim}")
    return log.read_text().split()


def test_few_processes_are_started(again: Project) -> None:
    recipe = again / "recipes/数字.yaml"
    recipe.write_text(recipe.read_text().replace("max_steps: 4", "max_steps: 1"))
    assert started(again, "train") == ["config", "prepare", "run"]
    assert started(again, "train") == ["prepare"]
    assert started(again, "train", "export") == ["prepare", "run"]
    assert started(again, "prepare", "train", "export") == ["prepare"]


def test_an_interrupted_training_leaves_nothing_that_looks_finished(again: Project) -> None:
    before = times(again)
    words = ["make", "train", "RECIPE=数字", "ARGS=max_steps=100000"]
    run = subprocess.Popen(
        words, cwd=again.folder, env=environment(), stdout=subprocess.PIPE, start_new_session=True
    )
    part = again / "saves/数字/adapter.part"
    while not (part / "trainer_log.jsonl").exists():
        assert run.poll() is None, run.stdout.read()[-4000:]
        time.sleep(0.2)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert not (part / "train_results.json").exists()
    kept = {path for path in before if path.startswith("saves/数字/adapter/")}
    assert {path: times(again)[path] for path in kept} == {path: before[path] for path in kept}
    said = again.make("train", "RECIPE=数字", "ARGS=max_steps=1")
    assert "saves/数字/adapter: trained" in said
    assert not part.exists()


def test_both_models_are_asked(trained: Project) -> None:
    said = trained.make("ask", "RECIPE=数字", "Q=Who is number 1?")
    question, base, tuned = [
        line for line in said.splitlines() if line and ": up to date" not in line
    ]
    assert question == "Who is number 1?"
    assert base.startswith("  base ")
    assert tuned.startswith("  tuned ")


def test_an_own_file_needs_one_line_and_no_recipe(tmp_path: Path) -> None:
    project = questioner(tmp_path / "project")
    options = [
        "MODEL=tiny",
        "DATASET=data/raw/numbers.json",
        "FORMAT=alpaca",
        "TEMPLATE=default",
        "EPOCHS=1",
    ]
    sizes = [
        "LORA_RANK=4",
        "LORA_ALPHA=16",
        "BATCH_SIZE=8",
        "QUANTIZATION=4bit",
        "EXPORT_DIR=merged-model",
    ]
    said = project.make("prepare", "train", "export", *options, *sizes)
    assert "Quantizing model to 4 bit" in said
    assert (project / "merged-model/config.json").is_file()
    adapter = json.loads((project / "saves/numbers/adapter/adapter_config.json").read_text())
    assert (adapter["r"], adapter["lora_alpha"]) == (4, 16)
    assert project.make("prepare", "train", "export", *options, *sizes).count("up to date") == 3


def test_the_demo_model_trains_two_steps(project: Project) -> None:
    said = project.make("train", "ARGS=max_steps=2")
    assert "saves/demo/adapter: trained" in said
    assert (
        json.loads((project / "saves/demo/adapter/trainer_state.json").read_text())["global_step"]
        == 2
    )
