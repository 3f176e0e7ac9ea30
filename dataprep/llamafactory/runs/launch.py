"""Start LLaMA-Factory as a program of its own, and see what it takes."""

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
"""Where the programs are for stages that the LLaMA-Factory beside this Python cannot carry out."""


class Ended(NamedTuple):
    """What a run took: seconds, and the bytes that the largest of its processes had in memory at
    once.
    """

    seconds: float
    memory: int


def command(name: str, arguments: Path | None, overrides: Sequence[str] = ()) -> list[str]:
    """Return the words of a LLaMA-Factory command; `overrides` are KEY=VALUE."""
    return ["llamafactory-cli", name, *([str(arguments)] if arguments else []), *overrides]


def words_of(overrides: Mapping[str, Any]) -> list[str]:
    """Return overrides as KEY=VALUE, as LLaMA-Factory reads them: YAML's values."""
    return [f"{key}={_yaml(value)}" for key, value in overrides.items()]


def _yaml(value: Any) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def run(words: Sequence[str], environment: Mapping[str, str], folder: Path = BIN) -> Ended:
    """Carry a command out, with the programs of a folder first, and return what it took.

    Raises `DataprepError` where it does not end well. What ends this process ends it too.
    """
    program = folder.absolute() / words[0]
    if not program.exists():
        how = (
            "beside this Python; install it by: make setup"
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
            f"was ended by {signal.Signals(-status).name}"
            if status < 0
            else f"ended with status {status}"
        )
        raise DataprepError(f"{' '.join(words[:3])}: {how}; its last lines say why")
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
