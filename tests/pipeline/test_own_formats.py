"""Formats of the user's own: a Python file that a recipe names, or the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import Record, counts, edit, example_of, good, read, refusal, registry, run, write

from dataprep.pipeline import plugins

FORMAT = '''
"""Support tickets: the mails of a customer and ours."""

from dataprep.model import Example, Turn

READS = {"thread", "state"}
HOLDS = {"rounds"}
DATASET_INFO = None


def claims(record):
    return "thread" in record


def read(record):
    roles = ("user" if mail["from"] == "customer" else "assistant" for mail in record["thread"])
    texts = (mail["text"] for mail in record["thread"])
    return Example(tuple(Turn(*mail) for mail in zip(roles, texts)))


def write(example):
    people = {"user": "customer", "assistant": "us"}
    return {"thread": [{"from": people[turn.role], "text": turn.text} for turn in example.turns]}
'''
RECIPE = """\
data:
  inputs: [in.jsonl]
  plugins: [own/my_tickets.py]
  output: {format: sharegpt}
"""
NAMED = "[{path: in.jsonl, format: my-tickets}]"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write a format and a recipe that names it; what a command has made known is unknown again for
    the next test.
    """
    monkeypatch.chdir(tmp_path)
    Path("own").mkdir()
    Path("own/my_tickets.py").write_text(FORMAT)
    Path("mine.yaml").write_text(RECIPE)
    write("in.jsonl", *map(ticket, range(4)))
    yield
    plugins.load(())


def ticket(number: int, **more: object) -> Record:
    mails = [("customer", f"Printer {number} smokes"), ("us", f"Unplug it, number {number}.")]
    return {
        "thread": [{"from": name, "text": text} for name, text in mails],
        "state": "closed",
        **more,
    }


def change(before: str, after: str, path: str = "own/my_tickets.py") -> None:
    assert before in Path(path).read_text()
    edit(path, before, after)


def refused() -> str:
    """Return what is said where the recipe is refused; yesterday's data must still be there."""
    data = {path: path.read_bytes() for path in Path().glob("data/mine/*")}
    result = run("prepare mine.yaml")
    assert result.exit_code == 2
    assert {path: path.read_bytes() for path in Path().glob("data/mine/*")} == data
    return result.stderr


def answers_of(path: str) -> list[str]:
    return [record["conversations"][1]["value"] for record in read(path)]


def test_record_is_told_by_its_looks_and_read() -> None:
    write("in.jsonl", ticket(1, colour="red"), {"instruction": "Who?", "input": "", "output": "I."})
    said = good("prepare mine.yaml")
    assert answers_of("data/mine/train.jsonl") == ["Unplug it, number 1.", "I."]
    assert "read as: alpaca 1 · my-tickets 1" in said
    assert "fields not read: colour 1" in said


def test_own_format_is_asked_before_ours_wherever_the_record_stands() -> None:
    change('"thread" in record', '"my_answer" in record')
    change(
        "    roles = (",
        '    return Example((Turn("user", record["instruction"]), Turn("assistant", "mine")))\n   '
        " (",
    )
    rows = [{"instruction": f"Who is {n}?", "input": "", "output": "ours"} for n in range(6)]
    write(
        "in.jsonl",
        *({**row, "my_answer": ""} if number % 2 else row for number, row in enumerate(rows)),
    )
    good("prepare mine.yaml")
    assert answers_of("data/mine/train.jsonl") == ["ours", "mine"] * 3


def test_format_without_claims_is_asked_for_by_name() -> None:
    change("def claims", "def is_mine")
    assert "no known shape (4)" in run("prepare mine.yaml").stderr
    change("[in.jsonl]", NAMED, "mine.yaml")
    assert counts(good("prepare mine.yaml"))["train"] == 4


