"""The code cites other packages by file and function, and each of these exists as installed."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from paths import ROOT

CITED = re.compile(r"`([\w/]+\.py)::([\w.]+)`")
BY_LINE = re.compile(r"\b\w+\.py:\d+")
SOURCES = {
    path.relative_to(ROOT): " ".join(path.read_text(encoding="utf-8").split())
    for path in sorted((ROOT / "dataprep").rglob("*.py"))
}
CITATIONS = sorted({found for text in SOURCES.values() for found in CITED.findall(text)})


def test_no_code_is_cited_by_its_line() -> None:
    found = {str(path): BY_LINE.findall(text) for path, text in SOURCES.items()}
    assert not {path: lines for path, lines in found.items() if lines}


@pytest.mark.train
@pytest.mark.parametrize(("file", "name"), CITATIONS)
def test_cited_code_exists_in_the_installed_version(file: str, name: str) -> None:
    """A path is relative to llamafactory, or to the folder of all packages."""
    spec = find_spec("llamafactory")
    if not spec or not spec.origin:
        pytest.skip("needs the training half: make setup")
    package = Path(spec.origin).parent
    (path,) = [path for path in (package / file, package.parent / file) if path.is_file()]
    text = path.read_text(encoding="utf-8")
    for part in name.split("."):
        assert re.search(rf"(?m)^\s*(def |class |){part}\b[(:]", text), part
