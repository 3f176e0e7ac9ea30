"""The types of steps, and the columns that a corpus step sees of all examples."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    NamedTuple,
    dataclass_transform,
    get_type_hints,
)

from dataprep.errors import DataprepError
from dataprep.executor import Executor, LocalExecutor
from dataprep.model import Drop, Example, Note, Tag
from dataprep.text.similarity.fingerprint import Fingerprint

if TYPE_CHECKING:  # numpy takes a while to load
    from dataprep.steps.quality.verdicts import Verdict
    from dataprep.text.similarity.sketch import Part, Sketches

Result = Example | Drop | Tag | Note
"""An example step returns the example itself, a changed one, or a `Drop`, `Tag`, or `Note`."""
STEPS: Final[dict[str, type[Step]]] = {}
"""Every step by the name that a recipe gives it."""


class Ruling(NamedTuple):
    """A rule that applied to an example, and the result.

    The rule's name counts the change of an example; a `Drop` or a `Tag` has a reason of its own.
    """

    rule: str
    result: Result


# ------------------------------------------------------------------------- what corpus steps need


class Fact(Enum):
    """A column that the pipeline computes from the example itself."""

    LENGTH = "length"  # characters of all texts
    LANGUAGE = "language"  # code of the main language
    TOKENS = "tokens"  # estimated number of tokens


LENGTH, LANGUAGE, TOKENS = Fact.LENGTH, Fact.LANGUAGE, Fact.TOKENS


@dataclass(frozen=True)
class FieldNeed:
    """The values of a field of the raw records, by its name or dotted path."""

    name: str


@dataclass(frozen=True)
class NotedNeed:
    """The numbers that an example step noted under a name."""

    name: str


@dataclass(frozen=True)
class SketchNeed:
    """Sketches of the texts, for near duplicates; with a part, also the bands of that part."""

    part: Part | None = None


Need = Fact | FieldNeed | NotedNeed | SketchNeed


def names(needs: Iterable[Need], kind: type[FieldNeed | NotedNeed]) -> list[str]:
    """Return the names of the needs of one kind, sorted."""
    return sorted(need.name for need in needs if isinstance(need, kind))


# ------------------------------------------------------------------------------------------- steps


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field,))
@dataclass(kw_only=True, eq=False, repr=False)
class Step:
    """A step of a recipe.

    A subclass is a dataclass: its fields are the recipe's options, which are checked against their
    types, and its docstring is the help, with a paragraph `option: words` for each. `__post_init__`
    checks the values and raises `DataprepError`. The keyword `name` registers the class under its
    name in recipes: `class Clean(ExampleStep, name="clean")`. Without it, an object of the class is
    given to `dataprep.convert(steps=[...])`, and reports show the name of the class.
    """

    name: ClassVar[str] = ""
    secret: ClassVar[bool] = False
    """Whether the step finds what no report may show; its examples give no samples."""

    def __init_subclass__(cls, *, name: str = "") -> None:
        super().__init_subclass__()
        dataclass(kw_only=True, eq=False, repr=False)(cls)
        if name in STEPS:
            raise DataprepError(f"'{name}' is the name of another step")
        if name:
            cls.name = name
            STEPS[name] = cls
        elif "name" not in vars(cls):
            cls.name = cls.__name__

    @property
    def files(self) -> Sequence[str]:
        """Return the files that the step reads in addition to the inputs."""
        return ()

    @property
    def packages(self) -> Sequence[str]:
        """Return the packages whose version may change the result."""
        return ()

    @property
    def compared(self) -> Mapping[str, int]:
        """Return the sets that examples are compared with, and the number of items in each."""
        return {}

    @property
    def corpus_steps(self) -> Sequence[CorpusStep]:
        """Return the decisions over all examples that belong to the step."""
        return ()

    @classmethod
    def reads_files(cls) -> bool:
        """Return whether the step may read files in addition to the inputs."""
        return cls.files is not Step.files

    @classmethod
    def parameters(cls) -> Mapping[str, inspect.Parameter]:
        """Return the options, with their types and defaults."""
        hints = get_type_hints(cls)
        return {
            one.name: inspect.Parameter(
                one.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_default(one),
                annotation=hints[one.name],
            )
            for one in fields(cls)
            if one.init
        }


def _default(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return inspect.Parameter.empty if one.default is MISSING else one.default


class ExampleStep(Step, ABC):
    """A step that judges each example alone: it keeps, changes, drops, or tags it.

    A step of one rule defines `__call__`; a step of several rules defines `rulings` as well.
    """

    batch_size: ClassVar[int] = 1
    """The number of examples that `rulings_of_batch` receives at a time."""

    @abstractmethod
    def __call__(self, example: Example) -> Result:
        """Return the same object to keep the example, a changed example, a `Drop`, a `Tag`, or a
        `Note`.
        """

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that applied, in order; none where the example stays as it is.

        Each rule sees the example that the rule before it returned, and a `Drop` is the last.
        """
        result = self(example)
        return () if result is example else (Ruling(self.name, result),)

    def rulings_of_batch(self, examples: Sequence[Example]) -> Iterable[Sequence[Ruling]]:
        """Return the rulings on each of several examples; override it if a batch is faster."""
        return map(self.rulings, examples)

    def start(self) -> None:
        """Build what is slow to build; called in each worker before its first example.

        Where workers are forked, it is called once before, and they share the memory.
        """


