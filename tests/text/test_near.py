"""Texts that are nearly the same: the words, their pairs, the search, the exact similarity, and
what is kept apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep.executor import LocalExecutor
from dataprep.steps.dedupe import leaders
from dataprep.steps.dedupe.leaders import MOST, Repeat, near_duplicates
from dataprep.steps.dedupe.meaning import differs, texts
from dataprep.text.similarity import minhash, packing, pairs
from dataprep.text.similarity.pairs import FLOOR, Measure
from dataprep.text.similarity.sketch import PARTS, Sketcher, Sketches, Texts, codes_of, pairing
from dataprep.text.similarity.words import CAPITAL, NAME, NUMBER, WORD, Codes, words

# -------------------------------------------------------------------------------------------- words


def hashes(text: str) -> list[int]:
    return [int(code & WORD) for code in words([text]).codes]


def flags(text: str) -> list[str]:
    names = {NUMBER: "number", NAME: "name", CAPITAL: "capital"}
    return [
        "+".join(name for flag, name in names.items() if code & flag)
        for code in words([text]).codes
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello, World!", "hello world"),
        ("Ｈｅｌｌｏ　２０２４", "hello 2024"),
        ("1,000,000 rows", "1000000 rows"),
        ("the U.S. army", "the US army"),
        ("café", "cafe\u0301"),
        ("你好，世界。", "你好 世界"),
        ("line\nbreak\ttab", "line break tab"),
        ("“quoted” — ‘text’", "quoted text"),
    ],
)
def test_spellings_of_the_same_words(one: str, other: str) -> None:
    assert hashes(one) == hashes(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("What is dataprep?", 3),
        ("北京 in Beijing", 4),
        ("ภาษาไทย", 7),
        ("한국어 문장", 2),
        ("a + b = c", 5),
        ("x - y", 3),
        ("well-known", 2),
        ("3.14 and 1,000", 3),
        ("1, 2, 3", 3),
        ("20°C", 3),
        ("", 0),
        (" ,.!? ", 0),
    ],
)
def test_words_are_counted_by_the_script(text: str, count: int) -> None:
    assert len(hashes(text)) == count


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.14", "3.15"),
        ("-5 degrees", "5 degrees"),
        ("x²", "x2"),
        ("北京", "南京"),
        ("1,0", "10"),
        ("a+b", "a-b"),
    ],
)
def test_what_differs_makes_other_words(one: str, other: str) -> None:
    assert hashes(one) != hashes(other)


def test_what_a_word_is_beside_its_letters() -> None:
    assert flags("In Paris 12 trains ran. Nobody saw GPT4 coming") == [
        *("", "name", "number", "", "", "capital", "", "number+name", ""),
    ]
    assert flags("我用ThinkPad写作") == ["", "", "name", "", ""]


@given(st.lists(st.text(max_size=30), max_size=6))
def test_words_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    found = words(texts)
    apart = [hashes(text) for text in texts]
    together = (
        [part.tolist() for part in np.split(found.codes & WORD, found.ends[:-1])] if texts else []
    )
    assert together == apart


MARKED = st.text(
    "ae\u1100 1\u0301\u0321\u0323\u0302\u1161\u11a8\u212b\u0958\u09c7\u09be가\0", max_size=12
)


@given(MARKED)
def test_words_are_those_of_the_composed_text_also_where_marks_are_rare(text: str) -> None:
    around = "many plain words " * 300
    found = words([around, text, around])
    assert (found.codes[found.ends[0] : found.ends[1]] & WORD).tolist() == hashes(
        unicodedata.normalize("NFC", text)
    )


# -------------------------------------------------------------------------------- pairs, similarity

TEXT = st.lists(
    st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "一", "二", "三", "四"]), max_size=8
).map(" ".join)
EXAMPLE = st.builds(
    Texts,
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(TEXT, min_size=1, max_size=2).map(tuple),
)


@contextmanager
def sketched(made: Sequence[Texts]) -> Iterator[Sketches]:
    with TemporaryDirectory() as folder:
        with Sketcher(Path(folder, "0"), PARTS) as sketcher:
            for prompt, answer in made:
                sketcher.add(prompt, answer)
        sketches = Sketches([Path(folder, "0")])
        try:
            yield sketches
        finally:
            sketches.close()


def sets_of(example: Texts) -> dict[str, set[tuple[str, str]]]:
    """Return the pairs of words of an example, by its parts, as one would write it down."""

    def neighbours(texts: tuple[str, ...]) -> set[tuple[str, str]]:
        found = set()
        for text in texts:
            row = ["", *text.split(), ""]
            found |= set(pairwise(row)) if len(row) > 2 else set()
        return found

    prompt, answer = neighbours(example.prompt), neighbours(example.answer)
    return {"prompt": prompt, "answer": answer, "whole": prompt | answer}


def jaccard(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


@given(st.lists(EXAMPLE, min_size=2, max_size=5))
def test_similarity_is_the_exact_jaccard_index_of_the_pairs_of_words(made: list[Texts]) -> None:
    with sketched(made) as sketches:
        for part in PARTS:
            made_of = pairing(*sketches.codes(np.arange(len(made))))
            sides = np.stack((np.zeros(len(made), int), np.arange(len(made))))
            found = pairs.shared_by(made_of, sides, part).similarity
            sets = [sets_of(example)[part] for example in made]
            assert found.tolist() == [jaccard(sets[0], one) for one in sets]


@given(
    st.lists(EXAMPLE, min_size=2, max_size=12),
    st.sampled_from(["whole", "prompt", "answer", "both"]),
)
@settings(deadline=None)
def test_every_pair_that_is_told_is_as_similar_as_asked(made: list[Texts], part: str) -> None:
    measure = Measure(part, 0.6)
    with sketched(made) as sketches:
        found = pairs.alike(sketches, np.arange(len(made)), measure)
    for first, second, similarity in zip(*found, strict=True):
        one, other = sets_of(made[first]), sets_of(made[second])
        exact = {part: jaccard(one[part], other[part]) for part in PARTS}
        told = {"whole": exact["whole"], "both": min(exact["prompt"], exact["answer"])}.get(
            part, exact.get(part)
        )
        assert told == similarity >= 0.6
        for floored in ("prompt", "answer") if part == "whole" else ():
            sides = one[floored], other[floored]
            single = floored == "answer" and max(map(len, sides)) <= 2
            assert exact[floored] >= 0.6 * FLOOR or one_word_off(*sides) or single


def one_word_off(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    return bool(one & other) and max(len(one - other), len(other - one)) <= 2


NUMBERED = st.builds(
    lambda number, word, more: Texts(
        (f"write the number {number} in {word} letters here now",), ("done" + more,)
    ),
    st.integers(1, 12),
    st.sampled_from(["plain", "large", "red"]),
    st.sampled_from(["", "", " at once"]),
)


@given(
    st.lists(EXAMPLE | NUMBERED, min_size=1, max_size=24),
    st.randoms(use_true_random=False),
    st.booleans(),
)
@settings(deadline=None)
def test_examples_that_leave_repeat_the_most_similar_one_that_stays(
    made: list[Texts], chance: object, spare: bool
) -> None:
    order = list(range(len(made)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    with sketched(made) as sketches, pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaders, "CHUNK", 1)
        found = list(
            near_duplicates(sketches, order, Measure("whole", 0.6), LocalExecutor(), spare=spare)
        )
        assert found == one_by_one(sketches, order, spare)
    gone = {repeat.number for repeat in found}
    assert not spare or not gone.intersection(repeat.original for repeat in found)


def one_by_one(sketches: Sketches, order: list[int], spare: bool) -> list[Repeat]:
    """Return what leaves, told as one would by hand: all pairs first, and then one example after
    the other.
    """
    every = pairs.alike(sketches, np.arange(len(order)), Measure("whole", 0.6))
    near = {
        frozenset(pair): alike
        for *pair, alike in zip(*(column.tolist() for column in every), strict=True)
    }
    left: dict[int, Repeat] = {}
    for place, number in enumerate(order):
        better = [one for one in order[:place] if frozenset((one, number)) in near]
        apart = 0
        for one in sorted(better, key=lambda one: -near[frozenset((one, number))]):
            if number in left or (spare and one in left) or apart == MOST:
                continue
            if mean_other(sketches, number, one):
                apart += 1
                continue
            left[number] = Repeat(number, one, near[frozenset((one, number))])
            if not spare and one not in left:
                left[one] = Repeat(one, number, left[number].similarity)
    return list(left.values())


def mean_other(sketches: Sketches, one: int, other: int) -> bool:
    codes, sizes = sketches.codes(np.array([one, other]))
    return differs(*texts(codes, sizes.whole))


def test_chain_does_not_pull_in_what_is_similar_to_its_middle_only() -> None:
    row = [f"word{number}" for number in range(28)]
    first, middle, last = row[:20], row[4:24], row[8:]
    made = [Texts(("Write on.",), (" ".join(text),)) for text in (first, middle, last)]
    with sketched(made) as sketches:
        found = list(near_duplicates(sketches, [0, 1, 2], Measure("whole", 0.5), LocalExecutor()))
        every = pairs.alike(sketches, np.arange(3), Measure("whole", 0.5))
    assert list(zip(every.first, every.second, strict=True)) == [(0, 1), (1, 2)]
    assert [(repeat.number, repeat.original) for repeat in found] == [(1, 0)]


def test_examples_without_words_are_like_none() -> None:
    with sketched(
        [Texts(("？",), ("！",)), Texts(("…",), ("。",)), Texts(("a",), ("b",))]
    ) as sketches:
        assert not len(pairs.alike(sketches, np.arange(3), Measure()).first)


# ------------------------------------------------------------------------------------------- search


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.7])
def test_candidates_are_found_as_often_as_the_theory_says(similarity: float) -> None:
    rng = np.random.default_rng(7)
    tries, hits, common = 1500, 0, round(100 * similarity)
    for _ in range(tries):
        members: Codes = rng.integers(0, 1 << 63, 100, dtype=np.uint64)
        rest = members[common:]
        sides = [np.concatenate((members[:common], part)) for part in np.array_split(rest, 2)]
        bands = minhash.bands(np.concatenate(sides), np.cumsum([len(side) for side in sides]))
        hits += bool((bands[0] == bands[1]).any())
    assert hits / tries == pytest.approx(minhash.chance(similarity), abs=0.04)


def test_many_of_one_template_are_compared_with_few() -> None:
    made = [
        Texts((f"What is {number} plus {number + 1}?",), ("It is a sum of two numbers.",))
        for number in range(3000)
    ]
    with sketched(made) as sketches:
        found = pairs.candidates(sketches.bands("whole"), np.arange(len(made)))
    assert len(found) < 40 * len(made)


def test_of_a_templates_many_each_meets_the_most_promising() -> None:
    rng = np.random.default_rng(3)
    sums = [
        f"Add {a} apples to {b} pears in the basket by the door."
        for a, b in rng.integers(0, 999, (3000, 2)).tolist()
    ]
    copied = rng.choice(3000, 50, replace=False)
    copies = [sums[number].replace("basket", "the basket") for number in copied]
    made = [
        Texts((text,), ("You have as many fruits as both of these together.",))
        for text in (*sums, *copies)
    ]
    rank = np.arange(len(made))
    with sketched(made) as sketches:
        bands = sketches.bands("whole")
        every, few = pairs.candidates(bands, rank), pairs.candidates(bands, rank, rank)
    assert np.isin(few, every).all()
    assert np.bincount(packing.unpacked(few)[1]).max() == pairs.FEW
    met = {*zip(*packing.unpacked(few).tolist(), strict=True)}
    assert met.issuperset(zip(copied.tolist(), range(3000, 3050), strict=True))
    assert np.isin(np.arange(1, 3000), packing.unpacked(few)[1]).mean() > 0.99


# ------------------------------------------------------------------------------------------ meaning


def told(one: str, other: str) -> bool:
    codes, sizes = codes_of([Texts((), (text,)) for text in (one, other)])
    return differs(*texts(codes, sizes.whole))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sort the list in ascending order.", "Sort the list in descending order."),
        ("Add 3 eggs to the bowl.", "Add 4 eggs to the bowl."),
        ("Add three eggs to the bowl.", "Add 4 eggs to the bowl."),
        ("It is safe to eat.", "It is not safe to eat."),
        ("You can open it.", "You can't open it."),
        ("She lives in Paris with a cat.", "She lives in Rome with a cat."),
        (
            "Anna has 3 apples and eats one. Are 2 left when Anna leaves?",
            "Bert has 3 apples and eats one. Are 2 left when Bert leaves?",
        ),
        (
            "Tom walks to school. Tom is late, and Tom runs.",
            "Ben walks to school. Ben is late, and Ben runs.",
        ),
        ("小明有三个苹果，妈妈又给小明两个。", "小红有三个苹果，妈妈又给小红两个。"),
        (
            "How far is it from Rome to Milan by train?",
            "How far is it from Milan to Rome by train?",
        ),
        ("My blood pressure was 120/80 today.", "My blood pressure was 80/120 today."),
        ("湿度应该保持在十五左右。", "湿度应该保持在五十左右。"),
        (
            "He has 12 cows and sells some. How many does he own now?",
            "He has 17 cows and sells some. How many does he own today?",
        ),
        ("Switch the lamp on at seven.", "Switch the lamp off at seven."),
        ("The train leaves at 9:15 am today.", "The train leaves at 9:15 pm today."),
        ("What helps against hypertension?", "What helps against hypotension?"),
        ("Take 5 mg of it twice a day.", "Take 5 µg of it twice a day."),
        ("我女儿今年五岁。", "我儿子今年五岁。"),
        ("水池的半径是六米。", "水池的直径是六米。"),
        ("這種藥在吃飯之前服用。", "這種藥在吃飯之後服用。"),
        ("請增加水溫。", "請減少水溫。"),
        ("Run it with python3.8 today.", "Run it with python3.10 today."),
        ("周二晚上提醒我。", "周日晚上提醒我。"),
        ("这台机器重三公斤。", "这台机器重三斤。"),
        ("他不喜欢下雨。", "他喜欢下雨。"),
        ("王小明在学校。", "李小红在学校。"),
        ("从北京出发。", "从上海出发。"),
        ("x + 2 = 5", "x - 2 = 5"),
    ],
)
def test_one_word_makes_another_meaning(one: str, other: str) -> None:
    assert told(one, other)
    assert told(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("打开房间里的窗户。", "打開房間裏的窗戶。"),
        ("Add 3 eggs to the bowl.", "Add three eggs to the bowl."),
        ("Add 3 eggs to the bowl.", "Add 3 eggs to teh bowl."),
        ("You should not eat it.", "You shouldn't eat it."),
        ("It is a large house.", "It is a roomy house."),
        ("We live in the U.S. today.", "We live in the US today."),
        ("请列出3个方法。", "请列出三个方法。"),
        ("今天天气很好。", "今天的天气很好。"),
        ("", ""),
    ],
)
def test_slip_or_synonym_is_the_same_meaning(one: str, other: str) -> None:
    assert not told(one, other)
