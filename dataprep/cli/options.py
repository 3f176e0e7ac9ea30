"""The options that several commands share, and those that come from a step's own parameters."""

from __future__ import annotations

import functools
import inspect
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from glob import glob
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

import click

from dataprep import steps
from dataprep.cli.group import Deferred, cli
from dataprep.commands import verbs
from dataprep.errors import DataprepError

if TYPE_CHECKING:
    from dataprep.sources.containers import DeclaredOption

Command = TypeVar("Command", bound=Callable[..., Any])


REJECTS = "rejects"
"""Stands for the records in lines of rejects.jsonl, each told by its looks."""


class _Format(click.ParamType[str]):
    """A format by its name or by the file of a format plugin."""

    name = "format"

    def __init__(self, written: bool) -> None:
        self.written = written

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from dataprep import formats
        from dataprep.pipeline import plugins

        if value == REJECTS and not self.written:
            return REJECTS
        try:
            name = plugins.add(value) if value.endswith(".py") else str(value)
            (formats.written if self.written else formats.named)(name)
        except DataprepError as error:
            self.fail(str(error), param, ctx)
        return name


FORMAT = _Format(written=False)
WRITTEN_FORMAT = _Format(written=True)


class _Share(click.ParamType[float]):
    """A share as `0.5%`."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        number = str(value).removesuffix("%")
        try:
            share = float(number) / 100
        except ValueError:
            share = -1.0
        if number == value or not 0 <= share <= 1:
            self.fail(f"'{value}', expected a share of the rows, e.g. 0.5%", param, ctx)
        return share


class _Number(click.ParamType[float]):
    """A number, of which a share may be said as `5%` too."""

    name = "float"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value)
        try:
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"'{value}', expected a number, e.g. 0.05 or 5%", param, ctx)


SHARE = _Share()
NUMBER = _Number()


class _Similarity(click.FloatRange):
    """A similarity above 0, which may be said as `60%` too."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        return float(super().convert(NUMBER.convert(value, param, ctx), param, ctx))


SIMILARITY = _Similarity(0, 1, min_open=True)
STAGES = ("pt", "sft", "rm", "dpo", "kto")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE_TO_WRITE = click.Path(dir_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


WORKERS = click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Processes; 0 takes as many as it is worth.  [default: 0]",
)


def _names(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[str]:
    """Read names from an option that is given several times, or once with commas."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def names(option: str, text: str) -> Callable[[Command], Command]:
    """Give a command an option that takes names."""
    return click.option(
        f"--{option}", multiple=True, callback=_names, metavar="NAME,NAME", help=text
    )


def _repairs(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    from dataprep.formats.reading import repair

    names = tuple(_names(ctx, param, values))
    if names == ("all",):
        return tuple(repair.REPAIRS)
    try:
        repair.check_names(names)
    except DataprepError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return names


REPAIRS = click.option(
    "--repair",
    multiple=True,
    callback=_repairs,
    metavar="NAME",
    help="close_json, merge_turns, trim_turns, unwrap_template, lift_system, fix_mojibake, or all.",
)


def _columns(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> dict[str, str | list[str]]:
    """Read `prompt=COLUMN,response=COLUMN`, by LLaMA-Factory's names; `COLUMN+COLUMN` joins two."""
    from dataprep.formats.reading.columns import COLUMNS, are_enough

    pairs = dict(pair.strip().partition("=")[::2] for pair in value.split(",")) if value else {}
    if value and not (pairs.keys() <= COLUMNS.keys() and are_enough(pairs) and all(pairs.values())):
        names = ", ".join(sorted(COLUMNS.keys() - {"prompt", "response"}))
        raise click.BadParameter(
            f"'{value}', expected prompt=COLUMN,response=COLUMN; there are also {names}", ctx, param
        )
    return {name: value.split("+") if "+" in value else value for name, value in pairs.items()}


def _reader_options() -> list[click.Parameter]:
    """Return an option for each option of a reader."""
    from dataprep.sources import inputs

    return [_reader_option(name, option) for name, option in inputs.reader_options().items()]


def _reader_option(name: str, option: DeclaredOption) -> click.Option:
    declared = option.declared
    example = f"  e.g. {declared.example}" if declared.example else ""
    if option.type is bool:
        return click.Option([f"--{name}/--no-{name}"], default=True, help=declared.help)
    read = None if option.type is str else functools.partial(_pairs, declared.example)
    return click.Option([f"--{name}"], callback=read, help=f"{declared.help}{example}")


def _pairs(
    example: str, ctx: click.Context, param: click.Parameter, value: str | None
) -> dict[str, str]:
    """Read `NAME=VALUE,NAME=VALUE`."""
    pairs = dict(pair.strip().partition("=")[::2] for pair in value.split(",")) if value else {}
    if not all(pairs.values()):
        raise click.BadParameter(f"'{value}', expected {example}", ctx, param)
    return pairs


def _spooled() -> str:
    """Write standard input to a file, for it is read more than once, and return its path; it is
    gone in the end.
    """
    from zipfile import ZipFile, is_zipfile

    from dataprep.sources.atomic import naming
    from dataprep.sources.source import STDIN

    stdin = sys.stdin.buffer if sys.stdin else BytesIO()
    head = stdin.read(1 << 16)
    if not head.strip():
        raise DataprepError(f"{STDIN}: standard input is empty")
    folder = TemporaryDirectory(prefix="dataprep-")
    click.get_current_context().call_on_close(folder.cleanup)
    path = Path(folder.name, f"stdin{_suffix(head)}")
    with naming(f"{folder.name}, in the folder TMPDIR"), path.open("wb") as file:
        file.write(head)
        shutil.copyfileobj(stdin, file)
    if is_zipfile(path) and "[Content_Types].xml" not in ZipFile(path).namelist():
        raise DataprepError(
            f"{STDIN}: is a zip file, which cannot be read in a pipe; name the file itself"
        )
    return str(path)


def _suffix(head: bytes) -> str:
    """Return the suffix for a stream without a name, from its first bytes."""
    from dataprep.sources import inputs

    if found := inputs.suffix_for(head):
        return found
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b" \t\r\n\xff\xfe")
    if text[:1] in (b"{", b"["):
        return ".jsonl"
    first = text.partition(b"\n")[0]
    return ".tsv" if b"\t" in first else ".csv" if b"," in first else ".txt"


