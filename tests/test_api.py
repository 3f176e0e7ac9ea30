"""The Python API: the verbs on files and on data in memory, and what they give back."""

from __future__ import annotations

import doctest
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commandline import EMPTY, GOOD, RECIPE, Record, good, read, tree, write
from paths import ROOT

import dataprep
from dataprep.errors import DataprepError

pytestmark = pytest.mark.usefixtures("folder")

MARKED = [
    *GOOD,
    GOOD[0],
    EMPTY,
    {"instruction": "Is it bold?", "input": "", "output": "It is <br> so.&nbsp;"},
]
HEAVY = ("click", "datasets", "numpy", "orjson", "pandas", "pyarrow", "yaml")


def imported(code: str) -> set[str]:
    """Return the heavy packages that a program has imported at its end."""
    code = f"{code}\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def refused(call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(DataprepError) as error:
        call(*args, **options)
    return str(error.value)


# ---------------------------------------------------------------------------------------- the names


def test_import_is_light() -> None:
    assert imported("import dataprep; dir(dataprep)") == set()
    assert not imported("import dataprep; dataprep.clean") & {
        "click",
        "datasets",
        "numpy",
        "pandas",
    }


def test_names_are_few_and_documented() -> None:
    assert len(dataprep.__all__) <= 15
    assert {*dataprep.__all__} <= {*dir(dataprep)}
    for name in dataprep.__all__:
        assert inspect.getdoc(getattr(dataprep, name)), name
    assert dataprep.errors.DataprepError is DataprepError
    with pytest.raises(AttributeError, match="no attribute 'cleen'"):
        _ = dataprep.cleen


def test_package_is_typed() -> None:
    assert Path(dataprep.__file__).with_name("py.typed").exists()


@pytest.mark.parametrize("verb", ["clean", "dedupe", "decontaminate", "split"])
def test_signature_has_the_options_of_the_step(verb: str) -> None:
    from dataprep import steps

    signature = inspect.signature(getattr(dataprep, verb))
    assert {
        *steps.parameters(verb),
        "out",
        "to",
        "workers",
        "format",
    } <= signature.parameters.keys()
    kinds = [one.kind for one in signature.parameters.values()]
    assert {*kinds[1:]} == {inspect.Parameter.KEYWORD_ONLY}
    documented = inspect.getdoc(getattr(dataprep, verb)) or ""
    for name in signature.parameters.keys() - {"data"}:
        assert f"\n{name}: " in documented


# --------------------------------------------------------------------------------------- input data


def given(kind: str) -> Any:
    """Return the same records as data of one kind."""
    if kind == "path":
        write("rows.jsonl", *MARKED)
        return Path("rows.jsonl")
    if kind == "globs":
        write("a/1.jsonl", *MARKED[:2])
        write("a/2.jsonl", *MARKED[2:])
        return ["a/*.jsonl"]
    if kind == "frame":
        import pandas

        return pandas.DataFrame(MARKED, index=range(7, 7 + len(MARKED)))
    if kind == "data set":
        import datasets

        return datasets.Dataset.from_list(MARKED)
    return iter(MARKED)


@pytest.mark.parametrize("kind", ["path", "globs", "frame", "data set", "records"])
def test_every_kind_of_data_gives_the_same_rows(kind: str) -> None:
    result = dataprep.clean(given(kind), steps=["dedupe"])
    assert [row["output"] for row in result] == [
        *(record["output"] for record in GOOD),
        "It is\nso.",
    ]
    assert [reject["reason"] for reject in result.rejects] == [
        "same prompt and answer",
        "empty answer",
    ]


def test_same_bytes_as_the_command() -> None:
    write("rows.jsonl", *MARKED)
    good("clean rows.jsonl -o by_command.jsonl")
    dataprep.clean("rows.jsonl", out="by_python.jsonl")
    dataprep.clean(MARKED, out="in_memory.jsonl")
    for name in ("by_python", "in_memory"):
        assert Path(f"{name}.jsonl").read_bytes() == Path("by_command.jsonl").read_bytes()
    assert read("by_python.rejects.jsonl") == read("by_command.rejects.jsonl")


def test_records_have_stable_places() -> None:
    result = dataprep.convert(record for record in MARKED)
    assert [(one["path"], one["line"]) for one in result.rejects] == [("<records>", 5)]


def test_splits_of_data_sets_are_told_apart() -> None:
    import datasets

    splits = {
        "train": datasets.Dataset.from_list(GOOD),
        "test": datasets.Dataset.from_list([EMPTY]),
    }
    result = dataprep.convert(datasets.DatasetDict(splits))
    assert (len(result), next(iter(result.rejects))["path"]) == (3, "<test>")


