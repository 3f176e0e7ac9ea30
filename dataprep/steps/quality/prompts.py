"""Prompts that lack what they speak of: an empty slot, a text that is not given, a picture that is
not shown.
"""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import View, any_of, sign_in, weight

_BRACKETS = "<[{（【("
_THING = (
    r"article|text|image|picture|photo|paragraph|passage|sentence|document|link|attachment|input"
    r"|content|question|"
    r"context|图片|文章|文本|段落|句子|链接|附件|内容|输入"
)
_SLOT = re.compile(
    r"<no ?(?:in|out)put>|[<\[(]no input[>\])]"
    r"|[<\[{]insert [^<>\[\]{}=\n]{1,60}[>\]}]"
    r"|[<\[{](?:paste|enter|add|attach|put) "
    r"(?:the|your|an?|text|it|here)\b[^<>\[\]{}=\n]{0,60}[>\]}]"
    rf"|[<\[{{]your (?:{_THING})\b[^<>\[\]{{}}=\n]{{0,60}}[>\]}}]"
    r"|[<\[（(【](?:请)?(?:插入|粘贴|填入|填写|此处|在此)[^<>\[\]（）()【】\n]{0,30}[>\]）)】]"
    rf"|^[ "
    rf"\t]*[<\[{{]+(?:the |an? |input )?(?:{_THING})s?(?: (?:attached|here|below|goes here))?"
    rf"[>\]}}]+[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NO_INPUT = re.compile(r"[<\[(]?(?:n/?a\.?|nan|null|no ?input|无输入)[>\])]?", re.IGNORECASE)
_NOTHING = re.compile(r"[<\[(]?(?:none|nil|empty|nothing|无|空|没有)[>\])]?", re.IGNORECASE)
"""Words for nothing that are also the last of several choices, or an answer to a question before.
"""
_INPUT = re.compile(r"(?:input|输入)[ \t]*[:：][ \t]*", re.IGNORECASE)

_PROMISE = re.compile(
    r"(?:\b(?:following|below)\b|以下|下面|下列|如下|给定的?)[^.。!！?？:：\n]{0,60}[:：]\s*\Z",
    re.IGNORECASE,
)
_ASKS_ANSWER = re.compile(
    r"(?:answer|response|output|reasoning|step|steps|format|way|is|are"
    r"|答案|回答|回复|思路|推理|步骤|输出|结果|格式|方式|[是为])(?:如下)?\s*[:：]\s*\Z",
    re.IGNORECASE,
)
_TOLD = 240
"""Letters of the longest prompt of one line that can have left its material out; a longer one has
it inside.
"""

_LINK = re.compile(r"<?https?://\S+>?")
_TEXT_BEHIND = re.compile(
    r"article|essay|blog|story|passage|paragraph|news|report|summar|review|文章|新闻|报道|总结|概括|摘要",
    re.IGNORECASE,
)

_SEEN = "image|picture|photo|photograph|screenshot"
_PICTURE = re.compile(
    rf"\b(?:attached|accompanying|following|given|provided|this) (?:{_SEEN})s?\b|\bin (?:the"
    rf"|this) (?:{_SEEN})\s*\?"
    rf"|\b(?:{_SEEN}|figure|diagram)s? (?:attached|provided|shown|depicted|above)\b"
    rf"|\b(?:shown|depicted|seen|displayed|pictured) in (?:the|this) "
    rf"(?:{_SEEN}|figure|diagram|graph|chart)"
    r"|\b(?:attached|accompanying) (?:file|document|pdf|audio|video)\b"
    r"|如[上下]?图|(?:[见看据照由从]|观察)[上下附]图|(?:上面|下面|以下|给定|附上|提供)的?(?:这[张幅])?(?:图片|图像|照片|截图|gif图)"
    r"|这[张幅](?:图片?|照片|截图)|[见如]附件",
    re.IGNORECASE,
)
_PICTURE_SIGNS = (
    "图",
    "照片",
    "附件",
    "mage",
    "icture",
    "hoto",
    "creenshot",
    "igure",
    "iagram",
    "ttached",
    "ccompany",
)
"""What a prompt has that speaks of a picture or an attachment, quickly looked for."""
_SEEN_IN = 400
"""Letters of the longest prompt that needs its picture; a page of a textbook is understood without
its figures.
"""

_GIVEN = r"(?:provid|includ|attach|specif|giv|been|shar|enter)"
_MATERIAL = (
    r"(?:text|article|sentence|passage|paragraph|image|picture|input|document|code|poem|story)"
)
_MATERIAL_ZH = r"(?:文本|文章|句子|段落|图片|陈述|代码|材料|文字|诗歌|内容)"
_MISSING = re.compile(
    any_of(
        r"there (?:is|are|was|were|seems to be) no \w+ "
        r"(?:attached|provided|given|included|specified)",
        rf"(?:you|there)(?: (?:have|has|did|do)(?:n['’]t| not)|['’]ve not)(?: \w+)? {_GIVEN}",
        rf"no (?:{_MATERIAL}|context|content)\b[^.\n]{{0,30}} "
        rf"(?:provided|given|attached|included|specified)",
        r"(?:please|could you|can you)(?: please)? (?:provide|share|give|paste|attach"
        r"|upload)(?: me| us)?(?: with)?"
        rf" (?:the|a|an|your|some|me)\b[^.\n]{{0,40}}\b{_MATERIAL}",
        r"[您你](?:并|还|尚)?(?:没有|没|未)(?:为我|给我)?(?:提供|给出|给我|附上|输入|上传|指定)",
        r"请(?:您|你)?(?:先|重新|再)?(?:提供|给出|输入|上传|发送)(?:一下)?(?:您|你)?(?:需要|希望|想要|要|想|具体的?)"
        rf"[^。\n，,]{{0,20}}{_MATERIAL_ZH}",
    ),
    re.IGNORECASE,
)
_MISSING_SIGNS = (
    "rovid",
    "giv",
    "nclud",
    "ttach",
    "pecif",
    "shar",
    "ente",
    "past",
    "pload",
    "没",
    "未",
    "请",
)
"""What an opening has that says so, quickly looked for."""
_WILLING = re.compile(
    r"\W*(?:yes|sure|of course|certainly|absolutely|okay|ok|i "
    r"understand|great|是的|好的|当然|可以|没问题|我明白|明白)",
    re.IGNORECASE,
)
_OPENING = 120
"""Characters in which an answer says that something is missing."""
_ONLY_THAT = 450
"""Letters of the longest answer that says nothing else."""


def empty_slot(view: View) -> str:
    """Return what shows that a prompt lacks what it speaks of: in its own words, or in those of a
    single answer.

    `<noinput>` and "N/A" for an input, pictures and articles that are only named, and links in
    place of texts are the known faults of Stanford Alpaca's 52,000 rows (AlpacaDataCleaned, 2023).
    """
    for prompt in view.prompts:
        if found := _lack(prompt, view):
            return found
    return _said_missing(view)


def _lack(prompt: str, view: View) -> str:
    return (
        _slot(prompt)
        or (_last_line(prompt, view) if "\n" in prompt else _promise(prompt))
        or _picture(prompt, view)
    )


def _slot(prompt: str) -> str:
    found = _SLOT.search(prompt) if sign_in(prompt, _BRACKETS) else None
    return found[0].strip() if found else ""


def _last_line(prompt: str, view: View) -> str:
    """Return the last line if it says that there is no input, or is a link in place of a text."""
    before, _, line = prompt.rstrip().rpartition("\n")
    line = line.strip()
    said = _INPUT.sub("", line, count=1)
    is_nothing = _NO_INPUT.fullmatch(said) or (
        _NOTHING.fullmatch(said) and (said != line or "\n" not in before)
    )
    return line if is_nothing or _is_only_link(line, prompt, view) else ""


def _is_only_link(line: str, prompt: str, view: View) -> bool:
    """Tell whether a prompt about a text gives a link in its place, and there is no tool that would
    follow it.
    """
    return (
        "://" in line
        and not view.example.tools
        and bool(_LINK.fullmatch(line) and _TEXT_BEHIND.search(prompt))
    )


def _promise(prompt: str) -> str:
    """Return the end of a single line that says that something follows, and nothing does."""
    if (
        prompt.rstrip()[-1:] not in (":", "：")
        or weight(prompt) > _TOLD
        or _ASKS_ANSWER.search(prompt)
    ):
        return ""
    found = _PROMISE.search(prompt)
    return found[0].strip() if found else ""


def _picture(prompt: str, view: View) -> str:
    if len(prompt) > _SEEN_IN or not sign_in(prompt, _PICTURE_SIGNS) or view.has_media:
        return ""
    found = _PICTURE.search(prompt) if weight(prompt) <= _SEEN_IN else None
    return found[0] if found else ""


def _said_missing(view: View) -> str:
    """Return what a single answer says of what it was not given; in a longer talk it may still
    come.
    """
    if len(view.example.turns) != 2 or view.example.tools or not view.rounds:
        return ""
    answer = view.rounds[0].answer.whole
    opening = answer[:_OPENING]
    if (
        not sign_in(opening, _MISSING_SIGNS)
        or weight(answer) > _ONLY_THAT
        or _WILLING.match(answer)
    ):
        return ""
    found = _MISSING.search(opening)
    return found[0] if found else ""
