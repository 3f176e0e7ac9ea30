"""Remove left-over markup, full-width letters, control characters, and stray space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Literal

from dataprep.model import Example
from dataprep.steps.base import RulesStep, Ruling


class Clean(RulesStep, name="clean"):
    """Take left-over markup, full-width letters, control characters and stray space out of prompts
    and answers.

    Code, formulas and tables stay as they are, and so does what the conversation is about.

    html: entities, line-break and block tags; not in code, not where the conversation is about
        HTML.
    full_width: letters and digits to their usual width, Chinese punctuation stays; not in code, not
        in Japanese.
    control: control characters, byte-order marks, zero-width and direction marks; not those that
        join emoji, or that Persian, Indian and other scripts need.
    space: line ends to LF, no blank lines before or after, no space after the text or its lines.
    unicode: letters with their accents as one character (nfc), or also ﬁ ㎏ Ⅳ ｶ 𝓐 by their usual
        ones (nfkc); x², ½, ① and Chinese punctuation stay.
    mojibake: text that was read in a wrong encoding, as far as ftfy is sure of it.
    zh: Chinese in simplified or traditional characters, word by word with OpenCC; not in code, not
        in Japanese.
    openings: "As an AI language model," 作为一个人工智能语言模型， before what an answer says.
    citations: numbers like [1] that point to sources; not where the sources stand or are asked for.
    boilerplate: lines to take out, with * for anything; or /regular expressions/, or a .txt file
        with one a line.
    """

    html: bool = True
    full_width: bool = True
    control: bool = True
    space: bool = True
    unicode: Literal["nfc", "nfkc"] = "nfc"
    mojibake: bool = False
    zh: Literal["keep", "simplified", "traditional"] = "keep"
    openings: bool = False
    citations: bool = False
    boilerplate: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        from dataprep.steps.clean.wanted import cleaner  # its patterns take a while to compile

        self.cleaner = cleaner(self)

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that changed the example, in order."""
        return self.cleaner.rulings(example)

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the package with the Chinese dictionaries, if it is used."""
        return ("opencc",) if self.zh != "keep" else ()

    @property
    def files(self) -> list[str]:
        """Return the files with lines of boilerplate."""
        from dataprep.steps.clean.boilerplate import files_among

        return files_among(self.boilerplate)
