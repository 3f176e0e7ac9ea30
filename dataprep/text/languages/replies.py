"""Find answers in another language than their prompt, unless the prompt asks for it."""

from __future__ import annotations

import re

from dataprep.model import Example
from dataprep.text.languages import SENTENCE, Detected, detect, script_weights
from dataprep.text.languages.names import NAMES
from dataprep.text.patterns import pattern

SURE = 0.9
"""Least confidence of both; 99 % of such sentences in lingua's test data of 14 languages are right.
"""
_ASKS = pattern(
    rf"\b(?:translat\w*|languages?|bilingual|subtitles?|idioms?"
    rf"|{'|'.join(map(re.escape, NAMES.values()))})\b"
    r"|翻译|翻譯|译成|譯成|译为|譯為|语言|語言|双语|雙語"
    r"|[英中汉漢日法德俄韩韓西葡意泰越拉](?:语|語|文)|阿拉伯|普通话|粤语|文言|拼音",
    re.IGNORECASE,
)
"""Names of languages and of translation: such a prompt may ask for another language."""

_QUOTED = pattern(r"“([^”\n]+)”|\"([^\"\n]+)\"|「([^」\n]+)」|‘([^’\n]+)’|《([^》\n]+)》")


def other_language(example: Example) -> str:
    """Return the languages of the first prompt and answer that share none, "" if all share one.

    Both must be at least a sentence. A prompt that quotes words in the script of its answer does
    not count, nor does anything after the system text or a prompt has named a language. Tool calls,
    rejected answers and answers with a false label are ignored.
    """
    if _ASKS.search(example.system):
        return ""
    turns = example.turns[:-2] if example.label is False else example.turns
    for prompt, answer in zip(turns[::2], turns[1::2], strict=True):
        if (prompt.role, answer.role) != ("user", "assistant"):
            continue
        if _ASKS.search(prompt.text):
            return ""
        asked, answered = detect(prompt.text), detect(answer.text)
        if not (_is_sure(asked) and _is_sure(answered)) or _main(asked) & _main(answered):
            continue
        if not _quotes_script_of(answer.text, prompt.text):
            return f"asked in {asked.code}, answered in {answered.code}"
    return ""


def _quotes_script_of(answer: str, prompt: str) -> bool:
    """Return whether a prompt in another script than its answer quotes words in that script."""
    script = _script(answer)
    quoted = ("".join(match.groups("")) for match in _QUOTED.finditer(prompt))
    return script != _script(_QUOTED.sub("", prompt)) and any(
        script in script_weights.weigh(text) for text in quoted
    )


def _script(text: str) -> str:
    weights = script_weights.weigh(text)
    return max(weights, key=weights.__getitem__, default="")


def _is_sure(found: Detected) -> bool:
    return found.confidence >= SURE and found.weight >= SENTENCE


def _main(found: Detected) -> set[str]:
    return {code.partition("-")[0] for code in found.codes}
