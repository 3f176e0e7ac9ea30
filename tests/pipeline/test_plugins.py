"""Steps of the user's own: a Python file that a recipe names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import Record, answers, counts, edit, example_of, good, read, run, write

from dataprep import recipe

pytestmark = pytest.mark.usefixtures("folder")

STEP = '''
from dataprep.model import Drop, Example

def shorter(*, most: int = 12, loud: bool = False):
    """Drop long answers, and shout."""

    def judge(example: Example) -> Example | Drop:
        if len(example.answer) > most:
            return Drop("too long for me", f"has {len(example.answer)} characters")
        return example.rewrite(str.upper) if loud else example

    return judge
'''
RECIPE = """\
data:
  inputs: [in.jsonl]
  plugins: [own/shorter.py]
  steps: [clean, {shorter: {most: 9, loud: true}}, dedupe]
  output: {format: alpaca}
"""


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    """Write a step and a recipe that names it."""
    Path("own").mkdir()
    Path("own/shorter.py").write_text(STEP)
    Path("mine.yaml").write_text(RECIPE)
    write("in.jsonl", *(row(f"answer {number}") for number in (1, 2, 30, 400)))


def row(answer: str) -> Record:
    return {"instruction": f"What is {answer}?", "input": "", "output": answer}


def change(before: str, after: str, path: str = "own/shorter.py") -> None:
    assert before in Path(path).read_text()
    edit(path, before, after)


def refused(line: str) -> str:
    """Return what is said where a command is refused; yesterday's data must still be there."""
    data = {path: path.read_bytes() for path in Path().glob("data/mine/*")}
    result = run(line)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert {path: path.read_bytes() for path in Path().glob("data/mine/*")} == data
    return result.stderr


def test_step_changes_and_drops_and_is_counted() -> None:
    said = good("prepare mine.yaml")
    assert answers("data/mine/train.jsonl") == ["ANSWER 1", "ANSWER 2", "ANSWER 30"]
    assert "too long for me 1" in said
    assert "shorter 3" in said
    (reject,) = read("data/mine/rejects.jsonl")
    assert (reject["line"], reject["reason"], reject["found"]) == (
        4,
        "too long for me",
        "has 10 characters",
    )


@pytest.mark.parametrize("page", ["README.md", "README_zh.md"])
def test_example_of_the_readme_runs(page: str) -> None:
    Path("recipes/steps").mkdir(parents=True)
    path = "recipes/steps/short_answers.py"
    Path(path).write_text(example_of(path, page))
    change("own/shorter.py", path, "mine.yaml")
    change("{shorter: {most: 9, loud: true}}", "{short_answers: {most: 8}}", "mine.yaml")
    assert "answer too long 2" in good("prepare mine.yaml")


CLASS = '''
from dataprep.model import Drop, Example
from dataprep.steps.base import ExampleStep

class Shorter(ExampleStep):
    """Drop long answers, and shout."""

    most: int = 12
    loud: bool = False

    def __call__(self, example: Example) -> Example | Drop:
        if len(example.answer) > self.most:
            return Drop("too long for me", f"has {len(example.answer)} characters")
        return example.rewrite(str.upper) if self.loud else example
'''


def test_class_does_as_the_function_does() -> None:
    good("prepare mine.yaml")
    files = ("train.jsonl", "rejects.jsonl", "report.json")
    by_function = [Path("data/mine", name).read_bytes() for name in files]
    Path("own/shorter.py").write_text(CLASS)
    assert "shorter 3" in good("prepare mine.yaml")
    assert [Path("data/mine", name).read_bytes() for name in files] == by_function


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("most: int", "most: set", "own/shorter.py: 'most' is set, expected bool, int"),
        ("(ExampleStep)", "(dict)", "own/shorter.py: has no function 'shorter'"),
        ("class Sh", "class A(ExampleStep):\n    pass\n\nclass Sh", "several steps, A, Shorter"),
        ("(ExampleStep)", "(ExampleStep, name='clean')", "'clean' is the name of another step"),
        (
            "if len(",
            "if 1 / len(example.answer[8:]) > 2 or len(",
            "in.jsonl:1: own/shorter.py:12: ZeroDivisionError",
        ),
        (
            "return example.rewrite",
            "return None and example.rewrite",
            "in.jsonl:1: own/shorter.py: gives None of an",
        ),
    ],
)
def test_what_fails_in_a_class_is_told_with_its_line(before: str, after: str, said: str) -> None:
    Path("own/shorter.py").write_text(CLASS)
    change(before, after)
    assert said in refused("prepare mine.yaml")


def test_change_of_the_file_shows_and_is_locked() -> None:
    good("prepare mine.yaml")
    assert "up to date" in good("prepare mine.yaml")
    assert "own/shorter.py" in json.loads(Path("mine.lock.json").read_text())["inputs"]
    change("> most", ">= most")
    assert "own/shorter.py: is changed" in refused("prepare mine.yaml --locked")
    assert "up to date" not in good("prepare mine.yaml")
    assert answers("data/mine/train.jsonl") == ["ANSWER 1", "ANSWER 2"]