def tell_passed_over(patterns: Iterable[str]) -> None:
    """Say on standard error how many files in folders and zips are passed over, and of which kinds
    they are.
    """
    from dataprep.sources.inputs import passed_over

    for path in sorted(
        {path for pattern in patterns for path in glob(pattern, recursive=True) or [pattern]}
    ):
        kinds = Counter(Path(file).suffix.lower() or "without suffix" for file in passed_over(path))
        if kinds:
            listed = " · ".join(
                f"{kind} {count:,}"
                for kind, count in sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
            )
            click.echo(f"{path}: passed over, of no kind that can be read: {listed}", err=True)


_READING = (
    click.argument("files", nargs=-1, required=True, metavar="FILE..."),
    click.option(
        "--format",
        "--from",
        "form",
        type=FORMAT,
        help="The records' format, or the .py file of your own.  [default: detected in each]",
    ),
    click.option(
        "--encoding",
        default="auto",
        help="The files' encoding, e.g. gb18030.  [default: detected]",
    ),
    click.option(
        "--columns",
        callback=_columns,
        help="Which column holds what: prompt=COLUMN,response=COLUMN.",
    ),
    click.option("--deferred", cls=Deferred, make=_reader_options),
)
"""The files to read and how."""


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Open the files that a command is given; it is called with their sources as `data`."""

    @functools.wraps(command)
    def with_data(
        files: tuple[str, ...],
        form: str | None,
        encoding: str,
        columns: dict[str, Any],
        **rest: Any,
    ) -> Any:
        from dataprep.sources import inputs
        from dataprep.sources.source import STDIN, sources_of

        given = {name: rest.pop(name) for name in inputs.reader_options()}
        options = {name: value for name, value in given.items() if value not in (None, {}, True)}
        form = None if form == REJECTS else form
        spool = _spooled() if STDIN in files else ""
        tell_passed_over(files)
        try:
            return command(data=sources_of(files, form, encoding, columns, options, spool), **rest)
        except DataprepError as error:
            if spool:
                error.args = (str(error).replace(spool, STDIN),)
            raise

    return with_data


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


def output(
    text: str, *, required: bool = False, default: str | None = None
) -> Callable[[Command], Command]:
    """Give a command the option that says where to write."""
    more: Any = {} if default is None else {"default": default}
    return click.option(
        "-o",
        "--output",
        "out",
        type=click.Path(path_type=Path),
        required=required,
        help=text,
        **more,
    )


def also(*names: str) -> Callable[[Command], Callable[..., Any]]:
    """Give a command an option for each of these steps, with the block that a recipe has after the
    step's name.

    The command is called with those that are given, in this order, as `also`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_steps(**rest: Any) -> Any:
            given = [rest.pop(f"also_{name}") for name in names]
            return command(also=[step for step in given if step], **rest)

        for name in reversed(names):
            with_steps = _also(name)(with_steps)
        return with_steps

    return decorate


