"""What a run is to do: its inputs, its steps and the shape of its output."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from dataprep import formats, steps
from dataprep.errors import DataprepError
from dataprep.sources.outputs import split_file
from dataprep.sources.source import Source, sources_of
from dataprep.steps import Options
from dataprep.steps.base import CorpusStep
from dataprep.steps.split import Split

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.text.similarity.sketch import Part


@dataclass(frozen=True)
class Plan:
    """All that decides what comes out: the inputs, the repairs and steps, and the output's shape."""

    sources: tuple[Source, ...]
    format: str
    steps: tuple[tuple[str, Options], ...] = ()
    split: Options = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    """The files of steps and formats that are the user's own."""
    sketches: bool = False
    """Whether examples are compared for being nearly the same, whatever the steps are."""
    ranks: Mapping[str, int] = field(default_factory=dict)
    """The place of each input, by its path, in the order in which they were listed."""

    def __post_init__(self) -> None:
        formats.written(self.format)
        own = {formats.OWN[name] for name in (self.format, *self._named) if name in formats.OWN}
        object.__setattr__(self, "plugins", (*self.plugins, *sorted(own.difference(self.plugins))))
        object.__setattr__(
            self, "ranks", {source.path: place for place, source in enumerate(self.sources)}
        )
        object.__setattr__(
            self, "sources", tuple(sorted(self.sources, key=lambda source: source.path))
        )
        places = Counter(os.path.realpath(source.path) for source in self.sources)
        for source in self.sources:
            if places[os.path.realpath(source.path)] > 1:
                raise DataprepError(f"{source.path}: is an input twice")

    @property
    def beside(self) -> list[str]:
        """Return the files that decide what comes out beside the inputs: plugins, and what steps
        read; sorted.
        """
        files = {file for name, options in self.steps for file in steps.files_of(name, options)}
        return sorted(files.union(self.plugins))

    @property
    def _named(self) -> set[str]:
        """Return the formats that the inputs are said to have."""
        return {source.format for source in self.sources if source.format}

    @property
    def compares(self) -> bool:
        """Tell whether examples must be compared with each other, or placed by what they say."""
        return self.sketches or bool(self.split) or bool(self.corpus_steps)

    @property
    def sketched(self) -> bool:
        """Tell whether examples are compared for being nearly the same."""
        return self.sketches or bool(self.parts) or self.placing.compares

    @property
    def placing(self) -> Split:
        """Return what decides which split an example goes to."""
        made: Split = steps.build("split", self.split)
        return made

    @property
    def corpus_steps(self) -> list[CorpusStep]:
        """Return the steps over the whole corpus, in their order."""
        return [step for name, options in self.steps for step in steps.over_all(name, options)]

    @property
    def by_language(self) -> bool:
        """Tell whether the language of each example is noted."""
        return self.placing.by_language or any(step.by_language for step in self.corpus_steps)

    @property
    def by_length(self) -> bool:
        """Tell whether the length of each example is to be noted."""
        return any(step.by_length for step in self.corpus_steps)

    @property
    def by_tokens(self) -> bool:
        """Tell whether it is noted about how many tokens each example has."""
        return any(step.by_tokens for step in self.corpus_steps)

    @property
    def noted(self) -> list[str]:
        """Return the names of the numbers that judges note for the steps over the whole corpus."""
        return sorted({name for step in self.corpus_steps for name in step.noted})

    @property
    def parts(self) -> frozenset[Part]:
        """Return the parts of the examples that are sketched for being compared."""
        return frozenset(part for step in self.corpus_steps for part in step.parts)

    @property
    def fields(self) -> list[str]:
        """Return the fields of the raw records whose values are noted."""
        return sorted(
            {*self.placing.fields, *(name for step in self.corpus_steps for name in step.fields)}
        )

    @cached_property
    def known(self) -> tuple[Source, ...]:
        """Return the files of other sets with which examples are compared."""
        named = {
            path
            for name, options in self.steps
            if name == "dedupe"
            for path in options.get("against", ())
        }
        return sources_of(sorted(named)) if named else ()

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits: train, with val and test where they are asked for, or the
        folds.
        """
        return self.placing.names

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Return for each split the files that its rows are written to."""
        if not self.placing.folds:
            return {name: [split_file(name)] for name in self.splits}
        return {
            name: [f"{fold}/{'test' if fold == name else 'train'}.jsonl" for fold in self.splits]
            for name in self.splits
        }
