"""The command line: each command parses, calls one function and shows its result."""

from __future__ import annotations

import errno
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import click

from dataprep import __version__
from dataprep.cli.options import (
    FILE,
    FOLDER,
    FORMAT,
    SHARE,
    STAGES,
    WORKERS,
    options_of,
    output,
    progress,
    reading,
    tell,
    tell_passed_over,
    writing,
)
from dataprep.errors import DataprepError

EXTRAS = {
    **dict.fromkeys(("gguf", "llamafactory", "torch", "transformers"), "train"),
    **dict.fromkeys(("huggingface_hub", "tokenizers"), "check"),
    **dict.fromkeys(("backports", "backports.zstd", "datasets", "python_calamine"), "files"),
}
"""The packages that the core does not install, each with the extra that brings it."""


class _Wrong(click.ClickException):
    """The command or the recipe is wrong."""

    exit_code = 2


class _Faulty(click.ClickException):
    """The data has faults."""

    exit_code = 1


def _stop(sign: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, with all that is half done taken away."""
    raise SystemExit(128 + sign)


class _Group(click.Group):
    """Lists the commands in the order of the work, and turns our errors into Click's, once."""

    def main(self, *args: Any, **options: Any) -> Any:
        if not args and "args" not in options:  # as the program itself, not inside another one
            for sign in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(sign) is signal.SIG_DFL:
                    signal.signal(sign, _stop)
        return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataprepError as error:
            raise (_Faulty if error.exit_status == 1 else _Wrong)(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # who read our output has enough, which Click ends in silence
            raise _Wrong(f"{error.filename or 'standard output'}: {(error.strerror or str(error)).lower()}") from None
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise SystemExit(128 + signal.SIGINT) from None
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
    from dataprep.commands.recipe_check import warnings_of
    from dataprep.recipe import load

    for warning in warnings_of(recipe):
        click.echo(warning, err=True)
    loaded = load(recipe)
    tell_passed_over(each if isinstance(each, str) else each["path"] for each in loaded.data["inputs"])
    click.echo(prepare(loaded, force=force, workers=workers, progress=progress()))


@cli.command()
@click.argument("recipe")
@click.option("--gpu", metavar="NAME", help="One card, or all of a size: H100, 'RTX 4090', 24GB, cpu.  [default: nine]")
@click.option("--gpus", "count", type=click.IntRange(1), help="How many of them.  [default: 1, 2, 4 and 8]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def plan(recipe: str, gpu: str | None, count: int | None, as_json: bool) -> None:
    """Tell what training RECIPE will cost: steps, memory by part, the GPUs that it fits, and a band of hours.

    \b
        dataprep plan recipes/demo.yaml
        dataprep plan recipes/demo.yaml --gpu 24GB --gpus 2
    """
    from dataprep.commands.plan import plan
    from dataprep.files import to_line
    from dataprep.recipe import load

    forecast = plan(load(recipe), gpu, count)
    click.echo(to_line(forecast.as_json()).decode() if as_json else forecast, nl=not as_json)


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


@cli.group("recipe")
def recipe_group() -> None:
    """Say what would go wrong with a recipe before it is carried out, and what to write instead.

    \b
        dataprep recipe check recipes/demo.yaml
    """


@recipe_group.command("check")
@click.argument("words", nargs=-1, required=True, metavar="RECIPE... [KEY=VALUE]...")
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--quick", is_flag=True, help="Do not ask LLaMA-Factory's own parser, which takes seconds to start.")
@click.option("--quiet", is_flag=True, help="Say errors only.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a finding, for programs.")
def recipe_check(words: tuple[str, ...], strict: bool, quick: bool, quiet: bool, as_json: bool) -> None:
    """Say what would go wrong with each RECIPE, most of it without a word, and what to write instead.

    A RECIPE may also be a file of plain LLaMA-Factory arguments. KEY=VALUE goes before what a recipe says of training.
    Exit status: 0 nothing or warnings only, 2 errors.

    \b
        dataprep recipe check recipes/demo.yaml
        dataprep recipe check recipes/demo.yaml learning_rate=5e-5
    """
    from dataprep.commands.recipe_check import check_recipes
    from dataprep.files import to_line

    verdict = check_recipes(words, strict=strict, quick=quick)
    for finding in verdict.errors if quiet else verdict.findings:
        click.echo(to_line(finding._asdict()) if as_json else finding, nl=not as_json)
    if not quiet:
        click.echo(verdict, err=as_json)
    raise SystemExit(verdict.exit_status)


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
@click.argument("places", nargs=-1, required=True, metavar="RECIPE|DATASET...")
@click.option("--model", "model_name_or_path", help="The model folder or hub name whose tokenizer counts.")
@click.option("--template", help="LLaMA-Factory's chat template.")
@click.option("--cutoff-len", type=click.IntRange(2), help="Tokens that a row may have.  [default: 2048]")
@click.option("--stage", type=click.Choice(STAGES), help="What the rows train.  [default: told from the registry]")
@click.option("--quick", is_flag=True, help="From tokenizer.json alone, without torch and LLaMA-Factory.")
@click.option(
    "--fail-over", type=SHARE, help="Exit with 1 where more than this share of rows, e.g. 0.5%, is not kept whole."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.option("--data", type=FOLDER, default="data", show_default=True, help="The folder of dataset_info.json.")
@output("A .jsonl file to write the fate of every row to.")
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
    """Tell what LLaMA-Factory will do with every row of a RECIPE's data, or of DATASETs: keep, cut, drop, end.

    A DATASET is a name in dataset_info.json, or a file. Options override what a recipe says.

    \b
        dataprep check recipes/demo.yaml --fail-over 0.5%
        dataprep check demo --model Qwen/Qwen2.5-7B-Instruct --template qwen --cutoff-len 512 --quick
    """
    from dataprep.commands.check import asked, check
    from dataprep.files import to_json

    report = check(asked(places, data, options), fast=quick, most=fail_over, out=out, workers=workers)
    click.echo(to_json(report.as_json()) if as_json else report, nl=not as_json)
    raise SystemExit(report.exit_status)


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
@click.option("--schema", "own", type=FILE, help="Judge each record by a JSON Schema of yours, not by a format.")
@click.option("--all", "every", is_flag=True, help="Print each fault, also where many are alike.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for all faults that are alike, one a line.")
def validate(sources: Any, **options: Any) -> None:
    """Check every record of FILEs, and print the place and the fault of each that is no example.

    Faults that are alike are told in one line, with their number and three places. With --json it has their reason,
    pointer, found, expected, repair, count and places: path, line and byte of the first three. A recipe,
    dataset_info.json, report.json, rejects.jsonl and lineage.parquet are checked by their own schemas; --format rejects
    checks the records in rejects instead.

    \b
        dataprep validate data/raw/demo/identity.json
        dataprep validate data/raw/demo/*.jsonl --json
    """
    from dataprep.commands.validate import validate

    as_data = click.get_current_context().params["form"] is not None
    verdict = validate(sources, tell, as_data=as_data, progress=progress(), **options)
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
@writing("The folder to write train.jsonl, val.jsonl and test.jsonl to.", required=True)
def split(sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any) -> None:
    """Split FILEs into train, val and test, the same prompt always on one side.

    \b
        dataprep split data/raw/demo/howto.jsonl.gz --val 0.1 --test 0.1 -o howto
    """
    from dataprep.commands.convert import split

    click.echo(split(sources, out, to, options, workers=workers, repairs=repairs, progress=progress()))


@cli.command()
@click.argument("file", type=FILE, required=False, metavar="FILE")
@click.option("--name", help="The data set's name.  [default: the file's name]")
@click.option("--format", "form", type=FORMAT, help="The file's format.  [default: told from its first record]")
@click.option("--remove", multiple=True, metavar="NAME", help="Take this entry out instead; its data stays.")
@click.option("--list", "listing", is_flag=True, help="Show the entries instead.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default="data",
    show_default=True,
    help="The folder of dataset_info.json, in which FILE lies.",
)
def register(
    file: Path | None, name: str | None, form: str | None, remove: tuple[str, ...], listing: bool, data: Path
) -> None:
    """Enter FILE into dataset_info.json, so that LLaMA-Factory finds it by name.

    \b
        dataprep register data/mine/train.jsonl --name mine
    """
    from dataprep.commands.register import listed, register, removed

    if bool(file) + bool(remove) + listing != 1:
        raise click.UsageError("Missing argument 'FILE'." if not file else "Give one of FILE, --remove and --list.")
    for line in [register(file, name, form, data)] if file else removed(remove, data) if remove else listed(data):
        click.echo(line)


@cli.group()
def registry() -> None:
    """Check a dataset_info.json that others wrote, and mend it.

    \b
        dataprep registry check
        dataprep registry check data/dataset_info.json --fix
    """


@registry.command("check")
@click.argument(
    "path", type=click.Path(exists=True, path_type=Path), default="data/dataset_info.json", metavar="[FILE]"
)
@click.option(
    "--fix",
    is_flag=True,
    help="Mend what is safe, and say so: misspelt keys, missing columns, tags, ranking, formatting; ASCII.",
)
@click.option(
    "--rows", type=click.IntRange(0), default=100_000, show_default=True, help="Look at so many of a file; 0: all."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def registry_check(path: Path, fix: bool, rows: int, as_json: bool) -> None:
    """Say what LLaMA-Factory would ignore, drop, change or stop at in a registry and its files.

    \b
        dataprep registry check
        dataprep registry check data/dataset_info.json --fix
    """
    from dataprep.commands.registry_check import check
    from dataprep.files import to_line

    checked = check(path, rows=rows, fix=fix)
    click.echo(to_line(checked.as_json()).decode() if as_json else checked, nl=not as_json)
    raise SystemExit(checked.exit_status)


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
