"""Files of every other container: compressed, zipped, in folders, sheets, Arrow, YAML, text and
XML.
"""

from __future__ import annotations

import base64
import bz2
import datetime
import decimal
import gzip
import io
import json
import lzma
import random
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import openpyxl
import pyarrow as pa
import pytest
import yaml
from backports import zstd
from click.testing import CliRunner
from paths import SHARED
from pyarrow import feather
from pyarrow import parquet as pq

from dataprep import recipe
from dataprep.cli import cli
from dataprep.errors import DataError, DataprepError
from dataprep.model import Origin
from dataprep.recipe import input_options
from dataprep.sources import containers, inputs
from dataprep.sources.containers import ReaderOption
from dataprep.sources.raw import Raw
from dataprep.sources.readers import text as text_reader

real = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data is not here")
RECORDS = [{"q": f"第{number}个问题", "a": "答案" * number} for number in range(1, 40)]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()


def save(path: Path, data: bytes | str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def read(path: str, **options: Any) -> list[Raw]:
    return list(inputs.read(path, options=options))


def values(found: list[Raw]) -> list[Any]:
    assert [raw.error for raw in found if raw.error] == []
    return [raw.value for raw in found]


def told(found: list[Raw]) -> list[tuple[int, str]]:
    """Return the line of each record with "" where it is well, else the reason why not."""
    return [(raw.origin.line, raw.error.reason if raw.error else "") for raw in found]


def refusal(path: str, **options: Any) -> str:
    """Return what is said of a file that cannot be read at all."""
    with pytest.raises(DataprepError) as caught:
        read(path, **options)
    return str(caught.value)


# --------------------------------------------------------------------------------------- compressed

PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    ".gz": ("gzip", gzip.compress),
    ".bz2": ("bzip2", bz2.compress),
    ".xz": ("xz", lzma.compress),
    ".zst": ("Zstandard", zstd.compress),
}
each_packing = pytest.mark.parametrize("suffix", PACKED)


@each_packing
@pytest.mark.parametrize("name", ["a.jsonl", "A.JSONL", "a.json", "a.csv"])
def test_compressed_file_gives_the_records_that_it_gives_plain(
    tmp_path: Path, suffix: str, name: str
) -> None:
    data = {"a.json": json.dumps(RECORDS).encode(), "a.csv": b"q,a\n1,2\n"}.get(name, LINES)
    plain, packed = (
        save(tmp_path / name, data),
        save(tmp_path / (name + suffix), PACKED[suffix][1](data)),
    )
    inputs.check_input(packed)
    assert [raw[1:] for raw in read(packed)] == [raw[1:] for raw in read(plain)]
    assert [raw.origin[1:] for raw in read(packed)] == [raw.origin[1:] for raw in read(plain)]


@each_packing
def test_parts_compressed_one_by_one_and_joined_are_one_file(tmp_path: Path, suffix: str) -> None:
    pack = PACKED[suffix][1]
    middle = LINES.index(b"\n") + 1
    path = save(tmp_path / f"a.jsonl{suffix}", pack(LINES[:middle]) + pack(LINES[middle:]))
    assert values(read(path)) == RECORDS


@each_packing
@pytest.mark.parametrize("cut", [5, 60, -4])
def test_compressed_file_that_is_cut_is_data_at_fault(
    tmp_path: Path, suffix: str, cut: int
) -> None:
    name, pack = PACKED[suffix]
    path = save(tmp_path / f"a.jsonl{suffix}", pack(LINES)[:cut])
    with pytest.raises(DataError, match=f"not a whole {name} file"):
        read(path)


@each_packing
def test_plain_file_with_the_suffix_of_a_compressed_one_is_data_at_fault(
    tmp_path: Path, suffix: str
) -> None:
    path = save(tmp_path / f"a.jsonl{suffix}", LINES)
    with pytest.raises(DataError, match=f"not a whole {PACKED[suffix][0]} file"):
        inputs.check_input(path)