def test_missing_values_of_a_frame_are_null() -> None:
    import pandas

    frame = pandas.DataFrame(GOOD)
    frame["stars"] = [1.0, None, 3.0]
    frame["tags"] = [["a"], ["b", "c"], []]
    frame["day"] = pandas.Timestamp("2024-05-01")
    look = dataprep.inspect(frame)[0]
    assert [sample["stars"] for sample in look.samples] == [1.0, None, 3.0]
    assert look.samples[1]["tags"] == ["b", "c"]
    assert look.samples[0]["day"].startswith("2024-05-01")


def test_examples_can_be_written_again() -> None:
    examples = dataprep.read(MARKED)
    again = dataprep.convert(list(examples), to="alpaca")
    assert [row["output"] for row in again][:3] == [record["output"] for record in GOOD]
    assert [reject["line"] for reject in examples.rejects] == [5]


def test_result_and_error_have_faults() -> None:
    (fault,) = dataprep.convert(MARKED).faults
    assert (fault.code, fault.path, fault.line) == ("empty-answer", "<records>", 5)
    with pytest.raises(DataprepError) as error:
        dataprep.convert(GOOD, steps=["dedup"])
    assert [one.message for one in error.value.faults] == [str(error.value)]


def test_read_gives_examples() -> None:
    write("rows.jsonl", GOOD[0])
    (example,) = dataprep.read("rows.jsonl")
    assert example == dataprep.Example(
        (dataprep.Turn("user", "What is 0 + 1?"), dataprep.Turn("assistant", "It is 1."))
    )


def test_text_that_is_not_unicode_is_rejected_in_its_place() -> None:
    broken = {"instruction": "What?", "input": "", "output": "\ud800"}
    result = dataprep.convert([*GOOD, broken])
    assert [reject["line"] for reject in result.rejects] == [4]


# -------------------------------------------------------------------------------- steps of your own


class Shorter(dataprep.ExampleStep):
    """Drop long answers.

    most: characters of an answer at most.
    """

    most: int = 80

    def __call__(self, example: dataprep.Example) -> dataprep.Example | dataprep.Drop:
        if len(example.answer) > self.most:
            return dataprep.Drop("answer too long", f"has {len(example.answer)} characters")
        return example.rewrite(str.upper)


@pytest.mark.parametrize("workers", [1, 2])
def test_step_of_your_own(workers: int) -> None:
    long = {**GOOD[0], "output": "It is 1, as far as I know."}
    result = dataprep.clean([*GOOD, long], steps=[Shorter(most=9), "dedupe"], workers=workers)
    assert [row["output"] for row in result] == ["IT IS 1.", "IT IS 2.", "IT IS 3."]
    assert [one["found"] for one in result.rejects] == ["has 26 characters"]
    assert result.report.of("changed") == {"Shorter": 3}


def test_steps_stand_in_the_right_order() -> None:
    words = "'Shorter' stands after 'dedupe', which compares cleaned texts; put it before"
    assert refused(dataprep.convert, GOOD, steps=["dedupe", Shorter()]) == words


# ------------------------------------------------------------------------------------------ results


def test_result_gives_data_back() -> None:
    result = dataprep.convert(GOOD, to="alpaca")
    assert (len(result), next(iter(result))["output"]) == (3, "It is 1.")
    assert result.to_pandas()["output"].tolist() == [record["output"] for record in GOOD]
    assert result.to_datasets()["output"] == [record["output"] for record in GOOD]
    assert result.report.total("in") == 3
    assert repr(result) == "<Result: in 3, kept 3>"


def test_result_of_splits() -> None:
    result = dataprep.split(GOOD, val=1, test=1, near=False)
    assert {split: len(rows) for split, rows in result.to_datasets().items()} == {
        "train": 1,
        "val": 1,
        "test": 1,
    }
    assert result.to_pandas()["split"].tolist() == ["train", "val", "test"]
    assert len(result["val"]) == 1
    assert refused(lambda: result["tests"]) == "no split 'tests'; did you mean 'test'?"
    assert result.report.certificate is not None


def test_page_is_escaped() -> None:
    bad = {"instruction": "<script>alert(1)</script>", "input": "", "output": "<img onerror=x>"}
    page = dataprep.convert([bad], to="alpaca")._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page


def test_temporary_files_live_as_long_as_their_rows() -> None:
    rejects = dataprep.convert(MARKED).rejects
    (path,) = rejects.files.values()
    assert [one["reason"] for one in rejects] == ["empty answer"]
    del rejects
    assert not path.exists()


def test_files_are_written_as_asked_and_nothing_else() -> None:
    before, here = tree(), Path.cwd()
    dataprep.convert(GOOD)
    dataprep.validate(MARKED)
    assert (tree(), Path.cwd()) == (before, here)
    result = dataprep.convert(GOOD, out="rows.parquet")
    assert (Path("rows.parquet").exists(), len(result)) == (True, 3)
    assert next(iter(result))["output"] == "It is 1."


