"""The steps, one module each; the file's name is the step's name in a recipe.

A module has one public function of that name: its keyword-only arguments are the recipe's options
and its docstring is the help. Calling it with the options gives what does the work, and `OVER` says
what that works over:

- "examples": judges, `Example -> Example | Drop | Tag | Note`, each by the name under which its
  changes are counted; one that is faster with several examples at a time has a method `many` for
  that, one that needs long to begin `make_ready`
- "corpus": a function over the fingerprints of all examples in their order
- "output": the same, but written under the recipe's `output`, not its `steps`

A step over examples that can also choose among all of them has a function `together` of the same
options, which gives functions like that of a step over the corpus; what its judges noted is there.

A module whose step reads files beside the inputs has a function `files` of the same options that
names them, and where examples are compared with what is in these a function `compared` that counts
it. Packages that decide what a step does, and that not every run uses, are named by `PACKAGES`, or
for some options by a function `packages` of them. A step that finds what no report may repeat has
`SECRET = True`: no samples are shown of examples in which it has found something, or of which it
has not been asked yet.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dataprep.errors import DataprepError, did_you_mean
from dataprep.model import Drop, Example, Note, Tag
from dataprep.steps.base import CorpusStep

Judge = Callable[[Example], Example | Drop | Tag | Note]
Judges = Mapping[str, Judge]
Options = Mapping[str, Any]

_SHARED = ("base", "ranking")
STEPS: dict[str, Any] = {
    name: import_module(f"{__name__}.{name}")
    for _, name, _ in iter_modules(__path__)
    if name not in _SHARED
}


def add(name: str, module: ModuleType) -> Callable[[], None]:
    """Make a step of the user's own known, and return what makes it unknown again."""
    STEPS[name] = module
    parameters.cache_clear()
    return partial(_remove, name)


def _remove(name: str) -> None:
    del STEPS[name]
    parameters.cache_clear()


def over(kind: Literal["examples", "corpus", "output"]) -> list[str]:
    """Return the names of the steps of one kind."""
    return [name for name, module in STEPS.items() if kind == module.OVER]


def files_of(name: str, options: Options) -> list[str]:
    """Return the files that a step reads beside the inputs, so that a change of them shows."""
    return list(STEPS[name].files(**options)) if reads_files(name) else []


def reads_files(name: str) -> bool:
    """Tell whether a step reads files beside the inputs."""
    return hasattr(STEPS.get(name), "files")


def compared_by(name: str, options: Options) -> Mapping[str, int]:
    """Return with what a step compares examples, beside each other, and how much of each there is."""
    found = getattr(STEPS[name], "compared", None)
    return found(**options) if found else {}


def packages_of(name: str, options: Options) -> tuple[str, ...]:
    """Return the packages of which another version may make a step do something else."""
    found = getattr(STEPS[name], "packages", None)
    return tuple(found(**options)) if found else tuple(getattr(STEPS[name], "PACKAGES", ()))


def is_secret(name: str) -> bool:
    """Tell whether a step finds what no report may repeat."""
    return bool(getattr(STEPS[name], "SECRET", False))


def build(name: str, options: Options) -> Any:
    """Return what a step does with these options; raises `DataprepError` for one that it does not
    have or take.
    """
    known = parameters(name)
    for option, value in options.items():
        if option not in known:
            raise DataprepError(
                f"no option '{option}' in step '{name}'{did_you_mean(str(option), known)}"
            )
        _check(f"option '{option}' of step '{name}'", value, known[option].annotation)
    return getattr(STEPS[name], name)(**options)


def over_all(name: str, options: Options) -> list[CorpusStep]:
    """Return what a step does with all examples together, nothing where it looks at each by itself."""
    if STEPS[name].OVER == "corpus":
        return [build(name, options)]
    together: Callable[..., list[CorpusStep]] = getattr(STEPS[name], "together", lambda **_: [])
    return together(**options)


@cache
def parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """Return the options of a step, their annotations resolved to types."""
    function = getattr(STEPS[name], name)
    hints = get_type_hints(function)
    signature = inspect.signature(function).parameters
    return {
        option: parameter.replace(annotation=hints[option])
        for option, parameter in signature.items()
    }


def _check(what: str, value: Any, kind: Any) -> None:
    if not _fits(value, kind):
        raise DataprepError(f"{what} is {value!r}, expected {_wanted(kind)}")


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is UnionType:
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(one, get_args(kind)[0]) for one in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(
            _fits(one, get_args(kind)[1]) for one in value.values()
        )
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is kind


def is_type(kind: Any) -> bool:
    """Tell whether a recipe can hold values of a type, so that an option may have it."""
    try:
        return bool(_wanted(kind))
    except (KeyError, TypeError, IndexError):
        return False


def _wanted(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if get_origin(kind) is UnionType:
        return " or ".join(map(_wanted, get_args(kind)))
    if get_origin(kind) is list:
        return f"a list of {_wanted(get_args(kind)[0]).removeprefix('a ')}s"
    if get_origin(kind) is dict:
        return f"names with {_wanted(get_args(kind)[1])} each"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kind]


def summary(name: str) -> str:
    """Return what a step does, in a sentence."""
    return " ".join((inspect.getdoc(getattr(STEPS[name], name)) or "").partition("\n\n")[0].split())


@cache
def option_help(name: str) -> Mapping[str, str]:
    """Return the words for each option of a step, from its docstring's `option: words` paragraphs."""
    lines = inspect.getdoc(getattr(STEPS[name], name)).splitlines()  # type: ignore[union-attr]
    found: dict[str, str] = {}
    option = ""
    for line in lines:
        head, colon, words = line.partition(": ")
        if colon and head in parameters(name):
            option, found[head] = head, words
        elif option and line.startswith("    "):
            found[option] += f" {line.strip()}"
        else:
            option = ""
    return found
