"""Answers in another language than their prompt, where the prompt does not ask for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dataprep.model import Example
from dataprep.text.languages import SENTENCE, Told, script_weights, tell
from dataprep.text.languages.names import NAMES
from dataprep.text.patterns import pattern

SURE = 0.9
"""The confidence that both need; of sentences in 14 languages (lingua's test data) told so, 99 in
100 are right.
"""
_ASKS = pattern(
    rf"\b(?:translat\w*|languages?|bilingual|subtitles?|idioms?|{'|'.join(map(re.escape, NAMES.values()))})\b"
    r"|翻译|翻譯|译成|譯成|译为|譯為|语言|語言|双语|雙語"
    r"|[英中汉漢日法德俄韩韓西葡意泰越拉](?:语|語|文)|阿拉伯|普通话|粤语|文言|拼音",
    re.IGNORECASE,
)
"""What names a language or a translation: such a prompt may want another language than its own."""

_QUOTED = pattern(r"“([^”\n]+)”|\"([^\"\n]+)\"|「([^」\n]+)」|‘([^’\n]+)’|《([^》\n]+)》")


def other_language(example: Example) -> str:
    """Return the languages of the first prompt and answer that have none in common, "" where there
    are none such.

    Both must be a sentence at least, and the prompt may quote no words in the script of the answer
    where its own is another. Once a language is named, in the system text or a prompt, it may be
    spoken from there on. Tool traffic, the worse answer of a pair and an answer with a false label
    have no say.
    """
    if _ASKS.search(example.system):
        return ""
    for asked, said in _rounds(example):
        if _ASKS.search(asked):
            return ""
        prompt, answer = tell(asked), tell(said)
        if not (_is_sure(prompt) and _is_sure(answer)) or _main(prompt) & _main(answer):
            continue
        if not _quotes(asked, said):
            return f"asked in {prompt.code}, answered in {answer.code}"
    return ""


def _rounds(example: Example) -> Iterator[tuple[str, str]]:
    turns = example.turns[:-2] if example.label is False else example.turns
    for ask, said in zip(turns[::2], turns[1::2], strict=True):
        if (ask.role, said.role) == ("user", "assistant"):
            yield ask.text, said.text


def _quotes(asked: str, said: str) -> bool:
    """Tell whether a prompt quotes words in the script of the answer, where its own is another."""
    script, own = _script(said), _script(_QUOTED.sub("", asked))
    quoted = ("".join(match.groups("")) for match in _QUOTED.finditer(asked))
    return script != own and any(script in script_weights.weigh(text) for text in quoted)


def _script(text: str) -> str:
    weights = script_weights.weigh(text)
    return max(weights, key=weights.__getitem__, default="")


def _is_sure(told: Told) -> bool:
    return told.confidence >= SURE and told.weight >= SENTENCE


def _main(told: Told) -> set[str]:
    return {code.partition("-")[0] for code in told.codes}
