"""The commands that train, and those that compare runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dataprep.cli.group import cli


def _err(line: str) -> None:
    click.echo(line, err=True)


@cli.command()
@click.argument("recipe")
@click.argument("stage")
@click.argument("words", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--auto/--as-written",
    default=True,
    help="Fit the run to this machine, or run it as written.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address that api and webui listen on; 0.0.0.0 admits everyone.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port of api or webui.  [default: 8000 or 7860]",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Do not ask LLaMA-Factory's own parser before a training, which takes seconds to start.",
)
def run(recipe: str, stage: str, words: tuple[str, ...], **options: Any) -> None:
    """Run a STAGE of RECIPE with LLaMA-Factory on this machine, and record it.

    RECIPE is checked first, as by `dataprep recipe check`; with an error nothing is started.

    The stages are train, export, quantize, predict, evaluate, chat, api and webui. An interrupted
    training resumes from its last checkpoint if recipe, data and base model are unchanged.
    KEY=VALUE overrides a key of the recipe.

    \b
        dataprep run recipes/demo.yaml train num_train_epochs=1
        dataprep run recipes/demo.yaml evaluate
    """
    from dataprep.commands.run import run_stage

    if said := run_stage(recipe, stage, words, tell=_err, **options):
        click.echo(said)


@cli.command()
@click.argument("places", nargs=-1, required=True, metavar="RUN RUN...")
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    help="Also write an HTML page with loss curves.",
)
def compare(places: tuple[str, ...], out: Path | None) -> None:
    """Compare RUNs: losses, test metrics, time, memory, and differences in recipe and data.

    A RUN is a run.json, or the folder that holds one.

    \b
        dataprep compare saves/a saves/b -o compare.html
    """
    from dataprep.commands.compare import compare
    from dataprep.sources.atomic import replace_text

    found = compare(places)
    if out:
        replace_text(out, found.as_page())
    click.echo(found)


@cli.command()
@click.argument("recipe")
@click.argument("grid", nargs=-1, required=True, metavar="KEY=VALUE,VALUE...")
def sweep(recipe: str, grid: tuple[str, ...]) -> None:
    """Train RECIPE once for each combination of values, and compare the runs.

    \b
        dataprep sweep recipes/demo.yaml lora_rank=4,8,16 learning_rate=1e-4,5e-5
    """
    from dataprep.commands.sweep import sweep
    from dataprep.recipe import compile

    click.echo(sweep(compile(recipe), grid, _err))


@cli.command()
@click.argument("run", type=click.Path(path_type=Path))
def reproduce(run: Path) -> None:
    """Repeat the training that RUN, a run.json, records, and show the differences.

    \b
        dataprep reproduce saves/demo/run.json
    """
    from dataprep.commands.sweep import reproduce

    for line in reproduce(run, _err):
        click.echo(line)
