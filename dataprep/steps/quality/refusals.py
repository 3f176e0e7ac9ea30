"""Answers that decline to answer, and those that begin by saying that a machine speaks.

What declines begins so: in the first sentence or after an apology, in the words of ChatGPT and of
those who learnt from it. A text that quotes a refusal further on does not refuse.
"""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import View, any_of, first, weight

OPENING = 200
"""Characters in which a refusal begins."""
LONGEST = 450
"""Letters of a refusal (a Chinese character counts three); a longer answer has more to say than no.
"""

_BEFORE = (
    r"[\s*#>-]*(?:(?:oh|well|hmm|hi|hello)[,.!]+\s*)?"
    r"(?:(?:I understand|Thank you)[^.!?\n]{0,80}[.!,]\s*(?:but )?)?"
)
_SORRY = any_of(
    r"(?:I['’]?m|I am) (?:\w+ )?(?:sorry|afraid)(?: that)?",
    r"sorry|(?:my )?apologies|I (?:\w+ )?apologi[sz]e|unfortunately",
)
_MACHINE = (
    r"(?:as|I['’]?m|I am|being) (?:just |only )?(?:an? |your )?(?:\w+ |\w+-\w+ )?"
    r"(?:AI|artificial intelligence|language model|chat ?bot|assistant(?! \w))\b"
    r"[^.!?\n]{0,80}?[,.]\s*(?:so |and |therefore )?"
)
_CANNOT = r"can ?not|can['’]?t|could(?: not|n['’]?t)|will not|won['’]?t"
_UNABLE = any_of(
    rf"I ?(?:{_CANNOT})",
    r"I ?(?:am|['’]m|was|would be) (?:not "
    r"(?:able|allowed|programmed|designed|comfortable)|unable)(?: to)?",
    r"I (?:do not|don['’]?t) (?:feel comfortable|have (?:the "
    r")?(?:ability|capability|capacity|information)(?: to)?)",
    r"I(?:['’]d| would) (?:rather|prefer) not(?: to)?",
    rf"(?:I['’]?m|I am) not an? [\w ]{{3,30}}?,? (?:and|so) (?:I )?(?:{_CANNOT})",
)
_ABLY = r"\s*(?:be able to |directly |currently |ethically )?"
_HELP = any_of(
    r"assist|help "
    r"(?:you|anyone|people|with|to|create|write|make)\b|fulfil|comply|provide|generate|create",
    "answer (?:this|that|your)|engage|discuss|participate|endorse|condone|browse|access|support "
    "(?:this|that|such)",
    "complete (?:this|that|your|the)|give (?:you|advice|an|any|medical|legal|financial)",
    "tell you (?:that|this|how)",
)
"""What only one who is asked for it declines to do."""
_DO = any_of(
    _HELP,
    "recommend|encourage|promote|help|answer|write|produce|do "
    "(?:that|this)|continue|offer|share|respond|give|identify",
    "open|view|see (?:the|any|an)|process|perform|execute|carry "
    "out|summari[sz]e|translate|analy[sz]e|feel|determine",
    (
        "find|edit|rewrite|paraphrase|play|tell|speak|say|show|send|call|book|make|draw|predict"
        "|verify|check|look up"
    ),
)
"""What one declines to do who is sorry, or a machine."""
_WRONG = any_of(
    r"not (?:something|possible|appropriate|okay|ok|allowed|a topic|within)",
    "(?:in|un)(?:appropriate|acceptable|ethical)|illegal|against|beyond|outside",
)
_LEAD = rf"(?:{_SORRY}[,.!:;]*\s*(?:but |that |however,? )?(?:{_MACHINE})?|{_MACHINE})(?:but |so )?"
_DECLINES = re.compile(
    _BEFORE
    + any_of(
        rf"{_LEAD}{_UNABLE}{_ABLY}{_DO}",
        rf"{_UNABLE}{_ABLY}{_HELP}",
        rf"(?:{_LEAD})?I (?:must|have to|need to|will have to) (?:decline|refuse)\b",
        rf"(?:{_LEAD})?I (?:currently )?(?:do not|don['’]?t) (?:currently )?have (?:\w+ "
        rf"|\w+-\w+ )?access to",
        r"I have no (?:way|means|ability|access|permission) to\b",
        r"I (?:do not|don['’]?t) think (?:it would be|it is|that is) "
        r"(?:right|appropriate|ethical) for me to",
        rf"{_SORRY}[^.!?\n]{{0,80}} something (?:that )?I (?:{_CANNOT}) do\b",
        rf"{_SORRY}[,.!:;]*\s*(?:but )?(?:that|this|it)(?: is|['’]s| would be) {_WRONG}",
        r"it (?:is|would be) (?:not (?:be )?appropriate|inappropriate|unethical) for me to",
        r"it would not be (?:appropriate|ethical|right) for me to",
        r"(?:this|that|your|the) (?:request|question|topic)[^.\n]{0,30} "
        r"(?:against|violates?|breaks?) (?:my|our|the)",
    ),
    re.IGNORECASE,
)
_DISCLAIMS = re.compile(
    rf"[\s*#>-]*(?:{_SORRY}[,.!:;]*\s*(?:but )?)?{_MACHINE}I (?:do not|don['’]?t|am "
    rf"not|cannot|can['’]?t|have no)\b",
    re.IGNORECASE,
)

