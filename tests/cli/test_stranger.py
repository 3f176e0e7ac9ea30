"""What a stranger's machine does to a command: pipes, signals, full disks, two runs at once, names
that mislead.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from commandline import EMPTY, GOOD, good, read, refusal, run, tree, write

from dataprep import pipeline
from dataprep.errors import DataprepError
from dataprep.pipeline.plan import Plan
from dataprep.sources import atomic, inputs
from dataprep.sources.source import Source

PROGRAM = [sys.executable, "-m", "dataprep"]
LARGE = [
    {"instruction": f"Question {n}", "input": "", "output": "An answer. " * 20}
    for n in range(60_000)
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def program(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


# ------------------------------------------------------------------------------ files of the user's


@pytest.mark.parametrize("record", [GOOD[0], EMPTY])
def test_rejects_of_a_pipe_never_touch_a_file_that_is_there(record: dict[str, str]) -> None:
    write("in.jsonl", record, GOOD[1])
    Path("rejects.jsonl").write_text("the user's own\n")
    said = run("convert in.jsonl --to alpaca").stderr
    assert Path("rejects.jsonl").read_text() == "the user's own\n"
    assert (
        said.endswith("what left, and why: 2.rejects.jsonl\n")
        == Path("2.rejects.jsonl").exists()
        == (record is EMPTY)
    )


def test_same_rejects_of_a_pipe_are_written_once() -> None:
    write("in.jsonl", EMPTY, GOOD[1])
    for _ in range(2):
        assert run("convert in.jsonl --to alpaca").stderr.endswith(
            "what left, and why: rejects.jsonl\n"
        )
    assert {*tree()} == {"in.jsonl", "rejects.jsonl"}
    assert (
        run("convert rejects.jsonl in.jsonl --to alpaca").exit_code == 0
    )  # it is no output, so it can be read


def test_link_to_an_output_stays_a_link() -> None:
    write("in.jsonl", *GOOD)
    Path("elsewhere").mkdir()
    Path("out.jsonl").symlink_to("elsewhere/data.jsonl")
    good("convert in.jsonl --to alpaca -o out.jsonl")
    assert Path("out.jsonl").is_symlink()
    assert len(read("elsewhere/data.jsonl")) == len(GOOD)


@pytest.mark.parametrize(
    ("place", "words"), [("", "Missing option '-o'"), ("-o -", "-: is standard output, expected")]
)
def test_split_wants_a_folder(place: str, words: str) -> None:
    write("in.jsonl", *GOOD)
    assert refusal(f"split in.jsonl --val 0.5 {place}").startswith(words)


# ----------------------------------------------------------------------------------- other programs


def test_two_runs_to_one_file_work_one_after_the_other() -> None:
    write("in.jsonl", *LARGE)
    with ThreadPoolExecutor(4) as pool:
        runs = [*pool.map(lambda _: program("convert", "in.jsonl", "-o", "out.jsonl"), range(4))]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, b"")] * 4
    assert {*tree()} == {"in.jsonl", "out.jsonl"}
    assert len(read("out.jsonl")) == len(LARGE)


def test_runs_to_standard_output_do_not_meet() -> None:
    write("in.jsonl", *LARGE)
    with ThreadPoolExecutor(4) as pool:
        runs = [*pool.map(lambda _: program("convert", "in.jsonl"), range(4))]
    assert {(run.returncode, run.stdout.count(b"\n")) for run in runs} == {(0, len(LARGE))}
    assert {*tree()} == {"in.jsonl"}


def test_staging_clears_what_a_killed_run_left() -> None:
    Path(".out.tmp/.spool").mkdir(parents=True)
    Path(".out.tmp/half").write_text("half")
    with atomic.staging(Path(".out.tmp")) as folder:
        assert {path.name for path in folder.iterdir()} == {".lock"}
    assert not tree()


@pytest.mark.parametrize(
    ("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_run_that_is_stopped_while_it_waits_leaves_nothing_behind(
    sign: signal.Signals, status: int
) -> None:
    if signal.getsignal(sign) is signal.SIG_IGN:  # where nohup runs the tests
        signal.signal(sign, signal.SIG_DFL)
    with subprocess.Popen(
        [*PROGRAM, "convert", "-", "-o", "out.jsonl"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin
        process.stdin.write(b'{"instruction": "Hi", "output": "Hello"}\n' * 10_000)
        process.stdin.flush()
        _wait_for("dataprep-*/stdin*")
        process.send_signal(sign)
        assert process.wait(timeout=30) == status
    assert not tree()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_run_that_is_stopped_at_work_leaves_yesterdays_file(workers: str) -> None:
    write("in.jsonl", *LARGE, *LARGE, *LARGE, *LARGE)
    Path("out.jsonl").write_text("yesterday's\n")
    command = [*PROGRAM, "dedupe", "in.jsonl", "-o", "out.jsonl", "--workers", workers]
    with subprocess.Popen(command, start_new_session=True) as process:
        _wait_for(".out.jsonl.tmp/.spool/*")
        process.terminate()
        assert process.wait(timeout=30) == 143
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)  # its workers ended too
    assert {*tree()} == {"in.jsonl", "out.jsonl"}
    assert Path("out.jsonl").read_text() == "yesterday's\n"


def _wait_for(pattern: str) -> None:
    for _ in range(3000):
        if any(Path().glob(pattern)):
            return
        time.sleep(0.01)
    pytest.fail(f"no {pattern} came")


def test_file_that_changes_while_it_is_read_is_told() -> None:
    write("in.jsonl", *GOOD)
    plan = Plan((Source("in.jsonl"),), "alpaca")
    Path("out").mkdir()
    with pytest.raises(DataprepError, match=r"in\.jsonl: was changed while it was read"):
        pipeline.run(
            plan, Path("out"), workers=1, progress=lambda *_: write("in.jsonl", *GOOD, *GOOD)
        )


# -------------------------------------------------------------------------------- no room, no place


@pytest.mark.parametrize("command", ["convert in.jsonl", "inspect in.jsonl", "validate bad.jsonl"])
def test_full_standard_output_is_told(command: str) -> None:
    write("in.jsonl", *GOOD)
    write("bad.jsonl", EMPTY)
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*PROGRAM, *command.split()], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert (result.returncode, result.stderr) == (
        2,
        b"Error: standard output: no space left on device\n",
    )


def _no_large_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_full_disk_is_told_and_leaves_yesterdays_file(workers: str) -> None:
    write("in.jsonl", *LARGE)
    write("out/data.jsonl", GOOD[0])
    before = tree()
    arguments = ("convert", "in.jsonl", "-o", "out/data.jsonl", "--workers", workers)
    result = program(*arguments, preexec_fn=_no_large_files)
    assert (result.returncode, result.stderr) == (2, b"Error: out: file too large\n")
    assert tree() == before


def test_output_below_a_file_names_that() -> None:
    write("in.jsonl", *GOOD)
    assert (
        refusal("convert in.jsonl -o in.jsonl/out.jsonl")
        == "in.jsonl: cannot be written to: not a directory"
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("dataprep inspect - <&-", "-: standard input is empty"),
        ("dataprep inspect - </dev/null", "-: standard input is empty"),
        ("dataprep convert in.jsonl >&-", "standard output is closed; say where to write: -o FILE"),
        (
            "dataprep inspect - <in.zip",
            "-: is a zip file, which cannot be read in a pipe; name the file itself",
        ),
        ("dataprep inspect - <torn.json", "Error: -:1: the array breaks off"),
        (
            "dataprep inspect <(cat in.jsonl)",
            "is a pipe or a device; read it by standard input, as the file '-'",
        ),
        (
            "dataprep inspect /dev/null",
            "/dev/null: is a pipe or a device; read it by standard input, as the file '-'",
        ),
    ],
)
def test_odd_streams_are_told(command: str, words: str) -> None:
    write("in.jsonl", *GOOD)
    Path("torn.json").write_text('[{"instruction": "Hi"},')
    with zipfile.ZipFile("in.zip", "w") as archive:
        archive.write("in.jsonl")
    shell = f'dataprep() {{ "{sys.executable}" -m dataprep "$@"; }}; {command}'
    result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (1 if "torn" in command else 2, "")
    assert result.stderr.startswith("Error: ")
    assert words in result.stderr


# --------------------------------------------------------------------------------- misleading names


@pytest.mark.parametrize(
    ("name", "head", "words"),
    [
        (
            "a.jsonl",
            b"\x1f\x8b\x08\0",
            "a.jsonl: a .gz file by its first bytes, whatever its name says; rename it",
        ),
        ("a.csv", b"PK\3\4", "a.csv: a .zip or .xlsx file by its first bytes"),
        ("a.txt", b"%PDF-1.4", "a.txt: a .pdf file by its first bytes"),
        (
            "a.json.gz",
            b'{"a": 1}',
            "a.json.gz: not a whole gzip file, nor compressed at all; rename it without '.gz'",
        ),
    ],
)
def test_bytes_that_the_name_belies_are_told(name: str, head: bytes, words: str) -> None:
    Path(name).write_bytes(head)
    assert refusal(f"inspect {name}", status=1).startswith(words)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("instruction;output\na;b\n", 2),
        ("sep=;\r\ninstruction;output\r\na;b\r\n", 3),
        ("\ninstruction\toutput\n\na\tb\n", 4),
    ],
)
def test_csv_of_another_locale_is_read(text: str, line: int) -> None:
    Path("a.csv").write_text(text, newline="")
    assert [(raw.origin.line, raw.value) for raw in inputs.read("a.csv")] == [
        (line, {"instruction": "a", "output": "b"})
    ]


def test_semicolon_is_text_where_the_header_has_commas() -> None:
    Path("a.csv").write_text("a;b,c\nd;e,f\n")
    assert [raw.value for raw in inputs.read("a.csv")] == [{"a;b": "d;e", "c": "f"}]


# -------------------------------------------------------------------------------- what is not there


def test_files_of_no_known_kind_in_a_folder_are_told() -> None:
    write("mix/in.jsonl", *GOOD)
    for name in (
        "talk.docx",
        "talk.pdf",
        "old.pdf",
        "noname",
        "README.md",
        ".hidden.doc",
        "LICENSE",
    ):
        Path("mix", name).write_text("?")
    with zipfile.ZipFile("mix.zip", "w") as archive:
        for path in Path("mix").iterdir():
            archive.write(path, path.name)
    for path in ("mix", "mix.zip", "mi?"):
        told = "passed over, of no kind that can be read: .pdf 2 · .docx 1 · without suffix 1"
        assert f"{path.replace('?', 'x')}: {told}\n" in run(f"validate {path}").stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[]", "in.json: holds no records"),
        (
            b'{"instruction": "caf\xe9"}',
            "no record can be read: not valid UTF-8 (1); `dataprep validate` names each",
        ),
        (b'{"a": "b"}', "no record has a known shape; say which it is"),
    ],
)
def test_why_nothing_can_be_converted_is_told(text: bytes, words: str) -> None:
    Path("in.json").write_bytes(text)
    assert refusal("convert in.json --encoding utf-8 -o out.jsonl", status=1).startswith(words)


# ------------------------------------------------------------------------------------- the registry


CHAT = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]


@pytest.mark.parametrize(
    "record",
    [
        {"conversations": CHAT},
        {"conversations": [{"from": "system", "value": "Be kind."}, *CHAT]},
        {
            "conversations": [{**turn, "id": 1} for turn in CHAT],
            "system": "Be kind.",
            "source": "us",
        },
    ],
)
def test_file_that_llamafactory_reads_as_we_do_is_registered(record: dict[str, object]) -> None:
    write("data/chats.jsonl", record)
    good("register data/chats.jsonl")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"conversations": [CHAT[0], CHAT[0], CHAT[1]]}, "turns out of order"),
        (
            {"conversations": [{"from": "user", "value": "Hi"}, CHAT[1]]},
            "LLaMA-Factory would not read it as sharegpt",
        ),
        (
            {"conversations": CHAT, "tools": [{"name": "clock"}]},
            "LLaMA-Factory would not read it as sharegpt",
        ),
        (GOOD[0], "does not match the schema"),
    ],
)
def test_file_with_a_record_that_llamafactory_would_not_take_is_not_registered(
    record: dict[str, object], words: str
) -> None:
    write("data/chats.jsonl", {"conversations": CHAT}, record)
    said = refusal("register data/chats.jsonl", status=1)
    assert said.startswith(f"data/chats.jsonl:2: {words}")
    assert said.endswith("; `dataprep convert` the file to sharegpt and register that")


def test_file_in_another_encoding_is_not_registered() -> None:
    lines = [
        json.dumps(
            {"instruction": "你好吗？", "output": f"我很好，谢谢你。{n}"}, ensure_ascii=False
        )
        for n in range(9)
    ]
    Path("data").mkdir()
    Path("data/faq.jsonl").write_bytes("\n".join(lines).encode("gb18030"))
    assert refusal("register data/faq.jsonl", status=1).startswith(
        "data/faq.jsonl:1: is in gb18030, expected UTF-8"
    )
