"""What is known of a run without LLaMA-Factory: its record, where it goes on, and how it compares
with others.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from commandline import RECIPE, good, refusal

from dataprep import schema
from dataprep.commands.compare import compare, differences
from dataprep.commands.sweep import combinations
from dataprep.errors import DataprepError
from dataprep.llamafactory.runs import card, record, resume

pytestmark = pytest.mark.usefixtures("folder")


def run_of(name: str, **changes: Any) -> Path:
    """Write the record of a run, the schema's example with changes, and return its folder."""
    document = {**deepcopy(schema.load("run")["examples"][0]), "name": name, **changes}
    folder = Path("saves", name)
    folder.mkdir(parents=True)
    record.write(folder / "run.json", document)
    return folder


# ----------------------------------------------------------------------------------------- resuming

SFT = {"stage": "sft"}


def interrupted(*steps: int, key: str = "k", whole: bool = True) -> Path:
    """Lay out the checkpoints of an interrupted training, the last one whole or cut short."""
    part = Path("adapter.part")
    part.mkdir()
    (part / resume.KEY).write_text(key)
    for step in steps:
        folder = part / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "optimizer.pt").touch()
        state = json.dumps({"global_step": step})
        (folder / "trainer_state.json").write_text(
            state if whole or step != steps[-1] else state[:5]
        )
    return part


def test_the_last_whole_checkpoint_is_gone_on_from() -> None:
    start = resume.begin(interrupted(5, 20, 100), "k", SFT)
    assert start.step == 100
    assert (
        "resumes from the interrupted run's last checkpoint, adapter.part/checkpoint-100 (step 100)"
        in start.words
    )


def test_a_checkpoint_that_was_cut_short_is_left_out() -> None:
    part = interrupted(5, 20, 100, whole=False)
    assert resume.begin(part, "k", SFT).step == 20
    assert not (part / "checkpoint-100").exists()


@pytest.mark.parametrize(
    ("steps", "key", "keys", "words"),
    [
        ((5,), "other", SFT, "starts anew: the recipe, its data or its base model changed"),
        ((), "k", SFT, "starts anew: the interrupted run left no checkpoint"),
        ((5,), "k", {"stage": "rm"}, "starts anew: LLaMA-Factory cannot resume stage rm"),
    ],
)
def test_what_cannot_be_gone_on_from_begins_anew_and_says_why(
    steps: tuple[int, ...], key: str, keys: dict[str, str], words: str
) -> None:
    part = interrupted(*steps)
    start = resume.begin(part, key, keys)
    assert (start.checkpoint, start.step) == (None, 0)
    assert start.words.startswith(words)
    assert [path.name for path in part.iterdir()] == [resume.KEY]
    assert (part / resume.KEY).read_text() == key


def test_weights_alone_are_no_checkpoint_to_go_on_from() -> None:
    part = interrupted(5)
    (part / "checkpoint-5/optimizer.pt").unlink()
    assert resume.begin(part, "k", SFT).checkpoint is None


def test_a_first_training_has_nothing_to_say() -> None:
    assert resume.begin(Path("adapter.part"), "k", SFT) == resume.Start()


def test_the_key_is_that_of_all_that_decides() -> None:
    assert resume.key_of(SFT, {"a": "1"}) == resume.key_of({"stage": "sft"}, {"a": "1"})
    assert resume.key_of(SFT, {"a": "1"}) != resume.key_of(SFT, {"a": "2"})


# ---------------------------------------------------------------------------------------- comparing


class Tags(HTMLParser):
    """Counts the tags of a page, and notes all that it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]


def test_runs_stand_beside_each_other_with_what_differs() -> None:
    example = schema.load("run")["examples"][0]
    results = {**example["results"], "losses": [[1, 3.0], [2, 1.5]], "train_loss": 1.5}
    run_of("a")
    b = run_of("b", arguments={**example["arguments"], "learning_rate": 0.5}, results=results)
    (b / "evaluation.json").write_text('{"tuned_loss": 1.25, "tuned_perplexity": 3.49}')
    said = good("compare saves/a saves/b/run.json -o page.html")
    rows = [re.split(r"\s{2,}", line.strip()) for line in said.splitlines()]
    assert rows[0] == ["a", "b"]
    assert ["train loss", "–", "1.5000"] in rows
    assert ["test perplexity", "–", "3.49"] in rows
    assert ["learning_rate", "0.001", "0.5"] in rows
    assert "stage" not in [row[0] for row in rows]
    assert "BLEU-4" not in [row[0] for row in rows]


def test_the_page_shows_all_and_fetches_nothing() -> None:
    run_of("a")
    run_of("b<i>")
    good("compare saves/a 'saves/b<i>' -o page.html")
    page, tags = Path("page.html").read_text(encoding="utf-8"), Tags()
    tags.feed(page)
    assert tags.found.count("polyline") == 4  # of each run its training and its validation
    assert tags.fetched == []
    assert "i" not in tags.found
    assert "b&lt;i&gt;" in page


def test_a_run_that_is_none_is_told_in_one_line() -> None:
    run_of("a")
    assert "one run alone cannot be compared" in refusal("compare saves/a")
    assert "saves/b/run.json: no such file or directory; make train writes it" in refusal(
        "compare saves/a saves/b/run.json"
    )
    Path("broken.json").write_text("{}")
    assert "broken.json: lacks" in refusal("compare saves/a broken.json")


def test_a_run_made_again_is_told_apart_by_what_went_in_and_what_came_out() -> None:
    then = schema.load("run")["examples"][0]
    now = deepcopy(then)
    assert list(differences(then, now)) == [
        "losses: the same at all 1 steps",
        "weights: the same to the byte",
    ]
    now["versions"]["torch"], now["weights"] = "3.0", {}
    now["results"]["losses"] = [[5, 2.2]]
    assert list(differences(then, now)) == [
        "torch: 2.11.0 then, 3.0 now",
        "losses: apart by 0.1 at most, from step 5 on",
        "weights: others",
    ]


# ------------------------------------------------------------------------------- sweeping, starting


def test_a_grid_is_all_its_combinations() -> None:
    assert combinations(["a=1,2", "b=x"]) == [("a=1", "b=x"), ("a=2", "b=x")]
    assert len(combinations(["a=1,2,3", "b=4,5"])) == 6
    for wrong in (["a"], ["a="], ["=1"], ["a=1"]):
        with pytest.raises(DataprepError):
            combinations(wrong)


def test_what_cannot_be_carried_out_is_told_before_anything_starts() -> None:
    Path("mine.yaml").write_text(RECIPE)
    assert "no stage 'trian'; did you mean 'train'?" in refusal("run mine.yaml trian")
    assert "'epochs' is no KEY=VALUE" in refusal("run mine.yaml train epochs")
    assert "no data is prepared yet; make prepare RECIPE=mine" in refusal("run mine.yaml webui")
    assert "is no KEY=VALUE,VALUE" in refusal("sweep mine.yaml lora_rank")


# -------------------------------------------------------------------------------------------- cards


def test_a_card_says_what_a_model_is_made_of() -> None:
    example = schema.load("run")["examples"][0]
    Path("model").mkdir()
    card.write(Path("model"), example, "quantized to 4 bits")
    text = Path("model/README.md").read_text(encoding="utf-8")
    assert "base_model: models/smollm2-135m\n" in text
    assert "quantized to 4 bits" in text
    assert "| data/demo/train.jsonl | 330 | `00112233445566778899aabbccddeeff` |" in text
    assert "| learning_rate | 0.001 |" in text
    assert compare([str(run_of("a")), str(run_of("b"))]).sides[0].name == "a"
