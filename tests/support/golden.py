"""Golden bytes: one hash for each file that the product writes from many corpora.

`golden.json` holds the hashes, and `test_golden.py` compares them. Where output is meant to change,
update them:

    python tests/support/golden.py                       # all corpora; print each changed file
    python tests/support/golden.py real/belle_odcby      # corpora whose names start with this
    python tests/support/golden.py --keep /tmp/new json/ # change no hash; keep the files there

A hash shows that a file changed, not where. To see where, run `--keep` in both versions and diff
the two folders.

A corpus is a folder of inputs and some commands that run in it. Every file that the commands leave
is hashed: data by their bytes, Parquet files by their schema and rows (their bytes hold the version
of the writer), and lock files without `UNLOCKED`. The group `json/` holds what commands print with
`--json`; its wording may change more often.

Other versions of the libraries may give other bytes. The hashes belong to the versions in
`.constraints.txt`.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from click.testing import CliRunner
from paths import CASES, ROOT, SHARED, TESTS, yaml_table

from dataprep.cli import cli

HASHES = TESTS / "golden.json"

UNLOCKED = ("dataprep", "libraries")
"""Fields of a lock file with versions, which may change where no byte of the data does."""
PASSING = (".prepared", ".lock")
"""Files that differ from run to run: the state of `prepare`, which holds file times, and process
locks.
"""
CAP = 150
"""Records of a real source that are read: enough for each kind of record, few enough to be quick.
"""
SMALL = 60
"""Examples of a source that are too few to be split."""
LINES = 1500
"""Lines of a text file that are read; a record may have several."""
REPAIRS = [
    "close_json",
    "merge_turns",
    "trim_turns",
    "unwrap_template",
    "lift_system",
    "fix_mojibake",
]

Hashes = dict[str, str]
Command = list[str]


class Corpus(NamedTuple):
    """Inputs and commands: `lay` writes the inputs into the working folder and returns the
    commands.
    """

    name: str
    lay: Callable[[], list[Command]]
    needs_real: bool = False
    printed: bool = False
    """Whether what the commands print is hashed too."""


# -------------------------------------------------------------------------------------- the hashing


def outcome(corpus: Corpus, folder: Path, workers: int = 1) -> Hashes:
    """Run the commands of a corpus in an empty folder, and return the hash of each file that they
    leave.
    """
    with chdir(folder):
        commands = corpus.lay()
        before = {path: path.read_bytes() for path in files()}
        ran = [run(command, workers) for command in commands]
        found = {
            str(path): digest(path) for path in files() if path.read_bytes() != before.get(path)
        }
    for number, (status, printed) in enumerate(ran, 1):
        label = f"{number} {commands[number - 1][0]}"
        if status:
            found[f"{label}: exit status"] = str(status)
        if corpus.printed:
            found[f"{label}: output"] = short(printed.encode())
            Path(folder, f"{label}.out").write_text(printed, encoding="utf-8")
    return dict(sorted(found.items()))


def run(command: Command, workers: int) -> tuple[int, str]:
    """Run a command, and return its exit status and what it prints to standard output."""
    words = [str(workers) if word == "WORKERS" else word for word in command]
    result = CliRunner().invoke(cli, words, prog_name="dataprep", catch_exceptions=False)
    if result.exit_code > 1:
        raise AssertionError(f"dataprep {' '.join(words)}: {result.stderr}")
    return result.exit_code, result.stdout


def files() -> list[Path]:
    return [
        path
        for path in sorted(Path().rglob("*"))
        if path.is_file() and not path.name.endswith(PASSING)
    ]


def digest(path: Path) -> str:
    """Return the hash of a file, without what may vary."""
    if path.suffix == ".parquet":
        return short(rows(path))
    if path.name.endswith(".lock.json"):
        lock = {
            name: value
            for name, value in json.loads(path.read_bytes()).items()
            if name not in UNLOCKED
        }
        return short(json.dumps(lock).encode())
    return short(path.read_bytes())


def rows(path: Path) -> bytes:
    """Return the schema and the rows of a Parquet file as lines of JSON."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    schema = [[field.name, str(field.type)] for field in table.schema]
    return "\n".join(
        json.dumps(each, default=repr) for each in [schema, *table.to_pylist()]
    ).encode()


