"""Where things are: this checkout, its tests, and the real data next to the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
CASES = TESTS / "cases"
SHARED = ROOT.parent / "shared/data"
"""Real data, which a checkout may lack: tests that need it are skipped without it."""


def yaml_table(path: str) -> dict[str, Any]:
    """Read a YAML table of the tests, e.g. `steps/zh.yaml`."""
    return dict(yaml.safe_load((TESTS / path).read_text(encoding="utf-8")))
