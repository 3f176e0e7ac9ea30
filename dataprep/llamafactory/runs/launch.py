"""Run LLaMA-Factory as a subprocess and measure it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import DataprepError

BIN = Path(sys.executable).parent
ALONE = {"ppo": Path(".venv-ppo/bin")}
"""Folders of the programs for stages that the LLaMA-Factory in this environment cannot run."""


class Ended(NamedTuple):
    """The seconds of a run, and the peak memory in bytes of its largest process."""

    seconds: float
    memory: int


def command(name: str, arguments: Path | None, overrides: Sequence[str] = ()) -> list[str]:
    """Return a LLaMA-Factory command line; `overrides` are KEY=VALUE."""
    return ["llamafactory-cli", name, *([str(arguments)] if arguments else []), *overrides]


def words_of(overrides: Mapping[str, Any]) -> list[str]:
    """Return overrides as KEY=VALUE with YAML values, as LLaMA-Factory reads them."""
    return [f"{key}={_yaml(value)}" for key, value in overrides.items()]


def _yaml(value: Any) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def run(words: Sequence[str], environment: Mapping[str, str], folder: Path = BIN) -> Ended:
    """Run a command, with the programs of a folder first on PATH, and return what it took.

    Raises `DataprepError` if it fails. An exception in this process terminates it too.
    """
    program = folder.absolute() / words[0]
    if not program.exists():
        how = (
            "in this environment; install it with: make setup"
            if folder == BIN
            else f"in {folder}; make train installs it"
        )
        raise DataprepError(f"{words[0]} is not installed {how}")
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    start = time.monotonic()
    with subprocess.Popen(
        [str(program), *words[1:]], env={**os.environ, **environment, "PATH": path}
    ) as process:
        status = _wait(process)
    if status:
        how = (
            f"killed by {signal.Signals(-status).name}"
            if status < 0
            else f"exited with status {status}"
        )
        raise DataprepError(f"{' '.join(words[:3])}: {how}; see its last lines")
    return Ended(
        time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    )


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
