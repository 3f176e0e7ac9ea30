"""What the READMEs show of the program itself, so that they cannot lie; cog calls these.

python tests/support/docs.py    # draw the loss curve of saves/demo; needs the [train] extra
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import shlex
import shutil
import tempfile
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner
from paths import ROOT, yaml_table

from dataprep import formats, recipe, schema, steps
from dataprep.cli import cli
from dataprep.commands.prepare import prepare
from dataprep.errors import CODES, code_of
from dataprep.formats.reading import repair

LOG = ROOT / "saves/demo/adapter/trainer_log.jsonl"
PICTURE = ROOT / ".github/loss.svg"
MAIN = (
    "make prepare train export    # raw corpus → clean registered data → LoRA fine-tuning → "
    "merged model"
)


def console(command: str, said: str) -> str:
    """Return a command and what it prints as a block."""
    return fenced("console", f"$ {command}\n{said}")


def fenced(language: str, text: str) -> str:
    """Return a text as a block of code."""
    return f"```{language}\n{text}\n```"


def prepared() -> str:
    """Return what preparing the demo prints, from a run in a folder of its own."""
    return in_demo(lambda: str(prepare(recipe.compile("demo.yaml"))))


def said(line: str, after: str = "", *, width: int = 118) -> str:
    """Return a command and what it prints in the demo's folder, after another command; long lines
    are cut.
    """

    def run() -> str:
        if after:
            CliRunner().invoke(cli, shlex.split(after))
        return CliRunner().invoke(cli, shlex.split(line)).output

    lines = in_demo(run).rstrip().splitlines()
    return console(
        f"dataprep {line}",
        "\n".join(line if len(line) <= width else f"{line[: width - 1]}…" for line in lines),
    )


SUPPORT = (
    '{"instruction": "我是 li.na@163.com，手机 138 1234 5678，卡号 6222027439575513133。'
    '", "input": "", '
    '"output": "您好，13812345678 已登记，回信发到 li.na@163.com。"}\n'
    '{"instruction": "版本 11.2.0.45 连不上 127.0.0.1", "input": "", "output": '
    '"重启服务，订单号 13912345678 '
    '不变。"}\n'
)


def private() -> str:
    """Return what the command `privacy` prints for two rows, and what it makes of the first."""

    def run() -> str:
        Path("support.jsonl").write_text(SUPPORT, encoding="utf-8")
        told = CliRunner().invoke(cli, ["privacy", "support.jsonl"]).output
        rows = CliRunner().invoke(cli, ["privacy", "support.jsonl", "-o", "-"]).stdout.splitlines()
        return f"{told}$ dataprep privacy support.jsonl -o - 2>/dev/null | head -1\n{rows[0]}"

    return console("dataprep privacy support.jsonl", in_demo(run))


def in_demo(act: Callable[[], str]) -> str:
    """Return what something says that is done in a folder with the demo's files and recipe."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data/raw", Path(folder, "data/raw"))
        shutil.copy(ROOT / "recipes/demo.yaml", folder)
        os.chdir(folder)
        try:
            return act()
        finally:
            os.chdir(here)


def commands() -> str:
    """Return a line for each command, with the first sentence of its help."""
    names = cli.list_commands(click.Context(cli))
    width = max(map(len, names))
    return "\n".join(
        f"dataprep {name:<{width}}  {_first(cli.commands[name].help)}" for name in names
    )


def codes() -> str:
    """Return a table of the codes of faults that are no record's."""
    rows = (f"| `{code}` | {meaning} |" for code, meaning in CODES.items())
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def record_codes() -> str:
    """Return the codes of faults in records, as the code raises them, in alphabetical order."""
    return textwrap.fill(
        ", ".join(f"`{code}`" for code in sorted(_record_codes())), 118, break_on_hyphens=False
    )