def test_any_number_of_workers_gives_the_same_bytes() -> None:
    write("in.jsonl", *(row(f"answer {number % 120}") for number in range(3_000)))
    made = []
    for workers in (1, 2):
        good(f"prepare mine.yaml --force --workers {workers}")
        made.append(
            [Path("data/mine", name).read_bytes() for name in ("train.jsonl", "rejects.jsonl")]
        )
    assert made[0] == made[1]


def test_example_that_cannot_be_is_filtered_with_what_is_against_it() -> None:
    change(
        "example.rewrite(str.upper) if loud",
        "Example(example.turns[:1]) if example.answer == 'answer 1'",
    )
    assert counts(good("prepare mine.yaml"))["filtered"] == 2
    reject, _ = read("data/mine/rejects.jsonl")
    assert (reject["line"], reject["reason"]) == (1, "turns out of order")


def test_files_that_a_step_reads_are_inputs_too() -> None:
    Path("own/words.txt").write_text("answer 2")
    change(
        "def shorter",
        "def files(**_: object) -> list[str]:\n    return ['own/words.txt']\n\ndef shorter",
    )
    good("prepare mine.yaml")
    Path("own/words.txt").write_text("answer 30")
    assert "up to date" not in good("prepare mine.yaml")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "def shorter",
            "def longer",
            "mine.yaml:3: /data/plugins/0: own/shorter.py: has no function 'shorter'",
        ),
        (
            "most: int = 12",
            "most=12",
            "own/shorter.py: options stand behind a star and have a type: shorter(*, most: int",
        ),
        ("*, most", "most", "own/shorter.py: options stand behind a star and have a type"),
        ("most: int", "most: set", "own/shorter.py: 'most' is set, expected bool, int"),
        ("most: int", "most: 'Nosuch'", "own/shorter.py: 'most' is Nosuch, expected bool, int"),
        ("def judge", "deff judge", "own/shorter.py:7: SyntaxError: invalid syntax"),
        (
            "from dataprep.model",
            "import nosuch\nfrom dataprep.model",
            "own/shorter.py:2: ModuleNotFoundError: No module",
        ),
        (
            "    return judge",
            "    return 7",
            "own/shorter.py: gives a int, expected a function of an example",
        ),
        ("    return judge", "    return {}[most]", "own/shorter.py:12: KeyError: 9"),
        (
            "if len(",
            "if 1 / len(example.answer[8:]) > 2 or len(",
            "in.jsonl:1: own/shorter.py:8: ZeroDivisionError",
        ),
        (
            "return example.rewrite",
            "return None and example.rewrite",
            "in.jsonl:1: own/shorter.py: gives None of an",
        ),
    ],
)
def test_what_fails_in_the_file_is_told_with_its_line(before: str, after: str, said: str) -> None:
    change(before, after)
    assert said in refused("prepare mine.yaml")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "own/shorter.py",
            "own/nosuch.py",
            "mine.yaml:3: /data/plugins/0: own/nosuch.py: no such file",
        ),
        (
            "[own/shorter.py]",
            "[own/shorter.py, own/clean.py]",
            "own/clean.py: 'clean' is a step of dataprep's own",
        ),
        (
            "[own/shorter.py]",
            "[own/shorter.py, in/shorter.py]",
            "in/shorter.py and own/shorter.py are of one name",
        ),
        (
            "[own/shorter.py]",
            "[own/short-er.py]",
            "own/short-er.py: is called as no function can be",
        ),
        (
            "most: 9",
            "most: nine",
            "mine.yaml:4: /data/steps/1: option 'most' of step 'shorter' is 'nine', expected a "
            "whole",
        ),
        ("most: 9", "mots: 9", "no option 'mots' in step 'shorter'; did you mean 'most'?"),
        ("[own/shorter.py]", "[/tmp/shorter.py]", "/tmp/shorter.py"),
        ("  plugins: [own/shorter.py]\n", "", "no step 'shorter'"),
    ],
)
def test_what_is_wrong_in_the_recipe_is_told_with_its_line(
    before: str, after: str, said: str
) -> None:
    for name in ("clean", "short-er"):
        Path(f"own/{name}.py").write_text(STEP)
    change(before, after, "mine.yaml")
    assert said in refused("prepare mine.yaml")


def test_each_file_that_is_none_is_told_once() -> None:
    Path("own/broken.py").write_text("def")
    change("[own/shorter.py]", "[own/broken.py, own/shorter.py]", "mine.yaml")
    assert refused("prepare mine.yaml").count("SyntaxError") == 1


def test_two_recipes_are_known_at_a_time() -> None:
    mine = recipe.compile("mine.yaml")
    change("  plugins: [own/shorter.py]\n", "", "mine.yaml")
    change("{shorter: {most: 9, loud: true}}, ", "", "mine.yaml")
    recipe.compile("mine.yaml")
    assert mine.plan.beside == ["own/shorter.py"]
    assert [type(step).__name__ for step in mine.plan.corpus_steps] == ["Dedupe"]


def test_file_outside_of_the_folder_needs_leave(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "shorter.py"
    other.write_text(STEP)
    change("own/shorter.py", str(other), "mine.yaml")
    assert f"{other} lies outside of this folder" in refused("prepare mine.yaml")
    change("loud: true", "loud: true, outside: true", "mine.yaml")
    good("prepare mine.yaml")
