"""The command line: each command parses, calls one function and shows its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dataprep import __version__
from dataprep.cli.options import FILE, FORMAT, WORKERS, options_of, output, progress, reading, writing
from dataprep.errors import DataprepError

EXTRAS = {
    **dict.fromkeys(("gguf", "torch", "transformers"), "train"),
    **dict.fromkeys(("backports", "backports.zstd", "datasets", "python_calamine"), "files"),
}
"""The packages that the core does not install, each with the extra that brings it."""


class _Wrong(click.ClickException):
    """The command or the recipe is wrong."""

    exit_code = 2


class _Faulty(click.ClickException):
    """The data has faults."""

    exit_code = 1


class _Group(click.Group):
    """Lists the commands in the order of the work, and turns our errors into Click's, once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataprepError as error:
            raise (_Faulty if error.exit_status == 1 else _Wrong)(str(error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            raise _Wrong(f"{error.filename}: {(error.strerror or 'cannot be used').lower()}") from None
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise
            extra = EXTRAS[error.name]
            raise _Wrong(
                f"this needs the package '{error.name}'; install it by: pip install 'dataprep[{extra}]'"
            ) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dataprep")
def cli() -> None:
    """Turn raw corpora into clean, checked, leak-free data for LLaMA-Factory.

    A recipe describes a whole run: `dataprep prepare recipes/demo.yaml`. The other commands do one thing to files.
    Exit status: 0 all is well, 1 the data has faults, 2 the command or the recipe is wrong.
    """


# --------------------------------------------------------------------------------------------------------- by recipe


@cli.command()
@click.argument("recipe")
@click.option("--force", is_flag=True, help="Prepare again even where nothing changed.")
@WORKERS
def prepare(recipe: str, force: bool, workers: int) -> None:
    """Carry out the data half of RECIPE: read, check, clean, dedupe, split, write, register.

    \b
        dataprep prepare recipes/demo.yaml
    """
    from dataprep.commands.prepare import prepare
    from dataprep.recipe import load

    click.echo(prepare(load(recipe), force=force, workers=workers, progress=progress()))


@cli.command()
@click.argument("recipe")
@click.argument("stage")
@output("A file to write instead of standard output; it is left as it is where nothing changed.")
def config(recipe: str, stage: str, out: Path | None) -> None:
    """Print what LLaMA-Factory is told for a STAGE of RECIPE: train, export or chat.

    \b
        dataprep config recipes/demo.yaml train
    """
    from dataprep.recipe import load
    from dataprep.stages import show

    click.echo(show(load(recipe), stage, out), nl=False)


@cli.command()
@click.argument("recipe", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--model", help="A model folder or hub name.  [default: the demo's]")
@click.option("--dataset", help="The data file.  [default: one of the demo's]")
@click.option("--format", type=FORMAT, help="The data's format.  [default: told from each record]")
@click.option("--template", help="The chat template.  [default: told from the model's name]")
@click.option("--lora-rank", type=click.IntRange(1), help="[default: 8]")
@click.option("--lora-alpha", type=click.IntRange(1), help="[default: twice the rank]")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="[default: 3]")
@click.option("--batch-size", type=click.IntRange(1), help="Examples at a time on each device.  [default: 1]")
@click.option("--quantization", type=click.Choice(["4bit", "8bit"]), help="Load the base model in 4 or 8 bits.")
@click.option("--export-dir", help="Where the merged model goes.  [default: saves/NAME/merged]")
def new(recipe: Path, **options: Any) -> None:
    """Write RECIPE for a data file and a model of your own.

    \b
        dataprep new recipes/mine.yaml --model Qwen/Qwen3-8B --dataset data/raw/demo/chats.jsonl --quantization 4bit
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
    from dataprep.recipe import load

    for answers in ask(load(recipe), question):
        click.echo(answers)


@cli.command()
@click.argument("name", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that were prepared here.")
def forget(name: tuple[str, ...], everything: bool) -> None:
    """Remove prepared data by NAME: its folder and its registry entries. Raw data stays.

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
    """Tell the story of the record at PLACE: what it was read as, what changed it, where it went or why it left.

    PLACE is a raw file with a line, a file of prepared data with a line, or a folder of prepared data and a LINE of its
    train.jsonl.

    \b
        dataprep why data/raw/demo/faq.csv:8
        dataprep why data/demo/train.jsonl:12
        dataprep why data/demo 12
    """
    from dataprep.commands.why import why

    for told in why(place, line):
        click.echo(told)


# ---------------------------------------------------------------------------------------------------------- by files


def _tell(converted: Any) -> None:
    """Show what was done, beside standard output where the records go there."""
    click.echo(converted, err=converted.to_stdout)


@cli.command()
@reading
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def convert(sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...]) -> None:
    """Convert FILEs of any known kind and format to one file of one format.

    \b
        dataprep convert data/raw/demo/belle.jsonl --to sharegpt -o belle.jsonl
        dataprep convert data/raw/demo/faq.csv --encoding gb18030 --columns prompt=问题,response=答案 -o faq.jsonl
    """
    from dataprep.commands.convert import convert

    _tell(convert(sources, out, to, workers=workers, repairs=repairs, progress=progress()))


@cli.command()
@reading
@click.option("--head", type=click.IntRange(1), help="Look at this many records of each file.  [default: all]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file, for programs.")
def inspect(sources: Any, head: int | None, as_json: bool) -> None:
    """Show what FILEs are before anything is made of them: encoding, shapes, fields, faults, three samples.

    \b
        dataprep inspect data/raw/demo/chats.jsonl
        dataprep inspect data/raw/demo/faq.csv --json
    """
    from dataprep.commands.inspect import inspect
    from dataprep.files import to_line

    for source in sources:
        look = inspect(source, head)
        click.echo(to_line(look.as_json()).decode() if as_json else look, nl=not as_json)


@cli.command()
@reading
def validate(sources: Any) -> None:
    """Check every record of FILEs, and print the place and the fault of each that is no example.

    \b
        dataprep validate data/raw/demo/identity.json
    """
    from dataprep.commands.validate import validate

    verdict = validate(sources, click.echo)
    click.echo(verdict, err=True)
    raise SystemExit(verdict.exit_status)


@cli.command()
@reading
@options_of("clean")
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def clean(sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any) -> None:
    """Take left-over markup, full-width letters, control characters and stray space out of the texts of FILEs.

    \b
        dataprep clean data/raw/demo/identity.json -o clean.jsonl --no-full-width
    """
    from dataprep.commands.convert import convert

    _tell(convert(sources, out, to, ("clean", options), workers=workers, repairs=repairs, progress=progress()))


@cli.command()
@reading
@options_of("dedupe")
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def dedupe(sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any) -> None:
    """Keep the first of all examples in FILEs that are the same.

    \b
        dataprep dedupe data/raw/demo/*.json data/raw/demo/*.gz --by prompt -o unique.jsonl
    """
    from dataprep.commands.convert import convert

    _tell(convert(sources, out, to, ("dedupe", options), workers=workers, repairs=repairs, progress=progress()))


@cli.command()
@reading
@options_of("split")
@writing("The folder to write train.jsonl, val.jsonl and test.jsonl to.")
def split(sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any) -> None:
    """Split FILEs into train, val and test, the same prompt always on one side.

    \b
        dataprep split data/raw/demo/howto.jsonl.gz --val 0.1 --test 0.1 -o howto
    """
    from dataprep.commands.convert import split

    click.echo(split(sources, out, to, options, workers=workers, repairs=repairs, progress=progress()))


@cli.command()
@click.argument("file", type=FILE)
@click.option("--name", help="The data set's name.  [default: the file's name]")
@click.option("--format", "form", type=FORMAT, help="The file's format.  [default: told from its first record]")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default="data",
    show_default=True,
    help="The folder of dataset_info.json, in which FILE lies.",
)
def register(file: Path, name: str | None, form: str | None, data: Path) -> None:
    """Enter FILE into dataset_info.json, so that LLaMA-Factory finds it by name.

    \b
        dataprep register data/mine/train.jsonl --name mine
    """
    from dataprep.commands.register import register

    click.echo(register(file, name, form, data))


@cli.command()
@click.argument("source", type=FILE)
@output("The folder to write.", required=True)
def gguf(source: Path, out: Path) -> None:
    """Turn a model in one .gguf file, or in an archive that holds one, into a model folder for training.

    \b
        dataprep gguf SmolLM2-135M-Instruct.Q4_1.gguf -o models/smollm2-135m
    """
    from dataprep.commands.gguf import unpack

    click.echo(unpack(source, out))