@each_packing
def test_compressed_file_is_read_in_constant_memory(tmp_path: Path, suffix: str) -> None:
    part = (json.dumps({"text": "long " * 200}) + "\n").encode() * 1000
    path = save(tmp_path / f"a.jsonl{suffix}", PACKED[suffix][1](part) * 30)
    tracemalloc.start()
    count = sum(1 for _ in inputs.read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000
    assert (
        peak < 15_000_000 < len(part) * 30 / 2
    )  # of which xz takes 8 MiB for what it looks back to


@real
def test_real_compressed_files_hold_what_the_plain_one_holds() -> None:
    name = f"{SHARED}/decon_apache2/fixtures/training/contaminated_mixed.jsonl"
    assert {len(values(read(name + suffix))) for suffix in ["", *PACKED]} == {5}


# ---------------------------------------------------------------------------------------- zip files


def zipped(path: Path, members: dict[str, bytes], **options: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return str(path)


MIXED = {
    "b/inner.jsonl.gz": gzip.compress(LINES),
    "a.csv": b"q,a\n1,2\n",
    "README.md": b"# Read me",
    "license.txt": b"MIT",
    "__MACOSX/._a.csv": b"\0\5",
    "b/.hidden.jsonl": b"{}",
    "picture.png": b"\x89PNG",
    "~$a.xlsx": b"",
    "more.zip": b"PK",
}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_of_a_zip_are_files_of_their_own(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "corpus.ZIP", MIXED, compression=method)
    table, inner = inputs.files(path)
    assert [table, inner] == [f"{path}/a.csv", f"{path}/b/inner.jsonl.gz"]
    assert inputs.size(table) == len(MIXED["a.csv"])
    assert values(read(inner)) == RECORDS
    (row,) = read(table)
    assert row.value == {"q": "1", "a": "2"}
    assert str(row.origin) == f"{path}/a.csv:2"


def test_spreadsheet_and_parquet_in_a_zip_are_read(tmp_path: Path) -> None:
    members = {"a.xlsx": book({"S": [["q"], ["1"]]}), "b.parquet": parquet(pa.table({"q": ["1"]}))}
    assert [values(read(one)) for one in inputs.files(zipped(tmp_path / "a.zip", members))] == [
        [{"q": "1"}]
    ] * 2


def test_zip_without_a_member_that_can_be_read_says_what_it_holds(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"README.md": b"", "picture.png": b""})
    with pytest.raises(
        DataprepError,
        match=r"no file that can be read, only README\.md, picture\.png; known: \.json,",
    ):
        inputs.files(path)


@pytest.mark.parametrize("cut", [1, 100, -3])
def test_zip_that_is_cut_is_data_at_fault(tmp_path: Path, cut: int) -> None:
    whole = Path(zipped(tmp_path / "whole.zip", MIXED)).read_bytes()
    with pytest.raises(DataError, match=r"a\.zip: not a whole zip file"):
        inputs.files(save(tmp_path / "a.zip", whole[:cut]))


def test_member_whose_bytes_changed_is_data_at_fault(tmp_path: Path) -> None:
    whole = Path(zipped(tmp_path / "whole.zip", {"a.jsonl": LINES})).read_bytes()
    path = save(tmp_path / "a.zip", whole.replace(b'"q"', b'"z"', 1))
    with pytest.raises(DataError, match=r"a\.zip: not a whole zip file"):
        read(f"{path}/a.jsonl")


def test_encrypted_member_is_refused_with_the_way_out(tmp_path: Path) -> None:
    whole = bytearray(Path(zipped(tmp_path / "whole.zip", {"a.jsonl": LINES})).read_bytes())
    whole[6] |= 1  # the flag in front of the member
    whole[whole.index(b"PK\1\2") + 8] |= 1  # and the one in the directory
    path = save(tmp_path / "a.zip", bytes(whole))
    assert "'a.jsonl' is encrypted; unzip it with its password" in refusal(f"{path}/a.jsonl")


def test_name_that_chinese_windows_wrote_is_readable(tmp_path: Path) -> None:
    whole = Path(zipped(tmp_path / "whole.zip", {"\u2510\u2510.jsonl": LINES})).read_bytes()
    plain = whole.replace("\u2510\u2510".encode(), "中文语".encode("gb2312"))  # six bytes as well
    for at in (6, plain.index(b"PK\1\2") + 8):
        plain = plain[: at + 1] + bytes([plain[at + 1] & ~8]) + plain[at + 2 :]
    path = save(tmp_path / "a.zip", plain)
    assert inputs.files(path) == [f"{path}/中文语.jsonl"]
    assert values(read(f"{path}/中文语.jsonl")) == RECORDS


def test_member_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", MIXED)
    assert refusal(f"{path}/b.jsonl") == f"{path}: holds no file 'b.jsonl'"


def test_zip_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    for count in (1, 2):
        path = zipped(tmp_path / "a.zip", {"a.jsonl": b'{"a": 1}\n' * count})
        assert len(read(f"{path}/a.jsonl")) == count


@real
def test_real_zip_gives_each_of_its_tables() -> None:
    found = inputs.files(f"{SHARED}/evals_mmlu_mit/mmlu.zip")
    assert len(found) == 172
    assert values(read(found[0]))


# ------------------------------------------------------------------------------------------ folders


def test_folder_stands_for_its_data_files_in_their_order(tmp_path: Path) -> None:
    zipped(tmp_path / "z.zip", {"a.csv": b"a\n1\n", "notes.md": b""})
    for name in (
        "b/2.jsonl",
        "b/1.json.gz",
        "a.csv",
        "c/d/e.parquet",
        "text.txt",
        "b/rejected.jsonl",
    ):
        save(tmp_path / name, "x")
    for name in (
        *(
            "dataset_info.json",
            "report.json",
            "rejects.jsonl",
            "b/clean.rejects.jsonl",
            "lineage.parquet",
        ),
        *(
            ".hidden.json",
            ".git/a.json",
            "__MACOSX/a.csv",
            "README.txt",
            "readme_en.txt",
            "LICENSE.txt",
        ),
        *("requirements.txt", "page.html", "nosuffix"),
    ):
        save(tmp_path / name, "x")
    zipped(tmp_path / "pictures.zip", {"a.png": b""})
    names = [name.removeprefix(f"{tmp_path}/") for name in inputs.files(str(tmp_path))]
    assert names == [
        *(
            "a.csv",
            "b/1.json.gz",
            "b/2.jsonl",
            "b/rejected.jsonl",
            "c/d/e.parquet",
            "text.txt",
            "z.zip/a.csv",
        ),
    ]


def test_folder_linked_into_itself_ends_and_one_linked_from_elsewhere_counts(
    tmp_path: Path,
) -> None:
    save(tmp_path / "data/a.jsonl", LINES)
    save(tmp_path / "other/b.jsonl", LINES)
    (tmp_path / "data/loop").symlink_to(tmp_path / "data")
    (tmp_path / "data/link").symlink_to(tmp_path / "other")
    names = [Path(name).name for name in inputs.files(str(tmp_path / "data"))]
    assert names == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("name", ["", "page.html"])
def test_folder_without_data_is_refused_with_what_is_known(tmp_path: Path, name: str) -> None:
    if name:
        save(tmp_path / name, "x")
    with pytest.raises(DataprepError) as caught:
        inputs.files(str(tmp_path))
    assert "holds no file that can be read" + f", only {name}" * bool(name) in str(caught.value)
    assert ".parquet" in str(caught.value)


def test_other_path_stands_for_itself() -> None:
    assert inputs.files("no/such.jsonl") == ["no/such.jsonl"]


def test_very_many_files_are_found_at_once(tmp_path: Path) -> None:
    for number in range(5_000):
        (tmp_path / f"{number}.json").touch()
    start = time.perf_counter()
    found = inputs.files(str(tmp_path))
    assert (
        time.perf_counter() - start < 0.2
    )  # a twentieth of what 100,000 may take, and some for a busy machine
    assert len(found) == 5_000


def saved(folder: Path, *parts: pa.Table) -> str:
    """Lay out a folder as `datasets` saves one split."""
    names = [f"data-{number:05}-of-{len(parts):05}.arrow" for number in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        save(folder / name, stream(part))
    save(folder / "state.json", json.dumps({"_data_files": [{"filename": name} for name in names]}))
    save(folder / "dataset_info.json", "{}")
    return str(folder)


def test_folder_that_datasets_saved_is_one_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "saved", pa.table({"q": ["1", "2"]}), pa.table({"q": ["3"]}))
    save(tmp_path / "saved/cache-0.arrow", "x")
    assert inputs.files(path) == [path]
    inputs.check_input(path)
    found = read(path)
    assert values(found) == [{"q": "1"}, {"q": "2"}, {"q": "3"}]
    assert [str(raw.origin) for raw in found] == [f"{path}:{line}" for line in (1, 2, 3)]
    assert inputs.files(str(tmp_path)) == [path]
    assert inputs.size(path) > 0
    assert not inputs.is_cuttable(path, "auto")


def test_splits_that_datasets_saved_are_a_file_each(tmp_path: Path) -> None:
    save(tmp_path / "dataset_dict.json", '{"splits": ["train", "test"]}')
    paths = [saved(tmp_path / name, pa.table({"q": [name]})) for name in ("test", "train")]
    assert inputs.files(str(tmp_path)) == paths
    assert [values(read(path)) for path in paths] == [[{"q": "test"}], [{"q": "train"}]]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"_data_files": [1]}'])
