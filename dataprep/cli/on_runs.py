"""The commands that carry out the training half, and those on what came of it."""

from __future__ import annotations

from typing import Any

import click

from dataprep.cli.group import cli


def _err(line: str) -> None:
    click.echo(line, err=True)


@cli.command()
@click.argument("recipe")
@click.argument("stage")
@click.argument("words", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--auto/--as-written", default=True, help="Fit the run to this machine, or start it as it is written.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Who may reach api and webui; 0.0.0.0 is anybody.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of api or webui.  [default: 8000 or 7860]")
def run(recipe: str, stage: str, words: tuple[str, ...], **options: Any) -> None:
    """Carry out a STAGE of RECIPE with LLaMA-Factory on this machine, and note what was done.

    The stages are train, export, quantize, predict, evaluate, chat, api and webui. An interrupted training goes on from
    its last checkpoint where recipe, data and base model are the same. KEY=VALUE goes before the recipe's keys.

    \b
        dataprep run recipes/demo.yaml train num_train_epochs=1
        dataprep run recipes/demo.yaml evaluate
    """
    from dataprep.commands.run import Run, run
    from dataprep.recipe import load

    said = run(Run(load(recipe), stage, words, **options), _err)
    if said:
        click.echo(said)
