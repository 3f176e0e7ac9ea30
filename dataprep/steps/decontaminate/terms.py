"""The terms by which the same thing in other words is found: words without endings, Chinese by
pairs of characters.

Words that say little of what a text is about are no terms, nor are single letters; numbers are.
Terms are interned, for they are compared by the million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from sys import intern

from dataprep.steps.decontaminate.numbers import SMALL, is_numeric
from dataprep.steps.decontaminate.words import holds_characters, is_character, quick, tokens

STOP = frozenset(
    """
    an the and or but nor if so as than that this these those there here it its he him his she her hers they them their
    theirs we us our you your yours my me mine who whom whose which what when where why how whether while because since
    of in on at by for from with without to into onto out off up down over under about after before between among
    against during through per via is are was were be been being am do does did done doing have has had having will
    would shall should can could may might must not no yes any all some each every both either neither only also just
    too very much many more most less least few other another such same own then now again once ever never still yet
    following statement true false correct incorrect answer question choose select find give given write return
    example let get got go goes went make makes made use uses used using say says said need needs take takes
    dont doesnt didnt isnt arent wasnt werent wont cant cannot couldnt wouldnt shouldnt hasnt havent hadnt im ive ill id
    youre youve youll hes shes theyre theyve theyll weve thats whats wheres whos theres heres lets ones
    """.split()
)
"""Words that say little of what a text is about, and those by which exam questions and tasks are
put.
"""
_COMMON = """
    like person people want know help try way sure time work first real describe well understand human mean check
    provide good explain tell ensure see create new imagine life world include power thing someone call system look
    feel best change experience right even information idea different allow connect lot cause high start name share
    talk role set learn seem great friend potential keep around better long come year consider day place often interest
    important able process however build common plan problem form develop recommend play challenge part social back
    number step else situation base put reason word key level future support last case believe maintain result increase
    various sense group focus general respond find hear become list hold involve source depend unique reduce together
    point goal natural environment hard society space action show ability resource offer final knowledge significant
    study small area impact control next open large several current hand detail little woman man require away always
    physical design certain happen individual task improve protect live structure child avoid available main public
    research follow language concern mind activity access present difficult skill love sometimes begin order usual read
    remember event explore method produce face grow balance observe direct user relationship benefit development growth
    leave complex effective importance discuss overall behavior question achieve complete due context normal figure
    treat close solve essential reach side factor exact continue stand nature instead concept contribute simple enjoy
    loss opportunity remain past shape local view need age recent relate limit purpose fact appear pattern term type
    possible kind element field feature culture communication technology water food energy earth history issue example
    suggest likely effect affect occur total
    think state function value unit body security sound probable primary country computer law refer ask animal data
    approach product health disease air market plant ancient lead typical program within risk tool difference decision
    model condition technique define strategy adult particular force strong light color money positive planet specific
    additional measure actual old major perspective characteristic associate output cell second family job screen
    economic accord city today perfect theory species run practice rate advice expression international test quality
    drug brain detect bit account expect range message young device eat advance option principle weight accurate care
    short table efficient identify turn member choice global spend indicate bad monitor response science influence
    suppose team self service train paper encourage volume act claim memory expert useful solution class location
    multiple establish modern heart material promote negative car famous piece link book address population consist
    political commit reaction century object harm media basic line store tree government chemical safe sleep stay
    exist paint personal release meet muscle temperature free house moral block perform star heat locate drive catch
    analysis machine end disorder character mark stage home sort ideal external item print school represent tax special
    cost regular emotion low business visit add customer gain story organization exercise deal pass original travel
    guide relative position text deep clean black distance company critical success center central financial single
    nation blood mental rest evidence flow sun big express network sentence contain rather below letter blue tend
    demand far stop price rule greater discover series historical worth similar performance determine traditional
    popular connection enable compare amount student project professional gather interaction protein movement industry
    break fight english argument demonstrate scientist music truth update everyone happy management page identity art
    answer treatment target agree display constant meal rise course game component image frequent period movie policy
    proper average size fill careful map article pair advantage helpful outcome third combine aim exchange progress
    accept respect fair aspect doctor week move divide scientific
    """.split()


STOP_CHARACTERS = frozenset(
    "的了是在和与为中下上所于其之这那个有被把将以而及或则就还也都可能会要并对从由到按某该一不哪什么谁怎样如若时里外后前等"
)
STOP_PAIRS = frozenset(
    """
    过程 进行 下列 关于 正确 错误 说法 叙述 选项 问题 回答 表示 属于 包括 主要 情况 现象 发生 部分 方法 根据 依据 叫做
    称为 多少 几个 得到 我们 你们 他们 请问
    """.split()
)

_IRREGULAR = {
    form: base
    for base, forms in {
        "buy": "bought",
        "sell": "sold",
        "eat": "ate eaten",
        "give": "gave given",
        "pay": "paid",
        "spend": "spent",
        "lose": "lost",
        "leave": "left",
        "run": "ran",
        "read": "reads",
        "write": "wrote written",
        "drive": "drove driven",
        "drink": "drank drunk",
        "build": "built",
        "begin": "began begun",
        "bring": "brought",
        "catch": "caught",
        "teach": "taught",
        "think": "thought",
        "keep": "kept",
        "sleep": "slept",
        "meet": "met",
        "win": "won",
        "grow": "grew grown",
        "throw": "threw thrown",
        "know": "knew known",
        "see": "saw seen",
        "send": "sent",
        "steal": "stole stolen",
        "break": "broke broken",
        "child": "children",
        "man": "men",
        "woman": "women",
        "foot": "feet",
        "tooth": "teeth",
        "mouse": "mice",
        "person": "people",
        "life": "lives",
        "wife": "wives",
        "knife": "knives",
        "leaf": "leaves",
        "half": "halves",
        "loaf": "loaves",
        "shelf": "shelves",
    }.items()
    for form in forms.split()
}


def terms(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the terms of a text's tokens, in their order and as often as they stand there."""
    for token, following in zip_longest(tokens, tokens[1:], fillvalue=""):
        term = pair_of(token, following) if is_character(token) else TERMS[token]
        if term:
            yield term


