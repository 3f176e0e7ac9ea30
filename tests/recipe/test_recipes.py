"""The recipes: each is taken by LLaMA-Factory's own parser, and what a CPU can run is run, to a
model that answers.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from paths import ROOT, yaml_table
from project import Project, clone, environment
from tiny import make_model, make_seeing_model

from dataprep import recipe
from dataprep.commands.recipe_check import check_recipes
from dataprep.llamafactory import stages
from dataprep.llamafactory.recipe_check import check

NAMES = sorted(path.stem for path in (ROOT / "recipes").glob("*.yaml"))
RUNS = yaml_table("recipe/recipes.yaml")
"""By recipe what runs here: `train`, the stages; `quick`, whether every `make test` does it; `gpu`,
what needs one.
"""

installed = pytest.mark.skipif(
    not (ROOT / ".venv/.ready").exists(), reason="needs the training half: make setup"
)
SMALL = {
    "max_steps": 2,
    "cutoff_len": 256,
    "per_device_train_batch_size": 2,
    "logging_steps": 1,
    "save_strategy": "no",
}
NOT_SMALL = (
    "num_train_epochs",
    "gradient_accumulation_steps",
    "eval_strategy",
    "save_total_limit",
    "plot_loss",
)

TINY = {"saves/": "", "Qwen/Qwen3-": "tiny-qwen3", "Qwen/Qwen2-VL-": "tiny-qwen2-vl"}
"""By how a model's name begins, what takes its place: "" for itself."""


def text_of(name: str) -> str:
    return (ROOT / f"recipes/{name}.yaml").read_text(encoding="utf-8")


def shrunk(name: str) -> dict[str, Any]:
    """Return a recipe whose model is a tiny one of the same architecture, which takes two steps."""
    value = yaml.safe_load(text_of(name))
    model = value["train"]["model_name_or_path"]
    kept = {key: what for key, what in value["train"].items() if key not in NOT_SMALL}
    tiny = next((tiny for begins, tiny in TINY.items() if model.startswith(begins)), "tiny-llama")
    value["train"] = {**kept, **SMALL, "model_name_or_path": tiny or model}
    return value


# ------------------------------------------------------------------------------- what each one says


