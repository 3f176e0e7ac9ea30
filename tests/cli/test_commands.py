"""Every command on files: what it prints and what it writes."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path

import pytest
from commandline import (
    EMPTY,
    GOOD,
    MANY,
    NONE_LEFT,
    WAYS_OUT,
    Record,
    answers,
    counts,
    good,
    read,
    refusal,
    run,
    tree,
    write,
)
from paths import ROOT

from dataprep.cli import cli

pytestmark = pytest.mark.usefixtures("folder")

# --------------------------------------------------------------------------------------------- help

BEFORE = {
    "decontaminate": "convert data/raw/demo/howto.jsonl.gz -o data/evals/howto.jsonl",
    "forget": "prepare recipes/demo.yaml",
    "why": "prepare recipes/demo.yaml",
    "register": "split data/raw/demo/identity.json -o data/mine",
    "split": "split data/raw/demo/howto.jsonl.gz --val 0.1 --test 0.1 -o howto",
    "registry": "prepare recipes/demo.yaml",
}


def help_lines(command: str) -> list[str]:
    """Return the examples that a command's help text shows."""
    return re.findall(
        r"^ +(dataprep .*)$", (cli.commands[command].help or "").partition("\b\n")[2], re.MULTILINE
    )


EXAMPLES = {line: name for name in cli.commands for line in help_lines(name)}
NEED_A_MODEL = ("ask", "check", "gguf", "run", "compare", "sweep", "reproduce")
RUNNABLE = [line for line, name in EXAMPLES.items() if name not in NEED_A_MODEL]


def test_every_command_shows_an_example_of_itself() -> None:
    assert {*EXAMPLES.values()} == cli.commands.keys()
    assert all(line.startswith(f"dataprep {name} ") for line, name in EXAMPLES.items())


def by_shell(line: str) -> str:
    """Return a line's words with their globs put in."""
    words = [sorted(glob(word)) if "*" in word else [word] for word in shlex.split(line)]
    return shlex.join([word for found in words for word in found])


@pytest.mark.parametrize("line", RUNNABLE)
def test_example_of_the_help_runs(line: str) -> None:
    for name in ("data/raw", "recipes"):
        shutil.copytree(ROOT / name, name)
    command = EXAMPLES[line]
    if command in BEFORE:
        good(BEFORE[command])
    result = run(by_shell(line).removeprefix("dataprep "))
    finds = command == "validate" or (command == "decontaminate" and " -o " not in line)
    assert result.exit_code == finds
    assert result.stdout


ALL_HELP = """
import sys
from dataprep.cli import cli
for words in ([], *([name] for name in cli.commands)):
    cli([*words, "--help"], standalone_mode=False)
print(*{name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))
"""
ONE_RUN = """
import sys
from dataprep.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print(*{name.partition(".")[0] for name in sys.modules})
"""
HEAVY = {"torch", "transformers", "llamafactory", "datasets", "peft", "pandas", "numpy", "pyarrow"}


