"""Files of every container, encoding and damage: each record comes out once, from the place where
it stands.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import SHARED

from dataprep.errors import DataError, DataprepError
from dataprep.sources import inputs
from dataprep.sources.raw import Raw

RECORDS = [
    {"instruction": "你好，世界", "output": '说“你好”\n再说 "hi", 说完。'},
    {"instruction": "What is NA?", "output": "NA"},
    {"instruction": "null", "output": " spaces \t kept "},
    {"instruction": "𝒜 emoji 😀", "output": "第一行\r\n第二行\n\n第四行"},
]
BOM = "\ufeff"


def array(records: list[dict[str, str]]) -> str:
    return json.dumps(records, ensure_ascii=False)


def pretty(records: list[dict[str, str]]) -> str:
    return "\n\n" + json.dumps(records, ensure_ascii=False, indent=2) + "\n"


def lines(records: list[dict[str, str]]) -> str:
    return "\n \n".join(json.dumps(record, ensure_ascii=False) for record in records)


def lines_of_windows(records: list[dict[str, str]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\r\n" for record in records)


def objects(records: list[dict[str, str]]) -> str:
    return "\n".join(json.dumps(record, ensure_ascii=False, indent=4) for record in records)


def table(delimiter: str) -> Callable[[list[dict[str, str]]], str]:
    def write(records: list[dict[str, str]]) -> str:
        text = io.StringIO()
        rows = csv.DictWriter(text, list(records[0]), delimiter=delimiter)
        rows.writeheader()
        rows.writerows(records)
        return text.getvalue()

    return write


SHAPES = {
    "array.json": array,
    "pretty.json": pretty,
    "objects.json": objects,
    "lines.jsonl": lines,
    "windows.ndjson": lines_of_windows,
    "comma.csv": table(","),
    "tab.tsv": table("\t"),
}
each_shape = pytest.mark.parametrize("name", SHAPES)


def save(path: Path, data: bytes | str) -> str:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def read(path: str, encoding: str = "utf-8") -> list[Raw]:
    return list(inputs.read(path, encoding))


def values(found: list[Raw]) -> list[object]:
    assert [raw.error for raw in found if raw.error] == []
    return [raw.value for raw in found]


def told(found: list[Raw]) -> list[tuple[int, str]]:
    """Return the line of each record with "" where it is well, else the reason why not."""
    return [(raw.origin.line, raw.error.reason if raw.error else "") for raw in found]


# -------------------------------------------------------------------------------------- whole files


@each_shape
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_shape_gives_the_same_records(
    tmp_path: Path, name: str, encoding: str, packed: bool
) -> None:
    data = SHAPES[name](RECORDS).encode(encoding)
    path = save(tmp_path / (name + ".gz" * packed), gzip.compress(data) if packed else data)
    assert values(read(path, "utf-8" if encoding == "utf-8-sig" else encoding)) == RECORDS


@each_shape
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_origin_is_the_line_and_the_byte_on_which_a_record_starts(
    tmp_path: Path, name: str, encoding: str
) -> None:
    data = SHAPES[name](RECORDS).encode(encoding)
    found = read(save(tmp_path / name, data), "utf-8" if encoding == "utf-8-sig" else encoding)
    opening = b'{"instruction"' if name.startswith(("array", "lines", "windows")) else b"{"
    for raw, record in zip(found, RECORDS, strict=True):
        here = data[raw.origin.byte :]
        assert raw.origin.line == data[: raw.origin.byte].count(b"\n") + 1
        expected = (
            record["instruction"].encode(encoding.removesuffix("-sig"))
            if name.endswith("sv")
            else opening
        )
        assert here.removeprefix(b'"').startswith(expected)


def test_one_object_alone_is_one_record(tmp_path: Path) -> None:
    assert values(read(save(tmp_path / "one.json", json.dumps(RECORDS[0])))) == RECORDS[:1]
    assert (
        values(read(save(tmp_path / "tall.json", json.dumps(RECORDS[0], indent=1)))) == RECORDS[:1]
    )


@pytest.mark.parametrize(
    "text",
    ['{"a": 1},\n{"a": 2},\n', '{"a": 1}\n{"a": 2}', '{"a": 1} {"a": 2}\n', '{"a": 1}{\n"a": 2}'],
)
def test_objects_one_after_the_other_are_a_record_each(tmp_path: Path, text: str) -> None:
    assert values(read(save(tmp_path / "joined.json", text))) == [{"a": 1}, {"a": 2}]


def test_cells_stay_text(tmp_path: Path) -> None:
    path = save(tmp_path / "cells.csv", "q,a\nNA,null\n007,1e5\nTrue,\n")
    assert values(read(path)) == [
        {"q": "NA", "a": "null"},
        {"q": "007", "a": "1e5"},
        {"q": "True", "a": ""},
    ]


def test_cell_may_hold_a_whole_book(tmp_path: Path) -> None:
    book = "很长的一章。\n" * 43_000
    assert values(read(save(tmp_path / "book.csv", f'q,a\n写一本书,"{book}"\n'))) == [
        {"q": "写一本书", "a": book}
    ]


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) - 1, (1 << 20) + 1, 3 << 20])
def test_array_is_read_right_where_the_windows_meet(tmp_path: Path, size: int) -> None:
    made = [{"text": "字" * (size // 3)}, {"n": 12345}, {"text": "\\\"'" * 9}, {"true": True}]
    data = json.dumps(made, ensure_ascii=False)
    for shift in range(12):
        assert values(read(save(tmp_path / "wide.json", " " * shift + data))) == made


def test_large_array_is_never_in_memory_whole(tmp_path: Path) -> None:
    one = json.dumps(
        {"instruction": "数一数", "output": "一二三四五六七八九十" * 100}, ensure_ascii=False
    )
    path = save(tmp_path / "large.json", "[" + ",\n".join([one] * 4000) + "]")
    tracemalloc.start()
    count = sum(1 for _ in inputs.read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4000
    assert peak < Path(path).stat().st_size / 2


# ------------------------------------------------------------------------------------- broken files


def test_broken_line_costs_one_record(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.jsonl", '{"a": 1}\n{"a": 2\n{"a": 3}\n{"a": NaN}\n{"a": "\\ud800"}\n[1]\n'
    )
    bad = "not valid JSON"
    assert told(read(path)) == [(1, ""), (2, bad), (3, ""), (4, bad), (5, bad), (6, "")]
    assert read(path)[1].value == '{"a": 2'


@pytest.mark.parametrize("first", ['{"a": 1} x', '{"a" 1}', '{"a": "1}', "a", '{"a": 1}}'])
def test_broken_first_line_costs_one_record(tmp_path: Path, first: str) -> None:
    assert told(read(save(tmp_path / "a.jsonl", f'{first}\n{{"a": 2}}\n'))) == [
        (1, "not valid JSON"),
        (2, ""),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[{"a": 1},\n{"a": 2}', 2, "the array breaks off, expected ']'"),
        ('[{"a": 1},\n{"a": 2', 2, "not valid JSON"),
        ('[{"a": 1},\n{"a": "2}]', 2, "not valid JSON"),
        ('[{"a": 1},\n\n{"a": 2 "b": 3}, {"a": 4}]', 3, "not valid JSON"),
        ('[{"a": 1}]\n\n[{"a": 2}]', 3, "text after the array's ']'"),
        ('[{"a": 1},\n]', 2, "a comma before ']'"),
        ('[{"a": 1}\n{"a": 2}]', 2, "expected ',' or ']'"),
        ('{\n"a": 1}\nhello', 3, "expected '{'"),
        ('[{"a": 1},\n' + "[" * 100_000, 2, "nested too deep"),
    ],
)
def test_broken_array_gives_what_it_can_and_the_line_where_it_breaks(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = save(tmp_path / "a.json", text)
    found = inputs.read(path)
    assert next(found).value == {"a": 1}
    with pytest.raises(DataError) as caught:
        list(found)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


def test_bytes_that_are_no_text_cost_their_record_and_can_be_read_again(tmp_path: Path) -> None:
    gbk = "中文".encode("gbk")
    for name, data in {
        "a.jsonl": b'{"a": "1"}\n{"a": "%s"}\n{"a": "3"}\n' % gbk,
        "a.json": b'[{"a": "1"},\n{"a": "%s"},\n{"a": "3"}]' % gbk,
        "a.csv": b"a\n%s\n3\n" % gbk,
    }.items():
        found = read(save(tmp_path / name, data))
        assert (2, "not valid UTF-8") in told(found)
        assert len([raw for raw in found if not raw.error]) == len(found) - 1 > 0
        (bad,) = (raw for raw in found if raw.error)
        assert r"\xd6\xd0\xce\xc4" in bad.value
        assert "gb18030" in str(bad.error)


def test_other_encoding_is_named_where_it_does_not_fit(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jsonl", '{"a": "é"}\n{"a": "中文"}\n'.encode())
    assert told(read(path, "ascii")) == [(1, "not valid ascii"), (2, "not valid ascii")]


def test_row_with_other_cells_than_the_header_is_named_ragged(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.csv", 'q,a\n1,2\n1\n\n1,2,3\n"1\n2",3\n'))
    assert told(found) == [(2, ""), (3, "ragged row"), (5, "ragged row"), (6, "")]
    assert str(found[2].error) == "has 3 cells, expected 2"
    assert found[2].value == "1,2,3"


def test_open_quote_is_told_with_all_that_it_swallowed(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.csv", 'q,a\n1,2\n"3,4\n5,6\n'))
    assert told(found) == [(2, ""), (3, "not valid CSV")]
    assert found[1].value == '"3,4\n5,6'


@pytest.mark.parametrize("cut", [5, 40, -4])
def test_gzip_file_that_is_not_whole_is_data_at_fault(tmp_path: Path, cut: int) -> None:
    data = gzip.compress(lines(RECORDS * 50).encode())
    with pytest.raises(DataError, match="not a whole gzip file"):
        read(save(tmp_path / "a.jsonl.gz", data[:cut]))


def test_plain_file_named_gz_is_data_at_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a whole gzip file"):
        read(save(tmp_path / "a.jsonl.gz", lines(RECORDS)))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", b"x", "cannot read '.docx'; known: .json, .jsonl"),
        ("corpus", b"x", "cannot read 'a file without suffix'"),
        ("a.json", b"", "is empty"),
        ("a.csv", b" \n\n", "is empty"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), "is empty"),
    ],
)
def test_file_that_cannot_be_read_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    path = save(tmp_path / name, data)
    with pytest.raises(DataprepError) as caught:
        inputs.check_input(path)
    assert words in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("name", "known"),
    [("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("GBK", "gbk"), ("sjis", "shift_jis")],
)
def test_encoding_has_one_name(name: str, known: str) -> None:
    assert inputs.encoding_of(name) == known


@pytest.mark.parametrize(
    ("name", "words"), [("utf-9", "no encoding 'utf-9'"), ("cp037", "iconv -f cp037 -t UTF-8")]
)
def test_encoding_that_cannot_be_read_is_refused(name: str, words: str) -> None:
    with pytest.raises(DataprepError) as caught:
        inputs.encoding_of(name)
    assert words in str(caught.value)


def test_number_of_any_length_costs_its_record_at_most(tmp_path: Path) -> None:
    long = '{"n": %s}' % ("9" * 5000)
    assert [
        line
        for line, _ in told(read(save(tmp_path / "a.json", f'[{{"n": 1}},\n{long},\n{{"n": 2}}]')))
    ] == [
        1,
        2,
        3,
    ]


def test_file_whose_name_is_not_utf8_is_refused() -> None:
    with pytest.raises(
        DataprepError, match=r"\\xff.jsonl: the file's name is not UTF-8; rename it"
    ):
        inputs.check_input("\udcff.jsonl")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,a\n1,2,3\n", "two columns are named 'a'"),
        (b"\xce\xca,b\n1,2\n", "the header is not utf-8; is it GBK?"),
    ],
)
def test_header_that_cannot_name_cells_is_refused(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(DataprepError) as caught:
        read(save(tmp_path / "a.csv", text))
    assert words in str(caught.value)


# ---------------------------------------------------------------------------- files of other people


def suite() -> Iterator[Path]:
    return iter(sorted(SHARED.glob("json_test_suite_mit/test_parsing/*.json")))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
def test_json_test_suite_is_read_or_refused_as_it_says() -> None:
    outcomes = {path.stem: _outcome(path) for path in suite()}
    assert len(outcomes) > 280
    assert {name for name, good in outcomes.items() if name[0] == "y" and not good} == set()
    assert {name for name, good in outcomes.items() if name[0] == "n" and good} == set()


def _outcome(path: Path) -> bool:
    """Tell whether a file was read; what is no record must be told as such, and nothing else may be
    raised.
    """
    try:
        inputs.check_input(str(path))
        found = read(str(path))
    except DataprepError:
        return False
    good = not any(raw.error for raw in found)
    if good and path.name.startswith("y"):
        expected = json.loads(path.read_bytes())
        assert values(found) == (expected if isinstance(expected, list) else [expected])
    return good


def utf8_tests() -> Iterator[tuple[str, bytes]]:
    """Yield `valid` or `invalid` with the bytes that are it."""
    for line in (SHARED / "utf8tests_mit/utf8tests.txt").read_text().splitlines():
        kind, _, rest = line.partition(":")[2].partition(":")
        if kind in ("valid hex", "invalid hex") and not line.startswith("#"):
            yield kind.split()[0], bytes.fromhex(rest.partition(":")[0])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
@pytest.mark.parametrize(
    ("name", "frame"),
    [("a.jsonl", b'{"a": "%s"}\n'), ("a.json", b'[\n{"a": "%s"}]'), ("a.csv", b'"a"\n"%s"\n')],
)
def test_bytes_are_text_where_the_utf8_tests_say_so(
    tmp_path: Path, name: str, frame: bytes
) -> None:
    cases = [
        (kind, data)
        for kind, data in utf8_tests()
        if not data or (min(data) >= 0x20 and not set(data) & set(b'"\\'))
    ]
    assert len(cases) > 150
    for kind, data in cases:
        (raw,) = read(save(tmp_path / name, frame % data))
        assert (raw.error.reason if raw.error else "") == (
            "" if kind == "valid" else "not valid UTF-8"
        ), data.hex()
        assert raw.error or raw.value == {"a": data.decode()}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
@pytest.mark.parametrize(
    ("path", "encoding", "count"),
    [
        ("belle_odcby/zh_seed_tasks.json", "utf-8", 175),
        ("gpteacher_mit/roleplay-simple-deduped-roleplay-instruct.json", "utf-8", 1923),
        ("llamafactory_apache2/alpaca_zh_demo.json", "utf-8", 1000),
        ("medicalgpt_apache2/sharegpt_zh_first120.jsonl", "utf-8", 120),
    ],
)
def test_real_files_are_read_as_their_own_parser_reads_them(
    path: str, encoding: str, count: int
) -> None:
    found = values(read(str(SHARED / path), encoding))
    text = (SHARED / path).read_text(encoding)
    assert found == (
        json.loads(text)
        if text.startswith("[")
        else [json.loads(line) for line in text.splitlines()]
    )
    assert len(found) == count
