"""Languages: how often they are told right, and rows a second on one core, beside each library
alone in the same run.

Sentences, pairs of words and words are those of lingua's test data, where it is beside this
project.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import corpus
import lingua
import measure

from dataprep.text.languages import detect, models

ROWS = 100_000
ALONE = 2_000
"""Rows for langdetect alone, which takes milliseconds for each."""
BIN = Path(sys.executable).parent
SAID = {
    "zh": "我们 明天 早上 在 图书馆 见面 一起 学习 新的 语言 然后 回家 做饭",
    "ja": "明日 の 朝 は 図書館 で 会い ましょう 新しい 言葉 を 勉強 します",
    "ko": "내일 아침 도서관에서 만나요 새로운 언어를 함께 공부하고 집에 가요",
    "en": (
        "tomorrow morning we will meet at the library and study a new language together before "
        "going home"
    ),
    "de": (
        "morgen früh treffen wir uns in der bibliothek und lernen zusammen eine neue sprache "
        "bevor wir gehen"
    ),
    "fr": "demain matin nous allons à la bibliothèque pour apprendre ensemble une nouvelle langue",
    "es": (
        "mañana por la mañana vamos a la biblioteca para aprender juntos un idioma nuevo antes "
        "de volver"
    ),
    "it": (
        "domani mattina andiamo in biblioteca per imparare insieme una nuova lingua prima di "
        "tornare a casa"
    ),
    "ru": "завтра утром мы пойдём в библиотеку учить вместе новый язык а потом вернёмся домой",
    "vi": "sáng mai chúng ta đến thư viện cùng học một ngôn ngữ mới trước khi về nhà",
}


def main() -> None:
    """Print both rates, and how many texts fastText is sure of or the script decides."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write_lines(folder / "rows.jsonl", _rows(ROWS))
        print(
            f"{ROWS:,} Alpaca rows with answers of 4 to 30 words in {len(SAID)} languages, one "
            f"process"
        )
        words = [str(BIN / "dataprep"), "language", "rows.jsonl", "--json", "--workers", "1"]
        cost = min(measure.run(words, folder) for _ in range(2))
        print(f"  dataprep          {ROWS / cost.seconds:>8,.0f} rows/s  {cost.mib:>6.0f} MiB")
    answers = [row["output"] for row in _rows(ALONE, seed=1)]
    print(f"  langdetect alone  {_alone(answers):>8,.0f} rows/s")
    for answer in answers:
        detect(answer)
    print(
        f"  {models.by_langdetect.cache_info().misses / ALONE:.1%} of the answers are asked of "
        f"langdetect"
    )
    if lingua.LEIPZIG.is_dir():
        _accuracy()


def _accuracy() -> None:
    """Print how often each is right about texts of each length, and about Chinese, Japanese and
    Korean sentences.
    """
    sentences = lingua.sentences()
    texts = {"sentences": sentences, "word pairs": lingua.cut(2), "words": lingua.cut(1)}
    texts["sentences zh, ja, ko"] = [text for text in sentences if text[0] in ("zh", "ja", "ko")]
    print(
        f"told right, of {len(sentences):,} sentences in {len({code for code, _ in sentences})} "
        f"languages:"
    )
    told = {
        "dataprep": lingua.cascade,
        "fastText alone": lingua.fasttext,
        "langdetect alone": lingua.langdetect,
    }
    for name, language in told.items():
        shares = (f"{what} {lingua.right(its, language):.1%}" for what, its in texts.items())
        print(f"  {name:<16}  {' · '.join(shares)}", flush=True)


def _rows(count: int, seed: int = 0) -> Iterator[dict[str, str]]:
    draw = random.Random(seed)
    for number in range(count):
        code = draw.choice(list(SAID))
        said = draw.choices(SAID[code].split(), k=draw.randint(4, 30))
        yield {
            "instruction": f"Question {number}",
            "input": "",
            "output": ("" if code in ("zh", "ja") else " ").join(said),
        }


def _alone(answers: list[str]) -> float:
    """Return how many answers a second langdetect takes."""
    from langdetect import detect

    detect("warm")
    begun = time.perf_counter()
    for answer in answers:
        detect(answer)
    return len(answers) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
