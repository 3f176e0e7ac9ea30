"""Every output keeps the bytes whose hashes `golden.json` holds; `golden.py` explains how to update
them.
"""

from __future__ import annotations

import json
from pathlib import Path

import golden
import pytest
from golden import Corpus
from paths import SHARED

HELD: dict[str, golden.Hashes] = json.loads(golden.HASHES.read_bytes())
CORPORA = {corpus.name: corpus for corpus in golden.corpora()}
SEVERAL = ("recipes/demo", "written/sharegpt", "real/mixed")
"""Corpora that are made by several processes too; the last one has several shards."""


def corpora(*names: str) -> pytest.MarkDecorator:
    """Run a test with each of these corpora, as far as their data are here."""
    absent = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
    rows = [
        pytest.param(CORPORA[name], id=name, marks=[absent] * CORPORA[name].needs_real)
        for name in names
    ]
    return pytest.mark.parametrize("corpus", rows)


def check(corpus: Corpus, folder: Path, workers: int) -> None:
    differing = list(
        golden.differences(golden.outcome(corpus, folder, workers), HELD.get(corpus.name, {}))
    )
    if differing:
        listed = "\n".join(f"  {line}" for line in differing)
        again = f"python tests/support/golden.py '{corpus.name}'"
        pytest.fail(
            f"{corpus.name}:\n{listed}\nto accept this: {again}\nto see the files: {again} --keep "
            f"FOLDER",
            pytrace=False,
        )


@corpora(*CORPORA)
def test_files_are_those_recorded(corpus: Corpus, tmp_path: Path) -> None:
    check(corpus, tmp_path, workers=1)


@corpora(*SEVERAL)
def test_several_workers_write_the_same_files(corpus: Corpus, tmp_path: Path) -> None:
    check(corpus, tmp_path, workers=3)


def test_every_hash_has_its_corpus() -> None:
    assert HELD.keys() == CORPORA.keys()