def _also(name: str) -> Callable[[Command], Command]:
    said: dict[str, Any] = {"metavar": "[BLOCK]", "help": f"Also: {steps.summary(name)}"}
    return click.option(
        f"--{name}", f"also_{name}", is_flag=False, flag_value="", callback=_block, **said
    )


def _block(ctx: click.Context, param: click.Parameter, value: str | None) -> verbs.Step | None:
    """Read a step's block as a recipe's is read, all defaults where it is empty."""
    if value is None:
        return None
    if os.path.exists(value):
        raise click.BadParameter(
            f"'{value}' is a file; name files before --{param.opts[0].strip('-')}", ctx, param
        )
    from dataprep.recipe import step_of

    try:
        return dict([step_of(param.opts[0].strip("-"), value)])
    except DataprepError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def _keep(ctx: click.Context, param: click.Parameter, value: str) -> Any:
    if ":" not in value:
        return value
    from dataprep.recipe.yaml_lines import block_of

    try:
        return block_of(value)
    except DataprepError as error:
        raise click.BadParameter(str(error), ctx, param) from None


KEEP = click.option(
    "--keep",
    default="",
    callback=_keep,
    help=(
        "With -o: of what breaks no rule the best, 'best 0.8', or by a field 'field: stars, "
        "at_least: 4' (or best: 0.8)."
    ),
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
TO = click.option(
    "--to",
    type=WRITTEN_FORMAT,
    help="The format to write.  [default: that of the first record, or one that holds it]",
)


def dry_run(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options to show what would change; it is called with `only_show`, and
    `head` records.
    """

    @functools.wraps(command)
    def checked(
        only_show: bool, head: int | None, out: Path | None, to: str | None, **rest: Any
    ) -> Any:
        if only_show and (out or to):
            raise click.UsageError("--dry-run writes nothing; leave -o and --to out.")
        if only_show and rest.get("as_json"):
            raise click.UsageError("--dry-run shows a diff for people; leave --json out.")
        if head and not only_show:
            raise click.UsageError("--head is about what --dry-run shows; add --dry-run.")
        return command(only_show=only_show, head=head, out=out, to=to, **rest)

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


def _option(name: str, kind: Any, default: Any, words: str) -> Callable[[Command], Command]:
    """Give a command an option of a Python type, or of one of Click's."""
    name, words = name.replace("_", "-"), words[:1].upper() + words[1:]
    if get_origin(kind) is list:
        return click.option(
            f"--{name}",
            type=get_args(kind)[0],
            multiple=True,
            callback=_listed,
            help=f"{words} Again for more.",
        )
    if get_origin(kind) is dict:
        how: dict[str, Any] = {
            "multiple": True,
            "callback": _paired(get_args(kind)[1]),
            "metavar": "NAME=NUMBER",
        }
        return click.option(f"--{name}", **how, help=f"{words} Again for more, or with commas.")
    flag = f"--{name}/--no-{name}" if kind is bool else f"--{name}"
    kind = click.Choice(get_args(kind)) if get_origin(kind) is Literal else kind
    return click.option(
        flag,
        type=NUMBER if kind is float else kind,
        default=default,
        show_default=default != "",
        help=words,
    )


def _paired(number: Callable[[str], Any]) -> Callable[..., dict[str, Any]]:
    """Return what reads `NAME=NUMBER` from an option that is given several times, or once with
    commas.
    """

    def read(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
        found = {}
        for pair in _names(ctx, param, values):
            name, _, value = pair.rpartition("=")
            try:
                found[name.strip()] = number(value)
            except ValueError:
                raise click.BadParameter(
                    f"'{pair}', expected NAME=NUMBER, e.g. forum=3", ctx, param
                ) from None
        return found

    return read


def _listed(ctx: click.Context, param: click.Parameter, values: tuple[Any, ...]) -> list[Any]:
    return list(values)


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