_SORRY_ZH = (
    r"(?:非常|很|十分|真的|实在)?(?:抱歉|对不起|不好意思|遗憾)"
    r"[^。！!？?\n我]{0,15}?[，,。！!：:\s]*"
)
_MACHINE_ZH = (
    r"(?:我(?:是|只是)|作为)[^，,。！!？?\n]{0,20}(?:人工智能|AI|语言模型|助手|助理|机器人|大模型|程序|模型)"
    r"[^，,。！!？?\n]{0,15}[，,。]\s*"
)
_UNABLE_ZH = (
    r"(?:目前|暂时|现在|并|还|也|确实|真的|是){0,2}"
    r"(?:无法|不能(?!不)|不可以|没有办法|没办法|没法|不便|不应该|拒绝|没有能力|没有权限|不具备|不支持)"
)
_ABLY_ZH = r"(?:够|直接|继续|准确|具体|实时|正确|[为帮给向替]助?[您你]|在这里|对此|就此){0,3}"
_HELP_ZH = "提供|回答|回复|完成|协助|满足|执行|生成|讨论|访问|浏览|获取|遵从|参与"
_DO_ZH = (
    f"{_HELP_ZH}|帮助|支持|处理|给出|写|撰写|创作|翻译|打开|查看|查询|看到|识别|分析|判断|推荐|评论|评价|发表|表达|进行|"
    "确定|预测|创建|编写|总结|概括|编辑|修改|播放|发送|拨打|预订|画|绘制|告诉"
)
_THEREFORE_ZH = r"(?:但是?|不过|可是|因为|由于|因此|所以)?[，,]?\s*"
_TOPIC_ZH = (
    r"(?:这|该|此|您的|你的|我)[^。！!？?\n]{0,25}(?:违反|违法|不合法|不合适|不恰当|敏感|涉及|超出|不是)"
    r"[^。！!？?\n]{0,20}[，,]\s*"
)
_DECLINES_ZH = re.compile(
    r"[\s*#>-]*"
    + any_of(
        rf"(?:{_SORRY_ZH}{_THEREFORE_ZH}(?:{_MACHINE_ZH})?"
        rf"|{_THEREFORE_ZH}{_MACHINE_ZH}){_THEREFORE_ZH}"
        rf"(?:这个?[^，,。我]{{0,10}})?我{_UNABLE_ZH}{_ABLY_ZH}(?:{_DO_ZH})",
        rf"我{_UNABLE_ZH}{_ABLY_ZH}(?:{_HELP_ZH})",
        "我(?:没有权限|无权|没有相关权限)",
        rf"{_TOPIC_ZH}{_THEREFORE_ZH}我?{_UNABLE_ZH}{_ABLY_ZH}(?:{_HELP_ZH})",
    )
)
_DISCLAIMS_ZH = re.compile(
    rf"[\s*#>-]*(?:{_SORRY_ZH})?{_MACHINE_ZH}我(?:{_UNABLE_ZH}|(?:并|也|还)?(?:没有|不会|不具有|不是))"
)


def refusal(view: View) -> str:
    """Return how an answer begins that declines to answer.

    Where there are tools, a refusal may teach what they cannot do; in preference pairs and labelled
    answers it may be what is to be learnt. They are left alone.
    """
    example = view.example
    if example.tools or example.rejected or example.label is not None:
        return ""
    return first(
        _begins(said.answer.whole, _DECLINES, _DECLINES_ZH, LONGEST) for said in view.rounds
    )


def disclaimer(view: View) -> str:
    """Return how an answer begins that says what a language model is not or has not, whatever comes
    after it.
    """
    return first(_begins(said.answer.whole, _DISCLAIMS, _DISCLAIMS_ZH) for said in view.rounds)


def _begins(text: str, english: re.Pattern[str], chinese: re.Pattern[str], longest: int = 0) -> str:
    if longest and len(text) > longest:
        return ""
    opening = text[:OPENING]
    found = english.match(opening) or (None if opening.isascii() else chinese.match(opening))
    return found[0].strip() if found and not (longest and weight(text) > longest) else ""
