"""The options that commands share, and the commands that are made of verbs."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Container, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import click

from dataprep import steps
from dataprep.cli import types
from dataprep.cli.group import Deferred, cli
from dataprep.commands import verbs
from dataprep.errors import DataprepError

if TYPE_CHECKING:
    from dataprep.sources.containers import DeclaredOption

Command = TypeVar("Command", bound=Callable[..., Any])


def _joined_list(ctx: click.Context, param: click.Parameter, values: Any) -> list[Any]:
    """Return what is given by an option that may be repeated, and each time is one or a list."""
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _joined_dict(ctx: click.Context, param: click.Parameter, values: Any) -> dict[str, Any]:
    return {name: one for value in values for name, one in value.items()}


def _repairs(ctx: click.Context, param: click.Parameter, values: Any) -> tuple[str, ...]:
    try:
        return verbs.repairs(_joined_list(ctx, param, values))
    except DataprepError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def names(option: str, text: str) -> Callable[[Command], Command]:
    """Give a command an option that takes names."""
    how: dict[str, Any] = {"type": types.NAMES, "multiple": True, "callback": _joined_list}
    return click.option(f"--{option}", **how, metavar="NAME,NAME", help=text)


def output(text: str, *, required: bool = False) -> Callable[[Command], Command]:
    """Give a command the option that says where to write."""
    kind = click.Path(path_type=Path)
    return click.option("-o", "--output", "out", type=kind, required=required, help=text)


JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
KEEP = click.option(
    "--keep",
    default="",
    type=types.CHOICE,
    help=(
        "With -o: of what breaks no rule the best, 'best 0.8', or by a field 'field: stars, "
        "at_least: 4' (or best: 0.8)."
    ),
)
REPAIRS = click.option(
    "--repair",
    type=types.NAMES,
    multiple=True,
    callback=_repairs,
    metavar="NAME",
    help="close_json, merge_turns, trim_turns, unwrap_template, lift_system, fix_mojibake, or all.",
)
TO = click.option(
    "--to",
    type=types.WRITTEN_FORMAT,
    help="The format to write.  [default: that of the first record, or one that holds it]",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Processes; 0 takes as many as it is worth.  [default: 0]",
)


# -------------------------------------------------------------------------------- files to read


def _reader_options() -> list[click.Parameter]:
    """Return an option for each option of a reader."""
    from dataprep.sources import inputs

    return [_reader_option(name, option) for name, option in inputs.reader_options().items()]


def _reader_option(name: str, option: DeclaredOption) -> click.Option:
    declared = option.declared
    if option.type is bool:
        return click.Option([f"--{name}/--no-{name}"], default=True, help=declared.help)
    example = f"  e.g. {declared.example}" if declared.example else ""
    kind = None if option.type is str else types.pairs(declared.example)
    return click.Option([f"--{name}"], type=kind, help=f"{declared.help}{example}")


_READING = (
    click.argument("files", nargs=-1, required=True, metavar="FILE..."),
    click.option(
        "--format",
        "--from",
        "form",
        type=types.FORMAT,
        help="The records' format, or the .py file of your own.  [default: detected in each]",
    ),
    click.option(
        "--encoding",
        default="auto",
        help="The files' encoding, e.g. gb18030.  [default: detected]",
    ),
    click.option(
        "--columns",
        type=types.COLUMNS,
        help="Which column holds what: prompt=COLUMN,response=COLUMN.",
    ),
    click.option("--deferred", cls=Deferred, make=_reader_options),
)
"""The files to read and how."""


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Open the files that a command is given; it is called with their sources as `data`."""

    @functools.wraps(command)
    def with_data(
        files: tuple[str, ...], form: str | None, encoding: str, columns: Any, **rest: Any
    ) -> Any:
        from dataprep.sources import inputs
        from dataprep.sources.source import STDIN, sources_of

        given = {name: rest.pop(name) for name in inputs.reader_options()}
        options = {name: value for name, value in given.items() if value not in (None, True)}
        form = None if form == types.REJECTS else form
        spool = _spooled() if STDIN in files else ""
        tell_passed_over(files)
        try:
            sources = sources_of(files, form, encoding, columns or {}, options, spool)
            return command(data=sources, **rest)
        except DataprepError as error:
            if not spool:
                raise
            raise type(error)(*(fault.renamed(spool, STDIN) for fault in error.faults)) from None

    return with_data


def _spooled() -> str:
    """Write standard input to a file that is removed in the end, and return its path."""
    from dataprep.sources.standard_input import spool

    folder = TemporaryDirectory(prefix="dataprep-")
    click.get_current_context().call_on_close(folder.cleanup)
    return str(spool(sys.stdin.buffer if sys.stdin else BytesIO(), Path(folder.name)))


def tell_passed_over(patterns: Iterable[str]) -> None:
    """Show how many files in folders and zips are left out, and of which kinds they are."""
    from dataprep.sources.source import passed_over

    for path, kinds in passed_over(patterns).items():
        listed = " · ".join(f"{kind} {count:,}" for kind, count in kinds.items())
        click.echo(f"{path}: passed over, of no kind that can be read: {listed}", err=True)


