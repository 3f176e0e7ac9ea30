"""The commands on files, which need no recipe; most of them call the verb of their name."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataprep.cli.group import cli
from dataprep.cli.options import (
    JSON,
    KEEP,
    also,
    dry_run,
    names,
    output,
    progress,
    show,
    tell,
    verb,
)
from dataprep.cli.types import FILE, FILE_TO_WRITE, FOLDER, FORMAT, SIMILARITY
from dataprep.commands import verbs
from dataprep.errors import DataprepError
from dataprep.steps.split import LOWEST, NEAR

if TYPE_CHECKING:  # rapidfuzz takes a while to load
    from dataprep.text.diff import Mark

OUT = "The file to write: .jsonl, .json or .parquet.  [default: standard output]"
REPORTED = (
    "Write what stays: .jsonl, .json or .parquet; - is standard output.  [default: only report]"
)


def _write(act: Callable[..., Any], data: Any, out: Path | None, **options: Any) -> None:
    """Call a verb and show what it did; without a file, the rows go to standard output."""
    from dataprep.sources import atomic

    if out and str(out) != "-":
        show(act(data, out=out, progress=progress(), **options))
        return
    if sys.stdout is None:
        raise DataprepError("standard output is closed; say where to write: -o FILE")
    made = act(data, progress=progress(), **options)
    beside = {name: atomic.publish_beside(path, Path(name)) for name, path in made.beside.items()}
    with made.files["train"].open("rb") as lines, atomic.naming("standard output"):
        shutil.copyfileobj(lines, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    click.echo(replace(made, out="-", beside=beside), err=True)


def _show_changes(data: Any, steps: list[Any], repair: Any, workers: int, head: Any) -> None:
    from dataprep.commands.changes import diffs

    pairs = [pair for step in steps for pair in step.items()]
    for shown in diffs(data, *pairs, repairs=repair, workers=workers, head=head, mark=_mark()):
        click.echo(shown)


def _mark() -> Mark:
    """Return what marks differences: by colours on a terminal."""
    from dataprep.text.diff import plain_mark

    return _coloured if sys.stdout.isatty() else plain_mark


def _coloured(text: str, added: bool) -> str:
    return click.style(
        text, fg="green" if added else "red", strikethrough=not added, underline=added
    )


@verb(verbs.convert, without=("steps",), out=OUT)
def convert(**options: Any) -> None:
    """
    \b
        dataprep convert data/raw/demo/belle.jsonl --to sharegpt -o belle.jsonl
        dataprep convert data/raw/demo/faq.csv --columns prompt=问题,response=答案 -o faq.jsonl
    """
    _write(verbs.convert, **options)


@verb(verbs.inspect, kinds={"head": click.IntRange(1)})
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file, for programs.")
def inspect(data: Any, head: int | None, as_json: bool) -> None:
    """
    \b
        dataprep inspect data/raw/demo/chats.jsonl
        dataprep inspect data/raw/demo/faq.csv --json
    """
    for source in data:
        show(*verbs.inspect([source], head=head), as_json=as_json)


@verb(verbs.validate, kinds={"schema": FILE})
@click.option("--all", "every", is_flag=True, help="Print each fault, also where many are alike.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, for programs.")
def validate(data: Any, schema: Path | None, **options: Any) -> None:
    """Similar faults are shown in one line, with their number and three places. With --json it has
    their reason, pointer, found, expected, repair, count and places: path, line and byte of the
    first three. A recipe, dataset_info.json, report.json, rejects.jsonl, tags.jsonl and
    lineage.parquet are checked by their own schemas; --format rejects checks the records in rejects
    instead.

    \b
        dataprep validate data/raw/demo/identity.json
        dataprep validate data/raw/demo/*.jsonl --json
    """
    from dataprep.commands.validate import validate

    as_data = click.get_current_context().params["form"] is not None
    verdict = validate(data, tell, own=schema, as_data=as_data, progress=progress(), **options)
    click.echo(verdict, err=True)
    raise SystemExit(verdict.exit_status)


@verb(verbs.clean, without=("steps",), kinds={"report": FILE_TO_WRITE}, out=OUT)
@also("language", "quality", "privacy", "select", "mix")
@dry_run
def clean(
    data: Any, also: list[Any], report: Path | None, only_show: bool, head: Any, **rest: Any
) -> None:
    """In the same run other steps may follow, whatever the order of their options: language,
    quality, privacy, select, mix. BLOCK is what a recipe has after the step's name, all defaults if
    not said; FILEs come before.

    \b
        dataprep clean data/raw/demo/identity.json --dry-run --head 5
        dataprep clean data/raw/demo/identity.json -o clean.jsonl --no-full-width
        dataprep clean data/raw/demo/*.jsonl --privacy --quality 'keep: best 0.8' -o good.jsonl
    """
    if only_show and report:
        raise click.UsageError("--dry-run writes nothing; leave --report out.")
    if only_show:
        how = {name: rest.pop(name) for name in ("repair", "workers", "out", "to")}
        steps = [{"clean": rest}, *also]
        _show_changes(data, steps, how["repair"], how["workers"], head)
        return
    _write(verbs.clean, data, steps=also, report=report, **rest)


@verb(verbs.privacy, without=("kinds",), out="The file to write; without it, only report.")
@names("kinds", "The kinds to look for, e.g. email,phone.  [default: all]")
@dry_run
@click.option(
    "--json", "as_json", is_flag=True, help="Without -o: print one JSON object, for programs."
)
def privacy(
    data: Any, kinds: list[str], action: str, only_show: bool, head: Any, as_json: bool, **how: Any
) -> None:
    """Without -o it only shows how many there are of each kind and where the first are, never what
    they are; only --dry-run shows them, with what would replace them.

    \b
        dataprep privacy data/raw/demo/chats.jsonl
        dataprep privacy data/raw/demo/chats.jsonl --dry-run --head 5
        dataprep privacy data/raw/demo/chats.jsonl --kinds email,phone,api_key -o redacted.jsonl
    """
    from dataprep.commands.privacy import survey
    from dataprep.steps.privacy import ALL

    options: dict[str, Any] = {"kinds": kinds or ALL, "action": action}
    if only_show:
        _show_changes(data, [{"privacy": options}], how["repair"], how["workers"], head)
    elif how["out"]:
        _write(verbs.privacy, data, **options, **how)
    else:
        found = survey(data, options["kinds"], workers=how["workers"], progress=progress())
        show(found, as_json=as_json)


@verb(verbs.dedupe, without=("near",), kinds={"index": FOLDER}, out=OUT)
@click.option("--near", is_flag=True, help="Also where examples share most of their words.")
@click.option(
    "--threshold",
    type=SIMILARITY,
    help="The similarity from which on they do, 0 to 1.  [default: 0.6]",
)
@click.option(
    "--show",
    is_flag=True,
    help="Show the largest clusters and what differs in them; write nothing.",
)
@click.option(
    "--measure",
    is_flag=True,
    help="Measure how many near duplicates of a sample are found; write nothing.",
)
def dedupe(
    data: Any,
    near: bool,
    threshold: float | None,
    show: bool,
    measure: bool,
    index: Path | None,
    **rest: Any,
) -> None:
    """Two that differ in a number, a name, a negation or an opposite are never nearly the same. A
    removed record names the example that it repeats; with --near the clusters are written too,
    next to the output as NAME.clusters.parquet.

    \b
        dataprep dedupe data/raw/demo/*.json data/raw/demo/*.gz --by prompt -o unique.jsonl
        dataprep dedupe data/raw/demo/*.json --near --keep longest -o unique.jsonl
        dataprep dedupe data/raw/demo/*.json --near --show
    """
    from dataprep.commands import dedupe as commands

    if (threshold is not None or measure or show) and not near:
        raise click.UsageError(
            "--threshold, --show and --measure are about near duplicates; add --near."
        )
    if (show or measure) and (index or (rest["out"] and str(rest["out"]) != "-")):
        raise click.UsageError("--show and --measure write nothing; leave -o and --index out.")
    if show and measure:
        raise click.UsageError("--show and --measure are two questions; ask one after the other.")
    if not show and not measure:
        _write(verbs.dedupe, data, near=threshold or near, index=index, **rest)
        return
    how: dict[str, Any] = {"workers": rest.pop("workers"), "progress": progress()}
    options = {name: value for name, value in rest.items() if name not in ("out", "to", "repair")}
    options["near"] = threshold or near
    if measure:
        click.echo(commands.measure(data, options, **how))
    else:
        for text in commands.show(data, options, **how, mark=_mark()):
            click.echo(text)


@verb(verbs.select, out=OUT)
def select(**options: Any) -> None:
    """The rest goes to NAME.rejects.jsonl with the reason. A sample stays what it is when rows are
    added.

    \b
        dataprep select data/raw/demo/*.jsonl --sample 50 -o sample.jsonl
        dataprep select data/raw/demo/*.jsonl --languages zh --diverse 20 -o chinese.jsonl
        dataprep select data/raw/demo/howto.jsonl.gz --where 'input=' --head 20 -o howto.jsonl
    """
    _write(verbs.select, **options)


@verb(verbs.mix, out=OUT)
def mix(**options: Any) -> None:
    """A file is named with or without its suffix. As many rows are taken as these shares allow; the
    rest goes to NAME.rejects.jsonl. With --times, the rows of a source are written several times.

    \b
        dataprep mix data/raw/demo/*.jsonl --weights chats=0.7,belle=0.3 -o mixed.jsonl
        dataprep mix data/raw/demo/*.json* --times identity=3 --most chats=20 -o mixed.jsonl
    """
    _write(verbs.mix, **options)


@verb(verbs.quality, without=("keep",), out=REPORTED)
@KEEP
@JSON
def quality(data: Any, out: Path | None, as_json: bool, **rest: Any) -> None:
    """Without -o nothing is written: for each rule you see how many examples break it, how its
    measure is spread, and the first three with their lines. With -o, examples that break no rule
    are written, and the rest goes to NAME.rejects.jsonl.

    \b
        dataprep quality data/raw/demo/*.jsonl
        dataprep quality data/raw/demo/*.jsonl --no-refusals --repeated-lines 0.3 -o good.jsonl
        dataprep quality data/raw/demo/*.jsonl --keep 'best 0.8' -o best.jsonl
    """
    from dataprep.commands.quality import quality

    if out and as_json:
        raise click.UsageError("--json prints the report, which -o does not make; leave one out.")
    if (rest["to"] or rest["keep"] or rest["contradictions"]) and not out:
        raise click.UsageError("--to, --keep and --contradictions say what to write; add -o.")
    if out:
        _write(verbs.quality, data, out, **rest)
        return
    how = {"repairs": rest.pop("repair"), "workers": rest.pop("workers"), "progress": progress()}
    del rest["to"]
    show(quality(data, rest, **how), as_json=as_json)


@verb(
    verbs.language, without=("keep", "drop"), out="The file to write.  [default: standard output]"
)
@names("keep", "The languages to keep, e.g. zh,en or zh-hans; what cannot be told stays.")
@names("drop", "The languages to drop; und is what cannot be told.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object a row instead: line, language, confidence.",
)
def language(data: Any, out: Path | None, as_json: bool, **rest: Any) -> None:
    """Without -o, --keep, --drop and --same it only counts the languages.

    \b
        dataprep language data/raw/demo/*.json data/raw/demo/*.jsonl
        dataprep language data/raw/demo/chats.jsonl --of prompt --json
        dataprep language data/raw/demo/*.json --keep zh -o chinese.jsonl
        dataprep language data/raw/demo/*.json --same -o answered.jsonl
    """
    from dataprep.commands.language import language

    if out or rest["keep"] or rest["drop"] or rest["same"] or rest["action"] == "tag":
        if as_json:
            raise click.UsageError(
                "--json tells the language of each row; to write examples, leave it out."
            )
        _write(verbs.language, data, out, **rest)
        return
    found = language(
        data,
        tell if as_json else None,
        of=rest["of"],
        sure=rest["sure"],
        workers=rest["workers"],
        repairs=rest["repair"],
        progress=progress(),
    )
    if not as_json:
        click.echo(found)
    if found.note:
        click.echo(found.note, err=True)


@verb(verbs.decontaminate, out=REPORTED)
@JSON
def decontaminate(data: Any, out: Path | None, as_json: bool, **rest: Any) -> None:
    """An item is found word for word, by a long span of it, or in other words, whatever the case,
    the punctuation and the spelling of its numbers. Without -o the exit status is 1 if anything is
    found.

    \b
        dataprep decontaminate data/raw/demo/identity.json --against data/evals/howto.jsonl
        dataprep decontaminate data/raw/demo/identity.json --against howto -o clean.jsonl
    """
    from dataprep.commands.decontaminate import report

    if out:
        if as_json:
            raise click.UsageError("--json tells what is found; to write examples, leave it out.")
        _write(verbs.decontaminate, data, out, **rest)
        return
    how = {"repairs": rest.pop("repair"), "workers": rest.pop("workers"), "progress": progress()}
    del rest["to"]
    found = report(data, rest, **how)
    show(found, as_json=as_json)
    raise SystemExit(found.exit_status)


@verb(
    verbs.split,
    without=("near",),
    out="The folder to write train.jsonl, val.jsonl and test.jsonl to.",
)
@click.option(
    "--near",
    type=click.FloatRange(LOWEST, 1),
    default=NEAR,
    show_default=True,
    help="Keep examples together that share so many of their pairs of words.",
)
@click.option("--no-near", is_flag=True, help="Place each example by itself, however similar.")
@click.option(
    "--verify",
    is_flag=True,
    help="Prove that FILEs, or those in a folder, leak nothing; write nothing.",
)
@JSON
def split(
    data: Any,
    out: Path | None,
    near: float,
    no_near: bool,
    verify: bool,
    as_json: bool,
    **rest: Any,
) -> None:
    """With --verify the proof is made of finished files, split by any tool; the exit status is 1
    if it fails.

    \b
        dataprep split data/raw/demo/howto.jsonl.gz --val 0.1 --test 10 -o howto
        dataprep split data/raw/demo/howto.jsonl.gz --folds 5 -o folds
        dataprep split --verify howto
        dataprep split --verify howto/train.jsonl howto/test.jsonl
    """
    from dataprep.commands import verify as verifying

    if bool(out) == verify:
        raise click.UsageError(
            "--verify writes nothing; leave -o out." if out else "Missing option '-o' / '--output'."
        )
    if verify:
        done = verifying.verify(data, near, workers=rest["workers"])
        show(done, as_json=as_json)
        raise SystemExit(done.exit_status)
    if str(out) == "-":
        raise DataprepError("-: is standard output, expected a folder to write to")
    near_ = not no_near and near
    show(verbs.split(data, out=out, near=near_, progress=progress(), **rest), as_json=as_json)


@cli.command()
@click.argument("file", type=FILE, required=False, metavar="FILE")
@click.option("--name", help="The data set's name.  [default: the file's name]")
@click.option("--format", "form", type=FORMAT, help="The file's format.  [default: detected]")
@click.option(
    "--remove", multiple=True, metavar="NAME", help="Take this entry out instead; its data stays."
)
@click.option("--list", "listing", is_flag=True, help="Show the entries instead.")
@click.option(
    "--data",
    type=FOLDER,
    default="data",
    show_default=True,
    help="The folder of dataset_info.json, in which FILE lies.",
)
def register(
    file: Path | None,
    name: str | None,
    form: str | None,
    remove: tuple[str, ...],
    listing: bool,
    data: Path,
) -> None:
    """Enter FILE into dataset_info.json, so that LLaMA-Factory finds it by name.

    \b
        dataprep register data/mine/train.jsonl --name mine
    """
    from dataprep.commands.register import listed, register, removed

    if bool(file) + bool(remove) + listing != 1:
        raise click.UsageError(
            "Missing argument 'FILE'." if not file else "Give one of FILE, --remove and --list."
        )
    if file:
        click.echo(register(file, name, form, data))
    for line in removed(remove, data) if remove else listed(data) if listing else ():
        click.echo(line)


@cli.group()
def registry() -> None:
    """Check a dataset_info.json that others wrote, and repair it.

    \b
        dataprep registry check
        dataprep registry check data/dataset_info.json --fix
    """


@registry.command("check")
@click.argument(
    "path",
    type=click.Path(exists=True, path_type=Path),
    default="data/dataset_info.json",
    metavar="[FILE]",
)
@click.option(
    "--fix",
    is_flag=True,
    help=(
        "Fix what is safe, and list it: misspelt keys, missing columns, tags, ranking, "
        "formatting; ASCII."
    ),
)
@click.option(
    "--rows",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="Look at so many of a file; 0: all.",
)
@JSON
def registry_check(path: Path, fix: bool, rows: int, as_json: bool) -> None:
    """Show what LLaMA-Factory would ignore, drop, change or stop at in a registry and its files.

    \b
        dataprep registry check
        dataprep registry check data/dataset_info.json --fix
    """
    from dataprep.commands.registry_check import check

    checked = check(path, rows=rows, fix=fix)
    show(checked, as_json=as_json)
    raise SystemExit(checked.exit_status)


@cli.command()
@click.argument("source", type=FILE)
@output("The folder to write.", required=True)
def gguf(source: Path, out: Path) -> None:
    """Turn a model in one .gguf file, or in an archive that holds one, into a model folder for
    training.

    \b
        dataprep gguf SmolLM2-135M-Instruct.Q4_1.gguf -o models/smollm2-135m
    """
    from dataprep.commands.gguf import unpack

    click.echo(unpack(source, out))
