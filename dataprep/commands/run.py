"""Run a stage of a recipe with LLaMA-Factory: inspect the machine, start, record the run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from dataprep.commands.evaluate import NAME as EVALUATION
from dataprep.commands.evaluate import Judgement, check_ready, evaluate, judgement
from dataprep.commands.recipe_check import compile_checked
from dataprep.errors import DataprepError
from dataprep.llamafactory import stages
from dataprep.llamafactory.runs import card, hardware, launch, record, resume
from dataprep.llamafactory.runs.old_names import add_old_names
from dataprep.recipe import REGISTRY, Recipe
from dataprep.recipe.yaml_lines import keys_of
from dataprep.sources import atomic, json_lines
from dataprep.sources.digest import digest_of

PART = ".part"
EXPORTED = ".exported"
"""The file that marks an exported folder as ours."""
LOCAL = "127.0.0.1"
Tell = Callable[[str], object]


@dataclass(frozen=True)
class StageRun:
    """A stage of a recipe to run.

    `words` are KEY=VALUE and override the recipe's keys. With `auto` the run is fitted to this
    machine. `place` is the folder of the results, by default the recipe's.
    """

    recipe: Recipe
    stage: str
    words: Sequence[str] = ()
    auto: bool = True
    place: Path = field(default=Path())
    host: str = LOCAL
    port: int | None = None

    @property
    def saves(self) -> Path:
        """Return the folder of the results."""
        return Path(self.recipe.saves) if self.place == Path() else self.place

    @property
    def here(self) -> dict[str, Any]:
        """Return the keys that override the recipe's."""
        return keys_of(self.words)


def run_stage(
    path: str,
    stage: str,
    words: Sequence[str] = (),
    *,
    auto: bool = True,
    quick: bool = False,
    host: str = LOCAL,
    port: int | None = None,
    tell: Tell,
) -> str:
    """Check a recipe, carry out a stage of it, and return the sentence about the result.

    LLaMA-Factory's own parser is asked before a training, unless the check is to be `quick`. Raises
    `RecipeError` for a recipe with errors, and as `run` does.
    """
    trains = stage == "train"
    compiled, _ = compile_checked(path, words if trains else (), quick=quick or not trains)
    return run(StageRun(compiled, stage, words, auto=auto, host=host, port=port), tell)


def run(asked: StageRun, tell: Tell) -> str:
    """Run a stage, and return the sentence about its result.

    Raises `DataprepError` for a stage that cannot run, and if LLaMA-Factory fails.
    """
    if asked.stage == "webui":
        return _webui(asked)
    arguments = {**stages.config(asked.recipe, asked.stage), **asked.here}
    act = _ACTS.get(asked.stage, _serve)
    if asked.stage == "train":
        hardware.check_packages(arguments)
    machine = hardware.look()
    tell(str(machine))
    nodes = int(os.environ.get("NNODES", "1"))
    fitted = hardware.fit(asked.stage, arguments, machine, nodes) if asked.auto else hardware.Fit()
    if str(fitted):
        tell(str(fitted))
    asked.saves.mkdir(parents=True, exist_ok=True)
    with FileLock(asked.saves / f".{asked.stage}.lock"):
        return act(_Started(asked, arguments, machine, fitted, tell))


@dataclass(frozen=True)
class _Started:
    """A stage, with its arguments and the machine that it runs on."""

    asked: StageRun
    arguments: dict[str, Any]
    machine: hardware.Machine
    fitted: hardware.Fit
    tell: Tell

    @property
    def recipe(self) -> Recipe:
        return self.asked.recipe

    def command(self, name: str, more: Mapping[str, Any]) -> list[str]:
        """Write the stage's arguments to its file, and return the command with all overrides."""
        file = self.asked.saves / f"{self.asked.stage}.yaml"
        stages.show(self.recipe, self.asked.stage, file)
        own = launch.words_of({**self.fitted.arguments, **more})
        return launch.command(name, file, [*self.asked.words, *own])

    def start(
        self, name: str, more: Mapping[str, Any], **environment: str
    ) -> tuple[list[str], launch.Ended]:
        """Run LLaMA-Factory, and return its command and what it used."""
        words = self.command(name, more)
        alone = launch.ALONE.get(str(self.arguments.get("stage"))) if name == "train" else None
        return words, launch.run(
            words, {**self.fitted.environment, **environment}, alone or launch.BIN
        )