def imported(program: str, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_imports_little() -> None:
    ours = {name for name in imported(ALL_HELP) if not name.startswith(("_", "sitecustomize"))}
    assert ours == {"dataprep", "click", "orjson"}  # the last by readers, which have options too


def test_data_half_imports_nothing_of_the_training_half() -> None:
    assert not HEAVY & imported(ONE_RUN, "convert", "good.jsonl", "-o", "out.jsonl")
    assert not (HEAVY - {"pyarrow", "numpy"}) & imported(ONE_RUN, "prepare", "mine.yaml")


# -------------------------------------------------------------------- convert, clean, dedupe, split


@pytest.mark.parametrize(
    ("command", "fates"),
    [
        ("convert", {"rejected": 1}),
        ("clean", {"rejected": 1, "filtered": 1}),
        ("dedupe", {"rejected": 1, "duplicate": 1}),
    ],
)
def test_table_adds_up_and_tells_where_the_rejects_are(command: str, fates: dict[str, int]) -> None:
    write("mixed.jsonl", *GOOD, EMPTY, GOOD[0], GOOD[1] | {"output": "<br>"})
    said = good(f"{command} mixed.jsonl -o new/out.jsonl")
    assert said.startswith("new/out.jsonl\n")
    assert said.endswith("\n  what left, and why: new/out.rejects.jsonl\n")
    assert Counter(reject["fate"] for reject in read("new/out.rejects.jsonl")) == fates
    ways = {word: fates.get(fate, 0) for fate, word in WAYS_OUT.items()}
    assert counts(said) == {"in": 6, "kept": len(read("new/out.jsonl")), **ways}
    assert len(read("new/out.jsonl")) + sum(fates.values()) == 6


def test_reject_tells_where_it_stood_why_it_left_and_what_it_was() -> None:
    write("mixed.jsonl", GOOD[0], EMPTY)
    good("convert mixed.jsonl -o out.jsonl")
    (reject,) = read("out.rejects.jsonl")
    place = {"path": "mixed.jsonl", "line": 2, "fate": "rejected", "reason": "empty answer"}
    assert place.items() <= reject.items()
    assert reject["record"] == EMPTY


def test_rejects_that_were_mended_by_hand_are_read_again() -> None:
    write("raw.jsonl", *GOOD, EMPTY)
    with Path("raw.jsonl").open("a") as file:
        file.write('{"instruction": "torn", "output": "yes"\n')
    good("convert raw.jsonl -o out.jsonl")
    rejects = Path("out.rejects.jsonl").read_text()
    mended = rejects.replace('"output":""', '"output":"Me."').replace('\\"yes\\"', '\\"yes\\"}')
    assert mended != rejects
    Path("rejects.jsonl").write_text(mended)
    assert (
        counts(good("convert rejects.jsonl --from rejects --to alpaca -o again.jsonl"))["kept"] == 2
    )
    assert answers("again.jsonl") == ["Me.", "yes"]
    Path("rejects.jsonl").write_text(rejects)
    assert run("convert rejects.jsonl --to alpaca -o again.jsonl").exit_code == 1


def test_rejects_of_an_earlier_run_go_when_nothing_leaves() -> None:
    write("raw.jsonl", *GOOD, EMPTY)
    good("convert raw.jsonl -o out.jsonl")
    write("raw.jsonl", *GOOD)
    assert "what left" not in good("convert raw.jsonl -o out.jsonl")
    assert not Path("out.rejects.jsonl").exists()


def test_format_of_the_first_record_is_written_unless_another_is_named() -> None:
    chat = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}
    write("a.jsonl", chat)
    good("convert a.jsonl good.jsonl -o out.jsonl")
    assert [len(record["conversations"]) for record in read("out.jsonl")] == [2, 2, 2, 2]
    good("convert a.jsonl good.jsonl -o out.jsonl --to belle-flat")
    assert read("out.jsonl")[0] == {"instruction": "Hi", "input": "", "output": "Hello"}


@pytest.mark.parametrize(
    ("record", "written"),
    [
        ({"question": "Who?", "answer": "I."}, "sharegpt"),
        ({"prompt": "Who?", "chosen": "I.", "rejected": "You."}, "preference"),
        ({"prompt": "Who?", "completion": "I.", "label": True}, "kto"),
    ],
)
def test_what_is_only_read_is_written_in_a_format_that_holds_it(
    record: Record, written: str
) -> None:
    write("in.jsonl", {**record, "answer": ""} if "answer" in record else record, record)
    said = good("convert in.jsonl -o out.jsonl")
    assert f"  written as: {written}\n" in said
    assert counts(said)["kept"] == 2 - ("answer" in record)


