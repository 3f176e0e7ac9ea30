"""Exact and near dedupe: rows a second beside convmerge, the growth to a million rows, and rows
that are all alike.

The 52,000 rows are real ones and edited copies of them; the million is made of phrases of real
rows, a tenth of them edited copies of another. Where the real data is not beside this project,
made-up rows take its place.

For context only, since it wants other versions of the libraries that LLaMA-Factory wants, and
cannot run beside it: Data-Juicer's document_minhash_deduplicator was measured at some 550 rows a
second on rows like these.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from itertools import count, cycle, islice, repeat
from pathlib import Path

import corpus
import measure
import real
from edited_copies import LANGUAGES, SHARES, Row, edited, units, vocabulary

from dataprep.model import Record

ROWS = 52_000
"""As many as Alpaca has."""
RATIO = 5
SIZES = (125_000, 250_000, 500_000, 1_000_000)
SECONDS, MIB = 180, 1_500
"""What a million rows may cost."""
ALIKE = 50_000
ALIKE_SECONDS = 30
COPIES = 10
"""Of the million, one in so many is an edited copy."""
PHRASE = {"en": 5, "zh": 8}
"""Words, or characters, that stay together where made-up rows are put together from real ones."""
JOINED = {"en": " ", "zh": ""}
BIN = Path(sys.executable).parent


def main() -> None:
    """Print the rates of both tools and their ratio, what the growing corpora cost, and what the
    worst ones do.
    """
    base = base_rows()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _beside_peer(base, folder)
        _growth(base, folder)
        _alike(folder)


# ------------------------------------------------------------------------------------ beside a peer


def _beside_peer(base: list[Row], folder: Path) -> None:
    print(
        f"{ROWS:,} rows, two processes, best of three; at least {RATIO} times the rate wanted "
        f"where most are distinct"
    )
    for what, rows in {
        "a tenth copies": composed(base),
        "three fifths copies": repeated(base),
    }.items():
        corpus.write_lines(folder / "rows.jsonl", islice(rows, ROWS))
        costs = _best(
            {"dataprep": _ours("rows.jsonl", "dataprep.jsonl"), "convmerge": PEER}, folder
        )
        for tool, cost in costs.items():
            print(
                f"  {tool:<10} {_told(cost, ROWS)}  {_stay(folder / f'{tool}.jsonl')}", flush=True
            )
        ours, peer = costs["dataprep"], costs["convmerge"]
        size = f"{(folder / 'rows.jsonl').stat().st_size / 1e6:.0f} MB"
        ratios = (peer.seconds / ours.seconds, peer.cores / ours.cores)
        print(
            f"  {what}, {size}: {ratios[0]:.1f} times the rate, {ratios[1]:.1f} times for each "
            f"second of a core"
        )


PEER = [
    str(BIN / "convmerge"),
    "dedupe",
    "--input",
    "rows.jsonl",
    "--output",
    "convmerge.jsonl",
    "--near",
]
PEER += ["--workers", "2"]


def _best(commands: dict[str, list[str]], folder: Path) -> dict[str, measure.Cost]:
    """Return the best of three goes of each tool; they take turns, so that other work of the
    machine slows both.
    """
    goes = [
        {tool: measure.run(words, folder) for tool, words in commands.items()} for _ in range(3)
    ]
    return {tool: min(go[tool] for go in goes) for tool in commands}


def _told(cost: measure.Cost, rows: int) -> str:
    rate = f"{rows / cost.seconds:>7,.0f} rows/s"
    return f"{rate}  {cost.seconds:>6.1f} s  {cost.cores:>6.1f} s of cores  {cost.mib:>6.0f} MiB"


def _stay(out: Path) -> str:
    with out.open("rb") as lines:
        return f"{sum(1 for _ in lines):>6,} rows stay"


def _ours(source: str, out: str) -> list[str]:
    return [
        str(BIN / "dataprep"),
        "dedupe",
        source,
        "--near",
        "--workers",
        "2",
        "--to",
        "alpaca",
        "-o",
        out,
    ]


def repeated(base: list[Row], seed: int = 0) -> Iterator[Record]:
    """Yield the base rows, and then again and again copies of them with some share of edits."""
    draw = random.Random(seed)
    pools = {language: vocabulary(base, language) for language in LANGUAGES}
    yield from (row.record for row in base)
    for row, share in zip(cycle(base), cycle(SHARES[:-1])):
        yield edited(row, share, pools[row.language], draw)


# ------------------------------------------------------------------------------------------- growth


def _growth(base: list[Row], folder: Path) -> None:
    print(
        f"to {SIZES[-1]:,} rows, two processes; at most {SECONDS} s and {MIB:,} MiB wanted for "
        f"that many"
    )
    _write_growing(base, folder)
    before = 0.0
    for size in SIZES:
        cost = measure.run(_ours(f"{size}.jsonl", "a.jsonl"), folder)
        more = f"  {cost.cores / before:.2f} times the half" if before else ""
        print(f"  {size:>9,}  {_told(cost, size)}{more}", flush=True)
        before = cost.cores


def _write_growing(base: list[Row], folder: Path) -> None:
    """Write the corpora, each of which begins as the one before it."""
    corpus.write_lines(folder / f"{SIZES[-1]}.jsonl", islice(composed(base), SIZES[-1]))
    for size in SIZES[:-1]:
        with (
            (folder / f"{SIZES[-1]}.jsonl").open("rb") as lines,
            (folder / f"{size}.jsonl").open("wb") as file,
        ):
            file.writelines(islice(lines, size))


def composed(base: list[Row], seed: int = 0) -> Iterator[Record]:
    """Yield rows as long as the base rows, of phrases of them; one in ten is an edited copy of one
    shortly before.
    """
    draw = random.Random(seed)
    words = {language: vocabulary(base, language) for language in LANGUAGES}
    sizes = [_sizes(row) for row in base]
    recent: deque[Row] = deque(maxlen=1_000)
    for number, share in zip(count(1), cycle(SHARES[:-1])):
        if number % COPIES == 0:
            row = draw.choice(recent)
            yield edited(row, share, words[row.language], draw)
        else:
            language, its = draw.choice(sizes)
            record = {
                field: _phrases(size, language, words[language], draw)
                for field, size in its.items()
            }
            row = Row(record, language, 0)
            recent.append(row)
            yield row.record


def _sizes(row: Row) -> tuple[str, dict[str, int]]:
    """Return a row's language, and how many units each of its texts has."""
    return row.language, {
        field: len(units(text, row.language)) for field, text in row.record.items()
    }


