"""Judge by rules what is no good example though it is a good record: refusals, loops, left-over marks, broken ends."""

from __future__ import annotations

from typing import Literal

from dataprep.steps import Judges

OVER = "examples"


def quality(
    *,
    action: Literal["drop", "tag"] = "drop",
    shortest: int = 1,
    longest: int = 0,
    fewest_words: int = 0,
    most_words: int = 0,
    fewest_tokens: int = 0,
    most_tokens: int = 0,
    tokenizer: str = "",
    markers: bool = True,
    failed_calls: bool = True,
    empty_slots: bool = True,
    refusals: bool = True,
    disclaimers: bool = False,
    only_links: bool = True,
    open_fences: bool = True,
    broken_off: bool = True,
    equal_pairs: bool = True,
    echoes: float = 0.3,
    letters: float = 0.02,
    digits: float = 0.7,
    symbols: float = 0.8,
    capitals: float = 0.8,
    repeated_lines: float = 0.6,
    repeated_phrases: float = 0.7,
    score: float = 0.0,
) -> Judges:
    """Drop or tag examples that refuse, echo, repeat themselves, break off, or have left-over marks and empty slots.

    action: drop takes out what breaks a rule; tag keeps it, and tells it in tags.jsonl.
    shortest: characters of an answer at least; 0 is no limit, here and in the next five.
    longest: characters of an answer at most.
    fewest_words: words of an answer at least; in scripts without spaces each character is one.
    most_words: words of an answer at most. Web pages are taken from 50 to 100,000 words (Gopher).
    fewest_tokens: tokens of an example at least.
    most_tokens: tokens of an example at most.
    tokenizer: a model's folder, whose tokenizer.json counts the tokens; else they are estimated, within about a third.
    markers: chat templates' marks and stop tokens in a text, `<|im_end|>`, `[INST]`, `### Response:`; not in code.
    failed_calls: answers that are an interface's error or a word for nothing: `Rate limit reached`, 服务器繁忙, `null`.
    empty_slots: prompts that lack their text or picture: `<noinput>`, `N/A`, 如图所示; answers that say so.
    refusals: answers that open with "I cannot help with", 抱歉，我无法; where there are no tools, pairs or labels.
    disclaimers: answers that open with "As an AI language model, I do not", 作为一个AI语言模型，我没有.
    only_links: answers of nothing but links, where the prompt asks for none.
    open_fences: code blocks that nothing closes.
    broken_off: answers that stop in mid-sentence.
    equal_pairs: pairs whose answers differ in space and in the mark at the end alone.
    echoes: share of an answer that is the whole prompt over again, at its beginning, at most; 1 is no limit.
    letters: share of letters among the characters of an answer, at least; of this and the next three see 50 or more.
    digits: share of digits among the characters of an answer, at most.
    symbols: share of punctuation and signs among the characters of an answer, at most.
    capitals: share of capitals among the letters of an answer, at most.
    repeated_lines: share of an answer's characters in lines that stood before, at most. Web pages have 0.2 (Gopher).
    repeated_phrases: share of an answer's words in phrases of 5 words, or of 10 characters without spaces, that stood
        before, at most. Web pages have some 0.15 (Gopher).
    score: least score, of 1 for an example far from every limit, 1/2 for one that breaks a rule, 1/3 for two.
    """
    limits = {name: limit for name, limit in locals().items() if name not in ("action", "tokenizer")}
    from dataprep.quality.rules import judges  # its patterns take a while to compile

    return judges(limits, action, tokenizer)