# ------------------------------------------------------------------------------------- verbs


def verb(
    act: Callable[..., Any],
    *,
    without: Container[str] = (),
    kinds: Mapping[str, Any] = MappingProxyType({}),
    out: str = "",
) -> Callable[[Command], click.Command]:
    """Make a command of a verb: it is called with the files to read as `data`, and an option for
    each of the verb's own.

    The help is the first paragraph of the verb's docstring, then the command's docstring. `kinds`
    has the types of options that Click checks more closely. `out` is the help of -o.
    """

    def decorate(command: Command) -> click.Command:
        more = inspect.cleandoc(command.__doc__ or "")
        made = cli.command(help=f"{verbs.summary(act)}\n\n{more}")(_reading(command))
        own = [
            _option(name, kinds.get(name, option.annotation), option.default, words)
            for name, (option, words) in verbs.options(act).items()
            if name not in without
        ]
        writing = (REPAIRS, WORKERS, output(out), TO) if out else ()
        made.params = [*_params(*_READING, *own), *made.params, *_params(*writing)]
        return made

    return decorate


def _params(*decorators: Callable[[Any], Any]) -> list[click.Parameter]:
    """Return the parameters that decorators give a command."""
    return [param for add in decorators for param in click.command("")(add(lambda: None)).params]


def _option(name: str, kind: Any, default: Any, words: str) -> Callable[[Command], Command]:
    """Give a command an option of a Python type, or of one of Click's."""
    flag, words = f"--{name.replace('_', '-')}", words[:1].upper() + words[1:]
    how: dict[str, Any] = {"multiple": True}
    if get_origin(kind) is list:
        how |= {"type": get_args(kind)[0], "callback": _joined_list}
        return click.option(flag, **how, help=f"{words} Again for more.")
    if get_origin(kind) is dict:
        how |= {"type": types.numbers(get_args(kind)[1]), "callback": _joined_dict}
        how["metavar"] = "NAME=NUMBER"
        return click.option(flag, **how, help=f"{words} Again for more, or with commas.")
    if kind is bool:
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
    kind = click.Choice(get_args(kind)) if get_origin(kind) is Literal else kind
    kind = types.NUMBER if kind is float else kind
    return click.option(flag, type=kind, default=default, show_default=default != "", help=words)


def also(*names: str) -> Callable[[Command], Callable[..., Any]]:
    """Give a command an option for each of these steps, with the block that a recipe has after the
    step's name; it is called with those that are given, in this order, as `also`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_steps(**rest: Any) -> Any:
            given = [rest.pop(f"also_{name}") for name in names]
            return command(also=[step for step in given if step is not None], **rest)

        for name in reversed(names):
            how: dict[str, Any] = {"is_flag": False, "flag_value": "", "metavar": "[BLOCK]"}
            how |= {"type": types.block(name), "help": f"Also: {steps.summary(name)}"}
            with_steps = click.option(f"--{name}", f"also_{name}", **how)(with_steps)
        return with_steps

    return decorate


def dry_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options to show what would change; it is called with `only_show`, and
    `head` records.
    """

    @functools.wraps(command)
    def checked(only_show: bool, head: int | None, **rest: Any) -> Any:
        if only_show and (rest["out"] or rest["to"]):
            raise click.UsageError("--dry-run writes nothing; leave -o and --to out.")
        if only_show and rest.get("as_json"):
            raise click.UsageError("--dry-run shows a diff for people; leave --json out.")
        if head and not only_show:
            raise click.UsageError("--head is about what --dry-run shows; add --dry-run.")
        return command(only_show=only_show, head=head, **rest)

    show = click.option(
        "--dry-run",
        "only_show",
        is_flag=True,
        help="Show what would change, as a diff of each record; write nothing.",
    )
    head = click.option(
        "--head",
        type=click.IntRange(1),
        help="With --dry-run: end after so many records that change.",
    )
    return head(show(checked))


# ------------------------------------------------------------------------------------ showing


def progress() -> Callable[[int, int], None]:
    """Return what shows a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda size, total: None
    from tqdm import tqdm

    bar = tqdm(unit="B", unit_scale=True, disable=None, leave=False, file=sys.stderr)
    click.get_current_context().call_on_close(bar.close)  # before an error is shown

    def advance(size: int, total: int) -> None:
        bar.total = total
        bar.update(size)
        if bar.n >= total:
            bar.close()  # before what was found is shown

    return advance


def show(*results: Any, as_json: bool = False) -> None:
    """Print results for people, or each as one line of JSON."""
    from dataprep.sources.json_lines import to_line

    for result in results:
        click.echo(to_line(result.as_json()).decode() if as_json else result, nl=not as_json)


def tell(line: str) -> None:
    """Print a line, above the bar where there is one."""
    if not sys.stderr.isatty():
        click.echo(line)
        return
    from tqdm import tqdm

    with tqdm.external_write_mode():
        click.echo(line)