def test_record_that_it_fails_at_is_rejected_with_the_line_of_the_file() -> None:
    write(
        "in.jsonl",
        ticket(1),
        {"thread": [{"from": "customer"}]},
        {"thread": [{"from": "us", "text": "Hello?"}]},
    )
    said = good("prepare mine.yaml")
    assert "cannot be read by your format 1 · turns out of order 1" in said
    failed, disordered = read("data/mine/rejects.jsonl")
    assert (failed["line"], failed["found"]) == (2, "own/my_tickets.py:17: KeyError: 'text'")
    assert (disordered["line"], disordered["expected"]) == (3, "user or observation")


def test_record_that_holds_several_is_unfolded() -> None:
    change("def write", 'def unfold(record):\n    yield from record["all"]\n\n\ndef write')
    change('"thread" in record', '"all" in record')
    write("in.jsonl", {"all": [ticket(1), ticket(2)]}, {"all": 7}, {"all": []})
    said = good("prepare mine.yaml")
    assert answers_of("data/mine/train.jsonl") == ["Unplug it, number 1.", "Unplug it, number 2."]
    assert "cannot be read by your format 1 · holds no example 1" in said


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    write(
        "in.jsonl",
        *(ticket(number % 120) if number % 7 else {"thread": 1} for number in range(3_000)),
    )
    made = []
    for workers in (1, 2):
        good(f"prepare mine.yaml --force --workers {workers}")
        made.append(
            [Path("data/mine", name).read_bytes() for name in ("train.jsonl", "rejects.jsonl")]
        )
    assert made[0] == made[1]


def test_change_of_the_file_shows_and_is_locked() -> None:
    good("prepare mine.yaml")
    assert "up to date" in good("prepare mine.yaml")
    assert "own/my_tickets.py" in json.loads(Path("mine.lock.json").read_text())["inputs"]
    change('mail["text"] for', 'mail["text"].upper() for')
    assert "own/my_tickets.py: is changed" in run("prepare mine.yaml --locked").stderr
    good("prepare mine.yaml")
    assert answers_of("data/mine/train.jsonl")[0] == "UNPLUG IT, NUMBER 0."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "def read",
            "def reed",
            "mine.yaml:3: /data/plugins/0: own/my_tickets.py: has no function 'my_tickets', as a",
        ),
        (
            "READS = ",
            "READ = ",
            "own/my_tickets.py: has no READS, the fields that 'read' takes: READS = {'question'",
        ),
        ('{"rounds"}', '{"runds"}', "own/my_tickets.py: HOLDS has runds; there are audios, "),
        ("def claims", "deff claims", "own/my_tickets.py:11: SyntaxError: invalid syntax"),
        (
            '"thread" in record',
            '"thread" in record["all"]',
            "own/my_tickets.py:12: KeyError: 'all'",
        ),
        (
            "return Example(",
            "print(",
            "in.jsonl:1: own/my_tickets.py: 'read' gives None of a record, expected an Ex",
        ),
        (
            "def write",
            "def unfold(record):\n    return [1]\n\n\ndef write",
            "'unfold' gives a int, expected records",
        ),
    ],
)
def test_what_fails_in_the_file_is_told_with_its_line(before: str, after: str, said: str) -> None:
    change(before, after)
    assert said in refused()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "[own/my_tickets.py]",
            "[own/alpaca.py]",
            "own/alpaca.py: 'alpaca' is a format of dataprep's own; give the",
        ),
        (
            "[own/my_tickets.py]",
            "[own/belle_flat.py]",
            "'belle_flat' is a format of dataprep's own",
        ),
        ("sharegpt", "my-tickets", "LLaMA-Factory cannot train on 'my-tickets'; write sharegpt"),
        (
            "[in.jsonl]",
            NAMED.replace("my-", "mi-"),
            "no format 'mi-tickets'; did you mean 'my-tickets'?",
        ),
        (
            "  plugins: [own/my_tickets.py]\n  output: {format: sharegpt}",
            "  output: {format: my-tickets}",
            "no format",
        ),
    ],
)
def test_what_is_wrong_in_the_recipe_is_told_with_its_line(
    before: str, after: str, said: str
) -> None:
    for name in ("alpaca", "belle_flat"):
        Path(f"own/{name}.py").write_text(FORMAT)
    change(before, after, "mine.yaml")
    assert said in refused()