def test_formats_that_would_hold_what_this_one_cannot_are_named() -> None:
    talk = [{"from": name, "value": text} for name, text in (("human", "Hi"), ("gpt", "Hello")) * 2]
    turns = [{"from": name, "value": "Hi"} for name in ("human", "gpt")]
    pair = {
        "conversations": turns[:1],
        "chosen": turns[1],
        "rejected": {"from": "gpt", "value": "Go away"},
    }
    write("mixed.jsonl", GOOD[0], {"conversations": talk}, {"conversations": talk[:2] * 3}, pair)
    said = good("convert mixed.jsonl -o out.jsonl")
    assert "format cannot hold it 3" in said
    assert "  other formats would hold: sharegpt 2 · preference 1\n" in said


def test_columns_and_encoding_are_as_told() -> None:
    Path("faq.csv").write_bytes("问题,答案\r\n几点开门？,九点。\r\n".encode("gb18030"))
    good(
        "convert faq.csv --encoding gb18030 --columns prompt=问题,response=答案 -o out.jsonl --to "
        "belle-flat"
    )
    assert read("out.jsonl") == [{"instruction": "几点开门？", "input": "", "output": "九点。"}]


DIRTY = {"html": "<b>a</b>", "full-width": "Ａ", "control": "a\u200bb", "space": "a\r\nb"}


@pytest.mark.parametrize("rule", DIRTY)
def test_rule_of_clean_can_be_switched_off(rule: str) -> None:
    write("dirty.jsonl", *({"instruction": "Hi", "output": text} for text in DIRTY.values()))
    good("clean dirty.jsonl -o all.jsonl")
    good(f"clean dirty.jsonl -o others.jsonl --no-{rule}")
    pairs = zip(DIRTY, answers("all.jsonl"), answers("others.jsonl"), strict=True)
    assert [name for name, cleaned, left in pairs if cleaned != left] == [rule]
    assert DIRTY[rule] in answers("others.jsonl")


def test_clean_counts_what_each_rule_changed() -> None:
    write("dirty.jsonl", *({"instruction": "Hi", "output": text} for text in DIRTY.values()))
    assert "  cleaned: control characters 1 · full-width 1 · html 1 · space 1\n" in good(
        "clean dirty.jsonl -o o.jsonl"
    )


@pytest.mark.parametrize(
    ("option", "kept", "reason"),
    [
        ("", ["2", "II", "2"], "same prompt and answer"),
        ("--by both", ["2", "II", "2"], "same prompt and answer"),
        ("--by prompt", ["2", "2"], "same prompt"),
        ("--by answer", ["2", "II"], "same answer"),
    ],
)
def test_dedupe_keeps_the_first_by_what_is_asked(option: str, kept: list[str], reason: str) -> None:
    pairs = [("1+1?", "2"), ("1+1?", "II"), ("3-1?", "2"), ("1+1?", "2")]
    write("sums.jsonl", *({"instruction": prompt, "output": answer} for prompt, answer in pairs))
    said = good(f"dedupe sums.jsonl {option} -o out.jsonl")
    assert answers("out.jsonl") == kept
    assert f"  duplicates  {4 - len(kept)}  {reason} {4 - len(kept)}\n" in said
    assert {reject["found"] for reject in read("out.rejects.jsonl")} == {"repeats sums.jsonl:1"}


def splits(folder: str) -> dict[str, list[str]]:
    return {name: answers(f"{folder}/{name}.jsonl") for name in ("train", "val", "test")}


def test_split_puts_each_record_in_one_of_three_files_and_a_prompt_on_one_side() -> None:
    write("many.jsonl", *MANY)
    said = good("split many.jsonl --val 0.2 --test 0.2 -o out")
    found = splits("out")
    assert sorted(answer for split in found.values() for answer in split) == sorted(
        r["output"] for r in MANY
    )
    assert counts(said) == {
        "in": 200,
        **{name: len(split) for name, split in found.items()},
        **NONE_LEFT,
    }
    asked = [{record["instruction"] for record in read(f"out/{name}.jsonl")} for name in found]
    assert sum(map(len, asked)) == len(set.union(*asked)) == 100
    assert not Path("out/rejects.jsonl").exists()