def short(data: bytes) -> str:
    return sha256(data).hexdigest()[:20]


# -------------------------------------------------------------------------------------- the corpora


def corpora() -> Iterator[Corpus]:
    """Yield every corpus, also those whose real data is absent."""
    yield from recipes()
    yield from cases()
    yield from commands()
    yield from real()
    yield from printed()


def prepare(recipe: str = "golden.yaml") -> list[Command]:
    return [["prepare", recipe, "--workers", "WORKERS"]]


def write(path: str, *records: Any) -> str:
    """Write records, one a line, and return the path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(
        "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8"
    )
    return path


def recipe(inputs: list[Any], steps: list[Any], output: dict[str, Any], **more: Any) -> None:
    """Write a recipe."""
    train = more.pop("train", None)
    value = {"data": {"inputs": inputs, "steps": steps, "output": output, **more}}
    text = yaml.safe_dump(
        value | ({"train": train} if train else {}), allow_unicode=True, sort_keys=False
    )
    Path("golden.yaml").write_text(text, encoding="utf-8")


def asked(ask: str, say: str) -> dict[str, str]:
    return {"instruction": ask, "input": "", "output": say}


# ------------------------------------------------------------------------------ recipes of the demo


def recipes() -> Iterator[Corpus]:
    """Yield the recipes that come with the project, as far as their data differ."""
    for name in ("demo", "kto", "pretrain", "reasoning", "rm", "tools", "vision"):
        yield Corpus(f"recipes/{name}", lambda name=name: of_ours(name))


def of_ours(name: str) -> list[Command]:
    lay_demo()
    shutil.copytree(ROOT / "recipes", "recipes", ignore=shutil.ignore_patterns("*.lock.json"))
    return prepare(f"recipes/{name}.yaml")


def lay_demo() -> None:
    shutil.copytree(ROOT / "data/raw", "data/raw")


# ------------------------------------------------------------------------- what other tests are fed


def cases() -> Iterator[Corpus]:
    """Yield the labelled records and texts of other tests."""
    folders = sorted(path.name for path in CASES.iterdir() if path.is_dir())
    for name in folders:
        yield Corpus(f"cases/{name}", lambda name=name: of_format(name))
    for name in sorted(
        {to for path in CASES.glob("*/*.yaml") for to in case(path).get("written", {})}
    ):
        yield Corpus(f"written/{name}", lambda name=name: written(name))
    for name in yaml_table("steps/cleaning.yaml"):
        yield Corpus(f"clean/{name}", lambda name=name: cleaning(name))
    for name in ("simplified", "traditional"):
        yield Corpus(f"clean/zh-{name}", lambda name=name: chinese(name))
    for name in ("drop", "tag", "keep"):
        yield Corpus(f"quality/{name}", lambda name=name: judged(name))
    for name in ("redact", "drop", "report"):
        yield Corpus(f"privacy/{name}", lambda name=name: private(name))
    for name in ("near", "closer", "prompt"):
        yield Corpus(f"dedupe/{name}", lambda name=name: alike(name))
    for name in ("wild", "repaired"):
        yield Corpus(f"wild/{name}", lambda name=name: wild(name))


def case(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def records_of(pattern: str) -> list[Any]:
    return [case(path)["record"] for path in sorted(CASES.glob(pattern))]


def of_format(name: str) -> list[Command]:
    """Read the cases of a format by this name, and detected, with all repairs."""
    file = write(f"{name}.jsonl", *records_of(f"{name}/*.yaml"))
    named = ["convert", file, "--format", name, "-o", "named.jsonl", "--workers", "WORKERS"]
    return [
        named,
        ["convert", file, "--repair", "all", "-o", "repaired.jsonl", "--workers", "WORKERS"],
    ]


def written(name: str) -> list[Command]:
    """Write the cases of all formats in this one, as each kind of file."""
    file = write("cases.jsonl", *records_of("*/*.yaml"))
    suffixes = ("jsonl", "json", "parquet")
    return [
        ["convert", file, "--to", name, "-o", f"out.{suffix}", "--workers", "WORKERS"]
        for suffix in suffixes
    ]


def cleaning(rule: str) -> list[Command]:
    """Apply one rule of `clean` alone, then all rules, to the cases of that rule."""
    row = yaml_table("steps/cleaning.yaml")[rule]
    texts = [text for text, _ in row["changes"]] + row["stays"]
    rows = [
        asked("?", text) if isinstance(text, str) else asked(text["about"], text["answer"])
        for text in texts
    ]
    file = write("texts.jsonl", *rows)
    off = {"html": False, "full_width": False, "control": False, "space": False}
    recipe([file], [{"clean": off | row["options"]}], {"format": "alpaca"})
    every = ["--unicode", "nfkc", "--mojibake", "--openings", "--citations"]
    return [*prepare(), ["clean", file, *every, "-o", "all.jsonl", "--report", "all.report.json"]]


def chinese(to: str) -> list[Command]:
    texts = [text for pair in yaml_table("steps/zh.yaml")["both_ways"] for text in pair]
    recipe(
        [write("texts.jsonl", *(asked(text, text) for text in texts))],
        [{"clean": {"zh": to}}],
        {"format": "alpaca"},
    )
    return prepare()


def judged(how: str) -> list[Command]:
    """Judge the labelled prompts and answers of `quality`."""
    rows = [
        messages(each)
        for rule in yaml_table("steps/quality.yaml").values()
        for each in rule["breaks"] + rule["keeps"]
    ]
    options = {
        "drop": {"disclaimers": True, "contradictions": True, "shortest": 5, "longest": 400},
        "tag": {
            "action": "tag",
            "disclaimers": True,
            "capitals": 0.2,
            "repeated_lines": 0.2,
            "most_words": 60,
        },
        "keep": {"keep": "best 0.8"},
    }[how]
    sft = write(
        "sft.jsonl", *(row for row in rows if not row.keys() & {"rejected", "label", "images"})
    )
    pairs = write("pairs.jsonl", *(row for row in rows if "rejected" in row))
    recipe([sft], [{"quality": options}], {"format": "sharegpt"})
    Path("pairs.yaml").write_text(
        yaml.safe_dump(
            {"data": {"inputs": [pairs], "steps": ["quality"], "output": {"format": "preference"}}}
        ),
        "utf-8",
    )
    return [*prepare(), *prepare("pairs.yaml")]


def messages(row: dict[str, Any]) -> dict[str, Any]:
    rounds = row.get("rounds") or [[row["ask"], row["say"] * row.get("times", 1)]]
    turns = [
        {"from": who, "value": text}
        for each in rounds
        for who, text in zip(("human", "gpt"), each, strict=True)
    ]
    more = {name: row[name] for name in ("system", "tools", "label", "images") if name in row}
    if "rejected" not in row:
        return {"conversations": turns, **more}
    rejected = {"from": "gpt", "value": row["rejected"]}
    return {"conversations": turns[:-1], "chosen": turns[-1], "rejected": rejected, **more}


def private(action: str) -> list[Command]:
    """Look for personal data in the labelled texts, without the marks of their labels."""
    marked = [text for texts in yaml_table("steps/privacy.yaml").values() for text in texts]
    rows = [asked("Repeat.", text.replace("¦", "").replace("⟧", "")) for text in marked]
    for row in rows:
        head, *marks = row["output"].split("⟦")
        row["output"] = head + "".join(mark.partition(" ")[2] for mark in marks)
    recipe(
        [write("texts.jsonl", *rows)],
        ["clean", {"privacy": {"action": action}}],
        {"format": "alpaca"},
    )
    return prepare()


def alike(how: str) -> list[Command]:
    """Find the pairs of texts that are nearly the same."""
    rows = []
    for row in [each for kind in yaml_table("steps/meaning.yaml").values() for each in kind]:
        for side in (0, 1):
            rows.append({key: chosen(row[key], side) for key in ("instruction", "output")})
    steps = {
        "near": {"near": True},
        "closer": {"near": 0.8, "keep": "longest"},
        "prompt": {"by": "prompt", "near": 0.5},
    }
    recipe(
        [write("texts.jsonl", *rows)],
        [{"dedupe": steps[how]}],
        {"format": "alpaca", "split": {"val": 0.1, "test": 9}},
    )
    return prepare()


def chosen(text: str, side: int) -> str:
    """Return a text with one side of each of its marks ⟨one|other⟩."""
    head, *marks = text.split("⟨")
    for mark in marks:
        both, _, rest = mark.partition("⟩")
        head += both.split("|")[side] + rest
    return head


def wild(how: str) -> list[Command]:
    """Read the shapes of public data sets."""
    file = write("wild.jsonl", *(row["record"] for row in yaml_table("formats/wild.yaml").values()))
    if how == "wild":
        return [
            ["convert", file, "--to", to, "-o", f"{to}.jsonl"]
            for to in ("sharegpt", "preference", "text")
        ]
    tagged: list[Any] = [
        {"clean": {"unicode": "nfkc"}},
        {"language": {"action": "tag"}},
        {"quality": {"action": "tag"}},
        "privacy",
        {"dedupe": {"near": True}},
    ]
    recipe(
        [file], tagged, {"format": "sharegpt", "split": {"val": 0.1, "test": 0.1}}, repair=REPAIRS
    )
    return prepare()


# ----------------------------------------------------------------------------------- other commands

DEMO = ["data/raw/demo/identity.json", "data/raw/demo/chats.jsonl", "data/raw/demo/howto.jsonl.gz"]
PLUGIN = '''"""Drop long answers."""
from dataprep.model import Drop, Example


def short_answers(*, most: int = 80):
    """Drop long answers."""

    def judge(example: Example):
        size = len(example.answer)
        return Drop("answer too long", f"has {size} characters") if size > most else \
example.rewrite(str.strip)

    return judge
'''


def commands() -> Iterator[Corpus]:
    """Yield what the commands on files, and the options that no other corpus uses, make of the
    demo's files.
    """
    whats = {
        "clean": [
            [
                "clean",
                *DEMO,
                "--privacy",
                "--quality",
                "keep: best 0.8",
                "-o",
                "out/good.jsonl",
                "--report",
                "out/r",
            ]
        ],
        "dedupe": [
            ["dedupe", *DEMO, "--near", "--keep", "longest", "-o", "out/unique.jsonl"],
            ["dedupe", *DEMO, "--by", "prompt", "-o", "out/prompts.json"],
            ["dedupe", DEMO[0], "--index", "out/seen", "-o", "out/indexed.jsonl"],
            ["dedupe", DEMO[2], "--index", "out/seen", "-o", "out/later.jsonl"],
            ["dedupe", DEMO[1], "--near", "--against", DEMO[2], "-o", "out/new.jsonl"],
        ],
        "language": [
            ["language", *DEMO, "--keep", "zh", "-o", "out/zh.jsonl"],
            ["language", *DEMO, "--same", "-o", "out/same.jsonl"],
        ],
        "mix": [
            ["mix", *DEMO[:2], "--weights", "chats=0.7,identity=0.3", "-o", "out/mixed.jsonl"],
            ["mix", *DEMO, "--times", "identity=3", "--most", "chats=20", "-o", "out/most.jsonl"],
        ],
        "privacy": [["privacy", *DEMO, "-o", "out/redacted.jsonl"]],
        "quality": [
            ["quality", *DEMO, "--capitals", "0.2", "--shortest", "16", "-o", "out/good.jsonl"]
        ],
        "select": [
            ["select", *DEMO, "--sample", "50", "-o", "out/sample.jsonl"],
            [
                "select",
                *DEMO,
                "--languages",
                "zh",
                "--longest",
                "200",
                "--diverse",
                "20",
                "-o",
                "out/zh.jsonl",
            ],
            ["select", DEMO[2], "--where", "input=", "--head", "20", "-o", "out/head.parquet"],
        ],
        "split": [
            [
                "split",
                *DEMO,
                "--val",
                "0.1",
                "--test",
                "10",
                "--stratify",
                "language",
                "-o",
                "split",
            ],
            ["split", DEMO[2], "--folds", "5", "-o", "folds"],
        ],
        "register": [
            ["convert", *DEMO, "-o", "data/mine/train.jsonl", "--to", "sharegpt"],
            ["register", "data/mine/train.jsonl", "--name", "mine"],
        ],
        "decontaminate": [
            ["convert", DEMO[2], "-o", "data/evals/howto.jsonl"],
            ["decontaminate", *DEMO[:2], "--against", "howto", "-o", "out/clean.jsonl"],
            [
                "decontaminate",
                *DEMO[:2],
                "--against",
                "howto",
                "--action",
                "tag",
                "-o",
                "out/tagged.jsonl",
            ],
        ],
    }
    for name, lines in whats.items():
        yield Corpus(f"commands/{name}", lambda lines=lines: on_demo(lines))
    yield Corpus("commands/plugin", plugin)
    yield Corpus("commands/overlong", overlong, needs_real=True)


def on_demo(lines: list[Command]) -> list[Command]:
    lay_demo()
    Path("out").mkdir()
    return lines


def plugin() -> list[Command]:
    lay_demo()
    Path("short_answers.py").write_text(PLUGIN, encoding="utf-8")
    steps: list[Any] = ["clean", {"short_answers": {"most": 60}}, "dedupe"]
    recipe(DEMO, steps, {"format": "alpaca"}, plugins=["short_answers.py"])
    return prepare()


def overlong() -> list[Command]:
    """Split long conversations by the tokens of a real tokenizer."""
    lay_tokenizer()
    lay(SHARED / "medicalgpt_apache2/sharegpt_zh_first120.jsonl", 40)
    train = {
        "model_name_or_path": "models/minimind",
        "template": "qwen",
        "stage": "sft",
        "cutoff_len": 512,
    }
    recipe(
        ["raw/sharegpt_zh_first120.jsonl"],
        ["clean"],
        {"format": "sharegpt", "overlong": "split"},
        train=train,
    )
    return prepare()


def lay_tokenizer() -> None:
    shutil.copytree(SHARED / "models/minimind_tokenizer_apache2", "models/minimind")


# ------------------------------------------------------------------------------------ the real data

TAGGED: list[Any] = [
    {
        "clean": {
            "unicode": "nfkc",
            "mojibake": True,
            "zh": "simplified",
            "openings": True,
            "citations": True,
        }
    },
    {"language": {"action": "tag", "of": "all"}},
    {"quality": {"action": "tag", "disclaimers": True, "capitals": 0.3, "repeated_lines": 0.2}},
    {"privacy": {"action": "report"}},
    {"dedupe": {"near": True, "keep": "longest"}},
]
DROPPED: list[Any] = [
    "clean",
    {"language": {"drop": ["ru", "th"], "of": "all", "mixed": "allow"}},
    {"quality": {"keep": "best 0.8"}},
    "privacy",
    {"dedupe": {"near": 0.4, "by": "prompt"}},
    {"select": {"longest": 40000, "diverse": 80}},
]


def real() -> Iterator[Corpus]:
    """Yield the real data: of each source what is kept with tags, what stays where much is dropped,
    and all of it.
    """
    for path, row in yaml_table("pipeline/real_data.yaml").items():
        yield Corpus(
            f"real/{path}/tagged",
            lambda path=path, row=row: source(path, row, TAGGED, REPAIRS),
            True,
        )
        yield Corpus(
            f"real/{path}/dropped", lambda path=path, row=row: source(path, row, DROPPED, []), True
        )
        if not row.keys() & {"options", "columns"}:
            yield Corpus(
                f"real/{path}/as it is", lambda path=path, row=row: as_it_is(path, row), True
            )
    yield Corpus("real/mixed", mixed, needs_real=True)
    yield Corpus("real/rewordings", rewordings, needs_real=True)


def source(path: str, row: dict[str, Any], steps: list[Any], repairs: list[str]) -> list[Command]:
    """Prepare one source; a small one is not split, for no part of it may be empty."""
    entry = {
        "path": lay(SHARED / path),
        **{name: row[name] for name in ("format", "columns") if name in row},
    }
    split = {"split": {"val": 0.1, "test": 5}} if row["out"] > SMALL else {}
    recipe(
        [entry | row.get("options", {})],
        steps,
        {"format": row.get("to", "sharegpt"), **split},
        repair=repairs,
    )
    return prepare()


def as_it_is(path: str, row: dict[str, Any]) -> list[Command]:
    """Convert one source with each repair."""
    options = ["--to", row.get("to", "sharegpt"), "--repair", "all", "--workers", "WORKERS"]
    return [["convert", lay(SHARED / path), *options, "-o", "out.jsonl"]]


def mixed() -> list[Command]:
    """Prepare several sources at once, among them a file of lines that is large enough for several
    shards.
    """
    long = (
        "medicalgpt_apache2/medical_sft_1K_format.jsonl",
        "medicalgpt_apache2/sharegpt_zh_first120.jsonl",
    )
    others = ("evals_gsm8k_mit/test.jsonl", "open_assistant_apache2/en_100_tree.jsonl")
    Path("raw").mkdir()
    Path("raw/lines.jsonl").write_bytes(
        b"".join((SHARED / path).read_bytes() for path in (*long, *others))
    )
    for path in ("alpaca_zh_demo.json", "identity.json", "glaive_toolcall_zh_demo.json"):
        shutil.copyfile(SHARED / "llamafactory_apache2" / path, f"raw/{path}")
    weights = {"lines": 0.5, "alpaca_zh_demo": 0.3, "identity": 0.1, "glaive_toolcall_zh_demo": 0.1}
    steps: list[Any] = [
        "clean",
        {"quality": {"action": "tag"}},
        {"dedupe": {"near": True}},
        {"select": {"longest": 3000, "sample": 2000}},
        {"mix": {"weights": weights, "times": {"identity": 2}, "by": "tokens"}},
    ]
    recipe(
        ["raw/*.json*"],
        steps,
        {"format": "sharegpt", "split": {"val": 0.05, "test": 0.05, "stratify": "source"}},
    )
    return prepare()


def rewordings() -> list[Command]:
    """Find items of evaluation sets in other words."""
    lay(SHARED / "evals_gsm8k_mit/test.jsonl", 1400, "data/evals/gsm8k.jsonl")
    lay(SHARED / "evals_humaneval_mit/HumanEval.jsonl.gz", 200, "data/evals/humaneval.jsonl.gz")
    texts = yaml_table("steps/rewordings.yaml")
    rows = [
        asked(row["text"], row.get("answer", "-"))
        for part in ("tuning", "measured")
        for row in texts[part]
    ]
    recipe(
        [write("texts.jsonl", *rows)],
        [{"decontaminate": {"against": ["gsm8k", "humaneval"]}}],
        {"format": "alpaca"},
    )
    return prepare()


def lay(path: Path, most: int = CAP, to: str = "") -> str:
    """Put the first records of a file, or all of a folder, under `raw`, and return where they are.

    What is compressed is stored uncompressed in its archive: compressors of other versions give
    other bytes.
    """
    target = Path(to or f"raw/{path.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("LICENSE*"))
        return str(target)
    target.write_bytes(first(path, most))
    return str(target)


def first(path: Path, most: int) -> bytes:
    """Return the first records of a file as a file of the same kind; all of them where the kind is
    another.
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.compress(lines(gzip.decompress(data), most), 0, mtime=0)
    if path.suffix == ".jsonl":
        return lines(data, most)
    if path.suffix == ".txt":
        return lines(data, LINES)
    if path.suffix == ".zip":
        return first_of_zip(data, most)
    if path.suffix == ".json":
        return first_of_json(data, most)
    return data


