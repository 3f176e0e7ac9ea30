"""Inputs are cut into shards that hold every record once, each with its own line and byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataprep.formats.reading.records import records
from dataprep.sources import inputs, shards
from dataprep.sources.source import Source

_lines = st.lists(
    st.sampled_from(
        [b'{"a": "\xe4\xbd\xa0"}', b"", b" ", b"broken", b'{"b": 1}\r', b'"' + b"x" * 40 + b'"']
    )
)


@given(
    lines=_lines,
    ended=st.booleans(),
    bom=st.booleans(),
    size=st.integers(1, 90),
    chunk=st.integers(1, 30),
)
def test_stretches_of_a_file_give_the_same_records_as_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    ended: bool,
    bom: bool,
    size: int,
    chunk: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" * bom + b"\n".join([b'{"first": 1}', *lines]) + b"\n" * ended)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SIZE", size)
        patch.setattr(shards, "CHUNK", chunk)
        cut = list(shards.cut((Source(str(path)),)))
    whole = [repr(raw) for raw, _ in records(shards.Piece(Source(str(path))))]
    assert [repr(raw) for shard in cut for piece in shard for raw, _ in records(piece)] == whole
    assert len(whole) == sum(1 for _ in inputs.read(str(path)))
    assert sum(piece.size for shard in cut for piece in shard) == path.stat().st_size


def test_many_small_files_share_a_shard_and_large_ones_are_cut(tmp_path: Path) -> None:
    for number in range(2500):
        (tmp_path / f"{number:04}.json").write_text("[]")
    (tmp_path / "large.jsonl").write_text('{"a": 1}\n' * 4_000_000)
    cut = list(shards.cut(tuple(Source(str(path)) for path in sorted(tmp_path.iterdir()))))
    assert [len(shard) for shard in cut[:3]] == [1000, 1000, 500]
    assert len(cut[3:]) > 8
    assert all(
        len(shard) == 1 and shards.LEAST <= shards.size_of(shard) < shards.SIZE
        for shard in cut[3:-1]
    )
    assert next(piece.line for shard in cut[3:] for piece in shard) == 1
    assert all(piece.start == 9 * (piece.line - 1) for shard in cut[3:] for piece in shard)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps([{"a": 1}] * 50)),
        ("a.csv", "a\n" + '"1\n2"\n' * 50),
        ("a.json", '{\n"a": 1}\n' * 50),
    ],
)
def test_file_that_is_not_a_record_a_line_stays_whole(
    tmp_path: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text(text)
    monkeypatch.setattr(shards, "SIZE", 10)
    assert [len(shard) for shard in shards.cut((Source(str(tmp_path / name)),))] == [1]