def test_every_recipe_is_told_of() -> None:
    assert sorted(RUNS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_opens_with_what_it_needs_and_its_command(name: str) -> None:
    head = text_of(name).split("\ndata:")[0].splitlines()
    assert all(line.startswith("# ") and len(line) <= 120 for line in head)
    command = [line for line in head if "make " in line]
    assert command
    assert name == "demo" or any(f"RECIPE={name}" in line for line in command)
    assert any("It needs" in line or "Each GPU needs" in line for line in head)
    assert any("Apache-2.0" in line or "License" in line for line in head)
    assert head[-1] == "# yaml-language-server: $schema=../schemas/recipe.schema.json"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_against_a_recipe(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = [found.message for found in check(f"recipes/{name}.yaml")]
    assert [
        message
        for message in said
        if not message.startswith("ppo does not run in LLaMA-Factory 0.9.5")
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_data_of_a_recipe_are_ours_and_all_are_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataprep.commands.prepare import prepare

    project = clone(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    prepare(recipe.compile(f"recipes/{name}.yaml"))
    counts = json.loads(Path(f"data/{name}/report.json").read_text(encoding="utf-8"))["records"]
    assert counts["train"] >= 10
    written = sum(counts.get(split, 0) for split in ("train", "val", "test"))
    assert "data/raw/demo" in text_of(name) or counts["in"] == written


LAUNCHED = {
    "llama2-7b-full-ds3": "FORCE_TORCHRUN",
    "llama2-70b-fsdp-qlora": "FORCE_TORCHRUN",
    "ray": "USE_RAY",
}


@pytest.mark.parametrize("name", NAMES)
def test_make_lets_llamafactory_start_what_a_plain_process_cannot_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    told = stages.as_make(recipe.compile(f"recipes/{name}.yaml"))
    exported = [line.split()[1] for line in told.splitlines() if line.startswith("export ")]
    assert exported == ([LAUNCHED[name]] if name in LAUNCHED else [])


SPOILT = {
    "llama2-13b-qlora": (
        "quantization_method: bnb",
        "quantization_method: bitsandbytes",
        "not quantized",
    ),
    "llama2-13b-qlora-8bit": (
        "quantization_bit: 8",
        "quantization_bit: 3",
        "3 is not what bnb can do",
    ),
    "llama2-7b-lora": ("template: llama2", "template: qwen", "of another family"),
    "llama3-8b-lora": ("  template: llama3\n", "", "is missing"),
    "llama2-7b-full-ds3": (
        "finetuning_type: full",
        "finetuning_type: full\n  quantization_bit: 4",
        "quantized weights do not train",
    ),
    "qwen3-8b-lora": (
        "cutoff_len: 1024",
        "cutoff_len: 1024\n  max_samples: 1000",
        "keeps the first 1000 rows",
    ),
    "dpo": ("pref_loss: sigmoid", "pref_loss: ipo", "trains the sigmoid loss"),
    "orpo": ("stage: dpo", "stage: orpo", "is a loss, not a stage"),
    "simpo": ("format: preference", "format: sharegpt", "dpo needs preference pairs"),
    "rm": ("stage: rm", "stage: sft", "sft cannot use preference pairs"),
    "kto": ("stage: kto", "stage: sft", "sft drops every row that has a label"),
    "pretrain": (
        "stage: pt",
        "stage: pt\n  template: qwen",
        "ends each document by its end-of-turn token",
    ),
    "pissa": (
        "pissa_init: true",
        "pissa_init: true\n  quantization_bit: 4",
        "cannot begin on a quantized model",
    ),
    "dora": ("finetuning_type: lora", "finetuning_type: full", "is for lora only"),
    "reasoning": ("format: sharegpt", "format: text", "sft needs answers"),
}
"""By recipe, one change that goes wrong without a word, and what is said of it."""


@pytest.mark.parametrize("name", SPOILT)
def test_a_recipe_with_a_silent_fault_refuses_to_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, words = SPOILT[name]
    project = clone(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    assert old in text_of(name)
    Path(f"recipes/{name}.yaml").write_text(text_of(name).replace(old, new), encoding="utf-8")
    verdict = check_recipes([f"recipes/{name}.yaml"], quick=True)
    assert verdict.exit_status == 2
    assert any(words in error.message for error in verdict.errors), verdict.faults


# ---------------------------------------------------------------------- the parser of LLaMA-Factory


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a tiny model of each architecture."""
    folder = tmp_path_factory.mktemp("models")
    for kind in ("llama", "qwen3"):
        make_model(folder / f"tiny-{kind}", kind)
    make_seeing_model(folder / "tiny-qwen2-vl")
    return folder


@pytest.fixture
def prepared(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work where the models and the files of the recipes are; what the parser sets in the
    environment goes again.
    """
    monkeypatch.chdir(models)
    if not Path("recipes").exists():
        Path("recipes").symlink_to(ROOT / "recipes")
    with mock.patch.dict(os.environ):
        yield


@pytest.mark.train
@installed
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_llamafactory_takes_the_arguments(name: str, prepared: None) -> None:
    from llamafactory.hparams import get_infer_args, get_train_args

    ours = recipe.read(f"recipes/{name}.yaml").recipe
    arguments = stages.config(ours, "train") | {"bf16": False, "use_cpu": True}
    arguments.pop("deepspeed", None)  # needs the package; tested below
    _, data, training, finetuning, _ = get_train_args(arguments)
    assert finetuning.stage == ours.train["stage"]
    assert data.dataset == [name]
    assert training.output_dir == f"saves/{name}/adapter"
    get_infer_args(stages.config(ours, "export"))


@pytest.mark.train
@installed
@pytest.mark.parametrize("name", ["z0", "z1", "z2", "z2_offload", "z3", "z3_offload"])
def test_a_deepspeed_file_is_of_the_stage_that_its_name_says(name: str) -> None:
    from accelerate.utils.deepspeed import HfDeepSpeedConfig

    config = HfDeepSpeedConfig(str(ROOT / f"recipes/deepspeed/{name}.json"))
    assert config.is_zero3() == name.startswith("z3")
    assert config.is_zero2() == name.startswith("z2")
    assert config.is_offload() == name.endswith("_offload")
    assert config.get_value("zero_optimization.stage") == int(name[1])
    assert config.get_value("train_micro_batch_size_per_gpu") == "auto"


# ------------------------------------------------------------------------- from raw data to a model


@pytest.fixture(scope="module")
def project(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a clone in which the recipes have tiny models."""
    project = clone(tmp_path_factory.mktemp("recipes") / "project")
    for folder in models.glob("tiny-*"):
        (project / folder.name).symlink_to(folder)
    for name in NAMES:
        (project / f"recipes/{name}.yaml").write_text(
            yaml.safe_dump(shrunk(name), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
    return project


def answer_of(folder: Path) -> str:
    """Return what a model says to a question; fails where it does not load whole."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, told = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"]
    asked = tokenizer("Who are you?", return_tensors="pt")
    made = model.generate(**asked, max_new_tokens=4, min_new_tokens=4, do_sample=False)
    return str(tokenizer.decode(made[0, asked["input_ids"].shape[1] :]))


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.filterwarnings("ignore")
def test_a_recipe_with_pictures_runs_from_raw_data_to_a_model_that_sees(project: Project) -> None:
    said = project.make(
        "prepare", "train", "export", "RECIPE=vision", "ARGS=image_max_pixels=12544"
    )
    assert "saves/vision/adapter: trained, 2 steps" in said
    pictures = sorted((project / "data/raw/vision").rglob("*.png"))
    answers = {seen_by(project / "saves/vision/merged", picture) for picture in pictures[:6]}
    assert len(answers) > 1


def seen_by(folder: Path, picture: Path) -> tuple[float, ...]:
    """Return what a model makes of a picture: how likely it takes each token to come next."""
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    model, told = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"]
    text = "<|vision_start|><|image_pad|><|vision_end|>What is it?"
    asked = processor(
        images=[Image.open(picture).resize((112, 112))], text=[text], return_tensors="pt"
    )
    return tuple(model(**asked).logits[0, -1].tolist())


def runs(name: str) -> list[Any]:
    quick = bool(RUNS[name].get("quick"))
    return [pytest.param(name, marks=[] if quick else [pytest.mark.recipes])]


@pytest.mark.train
@installed
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", [case for name in NAMES if RUNS[name].get("cpu") for case in runs(name)]
)
def test_a_recipe_runs_from_raw_data_to_a_model_that_answers(name: str, project: Project) -> None:
    said = project.make(
        "prepare", "train", "export", f"RECIPE={name}", *RUNS[name].get("words", [])
    )
    for words in RUNS[name].get("says", []):
        assert words in said
    state = json.loads((project / f"saves/{name}/adapter/trainer_state.json").read_text())
    assert state["global_step"] == 2
    assert all(entry["loss"] > 0 for entry in state["log_history"] if "loss" in entry)
    merged = project / f"saves/{name}/merged"
    assert answer_of(merged)
    for file in RUNS[name].get("writes", []):
        assert (project / f"saves/{name}" / file).is_file()


@pytest.mark.train
@pytest.mark.recipes
@installed
def test_a_reward_model_is_measured_by_the_pairs_that_it_tells_apart(project: Project) -> None:
    said = project.make("prepare", "evaluate", "RECIPE=rm")
    assert "Loaded valuehead from checkpoint: saves/rm/adapter" in said
    found = json.loads((project / "saves/rm/evaluation.json").read_text())
    rows = (project / "data/rm/test.jsonl").read_text(encoding="utf-8").splitlines()
    assert found["rows"] == len(rows) > 0
    assert found["accuracy"] * len(rows) == pytest.approx(
        round(found["accuracy"] * len(rows)), abs=1e-4
    )
    assert found["tuned_loss"] > 0
    assert f"{found['accuracy']:.1%} of {len(rows)} pairs" in said
    assert not (project / "saves/rm/evaluation.part").exists()


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.filterwarnings("ignore")
def test_two_machines_train_one_model(project: Project, tmp_path: Path) -> None:
    machines = [project.copy(tmp_path / f"machine{rank}") for rank in range(2)]
    meeting = [
        "NNODES=2",
        "NPROC_PER_NODE=1",
        "MASTER_ADDR=127.0.0.1",
        f"MASTER_PORT={free_port()}",
    ]
    words = ["make", "prepare", "train", "RECIPE=multinode", *meeting]
    started = [
        subprocess.Popen(
            [*words, f"NODE_RANK={rank}"],
            cwd=machine.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank, machine in enumerate(machines)
    ]
    said = [process.communicate(timeout=240)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said[0][-2000:] + said[1][-2000:]
    assert "world size: 2" in said[0]
    assert (machines[0] / "saves/multinode/adapter/adapter_model.safetensors").is_file()
    assert not (machines[1] / "saves/multinode/adapter").exists()
    machines[0].make("export", "RECIPE=multinode")
    assert answer_of(machines[0] / "saves/multinode/merged")


PENDING = """
import ray, sys, time
while not ray.is_initialized():
    try:
        ray.init(sys.argv[1], logging_level="ERROR")
    except ConnectionError:
        time.sleep(0.5)
while not any(group["state"] == "PENDING" for group in ray.util.placement_group_table().values()):
    time.sleep(0.2)
"""
"""Waits until what is asked of a cluster of Ray's is more than it has."""


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.skipif(
    not (ROOT / ".venv/bin/ray").exists(), reason="needs the extra [ray]: make test-recipes"
)
@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_ray_trains(project: Project) -> None:
    # Without a GPU each core that a cluster has is a device, for which 10 cores are asked: they
    # come later.
    here = subprocess.check_output(
        [ROOT / ".venv/bin/python", "-c", "import ray; print(ray.util.get_node_ip_address())"],
        text=True,
    ).strip()
    address = f"{here}:{free_port()}"
    given = {"RAY_AUTH_MODE": "disabled"}
    words = f"ray_num_workers=1 master_addr={here} bf16=false"
    with ExitStack() as stack:
        head = [
            "--head",
            "--num-cpus=1",
            f"--port={address.rpartition(':')[2]}",
            "--include-dashboard=false",
        ]
        stack.enter_context(node_of_ray(project, head, given))
        waits = subprocess.Popen(
            [ROOT / ".venv/bin/python", "-c", PENDING, address], env=environment() | given
        )
        made = subprocess.Popen(
            ["make", "prepare", "train", "RECIPE=ray", f"ARGS={words}"],
            cwd=project.folder,
            env=environment() | given | {"RAY_ADDRESS": address, "AUTO": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert waits.wait(120) == 0
        stack.enter_context(node_of_ray(project, [f"--address={address}", "--num-cpus=10"], given))
        said = made.communicate(timeout=240)[0]
    assert made.returncode == 0, said[-4000:]
    assert "Using ray.remote mode with 1 workers" in said
    assert "saves/ray/adapter: trained, 2 steps" in said
    project.make("export", "RECIPE=ray")
    assert answer_of(project / "saves/ray/merged")


@contextmanager
def node_of_ray(project: Project, words: list[str], given: dict[str, str]) -> Iterator[None]:
    """Run a node of a cluster where the recipe is; its own files are near the root, for paths of
    sockets are short.
    """
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        also = [f"--temp-dir={folder}"] if "--head" in words else []
        node = subprocess.Popen(
            [ROOT / ".venv/bin/ray", "start", "--block", "--disable-usage-stats", *words, *also],
            env=environment() | given,
            cwd=project.folder,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            node.terminate()
            node.wait(60)


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.filterwarnings("ignore")
def test_two_processes_of_one_machine_train_one_model(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "FORCE_TORCHRUN": "1",
        "NPROC_PER_NODE": "2",
        "MASTER_PORT": str(free_port()),
    }.items():
        monkeypatch.setenv(name, value)
    said = project.make("prepare", "train", "RECIPE=llama3-8b-lora", "ARGS=max_steps=2 seed=8")
    assert "world size: 2" in said
    assert (
        json.loads((project / "saves/llama3-8b-lora/adapter/trainer_state.json").read_text())[
            "global_step"
        ]
        == 2
    )
    monkeypatch.delenv("FORCE_TORCHRUN")
    project.make("export", "RECIPE=llama3-8b-lora")
    assert answer_of(project / "saves/llama3-8b-lora/merged")


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.skipif(
    not (ROOT / ".venv-ppo/.ready").exists(), reason="needs .venv-ppo: make test-recipes"
)
@pytest.mark.filterwarnings("ignore")
def test_ppo_learns_from_the_reward_model_of_its_recipe(project: Project) -> None:
    said = project.make("prepare", "train", "export", "RECIPE=ppo", "ARGS=max_new_tokens=8")
    assert "saves/ppo/adapter: trained" in said
    assert "reward_model: saves/rm/adapter" in (project / "saves/ppo/train.yaml").read_text()
    log = json.loads((project / "saves/ppo/adapter/trainer_state.json").read_text())["log_history"]
    assert all({"loss", "reward"} <= entry.keys() for entry in log)
    assert log
    assert answer_of(project / "saves/ppo/merged")


@pytest.mark.train
@pytest.mark.recipes
@installed
@pytest.mark.skipif(
    not (ROOT / ".venv-ppo/.ready").exists(), reason="needs .venv-ppo: make test-recipes"
)
@pytest.mark.filterwarnings("ignore")
def test_ppo_learns_from_a_whole_reward_model(project: Project) -> None:
    project.make("prepare", "train", "export", "RECIPE=rm")
    words = "reward_model=saves/rm/merged reward_model_type=full max_new_tokens=8"
    project.make("prepare", "train", "RECIPE=ppo", f"ARGS={words}")
    record = json.loads((project / "saves/ppo/run.json").read_text())
    assert record["said"] == words.split()
    assert record["results"]["steps"] == 2