def term_of(word: str) -> str:
    """Return the term of one word, "" where it is none; a number's is the number in digits."""
    if word in SMALL:
        return intern(str(SMALL[word]))
    if word[0].isdecimal():
        return intern(word)
    return "" if word in STOP or len(word) == 1 or not word[0].isalpha() else intern(stem(word))


class _Terms(dict[str, str]):
    """The terms of words, each told once."""

    MOST = 1_000_000
    """Words that are remembered."""

    def __missing__(self, word: str) -> str:
        if len(self) >= self.MOST:
            self.clear()
        term = self[word] = term_of(word)
        return term


TERMS = _Terms()


def terms_in(text: str) -> frozenset[str]:
    """Return the terms of a text, which are told at once where there are no numbers in it and no
    characters.
    """
    words = quick(text)
    if any(map(is_numeric, words)) or holds_characters(text):
        return frozenset(terms(tokens(text)))
    return frozenset(map(TERMS.__getitem__, words)) - {""}


def pair_of(first: str, second: str) -> str:
    """Return two characters that stand together as a term, "" where they are none."""
    pair = first + second
    if first in STOP_CHARACTERS or second in STOP_CHARACTERS or pair in STOP_PAIRS:
        return ""
    return intern(pair) if is_character(second) else ""


_DOUBLED = frozenset("bdfgmnprt")


def stem(word: str) -> str:
    """Return a word without its English ending: `pies`, `baking`, `baked` and `bakes` as `pie` and
    `bak`.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return _bare(_singular(word))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _bare(word: str) -> str:
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _undoubled(word.removesuffix(ending))
    return word.removesuffix("e") if len(word) > 4 else word


def _undoubled(word: str) -> str:
    word = word[:-1] if word[-1] == word[-2] and word[-1] in _DOUBLED else word
    return word.removesuffix("e") if len(word) > 4 else word


COMMON = frozenset(map(stem, _COMMON))
"""Terms that texts about anything have."""


def is_common(term: str) -> bool:
    """Tell a term that no item is looked for by if it has others: one that texts about anything
    have.
    """
    return term in COMMON or (len(term) < 3 and term.isdecimal())
