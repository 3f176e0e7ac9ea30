"""Turn words into terms that find reworded texts: words without endings, pairs of Chinese
characters.

Stop words and single letters are no terms; numbers are. Terms are interned, because millions are
compared. The stemmer takes 0.03 s for 33,000 words, snowballstemmer 0.78 s; stopwordsiso has 1,298
English stop words, among them many topics, and lacks the words of exam questions (`choose`,
`statement`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from sys import intern

from dataprep.steps.decontaminate.numbers import SMALL, is_numeric
from dataprep.steps.decontaminate.words import holds_characters, is_character, quick, tokens
from dataprep.text.word_lists import read_list

LISTS = "dataprep.steps.decontaminate"
STOP = frozenset(read_list(LISTS, "stop_words_en"))
"""Words that say little about the topic of a text."""
STOP_CHARACTERS = frozenset(read_list(LISTS, "stop_characters_zh"))
STOP_PAIRS = frozenset(read_list(LISTS, "stop_pairs_zh"))
_IRREGULAR = {
    form: base
    for base, *forms in map(str.split, read_list(LISTS, "irregular_forms_en"))
    for form in forms
}


def terms(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the terms of a text's tokens, in order and with repetitions."""
    for token, following in zip_longest(tokens, tokens[1:], fillvalue=""):
        term = pair_of(token, following) if is_character(token) else TERMS[token]
        if term:
            yield term


def term_of(word: str) -> str:
    """Return the term of a word, "" for none; the term of a number is the number in digits."""
    if word in SMALL:
        return intern(str(SMALL[word]))
    if word[0].isdecimal():
        return intern(word)
    return "" if word in STOP or len(word) == 1 or not word[0].isalpha() else intern(stem(word))


class _Terms(dict[str, str]):
    """Caches the terms of words."""

    MOST = 1_000_000
    """Words to cache."""

    def __missing__(self, word: str) -> str:
        if len(self) >= self.MOST:
            self.clear()
        term = self[word] = term_of(word)
        return term


TERMS = _Terms()


def terms_in(text: str) -> frozenset[str]:
    """Return the terms of a text; faster without numbers and Chinese characters."""
    words = quick(text)
    if any(map(is_numeric, words)) or holds_characters(text):
        return frozenset(terms(tokens(text)))
    return frozenset(map(TERMS.__getitem__, words)) - {""}


def pair_of(first: str, second: str) -> str:
    """Return two adjacent characters as a term, "" if they are none."""
    pair = first + second
    if first in STOP_CHARACTERS or second in STOP_CHARACTERS or pair in STOP_PAIRS:
        return ""
    return intern(pair) if is_character(second) else ""


_DOUBLED = frozenset("bdfgmnprt")


def stem(word: str) -> str:
    """Return a word without its English ending: `pies` becomes `pie`; `baking`, `baked` and `bakes`
    become `bak`.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _singular(word)
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] in _DOUBLED:
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


COMMON = frozenset(map(stem, read_list(LISTS, "common_words_en")))
"""Terms that texts about anything contain."""


def is_common(term: str) -> bool:
    """Return whether a term occurs in texts about anything, so that others are better to look
    for.
    """
    return term in COMMON or (len(term) < 3 and term.isdecimal())
