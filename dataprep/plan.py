"""What a run is to do: its inputs, its steps and the shape of its output."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dataprep import containers, formats, steps
from dataprep.containers.encodings import AUTO
from dataprep.corpus import CorpusStep
from dataprep.errors import DataprepError
from dataprep.steps import Options
from dataprep.steps.split import Split

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.near.sketch import Part

COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
    "messages": "conversations",
    "chosen": "chosen",
    "rejected": "rejected",
    "kto_tag": "kto_tag",
    "tools": "tools",
    "images": "images",
    "videos": "videos",
    "audios": "audios",
    "text": "text",
}
"""LLaMA-Factory's names for the columns of a file, `text` for documents, and the fields that they fill."""

Columns = Mapping[str, str | list[str]]
"""Which field holds what: a field's name, a dotted path to it, or several of these whose texts are joined."""


def are_enough(columns: Columns) -> bool:
    """Tell whether these columns make an example: a question and an answer, messages, a pair, or a document."""
    return any(
        need <= columns.keys() for need in ({"prompt", "response"}, {"messages"}, {"chosen", "rejected"}, {"text"})
    )


def columns_format(columns: Columns) -> str:
    """Return the format of the records that these columns make."""
    if "text" in columns:
        return "text"
    if "chosen" in columns or "rejected" in columns:
        return "preference" if "messages" in columns else "chosen-rejected"
    if "kto_tag" in columns:
        return "kto" if "messages" in columns else "labelled"
    return "sharegpt" if "messages" in columns else "alpaca"


def columns_read(columns: Columns) -> set[str]:
    """Return the fields of a record that these columns may take something from."""
    named = [path for value in columns.values() for path in ([value] if isinstance(value, str) else value)]
    return {*named, *(path.split(".")[0] for path in named)}


NOTHING: Mapping[str, Any] = {}
STDIN = "-"


class Source(NamedTuple):
    """One input file and how to read it; no format means that each record's is told by its looks.

    What came by standard input has the path "-" and stands in the file `spool`. `schema` is the text of a JSON
    Schema of the user's that every record must meet.
    """

    path: str
    format: str | None = None
    encoding: str = AUTO
    columns: Columns = NOTHING
    options: containers.Options = NOTHING
    spool: str = ""
    schema: str = ""

    @property
    def file(self) -> str:
        """Return the path of the file to open."""
        return self.spool or self.path


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
        object.__setattr__(self, "ranks", {source.path: place for place, source in enumerate(self.sources)})
        object.__setattr__(self, "sources", tuple(sorted(self.sources, key=lambda source: source.path)))
        places = Counter(os.path.realpath(source.path) for source in self.sources)
        for source in self.sources:
            if places[os.path.realpath(source.path)] > 1:
                raise DataprepError(f"{source.path}: is an input twice")

    @property
    def beside(self) -> list[str]:
        """Return the files that decide what comes out beside the inputs: plugins, and what steps read; sorted."""
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
        return sorted({*self.placing.fields, *(name for step in self.corpus_steps for name in step.fields)})

    @cached_property
    def known(self) -> tuple[Source, ...]:
        """Return the files of other sets with which examples are compared."""
        named = {path for name, options in self.steps if name == "dedupe" for path in options.get("against", ())}
        return sources_of(sorted(named)) if named else ()

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits: train, with val and test where they are asked for, or the folds."""
        return self.placing.names

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Return for each split the files that its rows are written to."""
        if not self.placing.folds:
            return {name: [f"{name}.jsonl"] for name in self.splits}
        return {
            name: [f"{fold}/{'test' if fold == name else 'train'}.jsonl" for fold in self.splits]
            for name in self.splits
        }


def expand(pattern: str) -> list[str]:
    """Return the files that a path, a folder, a zip or a glob names; raises `DataprepError` where it names none."""
    paths = sorted(glob(pattern, recursive=True)) if any(sign in pattern for sign in "*?[") else [pattern]
    if not paths and Path(pattern).exists():
        paths = [pattern]
    if not paths:
        raise DataprepError(f"{pattern}: no file has such a name")
    return [file for path in paths for file in containers.files(path)]


def sources_of(
    patterns: Iterable[str],
    form: str | None = None,
    encoding: str = AUTO,
    columns: Columns = NOTHING,
    options: containers.Options = NOTHING,
    spool: str = "",
) -> tuple[Source, ...]:
    """Return the files that the patterns name, each once; raises `DataprepError` for one that cannot be opened.

    The pattern "-" stands for the file `spool`. An option is for those files whose container has it.
    """
    if form and columns:
        raise DataprepError("say the format or the columns, not both: columns make a shape of their own")
    encoding = containers.encoding_of(encoding)
    found = sorted({path for pattern in patterns for path in ([pattern] if pattern == STDIN else expand(pattern))})
    paths = list({os.path.realpath(path): path for path in found}.values())
    sources = [Source(path, form, encoding, columns, options, spool if path == STDIN else "") for path in paths]
    if options:
        sources = [source._replace(options=own) for source, own in zip(sources, _own(sources, options), strict=True)]
    for source in sources:
        containers.check_input(source.file, encoding, source.options)
    return tuple(sources)


def _own(sources: list[Source], options: containers.Options) -> list[containers.Options]:
    """Return for each source those of the options that its container has; all of them where one is nobody's."""
    known = [containers.options_of(source.file) for source in sources]
    if not options.keys() <= {name for names in known for name in names}:
        return [options for _ in sources]  # so that opening the first says what there is instead
    return [{name: options[name] for name in options if name in names} for names in known]
