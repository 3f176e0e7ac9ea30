"""Judge the quality of valid examples by rules: refusals, loops, left-over marks, broken ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dataprep.errors import DataprepError
from dataprep.model import Example
from dataprep.steps import ranking
from dataprep.steps.base import (
    Corpus,
    CorpusStep,
    FieldNeed,
    Gone,
    Need,
    NotedNeed,
    RulesStep,
    Ruling,
)

SCORE = "score"
_BEST = re.compile(r"best (\d+(?:\.\d+)?)")


class Quality(RulesStep, name="quality"):
    """Drop or tag examples that refuse, echo, repeat themselves, break off, or have left-over marks
    and empty slots.

    action: drop takes out what breaks a rule; tag keeps it, and tells it in tags.jsonl.
    keep: of what breaks no rule the best by their score: best 0.8 is a share, best 5000 a number;
        by a score of yours {field: NAME, at_least: 4} or {field: NAME, best: 0.8}.
    shortest: characters of an answer at least; 0 is no limit, here and in the next five.
    longest: characters of an answer at most.
    fewest_words: words of an answer at least; in scripts without spaces each character is one.
    most_words: words of an answer at most. Web pages are taken from 50 to 100,000 words (Gopher).
    fewest_tokens: tokens of an example at least.
    most_tokens: tokens of an example at most.
    tokenizer: a model's folder, whose tokenizer.json counts the tokens; else they are estimated,
        within about a third.
    markers: chat templates' marks and stop tokens in a text, `<|im_end|>`, `[INST]`, `###
        Response:`; not in code.
    failed_calls: answers that are an interface's error or a word for nothing: `Rate limit reached`,
        服务器繁忙, `null`.
    empty_slots: prompts that lack their text or picture: `<noinput>`, `N/A`, 如图所示; answers that
        say so.
    refusals: answers that open with "I cannot help with", 抱歉，我无法; where there are no tools,
        pairs or labels.
    disclaimers: answers that open with "As an AI language model, I do not",
        作为一个AI语言模型，我没有.
    only_links: answers of nothing but links, where the prompt asks for none.
    open_fences: code blocks that nothing closes.
    broken_off: answers that stop in mid-sentence.
    equal_pairs: pairs whose answers differ in space and in the mark at the end alone.
    contradictions: pairs and labels that say the opposite of another about the same prompt; both
        leave.
    echoes: share of an answer that is the whole prompt over again, at its beginning, at most; 1 is
        no limit.
    letters: share of letters among the characters of an answer, at least; of this and the next
        three see 50 or more.
    digits: share of digits among the characters of an answer, at most.
    symbols: share of punctuation and signs among the characters of an answer, at most.
    capitals: share of capitals among the letters of an answer, at most.
    repeated_lines: share of an answer's characters in lines that stood before, at most. Web pages
        have 0.2 (Gopher).
    repeated_phrases: share of an answer's words in phrases of 5 words, or of 10 characters without
        spaces, that stood before, at most. Web pages have some 0.15 (Gopher).
    score: least score, of 1 for an example far from every limit, 1/2 for one that breaks a rule,
        1/3 for two.
    """

    action: Literal["drop", "tag"] = "drop"
    keep: str | dict[str, str | float] = ""
    shortest: int = 1
    longest: int = 0
    fewest_words: int = 0
    most_words: int = 0
    fewest_tokens: int = 0
    most_tokens: int = 0
    tokenizer: str = ""
    markers: bool = True
    failed_calls: bool = True
    empty_slots: bool = True
    refusals: bool = True
    disclaimers: bool = False
    only_links: bool = True
    open_fences: bool = True
    broken_off: bool = True
    equal_pairs: bool = True
    contradictions: bool = False
    echoes: float = 0.3
    letters: float = 0.02
    digits: float = 0.7
    symbols: float = 0.8
    capitals: float = 0.8
    repeated_lines: float = 0.6
    repeated_phrases: float = 0.7
    score: float = 0.0

    def __post_init__(self) -> None:
        limits = limits_among(vars(self))
        from dataprep.steps.quality.rules import (
            QualityJudge,
        )  # its patterns take a while to compile

        if self.contradictions and self.action == "tag":
            raise DataprepError(
                "contradictions are dropped or told in the report, not tagged; leave one of both "
                "out"
            )
        kept = _kept(self.keep)
        self._after = (*([Opposed()] if self.contradictions else ()), *([kept] if kept else ()))
        notes_score = kept is not None and not kept.field
        self.judge = QualityJudge(limits, self.action, self.tokenizer, notes_score=notes_score)

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that the example breaks; the first alone where it is dropped."""
        return self.judge.rulings(example)

    @property
    def corpus_steps(self) -> Sequence[CorpusStep]:
        """Return the steps that drop contradictions and keep the best examples, if asked for."""
        return self._after


def limits_among(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits of the rules among the options."""
    others = ("action", "keep", "tokenizer", "contradictions")
    return {name: limit for name, limit in options.items() if name not in others}


def _kept(keep: str | Mapping[str, Any]) -> Kept | None:
    """Return the step that the option `keep` asks for, None for an empty one."""
    if not keep:
        return None
    if isinstance(keep, str):
        match = _BEST.fullmatch(keep)
        if match and ranking.is_amount(best := float(match[1])):
            return Kept(best=best)
    else:
        match dict(keep):
            case {"field": str(field), "at_least": int() | float() as bound, **rest} if not rest:
                return Kept(field=field, at_least=bound)
            case {"field": str(field), "best": int() | float() as best, **rest} if (
                not rest and ranking.is_amount(best)
            ):
                return Kept(field=field, best=best)
    raise DataprepError(
        f"keep is {keep!r}, expected best 0.8, best 5000, or {{field: NAME, at_least: 4}}"
    )


class Opposed(CorpusStep):
    """Drops all examples that contradict another, for it is not known which of them is right."""

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone]:
        """Return the staying examples that leave."""
        from dataprep.steps.quality.verdicts import opposed

        found = {number: corpus.verdicts[number] for number in staying if number in corpus.verdicts}
        return {
            number: Gone(found[number].contradiction, opposes=other)
            for number, other in opposed(found).items()
        }


class Kept(CorpusStep):
    """Keeps the best of all examples, by a field of the raw records or else by the rules' score.

    `best` is a share below 1 or a number of examples; 0 keeps the examples with at least
    `at_least`.
    """

    field: str = ""
    best: float = 0.0
    at_least: float = 0.0

    @property
    def needs(self) -> frozenset[Need]:
        """Return the column of the scores."""
        return frozenset([FieldNeed(self.field) if self.field else NotedNeed(SCORE)])

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> dict[int, Gone]:
        """Return the staying examples that leave."""
        values = corpus.values[self.field] if self.field else corpus.noted[SCORE]
        scores = {example: ranking.number_of(values[example]) for example in staying}
        if self.field and all(score is None for score in scores.values()):
            raise DataprepError(
                f"quality: no record has a number in '{self.field}', by which to keep"
            )
        if not self.best:
            reason = f"{self.field} below {self.at_least:g}"
            return {
                example: Gone(reason, found=self._found(score))
                for example, score in scores.items()
                if score is None or score < self.at_least
            }
        kept = set(ranking.best(scores, corpus.prints, self.best))
        left = [example for example in staying if example not in kept]
        return {
            example: Gone("not among the best", found=self._found(scores[example]))
            for example in left
        }

    def _found(self, score: float | None) -> str:
        return f"{self.field or SCORE} is {'missing' if score is None else f'{score:.4g}'}"
