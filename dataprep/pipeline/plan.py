"""The plan of a run: inputs, steps, and output."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataprep import formats, steps
from dataprep.errors import DataprepError
from dataprep.pipeline import plugins
from dataprep.sources.outputs import split_file
from dataprep.sources.source import Source, sources_of
from dataprep.steps import Options
from dataprep.steps.base import CorpusStep, ExampleStep, FieldNeed, Need, SketchNeed, Step, names
from dataprep.steps.split import Split

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.text.similarity.sketch import Part


@dataclass(frozen=True)
class Plan:
    """All that decides the output: inputs, repairs, steps, split, and format.

    Each step is built once, when it is first asked for.
    """

    sources: tuple[Source, ...]
    format: str
    steps: tuple[tuple[str | Step, Options], ...] = ()
    """Each step by its name and options, or a step object of the caller's with none."""
    split: Options = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    """The files of the user's own steps and formats."""
    sketches: bool = False
    """Whether to sketch all examples, even if no step needs it."""
    ranks: Mapping[str, int] = field(default_factory=dict)
    """The position of each input, by path, in the order in which the inputs were listed."""

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

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: a worker builds its own steps."""
        return {one.name: vars(self)[one.name] for one in fields(self)}

    @cached_property
    def built(self) -> tuple[Step, ...]:
        """The steps, in order; raises `DataprepError` for an option that a step does not take."""
        if self.plugins:
            plugins.load(self.plugins)
        return tuple(
            step if isinstance(step, Step) else steps.build(step, options)
            for step, options in self.steps
        )

    @cached_property
    def placing(self) -> Split:
        """The step that splits the examples that stay."""
        made: Split = steps.build("split", self.split)
        return made

    def given(self, built: Iterable[Step], placing: Split) -> Plan:
        """Take over the steps and the split, which are built already."""
        vars(self).update(built=tuple(built), placing=placing)
        return self

    @property
    def example_steps(self) -> list[ExampleStep]:
        """Return the steps that judge examples one by one, in order."""
        return [step for step in self.built if isinstance(step, ExampleStep)]

    @property
    def corpus_steps(self) -> list[CorpusStep]:
        """Return the steps that decide over all examples, in order."""
        return [after for step in self.built for after in step.corpus_steps]

    @cached_property
    def needs(self) -> frozenset[Need]:
        """The columns that the steps need of each example."""
        return self.placing.needs.union(*(step.needs for step in self.corpus_steps))

    @property
    def compares(self) -> bool:
        """Return whether examples are compared with each other or placed in splits."""
        return self.sketches or bool(self.split) or bool(self.corpus_steps)

    @property
    def sketched(self) -> bool:
        """Return whether texts are sketched for finding near duplicates."""
        return self.sketches or any(isinstance(need, SketchNeed) for need in self.needs)

    @property
    def parts(self) -> list[Part]:
        """Return the parts of the examples whose bands are sketched, sorted."""
        parts = {need.part for need in self.needs if isinstance(need, SketchNeed)}
        return sorted(part for part in parts if part)

    @property
    def fields(self) -> list[str]:
        """Return the fields of the raw records that steps need, sorted."""
        return names(self.needs, FieldNeed)

    @property
    def beside(self) -> list[str]:
        """Return the files other than inputs that decide the output: plugins and steps' files;
        sorted.
        """
        return sorted({file for step in self.built for file in step.files}.union(self.plugins))

    @property
    def _named(self) -> set[str]:
        """Return the formats that the inputs are declared to have."""
        return {source.format for source in self.sources if source.format}

    @cached_property
    def known(self) -> tuple[Source, ...]:
        """The files of other sets, with which examples are compared."""
        paths = {path for step in self.corpus_steps for path in step.known}
        return sources_of(sorted(paths)) if paths else ()

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits: train, and val, test, or the folds if asked for."""
        return self.placing.names

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Return for each split the files of its rows."""
        if not self.placing.folds:
            return {name: [split_file(name)] for name in self.splits}
        return {
            name: [f"{fold}/{'test' if fold == name else 'train'}.jsonl" for fold in self.splits]
            for name in self.splits
        }