def test_saved_folder_that_does_not_name_its_files_is_data_at_fault(
    tmp_path: Path, text: str
) -> None:
    path = saved(tmp_path, pa.table({"q": ["1"]}))
    save(tmp_path / "state.json", text)
    assert "does not name the data's files" in refusal(path)


def test_saved_folder_that_lacks_a_file_is_data_at_fault(tmp_path: Path) -> None:
    path = saved(tmp_path, pa.table({"q": ["1"]}))
    (tmp_path / "data-00000-of-00001.arrow").unlink()
    with pytest.raises(DataError):
        read(path)


def test_other_folder_is_no_input_by_itself(tmp_path: Path) -> None:
    with pytest.raises(DataprepError, match="is a directory"):
        inputs.check_input(str(tmp_path))


# ------------------------------------------------------------------------------------- spreadsheets

# what Excel 97 writes of these rows: q a | 你好 NA | (empty) | 007 3 | x 7.25
XLS = base64.b85decode(
    "c-rk)O=uHA6#izjn?Kt$sj1KkB@~Rd_E7Plm%3Kao{ZH?RRo*b97;>7(Sr(VwdN=Yo)j;IUc6Mj_=6twA"
    "|8Z_9t1&1^yo=Y@X%&`?`0NK&7l!3D)WW"
    ";=Ixtrb|yP--u}E?NR(#pc9ii0b|8R?7eTPbr>I2ygE*+&^Vsz3Fcr_>pF$)"
    "|3mJ6qsQE>R*O1q{3=4Pcr^LW}Do1b}nW=m(wTjp!bI2;5LqD;?P4dLhF"
    "0*PCJ|?_Y__in?3-1)q72$r;megS^xS5{qI*JckUD6f<pZC7>c`KeRXv1@k;tN+*RqJ4&FrJ<KI~zLfCd`4>Z7`S56"
    "|$2hBxwQX@Wo33pZ%TsBxU@o>sK"
    "KE*X90D9sf1U2BzVSNPrh9xjqY27x?5N(y|wW)x3LxN"
    "|r<;`_3JrK+O!0uCH$!c~3_<E6Xm9FWbe<65UP2V`vdOAu%4OJiU19)2qFsL+(-WOiSjj=JyReC3"
    "v{VJ*aa`S{z~4_6Tnlz9eT|FLsA;l9W`ZhuXBUXGS!ar8Q0CY!$qAH`dsj$S!`|"
    "|Ddz@!R;n{ez1HtIse9;MHgL?G3w918T6`Nb>lkYq3hR5=Yn^_?LXy("
    "uoc&H_w-Gy1xtvEnGmiX@zqgUuj=TP=q;^Rq7P_&ppHHudcKzDEk0s>OzZ7BdRz34*4v^VUPJd`s}=WnSjuYO5ru()fq"
    "{X6fq{X+uR!VNdVXHD^^-ooJ%sd"
    "koh2$2^O@wo#Q{vw?-ae5?na*K0?srPKkMKq|6FQ?ef;l*jA0tRfC-GsJSG~BUwZpfwf"
    "|?u9pk@m3pF}^rIC65;qku#8O_9~"
)
XLS_ROWS = [{"q": "你好", "a": "NA"}, {"q": "007", "a": "3"}, {"q": "x", "a": "7.25"}]


