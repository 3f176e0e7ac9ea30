"""What we write loads: LLaMA-Factory's own loader sees every row, and in it the turns that we meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from llamafactory_schema import SCHEMAS, schemas
from tiny import make_model

from dataprep import formats, recipe, stages
from dataprep.commands.prepare import prepare
from dataprep.templates import FAMILIES, REASONING, template_of

pytest.importorskip("llamafactory", reason="needs the training half: make setup")
pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]  # the warnings of LLaMA-Factory's own imports

SAMPLE = ROOT / "data/raw/demo"
ROLES = {"user": "user", "assistant": "assistant", "observation": "observation", "function_call": "function"}
TRAINABLE = [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that is made on the spot."""
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


def write_recipe(name: str, **data: Any) -> recipe.Recipe:
    """Write a recipe over the demo's files and read it."""
    inputs = [{"path": f"{SAMPLE}/{pattern}", "outside": True} for pattern in ("*.json", "*.jsonl", "*.jsonl.gz")]
    train = {"model_name_or_path": "tiny", "template": "default", "stage": "sft", "finetuning_type": "lora"}
    path = Path(f"{name}.yaml")
    path.write_text(yaml.safe_dump({"data": {"inputs": inputs, **data}, "train": train}), encoding="utf-8")
    return recipe.load(str(path))


def loaded(arguments: dict[str, Any], model: Path) -> list[dict[str, Any]]:
    """Return the rows as LLaMA-Factory's loader and converter give them to training."""
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import get_train_args

    arguments |= {"model_name_or_path": str(model), "cache_dir": "cache", "report_to": "none"}
    model_args, data_args, training_args, *_ = get_train_args(arguments)
    (attributes,) = get_dataset_list([arguments["dataset"]], data_args.dataset_dir)
    return list(_load_single_dataset(attributes, model_args, data_args, training_args))


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_row_loads_with_the_turns_that_were_meant(
    name: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = write_recipe("数据-1", steps=["clean", "dedupe"], output={"format": name})
    prepare(made)
    rows = [json.loads(line) for line in Path("data/数据-1/train.jsonl").read_text(encoding="utf-8").splitlines()]
    examples = [formats.FORMATS[name].read(row) for row in rows]
    assert len(rows) > 200
    assert loaded(stages.config(made, "train"), tiny) == [as_llamafactory(example) for example in examples]


def as_llamafactory(example: Any) -> dict[str, Any]:
    """Return an example in LLaMA-Factory's own columns."""
    messages = [{"role": ROLES[turn.role], "content": turn.text} for turn in example.turns]
    media = {"_images": None, "_videos": None, "_audios": None}
    return {
        "_prompt": messages[:-1],
        "_response": messages[-1:],
        "_system": example.system,
        "_tools": example.tools,
        **media,
    }


def test_schemas_of_the_stages_are_those_of_the_installed_version() -> None:
    for name, schema in schemas().items():
        assert json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")) == schema


def test_templates_exist_and_agree_with_the_list_of_models() -> None:
    from llamafactory.data.template import TEMPLATES
    from llamafactory.extras.constants import DEFAULT_TEMPLATE, SUPPORTED_MODELS

    assert {template for _, template in FAMILIES} <= TEMPLATES.keys()
    right = {path: DEFAULT_TEMPLATE[name] for name in DEFAULT_TEMPLATE for path in SUPPORTED_MODELS[name].values()}
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


def test_reasoning_templates_are_those_that_add_a_thinking_block() -> None:
    from llamafactory.data.template import TEMPLATES, ReasoningTemplate

    known = {template for _, template in FAMILIES}
    assert {name for name in known if isinstance(TEMPLATES[name], ReasoningTemplate)} == REASONING
