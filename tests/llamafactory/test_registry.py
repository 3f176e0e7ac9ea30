"""The registry: entries are put in, shown and taken out, and one that others wrote is checked
against LLaMA-Factory.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import GOOD, good, refusal, registry, run, write
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT
from registry_pitfalls import (
    BARE,
    FILES,
    PAIR,
    PITFALLS,
    REGISTRY,
    ROW,
    Row,
    asked,
    entries,
    found,
    kinds,
    lay_out,
    notes,
    talk,
)

from dataprep import formats, schema
from dataprep.llamafactory.dataset_info.finding import COLUMNS, TAGS
from dataprep.llamafactory.dataset_info.json_edit import edited
from dataprep.llamafactory.dataset_info.keys import KEYS, SOURCES
from dataprep.llamafactory.dataset_info.paths import TYPES
from dataprep.llamafactory.dataset_info.registry import entry, merge
from dataprep.model import MEDIA, Example, Turn

pytestmark = pytest.mark.usefixtures("folder")
# ----------------------------------------------------------------------- register, --list, --remove

HAND_MADE = """\
{
    "z": {"file_name": "z.json",   "columns": {"prompt": "q"} },

    "a" : {
        "file_name": "a.json"
    },
    "m": {"hf_hub_url": "x/y"}
}
"""


def test_other_entries_stay_as_they_are_written() -> None:
    write("data/faq.jsonl", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good("register data/faq.jsonl")
    text = Path(REGISTRY).read_text()
    assert text.startswith(HAND_MADE.removesuffix("\n}\n"))
    assert text.endswith("    }\n}\n")
    good("register --remove faq")
    assert Path(REGISTRY).read_text() == HAND_MADE


def test_entry_is_replaced_in_its_place() -> None:
    write("data/a.json", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good("register data/a.json")
    before, after = HAND_MADE.split('    "a" : {\n        "file_name": "a.json"\n    }')
    text = Path(REGISTRY).read_text()
    assert text.startswith(before + '    "a" : {\n')
    assert text.endswith(after)


@pytest.mark.parametrize(
    ("names", "left"),
    [("z", ["a", "m"]), ("m", ["z", "a"]), ("a", ["z", "m"]), ("z --remove m", ["a"])],
)
def test_entries_are_taken_out_and_their_data_stays(names: str, left: list[str]) -> None:
    write("data/a.json", *GOOD)
    Path(REGISTRY).write_text(HAND_MADE)
    good(f"register --remove {names}")
    assert list(registry()) == left
    assert Path("data/a.json").exists()


def test_list_shows_each_entry_with_its_kind_and_its_source() -> None:
    entries(a={"file_name": "a.json", "formatting": "sharegpt"}, long={"hf_hub_url": "x/y"})
    assert good("register --list") == "a     sharegpt  a.json\nlong  alpaca    x/y\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("register", "Missing argument 'FILE'"),
        ("register --list --remove a", "Missing argument 'FILE'"),
        ("register good.jsonl --remove a", "Give one of FILE, --remove and --list"),
        (
            "register --remove als",
            "data/dataset_info.json: has no data set 'als'; did you mean 'alps'?",
        ),
        ("register --list --data other", "other/dataset_info.json: no such file"),
        ("registry check missing.json", "Invalid value for '[FILE]'"),
        ("registry check --rows -1", "Invalid value for '--rows'"),
        ("registry chek", "No such command 'chek'"),
    ],
)
def test_wrong_use_is_refused(line: str, words: str) -> None:
    entries(alps={"file_name": "a.json"})
    assert refusal(line).startswith(words)


def test_entries_that_go_and_come_at_the_same_time_lose_nothing() -> None:
    names = [f"faq{number}" for number in range(4)]
    for name in names:
        write(f"data/{name}.jsonl", *GOOD)
    entries(**{f"old{number}": {"file_name": "x.json"} for number in range(5)})
    program = [sys.executable, "-m", "dataprep", "register"]
    words = [[f"data/{name}.jsonl"] for name in names] + [
        ["--remove", f"old{number}"] for number in range(4)
    ]
    running = [subprocess.Popen([*program, *each], stdout=subprocess.DEVNULL) for each in words]
    assert [process.wait() for process in running] == [0] * len(words)
    assert sorted(registry()) == [*names, "old4"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    OBJECTS,
    OBJECTS,
    st.sets(st.text(max_size=3)),
    st.sampled_from([None, 1, 4, "\t"]),
    st.booleans(),
)
def test_edited_text_reads_as_the_edited_object(
    before: dict[str, Any], put: dict[str, Any], drop: set[str], indent: Any, ascii_only: bool
) -> None:
    text = json.dumps(before, indent=indent, ensure_ascii=ascii_only)
    after = {name: value for name, value in before.items() if name not in drop or name in put} | put
    assert json.loads(edited(text, put, drop)) == after
    assert list(json.loads(edited(text, put, drop))) == list(after)
    assert edited(text, {}) == text or not before
    assert edited(text, before) == text or not before


# ------------------------------------------------------------ the pitfalls that a registry can hold


@pytest.mark.parametrize("name", PITFALLS)
def test_check_names_the_pitfall(name: str) -> None:
    lay_out(PITFALLS[name])
    assert PITFALLS[name].kind in kinds()


def sft_rows(name: str) -> list[Row]:
    """Return the rows of a data set that LLaMA-Factory would train on in stage sft, as its loader
    gives them.
    """
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments

    logging.disable()
    data_args = DataArguments(template="default", dataset=name, dataset_dir="data")
    models = SimpleNamespace(cache_dir="cache", hf_hub_token=None)
    (attributes,) = get_dataset_list([name], data_args.dataset_dir)
    rows = _load_single_dataset(
        attributes, models, data_args, SimpleNamespace(local_process_index=0)
    )
    return [row for row in rows if len(row["_prompt"]) % 2 == 1 and len(row["_response"]) == 1]


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, pitfall in PITFALLS.items() if pitfall.real])
def test_llamafactory_still_falls_into_the_pitfall(name: str) -> None:
    pitfall = PITFALLS[name]
    lay_out(pitfall)
    if isinstance(pitfall.real, str):
        with pytest.raises(Exception, match=pitfall.real):
            sft_rows(pitfall.name)
    else:
        assert pitfall.real(sft_rows(pitfall.name))


# ----------------------------------------------------------------------- the registry file, by name


@pytest.mark.parametrize("name", FILES)
def test_check_names_what_is_wrong_with_the_file_itself(name: str) -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes(FILES[name].content)
    assert FILES[name].kind in kinds()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name, file in FILES.items() if file.real])
def test_llamafactory_still_stops_at_the_file_itself(name: str) -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes(FILES[name].content)
    with pytest.raises(ValueError, match=FILES[name].real):
        sft_rows("x")


@pytest.mark.parametrize("name", ["a,b", " a", "2024", "true", "1e5", "null", "", "a: b", "[a]"])
def test_name_that_cannot_be_asked_for_is_a_fault(name: str) -> None:
    write("data/x.jsonl", ROW)
    entries(**{name: {"file_name": "x.jsonl"}})
    assert any(kind.startswith("name ") for kind in kinds())


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("asked_for", "error"), [("a,b", "Undefined dataset"), ("x,", "Undefined dataset")]
)
def test_llamafactory_still_cuts_names_at_commas(asked_for: str, error: str) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments

    write("data/x.jsonl", ROW)
    entries(**{"a,b": {"file_name": "x.jsonl"}, "x": {"file_name": "x.jsonl"}})
    names: Any = DataArguments(template="default", dataset=asked_for, dataset_dir="data").dataset
    with pytest.raises(ValueError, match=error):
        get_dataset_list(names, "data")


def test_absolute_path_is_a_fault_though_it_loads_here() -> None:
    entries(x={"file_name": str(Path("good.jsonl").resolve())})
    assert kinds() == {"absolute path"}


NOTED = {
    "part of the rows": ({"file_name": "x.jsonl", "num_samples": 1}, {}),
    "other fields": ({"file_name": "x.jsonl"}, {"id": "7"}),
    "space in the name": ({"file_name": "x.jsonl"}, {}),
    "same as another": ({"file_name": "x.jsonl"}, {}),
    "unknown key": ({"file_name": "x.jsonl", "licence": "MIT"}, {}),
}


@pytest.mark.parametrize("kind", NOTED)
def test_what_does_no_harm_is_a_note_and_no_fault(kind: str) -> None:
    entry, more = NOTED[kind]
    write("data/x.jsonl", {**ROW, **more}, {**ROW, **more})
    twin = {"y": entry} if kind == "same as another" else {}
    entries(**{"x y" if kind == "space in the name" else "x": entry}, **twin)
    assert found() == []
    assert notes() == {kind}


# ----------------------------------------------------------------------------- what is well is well


@pytest.mark.parametrize(
    "name", [name for name, form in formats.WRITTEN.items() if form.DATASET_INFO]
)
def test_check_has_nothing_against_what_we_write_and_register(name: str) -> None:
    made = made_up(name)
    write("data/rows.jsonl", *[formats.write(name, example) for example in made])
    merge(Path(REGISTRY), {"rows": entry(name, "rows.jsonl")})
    assert (found(), notes()) == ([], set())


def made_up(name: str) -> list[Example]:
    """Return examples with all that a format has a place for."""
    holds = formats.WRITTEN[name].HOLDS
    if "text" in holds:
        return [Example((), text="T")]
    more: Row = {kind: (f"a.{kind}",) for kind in MEDIA if kind in holds}
    if "rejected" in holds:
        more["rejected"] = Turn("assistant", "B")
    if "label" in holds:
        more["label"] = True
    asked = "".join(f"<{kind[:-1]}>" for kind in MEDIA if kind in holds) + "Q"
    return [Example((Turn("user", asked), Turn("assistant", "A")), **more)] * 2


def test_well_made_registry_is_told_so_in_one_line() -> None:
    write("data/faq.jsonl", *GOOD)
    good("register data/faq.jsonl")
    assert good("registry check") == "1 data set, all good\n"
    assert good(f"registry check {REGISTRY}") == "1 data set, all good\n"


def test_finding_says_entry_key_place_effect_and_what_to_write() -> None:
    write("data/belle.jsonl", talk("human", "assistant"))
    entries(belle={"file_name": "belle.jsonl", "formatting": "sharegpt"})
    result = run("registry check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "data/dataset_info.json: belle/tags: senders without a tag (data/belle.jsonl:1)",
        "    LLaMA-Factory drops 1 row of 1, in which 'assistant' speaks without a tag",
        '    write all seven tags, with "assistant_tag": "assistant"',
        "1 data set, 1 fault; --fix mends 1",
    ]


def test_rows_that_were_not_looked_at_are_told() -> None:
    write("data/x.jsonl", ROW, ROW, {**ROW, "output": None})
    entries(x={"file_name": "x.jsonl"})
    assert (
        good("registry check --rows 2")
        == "1 data set, all good\nlooked at the first 2 rows of data/x.jsonl\n"
    )
    assert json.loads(good("registry check --json --rows 2"))["rows_looked_at"] == {
        "data/x.jsonl": 2
    }
    assert kinds("--rows 0") == {"wrong type in the file"}


def test_registry_of_llamafactory_itself_has_the_faults_that_we_know() -> None:
    path = ROOT.parent / "shared/data/llamafactory_apache2/dataset_info.json"
    if not path.exists():
        pytest.skip("needs the data of others")
    told = json.loads(run(f"registry check --json {path}").stdout)
    assert told["entries"] > 100
    assert {finding["kind"] for finding in told["findings"]} == {
        "no such file",
        "partial tags",
        "pair without columns",
    }


def test_keys_columns_and_tags_are_those_of_the_schema() -> None:
    known = schema.load("dataset_info")["additionalProperties"]["properties"]
    assert set(KEYS) == known.keys()
    assert COLUMNS.keys() == known["columns"]["properties"].keys()
    assert TAGS.keys() == known["tags"]["properties"].keys()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_defaults_and_suffixes_are_those_of_the_installed_version() -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    from llamafactory.data.parser import DatasetAttr
    from llamafactory.extras.constants import FILEEXT2TYPE

    attributes = vars(DatasetAttr("file", "x"))
    assert {name: attributes[name] for name in (*COLUMNS, *TAGS)} == {**COLUMNS, **TAGS}
    assert attributes.keys() - {*COLUMNS, *TAGS} == {*KEYS, "load_from", "dataset_name"} - {
        *SOURCES,
        "columns",
        "tags",
    }
    assert TYPES == FILEEXT2TYPE


# ---------------------------------------------------------------------------------------------- fix

MENDED: dict[str, Callable[[list[Row]], bool]] = {
    "columns that are not all": asked("Q\nI"),
    "a misspelt prompt": asked("Q"),
    "a misspelt tag": asked("human 0"),
    "a misspelt key": lambda rows: True,
    "a system text that is not named": lambda rows: rows[0]["_system"] == "S",
    "a history that is not named": lambda rows: len(rows[0]["_prompt"]) == 3,
    "tools that are not named": lambda rows: rows[0]["_tools"] == "[]",
    "an unknown formatting": lambda rows: True,
    "conversations without formatting": asked("human 0"),
    "belle's assistant under the default tags": asked("human 0"),
    "user and assistant under the default tags": asked("user 0"),
    "tags without a system tag": lambda rows: rows[0]["_system"] == "system 0",
    "tags with two keys only": asked("human 0"),
    "role and content under the default tags": asked("user 0"),
    "alpaca without an input": asked("Q"),
    "a column that no row has": asked("Q\nI"),
    "columns without messages": lambda rows: rows[0]["_system"] == "S",
    "a subset without a hub": asked("Q\nI"),
}


@pytest.mark.parametrize("name", MENDED)
def test_fix_mends_the_entry_and_says_so(name: str) -> None:
    pitfall = PITFALLS[name]
    lay_out(pitfall)
    run("registry check --fix")
    assert pitfall.kind not in kinds()


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MENDED)
def test_llamafactory_reads_the_mended_entry_as_it_was_meant(name: str) -> None:
    pytest.importorskip("llamafactory", reason="needs the training half: make setup")
    lay_out(PITFALLS[name])
    if run("registry check --fix").exit_code == 0:
        rows = sft_rows("x")
        assert rows
        assert MENDED[name](rows)
    else:
        assert MENDED[name]([])


def test_fix_says_what_is_written_now() -> None:
    write("data/x.jsonl", BARE)
    entries(x={"file_name": "x.jsonl"})
    assert good("registry check --fix").splitlines() == [
        "data/dataset_info.json: fixed x: column is not in the file",
        '    now {"columns": {"prompt": "instruction", "response": "output"}}',
        "1 data set, all good",
    ]


def test_fix_of_a_missing_ranking_makes_pairs() -> None:
    write("data/x.jsonl", PAIR)
    entries(x={"file_name": "x.jsonl", "columns": {"prompt": "instruction"}})
    assert run("registry check --fix").exit_code == 0
    columns = {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}
    assert registry() == {"x": {"file_name": "x.jsonl", "ranking": True, "columns": columns}}


def test_fix_leaves_other_entries_as_they_are_written() -> None:
    write("data/z.json", {"q": "Q"})
    write("data/a.json", BARE)
    Path(REGISTRY).write_text(HAND_MADE)
    run("registry check --fix")
    text = Path(REGISTRY).read_text()
    assert '    "z": {"file_name": "z.json",   "columns": {"prompt": "q"} },' in text
    assert '    "m": {"hf_hub_url": "x/y"}\n}\n' in text
    assert registry()["a"]["columns"] == {"prompt": "instruction", "response": "output"}


def test_fix_writes_ascii_without_a_mark_and_touches_no_entry() -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_bytes('\ufeff{"问":  {"file_name": "x.jsonl"}}\r\n'.encode())
    assert run("registry check --fix").exit_code == 0
    assert Path(REGISTRY).read_bytes() == b'{"\\u95ee":  {"file_name": "x.jsonl"}}\r\n'


def test_fix_with_nothing_to_mend_leaves_the_file_alone() -> None:
    write("data/x.jsonl", ROW)
    Path(REGISTRY).write_text('{"x":{"file_name":"x.jsonl"}}')
    before = Path(REGISTRY).stat().st_mtime_ns
    assert good("registry check --fix") == "1 data set, all good\n"
    assert Path(REGISTRY).stat().st_mtime_ns == before
