"""A newcomer's folder, in which the Makefile runs for real without touching this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from paths import ROOT

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
os.environ.update(OFFLINE)  # no test fetches anything from a hub


@dataclass(frozen=True)
class Project:
    """A copy of what a clone has, with the installed environment and the fetched models of this
    checkout.
    """

    folder: Path

    def make(self, *words: str, status: int = 0) -> str:
        """Run make and return all that it says; fails where its exit status is another."""
        done = subprocess.run(
            ["make", *words], cwd=self.folder, env=environment(), capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        assert done.returncode == status, said[-4000:]
        return said

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def copy(self, folder: Path) -> Project:
        """Return a copy of all files with their times, so that make has nothing to do in it."""
        shutil.copytree(self.folder, folder, symlinks=True, copy_function=shutil.copy2)
        return Project(folder)


def environment() -> dict[str, str]:
    """Return an environment in which nothing can be fetched from a model hub, and make is not a
    child of make.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return kept | OFFLINE


def clone(folder: Path) -> Project:
    """Lay out a folder as `git clone` and `make setup` would leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("data/raw", "recipes"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Makefile", "pyproject.toml", ".constraints.txt", ".venv", "models"):
        (folder / name).symlink_to(ROOT / name)
    if (ROOT / ".venv-ppo/.ready").exists():
        (folder / ".venv-ppo").symlink_to(ROOT / ".venv-ppo")
    return Project(folder)