def test_file_outside_of_the_folder_needs_leave(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "my_tickets.py"
    other.write_text(FORMAT)
    change("own/my_tickets.py", str(other), "mine.yaml")
    change("[in.jsonl]", NAMED, "mine.yaml")
    assert f"{other} lies outside of this folder" in refused()
    change("format: my-tickets", "format: my-tickets, outside: true", "mine.yaml")
    good("prepare mine.yaml")


def test_format_that_can_be_trained_on_is_registered() -> None:
    info = {
        "formatting": "sharegpt",
        "columns": {"messages": "thread"},
        "tags": {"role_tag": "from"},
    }
    change("DATASET_INFO = None", f"DATASET_INFO = {info}")
    change("sharegpt", "my-tickets", "mine.yaml")
    good("prepare mine.yaml")
    assert read("data/mine/train.jsonl")[0].keys() == {"thread"}
    assert registry()["mine"]["columns"]["messages"] == "thread"


def test_example_of_the_readme_runs() -> None:
    Path("recipes/formats").mkdir(parents=True)
    Path("recipes/formats/support_tickets.py").write_text(
        example_of("recipes/formats/support_tickets.py")
    )
    change("own/my_tickets.py", "recipes/formats/support_tickets.py", "mine.yaml")
    mails = ticket(1)["thread"]
    write(
        "in.jsonl",
        {"mails": mails, "state": "closed", "id": 1},
        {"mails": mails, "state": "open", "id": 2},
    )
    said = good("prepare mine.yaml")
    assert answers_of("data/mine/train.jsonl") == ["Unplug it, number 1."]
    assert "fields not read: id 1" in said
    assert "no known shape 1" in said


# ------------------------------------------------------------------------------ on the command line


def test_command_takes_the_file_for_a_format() -> None:
    change("def claims", "def is_mine")
    write("in.jsonl", ticket(1), {"thread": 7})
    assert (
        "rejected    1"
        in run("convert in.jsonl --format own/my_tickets.py --to sharegpt -o out.jsonl").stdout
    )
    assert answers_of("out.jsonl") == ["Unplug it, number 1."]
    change("def write", "def wright")
    assert (
        "  written as: sharegpt\n"
        in run("convert in.jsonl --format own/my_tickets.py -o again.jsonl").stdout
    )
    assert "my-tickets 2" in good("inspect in.jsonl --format own/my_tickets.py")
    said = run("validate in.jsonl --format own/my_tickets.py").stdout
    assert "in.jsonl:2: cannot be read by your format: own/my_tickets.py:16: TypeError" in said


def test_command_writes_it_and_reads_the_same() -> None:
    write(
        "sharegpt.jsonl",
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
    )
    good("convert sharegpt.jsonl --to own/my_tickets.py -o tickets.jsonl")
    assert read("tickets.jsonl") == [
        {"thread": [{"from": "customer", "text": "Hi"}, {"from": "us", "text": "Hello"}]}
    ]
    good("convert tickets.jsonl --format own/my_tickets.py --to sharegpt -o again.jsonl")
    assert answers_of("again.jsonl") == ["Hello"]


def test_what_it_would_lose_is_rejected() -> None:
    change('"text": turn.text', '"text": turn.text.strip()')
    write(
        "in.jsonl",
        *({"instruction": f"Who is {name}?", "input": "", "output": name} for name in ("I", "he ")),
    )
    said = good("convert in.jsonl --to own/my_tickets.py -o tickets.jsonl")
    assert counts(said)["rejected"] == 1
    (lost,) = read("tickets.rejects.jsonl")
    assert (lost["line"], lost["reason"]) == (2, "format cannot hold it")


def test_command_refuses_what_is_no_format() -> None:
    assert refusal("convert in.jsonl --format own/nosuch.py").endswith(
        "own/nosuch.py: no such file"
    )
    Path("own/short.py").write_text("def short():\n    return lambda example: example\n")
    assert refusal("convert in.jsonl --format own/short.py").startswith(
        "Invalid value for '--format' / '--from': no f"
    )