def _record_codes() -> set[str]:
    return {
        code_of(call.args[0].value)
        for path in sorted((ROOT / "dataprep").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "RecordError"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def formats_list(*, written: bool) -> str:
    """Return each record format with what it is: those that are written too, or those that are only
    read.
    """
    found = [
        (name, form)
        for name, form in formats.FORMATS.items()
        if (name in formats.WRITTEN) is written
    ]
    return "\n".join(f"- **{name}**: {_first(inspect.getdoc(form))}" for name, form in found)


RECORDS = [*sorted(formats.FORMATS)]
ARGUMENTS = ["llamafactory", *recipe.BLOCKS]
FILES = ["recipe", "dataset_info", "lock", "report", "rejects", "tags", "lineage", "run"]


def schemas(names: list[str]) -> str:
    """Return a table of schemas with the first sentence of each description."""
    told = {name: schema.load(name)["description"].split(". ")[0].rstrip(".") for name in names}
    rows = [f"| [`{name}`]({name}.schema.json) | {words} |" for name, words in told.items()]
    return "\n".join(["| schema | what it describes |", "| --- | --- |", *rows])


def repairs_list() -> str:
    """Return each repair with what it does."""
    return "\n".join(
        f"- `{name}`: {_first(inspect.getdoc(repair.REPAIRS[name]))}" for name in repair.REPAIRS
    )


def steps_list() -> str:
    """Return each step with its options, as a recipe may name them."""
    return "\n".join(line for name in steps.STEPS for line in _step(name))


def _step(name: str) -> list[str]:
    words = steps.option_help(name).items()
    return [
        f"- **{name}**: {_first(inspect.getdoc(steps.STEPS[name]))}",
        *(f"  - `{option}`: {text}" for option, text in words),
    ]


def recipes() -> str:
    """Return a table of the recipes: what each is for, what of it the tests run on a CPU, and what
    needs a GPU.
    """
    ran = yaml_table("recipe/recipes.yaml")
    rows = [
        f"| [`{name}`](recipes/{name}.yaml) | {_purpose(name)} | {_ran(told)} | {told['gpu']} |"
        for name, told in ran.items()
    ]
    return "\n".join(
        [
            "| recipe | what it is for | run by the tests | needs a GPU |",
            "| --- | --- | --- | --- |",
            *rows,
        ]
    )


def _purpose(name: str) -> str:
    """Return the first sentence of a recipe, without its command."""
    line = (ROOT / f"recipes/{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    return line.removeprefix("# ").split("   make")[0].split(". Say")[0].rstrip(".:")


def _ran(told: Mapping[str, Any]) -> str:
    return str(told.get("cpu") or told.get("elsewhere") or "–")


def tree() -> str:
    """Return the package's files from the command line down, as the import contract has them, with
    a phrase each.
    """
    found = [_module(name) for name in _layers()]
    width = max(len(_shown(path)) for path in found)
    return "\n".join(f"  {_shown(path):<{width}}  {_says(path)}" for path in found)


def _layers() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name.strip().removeprefix("dataprep.") for layer in layers for name in layer.split("|")]


def _module(name: str) -> Path:
    folder = ROOT / "dataprep" / name
    return folder if folder.is_dir() else folder.with_suffix(".py")


def _shown(path: Path) -> str:
    return f"{path.name}/" if path.is_dir() else path.name


def _says(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    words = _first(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))
    return words[0].lower() + words[1:].rstrip(".")


def _first(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


def draw() -> None:
    """Draw the demo's loss while it trains and on its validation split."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    log = [json.loads(line) for line in LOG.read_text(encoding="utf-8").splitlines()]
    plt.rcParams |= {
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "loss",
    }
    figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
    for key, style, color in (("loss", "-", "#2563a8"), ("eval_loss", "o--", "#c2571a")):
        points = [(entry["current_steps"], entry[key]) for entry in log if key in entry]
        axes.plot(*zip(*points, strict=True), style, color=color, linewidth=1.8)
        label = {"loss": "training", "eval_loss": "validation"}[key]
        axes.annotate(
            f"{label} {points[-1][1]:.2f}",
            points[-1],
            (8, 0),
            textcoords="offset points",
            color=color,
        )
    axes.set(xlabel="step", ylabel="loss (nats a token)", ylim=(0, None))
    axes.margins(x=0.02)
    axes.grid(axis="y", alpha=0.25)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    draw()
