"""The commands on files, which need no recipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataprep.cli.group import cli
from dataprep.cli.options import (
    FILE,
    FILE_TO_WRITE,
    FOLDER,
    FORMAT,
    SIMILARITY,
    Named,
    also,
    dry_run,
    keep,
    names,
    options_of,
    output,
    progress,
    reading,
    tell,
    writing,
)
from dataprep.errors import DataprepError
from dataprep.steps.split import LOWEST, NEAR

if TYPE_CHECKING:  # rapidfuzz takes a while to load
    from dataprep.text.diff import Mark


def _write(sources: Any, out: Path | None, to: str | None, *named: Named, **how: Any) -> None:
    """Write the rows and show what was done; on standard error if the rows go to standard output."""
    from dataprep.commands.convert import write_file
    from dataprep.sources import atomic

    if out and str(out) != "-":
        click.echo(write_file(sources, out, to, *named, **how))
        return
    if sys.stdout is None:
        raise DataprepError("standard output is closed; say where to write: -o FILE")
    made = write_file(sources, None, to, *named, **how)
    beside = {name: atomic.publish_beside(path, Path(name)) for name, path in made.beside.items()}
    with made.files["train"].open("rb") as lines, atomic.naming("standard output"):
        shutil.copyfileobj(lines, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    click.echo(replace(made, out="-", beside=beside), err=True)


@cli.command()
@reading
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def convert(
    sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...]
) -> None:
    """Convert FILEs of any known kind and format to one file of one format.

    \b
        dataprep convert data/raw/demo/belle.jsonl --to sharegpt -o belle.jsonl
        dataprep convert data/raw/demo/faq.csv --columns prompt=问题,response=答案 -o faq.jsonl
    """

    _write(sources, out, to, workers=workers, repairs=repairs, progress=progress())


@cli.command()
@reading
@click.option(
    "--head", type=click.IntRange(1), help="Look at this many records of each file.  [default: all]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file, for programs.")
def inspect(sources: Any, head: int | None, as_json: bool) -> None:
    """Show what FILEs are before anything is made of them: encoding, shapes, fields, faults, three
    samples.

    \b
        dataprep inspect data/raw/demo/chats.jsonl
        dataprep inspect data/raw/demo/faq.csv --json
    """
    from dataprep.commands.inspect import inspect
    from dataprep.sources.json_lines import to_line

    for source in sources:
        look = inspect(source, head)
        click.echo(to_line(look.as_json()).decode() if as_json else look, nl=not as_json)


@cli.command()
@reading
@click.option(
    "--schema",
    "own",
    type=FILE,
    help="Judge each record by a JSON Schema of yours, not by a format.",
)
@click.option("--all", "every", is_flag=True, help="Print each fault, also where many are alike.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print a JSON object for all faults that are alike, one a line.",
)
def validate(sources: Any, **options: Any) -> None:
    """Check every record of FILEs, and print the place and the fault of each that is no example.

    Faults that are alike are told in one line, with their number and three places. With --json it
    has their reason, pointer, found, expected, repair, count and places: path, line and byte of the
    first three. A recipe, dataset_info.json, report.json, rejects.jsonl, tags.jsonl and
    lineage.parquet are checked by their own schemas; --format rejects checks the records in rejects
    instead.

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
@also("language", "quality", "privacy", "select", "mix")
@click.option(
    "--report",
    type=FILE_TO_WRITE,
    help="Write the report to this file too, as JSON: three samples of each rule.",
)
@dry_run
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]", default=None)
def clean(
    sources: Any,
    out: Path | None,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    also: list[Named],
    report: Path | None,
    only_show: bool,
    head: int | None,
    **options: Any,
) -> None:
    """Take left-over markup, full-width letters, control characters and stray space out of the
    texts of FILEs.

    In the same run other steps may follow, whatever the order of their options: language, quality,
    privacy, select, mix. BLOCK is what a recipe has after the step's name, all defaults if not
    said; FILEs come before.

    \b
        dataprep clean data/raw/demo/identity.json --dry-run --head 5
        dataprep clean data/raw/demo/identity.json -o clean.jsonl --no-full-width
        dataprep clean data/raw/demo/*.jsonl --privacy --quality 'keep: best 0.8' -o good.jsonl
    """
    named = ("clean", options), *also
    if only_show and report:
        raise click.UsageError("--dry-run writes nothing; leave --report out.")
    if only_show:
        _show_changes(sources, named, repairs, workers, head)
        return
    work: dict[str, Any] = {"workers": workers, "repairs": repairs, "progress": progress()}
    _write(sources, out, to, *named, report=report, **work)


