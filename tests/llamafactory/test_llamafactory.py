"""What we write loads: LLaMA-Factory's own loader sees every row, and in it the turns that we
meant.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from paths import ROOT, SHARED, yaml_table
from strategies import examples
from tiny import make_model

from dataprep import formats, recipe
from dataprep.commands.prepare import prepare
from dataprep.errors import RecordError
from dataprep.llamafactory import stages
from dataprep.llamafactory.dataset_info import registry
from dataprep.llamafactory.schemas import FOLDER, texts
from dataprep.llamafactory.templates.by_model import FAMILIES, template_of
from dataprep.model import MEDIA, Example, Turn
from dataprep.sources import json_lines

pytest.importorskip("llamafactory", reason="needs the training half: make setup")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore"),
]  # the warnings of LLaMA-Factory's own imports

SAMPLE = ROOT / "data/raw/demo"
ROLES = {
    "user": "user",
    "assistant": "assistant",
    "observation": "observation",
    "function_call": "function",
}
STAGES = {"text": "pt", "preference": "dpo", "kto": "kto"}
TRAINABLE = [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that is made on the spot."""
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


def write_recipe(name: str, **data: Any) -> recipe.Recipe:
    """Write a recipe over the demo's files and read it."""
    inputs = [
        {"path": f"{SAMPLE}/{pattern}", "outside": True}
        for pattern in ("*.json", "*.jsonl", "*.jsonl.gz")
    ]
    train = {
        "model_name_or_path": "tiny",
        "template": "default",
        "stage": "sft",
        "finetuning_type": "lora",
    }
    path = Path(f"{name}.yaml")
    path.write_text(
        yaml.safe_dump({"data": {"inputs": inputs, **data}, "train": train}), encoding="utf-8"
    )
    return recipe.compile(str(path))


def loaded(arguments: dict[str, Any], model: Path) -> list[dict[str, Any]]:
    """Return the rows as LLaMA-Factory's loader and converter give them to training."""
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import get_train_args

    arguments |= {"model_name_or_path": str(model), "cache_dir": "cache", "report_to": "none"}
    model_args, data_args, training_args, *_ = get_train_args(arguments)
    (attributes,) = get_dataset_list([arguments["dataset"]], data_args.dataset_dir)
    return list(_load_single_dataset(attributes, model_args, data_args, training_args))


def test_every_row_of_the_demo_loads_with_the_turns_that_were_meant(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = write_recipe("数据-1", steps=["clean", "dedupe"], output={"format": "sharegpt"})
    prepare(made)
    rows = [
        json.loads(line)
        for line in Path("data/数据-1/train.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) > 200
    meant = [formats.FORMATS["sharegpt"].read(row) for row in rows]
    assert loaded(stages.config(made, "train"), tiny) == [
        as_llamafactory(example) for example in meant
    ]


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_row_that_a_format_writes_loads_as_it_was_meant(
    name: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    meant = made_up(name)
    assert len(meant) > 50
    lines = b"".join(json_lines.to_line(formats.write(name, example)) for example in meant)
    Path("data").mkdir()
    Path("data/rows.jsonl").write_bytes(lines)
    registry.merge(Path("data/dataset_info.json"), {"rows": registry.entry(name, "rows.jsonl")})
    arguments = {
        "dataset": "rows",
        "dataset_dir": "data",
        "output_dir": "out",
        "do_train": True,
        "template": "default",
    }
    stage = "pt" if name == "text" else "sft"
    assert loaded(arguments | {"stage": stage}, tiny) == [
        as_llamafactory(example) for example in meant
    ]


REAL = {path: row for path, row in yaml_table("pipeline/real_data.yaml").items() if row["out"]}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
@pytest.mark.parametrize("path", REAL)
def test_all_that_is_made_of_real_data_loads_as_it_was_meant(
    path: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    row, name = REAL[path], REAL[path].get("to", "sharegpt")
    entry = {"path": str(SHARED / path), "outside": True, **row.get("options", {})}
    entry |= {"columns": row["columns"]} if "columns" in row else {}
    train = {"model_name_or_path": "tiny", "template": "default", "stage": STAGES.get(name, "sft")}
    text = yaml.safe_dump(
        {"data": {"inputs": [entry], "output": {"format": name}}, "train": train},
        allow_unicode=True,
    )
    Path("real.yaml").write_text(text, encoding="utf-8")
    made = recipe.compile("real.yaml")
    prepare(made)
    rows = [
        json.loads(line)
        for line in Path("data/real/train.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]
    assert len(rows) == row["out"]
    arguments = {**stages.config(made, "train"), "stage": "pt" if name == "text" else "sft"}
    meant = [as_llamafactory(formats.FORMATS[name].read(written)) for written in rows]
    assert loaded(arguments, tiny) == meant


def made_up(name: str) -> list[Example]:
    """Return examples that a format can hold, the same each time."""
    made: list[Example] = []

    @settings(
        max_examples=150,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(examples(formats.WRITTEN[name].HOLDS))
    def collect(example: Example) -> None:
        with suppress(RecordError):  # a text that the format would take for another speaker
            formats.write(name, example)
            made.append(example)

    collect()
    return made


def as_llamafactory(example: Example) -> dict[str, Any]:
    """Return an example in LLaMA-Factory's own columns."""
    asked = [message(turn) for turn in example.turns]
    answers = [asked.pop()] if asked else []
    if example.text:
        asked = [{"role": "user", "content": example.text}]
    if example.rejected:
        answers.append(message(example.rejected))
    if example.label is not None:
        answers.insert(int(example.label), {"role": "assistant", "content": ""})
    media = {f"_{kind}": list(getattr(example, kind)) or None for kind in MEDIA}
    return {
        "_prompt": asked,
        "_response": answers,
        "_system": example.system,
        "_tools": example.tools,
        **media,
    }


def message(turn: Turn) -> dict[str, str]:
    return {"role": ROLES[turn.role], "content": turn.text}


def test_schemas_of_the_stages_are_those_of_the_installed_version() -> None:
    for name, text in texts().items():
        assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == text


def test_templates_exist_and_agree_with_the_list_of_models() -> None:
    from llamafactory.data.template import TEMPLATES
    from llamafactory.extras.constants import DEFAULT_TEMPLATE, SUPPORTED_MODELS

    assert {template for _, template in FAMILIES} <= TEMPLATES.keys()
    right = {
        path: DEFAULT_TEMPLATE[name]
        for name in DEFAULT_TEMPLATE
        for path in SUPPORTED_MODELS[name].values()
    }
    found = {path: told(path) for path in right if told(path)}
    assert len(found) > 400
    assert found == {path: right[path] for path in found}


def told(model: str) -> str:
    """Return the template that we tell from a model's name, "" where we ask the user."""
    from dataprep.errors import DataprepError

    try:
        return template_of(model)
    except DataprepError:
        return ""