class RulesStep(ExampleStep):
    """An example step of several rules, each counted under its own name."""

    @abstractmethod
    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rules that applied, in order; none where the example stays as it is."""

    def __call__(self, example: Example) -> Result:
        """Return the result of the last rule that applied."""
        rulings = self.rulings(example)
        return rulings[-1].result if rulings else example


class CorpusStep(Step, ABC):
    """A step that decides over all examples together, by columns of numbers."""

    @property
    def needs(self) -> frozenset[Need]:
        """Return the columns that the step reads in addition to the fingerprints."""
        return frozenset()

    @property
    def known(self) -> Sequence[str]:
        """Return the files of other sets; their examples come first in the corpus."""
        return ()

    @property
    def corpus_steps(self) -> Sequence[CorpusStep]:
        """Return the step itself."""
        return (self,)

    @abstractmethod
    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> Mapping[int, Gone | Again]:
        """Return a decision for each staying example that leaves or is written several times."""


class OutputStep(Step, ABC):
    """A step that places the examples that stay; a recipe names its options under `output`."""

    @property
    def needs(self) -> frozenset[Need]:
        """Return the columns that the step reads in addition to the fingerprints."""
        return frozenset()

    @abstractmethod
    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> Places:
        """Return the split of each staying example."""


# ------------------------------------------------------------------------ columns in, decisions out


@dataclass(frozen=True)
class Corpus:
    """Columns over all examples, in order; the first `known` are of other sets.

    `prints` holds the fingerprints, and `ranks` the position of each example's file in `files`, the
    inputs as listed. `values`, `lengths`, `languages`, `tokens`, `noted` and `sketches` are there
    only if a step needs them. `parts` holds the number of each example that is written in parts,
    with the hash of each part's prompt. `verdicts` holds the votes of pairs and labels, by number.
    `executor` runs work in parallel.
    """

    prints: Sequence[Fingerprint]
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    lengths: Sequence[int] = ()
    ranks: Sequence[int] = ()
    files: Sequence[str] = ()
    sketches: Sketches | None = None
    known: int = 0
    parts: Sequence[tuple[int, bytes]] = ()
    executor: Executor = field(default_factory=LocalExecutor)
    languages: Sequence[str] = ()
    tokens: Sequence[int] = ()
    noted: Mapping[str, Sequence[float]] = field(default_factory=dict)
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)


class Gone(NamedTuple):
    """An example leaves: the reason, and what was found in the example.

    A duplicate has the number of the example that it repeats, and their similarity, 0 to 1.
    `opposes` is the number of an example that it contradicts.
    """

    reason: str
    repeats: int = -1
    similarity: float = 1.0
    found: str = ""
    opposes: int = -1


class Again(NamedTuple):
    """An example is written for training so many times."""

    times: int


def source_among(path: str, names: Iterable[str]) -> str:
    """Return the first name that matches a file: the path, the file's name with or without
    suffixes, or a pattern of these; "" if none does.
    """
    names = list(names)
    if path in names:
        return path
    file = PurePath(path)
    known = (path, file.name, file.name.partition(".")[0])
    return next((name for name in names if any(fnmatchcase(one, name) for one in known)), "")


class Joined(NamedTuple):
    """The clusters of several prompts that a split kept together: how many, the number of examples
    in them, and the size of the largest.
    """

    clusters: int = 0
    examples: int = 0
    largest: int = 0


class Places(NamedTuple):
    """The split of each staying example, and the clusters that were joined."""

    splits: list[str]
    joined: Joined
