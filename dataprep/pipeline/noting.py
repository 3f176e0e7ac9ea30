"""Note each example that stays in columns of numbers, for the steps that compare all examples."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from dataprep.formats.reading.fields import value_at
from dataprep.model import Example, texts
from dataprep.pipeline.job import Processed
from dataprep.pipeline.plan import Plan
from dataprep.sources import json_lines
from dataprep.sources.raw import Raw
from dataprep.steps.base import LANGUAGE, LENGTH, TOKENS, NotedNeed, names
from dataprep.steps.language import SURE
from dataprep.text.languages.examples import detect_example
from dataprep.text.languages.names import UNKNOWN
from dataprep.text.similarity.fingerprint import beside, fingerprint, length
from dataprep.text.tokens import LARGE_VOCABULARY, estimate


class Noting:
    """Notes the columns that corpus steps need: fingerprints, lengths, fields, and sketches."""

    def __init__(self, plan: Plan, done: Processed) -> None:
        self.done = done
        self.fields = plan.fields
        self.sketched = plan.sketched
        self.parts = plan.parts
        self.by_language = LANGUAGE in plan.needs
        self.by_length = LENGTH in plan.needs
        self.by_tokens = TOKENS in plan.needs
        self.placed = len(plan.splits) > 1
        done.values.update((name, []) for name in self.fields)
        done.noted.update((name, array("d")) for name in names(plan.needs, NotedNeed))

    def __enter__(self) -> Noting:
        self.sketcher = None
        if self.sketched:
            from dataprep.text.similarity.sketch import Sketcher

            self.sketcher = Sketcher(self.done.job.sketches, self.parts).__enter__()
        return self

    def __exit__(self, *reason: object) -> None:
        if self.sketcher:
            self.sketcher.__exit__(*reason)

    def note_parts(self, example: Example, parts: list[Example]) -> None:
        """Note the prompts of the parts of the next example, if it is written in parts."""
        if parts[0] is not example:
            number = len(self.done.prints)
            self.done.prompts += [(number, fingerprint(part).prompt) for part in parts]

    def note(self, raw: Raw, example: Example, notes: Mapping[str, float]) -> None:
        """Note one example, with the numbers that example steps noted."""
        self.done.prints.append(fingerprint(example, opening=self.placed))
        if self.by_length:
            self.done.lengths.append(length(example))
        for name in self.fields:
            self.done.values[name].append(_value(raw.value, name))
        for name, column in self.done.noted.items():
            column.append(notes[name])
        if self.by_language:
            self.done.languages.append(_language(example))
        if self.by_tokens:
            self.done.tokens.append(
                sum(estimate(text, LARGE_VOCABULARY) for _, text in texts(example))
            )
        if self.sketcher:
            label = 0 if example.label is None else 1 + example.label
            self.sketcher.add(*compared(example), beside(example) << 2 | label)


def compared(example: Example) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts of the prompt and of the answer, which decide near duplicates.

    For a document, both are the document. System texts and tools are left out because many examples
    share them; two examples that differ in them alone are similar, but no copies.
    """
    if example.text:
        return (example.text,), (example.text,)
    *asked, answer = example.turns
    worse = (example.rejected.text,) if example.rejected else ()
    return tuple([turn.text for turn in asked]), (answer.text, *worse)


def _language(example: Example) -> str:
    """Return the code of the main language of an example."""
    told = detect_example(example, "all", SURE)
    return told.language if told.confidence >= SURE else UNKNOWN


def _value(record: Any, path: str) -> Any:
    """Return the value of a field, by name or dotted path: a text, a number, or None."""
    value = value_at(record, path)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return json_lines.to_line(value).decode()