def first_of_json(data: bytes, most: int) -> bytes:
    """Return the first elements of a list, or where the file has a record on each line, its first
    lines.
    """
    try:
        value = json.loads(data)
    except ValueError:
        return lines(data, most)
    return (
        json.dumps(value[:most], ensure_ascii=False, indent=1).encode()
        if isinstance(value, list)
        else data
    )


def first_of_zip(data: bytes, most: int) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new,
    ):
        for entry in sorted(name for name in old.namelist() if not name.endswith("/"))[:8]:
            new.writestr(zipfile.ZipInfo(entry), lines(old.read(entry), most // 8))
    return made.getvalue()


def lines(data: bytes, most: int) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:most])


# -------------------------------------------------------------------------- what is printed as JSON


def printed() -> Iterator[Corpus]:
    """Yield what commands print for programs."""
    yield Corpus("json/demo", lambda: surveys(demo_files), printed=True)
    yield Corpus("json/cases", lambda: surveys(case_files), printed=True)
    for path in (
        "belle_odcby/zh_seed_tasks.json",
        "hh_rlhf_mit/test.jsonl.gz",
        "smilechat_cc0/data",
    ):
        name = path.partition("/")[0]
        yield Corpus(
            f"json/{name}",
            lambda path=path: surveys(lambda: [lay(SHARED / path)]),
            True,
            printed=True,
        )
    for path, row in yaml_table("pipeline/real_data.yaml").items():
        if row.get("left") and not row.keys() & {"options", "columns"}:
            name = f"json/validate/{path}"
            yield Corpus(
                name,
                lambda path=path: [["validate", lay(SHARED / path), "--json"]],
                True,
                printed=True,
            )
    yield Corpus("json/split", split_and_decontaminate, printed=True)
    yield Corpus("json/check", check, needs_real=True, printed=True)


