"""Answers that repeat the prompt, that are nothing but links, and that leave a code block open."""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import Round, View, first, weight

# --------------------------------------------------------------------------------------------- echo

QUESTION = 20
"""Letters of the shortest prompt whose repetition says something: a greeting is greeted back."""


def echo(view: View) -> float:
    """Return the share of an answer that its opening has of the whole prompt word for word, case
    and space folded.
    """
    return max(map(_echo, view.rounds), default=0.0)


def _echo(said: Round) -> float:
    prompt = said.prompt.strip()
    answer = said.answer.whole.lstrip()
    if answer[:1].casefold() != prompt[:1].casefold() or weight(prompt) < QUESTION:
        return 0.0
    asked, told = _folded(prompt), _folded(answer)
    return len(asked) / len(told) if told.startswith(asked) else 0.0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


# -------------------------------------------------------------------------------------------- links

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>()（）\[\]，。；]+")
_LETTERS = re.compile(r"[^\W\d_]")
_ASKS_LINK = re.compile(
    r"\burls?\b|\blinks?\b|web ?site|web ?page|\bsites?\b|address|domain|homepage|source"
    r"|where can i|repo|"
    r"网址|链接|网站|网页|地址|域名|主页|官网|来源|出处|哪里",
    re.IGNORECASE,
)


def only_links(view: View) -> str:
    """Return an answer that has no letter besides links, unless the prompt asks for one."""
    return first(map(_links, view.rounds))


def _links(said: Round) -> str:
    answer = said.answer.whole
    if not ("://" in answer or "www." in answer) or _LETTERS.search(_LINK.sub("", answer)):
        return ""
    return "" if _ASKS_LINK.search(said.prompt) else answer.strip()


# -------------------------------------------------------------------------------------- code fences

_FENCE = re.compile(r"^[ \t>*+\-\d.]*(`{3,}|~{3,})([^`\n]*)$", re.MULTILINE)
_NAME = re.compile(r"\w")


def open_fence(view: View) -> str:
    """Return the fence of a code block that nothing closes.

    A fence is a line of three or more back-ticks or tildes, and one as long or longer closes it
    (CommonMark 0.31.2, section 4.5). One with a name behind it always opens a block, also inside of
    another, for answers show Markdown.
    """
    return first(_open_fence(text.whole) for text in view.texts)


def _open_fence(text: str) -> str:
    if "```" not in text and "~~~" not in text:
        return ""
    open_: list[str] = []
    for fence, name in _FENCE.findall(text):
        if _NAME.search(name) or not open_:
            open_.append(fence)
        elif fence.startswith(open_[-1]):
            open_.pop()
    return open_[-1] if open_ else ""
