"""A step of the user's own: a class, or a function that has the file's name and returns judges."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, cast

from dataprep import steps
from dataprep.errors import DataprepError, RecordError
from dataprep.model import Drop, Example
from dataprep.pipeline.plugins.code import called, kind_of
from dataprep.steps.base import (
    Again,
    Corpus,
    CorpusStep,
    ExampleStep,
    Gone,
    Need,
    Result,
    RulesStep,
    Ruling,
    Step,
)

Judge = Callable[[Example], Result]


def step_class(module: ModuleType, name: str, path: str) -> type[Step]:
    """Return the step class in a user's file; its steps raise errors with the line of the file.

    Raises `DataprepError` if the file has no step, or a step with options that no recipe can hold.
    """
    own = _function_class(module, name, path) if callable(vars(module).get(name)) else None
    own = own or _only_class(module, name, path)
    _check_options(own.parameters(), name, path)
    own.name = name
    base = _OwnCorpusStep if issubclass(own, CorpusStep) else _OwnExampleStep
    return _subclass(base, own=own, path=path, name=name, __doc__=own.__doc__)


def _only_class(module: ModuleType, name: str, path: str) -> type[Step]:
    classes = [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, (ExampleStep, CorpusStep))
        and one.__module__ == module.__name__
        and not one.__name__.startswith("_")
    ]
    if not classes:
        raise DataprepError(
            f"{path}: has no function '{name}', as a step has, which is called as its file, no "
            f"class that is an ExampleStep or a CorpusStep, nor 'read', as a format has"
        )
    if len(classes) > 1:
        names = ", ".join(one.__name__ for one in classes)
        raise DataprepError(f"{path}: has several steps, {names}; put each in a file of its own")
    return classes[0]


def _function_class(module: ModuleType, name: str, path: str) -> type[Step]:
    function = vars(module)[name]
    files = vars(module).get("files", lambda **_: [])
    return _subclass(
        _FunctionStep,
        function=staticmethod(function),
        files_of=staticmethod(files),
        path=path,
        name=name,
        __doc__=function.__doc__,
    )


def _subclass(base: type[Step], **members: Any) -> type[Step]:
    """Return a subclass that keeps the base's `__init__`, which takes any options."""
    return cast(type[Step], type(base.__name__, (base,), {**members, "__init__": base.__init__}))


def _check_options(options: Mapping[str, inspect.Parameter], name: str, path: str) -> None:
    for option, parameter in options.items():
        if parameter.kind != parameter.KEYWORD_ONLY or parameter.annotation is parameter.empty:
            raise DataprepError(
                f"{path}: options stand behind a star and have a type: {name}(*, {option}: int = 1)"
            )
        if not steps.is_type(kind := parameter.annotation):
            raise DataprepError(
                f"{path}: '{option}' is {kind.__name__ if isinstance(kind, type) else kind}, "
                f"expected bool, int, float, str, or lists or dicts of these"
            )


class _FunctionStep(RulesStep):
    """A step made of a function: its keyword arguments are the options, and it returns a judge of
    examples, or several by the names of their rules.
    """

    function: ClassVar[Callable[..., Any]]
    files_of: ClassVar[Callable[..., Iterable[str]]]
    path: ClassVar[str]

    def __init__(self, **options: Any) -> None:
        made = self.function(**options)
        self._judges: Mapping[str, Judge] = made if isinstance(made, Mapping) else {self.name: made}
        for judge in self._judges.values():
            if not callable(judge):
                raise DataprepError(
                    f"{self.path}: gives {kind_of(judge)}, expected a function of an example"
                )
        self._files = list(self.files_of(**options))

    @property
    def files(self) -> Sequence[str]:
        """Return the files that the function `files` names."""
        return self._files

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the results of the judges, in order."""
        found: list[Ruling] = []
        for rule, judge in self._judges.items():
            try:
                result = judge(example)
            except RecordError as error:  # raised by an example that cannot be
                result = Drop(error.reason, error.found)
            if result is not example:
                found.append(Ruling(rule, result))
            if isinstance(result, Drop) or not isinstance(result, Result):
                break
            example = result if isinstance(result, Example) else result.example
        return found

    @classmethod
    def parameters(cls) -> Mapping[str, inspect.Parameter]:
        """Return the parameters of the function."""
        return inspect.signature(cls.function, eval_str=True).parameters


class _OwnExampleStep(RulesStep):
    """Runs a user's step over examples, and reports errors with the line of the file."""

    own: ClassVar[type[ExampleStep]]
    path: ClassVar[str]

    def __init__(self, **options: Any) -> None:
        self._step: ExampleStep = called(self.path, self.own, **options)
        self.secret = self._step.secret  # type: ignore[misc]
        self.batch_size = self._step.batch_size  # type: ignore[misc]

    @property
    def files(self) -> Sequence[str]:
        """Return the user's file, and those that the step reads."""
        return [self.path, *self._step.files]

    @property
    def packages(self) -> Sequence[str]:
        """Return the packages of the user's step."""
        return self._step.packages

    @property
    def compared(self) -> Mapping[str, int]:
        """Return the sets that the user's step compares with."""
        return self._step.compared

    @property
    def corpus_steps(self) -> Sequence[CorpusStep]:
        """Return the corpus steps of the user's step."""
        return self._step.corpus_steps

    def start(self) -> None:
        """Start the user's step."""
        called(self.path, self._step.start)

    def rulings(self, example: Example) -> Sequence[Ruling]:
        """Return the rulings of the user's step."""
        try:
            return self._checked(called(self.path, self._step.rulings, example))
        except RecordError as error:  # raised by an example that cannot be
            return (Ruling(self.name, Drop(error.reason, error.found)),)

    def rulings_of_batch(self, examples: Sequence[Example]) -> Iterable[Sequence[Ruling]]:
        """Return the rulings of the user's step on each of several examples."""
        rulings = called(self.path, lambda: list(self._step.rulings_of_batch(examples)))
        return map(self._checked, rulings)

    def _checked(self, rulings: Sequence[Ruling]) -> Sequence[Ruling]:
        for _, result in rulings:
            if not isinstance(result, Result):
                raise DataprepError(
                    f"{self.path}: gives {kind_of(result)} of an example, expected the example or "
                    f"a Drop"
                )
        return rulings

    @classmethod
    def parameters(cls) -> Mapping[str, inspect.Parameter]:
        """Return the options of the user's step."""
        return cls.own.parameters()


class _OwnCorpusStep(CorpusStep):
    """Runs a user's step over the corpus, and reports errors with the line of the file."""

    own: ClassVar[type[CorpusStep]]
    path: ClassVar[str]

    def __init__(self, **options: Any) -> None:
        self._step: CorpusStep = called(self.path, self.own, **options)

    @property
    def files(self) -> Sequence[str]:
        """Return the user's file, and those that the step reads."""
        return [self.path, *self._step.files]

    @property
    def packages(self) -> Sequence[str]:
        """Return the packages of the user's step."""
        return self._step.packages

    @property
    def needs(self) -> frozenset[Need]:
        """Return the columns that the user's step needs."""
        return self._step.needs

    @property
    def known(self) -> Sequence[str]:
        """Return the files of other sets that the user's step compares with."""
        return self._step.known

    def __call__(self, corpus: Corpus, staying: Sequence[int]) -> Mapping[int, Gone | Again]:
        """Return the decisions of the user's step."""
        decisions: Mapping[int, Gone | Again] = called(self.path, self._step, corpus, staying)
        return decisions

    @classmethod
    def parameters(cls) -> Mapping[str, inspect.Parameter]:
        """Return the options of the user's step."""
        return cls.own.parameters()