def _show_changes(
    sources: Any, named: Sequence[Named], repairs: tuple[str, ...], workers: int, head: int | None
) -> None:
    from dataprep.commands.changes import diffs

    for shown in diffs(sources, *named, repairs=repairs, workers=workers, head=head, mark=_mark()):
        click.echo(shown)


@cli.command()
@reading
@options_of("privacy", without=("kinds",))
@names("kinds", "The kinds to look for, e.g. email,phone.  [default: all]")
@dry_run
@writing(
    "The file to write: .jsonl, .json or .parquet; without it what there is is told.", default=None
)
@click.option(
    "--json", "as_json", is_flag=True, help="Without -o: print one JSON object, for programs."
)
def privacy(
    sources: Any,
    out: Path | None,
    to: str | None,
    repairs: tuple[str, ...],
    workers: int,
    as_json: bool,
    only_show: bool,
    head: int | None,
    **options: Any,
) -> None:
    """Find personal data and secrets in FILEs, and redact them.

    Without -o it only tells how many there are of each kind and where the first stand, never what
    they are; only --dry-run shows them, beside what would stand in their place.

    \b
        dataprep privacy data/raw/demo/chats.jsonl
        dataprep privacy data/raw/demo/chats.jsonl --dry-run --head 5
        dataprep privacy data/raw/demo/chats.jsonl --kinds email,phone,api_key -o redacted.jsonl
    """
    from dataprep.commands.privacy import survey
    from dataprep.sources.json_lines import to_line
    from dataprep.steps.privacy import ALL

    options["kinds"] = options["kinds"] or ALL
    if only_show:
        _show_changes(sources, [("privacy", options)], repairs, workers, head)
    elif out:
        _write(
            sources,
            out,
            to,
            ("privacy", options),
            workers=workers,
            repairs=repairs,
            progress=progress(),
        )
    else:
        found = survey(sources, options["kinds"], workers=workers, progress=progress())
        click.echo(to_line(found.as_json()).decode() if as_json else found, nl=not as_json)


