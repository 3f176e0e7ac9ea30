"""Time and peak memory of a command with all its processes."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import psutil


class Cost(NamedTuple):
    """Seconds by the clock, MiB of memory at the peak, shared pages counted once, and seconds of
    all cores together.

    The last hold whatever else the machine does.
    """

    seconds: float
    mib: float
    cores: float


def run(words: list[str], folder: Path) -> Cost:
    """Run a command and return what it cost; raises where it fails."""
    begun, used = time.perf_counter(), _cores()
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(0.05)
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit status {process.returncode}")
    return Cost(seconds, peak / 2**20, _cores() - used)


def _cores() -> float:
    """Return the seconds of processor time that finished children, and theirs, have had."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _memory(pid: int) -> int:
    """Return the proportional set size of a process and all below it, in bytes."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_full_info().pss
    except psutil.Error:  # it ended while it was looked at
        pass
    return total