def book(sheets: dict[str, list[list[Any]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_spreadsheet_is_told_by_its_bytes_and_not_by_its_suffix(tmp_path: Path, name: str) -> None:
    old = save(tmp_path / name, zlib.decompress(XLS))
    assert values(read(old)) == XLS_ROWS
    assert told(read(old)) == [(2, ""), (4, ""), (5, "")]
    new = save(
        tmp_path / name, book({"S": [["q", "a"], ["你好", "NA"], [], ["007", 3], ["x", 7.25]]})
    )
    assert read(new) == read(old)


def test_cells_of_a_spreadsheet_become_the_text_that_stands_in_them(tmp_path: Path) -> None:
    day = datetime.datetime(2024, 5, 6, 7, 8, 9)
    cells = [
        "NA",
        "null",
        "007",
        7,
        7.0,
        7.5,
        True,
        None,
        " 空 ",
        day,
        day.date(),
        12345678901,
        "a\nb",
    ]
    texts = [
        "NA",
        "null",
        "007",
        "7",
        "7",
        "7.5",
        "TRUE",
        "",
        " 空 ",
        str(day),
        "2024-05-06",
        "12345678901",
        "a\nb",
    ]
    rows = [[f"c{number}" for number in range(len(cells))], cells]
    ((row),) = values(read(save(tmp_path / "a.xlsx", book({"S": rows}))))
    assert list(row.values()) == texts


def test_every_sheet_is_read_in_order_with_its_own_header(tmp_path: Path) -> None:
    sheets = {
        "一": [[], ["q", None, "a"], ["1", None, 2]],
        "空": [],
        "头": [["only"]],
        "B": [["x"], [], ["3"]],
    }
    path = save(tmp_path / "a.xlsx", book(sheets))
    assert [(str(raw.origin), raw.value) for raw in read(path)] == [
        (f"{path}#一:3", {"q": "1", "a": "2"}),
        (f"{path}#B:3", {"x": "3"}),
    ]
    assert values(read(path, sheet="B")) == [{"x": "3"}]
    assert refusal(path, sheet="C") == f"{path}: has no sheet 'C'; known: B, 一, 头, 空"


def test_cell_under_no_header_makes_its_row_ragged(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", book({"S": [["q", "a"], ["1", "2", "3"], ["4", "5"]]}))
    assert told(read(path)) == [(2, "ragged row"), (3, "")]
    assert read(path)[0].value == "1\t2\t3"


def test_header_of_a_sheet_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", book({"S": [["q", "q"], ["1", "2"]]}))
    assert refusal(path) == f"{path}:1: two columns are named 'q'; name each column once"


def test_spreadsheet_on_which_the_parser_ends_its_process_is_data_at_fault(tmp_path: Path) -> None:
    far = zlib.decompress(XLS)[:600] + bytes(3000)
    with pytest.raises(DataError, match="not a whole spreadsheet"):
        read(save(tmp_path / "a.xls", far))


@real
def test_real_spreadsheet_gives_all_of_its_rows() -> None:
    found = read(f"{SHARED}/self_llm_apache2/心理大模型-职场焦虑语料.xlsx")
    assert len(values(found)) == 246
    assert told(found)[-1] == (247, "")
    assert found[0].value["q"] == "我感到在职场中压力很大，总是焦虑不安，怎么办？"


# -------------------------------------------------------------------------------------------- Arrow


def stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def file(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def feathered(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    feather.write_feather(table, sink)
    return sink.getvalue()


COLUMNAR: dict[str, Callable[[pa.Table], bytes]] = {
    "a.parquet": parquet,
    "stream.arrow": stream,
    "file.arrow": file,
    "a.feather": feathered,
}
each_columnar = pytest.mark.parametrize("name", COLUMNAR)


@each_columnar
@pytest.mark.parametrize("packed", [False, True])
def test_rows_of_arrow_files_are_records_with_their_number(
    tmp_path: Path, name: str, packed: bool
) -> None:
    made = [
        {"q": str(number), "n": number, "turns": [{"from": "human", "value": None}]}
        for number in range(1234)
    ]
    data = COLUMNAR[name](pa.Table.from_pylist(made))
    path = save(tmp_path / (name + ".gz" * packed), gzip.compress(data) if packed else data)
    found = read(path)
    assert values(found) == made
    assert [raw.origin.line for raw in found] == list(range(1, 1235))


@each_columnar
def test_values_that_json_does_not_know_become_text(tmp_path: Path, name: str) -> None:
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    table = pa.table(
        {
            "day": pa.array([moment.date()]),
            "moments": pa.array([[moment]]),
            "price": pa.array([decimal.Decimal("1.50")]),
            "bytes": pa.array(["好".encode()]),
            "image": pa.array([{"bytes": b"\xff\0", "path": None}]),
            "map": pa.array([[("k", moment)]], pa.map_(pa.string(), pa.timestamp("us"))),
            "words": pa.array(["词"]).dictionary_encode(),
            "length": pa.array([datetime.timedelta(seconds=90)]),
        }
    )
    (row,) = values(read(save(tmp_path / name, COLUMNAR[name](table))))
    assert json.loads(json.dumps(row)) == row
    assert row == {
        "day": "2024-05-06",
        "moments": ["2024-05-06T07:08:09"],
        "price": "1.50",
        "bytes": "好",
        "image": {"bytes": "/wA=", "path": None},
        "map": [["k", "2024-05-06T07:08:09"]],
        "words": "词",
        "length": "0:01:30",
    }


@each_columnar
def test_row_with_text_that_is_not_utf8_costs_that_row(tmp_path: Path, name: str) -> None:
    bad = pa.array([b"1", "中文".encode("gbk"), b"3"]).cast(pa.binary()).view(pa.string())
    nested = pa.ListArray.from_arrays(
        [0, 1, 2, 3], pa.array([b"1", b"2", b"\xff"]).view(pa.string())
    )
    for column in (bad, nested):
        found = read(save(tmp_path / name, COLUMNAR[name](pa.table({"q": column, "n": [1, 2, 3]}))))
        assert [reason for _, reason in told(found)].count("not valid UTF-8") == 1
        assert len(found) == 3
        assert found[0].value["n"] == 1
    assert r"\xff" in found[2].value


@pytest.mark.parametrize("name", ["a.parquet", "file.arrow"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    table = pa.table([["1"], ["2"]], names=["q", "q"])
    assert "two columns have one name" in refusal(save(tmp_path / name, COLUMNAR[name](table)))


@each_columnar
def test_large_arrow_file_is_never_in_memory_whole(tmp_path: Path, name: str) -> None:
    table = pa.table({"text": [str(number) * 200 for number in range(100_000, 110_000)]})
    path = save(tmp_path / name, COLUMNAR[name](table))
    tracemalloc.start()
    count = sum(1 for _ in inputs.read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 4_000_000 < table.nbytes


# --------------------------------------------------------------------------------------------- YAML


def test_yaml_list_is_a_record_an_item_with_its_line(tmp_path: Path) -> None:
    text = "# Fragen\n- q: a\n  a: |\n    两行\n    文字\n\n- {q: b, a: c}\n-\n  q: d\n"
    found = read(save(tmp_path / "a.yaml", text))
    assert values(found) == [{"q": "a", "a": "两行\n文字\n"}, {"q": "b", "a": "c"}, {"q": "d"}]
    assert [raw.origin.line for raw in found] == [2, 7, 9]


def test_yaml_documents_are_records(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.yml", "---\nq: 1\n---\n---\nq: 2\n---\n- q: 3\n- q: 4\n...\n"))
    assert values(found) == [{"q": "1"}, {"q": "2"}, {"q": "3"}, {"q": "4"}]
    assert [raw.origin.line for raw in found] == [2, 5, 7, 8]


def test_yaml_scalars_stay_text_but_for_null_true_and_false_of_a_field(tmp_path: Path) -> None:
    text = (
        "a: 2024-05-06\nb: 007\nc: 1e5\nd: Yes\ne: NA\nf: 12:30\ng: null\nh: true\ni:\nj: "
        "'null'\nk: [null, true, no]\n"
    )
    (value,) = values(read(save(tmp_path / "a.yaml", text)))
    texts = {
        "a": "2024-05-06",
        "b": "007",
        "c": "1e5",
        "d": "Yes",
        "e": "NA",
        "f": "12:30",
        "j": "null",
    }
    assert value == texts | {"g": None, "h": True, "i": None, "k": ["null", "true", "no"]}


def test_yaml_mapping_may_hold_the_records(tmp_path: Path) -> None:
    found = read(save(tmp_path / "a.yaml", "version: 1\ndata:\n- q: a\n- q: b\n"))
    assert values(found) == [{"q": "a"}, {"q": "b"}]
    assert [raw.origin.line for raw in found] == [3, 4]


def test_yaml_conversations_of_strings_are_a_record_each(tmp_path: Path) -> None:
    text = (
        "categories:\n- AI\nconversations:\n- - What is AI?\n  - Yes\n- - Hi\n  - Hello\n  - Bye\n"
    )
    found = read(save(tmp_path / "a.yml", text))
    assert values(found) == [
        {"conversation": ["What is AI?", "Yes"], "categories": ["AI"]},
        {"conversation": ["Hi", "Hello", "Bye"], "categories": ["AI"]},
    ]
    assert [raw.origin.line for raw in found] == [4, 6]


def test_yaml_conversation_of_messages_is_one_record(tmp_path: Path) -> None:
    (value,) = values(
        read(
            save(
                tmp_path / "a.yml",
                "conversations:\n- {from: human, value: Hi}\n- {from: gpt, value: Ho}\n",
            )
        )
    )
    assert value == {
        "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]
    }


def test_yaml_anchor_stands_for_what_it_names(tmp_path: Path) -> None:
    text = "- &one {q: a}\n- *one\n- system: &s 你是助手\n- system: *s\n"
    assert (
        values(read(save(tmp_path / "a.yaml", text)))
        == [{"q": "a"}] * 2 + [{"system": "你是助手"}] * 2
    )


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- q: a\n- q: 'b\n", 3, "not YAML (found unexpected end of stream"),
        ("- q: a\n- q: b: c\n", 2, "not YAML (mapping values are not allowed"),
        ("- q: a\n- [1\n", 3, "not YAML ("),
        ("- q: a\n-\tq: b\n\tz", 2, "not YAML ("),
        (
            "- q: a\n- !!python/object/apply:os.system [ls]\n",
            2,
            "has the tag 'tag:yaml.org,2002:python/object/apply",
        ),
        ("- q: a\n- *nothing\n", 2, "there is no anchor for the alias 'nothing'"),
        ("- q: a\n- [a]: b\n  [c]: d\n", 2, "the name of a field is no text"),
        ("- q: a\n- " + "[" * 500, 2, "nested too deep"),
        (
            "- q: a\n" + BOMB.replace("a:", "-").replace("b:", "-").replace("c:", "-"),
            3,
            "the alias 'a' is part of",
        ),
    ],
)
def test_broken_yaml_gives_what_it_can_and_the_line_where_it_breaks(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = save(tmp_path / "a.yaml", text)
    found = inputs.read(path)
    assert next(found).value == {"q": "a"}
    with pytest.raises(DataError) as caught:
        list(found)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


def test_yaml_bytes_that_are_no_text_cost_their_record(tmp_path: Path) -> None:
    found = list(
        inputs.read(
            save(tmp_path / "a.yaml", b"- q: a\n- q: \xff\xfeb\n- q: \xe4\xbd\xa0\n"), "utf-8"
        )
    )
    assert told(found) == [(1, ""), (2, "not valid UTF-8"), (3, "")]
    assert r"\xff\xfeb" in found[1].value


@real
def test_real_yaml_files_give_each_of_their_conversations() -> None:
    paths = inputs.files(f"{SHARED}/chatterbot_bsd3")
    found = values([raw for path in paths for raw in read(path)])
    parsed = [yaml.load(Path(path).read_bytes(), Loader=yaml.CSafeLoader) for path in paths]
    assert len(found) == sum(len(one["conversations"]) for one in parsed) == 3971
    odd = [value["conversation"] for value in found if not isinstance(value["conversation"], list)]
    assert odd == [
        "In a game of bingo, which number is represented by the phrase \"two little ducks\"? - '22'"
    ]


# --------------------------------------------------------------------------------------------- text


def test_documents_are_separated_by_two_blank_lines_or_their_end_sign(tmp_path: Path) -> None:
    text = (
        "\n第一行\n\n  第二段  \n \n\n\n二\n<|endoftext|>三<|endoftext|>\n\n<|endoftext|>  "
        "四\r\n五\r\n"
    )
    found = read(save(tmp_path / "a.txt", text))
    assert [value["text"] for value in values(found)] == [
        "第一行\n\n  第二段  ",
        "二",
        "三",
        "  四\n五",
    ]
    assert [raw.origin.line for raw in found] == [2, 8, 9, 11]
    data = text.encode()
    assert [data[raw.origin.byte :].decode()[:2] for raw in found] == ["第一", "二\n", "三<", "  "]


def test_document_that_is_no_text_costs_itself(tmp_path: Path) -> None:
    found = list(inputs.read(save(tmp_path / "a.txt", b"a\n\n\n\xff\xff\n\n\nb\n"), "utf-8"))
    assert told(found) == [(1, ""), (4, "not valid UTF-8"), (7, "")]


def test_document_without_an_end_is_refused_at_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_reader, "LONGEST", 1 << 20)
    path = save(tmp_path / "a.txt", "short\n\n\n" + "x" * 2 * (1 << 20))
    assert refusal(path) == (
        f"{path}:4: the document that begins here has more than 1 MiB; separate documents by two "
        f"blank lines or "
        "<|endoftext|>, or give a pattern"
    )
    assert "has more than 1 MiB, too much for a pattern" in refusal(path, pattern="(?P<prompt>x)")


PATTERN = r"问：(?P<prompt>.*)\n答：(?P<response>(?:[^注\n]+\n)+)(?P<note>注)?"


def test_pattern_makes_records_and_what_it_leaves_is_told(tmp_path: Path) -> None:
    text = "前言\r\n\r\n问：一？\r\n答：甲\r\n乙\r\n\r\n\n广告\n广告\n\n问：二？\n答：丙\n注\n\n 尾"
    path = save(tmp_path / "a.txt", text)
    inputs.check_input(path, options={"pattern": PATTERN})
    found = read(path, pattern=PATTERN)
    outside = "outside the pattern"
    assert told(found) == [(1, outside), (3, ""), (8, outside), (11, ""), (15, outside)]
    assert [raw.value for raw in found] == [
        *("前言", {"prompt": "一？", "response": "甲\n乙\n"}, "广告\n广告"),
        *({"prompt": "二？", "response": "丙\n", "note": "注"}, "尾"),
    ]


def test_pattern_that_matches_nothing_leaves_all_and_ends(tmp_path: Path) -> None:
    path = save(tmp_path / "a.txt", "a\nb\n")
    assert told(read(path, pattern="(?P<q>x*)")) == [(1, "outside the pattern")]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "it is a Python regular expression"),
        ("问(.*)答", "has no named group"),
        ("(?P<a>x)(?P<a>y)", "redefinition"),
    ],
)
def test_pattern_that_is_none_is_refused_before_the_run(
    tmp_path: Path, pattern: str, words: str
) -> None:
    path = save(tmp_path / "a.txt", "x")
    with pytest.raises(DataprepError) as caught:
        inputs.check_input(path, options={"pattern": pattern})
    assert words in str(caught.value)


# ---------------------------------------------------------------------------------------------- XML

ELEMENTS = {"record": "QA", "prompt": "Q", "response": "A"}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<doc>
 <Q>outside</Q>
 <QA id="1" lang="zh"><Q type="x">你好 &amp; <b>再见</b>&#33;</Q>
  <A><![CDATA[<p>]]></A></QA>
 <!-- <QA/> -->
 <QA><Q>two</Q><A>a</A><group><A>b</A></group><A/></QA>
</doc>
"""


def test_xml_elements_are_records_with_their_lines(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xml", XML)
    found = read(path, elements=ELEMENTS)
    assert values(found) == [
        {
            "@id": "1",
            "@lang": "zh",
            "prompt@type": "x",
            "prompt": "你好 & 再见!",
            "response": "<p>",
        },
        {"prompt": "two", "response": ["a", "b", ""]},
    ]
    assert [raw.origin.line for raw in found] == [4, 7]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "shift_jis", "utf-16"])
def test_xml_declaration_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = XML.replace("UTF-8", encoding).replace("再见", "日本")
    path = save(tmp_path / "a.xml", text.replace("你", "好").encode(encoding))
    assert values(read(path, elements=ELEMENTS))[0]["prompt"] == "好好 & 日本!"


def test_xml_declaration_of_no_encoding_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xml", XML.replace("UTF-8", "utf-9"))
    assert refusal(path, elements=ELEMENTS).startswith(f"{path}: declares the encoding 'utf-9'")
    assert len(list(inputs.read(path, "utf-8", {"elements": ELEMENTS}))) == 2


def test_xml_bytes_that_are_no_text_cost_their_record(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xml", XML.encode().replace(b"two", b"\xff"))
    assert told(read(path, elements=ELEMENTS)) == [(4, ""), (7, "not valid UTF-8")]


def test_xml_without_elements_is_asked_for_them_with_those_there_are(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xml", XML)
    with pytest.raises(
        DataprepError, match=r"say elements, .*; there are A \(4\), Q \(3\), QA \(2\), doc \(1\)"
    ):
        inputs.check_input(path)
    assert "must name the record and at least one field" in refusal(path, elements={"record": "QA"})


def test_xml_without_a_record_is_a_reject(tmp_path: Path) -> None:
    (raw,) = read(save(tmp_path / "a.xml", XML), elements=ELEMENTS | {"record": "QAs"})
    assert str(raw.error) == "the file has no element 'QAs'; did you mean 'QA'?"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (XML.replace("</doc>", ""), 9, "not well-formed XML (no element found)"),
        (XML.replace("<group>", "<grp>"), 7, "not well-formed XML (mismatched tag)"),
        (XML.replace("two", "&nbsp;"), 7, "not well-formed XML (undefined entity)"),
        (XML + "<more/>", 9, "not well-formed XML (junk after document element)"),
    ],
)
def test_broken_xml_gives_what_it_can_and_the_line_where_it_breaks(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = save(tmp_path / "a.xml", text)
    found = inputs.read(path, options={"elements": ELEMENTS})
    assert next(found).value["@id"] == "1"
    with pytest.raises(DataError) as caught:
        list(found)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("entity", ['"ha"', '"&l;&l;"', 'SYSTEM "file:///etc/passwd"'])
def test_xml_entities_are_refused(tmp_path: Path, entity: str) -> None:
    text = f"<!DOCTYPE doc [\n<!ENTITY lol {entity}>]><doc><QA><Q>&lol;</Q></QA></doc>"
    assert ":2: declares the entity 'lol', which is refused" in refusal(
        save(tmp_path / "a.xml", text), elements=ELEMENTS
    )


def test_large_xml_is_never_in_memory_whole(tmp_path: Path) -> None:
    one = f"<QA><Q>{'问' * 300}</Q><A>{'答' * 300}</A></QA>\n"
    path = save(tmp_path / "a.xml", f"<doc>{one * 4000}</doc>")
    tracemalloc.start()
    count = sum(1 for _ in inputs.read(path, options={"elements": ELEMENTS}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4000
    assert peak < Path(path).stat().st_size / 1.5


@real
def test_real_xml_files_give_all_of_their_pairs() -> None:
    elements = {"record": "QAPair", "prompt": "Question", "response": "Answer"}
    paths = inputs.files(f"{SHARED}/medquad_ccby4")
    found = values([raw for path in paths for raw in read(path, elements=elements)])
    assert (len(paths), len(found)) == (
        50,
        sum(Path(path).read_text().count("<QAPair ") for path in paths),
    )
    assert all(value["prompt"].strip() for value in found)


# --------------------------------------------------------------------- JSON objects that hold lists

HOLDING = [
    '{"data": [{"a": 1},\n{"a": 2}]}',
    '{"data":[{"a":1},{"a":2}]}',
    '\n{"version": "1.1", "data": [{"a": 1}, {"a": 2}], "n": [1, {}]}\n\n',
    '{\n  "name": "x",\n  "data": [1],\n  "examples": [\n    {"a": 1},\n    {"a": 2}\n  ],\n  '
    '"end": null\n}\n',
    '{"rows": [{"a": 1}], "x": 1, "items": [{"a": 2}]}',
    '{"records": [{"a": 1},]}\n{"records": [{"a": 2}]}\n{"other": 1}'.replace('\n{"other": 1}', ""),
]


@pytest.mark.parametrize("text", HOLDING[:-1])
def test_json_object_that_holds_a_list_of_records_is_that_list(tmp_path: Path, text: str) -> None:
    found = read(save(tmp_path / "a.json", text))
    assert values(found) == [{"a": 1}, {"a": 2}]
    data = text.encode()
    for raw, opening in zip(found, (b"1", b"2"), strict=True):
        assert data[raw.origin.byte :].startswith(b"{")
        assert opening in data[raw.origin.byte : raw.origin.byte + 8]
        assert raw.origin.line == data[: raw.origin.byte].count(b"\n") + 1


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.jsonl", '{"data": [{"a": 1}, {"a": 2}]}\n', 1),
        ("a.json", '{"data": [{"a": 1}]}\n{"data": [{"a": 2}]}\n{"data": []}\n', 3),
        ("a.json", '{"data": ["a", "b"]}', 1),
        ("a.json", '{"data": []}', 1),
        ("a.json", '{"messages": [{"role": "user"}]}', 1),
        ("a.json", '{\n"meta": {"data": [{"a": 1}]}\n}', 1),
    ],
)
def test_json_object_that_is_a_record_stays_one(
    tmp_path: Path, name: str, text: str, count: int
) -> None:
    found = values(read(save(tmp_path / name, text)))
    assert len(found) == count
    assert found[0] == json.loads(text.splitlines()[0] if count > 1 else text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"data": [{"a": 1},\n{"a": 2}', 2, "the array breaks off"),
        ('{"data": [{"a": 1}]\n', 2, "expected ',' or '}'"),
        ('{"data": [{"a": 1}],\n "b" 2}', 2, "not valid JSON"),
        ('{"data": [{"a": 1}],\n "b": "2}', 2, "Unterminated string"),
        ('{"data": [\n{"a": 1}]}\n]', 3, "expected '{'"),
    ],
)
def test_broken_list_in_a_json_object_tells_where_it_breaks(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = save(tmp_path / "a.json", text)
    found = inputs.read(path)
    assert next(found).value == {"a": 1}
    with pytest.raises(DataError) as caught:
        list(found)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("before", ["", '"version": "1.1", '])
def test_large_list_in_a_json_object_is_never_in_memory_whole(tmp_path: Path, before: str) -> None:
    one = json.dumps({"output": "一二三四五六七八九十" * 100}, ensure_ascii=False)
    path = save(tmp_path / "a.json", "{" + before + '"data": [' + ", ".join([one] * 3000) + "]}")
    tracemalloc.start()
    count = sum(1 for _ in inputs.read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 3000
    assert peak < Path(path).stat().st_size / 1.5


@pytest.mark.parametrize("shift", range(-40, 41, 4))
def test_list_in_a_json_object_is_found_where_the_windows_meet(tmp_path: Path, shift: int) -> None:
    text = '{\n"info": "%s",\n"data"  :  [ {"a": 1}, {"a": 2} ] ,\n "tail": 1 }' % (
        "x" * ((1 << 20) - 40 + shift)
    )
    assert values(read(save(tmp_path / "a.json", text))) == [{"a": 1}, {"a": 2}]


# ------------------------------------------------------------------------------------------ options


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("a.csv", "pattern", ".csv has no option 'pattern'; known: header"),
        ("a.txt", "patern", ".txt has no option 'patern'; did you mean 'pattern'?"),
        ("a.xml", "pattern", ".xml has no option 'pattern'; known: elements"),
        ("a.xlsx.gz", "sheets", ".xlsx has no option 'sheets'; did you mean 'sheet'?"),
    ],
)
def test_option_that_a_container_does_not_have_is_refused(
    tmp_path: Path, name: str, option: str, words: str
) -> None:
    path = save(tmp_path / name, "x")
    with pytest.raises(DataprepError) as caught:
        inputs.check_input(path, options={option: "x"})
    assert str(caught.value) == f"{path}: {words}"


def test_table_without_a_header_loses_no_row(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "1+1?,2\n2+2?,4\n")
    assert values(read(path, header=False)) == [{"1": "1+1?", "2": "2"}, {"1": "2+2?", "2": "4"}]
    assert [raw.origin.line for raw in read(path, header=False)] == [1, 2]


# ------------------------------------------------------------------------------------- broken files

WHOLE: dict[str, bytes] = {
    **{f"a.jsonl{suffix}": pack(LINES) for suffix, (_, pack) in PACKED.items()},
    **{name: make(pa.Table.from_pylist(RECORDS)) for name, make in COLUMNAR.items()},
    "a.json": b'{"data": [{"a": 1}, {"a": "' + "二".encode() + b'"}], "b": {}}',
    "a.yaml": b"- q: a\n  a: [b, {c: d}]\n- &x 'e'\n- *x\n",
    "a.txt": b"a\n\n\nb<|endoftext|>c",
    "a.xml": XML.encode(),
}


def mutations(data: bytes, count: int) -> list[bytes]:
    """Return the data cut, with bytes changed, and bytes of no meaning."""
    chance = random.Random(len(data))
    made = [data[: chance.randrange(len(data))] for _ in range(count)]
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        made.append(bytes(changed))
    return [*made, *(chance.randbytes(chance.randrange(1, 400)) for _ in range(count))]


def outcome(path: str, **options: Any) -> str:
    """Return what is said of a file, "" where it is read; what is read must be able to be written
    again.
    """
    try:
        found = read(path, **options)
    except DataprepError as error:
        return str(error)
    assert all(raw.origin.line > 0 for raw in found)
    json.dumps([raw.value for raw in found], ensure_ascii=False).encode()
    return ""


@pytest.mark.parametrize("name", WHOLE)
def test_broken_file_gives_records_and_errors_of_ours_and_nothing_else(
    tmp_path: Path, name: str
) -> None:
    options = {"a.xml": {"elements": ELEMENTS}}.get(name, {})
    for data in mutations(WHOLE[name], 12):
        path = save(tmp_path / name, data)
        said = outcome(path, **options)
        assert not said or said.startswith(path)


@pytest.mark.parametrize(
    "data", [zlib.decompress(XLS), book({"S": [["q", "a"], ["1", 2]]})], ids=["xls", "xlsx"]
)
def test_broken_spreadsheet_gives_records_or_an_error_of_ours(tmp_path: Path, data: bytes) -> None:
    for made in mutations(data, 2):
        path = save(tmp_path / "a.xlsx", made)
        said = outcome(path)
        assert not said or said.startswith(path)


def test_broken_zip_gives_records_or_an_error_of_ours(tmp_path: Path) -> None:
    whole = Path(
        zipped(tmp_path / "whole.zip", MIXED, compression=zipfile.ZIP_DEFLATED)
    ).read_bytes()
    for number, data in enumerate(mutations(whole, 15)):
        path = save(tmp_path / f"{number}.zip", data)
        try:
            members = inputs.files(path)
        except DataprepError as error:
            members, said = [], [str(error)]
        else:
            said = [outcome(member) for member in members]
        assert all(words.startswith(path) for words in said if words)


# ---------------------------------------------------------------------------------------------- hub


@pytest.mark.filterwarnings("ignore")  # those of another package's imports
def test_data_set_is_read_by_its_name_as_a_stream(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    for split in ("train", "test"):
        rows = [{"question": f"{split} {number}?", "answer": "Yes."} for number in range(1200)]
        save(tmp_path / f"named/{split}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    for path, split in {"": "train", "#test": "test"}.items():
        found = read(f"hub:{tmp_path}/named{path}")
        assert [raw.value["question"] for raw in found] == [
            f"{split} {number}?" for number in range(1200)
        ]
        assert [raw.origin.line for raw in found] == list(range(1, 1201))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no/such-data", "no/such-data"),
        ("named#tran", "Bad split: tran. Available splits: ['train']"),
    ],
)
def test_data_set_that_is_not_there_is_refused(
    tmp_path: Path, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "named/train.jsonl", '{"a": 1}\n')
    with pytest.raises(DataprepError) as caught:
        read(f"hub:{name}")
    assert str(caught.value).startswith(f"hub:{name}: ")
    assert words in str(caught.value)


# --------------------------------------------------------------------------------------- own reader


def test_new_reader_registers_its_suffix_magic_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = {**inputs.CONTAINERS}
    monkeypatch.setattr(inputs, "CONTAINERS", added)
    monkeypatch.setattr(containers, "CONTAINERS", added)

    @containers.reader(".kv", binary=True, magic=b"KV1\n")
    def read_pairs(
        stream: BinaryIO,
        path: str,
        encoding: str,
        *,
        sign: Annotated[str, ReaderOption("Pairs: the sign between name and value.")] = "=",
    ) -> Iterator[Raw]:
        for number, line in enumerate(stream.read().decode().splitlines()[1:], 2):
            name, _, value = line.partition(sign)
            yield Raw(Origin(path, number), {name: value})

    path = save(tmp_path / "a.kv", b"KV1\nq=1\na=2\n")
    inputs.check_input(path)
    assert values(read(path)) == [{"q": "1"}, {"a": "2"}]
    assert values(read(path, sign="1")) == [{"q=": ""}, {"a=2": ""}]
    assert inputs.reader_options()["sign"].schema()["type"] == "string"
    assert inputs.suffix_for(b"KV1\nq=1") == ".kv"
    assert inputs.kind_of(path) == "KV"
    with pytest.raises(DataError, match=r"a \.kv file by its first bytes"):
        inputs.check_input(save(tmp_path / "a.txt", b"KV1\n"))
    assert refusal(path, sing="x") == f"{path}: .kv has no option 'sing'; did you mean 'sign'?"


def test_readers_options_are_those_of_a_recipe_and_of_a_command() -> None:
    assert input_options.FILE.read_text(encoding="utf-8") == input_options.text()
    shown = CliRunner().invoke(cli, ["convert", "--help"]).output
    assert [*inputs.reader_options()] == ["elements", "header", "pattern", "sheet"]
    assert all(f"--{name}" in shown for name in inputs.reader_options())


def test_command_and_recipe_read_one_sheet(tmp_path: Path) -> None:
    rows = [["prompt", "response"], ["1+1?", "2"]]
    path = save(tmp_path / "a.xlsx", book({"A": rows, "B": [rows[0], ["2+2?", "4"]]}))
    made = CliRunner().invoke(cli, ["convert", path, "--sheet", "B", "--to", "alpaca"])
    assert [json.loads(line)["output"] for line in made.stdout.splitlines()] == ["4"]
    entry = {"path": path, "sheet": "B", "outside": True}
    data = {"inputs": [entry], "output": {"format": "alpaca"}}
    (tmp_path / "r.yaml").write_text(json.dumps({"data": data}))
    assert recipe.read(str(tmp_path / "r.yaml")).faults == ()
    made = CliRunner().invoke(cli, ["convert", path, "--sheet", "C", "--to", "alpaca"])
    assert made.output.splitlines()[-1] == f"Error: {path}: has no sheet 'C'; known: A, B"