@cli.command()
@reading
@options_of("dedupe", without=("near",))
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
@click.option(
    "--index",
    type=FOLDER,
    help="Compare with what this folder knows of earlier runs, and add what stays.",
)
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def dedupe(
    sources: Any,
    out: Path,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    near: bool,
    threshold: float | None,
    show: bool,
    measure: bool,
    index: Path | None,
    **options: Any,
) -> None:
    """Keep one of all examples in FILEs that are the same, or with --near nearly the same.

    Two that differ in a number, a name, a negation or an opposite are never nearly the same. What
    left names the example that it repeats; with --near the clusters are written too, beside the
    output as NAME.clusters.parquet.

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
    if (show or measure) and (index or str(out) != "-"):
        raise click.UsageError("--show and --measure write nothing; leave -o and --index out.")
    if show and measure:
        raise click.UsageError("--show and --measure are two questions; ask one after the other.")
    options["near"] = threshold or near
    how: dict[str, Any] = {"workers": workers, "progress": progress()}
    if measure:
        click.echo(commands.measure(sources, options, **how))
    elif show:
        for text in commands.show(sources, options, **how, mark=_mark()):
            click.echo(text)
    else:
        _write(sources, out, to, ("dedupe", options), repairs=repairs, known=index, **how)


@cli.command()
@reading
@options_of("select")
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def select(
    sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any
) -> None:
    """Select examples of FILEs by fields, length, source or language, and of these the best, a
    sample, or the first.

    What is left out goes to NAME.rejects.jsonl with its reason. A sample stays what it is when rows
    are added.

    \b
        dataprep select data/raw/demo/*.jsonl --sample 50 -o sample.jsonl
        dataprep select data/raw/demo/*.jsonl --languages zh --diverse 20 -o chinese.jsonl
        dataprep select data/raw/demo/howto.jsonl.gz --where 'input=' --head 20 -o howto.jsonl
    """

    _write(
        sources, out, to, ("select", options), workers=workers, repairs=repairs, progress=progress()
    )


@cli.command()
@reading
@options_of("mix")
@writing("The file to write: .jsonl, .json or .parquet.  [default: standard output]")
def mix(
    sources: Any, out: Path, to: str | None, workers: int, repairs: tuple[str, ...], **options: Any
) -> None:
    """Mix FILEs into one in the shares that a model is to see of each.

    A file is named with or without its suffix. As much is taken as there is in these shares; the
    rest goes to NAME.rejects.jsonl. Rows of a source stand several times where --times allows it.

    \b
        dataprep mix data/raw/demo/*.jsonl --weights chats=0.7,belle=0.3 -o mixed.jsonl
        dataprep mix data/raw/demo/*.json* --times identity=3 --most chats=20 -o mixed.jsonl
    """

    _write(
        sources, out, to, ("mix", options), workers=workers, repairs=repairs, progress=progress()
    )


def _mark() -> Mark:
    """Return what marks differences: by colours on a terminal."""
    from dataprep.text.diff import plain_mark

    return _marked if sys.stdout.isatty() else plain_mark


def _marked(text: str, added: bool) -> str:
    return click.style(
        text, fg="green" if added else "red", strikethrough=not added, underline=added
    )


@cli.command()
@reading
@options_of("quality", without=("keep",))
@keep
@click.option(
    "--json", "as_json", is_flag=True, help="Print the report as one JSON object, for programs."
)
@writing(
    "Write what stays: .jsonl, .json or .parquet; - is standard output.  [default: only report]",
    default=None,
)
def quality(
    sources: Any,
    out: Path | None,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Show how FILEs fare by rules: refusals, repetition, left-over marks, broken ends; or drop
    what breaks one.

    Without -o nothing is written: for each rule you see how many examples break it, how its measure
    is spread, and the first three with their lines. With -o what breaks none is written, and the
    rest goes to NAME.rejects.jsonl.

    \b
        dataprep quality data/raw/demo/*.jsonl
        dataprep quality data/raw/demo/*.jsonl --no-refusals --repeated-lines 0.3 -o good.jsonl
        dataprep quality data/raw/demo/*.jsonl --keep 'best 0.8' -o best.jsonl
    """
    from dataprep.commands.quality import quality
    from dataprep.sources.json_lines import to_line

    if out and as_json:
        raise click.UsageError("--json prints the report, which -o does not make; leave one out.")
    if (to or options["keep"] or options["contradictions"]) and not out:
        raise click.UsageError("--to, --keep and --contradictions say what to write; add -o.")
    if out:
        _write(
            sources,
            out,
            to,
            ("quality", options),
            workers=workers,
            repairs=repairs,
            progress=progress(),
        )
        return
    fared = quality(sources, options, repairs=repairs, workers=workers, progress=progress())
    click.echo(to_line(fared.as_json()).decode() if as_json else fared, nl=not as_json)


@cli.command()
@reading
@options_of("language", without=("keep", "drop"))
@names("drop", "The languages to drop; und is what cannot be told.")
@names("keep", "The languages to keep, e.g. zh,en or zh-hans; what cannot be told stays.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object a row instead: line, language, confidence.",
)
@writing("The file to write what stays to.  [default: standard output]", default=None)
def language(
    sources: Any,
    out: Path | None,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Tell the languages of FILEs, or with --keep or --drop write the examples in those that are
    wanted.

    \b
        dataprep language data/raw/demo/*.json data/raw/demo/*.jsonl
        dataprep language data/raw/demo/chats.jsonl --of prompt --json
        dataprep language data/raw/demo/*.json --keep zh -o chinese.jsonl
        dataprep language data/raw/demo/*.json --same -o answered.jsonl
    """
    from dataprep.commands.language import language

    work: dict[str, Any] = {"workers": workers, "repairs": repairs, "progress": progress()}
    if out or options["keep"] or options["drop"] or options["same"] or options["action"] == "tag":
        if as_json:
            raise click.UsageError(
                "--json tells the language of each row; to write examples, leave it out."
            )
        _write(sources, out, to, ("language", options), **work)
        return
    found = language(
        sources, tell if as_json else None, of=options["of"], sure=options["sure"], **work
    )
    if not as_json:
        click.echo(found)
    if found.note:
        click.echo(found.note, err=True)


@cli.command()
@reading
@options_of("decontaminate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@writing(
    "The file to write what stays to.  [default: tell what is found, and write nothing]",
    default=None,
)
def decontaminate(
    sources: Any,
    out: Path | None,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Find examples in FILEs that hold items of evaluation sets, and tell them, or with -o take
    them out.

    An item is found word for word, by a long span of it, or in other words, whatever the case, the
    punctuation and the spelling of its numbers. Without -o the exit status is 1 where anything is
    found.

    \b
        dataprep decontaminate data/raw/demo/identity.json --against data/evals/howto.jsonl
        dataprep decontaminate data/raw/demo/identity.json --against howto -o clean.jsonl
    """
    from dataprep.commands.decontaminate import report
    from dataprep.sources.json_lines import to_line

    work: dict[str, Any] = {"workers": workers, "repairs": repairs, "progress": progress()}
    if out:
        if as_json:
            raise click.UsageError("--json tells what is found; to write examples, leave it out.")
        _write(sources, out, to, ("decontaminate", options), **work)
        return
    found = report(sources, options, **work)
    click.echo(to_line(found.as_json()).decode() if as_json else found, nl=not as_json)
    raise SystemExit(found.exit_status)


@cli.command()
@reading
@options_of("split", without=("near",))
@click.option(
    "--near",
    type=click.FloatRange(LOWEST, 1),
    default=NEAR,
    show_default=True,
    help="Keep examples together that share so many of their pairs of words.",
)
@click.option(
    "--no-near", is_flag=True, help="Place examples that are only similar each for itself."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Prove that FILEs, or those in a folder, leak nothing; write nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@writing("The folder to write train.jsonl, val.jsonl and test.jsonl to.", default=None)
def split(
    sources: Any,
    out: Path | None,
    to: str | None,
    workers: int,
    repairs: tuple[str, ...],
    near: float,
    no_near: bool,
    verify: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Split FILEs into train, val and test, what belongs together always on one side, and prove
    that nothing leaks.

    With --verify the proof is made of finished files, whoever split them; exit status 1 where it
    does not hold.

    \b
        dataprep split data/raw/demo/howto.jsonl.gz --val 0.1 --test 10 -o howto
        dataprep split data/raw/demo/howto.jsonl.gz --folds 5 -o folds
        dataprep split --verify howto
        dataprep split --verify howto/train.jsonl howto/test.jsonl
    """
    from dataprep.commands import verify as verifying
    from dataprep.commands.convert import write_splits
    from dataprep.sources.json_lines import to_line

    if bool(out) == verify:
        raise click.UsageError(
            "--verify writes nothing; leave -o out." if out else "Missing option '-o' / '--output'."
        )
    if str(out) == "-":
        raise DataprepError("-: is standard output, expected a folder to write to")
    options["near"] = not no_near and near
    if verify:
        done: Any = verifying.verify(sources, near, workers=workers)
    else:
        assert out
        done = write_splits(
            sources, out, to, options, workers=workers, repairs=repairs, progress=progress()
        )
    click.echo(to_line(done.as_json()).decode() if as_json else done, nl=not as_json)
    raise SystemExit(done.exit_status if verify else 0)


@cli.command()
@click.argument("file", type=FILE, required=False, metavar="FILE")
@click.option("--name", help="The data set's name.  [default: the file's name]")
@click.option(
    "--format",
    "form",
    type=FORMAT,
    help="The file's format.  [default: told from its first record]",
)
@click.option(
    "--remove", multiple=True, metavar="NAME", help="Take this entry out instead; its data stays."
)
@click.option("--list", "listing", is_flag=True, help="Show the entries instead.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
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
    for line in (
        [register(file, name, form, data)]
        if file
        else removed(remove, data)
        if remove
        else listed(data)
    ):
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
    "path",
    type=click.Path(exists=True, path_type=Path),
    default="data/dataset_info.json",
    metavar="[FILE]",
)
@click.option(
    "--fix",
    is_flag=True,
    help=(
        "Mend what is safe, and say so: misspelt keys, missing columns, tags, ranking, "
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def registry_check(path: Path, fix: bool, rows: int, as_json: bool) -> None:
    """Say what LLaMA-Factory would ignore, drop, change or stop at in a registry and its files.

    \b
        dataprep registry check
        dataprep registry check data/dataset_info.json --fix
    """
    from dataprep.commands.registry_check import check
    from dataprep.sources.json_lines import to_line

    checked = check(path, rows=rows, fix=fix)
    click.echo(to_line(checked.as_json()).decode() if as_json else checked, nl=not as_json)
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