def _phrases(size: int, language: str, words: list[str], draw: random.Random) -> str:
    step = PHRASE[language]
    starts = (draw.randrange(len(words) - step) for _ in range(0, size, step))
    return JOINED[language].join(
        [word for start in starts for word in words[start : start + step]][:size]
    )


# ---------------------------------------------------------------------------------------- all alike


def _alike(folder: Path) -> None:
    print(f"{ALIKE:,} rows that are all alike; at most {ALIKE_SECONDS} s wanted")
    for name, rows in {
        "equal": equal(),
        "one number": numbered(),
        "numbers": filled(),
        "one word": worded(),
    }.items():
        corpus.write_lines(folder / "alike.jsonl", islice(rows, ALIKE))
        cost = measure.run(_ours("alike.jsonl", "a.jsonl"), folder)
        print(f"  {name:<10} {_told(cost, ALIKE)}  {_stay(folder / 'a.jsonl')}", flush=True)


def equal() -> Iterator[Record]:
    """Yield one row for ever."""
    return repeat(next(corpus.alpaca(1)))


def numbered() -> Iterator[Record]:
    """Yield rows of one template that differ in a number, so that all are to stay."""
    ask = (
        "Write the number {} in words, and say whether it can be divided by three without a "
        "remainder."
    )
    answer = (
        "To see whether a number can be divided by three, add up its digits, as often as it "
        "takes to have one."
    )
    return (
        {"instruction": ask.format(number), "input": "", "output": answer} for number in count(1)
    )


def filled() -> Iterator[Record]:
    """Yield word problems of one template with a name and two numbers, so that nearly all are to
    stay.
    """
    draw = random.Random(0)
    ask = (
        "{} has {} apples and buys {} more at the market on Sunday morning. How many apples "
        "are in the basket then?"
    )
    answer = (
        "At first there are {1} apples in the basket. With {2} more there are {1} + {2}, and "
        "{0} has {3} apples."
    )
    while True:
        values = draw.choice(corpus.WORDS).title(), draw.randrange(1, 999), draw.randrange(1, 999)
        text = answer.format(*values, values[1] + values[2])
        yield {"instruction": ask.format(*values), "input": "", "output": text}


def worded() -> Iterator[Record]:
    """Yield copies of one row in which one word is edited, so that nearly all are to leave."""
    draw = random.Random(0)
    row = Row(next(islice(numbered(), 1)), "en", 0)
    return (edited(row, 0.02, corpus.WORDS, draw) for _ in count())


def base_rows() -> list[Row]:
    found = real.rows() if real.SHARED.is_dir() else corpus.alpaca(20_000)
    return [Row(record, real.language(record), 0) for record in found]


if __name__ == "__main__":
    main()