def test_progress_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    done: list[tuple[int, int]] = []
    dataprep.convert(MARKED, progress=lambda size, total: done.append((size, total)))
    assert sum(size for size, _ in done) == done[0][1]
    assert capfd.readouterr() == ("", "")


def test_validate_and_inspect() -> None:
    verdict = dataprep.validate(MARKED)
    assert (verdict.exit_status, verdict.faulty) == (1, 1)
    assert [group.reason for group in verdict.groups] == ["empty answer"]
    (look,) = dataprep.inspect(MARKED, head=3)
    assert (look.path, look.records) == ("<records>", 3)


def test_index_of_earlier_runs() -> None:
    assert len(dataprep.dedupe(GOOD[:2], out="first.jsonl", index="seen")) == 2
    assert len(dataprep.dedupe(GOOD, out="second.jsonl", index="seen")) == 1
    assert "say which: -o FILE" in refused(dataprep.dedupe, GOOD, index="seen")


def test_decontaminate() -> None:
    long = {
        **GOOD[0],
        "instruction": "How many sheep does the old farmer have left after the storm?",
    }
    write("evals/set.jsonl", {"question": long["instruction"], "answer": "9"})
    result = dataprep.decontaminate([*GOOD, long], against=["evals/set.jsonl"])
    assert (len(result), len(result.rejects)) == (3, 1)


# ------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "<records>: is empty"),
        ({"instruction": "x"}, "expected a list of records"),
        ("nothing.jsonl", "nothing.jsonl"),
        ([{"a": object()}], "<records>:1: cannot be written as JSON"),
    ],
)
def test_data_that_cannot_be_read(data: Any, words: str) -> None:
    assert words in refused(dataprep.convert, data)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": ["dedup"]}, "no step 'dedup'; did you mean 'dedupe'?"),
        ({"steps": [{"dedupe": {"naer": True}}]}, "no option 'naer' in step 'dedupe'"),
        ({"to": "alpace"}, "did you mean 'alpaca'?"),
        ({"format": "alpace"}, "did you mean 'alpaca'?"),
        ({"repair": "close"}, "close_json"),
        ({"header": False}, "'header' is an option of files"),
    ],
)
def test_options_that_are_wrong(options: Record, words: str) -> None:
    assert words in refused(dataprep.convert, GOOD, **options)
    assert "no option 'htlm' in step 'clean'; did you mean 'html'?" in refused(
        dataprep.clean, GOOD, htlm=True
    )


# ------------------------------------------------------------------------------------------ recipes


def test_prepare_refuses_what_the_command_refuses() -> None:
    write("good.jsonl", *GOOD)
    Path("mine.yaml").write_text(RECIPE.replace(", template: qwen", ""))
    with pytest.raises(DataprepError) as caught:
        dataprep.prepare("mine.yaml")
    (fault,) = caught.value.faults
    assert (fault.code, fault.pointer) == ("pitfall", "/train/template")
    assert not Path("data").exists()


def test_prepare_gives_the_warnings_of_a_recipe() -> None:
    write("good.jsonl", *GOOD)
    Path("mine.yaml").write_text(RECIPE.replace("stage: sft", "stage: sft, val_size: 0.5"))
    prepared = dataprep.prepare("mine.yaml")
    assert {fault.severity for fault in prepared.warnings} == {"warning"}
    assert prepared.report is not None


def test_prepare_and_load() -> None:
    write("good.jsonl", *MARKED)
    Path("mine.yaml").write_text(RECIPE.replace("alpaca}", "alpaca, split: {val: 1}}"))
    prepared = dataprep.prepare("mine.yaml")
    assert (len(prepared["val"]), [*prepared.to_datasets()]) == (1, ["train", "val"])
    loaded = dataprep.load("mine")
    assert {split: rows.to_list() for split, rows in loaded.items()} == {
        split: read(f"data/mine/{split}.jsonl") for split in ("train", "val")
    }
    assert dataprep.prepare("mine.yaml").report is None
    assert refused(dataprep.load, "mina") == (
        "data/dataset_info.json: no data set 'mina'; did you mean 'mine'?"
    )


@pytest.mark.parametrize("page", ["README.md", "README_zh.md"])
def test_readme_shows_what_python_prints(page: str) -> None:
    for name in ("data/raw", "recipes"):
        shutil.copytree(ROOT / name, name, dirs_exist_ok=True)
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(>>> import dataprep\n.*?)^```$", text, re.M | re.S)
    example = doctest.DocTestParser().get_doctest(block, {}, page, page, 0)
    assert doctest.DocTestRunner().run(example).failed == 0


def test_rows_are_taken_like_a_list() -> None:
    rows = [{"instruction": f"{n}?", "input": "", "output": f"{n}."} for n in range(5)]
    result = dataprep.convert(rows, to="alpaca")
    assert result[0]["output"] == "0."
    assert [row["output"] for row in result[-2:]] == ["3.", "4."]