def test_field_by_which_a_split_is_made_is_read() -> None:
    write("many.jsonl", *({**row, "author": n % 20, "id": n} for n, row in enumerate(MANY)))
    said = good("split many.jsonl --val 0.2 --group author -o out")
    assert "  fields not read: id 200\n" in said


def test_source_is_named_by_its_path_where_two_have_one_name() -> None:
    write("a.jsonl", *GOOD)
    write("k/a.jsonl", *MANY)
    said = good("mix a.jsonl k/a.jsonl --weights a.jsonl=1,k/a.jsonl=2 -o out.jsonl")
    assert counts(said)["kept"] == 9


def test_fraction_may_be_a_percentage() -> None:
    write("many.jsonl", *MANY)
    good("split many.jsonl --val 0.2 --test 0.05 -o out")
    good("split many.jsonl --val 20% --test 5% -o percent")
    assert splits("percent") == splits("out")


def test_split_is_the_same_for_each_run_and_another_for_another_seed() -> None:
    write("many.jsonl", *MANY)
    good("split many.jsonl --val 0.2 --test 0.2 -o out")
    good("split many.jsonl --val 0.2 --test 0.2 -o again --seed 0")
    good("split many.jsonl --val 0.2 --test 0.2 -o other --seed 1")
    assert splits("again") == splits("out") != splits("other")


def test_split_does_not_write_beside_a_split_that_it_would_leak_into() -> None:
    write("many.jsonl", *MANY)
    good("split many.jsonl --val 0.2 --test 0.2 -o out")
    good("split many.jsonl --val 0.1 --test 0.2 -o out")
    assert refusal("split many.jsonl --val 0.1 -o out").startswith("out/test.jsonl: ")


# ----------------------------------------------------------------------------------------- validate


def test_good_file_is_said_to_be_good_and_nothing_is_written() -> None:
    before = tree()
    result = run("validate good.jsonl")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "3 records, all good\n")
    assert tree() == before


def test_each_fault_is_told_with_its_place_and_its_reason() -> None:
    write("bad.jsonl", GOOD[0], EMPTY, {"instruction": "Hi", "output": None}, {"q": "Hi"})
    result = run("validate bad.jsonl good.jsonl")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "bad.jsonl:2: empty answer: turn 2 (assistant) is empty",
        "bad.jsonl:3: does not match the schema: /output: is null, expected string or array",
        "bad.jsonl:4: no known shape: its fields are 'q'; say which is which: columns prompt=…, "
        "response=…",
    ]
    assert result.stderr.startswith("7 records, 3 with faults")


def test_every_record_is_held_to_the_format_that_is_named() -> None:
    result = run("validate good.jsonl --format sharegpt")
    assert result.exit_code == 1
    assert result.stdout.count(": does not match the schema: lacks 'conversations'\n") == 3


# --------------------------------------------------------------------------------------- a terminal


def on_terminal(line: str) -> tuple[str, str]:
    """Run a command with a terminal for its words, and return what it prints and what the terminal
    shows.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    words = [sys.executable, "-m", "dataprep", *shlex.split(line)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b"".join(drain(ours)).decode()
    os.close(ours)
    return done.stdout.decode(), shown


def drain(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # which is how a terminal ends
        while chunk := os.read(terminal, 4096):
            yield chunk


def test_bar_is_for_terminals_and_gone_in_the_end() -> None:
    printed, shown = on_terminal("convert good.jsonl -o out.jsonl")
    assert printed == good("convert good.jsonl -o out.jsonl")
    assert "B/s" in shown
    assert re.search(r"\r +\r$", shown)


def test_error_begins_a_line_of_its_own() -> None:
    write("bad.jsonl", EMPTY)
    _, shown = on_terminal("convert bad.jsonl -o out.jsonl")
    assert re.search(r"(^|[\r\n])Error: ", shown)
