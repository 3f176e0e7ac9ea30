"""Numbers in brackets that point to sources which did not come with the text: `… in 1969.[1]`,
`……首都[2, 3]。`
"""

from __future__ import annotations

import re

from dataprep.steps.clean.about import Topic, unless
from dataprep.steps.clean.rules import Rule
from dataprep.text.spans import outside

_MEANT = Topic(
    (
        *(
            "array",
            "matrix",
            "matrices",
            "python",
            "javascript",
            "tuple",
            "footnote",
            "bibliograph",
            "[0]",
            "[^1]",
        ),
        *("引用", "引文", "文献", "文獻", "来源", "來源", "出处", "参考资料", "參考資料", "脚注"),
        *("数组", "陣列", "下标", "索引", "矩阵", "元组"),
    ),
    re.compile(
        r"^\s*(?:[-*>] ?)?(?:\[1\]|【1】)|\[\^?\w+\]: |\w\[\d+\] ?[-+*/]?="
        r"|\b(?:cit(?:es?|ed|ing|ations?)|references?|(?<!†)sources?|ind(?:ex|ices)|vectors?)\b",
        re.MULTILINE,
    ),
)
"""Where the sources stand in the text, or are asked for, and where brackets are for the places of
lists.
"""

_MARK = r"\[[1-9]\d{0,2}(?: ?[,，、–-] ?[1-9]\d{0,2}){0,5}\]|【[1-9]\d{0,2}】|【\d+†[^】\n]{0,40}】"
_NOT_AFTER = "(?<!list)(?<!from)(?<!with)(?<!into)(?<!eturn)(?<!turns)(?<!utput)(?<!input)"
_MARKS = re.compile(r"\[[^\]]*\]")
_NUMBER = re.compile(r"\d+")
_CITATION = re.compile(
    rf"(?:(?<=[^\W\d_]{{2}})|(?<=\b\d{{4}})"
    rf"|(?<=[.,;!?%\"'”’)，。、；！？）》」』])){_NOT_AFTER}(?:{_MARK})+(?![\w(:\[=*/+-])"
    rf"|(?<=[\u4e00-\u9fff])(?:{_MARK})+(?=[\u4e00-\u9fff])(?![号條条款章节節页頁步])"
    rf"|(?<=[^\W\d_]{{4}}){_NOT_AFTER} (?:\[[1-9]\d{{0,2}}\])+(?=[.;]?[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)


def rule() -> Rule:
    """Return the rule against citations of sources that are not there."""
    return Rule(
        "citations",
        lambda view: "[" in view.text or "【" in view.text,
        unless(_MEANT, lambda text: outside(text, lambda part: _CITATION.sub(_without, part))),
    )


def _without(match: re.Match[str]) -> str:
    """Return nothing for a citation; numbers that do not rise are none."""
    numbers = [
        [int(number) for number in _NUMBER.findall(mark)] for mark in _MARKS.findall(match[0])
    ]
    return "" if all(its == sorted(set(its)) for its in numbers) else match[0]