def demo_files() -> list[str]:
    lay_demo()
    return DEMO


def case_files() -> list[str]:
    return [write("cases.jsonl", *records_of("*/*.yaml"))]


def surveys(inputs: Callable[[], list[str]]) -> list[Command]:
    names = inputs()
    return [
        [verb, *names, "--json"]
        for verb in ("inspect", "validate", "language", "privacy", "quality")
    ]


def split_and_decontaminate() -> list[Command]:
    lay_demo()
    return [
        ["convert", DEMO[2], "-o", "data/evals/howto.jsonl"],
        ["decontaminate", *DEMO[:2], "--against", "howto", "--json"],
        ["split", *DEMO, "--val", "0.1", "--test", "0.1", "-o", "split", "--json"],
        ["split", "--verify", "split", "--json"],
        ["convert", *DEMO, "-o", "data/mine/train.jsonl", "--to", "sharegpt"],
        ["register", "data/mine/train.jsonl", "--name", "mine"],
        ["registry", "check", "data/dataset_info.json", "--json"],
    ]


def check() -> list[Command]:
    lay_tokenizer()
    options = [
        "--model",
        "models/minimind",
        "--template",
        "qwen",
        "--cutoff-len",
        "256",
        "--quick",
        "--json",
    ]
    sft = lay(SHARED / "medicalgpt_apache2/medical_sft_1K_format.jsonl")
    pairs = lay(SHARED / "medicalgpt_apache2/dpo_zh_500.jsonl")
    return [
        ["convert", sft, "--to", "sharegpt", "-o", "data/sft.jsonl"],
        ["register", "data/sft.jsonl", "--name", "sft"],
        ["check", "sft", *options, "-o", "sft.fate.jsonl"],
        ["convert", pairs, "--to", "preference", "-o", "data/pairs.jsonl"],
        ["register", "data/pairs.jsonl", "--name", "pairs"],
        ["check", "pairs", "--stage", "dpo", *options, "-o", "pairs.fate.jsonl"],
    ]


