"""Answers that are none: the error message of an interface that failed, or a word for nothing."""

from __future__ import annotations

import re

from dataprep.steps.quality.texts import Round, View, any_of, first

LONGEST = 300
"""Characters of an error message; what is longer speaks of one."""
_NOTHING = re.compile(
    any_of(
        r"nan|null|undefined|n/?a|todo|tbd|placeholder",
        r"\[object Object\]|<?no ?(?:out|in)put>?|\[?no response\]?|<empty>",
        "无输出|待补充|占位符",
    ),
    re.IGNORECASE,
)
_LIBRARY = any_of(
    r"(?:openai\.|api|http)?_?(?:error|exception)\b(?: code)?\W{0,3}(?:\d{3}|rate|the |time"
    r"|connection|request|api)",
    (
        r"(?:\w+\.)*(?:RateLimit|APIConnection|Timeout|InvalidRequest|ServiceUnavailable"
        r"|APIStatus)Error"
    ),
    r"traceback \(most recent call last\)|incorrect api key|this model['’]s maximum context length"
    r"|\{\W*\"error\"",
)
_SERVER = any_of(
    r"(?:error |http )?(?:429|500|502|503|504)\b\W{0,3}(?:too many|internal|bad gateway|service"
    r"|gateway)",
    r"bad gateway\b|internal server error\b|service (?:temporarily )?unavailable|gateway time-?out",
    r"(?:the |that )?(?:server|engine|model|service|system) (?:had an error"
    r"|is (?:currently )?(?:overloaded|busy))",
    r"rate limit (?:reached|exceeded)|too many requests|you exceeded your current quota",
    r"(?:read |connection |request |operation )?timed? ?out\b|connection "
    r"(?:error|refused|reset|aborted)|network error",
    r"<html>|<!doctype html>\W*<html>\W*<head>\W*<title>\d{3}",
)
_PAGE = any_of(
    r"there was an error (?:generating|processing|with)|error in (?:message|body) stream",
    r"failed to (?:generate|fetch|get)",
    r"an? (?:unexpected |internal |unknown )?error (?:has )?occurred",
    r"(?:hmm\W+)?something (?:went|seems to have gone) wrong(?! with (?:the|my|his|her))",
    r"unable to load (?:conversation|response)",
    r"the response was (?:filtered|blocked)|lorem ipsum dolor",
)
_CHINESE = any_of(
    r"(?:当前|目前)?(?:服务器|服务|系统|网络|接口|请求|模型)(?:暂时|当前|目前|正|发生|出现|响应|内部|连接|调用)*"
    r"(?:繁忙|忙|错误|异常|超时|失败|过于频繁|不可用|开小差|故障)",
    r"(?:出错了|出现了?(?:错误|异常)|出了点(?:小?问题|错)|发生了?(?:错误|异常)|生成失败|调用失败|获取回复失败|加载失败)",
    r"当前(?:访问|请求|使用)(?:人数|量)?(?:过多|较多|太多)|(?:请求|访问)(?:过于|太)频繁",
)
_ERROR = re.compile(
    rf"[!\[\"'(<*]*(?:(?:i['’]m sorry|sorry|oops|apologies)[,.!]*\s*(?:but "
    rf")?)?{any_of(_LIBRARY, _SERVER, _PAGE)}"
    rf"|[【（\[]?(?:很?抱歉|对不起|哎呀)?[，,]?{_CHINESE}",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    any_of(
        r"\b(?:errors?|exceptions?|https?|status|time "
        r"?outs?|api|logs?|debug|bugs?|messages?|html|json)\b",
        r"\b(?:null|n/?a|nan|undefined|todo|tbd)\b|lorem|placeholder|no output",
        "错误|异常|报错|状态码|超时|服务器|故障|日志|提示语|占位|网络|接口|调试",
    ),
    re.IGNORECASE,
)


def failed_call(view: View) -> str:
    """Return an answer that is the error of an interface, or a word for nothing.

    What the prompt itself speaks of may be an answer to it, and with tools there are calls that
    fail: both are left alone. `<nooutput>` and "N/A" are known faults of Stanford Alpaca's rows
    (AlpacaDataCleaned, 2023).
    """
    return "" if view.example.tools else first(map(_failed, view.rounds))


def _failed(said: Round) -> str:
    answer = said.answer.whole.strip()
    if len(answer) > LONGEST or not (
        _ERROR.match(answer) or _NOTHING.fullmatch(answer.rstrip("。.!"))
    ):
        return ""
    return "" if _ABOUT.search(said.prompt) else answer
