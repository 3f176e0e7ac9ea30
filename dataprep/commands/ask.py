"""Ask a base model and its tuned model the same questions; needs the [train] extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import DataprepError
from dataprep.recipe import Recipe

QUESTIONS = (
    "Who are you?",
    "What is your name?",
    "Who made you?",
    "What does dataprep do?",
    "What happens to bad records?",
)
ANSWER_TOKENS = 80


class Answers(NamedTuple):
    """One question and what the two models say to it."""

    question: str
    base: str
    tuned: str

    def __str__(self) -> str:
        return (
            f"{self.question}\n  base   {_indented(self.base)}\n  tuned  {_indented(self.tuned)}\n"
        )


def ask(recipe: Recipe, questions: Sequence[str] = ()) -> Iterator[Answers]:
    """Yield the answers of the recipe's base model and of its exported model, decoded greedily, so
    the same each time.

    Raises `DataprepError` where nothing was exported yet.
    """
    if not Path(recipe.merged, "config.json").is_file():
        raise DataprepError(
            f"{recipe.merged}: no exported model; make it by: make export RECIPE={recipe.name}"
        )
    questions = questions or QUESTIONS
    base = str(recipe.train["model_name_or_path"])
    yield from map(
        Answers,
        questions,
        list(_answers(base, recipe, questions)),
        _answers(recipe.merged, recipe, questions),
    )


def _answers(model: str, recipe: Recipe, questions: Iterable[str]) -> Iterator[str]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    trust = recipe.train.get("trust_remote_code", False)
    tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=trust)
    if not tokenizer.chat_template:  # a base model has none: it is asked as the tuned one is
        tokenizer.chat_template = AutoTokenizer.from_pretrained(recipe.merged).chat_template
    network = AutoModelForCausalLM.from_pretrained(
        model, device_map="auto", dtype="auto", trust_remote_code=trust
    )
    for question in questions:
        yield _answer(network, tokenizer, question)


def _answer(network: Any, tokenizer: Any, question: str) -> str:
    messages = [{"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    prompt = prompt.to(network.device)
    output = network.generate(
        **prompt, max_new_tokens=ANSWER_TOKENS, do_sample=False, pad_token_id=tokenizer.pad_token_id
    )
    return str(
        tokenizer.decode(output[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
    ).strip()


def _indented(text: str) -> str:
    return text.replace("\n", "\n         ")
