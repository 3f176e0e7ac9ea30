"""How long an answer is, in characters and in words, and an example in tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dataprep.errors import DataprepError
from dataprep.steps.quality.texts import Text, View
from dataprep.text.tokens import LARGE_VOCABULARY, counter, estimate

NO_TOKENIZER = ""


def characters(text: Text) -> int:
    """Return how many characters a text has, without the space around it."""
    return len(text.whole.strip())


def words(text: Text) -> int:
    """Return how many words a text has, code left out; in scripts without spaces each character is
    one.
    """
    return len(text.words)


def tokens_by(tokenizer: str) -> Callable[[View], float]:
    """Return what counts the tokens of an example: its system text, its tools and all of its turns.

    `tokenizer` is a model's folder, whose tokenizer.json counts them; without one they are
    estimated from the characters, within about a third. Raises `DataprepError` where the folder has
    none.
    """
    if tokenizer == NO_TOKENIZER:
        return lambda view: sum(estimate(text, LARGE_VOCABULARY) for text in _all(view))
    import tokenizers  # noqa: F401  its absence is told by its name

    count = counter(Path(tokenizer))
    if count is None:
        raise DataprepError(
            f"{tokenizer}: holds no tokenizer.json; name a model's folder, or leave tokenizer out"
        )
    return lambda view: sum(count(_all(view)))


def _all(view: View) -> list[str]:
    example = view.example
    texts = [example.system, example.tools, example.text, *(turn.text for turn in example.turns)]
    return [text for text in texts if text]
