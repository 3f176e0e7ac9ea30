"""The commands on a recipe and its data, in the order of the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dataprep.cli.group import cli
from dataprep.cli.options import JSON, WORKERS, output, progress, show, tell_passed_over
from dataprep.cli.types import FOLDER, FORMAT, SHARE, STAGES


@cli.command()
@click.argument("recipe")
@click.option("--force", is_flag=True, help="Prepare again even if nothing changed.")
@click.option(
    "--locked",
    is_flag=True,
    help="Fail if inputs or outputs differ from RECIPE's lock, and leave the data unchanged.",
)
@WORKERS
def prepare(recipe: str, force: bool, locked: bool, workers: int) -> None:
    """Prepare the data of RECIPE: read, check, clean, dedupe, split, write, register.

    NAME.lock.json, next to RECIPE, records the hashes of all inputs and outputs. With --locked, an
    input that differs ends the run with status 2 before a byte is written, an output that differs
    with status 1, and the data stay unchanged.

    \b
        dataprep prepare recipes/demo.yaml
        dataprep prepare recipes/demo.yaml --locked
    """
    from dataprep.commands.prepare import prepare
    from dataprep.commands.recipe_check import compile_checked

    compiled, warnings = compile_checked(recipe)
    for warning in warnings:
        click.echo(warning, err=True)
    tell_passed_over(compiled.patterns)
    click.echo(prepare(compiled, force=force, locked=locked, workers=workers, progress=progress()))


@cli.command()
@click.argument("recipe")
@click.option(
    "--gpu",
    metavar="NAME",
    help="One card, or all of a size: H100, 'RTX 4090', 24GB, cpu.  [default: nine]",
)
@click.option(
    "--gpus", "count", type=click.IntRange(1), help="The number of cards.  [default: 1, 2, 4 and 8]"
)
@JSON
def plan(recipe: str, gpu: str | None, count: int | None, as_json: bool) -> None:
    """Estimate the cost of training RECIPE: steps, memory, fitting GPUs and a time range.

    \b
        dataprep plan recipes/demo.yaml
        dataprep plan recipes/demo.yaml --gpu 24GB --gpus 2
    """
    from dataprep.commands.plan import plan
    from dataprep.recipe import compile

    show(plan(compile(recipe), gpu, count), as_json=as_json)


@cli.command()
@click.argument("recipe")
@click.argument("stage")
@output("A file to write instead of standard output; it stays untouched if nothing changed.")
def config(recipe: str, stage: str, out: Path | None) -> None:
    """Print the arguments of LLaMA-Factory for a STAGE of RECIPE.

    The stages are train, export, quantize, predict, evaluate, chat and api.

    \b
        dataprep config recipes/demo.yaml train
    """
    from dataprep.llamafactory.stages import show
    from dataprep.recipe import compile

    click.echo(show(compile(recipe), stage, out), nl=False)


@cli.group("recipe")
def recipe_group() -> None:
    """Find mistakes in a recipe before it runs, and suggest what to write instead.

    \b
        dataprep recipe check recipes/demo.yaml
    """


@recipe_group.command("check")
@click.argument("words", nargs=-1, required=True, metavar="RECIPE... [KEY=VALUE]...")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--quick",
    is_flag=True,
    help="Do not ask LLaMA-Factory's own parser, which takes seconds to start.",
)
@click.option("--quiet", is_flag=True, help="Show errors only.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each fault.")
def recipe_check(
    words: tuple[str, ...], strict: bool, quick: bool, quiet: bool, as_json: bool
) -> None:
    """Find mistakes in each RECIPE, also those that LLaMA-Factory would silently accept.

    A RECIPE may also be a file of plain LLaMA-Factory arguments. KEY=VALUE overrides a training key
    of the recipe. Exit status: 0 nothing or warnings only, 2 errors.

    \b
        dataprep recipe check recipes/demo.yaml
        dataprep recipe check recipes/demo.yaml learning_rate=5e-5
    """
    from dataprep.commands.recipe_check import check_recipes
    from dataprep.sources.json_lines import to_line

    verdict = check_recipes(words, strict=strict, quick=quick)
    for fault in verdict.errors if quiet else verdict.faults:
        click.echo(to_line(fault.as_json()) if as_json else fault, nl=not as_json)
    if not quiet:
        click.echo(verdict, err=as_json)
    raise SystemExit(verdict.exit_status)


@cli.command()
@click.argument("recipe", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--model", help="A model folder or hub name.  [default: the demo's]")
@click.option("--dataset", help="The data file.  [default: one of the demo's]")
@click.option(
    "--format", type=FORMAT, help="The data's format.  [default: detected in each record]"
)
@click.option("--template", help="The chat template.  [default: inferred from the model's name]")
@click.option("--lora-rank", type=click.IntRange(1), help="[default: 8]")
@click.option("--lora-alpha", type=click.IntRange(1), help="[default: twice the rank]")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="[default: 3]")
@click.option(
    "--batch-size", type=click.IntRange(1), help="Examples at a time on each device.  [default: 1]"
)
@click.option(
    "--quantization",
    type=click.Choice(["4bit", "8bit"]),
    help="Load the base model in 4 or 8 bits.",
)
@click.option("--export-dir", help="Where the merged model goes.  [default: saves/NAME/merged]")
def new(recipe: Path, **options: Any) -> None:
    """Write a RECIPE for your own data file and model.

    \b
        dataprep new recipes/mine.yaml --model Qwen/Qwen3-8B --dataset data/raw/demo/chats.jsonl
    """
    from dataprep.commands.new import Options, new

    click.echo(new(recipe, Options(**options)))


@cli.command()
@click.argument("recipe")
@click.argument("question", nargs=-1)
def ask(recipe: str, question: tuple[str, ...]) -> None:
    """Ask the base model and the exported model of RECIPE each QUESTION, or a few built-in ones.

    \b
        dataprep ask recipes/demo.yaml "Who are you?"
    """
    from dataprep.commands.ask import ask
    from dataprep.recipe import compile

    for answers in ask(compile(recipe), question):
        click.echo(answers)


@cli.command()
@click.argument("places", nargs=-1, required=True, metavar="RECIPE|DATASET...")
@click.option(
    "--model", "model_name_or_path", help="The model folder or hub name whose tokenizer counts."
)
@click.option("--template", help="LLaMA-Factory's chat template.")
@click.option(
    "--cutoff-len", type=click.IntRange(2), help="Tokens that a row may have.  [default: 2048]"
)
@click.option(
    "--stage",
    type=click.Choice(STAGES),
    help="The training stage.  [default: from the registry]",
)
@click.option(
    "--quick", is_flag=True, help="Use tokenizer.json alone, without torch and LLaMA-Factory."
)
@click.option(
    "--fail-over",
    type=SHARE,
    help="Exit with 1 if more than this share of rows, e.g. 0.5%, is not kept whole.",
)
@JSON
@click.option(
    "--data",
    type=FOLDER,
    default="data",
    show_default=True,
    help="The folder of dataset_info.json.",
)
@output("A .jsonl file to write the outcome of every row to.")
@WORKERS
def check(
    places: tuple[str, ...],
    quick: bool,
    fail_over: float | None,
    as_json: bool,
    data: Path,
    out: Path | None,
    workers: int,
    **options: Any,
) -> None:
    """Show what LLaMA-Factory will do with every row of a RECIPE's data, or of DATASETs: keep, cut,
    drop or stop.

    A DATASET is a name in dataset_info.json, or a file. Options override what a recipe says.

    \b
        dataprep check recipes/demo.yaml --fail-over 0.5%
        dataprep check demo --model Qwen/Qwen2.5-7B-Instruct --template qwen --quick
    """
    from dataprep.commands.check import asked, check
    from dataprep.sources.json_lines import to_json

    report = check(
        asked(places, data, options), fast=quick, most=fail_over, out=out, workers=workers
    )
    click.echo(to_json(report.as_json()) if as_json else report, nl=not as_json)
    raise SystemExit(report.exit_status)


@cli.command()
@click.argument("name", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Remove all data prepared here.")
def forget(name: tuple[str, ...], everything: bool) -> None:
    """Remove prepared data by NAME: its folder and its registry entries. Raw data, recipe and lock
    stay.

    \b
        dataprep forget demo
    """
    from dataprep.commands.prepare import forget, prepared

    if not name and not everything:
        raise click.UsageError("Missing argument 'NAME...', or --all.")
    for line in forget(prepared() if everything else name):
        click.echo(line)


@cli.command()
@click.argument("place")
@click.argument("line", type=click.IntRange(1), required=False)
def why(place: str, line: int | None) -> None:
    """Trace the record at PLACE: its format, the steps that changed it, and where it went or why it
    was removed.

    PLACE is a raw file with a line, a file of prepared data with a line, or a folder of prepared
    data and a LINE of its train.jsonl.

    \b
        dataprep why data/raw/demo/faq.csv:8
        dataprep why data/demo/train.jsonl:12
        dataprep why data/demo 12
    """
    from dataprep.commands.why import why

    for told in why(place, line):
        click.echo(told)
