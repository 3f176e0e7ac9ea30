"""Importing what knows LLaMA-Factory loads neither it nor torch, which takes seconds."""

from __future__ import annotations

import subprocess
import sys

IMPORTS = """
import importlib, pkgutil, sys
import dataprep.llamafactory as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(*{"torch", "transformers", "datasets", "peft", "llamafactory"} & sys.modules.keys())
"""


def test_no_module_imports_the_training_half() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "\n"