# -------------------------------------------------------------------------------------------- train


def _train(started: _Started) -> str:
    adapter = started.asked.saves / "adapter"
    part = adapter.with_name(f"{adapter.name}{PART}")
    data = {str(path): digest_of(path) for path in started.recipe.trained_on}
    model = str(started.arguments["model_name_or_path"])
    if os.environ.get("NODE_RANK", "0") != "0":
        started.start("train", {"output_dir": part})
        return f"{adapter}: trained; the machine with NODE_RANK=0 has it"
    key = resume.key_of(started.arguments, data, record.state_of(model))
    start = resume.begin(part, key, started.arguments, int(os.environ.get("NNODES", "1")))
    if start.words:
        started.tell(f"{adapter}: {start.words}")
    more = {
        "output_dir": part,
        **({"resume_from_checkpoint": start.checkpoint} if start.checkpoint else {}),
    }
    began = datetime.now(UTC)
    words, ended = started.start("train", more, RECORD_VRAM="1")
    (part / resume.KEY).unlink()
    if not (part / "train_results.json").exists():  # stage ppo writes none
        shutil.copy(part / "trainer_state.json", part / "train_results.json")
    document = _document(started, words, began, start.step)
    document["data"] = {
        path: {"blake2b": digest.blake2b, "rows": digest.lines} for path, digest in data.items()
    }
    document |= {
        "base": record.base_of(model),
        "seconds": round(ended.seconds, 1),
        "memory": ended.memory,
    }
    document |= {"results": record.results_of(part), "weights": record.weights_of(part)}
    _put(part, adapter)
    record.write(started.asked.saves / record.NAME, document)
    return (
        f"{adapter}: trained{f' from step {start.step} on' if start.step else ''}, "
        f"{document['results']['steps']} steps"
    )


def _document(
    started: _Started, words: Sequence[str], began: datetime, step: int
) -> record.Document:
    recipe = started.recipe
    return {
        "name": recipe.name,
        "recipe": recipe.path,
        "text": Path(recipe.path).read_text(encoding="utf-8"),
        "said": list(started.asked.words),
        "arguments": {**started.arguments, **started.fitted.arguments},
        "changed": [change._asdict() for change in started.fitted.changes],
        "command": list(words),
        "environment": started.fitted.environment,
        "versions": record.versions(),
        "machine": record.machine_of(started.machine),
        "started": began.isoformat(timespec="seconds"),
        "resumed": step,
    }


def _put(part: Path, target: Path) -> None:
    """Rename a finished folder: an interrupted one never looks finished."""
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


# --------------------------------------------------------------------------------- export, quantize


def _export(started: _Started) -> str:
    if not (started.asked.saves / "adapter/train_results.json").is_file():
        raise DataprepError(
            f"{started.recipe.adapter}: is not trained yet; make train RECIPE={started.recipe.name}"
        )
    _model(started, Path(started.arguments["export_dir"]), _device(started))
    return f"{started.arguments['export_dir']}: exported"


def _device(started: _Started) -> dict[str, Any]:
    """Return where to merge: on a GPU that holds the model twice, else on the CPU."""
    base = Path(str(started.arguments["model_name_or_path"]))
    weights = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    free = max((gpu.memory for gpu in started.machine.gpus), default=0)
    asked = "export_device" in started.arguments or not started.asked.auto
    return {} if asked or not 0 < 2 * weights < free else {"export_device": "auto"}


def _quantize(started: _Started) -> str:
    _check_merged(started.recipe)
    if started.arguments.get("export_quantization_bit"):
        _check_gptq(started.machine)
    bits = started.arguments.get("export_quantization_bit") or started.arguments.get(
        "quantization_bit"
    )
    _model(started, Path(started.recipe.quantized), {}, note=f"quantized to {bits} bits")
    return f"{started.recipe.quantized}: quantized to {bits} bits"


def _check_merged(recipe: Recipe) -> None:
    if not Path(recipe.merged, "config.json").is_file():
        raise DataprepError(
            f"{recipe.merged}: no exported model; make it by: make export RECIPE={recipe.name}"
        )