# -------------------------------------------------------------------------------- the script itself


def main() -> None:
    """Update the hashes, or with --keep only keep the files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "corpora", nargs="*", help="The beginnings of names; all corpora if none is given."
    )
    parser.add_argument(
        "--keep", type=Path, help="Keep all files in this folder, and update nothing."
    )
    arguments = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    held: dict[str, Hashes] = json.loads(HASHES.read_bytes()) if HASHES.exists() else {}
    every = list(corpora())
    for corpus in every:
        if corpus.name.startswith(tuple(arguments.corpora) or "") and (
            SHARED.is_dir() or not corpus.needs_real
        ):
            made = kept(corpus, arguments.keep) if arguments.keep else fresh(corpus)
            for line in differences(made, held.get(corpus.name, {})):
                sys.stdout.write(f"{corpus.name}: {line}\n")
            held[corpus.name] = made
    if not arguments.keep:
        names = sorted(corpus.name for corpus in every if corpus.name in held)
        HASHES.write_text(
            json.dumps({name: held[name] for name in names}, ensure_ascii=False, indent=1) + "\n",
            "utf-8",
        )


def kept(corpus: Corpus, folder: Path) -> Hashes:
    place = folder.absolute() / corpus.name
    place.mkdir(parents=True)
    return outcome(corpus, place)


def fresh(corpus: Corpus) -> Hashes:
    with tempfile.TemporaryDirectory() as folder:
        return outcome(corpus, Path(folder))


def differences(made: Hashes, held: Hashes) -> Iterator[str]:
    """Yield a line for each file that is new, gone or changed."""
    for name in sorted(made.keys() | held.keys()):
        if name not in held:
            yield f"{name} is new"
        elif name not in made:
            yield f"{name} is gone"
        elif made[name] != held[name]:
            yield f"{name} is changed"


if __name__ == "__main__":
    main()