def _check_gptq(machine: hardware.Machine) -> None:
    missing = [name for name in ("optimum", "gptqmodel") if find_spec(name) is None]
    if missing:
        raise DataprepError(
            f"export_quantization_bit needs {' and '.join(missing)}; pip install them where a GPU "
            f"is"
        )
    if not machine.gpus:
        raise DataprepError(
            "export_quantization_bit needs a GPU, and there is none here; quantization_bit: 4 "
            "needs none"
        )


def _model(started: _Started, folder: Path, more: Mapping[str, Any], note: str = "") -> None:
    """Write a model and started card to a temporary folder, and rename that to `folder`."""
    if folder.exists() and not (folder / EXPORTED).exists():
        raise DataprepError(f"{folder}: is there already and is no export of ours; move it away")
    part = folder.with_name(f"{folder.name}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    started.start("export", {**more, "export_dir": part})
    add_old_names(part)
    run_of = started.asked.saves / record.NAME
    if run_of.is_file():
        card.write(part, record.read(run_of), note)
    (part / EXPORTED).touch()
    _put(part, folder)


# ------------------------------------------------------------------------------------------ predict


def _predict(started: _Started) -> str:
    folder = Path(started.arguments["output_dir"])
    if missing := [name for name in ("jieba", "nltk", "rouge_chinese") if find_spec(name) is None]:
        raise DataprepError(
            f"predict needs the packages {', '.join(missing)}; install them by: make setup"
        )
    part = folder.with_name(f"{folder.name}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    started.start("train", {"output_dir": part})
    _put(part, folder)
    told = json.loads((folder / "predict_results.json").read_text())
    names = {"predict_bleu-4": "BLEU-4", "predict_rouge-1": "ROUGE-1", "predict_rouge-2": "ROUGE-2"}
    names["predict_rouge-l"] = "ROUGE-L"
    measures = " · ".join(f"{name} {told[key]:.1f}" for key, name in names.items() if key in told)
    return f"{measures}\n{folder}/generated_predictions.jsonl: the answers"


def _evaluate(started: _Started) -> str:
    check_ready(started.recipe)
    rewards = started.arguments.get("stage") == "rm"
    found = (
        _judge(started)
        if rewards
        else evaluate(started.recipe, {**started.arguments, **started.fitted.arguments})
    )
    place = started.asked.saves / EVALUATION
    atomic.replace_text(place, json_lines.to_json(found.as_json()).decode())
    return f"{found}\n{place}: the same for programs"


def _judge(started: _Started) -> Judgement:
    """Let LLaMA-Factory count the pairs in which a reward model scores the better answer higher."""
    part = started.asked.saves / f"evaluation{PART}"
    shutil.rmtree(part, ignore_errors=True)
    started.start("train", {"do_eval": True, "output_dir": part})
    told = json.loads((part / "eval_results.json").read_text())
    shutil.rmtree(part)
    return judgement(started.recipe, started.arguments.get("max_samples"), told)


# -------------------------------------------------------------------------------------------- serve


def _serve(started: _Started) -> str:
    """Serve the exported model by chat or api; on this machine only, unless `host` is given."""
    _check_merged(started.recipe)
    port = {"API_PORT": str(started.asked.port)} if started.asked.port else {}
    started.start(started.asked.stage, {}, API_HOST=started.asked.host, **port)
    return ""


def _webui(asked: StageRun) -> str:
    """Open LLaMA-Factory's own page, which reads data/dataset_info.json of this folder."""
    if not Path(REGISTRY).is_file():
        raise DataprepError(
            f"{REGISTRY}: no data is prepared yet; make prepare RECIPE={asked.recipe.name}"
        )
    port = {"GRADIO_SERVER_PORT": str(asked.port)} if asked.port else {}
    launch.run(launch.command("webui", None), {"GRADIO_SERVER_NAME": asked.host, **port})
    return ""


_ACTS: dict[str, Callable[[_Started], str]] = {
    "train": _train,
    "export": _export,
    "quantize": _quantize,
    "predict": _predict,
    "evaluate": _evaluate,
}
